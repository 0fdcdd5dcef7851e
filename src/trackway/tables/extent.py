"""How far the data reach in time, whatever single rows say.

A device whose clock is wrong writes one row of 2098. Were it the last event, everything that hangs
on the end of the data - recency, open sessions, whole days, weeks, splits - would hang on it. So
rows that lie far from all others are set aside, counted and named. Which these are is told by the
data alone, never by a clock: the same rows have the same extent tomorrow.

Rows are counted by UTC day, which is little however many they are.
"""

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.params.sampling import Far
from trackway.tables.events import NOT_DRAWN, utc

FAR = "time far from all others"
IN_WINDOW = ["kept", NOT_DRAWN]  # what is far does not hang on who is drawn
DAY_US = 86_400_000_000
TEN = 10  # rows from which on a single one is few
Days = tuple[int, int]  # the first and the last, since 1970


def by_day(rows: ir.Table) -> pd.DataFrame:
    """How many readable rows met which fate on which UTC day.

    Parameters
    ----------
    rows : lazy table, as `events.with_fate` returns it

    Returns
    -------
    DataFrame
        fate; day, since 1970, null for rows outside the window; rows.
    """
    day = rows.event_time.delta(utc("1970-01-01"), unit="microsecond") // DAY_US
    dated = rows.select("fate", day=rows.fate.isin(IN_WINDOW).ifelse(day, None).cast("int64"))
    counts = dated.group_by("fate", "day").agg(rows=dated.count().cast("int64"))
    return counts.order_by("fate", "day").to_pandas()


def extent(counts: pd.DataFrame, far: Far | None) -> Days | None:
    """The days from the first to the last event, without rows far from all others.

    Parameters
    ----------
    counts : as `by_day` returns it
    far : `sampling.far`; null sets nothing aside

    Returns
    -------
    tuple or None
        None where no row lies in the window.
    """
    days = rows_by_day(counts)
    if far and len(days):
        days = days.iloc[_near(days, far)]
    return (int(days.index[0]), int(days.index[-1])) if len(days) else None


def rows_by_day(counts: pd.DataFrame) -> pd.Series:
    """Rows in the window by day, in order, from what `by_day` gave."""
    dated = counts[counts["fate"].isin(IN_WINDOW)]
    return dated.groupby(dated["day"].astype("int64"))["rows"].sum()


def _near(days: pd.Series, far: Far) -> slice:
    """The part of `days` between the holes beyond which rows are far."""
    at, rows = days.index.to_numpy(), days.to_numpy()
    total = rows.sum()
    few = max(far.share * total, int(total >= TEN))
    upto, since = rows.cumsum(), rows[::-1].cumsum()[::-1]
    # What all others span, lest two far rows, one at each end, hide each other.
    others = at[since > few].max(initial=at[0]) - at[upto > few].min(initial=at[-1]) + 1
    holes, before, after = np.diff(at) - 1, upto[:-1], since[1:]  # days without a row; rows
    beyond = np.minimum(before, after)
    apart = (holes >= far.hole_days) & (holes > others) & (beyond <= few)
    silent = (holes >= far.silence_days) & (beyond <= far.silence_share * total)
    places = np.arange(1, len(at))
    start = places[(apart | silent) & (before < after)].max(initial=0)
    return slice(start, places[(apart | silent) & (before >= after)].min(initial=len(at)))


def fates(counts: pd.DataFrame, within: Days | None) -> pd.Series:
    """Rows by fate, from what `by_day` gave; those not `within` have `FAR`."""
    if within:
        far = counts["day"].notna() & ~counts["day"].between(*within)
        counts = counts.assign(fate=counts["fate"].where(~far, FAR))
    return counts.groupby("fate", sort=True)["rows"].sum()


def set_aside(rows: ir.Table, within: Days) -> ir.Table:
    """`rows` in which those of the window whose time lies not `within` have the fate `FAR`."""
    start, end = (utc(str(pd.Timestamp(day, unit="D"))) for day in (within[0], within[1] + 1))
    beyond = (rows.event_time < start) | (rows.event_time >= end)
    return rows.mutate(fate=(rows.fate.isin(IN_WINDOW) & beyond).ifelse(FAR, rows.fate))


def listed(rows: ir.Table, most: int) -> pd.DataFrame:
    """The earliest rows that are `FAR`, `most` of them at most: event_time, user_id, product_id."""
    far = rows.filter(rows.fate == FAR).select("event_time", "user_id", "product_id")
    return far.order_by(far.columns).limit(most).to_pandas()
