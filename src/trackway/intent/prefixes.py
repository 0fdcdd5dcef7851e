"""Which events of a session count as seen when we say whether it will end in a purchase.

A *moment* is when a session is scored: after its first so many events, or right after its first
cart event, and only while undecided. This is what a shop could do: it knows the events so far and
nothing of the end. Two mistakes stand beside it, for the audit of leaks:

`up_to_first_purchase`
    Widely copied. The purchase itself is among the events seen.
`before_first_purchase`
    Mends that, and still leaks: buyers are cut at their purchase, the others run to their natural
    end, so that the length of what is seen tells who was cut.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

CART = "cart"  # the moment right after the first cart event; the others are numbers of events
SESSION = ibis.window(group_by="session_id", preceding=None, following=None)
IN_ORDER = ibis.window(group_by="session_id", order_by="event_id")


def names(moments: Sequence[int | str]) -> list[str]:
    """The moments of `params.yaml` as they are called everywhere: "1", "3", "cart"."""
    return [str(moment) for moment in moments]


def counts(moments: Sequence[str]) -> list[int]:
    """Numbers of events after which a session is scored; the first cart event has none."""
    return [int(moment) for moment in moments if moment != CART]


def at_moments(known: ir.Table, moments: Sequence[str]) -> ir.Table:
    """Of rows per event, those at which a session is scored; one per session and moment.

    An event may be two moments at once: the third of its session, and its first cart event.

    Parameters
    ----------
    known : lazy table with ``nth`` and ``first_cart``, as `features.known` returns it
    """
    none = ibis.null("string")
    named = [(count, str(count)) for count in counts(moments)]
    at_count = known.nth.cases(*named) if named else none
    at_cart = ibis.ifelse(known.first_cart, CART, none) if CART in moments else none
    asked = known.filter(at_count.notnull() | at_cart.notnull())
    each = asked.mutate(moment=ibis.array([at_count, at_cart]).unnest())
    return each.filter(each.moment.notnull())


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
