"""A few real users: what they met, what they chose next, what each rung would have shown."""

import numpy as np
import pandas as pd

from trackway.core.escaping import safe
from trackway.recommend.comparison import Comparison

SHOWN = 4  # products of a list


def some_users(compared: Comparison, n: int, seed: int) -> np.ndarray:
    """Places of `n` judged users who were known before and bought or viewed something, drawn."""
    later = compared.later
    outcome = later.outcomes["views"]
    met = np.diff(later.history.met.indptr)[outcome.rows]
    able = np.flatnonzero((met >= SHOWN) & (np.diff(outcome.chosen.indptr) > 0))
    bought = np.diff(later.outcomes["purchases"].chosen.indptr)[able] > 0
    random = np.random.default_rng(seed)
    # half of them buyers, who are few
    drawn = [random.permutation(able[bought])[: (n + 1) // 2], random.permutation(able[~bought])]
    return np.concatenate(drawn)[:n]


def name_of(products: pd.DataFrame) -> list[str]:
    """A product in words: its kind, brand and price, as far as they are known."""
    named = []
    for row in products.itertuples():
        kind = row.category_code.split(".")[-1] if isinstance(row.category_code, str) else ""
        words = [kind, row.brand if isinstance(row.brand, str) else "" if kind else "unnamed"]
        price = f"{row.price:,.0f}" if np.isfinite(row.price) else ""
        named.append(" ".join(safe(word) for word in [*words, price] if word))
    return named


def table(compared: Comparison, places: np.ndarray, models: list[str]) -> pd.DataFrame:
    """One row per user and list: the latest met, what was chosen, what each of `models` shows.

    Returns
    -------
    DataFrame
        user : int, in the order of `places`, from 1
        what : str
        1 .. `SHOWN` : str, products in words; a `*` marks one the user then viewed
    """
    later = compared.later
    named = np.array(name_of(later.history.products), dtype=object)
    latest = later.walks.latest(later.history.shape[0], SHOWN)
    rows = []
    for number, place in enumerate(places, start=1):
        row = later.outcomes["views"].rows[place]
        viewed = later.outcomes["views"].chosen[[place]].indices
        bought = later.outcomes["purchases"].chosen[[place]].indices
        lists = {"met last": latest[row][latest[row] >= 0], "viewed next": viewed[:SHOWN]}
        if len(bought):
            lists["bought next"] = bought[:SHOWN]
        lists |= {model: compared.judged[model].lists[place][:SHOWN] for model in models}
        for what, products in lists.items():
            words = [named[p] + ("*" if what in models and p in viewed else "") for p in products]
            filled = words + [""] * (SHOWN - len(words))
            rows.append([number, what, *filled])
    return pd.DataFrame(rows, columns=["user", "what", *map(str, range(1, SHOWN + 1))])
