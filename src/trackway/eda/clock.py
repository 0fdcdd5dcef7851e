"""The shop's own time: whole days, months, night and day."""

import ibis.expr.types as ir
import pandas as pd

WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
EDGE = pd.Timedelta("1h")  # a day counts as whole if less is missing: small shops sleep at midnight
DAY_S = 86_400


def whole_days(first: pd.Timestamp, last: pd.Timestamp, timezone: str) -> pd.DatetimeIndex:
    """The local dates that the data cover from midnight to midnight, but for `EDGE`."""
    begin, end = first.tz_convert(timezone), last.tz_convert(timezone)
    days = pd.date_range(begin.date(), end.date(), freq="D")
    midnights = pd.DatetimeIndex([*days, days[-1] + pd.Timedelta("1D")]).tz_localize(
        timezone, ambiguous=True, nonexistent="shift_forward"
    )
    whole = (midnights[:-1] >= begin - EDGE) & (midnights[1:] <= end + EDGE)
    return days[whole]


def count_days(by_month: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Return a table indexed by month with `whole_days` in front: those among `days`."""
    covered = days.strftime("%Y-%m").value_counts()
    table = by_month.rename_axis("month")
    table.insert(0, "whole_days", covered.reindex(table.index, fill_value=0).astype("int64"))
    return table


def is_night(hour: ir.IntegerValue | int, night: list[int]) -> ir.BooleanValue | bool:
    """Whether the local `hour` lies in `night`, from its first hour to before its second."""
    start, end = night
    if start <= end:
        return (hour >= start) & (hour < end)
    return (hour >= start) | (hour < end)
