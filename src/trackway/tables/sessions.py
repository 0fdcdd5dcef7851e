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

from trackway.core.errors import InputError
from trackway.tables import orders
from trackway.tables.events import (
    COLUMNS,
    EVENT_TYPES,
    IN_ORDER,
    Keep,
    as_is,
    catalogue,
    with_catalogue,
)

MICROSECOND = pd.Timedelta("1us")
Duplicates = str | tuple[str, ...] | None
# Of all events. Two rows that agree in it, and in what `order` adds, are one event, logged twice.
ORDER = ["session_id", "event_time", "tie"]


def parse_gap(text: str) -> pd.Timedelta:
    """The gap of `params.yaml` as a duration, refused below a second."""
    gap = pd.Timedelta(text)
    if gap < pd.Timedelta("1s"):
        raise InputError(f"sampling.gap must be at least 1 s, got {text!r}")
    return gap


def order(visits: ir.Table) -> list[str]:
    """The columns that order `visits` totally, and tell rows of theirs apart."""
    return [*ORDER, *orders.present(visits), *(["copy"] if "copy" in visits.columns else [])]


def number(
    events: ir.Table,
    gap: pd.Timedelta,
    from_source: bool,
    known: ir.Table | None = None,
    duplicates: Duplicates = None,
) -> ir.Table:
    """The event table: events `cut` into sessions, named `with_catalogue`, and numbered.

    One expression, for tables small enough. `engine.write` drops doubles and numbers the rows as it
    sorts them, which is the same at a third of the cost.

    Parameters
    ----------
    known : the catalogue of the events, filled or not
        Left out, it is made of them, and nothing is filled.
    duplicates : which rows that are alike are one event; see `orders.with_copies`

    Returns
    -------
    lazy table
        The columns of `events.COLUMNS`, and those of `orders.COLUMNS` that `events` have.
        ``event_id`` is the place in `order`, from 0.
    """
    known = catalogue(events) if known is None else known
    named = with_catalogue(cut(events, gap, from_source), known)
    once = apart(named, duplicates).distinct()
    place = ibis.row_number().over(order_by=order(once))
    numbered = once.mutate(event_id=place.cast("int64"))
    return numbered.select(*COLUMNS, *orders.present(once))


def apart(visits: ir.Table, duplicates: Duplicates) -> ir.Table:
    """`visits`, with what tells rows apart that are alike and not one event; see `orders`."""
    return orders.with_copies(visits, duplicates, order(visits))


def cut(events: ir.Table, gap: pd.Timedelta, from_source: bool, keep: Keep = as_is) -> ir.Table:
    """Give each event its session.

    Parameters
    ----------
    events : lazy table, one row per event
        With ``session``, the source's own key, null where it has none. Doubles change nothing.
    gap : Timedelta
        The longest pause inside a session we cut ourselves, inclusive.
    from_source : bool
        Whether the source's keys are sessions. A key used by two users is two sessions.
    keep : what computes the lists of runs and of sessions once, such as `engine.store`

    Returns
    -------
    lazy table
        The columns of `events.COLUMNS` but ``event_id``, and those of `orders.COLUMNS` there are.
        ``session_id`` rises from 0 with user and start.

    Notes
    -----
    Should two keys of one user have the same hash of 64 bits, which chance does once in 10^10
    studies, the events of both appear twice.
    """
    # The source's own sessions are not cut again, however long their pauses are.
    keyed = events.session.notnull() if from_source else ibis.literal(False)
    own, rest = events.filter(keyed), events.filter(~keyed)
    runs = keep(_runs(rest, gap))
    place = ibis.row_number().over(order_by=["user_id", "started", "key", "visit"])
    # One row per session is sorted, not one per event.
    found = _started(own, "session", key=ibis._.session, visit=ibis._.session.hash()).union(
        _started(runs, "visit", key=ibis.literal(""), visit=ibis._.visit)
    )
    numbered = keep(found.select("user_id", "visit", session_id=place.cast("int64")))
    visited = own.mutate(visit=own.session.hash()).union(runs)
    columns = [name for name in COLUMNS if name != "event_id"] + orders.present(events)
    return visited.join(numbered, ["user_id", "visit"]).select(*columns)


def _started(events: ir.Table, by: str, **more: ir.Value) -> ir.Table:
    """The sessions that `by` tells apart within a user: user_id, started, and `more`."""
    started = events.group_by("user_id", by).agg(started=events.event_time.min())
    return started.select("user_id", "started", **more)


def _runs(events: ir.Table, gap: pd.Timedelta) -> ir.Table:
    """Add ``visit``: how many pauses above `gap` lie before an event of its user."""
    stream = {"group_by": "user_id", "order_by": "event_time"}
    before = events.event_time.lag().over(**stream)
    pause_us = events.event_time.delta(before, unit="microsecond")
    marked = events.mutate(starts=pause_us > gap // MICROSECOND)
    # Events of one instant follow in any order: their pause is none, and the frame holds them all.
    visit = marked.event_time.count(where=marked.starts).over(**stream, range=(None, 0))
    return marked.mutate(visit=visit).drop("starts")


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
            Of its purchases, price times pieces, less what came back; 0 without either, null where
            the source has no price.
        n_returns : int, where the source tells of returns
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
        for name in (IN_ORDER if "quantity" in events.columns else EVENT_TYPES)
    }
    sessions = events.group_by("session_id").agg(
        user_id=events.user_id.min(),
        started=times.min(),
        ended=times.max(),
        n_events=events.event_id.count().cast("int64"),
        **counts,
        n_products=events.product_id.nunique().cast("int64"),
        revenue=orders.money(events).sum(),
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
