"""Which events of a session count as seen when we say whether it will end in a purchase.

Three answers, from the mistaken to the honest one:

`up_to_first_purchase`
    Widely copied. The purchase itself is among the events seen.
`before_first_purchase`
    Mends that, and still leaks: buyers are cut at their purchase, the others run to their natural
    end, so that the length of what is seen tells who was cut.
`first_events`
    Everyone is looked at after the same number of events, and only while undecided. This is what
    a shop could do: it knows the number of events so far and nothing of the end.
"""

import ibis
import ibis.expr.types as ir

SESSION = ibis.window(group_by="session_id", preceding=None, following=None)
IN_ORDER = ibis.window(group_by="session_id", order_by="event_id")


def first_events(events: ir.Table, n: int) -> ir.Table:
    """Keep the first `n` events of each session, in the declared total order.

    Shorter sessions keep all they have; `features.prefix_examples` leaves them out, as they are
    never scored.
    """
    numbered = events.mutate(nth=ibis.row_number().over(IN_ORDER))
    return numbered.filter(numbered.nth < n).drop("nth")


def before_first_purchase(events: ir.Table) -> ir.Table:
    """Keep what each session had seen strictly before its first purchase.

    The purchase itself, and events of the same instant, are left out: they are not known before
    it. A session that opens with its purchase has no row left; one without a purchase keeps all.
    """
    marked = _with_first_purchase(events, events.event_time)
    undecided = marked.bought_at.isnull() | (marked.event_time < marked.bought_at)
    return marked.filter(undecided).drop("bought_at")


def up_to_first_purchase(events: ir.Table) -> ir.Table:
    """Keep each session's events up to its first purchase, that one included: a mistake.

    Kept here because it is widely copied, to show what it would have claimed.
    """
    marked = _with_first_purchase(events, events.event_id)
    seen = marked.bought_at.isnull() | (marked.event_id <= marked.bought_at)
    return marked.filter(seen).drop("bought_at")


def _with_first_purchase(events: ir.Table, position: ir.Column) -> ir.Table:
    first = position.min(where=events.event_type == "purchase")
    return events.mutate(bought_at=first.over(SESSION))
