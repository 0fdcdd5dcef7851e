"""A few real users: what they met, what they chose next, what each rung would have shown."""

import numpy as np
import pandas as pd

from trackway.core.escaping import safe
from trackway.recommend.data import DONE
from trackway.recommend.evaluation import Evaluation
from trackway.recommend.snapshot import Snapshot

SHOWN = 4  # products of a list


def shown_of(snapshot: Snapshot) -> int:
    """How many products of a list are shown: `SHOWN`, or all where they are fewer."""
    return min(SHOWN, snapshot.history.shape[1])


def draw(snapshot: Snapshot, n: int, seed: int) -> np.ndarray:
    """Places of `n` judged users who were known before and bought or viewed something, drawn."""
    target = snapshot.target
    met = np.diff(snapshot.history.met.indptr)[target.rows]
    able = np.flatnonzero((met >= shown_of(snapshot)) & (np.diff(target.chosen.indptr) > 0))
    bought = np.diff(snapshot.outcomes["purchases"].chosen.indptr)[able] > 0
    random = np.random.default_rng(seed)
    # half of them buyers, who are few
    drawn = [random.permutation(able[bought])[: (n + 1) // 2], random.permutation(able[~bought])]
    return np.concatenate(drawn)[:n]


def names(products: pd.DataFrame) -> list[str]:
    """Products in words: title, or kind and brand; and price; after an id that is a text.

    Parameters
    ----------
    products : DataFrame, one row per product
        Columns ``category_code``, ``brand`` and ``price`` (shop currency), and ``product_text``
        where ids are texts, ``title`` where there are some.
    """
    named = []
    for row in products.itertuples():
        kind = row.category_code.split(".")[-1] if isinstance(row.category_code, str) else ""
        text, title = getattr(row, "product_text", ""), getattr(row, "title", None)
        unnamed = "" if kind or text else "unnamed"
        words = [kind, row.brand if isinstance(row.brand, str) else unnamed]
        words = [text, *([title] if isinstance(title, str) else words)]
        price = f"{row.price:,.0f}" if np.isfinite(row.price) else ""
        named.append(" ".join(safe(word) for word in [*words, price] if word))
    return named


def table(
    snapshot: Snapshot, evaluations: dict[str, Evaluation], places: np.ndarray
) -> pd.DataFrame:
    """One row per user and list: the latest met, what was chosen, what each model shows.

    Parameters
    ----------
    evaluations : model -> how it did
    places : of the users among those judged

    Returns
    -------
    DataFrame
        user : int, in the order of `places`, from 1
        what : str
        1 .. `SHOWN` : str, products in words; a `*` marks one the user then chose
    """
    named = np.array(names(snapshot.history.products), dtype=object)
    latest = snapshot.walks.latest(snapshot.history.shape[0], SHOWN)
    rows = []
    for number, place in enumerate(places, start=1):
        row = snapshot.target.rows[place]
        chosen = {a: one.chosen[[place]].indices for a, one in snapshot.outcomes.items()}
        lists = {"met last": latest[row][latest[row] >= 0]}
        for act, products in chosen.items():
            if act == snapshot.act or len(products):
                lists[f"{DONE[act]} next"] = products[:SHOWN]
        lists |= {model: one.lists[place][:SHOWN] for model, one in evaluations.items()}
        for what, products in lists.items():
            hit = chosen[snapshot.act] if what in evaluations else []
            words = [named[p] + ("*" if p in hit else "") for p in products]
            rows.append([number, what, *words, *[""] * (SHOWN - len(words))])
    return pd.DataFrame(rows, columns=["user", "what", *map(str, range(1, SHOWN + 1))])
