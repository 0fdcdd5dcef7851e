"""What is known of the data set under study, so that no notebook claims what it cannot carry."""

import json
from dataclasses import asdict, dataclass

import pandas as pd

from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.core.errors import InputError

FILE = "data/interim/source.json"
FINER = {"day": "hour", "hour": "minute", "minute": "second"}
WHOLE = {"day": "at midnight", "hour": "on the full hour", "minute": "on the full minute"}


@dataclass(frozen=True)
class Resolution:
    """What the events tell apart.

    Attributes
    ----------
    time_unit : 'day', 'hour', 'minute', 'second' or 'microsecond'
        The largest in which all times but a few are whole; days are the shop's, the source's or
        UTC's.
    on_unit, at_midnight : int, events whose time is whole in it, and that stand at local midnight
    prices : int, different prices
    whole_prices : bool, whether there are prices, all of them whole
    """

    time_unit: str = "second"
    on_unit: int = 0
    at_midnight: int = 0
    prices: int = 0
    whole_prices: bool = False


@dataclass(frozen=True)
class Facts:
    """The source, and what its events carry.

    Attributes
    ----------
    schema : 'rees46', 'taobao' or 'mapped'
    label : how captions name the data
    simulated : whether it is the embedded shop
    timezone : IANA name of the shop's local time
    has_price, has_brand, has_category_code : whether any row has one
    event_types : those present, in the order of a visit
    first, last : Timestamp, UTC
        The first and the last event.
    events, equal_rows : int
        Events studied; rows that agreed with one of them in everything, and were set aside.
    resolution : Resolution
        What their times and prices tell apart.
    """

    schema: str
    label: str
    simulated: bool
    timezone: str
    has_price: bool
    has_brand: bool
    has_category_code: bool
    event_types: tuple[str, ...]
    first: pd.Timestamp
    last: pd.Timestamp
    events: int = 0
    equal_rows: int = 0
    resolution: Resolution = Resolution()

    def times_tell(self, unit: str) -> str | Cannot:
        """`unit`, 'hour' or 'minute', if the times tell as much; else what they do tell."""
        finest = self.resolution.time_unit
        coarse = list(WHOLE)
        if finest not in coarse or coarse.index(unit) <= coarse.index(finest):
            return unit
        return Cannot(
            f"These data have {finest}s, not {FINER[finest]}s: {self.resolution.on_unit:,} of "
            f"{self.events:,} events {WHOLE[finest]}."
        )

    def has(self, *event_types: str) -> tuple[str, ...] | Cannot:
        """These event types, if all of them are recorded."""
        missing = [name for name in event_types if name not in self.event_types]
        if not missing:
            return event_types
        return Cannot(f"The data hold no {' and no '.join(missing)} events.")

    def converts(self) -> tuple[str, ...] | Cannot:
        """The event types, if some sessions might have a purchase and others none."""
        bought = self.has("purchase")
        if isinstance(bought, Cannot) or self.event_types != bought:
            return bought
        return Cannot(
            f"All {self.events:,} events are purchases: every session has one, and none that came "
            "to look is known."
        )

    @property
    def span(self) -> pd.Timedelta:
        """From the first to the last event."""
        return self.last - self.first

    @property
    def hours(self) -> float:
        """`span` in hours."""
        return self.span / pd.Timedelta("1h")

    @property
    def days(self) -> float:
        """`span` in days of 24 hours."""
        return self.span / pd.Timedelta("1D")


def facts() -> Facts:
    """The facts that `01_sampling` wrote.

    Raises
    ------
    InputError
        If it has not run yet.
    """
    file = paths.path(FILE)
    if not file.exists():
        raise InputError(f"{FILE} is missing; run 01_sampling first (or: make repro)")
    content = json.loads(file.read_text(encoding="utf-8"))
    times = {name: pd.Timestamp(content[name]) for name in ["first", "last"]}
    lists = {"event_types": tuple(content["event_types"])}
    nested = {"resolution": Resolution(**content.get("resolution", {}))}
    return Facts(**{**content, **times, **lists, **nested})


def write(known: Facts) -> None:
    """Write `known` for the later steps."""
    content = asdict(known) | {"first": known.first.isoformat(), "last": known.last.isoformat()}
    text = json.dumps(content, indent=2, ensure_ascii=False)
    paths.target(FILE).write_text(text + "\n", encoding="utf-8")
