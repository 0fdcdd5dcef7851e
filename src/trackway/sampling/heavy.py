"""Who holds a large part of all events by themselves: a user, a session, a product.

A marker of absence taken for an id, a program, many people behind one account: each would pass for
the best customer. So whoever holds more than a stated share is named, with what tells a person from
a program: in how many hours of the day they come, how many events fall into an hour, and how many
of their instants hold several views. An order of many items is written in one instant, too.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from trackway.tables.events import IDS, text_ids
from trackway.tables.facts import Facts
from trackway.tables.local_time import local

TIMES_THE_MEAN = 3  # in a shop of ten users, a tenth of the events is nobody's excess
NAMED = 3  # of each kind, at most
AWAKE = 20  # hours of the day; nobody is seen in more of them
AT_ONCE = 0.1  # share of instants with several views, above which nobody clicks so fast


@dataclass(frozen=True)
class Heavy:
    """A user, a session or a product, and what it holds.

    Attributes
    ----------
    kind : 'user', 'session' or 'product'
    name : str, as the source has it
    events : int
    share : float, of all events
    first, last : Timestamp, UTC
    hours_of_day : int, different local ones with an event
    per_hour : float, events per clock hour with an event
    at_once : float, share of its instants that hold several views
    """

    kind: str
    name: str
    events: int
    share: float
    first: pd.Timestamp
    last: pd.Timestamp
    hours_of_day: int
    per_hour: float
    at_once: float

    @property
    def is_unlike_a_person(self) -> bool:
        """Whether nobody sleeps so little, or clicks so fast."""
        return self.hours_of_day > AWAKE or self.at_once > AT_ONCE


def find(
    events: ir.Table, sessions: ir.Table, rows: ir.Table, known: Facts, share: float
) -> list[Heavy]:
    """Those that hold more than `share` of the events, and three times what is usual.

    Parameters
    ----------
    events, sessions : lazy tables, as `build.write` leaves them
    rows : those of the source, with its own ids
    known : Facts
    share : `sampling.heavy`
    """
    # There are fewest rows of users among the sessions.
    counts = {
        "user": sessions.group_by(key="user_id").agg(events=sessions.n_events.sum()),
        "session": sessions.select(key="session_id", events="n_events"),
        "product": events.group_by(key="product_id").agg(events=events.count()),
    }
    return [
        _described(events, rows, known, kind, int(key))
        for kind, counted in counts.items()
        for key in _largest(counted, share, known.events)
    ]


def _largest(counts: ir.Table, share: float, total: int) -> list[int]:
    units = int(counts.count().execute())
    least = max(share, TIMES_THE_MEAN / units) * total
    some = counts.filter(counts.events > least)
    return some.order_by(some.events.desc(), some.key).limit(NAMED).to_pandas()["key"].tolist()


def _described(events: ir.Table, rows: ir.Table, known: Facts, kind: str, key: int) -> Heavy:
    own = events.filter(events[f"{kind}_id"] == key)
    instants = own.group_by("event_time").agg(
        events=own.count().cast("int64"), views=own.count(where=own.event_type == "view")
    )
    clock = local(instants.event_time, known.timezone)
    hours = instants.event_time.epoch_seconds() // 3600
    one = (
        instants.agg(
            events=instants.events.sum().cast("int64"),
            first=instants.event_time.min(),
            last=instants.event_time.max(),
            of_day=clock.hour().nunique(),
            hours=hours.nunique(),
            instants=instants.count(),
            several=(instants.views > 1).sum().cast("int64"),
        )
        .to_pandas()
        .iloc[0]
    )
    return Heavy(
        kind=kind,
        name=_name(own, rows, kind, key),
        events=int(one["events"]),
        share=one["events"] / known.events,
        first=one["first"],
        last=one["last"],
        hours_of_day=int(one["of_day"]),
        per_hour=one["events"] / one["hours"],
        at_once=one["several"] / one["instants"],
    )


def _name(own: ir.Table, rows: ir.Table, kind: str, key: int) -> str:
    if kind == "session":
        user = own.user_id.min().execute()
        return f"of user {_text(rows, 'user_id', int(user))}"
    return _text(rows, f"{kind}_id", key)


def _text(rows: ir.Table, column: str, key: int) -> str:
    """The source's own text for an id, which may be a number already."""
    assert column in IDS
    texts = text_ids(rows)
    own = texts.filter((texts.kind == column) & (texts.id == key)).to_pandas()["text"]
    return own.iloc[0] if len(own) else str(key)
