"""The segment of each user as it was at a cut: the names of 03_rfm, computed from before it.

The table that `03_rfm` hands on is taken at the end of the data; it has seen what a recommender is
judged by. So its definitions are asked again at the cut: a buyer has the segment of the RFM scores,
everybody else the behaviour, and who had not come yet is `NEW`.
"""

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway import engine
from trackway.params import settings
from trackway.rfm import behaviour, data, scores, segments

NEW = "not seen before"
NAMED_BY = ["scores", "frequent_orders", "browse_views"]  # of the settings of `03_rfm`


def rules() -> dict:
    """The settings of `03_rfm` that decide who is in which segment, and no others."""
    return {name: settings(f"rfm.{name}") for name in NAMED_BY}


def of(
    events: ir.Table, cut: pd.Timestamp, has_price: bool, rfm: dict, users: np.ndarray
) -> pd.Series:
    """The segment of each of `users`.

    Parameters
    ----------
    events : lazy table; only what lies before `cut` is read
    rfm : what `rules` gives
    users : int64 array, shape (U,), ids

    Returns
    -------
    Series of str, shape (U,)
    """
    seen = engine.store(data.users(events, cut, has_price))
    rules = {name: rfm[name] for name in ["frequent_orders", "browse_views"]}
    named = behaviour.name(seen, **rules).select("user_id", "behaviour")
    scored = scores.score(data.customers(seen, cut), rfm["scores"])
    bought = segments.assign(scored).select("user_id", "segment")
    both = named.left_join(bought, "user_id")
    found = both.select("user_id", segment=both.segment.fill_null(both.behaviour)).to_pandas()
    return found.set_index("user_id")["segment"].reindex(users).fillna(NEW).reset_index(drop=True)


def codes(names: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Segments as numbers, and the name of each number, in order of the alphabet."""
    found, numbers = np.unique(names.to_numpy(dtype=str), return_inverse=True)
    return numbers, found.tolist()
