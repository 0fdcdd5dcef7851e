"""Cut each user's stream of events into sessions, and number both.

A session is the source's own, where it has one, else a run of events by one user in which no two
neighbours lie further apart than a gap.

Source: A. Halfaker et al., "User Session Identification Based on Strong Regularities in
Inter-activity Time", WWW 2015, arXiv:1411.2878. They argue for a gap of about an hour; 30 minutes
is the custom of the trade.
"""

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.errors import InputError
from trackway.events import COLUMNS, EVENT_TYPES, rank

MICROSECOND = pd.Timedelta("1us")
# Within one user and instant the true order is unknown; this one is the same on every engine.
TIE_BREAK = ["type_rank", "product_id", "category_id", "category_code", "brand", "price"]


def parse_gap(text: str) -> pd.Timedelta:
    """The gap of `params.yaml` as a duration, refused below a second."""
    gap = pd.Timedelta(text)
    if gap < pd.Timedelta("1s"):
        raise InputError(f"sampling.gap must be at least 1 s, got {text!r}")
    return gap


def number(events: ir.Table, gap: pd.Timedelta, from_source: bool) -> ir.Table:
    """Number sessions and events.

    Parameters
    ----------
    events : lazy table, one row per event
        With ``session``, the source's own key, null where it has none.
    gap : Timedelta
        The longest pause inside a session we cut ourselves, inclusive.
    from_source : bool
        Whether the source's keys are sessions. A key used by two users is two sessions.

    Returns
    -------
    lazy table
        The columns of `events.COLUMNS`. ``session_id`` rises from 0 with user and start;
        ``event_id`` with user, session and time, ties broken by event type in the order of a
        visit, then by product.
    """
    key = events.session.fill_null("") if from_source else ibis.literal("")
    keyed = events.mutate(key=key, type_rank=rank(events.event_type))
    cut = _cut(keyed, gap)
    visit = ["user_id", "started", "key", "part"]
    session_id = ibis.dense_rank().over(order_by=[cut[name] for name in visit])
    in_order = [*visit, "event_time", *TIE_BREAK]
    event_id = ibis.row_number().over(order_by=[cut[name] for name in in_order])
    return cut.mutate(session_id=session_id.cast("int64"), event_id=event_id.cast("int64")).select(
        *COLUMNS
    )


def _cut(keyed: ir.Table, gap: pd.Timedelta) -> ir.Table:
    """Add ``part``, the run of events within a user's key, and ``started``, its first time."""
    stream = {
        "group_by": ["user_id", "key"],
        "order_by": ["event_time", *TIE_BREAK],
    }
    before = keyed.event_time.lag().over(**stream)
    pause_us = keyed.event_time.delta(before, unit="microsecond")
    # The source's own sessions are not cut again, however long their pauses are.
    starts = (keyed.key == "") & (pause_us > gap // MICROSECOND)
    marked = keyed.mutate(starts=starts.fill_null(False).cast("int64"))
    part = marked.starts.sum().over(**stream, rows=(None, 0)).cast("int64")
    parted = marked.mutate(part=part)
    return parted.mutate(
        started=parted.event_time.min().over(group_by=["user_id", "key", "part"], rows=(None, None))
    )


def table(events: ir.Table, gap: pd.Timedelta) -> ir.Table:
    """Summarise each session in one row.

    Returns
    -------
    lazy table
        session_id, user_id : int
        started, ended : timestamp, UTC
        duration_s : float, seconds
            From first to last event. How long the last page was read is not recorded, so a
            session of one event lasts 0 s.
        n_events, n_views, n_favorites, n_carts, n_removes, n_purchases, n_products : int
        revenue : decimal, shop currency
            Sum over its purchases; 0 without one, null where the source has no price.
        first_purchase_at : timestamp, UTC, null without a purchase
        bought : bool
        open_at_end : bool
            The data end within `gap` of its last event: it may have gone on.

    Notes
    -----
    Every column but ``user_id`` and ``started`` has seen the whole session. None of them may
    feed a model that must decide before the session is over.
    """
    times = events.event_time
    bought = events.event_type == "purchase"
    counts = {
        f"n_{name}s": events.event_id.count(where=events.event_type == name).cast("int64")
        for name in EVENT_TYPES
    }
    sessions = events.group_by("session_id").agg(
        user_id=events.user_id.min(),
        started=times.min(),
        ended=times.max(),
        n_events=events.event_id.count().cast("int64"),
        **counts,
        n_products=events.product_id.nunique().cast("int64"),
        revenue=events.price.sum(where=bought),
        n_priced=events.price.count(),
        first_purchase_at=times.min(where=bought),
        bought=bought.any(),
    )
    last = sessions.ended.max().over(rows=(None, None))
    duration_us = sessions.ended.delta(sessions.started, unit="microsecond")
    revenue = (sessions.n_priced > 0).ifelse(sessions.revenue.fill_null(0), None)
    return sessions.mutate(
        duration_s=duration_us.cast("float64") / 1e6,
        revenue=revenue.cast("decimal(14, 2)"),
        open_at_end=last.delta(sessions.ended, unit="microsecond") <= gap // MICROSECOND,
    ).select(
        "session_id",
        "user_id",
        "started",
        "ended",
        "duration_s",
        "n_events",
        *counts,
        "n_products",
        "revenue",
        "first_purchase_at",
        "bought",
        "open_at_end",
    )
