"""Kinds of session, to see where a model errs: all of them known when the session starts."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.intent.prefixes import IN_ORDER
from trackway.tables import ids

HOURS = 6  # of a group of hours; a day holds four of them
OTHERS = "all others"


def of_sessions(rows: pd.DataFrame, events: ir.Table, categories: int) -> pd.DataFrame:
    """To which groups each session belongs.

    Parameters
    ----------
    rows : DataFrame, one row per session
        ``session_id`` and features.
    events : lazy table
    categories : int
        Categories shown by name, the most frequent ones; the rest are one group.

    Returns
    -------
    DataFrame, as `rows`
        user, hour, category : str
            ``hour`` only where it is a feature, as data too short to learn it are too short to
            judge by it. ``category`` is that of the first event, up to the first dot.
    """
    groups = {"user": np.where(rows["past_sessions"] > 0, "returning", "new")}
    if "hour" in rows:
        start = rows["hour"] // HOURS * HOURS
        groups["hour"] = [f"{hour:02d} to {hour + HOURS - 1:02d}" for hour in start]
    category = first_category(events, rows["session_id"])
    frequent = category.value_counts().sort_index().nlargest(categories, keep="first").index
    groups["category"] = category.where(category.isin(frequent), OTHERS)
    return pd.DataFrame(groups, index=rows.index)


def first_category(events: ir.Table, session_ids: pd.Series) -> pd.Series:
    """The category in which each of the sessions began, as text; in their order."""
    asked = ibis.memtable({"session_id": session_ids.tolist()})
    name = ibis.coalesce(
        events.category_code.split(".")[0], events.category_id.cast("string"), "unknown"
    )
    numbered = events.semi_join(asked, "session_id").select(
        "session_id", category=name, nth=ibis.row_number().over(IN_ORDER)
    )
    first = numbered.filter(numbered.nth == 0).select("session_id", "category").to_pandas()
    texts = ids.called(events.get_backend(), "category_id", first["category"].unique())
    return session_ids.map(first.set_index("session_id")["category"].map(texts))
