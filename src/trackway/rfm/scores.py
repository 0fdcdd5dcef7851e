"""Score recency, frequency and money from 1 (worst) to 5 (best), by a stated rule for ties.

Most customers of a shop have bought once, so equal values are the rule, not the exception, and
what is done with them decides the scores. The rules known here:

* ``together`` (ours): equal customers get equal scores. A score says how many fifths of the
  customers are *strictly worse*; where many are equal, some scores stay empty.
* ``apart``: five parts of equal size, as SQL's NTILE cuts them, but in a total order: equal values
  are ordered by the other two, recency first, and at last by the user's number. The same
  on every engine; but two equal customers may get different scores.
* ``quantile``: cut at the quantiles of the values; a value on an edge belongs below it. What
  pandas' `qcut` does.
* ``rfm-package``: what the R package `rfm` does: each quantile plus one is an edge, and a value on
  it belongs above. Differs from ``quantile`` where a quantile is no whole number.
"""

import numpy as np
import pandas as pd

from trackway.rfm.table import RFM

RULES = ["together", "apart", "quantile", "rfm-package"]
SCORES = ["r_score", "f_score", "m_score"]


def score(customers: pd.DataFrame, rule: str = "together", parts: int = 5) -> pd.DataFrame:
    """The three scores of each customer.

    Parameters
    ----------
    customers : DataFrame, one row per customer
        ``user_id``, ``recency_days``, ``frequency``, ``money``.
    rule : one of `RULES`
    parts : int
        The best score.

    Returns
    -------
    DataFrame of int, same index
        r_score, f_score, m_score : 1 to `parts`; 5 for R is recent

    Examples
    --------
    Four have bought once, one twice. Nobody is worse than the four:

    >>> bought = pd.DataFrame({"user_id": range(5), "frequency": [1, 1, 1, 1, 2]})
    >>> bought = bought.assign(recency_days=[9.0, 8, 7, 6, 5], money=[1.0, 2, 3, 4, 5])
    >>> score(bought)["f_score"].tolist(), score(bought, "apart")["f_score"].tolist()
    ([1, 1, 1, 1, 5], [1, 2, 3, 4, 5])
    """
    if rule in ["together", "apart"]:
        good = customers.assign(recency_days=-customers["recency_days"])
        rank = _rank_together if rule == "together" else _rank_apart
        columns = [1 + rank(good, name) * parts // max(len(good), 1) for name in RFM]
    else:
        widen = rule == "rfm-package"
        columns = [_by_edges(customers[name].to_numpy(), parts, widen) for name in RFM]
        columns[0] = parts + 1 - columns[0]
    return pd.DataFrame(dict(zip(SCORES, columns, strict=True)), index=customers.index).astype(int)


def ranges(customers: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """What each score stands for in these data: from, to, and how many customers.

    Returns
    -------
    DataFrame, one row per measure and score that occurs
        measure, score, customers, from, to
    """
    tables = [
        customers.groupby(scores[score_name])[name]
        .agg(["size", "min", "max"])
        .set_axis(["customers", "from", "to"], axis=1)
        .rename_axis("score")
        .reset_index()
        .assign(measure=name)
        for name, score_name in zip(RFM, SCORES, strict=True)
    ]
    table = pd.concat(tables, ignore_index=True).astype({"from": float, "to": float})
    return table[["measure", "score", "customers", "from", "to"]]


def compare(customers: pd.DataFrame, rule: str) -> pd.DataFrame:
    """The share of customers whose score would be another under each other rule.

    Returns
    -------
    DataFrame, one row per other rule
        rule; recency_days, frequency, money : share of customers, 0 to 1
    """
    own = score(customers, rule).to_numpy()
    others = [other for other in RULES if other != rule]
    moved = [(score(customers, other).to_numpy() != own).mean(axis=0) for other in others]
    return pd.DataFrame(moved, columns=RFM).assign(rule=others)[["rule", *RFM]]


def _rank_together(good: pd.DataFrame, name: str) -> np.ndarray:
    return good[name].rank(method="min").to_numpy().astype(int) - 1


def _rank_apart(good: pd.DataFrame, name: str) -> np.ndarray:
    keys = [name, *(other for other in RFM if other != name), "user_id"]
    order = np.lexsort([good[key].to_numpy() for key in reversed(keys)])
    rank = np.empty(len(good), dtype=int)
    rank[order] = np.arange(len(good))
    return rank


def _by_edges(values: np.ndarray, parts: int, widen: bool) -> np.ndarray:
    if not len(values):
        return np.empty(0, dtype=int)
    edges = np.quantile(values, np.arange(1, parts) / parts)
    if widen:
        return 1 + np.searchsorted(edges + 1, values, side="right")
    return 1 + np.searchsorted(edges, values, side="left")
