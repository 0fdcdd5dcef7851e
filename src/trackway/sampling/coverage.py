"""How the events lie in time: when the shop was watched, and how long users pause."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.sampling.plots import BINS_PER_DECADE
from trackway.tables.local_time import local
from trackway.tables.sessions import MICROSECOND

# The coarsest bin that still leaves a dozen of them.
UNITS = [("day", pd.Timedelta("12D")), ("hour", pd.Timedelta("12h")), ("minute", pd.Timedelta(0))]


def unit_for(span: pd.Timedelta) -> str:
    """The unit in which a figure counts events over `span`: 'day', 'hour' or 'minute'."""
    return next(unit for unit, least in UNITS if span >= least)


def over_time(events: ir.Table, unit: str, timezone: str) -> pd.DataFrame:
    """Events per local day, hour or minute: ``time`` (local, without zone) and ``events``."""
    letter = {"day": "D", "hour": "h", "minute": "m"}[unit]
    start = local(events.event_time, timezone).truncate(letter)
    counts = events.group_by(time=start).agg(events=events.count().cast("int64"))
    return counts.order_by("time").to_pandas()


def pauses(events: ir.Table, gap: pd.Timedelta) -> pd.DataFrame:
    """Pauses between neighbouring events of one user, counted in bins of a fifth of a decade.

    Returns
    -------
    DataFrame
        ``from_s``, the lower edge of a bin in seconds, ``pauses``, their number, and ``longer``,
        how many of them are longer than `gap`. Pauses of 0 s, which a log axis cannot hold, stand
        in a row of their own with ``from_s`` 0.
    """
    # Whichever of one instant's events comes first, the pauses are the same.
    before = events.event_time.lag().over(group_by="user_id", order_by="event_time")
    pause_us = events.event_time.delta(before, unit="microsecond")
    seconds = (pause_us / 1e6).floor()
    steps = (seconds.log10() * BINS_PER_DECADE).floor().cast("int64")
    pause = events.select(
        pause_us=pause_us,
        place=(seconds > 0).ifelse(steps, ibis.null("int64")),
    ).filter(ibis._.pause_us.notnull())
    bins = (
        pause.group_by("place")
        .agg(pauses=ibis._.count(), longer=ibis._.count(where=ibis._.pause_us > gap // MICROSECOND))
        .order_by(ibis.asc("place", nulls_first=True))
        .to_pandas()
    )
    from_s = (10 ** (bins["place"] / BINS_PER_DECADE)).fillna(0.0)
    return bins.drop(columns="place").assign(from_s=from_s.astype(float))
