"""What is known of the data set under study, so that no notebook claims what it cannot carry."""

import json
from dataclasses import asdict, dataclass

import pandas as pd

from trackway.core import paths
from trackway.core.errors import InputError

FILE = "data/interim/source.json"


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
    return Facts(**{**content, **times, "event_types": tuple(content["event_types"])})


def write(known: Facts) -> None:
    """Write `known` for the later steps."""
    content = asdict(known) | {"first": known.first.isoformat(), "last": known.last.isoformat()}
    text = json.dumps(content, indent=2, ensure_ascii=False)
    paths.target(FILE).write_text(text + "\n", encoding="utf-8")
