"""What the times, the prices and the rows of a log can tell apart.

A warehouse's orders have days, not hours; a log may have minutes. What is said of hours, of the
order within a visit or of how long one lasts needs more than such times tell.
"""

import ibis.expr.types as ir
import pandas as pd

from trackway.tables.events import utc
from trackway.tables.facts import Resolution

SECOND_US = 1_000_000
UNITS = {"second": 1, "minute": 60, "hour": 3600}  # seconds; days are those of a zone
QUARTER_S = 900  # every zone's midnight is a quarter of an hour's


def measure(events: ir.Table, zones: list[str], share: float) -> Resolution:
    """What `events` tell apart.

    Parameters
    ----------
    events : lazy table, as `build.write` leaves it
    zones : the shop's own, then others in which the source may have counted its days
    share : of the events that must be whole in a unit for it to be all that the times tell
    """
    us = events.event_time.delta(utc("1970-01-01"), unit="microsecond")
    whole = {unit: (us % (s * SECOND_US) == 0).sum().cast("int64") for unit, s in UNITS.items()}
    one = events.agg(
        events=events.count().cast("int64"),
        **whole,
        prices=events.price.nunique().cast("int64"),
        broken=(events.price != events.price.floor()).sum().cast("int64"),
    )
    counted = one.to_pandas().fillna(0).iloc[0]
    midnights = at_midnight(events, zones)
    units = {"day": max(midnights), **{unit: int(counted[unit]) for unit in reversed(UNITS)}}
    least = share * counted["events"]
    unit = next((unit for unit, on in units.items() if on >= least), "microsecond")
    return Resolution(
        time_unit=unit,
        on_unit=units.get(unit, int(counted["events"])),
        at_midnight=midnights[0],
        prices=int(counted["prices"]),
        whole_prices=bool(counted["prices"] and not counted["broken"]),
    )


def at_midnight(events: ir.Table, zones: list[str]) -> list[int]:
    """How many events stand at midnight of each of `zones`."""
    us = events.event_time.delta(utc("1970-01-01"), unit="microsecond")
    timed = events.select(us=us)
    quarters = timed.filter(timed.us % (QUARTER_S * SECOND_US) == 0)
    counts = quarters.group_by("us").agg(events=quarters.count().cast("int64")).to_pandas()
    moments = pd.DatetimeIndex(pd.to_datetime(counts["us"], unit="us", utc=True))
    clocks = [moments.tz_convert(zone) for zone in zones]
    return [int(counts["events"][(c == c.normalize())].sum()) for c in clocks]
