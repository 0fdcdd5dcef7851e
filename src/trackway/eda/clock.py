"""The shop's own time: hours, weekdays, months, night and day.

A session belongs to the hour, day
and month in which it starts.
"""

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.tables.local_time import local

WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
EDGE = pd.Timedelta("1h")  # a day counts as whole if less is missing: small shops sleep at midnight
DAY_S = 86_400


def add_local_start(sessions: ir.Table, timezone: str) -> ir.Table:
    """Return `sessions` with local `day` (number since 1970-01-01), `hour`, `weekday`, `month`.

    `weekday` is 0 on Mondays; `month` is text, as in 2024-03.
    """
    start = local(sessions.started, timezone)
    return sessions.mutate(
        day=start.epoch_seconds().cast("int64") // DAY_S,
        hour=start.hour().cast("int64"),
        weekday=start.day_of_week.index().cast("int64"),
        month=start.strftime("%Y-%m"),
    )


def whole_days(first: pd.Timestamp, last: pd.Timestamp, timezone: str) -> pd.DatetimeIndex:
    """The local dates that the data cover from midnight to midnight, but for `EDGE`."""
    begin, end = first.tz_convert(timezone), last.tz_convert(timezone)
    days = pd.date_range(begin.date(), end.date(), freq="D")
    midnights = pd.DatetimeIndex([*days, days[-1] + pd.Timedelta("1D")]).tz_localize(
        timezone, ambiguous=True, nonexistent="shift_forward"
    )
    whole = (midnights[:-1] >= begin - EDGE) & (midnights[1:] <= end + EDGE)
    return days[whole]


def on_days(sessions: ir.Table, days: pd.DatetimeIndex) -> ir.Table:
    """Keep sessions that start on one of `days`; expects the column `day`."""
    numbers = [int(day.timestamp()) // DAY_S for day in days]
    return sessions.filter(sessions.day.isin(numbers) if numbers else ibis.literal(False))


def by_hour(sessions: ir.Table) -> ir.Table:
    """Sessions as trials for `rates.conversion`, by local hour of their start."""
    return sessions.select("user_id", group=sessions.hour, hit=sessions.bought)


def by_weekday(sessions: ir.Table) -> ir.Table:
    """Sessions as trials, by local weekday of their start; 0 is Monday."""
    return sessions.select("user_id", group=sessions.weekday, hit=sessions.bought)


def by_month(sessions: ir.Table) -> ir.Table:
    """Sessions as trials, by local month of their start."""
    return sessions.select("user_id", group=sessions.month, hit=sessions.bought)


def by_night(sessions: ir.Table, night: list[int]) -> ir.Table:
    """Sessions as trials, by whether they start at night."""
    return sessions.select("user_id", group=is_night(sessions.hour, night), hit=sessions.bought)


def count_days(by_month: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Return a table indexed by month with `whole_days` in front: those among `days`."""
    covered = days.strftime("%Y-%m").value_counts()
    table = by_month.rename_axis("month")
    table.insert(0, "whole_days", covered.reindex(table.index, fill_value=0).astype("int64"))
    return table


def is_night(hour: ir.IntegerValue, night: list[int]) -> ir.BooleanValue:
    """Whether the local `hour` lies in `night`, from its first hour to before its second."""
    start, end = night
    if start <= end:
        return (hour >= start) & (hour < end)
    return (hour >= start) | (hour < end)
