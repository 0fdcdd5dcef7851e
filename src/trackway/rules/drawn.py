"""Which sessions are searched: all, or those of as many users as a bound on baskets allows.

What the search holds grows with the baskets, and a share of them tells the same rules as all do
once there are some hundred thousand: a set of the least support lies in a hundred baskets then.
"""

from dataclasses import dataclass

import ibis.expr.types as ir

from trackway import engine
from trackway.rules.baskets import KINDS
from trackway.tables import user_sampling


@dataclass(frozen=True)
class Drawn:
    """The events that fill the baskets of one kind.

    Attributes
    ----------
    events : lazy table
        Those of the sessions searched.
    sessions, searched : int
        Sessions with such an event, and those of them that are searched.
    """

    events: ir.Table
    sessions: int
    searched: int


def draw(events: ir.Table, kind: str, most: int, seed: int) -> Drawn:
    """The events of `kind`, of no more than `most` sessions: those of whole users, by a hash."""
    filling = events.filter(events.event_type == KINDS[kind])
    per_session = filling.select("user_id", "session_id").distinct()
    sizes = engine.store(per_session.group_by("user_id").aggregate(size=per_session.count()))
    sessions = _sum(sizes)
    if sessions <= most:
        return Drawn(filling, sessions, sessions)
    users = user_sampling.whole_users(sizes, most, seed)
    kept = engine.store(filling.semi_join(users, "user_id"))  # read for each level
    return Drawn(kept, sessions, _sum(sizes.semi_join(users, "user_id")))


def _sum(sizes: ir.Table) -> int:
    return int(sizes["size"].sum().fill_null(0).execute())
