"""Whom the oracle answers for: those that 05 and 06 ask about, in the order of the same hash."""

import ibis.expr.types as ir
import numpy as np

from trackway.evaluation.splits import TimeSplit
from trackway.tables import user_sampling

CART = "cart"  # the moment right after the first cart event; the others are numbers of events


def scored(
    events: ir.Table, sessions: ir.Table, split: TimeSplit, moments: list[int | str]
) -> ir.Table:
    """Users of test sessions that get to one of `moments` without a purchase, each once.

    Parameters
    ----------
    events, sessions : lazy tables, as 01 writes them
    moments : as `params.yaml: intent.moments` has them

    Returns
    -------
    lazy table
        ``user_id``
    """
    closed = sessions.filter(~sessions.open_at_end)
    test = closed.filter(split.part_of(closed.started, closed.ended) == "test")
    seen = events.inner_join(test.select("session_id", "first_purchase_at"), "session_id")
    free = seen.filter(seen.first_purchase_at.isnull() | (seen.event_time < seen.first_purchase_at))
    gone = free.group_by("session_id", "user_id").agg(
        events=free.count(), carts=free.count(where=free.event_type == CART)
    )
    soonest = [int(moment) for moment in moments if moment != CART]
    gets_there = gone.events >= min(soonest, default=np.iinfo(np.int64).max)
    if CART in moments:
        gets_there |= gone.carts > 0
    return gone.filter(gets_there).select("user_id").distinct()


def followed(events: ir.Table, split: TimeSplit, max_examples: int, seed: int) -> ir.Table:
    """Those whole users drawn for at most `max_examples` next actions who act in the test part.

    Returns
    -------
    lazy table
        ``user_id``
    """
    sizes = user_sampling.histories(events).select("user_id", size="n_examples")
    drawn = user_sampling.whole_users(sizes, max_examples, seed)
    late = events.filter(split.part_of(events.event_time, events.event_time) == "test")
    return drawn.semi_join(late, "user_id")


def ids(users: ir.Table) -> np.ndarray:
    """The ``user_id`` of a lazy table, rising."""
    return np.sort(users.user_id.to_pandas().to_numpy(np.int64))
