"""What a user had done before a session started."""

import ibis
import ibis.expr.types as ir

HISTORY = ["past_sessions", "past_orders", "days_since_last"]
DAY_S = 86_400


def of_sessions(sessions: ir.Table) -> ir.Table:
    """What each session's user had done strictly before it started.

    A session of the same user that had begun counts as a session, an order counts from the moment
    of its purchase. That an earlier session has *ended* is never asked: two of one user may
    overlap, and whether the other one goes on is not known yet.

    Three kinds of moment, in one line of time per user; at one instant a start comes first, so it
    sees nothing of that instant. One sort instead of a join of every session with all earlier
    ones, which a single busy user would make quadratic.
    """
    starts, begun, orders = (
        sessions.select(
            "session_id", "user_id", at=moment, is_start=kind == 0, begun=kind == 1, order=kind == 2
        )
        for kind, moment in enumerate(
            [sessions.started, sessions.started, sessions.first_purchase_at]
        )
    )
    moments = starts.union(begun, orders.filter(orders["at"].notnull()))
    by_time = [moments["at"], moments.is_start.desc(), moments.session_id]
    so_far = ibis.window(group_by="user_id", order_by=by_time, preceding=None, following=0)
    last = moments["at"].max(where=moments.begun).over(so_far)
    seconds = (moments["at"].epoch_seconds() - last.epoch_seconds()).cast("float64")
    counted = moments.mutate(
        past_sessions=moments.session_id.count(where=moments.begun).over(so_far),
        past_orders=moments.session_id.count(where=moments.order).over(so_far),
        days_since_last=seconds / DAY_S,
    )
    return counted.filter(counted.is_start).select("session_id", *HISTORY)


def first_met(events: ir.Table) -> ir.Table:
    """When each product of a session was met first: in the session, and by its user at all.

    Returns
    -------
    lazy table, one row per session and product
        session_id, product_id
        first_id : int, the session's first event on it
        met_at : timestamp, UTC
            Taken over all events of the user; compared with an earlier moment it tells only what
            was known then.
    """
    first = events.group_by("session_id", "user_id", "product_id").agg(
        first_id=events.event_id.min(), first_at=events.event_time.min()
    )
    met_at = first.first_at.min().over(group_by=["user_id", "product_id"])
    return first.select("session_id", "product_id", "first_id", met_at=met_at)
