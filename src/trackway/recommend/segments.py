"""The segment of each user as it was at a cut: the names of 03_rfm, computed from before it.

The table that `03_rfm` hands on is taken at the end of the data; it has seen what a recommender is
judged by. So its definitions are asked again at the cut: a buyer has the segment of the RFM scores,
everybody else the behaviour, and who had not come yet is `NEW`.
"""

from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway import engine, params
from trackway.rfm import behaviour, data, scores, segments

NEW = "not seen before"


class Rules(NamedTuple):
    """The settings of `03_rfm` that decide who is in which segment, and no others."""

    scores: str
    frequent_orders: int
    browse_views: int


def rules() -> Rules:
    """The rules that `params.yaml` states."""
    return Rules(*(params.section(f"rfm.{name}") for name in Rules._fields))


def of(
    events: ir.Table, cut: pd.Timestamp, has_price: bool, rules: Rules, users: np.ndarray
) -> pd.Series:
    """The segment of each of `users`.

    Parameters
    ----------
    events : lazy table; only what lies before `cut` is read
    cut : Timestamp, UTC, itself excluded
    has_price : whether money is the sum of prices; else it counts items
    users : int64 array, shape (U,), ids

    Returns
    -------
    Series of str, shape (U,)
    """
    seen = engine.store(data.users(events, cut, has_price))
    named = behaviour.name(
        seen, frequent_orders=rules.frequent_orders, browse_views=rules.browse_views
    ).select("user_id", "behaviour")
    scored = scores.score(data.customers(seen, cut), rules.scores)
    bought = segments.assign(scored).select("user_id", "segment")
    both = named.left_join(bought, "user_id")
    segment = both.select("user_id", segment=both.segment.fill_null(both.behaviour)).to_pandas()
    return segment.set_index("user_id")["segment"].reindex(users).fillna(NEW).reset_index(drop=True)


def codes(names: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Segments as numbers, and the name of each number, in order of the alphabet."""
    different, numbers = np.unique(names.to_numpy(dtype=str), return_inverse=True)
    return numbers, different.tolist()
