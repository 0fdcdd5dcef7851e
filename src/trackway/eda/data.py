"""Lazy tables as 02 asks for them: sessions in the shop's own time, and sessions as trials.

A session belongs to the hour, day and month in which it starts, which is known as it begins; its
duration and whether it bought are known when it is over.
"""

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.eda.clock import DAY_S, is_night
from trackway.tables.local_time import local

BANDS = ["one event", "under 1 min", "1-3 min", "3-10 min", "10-30 min", "30 min and more"]
_EDGES_S = [60, 180, 600, 1800]  # seconds; where the bands after the first two begin


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


def by_duration(sessions: ir.Table) -> ir.Table:
    """Sessions as trials, by the place of their duration's band in `BANDS`."""
    later = [(sessions.duration_s < edge, place) for place, edge in enumerate(_EDGES_S, start=1)]
    band = ibis.cases((sessions.n_events == 1, 0), *later, else_=len(BANDS) - 1)
    return sessions.select("user_id", group=band.cast("int64"), hit=sessions.bought)
