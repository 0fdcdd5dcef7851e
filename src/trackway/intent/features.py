"""What was known of a session when it was scored, lazily; `declared` says what each feature means.

`known` looks at every event seen and says what was known right after it; `prefixes` picks the
events after which a session is scored. So one pass makes the features of all moments.

The label `bought` has seen the whole session, and so has `ended`; neither is a feature.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from trackway import engine
from trackway.intent import history, prefixes, rates
from trackway.localtime import local

SO_FAR = ibis.window(group_by="session_id", order_by="event_id", preceding=None, following=0)
# of an event itself: what a network reads, and where it stands; no model of features sees these
RAW = ["event_type", "same_item", "new_item", "new_category", "met"]
INNER = ["event_id", "nth", "cart_nth", *RAW]
FACTS = ["started", "ended", "first_purchase_at", "bought"]


@dataclass(frozen=True)
class Context:
    """Where histories and rates come from.

    Attributes
    ----------
    events, sessions : lazy tables, all there are
    timezone : str
        The shop's local time.
    smoothing : float, views
        See `rates`.
    """

    events: ir.Table
    sessions: ir.Table
    timezone: str
    smoothing: float


def moment_examples(asked: ir.Table, context: Context, moments: Sequence[str]) -> ir.Table:
    """The honest table: every session of `asked`, at every moment at which it is undecided.

    Parameters
    ----------
    asked : lazy table, one row per session that is asked about
        ``session_id`` and ``user_id``.
    moments : names of moments, see `prefixes`

    Returns
    -------
    lazy table, one row per session and moment
        Columns as in `examples`, and ``moment``.
    """
    return at_moments(known_to(asked, context, moments), moments)


def of_events(
    events: ir.Table, timezone: str, smoothing: float, moments: Sequence[str]
) -> ir.Table:
    """`moment_examples` of all sessions, where there is nothing but events."""
    sessions = sessions_of(events)
    return moment_examples(sessions, Context(events, sessions, timezone, smoothing), moments)


def sessions_of(events: ir.Table) -> ir.Table:
    """What `Context` needs of sessions, where there is nothing but events."""
    return events.group_by("session_id", "user_id").agg(
        started=events.event_time.min(),
        ended=events.event_time.max(),
        first_purchase_at=events.event_time.min(where=events.event_type == "purchase"),
        bought=(events.event_type == "purchase").any(),
    )


def known_to(asked: ir.Table, context: Context, moments: Sequence[str]) -> ir.Table:
    """What was known right after each event that one of `moments` can see; see `known`."""
    of_asked = context.events.semi_join(asked, "session_id")
    return known(prefixes.up_to_moments(of_asked, moments), context)


def at_moments(known: ir.Table, moments: Sequence[str]) -> ir.Table:
    """Of what `known_to` returns, the rows at which a session is scored.

    A session is scored while undecided: without a purchase up to and including that instant.
    Whether it goes on is not known then, so one that ended there is scored too.
    """
    rows = prefixes.at_moments(known, moments)
    return rows.filter(rows.undecided).drop(*INNER)


def examples(seen: ir.Table, context: Context, closed_only: bool = True) -> ir.Table:
    """One row per session, with what was known after the last of its events seen.

    Parameters
    ----------
    seen : lazy table, one row per event that counts as seen
        What a function of `prefixes` returns.
    closed_only : bool
        Leave out sessions open at the right edge of the data, as nobody knows whether they
        bought. Taking them for what they are so far is a mistake, kept for the audit.

    Returns
    -------
    lazy table, one row per session
        session_id, user_id, started : known at the start
        scored_at : timestamp, UTC
            When the last event seen happened.
        n_seen : int
            Events seen.
        undecided : bool
            Whether the first purchase, if any, comes after `scored_at`.
        the features
            See `declared`; counts are int, the rest float. A price of 0 stands for one not
            recorded, and a session without any known price has null.
        ended : timestamp, UTC, and bought : bool
            Seen only when all is over: for the split and for the label.
    """
    if closed_only:
        seen = seen.semi_join(context.sessions.filter(~ibis._.open_at_end), "session_id")
    rows = known(prefixes.numbered(seen), context)
    last = rows.nth.max().over(prefixes.SESSION)
    return rows.mutate(last=last).filter(ibis._.nth == ibis._.last).drop(*INNER, "last")


def known(seen: ir.Table, context: Context) -> ir.Table:
    """What was known right after each event seen: one row per event.

    Parameters
    ----------
    seen : lazy table
        Events, numbered by `prefixes`.
    """
    facts = context.sessions.select("session_id", *FACTS)
    placed = engine.store(seen.inner_join(facts, "session_id"))  # read several times below
    met = _met_before(placed, context)
    rated = rates.add(_first_times(met), context.events, context.timezone, context.smoothing)
    counted = _so_far(rated, context.timezone)
    past = history.of_sessions(context.sessions.semi_join(seen, "user_id"))
    return counted.inner_join(past, "session_id")


def _met_before(seen: ir.Table, context: Context) -> ir.Table:
    """Mark events on products that the user had met before this session started."""
    met = history.first_met(context.events.semi_join(seen, "user_id"))
    joined = seen.inner_join(met, ["user_id", "product_id"])
    return joined.mutate(met=joined.met_at < joined.started).drop("met_at")


def _first_times(seen: ir.Table) -> ir.Table:
    """Mark a session's first event on each product, and in each category."""
    new = {
        name: ibis.row_number().over(group_by=["session_id", key], order_by="event_id") == 0
        for name, key in [("new_item", "product_id"), ("new_category", "category_id")]
    }
    return seen.mutate(**new)


def _so_far(seen: ir.Table, timezone: str) -> ir.Table:
    def count(condition: ir.BooleanValue) -> ir.IntegerValue:
        return seen.event_id.count(where=condition).over(SO_FAR)

    is_view = seen.event_type == "view"
    seconds = seen.event_time.epoch_seconds()
    price = seen.price.nullif(0)
    # the mean of exact cents, so that no thread order can show in it
    mean = price.sum().over(SO_FAR).cast("float64") / price.count().over(SO_FAR).nullif(0)
    start = local(seen.started, timezone)
    return seen.select(
        "session_id",
        "user_id",
        "event_id",
        "nth",
        "cart_nth",
        *[name for name in RAW if name != "same_item"],
        *[name for name in FACTS if name != "first_purchase_at"],
        same_item=(seen.product_id == seen.product_id.lag().over(prefixes.IN_ORDER)).fill_null(
            False
        ),
        scored_at=seen.event_time,
        n_seen=seen.nth,
        undecided=seen.first_purchase_at.isnull() | (seen.first_purchase_at > seen.event_time),
        view_count=count(is_view),
        cart_count=count(seen.event_type == "cart"),
        remove_count=count(seen.event_type == "remove"),
        favorite_count=count(seen.event_type == "favorite"),
        session_duration_s=(seconds - seconds.min().over(SO_FAR)).cast("float64"),
        last_pause_s=(seconds - seconds.lag().over(prefixes.IN_ORDER)).cast("float64"),
        unique_items=count(seen.new_item),
        unique_categories=count(seen.new_category),
        repeat_views=count(is_view & ~seen.new_item),
        known_items=count(seen.new_item & seen.met),
        last_known=seen.met.cast("int64"),
        last_repeated=(~seen.new_item).cast("int64"),
        avg_price=mean,
        max_price=price.max().over(SO_FAR).cast("float64"),
        price_level=seen.price_level,
        hour=start.hour().cast("int64"),
        weekday=start.day_of_week.index().cast("int64"),
        item_rate=seen.item_rate,
        item_rate_max=seen.item_rate.max().over(SO_FAR),
        category_rate=seen.category_rate,
    )
