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
RAW = ["event_type", "same_item", "new_item", "other_category", "met"]
INNER = ["event_id", "nth", "first_cart", *RAW]
EVENT = [
    "session_id",
    "user_id",
    "event_id",
    "event_time",
    "event_type",
    "product_id",
    "category_id",
    "price",
]
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
        session_id, user_id, started : known at the start
        moment : str
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
    return at_moments(known_to(asked, context), context, moments)


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


def known_to(asked: ir.Table, context: Context) -> ir.Table:
    """What was known right after each event of the sessions asked about, see `known`.

    Without what is the same for all events of a session: `at_moments` adds that to fewer rows.
    """
    return _each_event(context.events.semi_join(asked, "session_id"), context)


def at_moments(known: ir.Table, context: Context, moments: Sequence[str]) -> ir.Table:
    """Of what `known_to` returns, the rows at which a session is scored.

    A session is scored while undecided: without a purchase up to and including that instant.
    Whether it goes on is not known then, so one that ended there is scored too.
    """
    rows = _with_session(prefixes.at_moments(known, moments), context)
    return rows.filter(rows.undecided).drop(*INNER)


def known(seen: ir.Table, context: Context) -> ir.Table:
    """What was known right after each event seen: one row per event.

    Parameters
    ----------
    seen : lazy table
        The first events of sessions, as many as count as seen.
    """
    return _with_session(_each_event(seen, context), context)


def _each_event(seen: ir.Table, context: Context) -> ir.Table:
    starts = context.sessions.select("session_id", "started")
    # read several times below
    placed = engine.store(seen.select(*EVENT).inner_join(starts, "session_id"))
    met = _met_before(placed, context)
    new = ibis.row_number().over(group_by=["session_id", "product_id"], order_by="event_id") == 0
    rated = rates.add(met.mutate(new_item=new), context.events, context.timezone, context.smoothing)
    return _so_far(rated)


def _met_before(seen: ir.Table, context: Context) -> ir.Table:
    """Mark events on products that the user had met before this session started."""
    met = history.first_met(context.events.semi_join(seen, "user_id"))
    joined = seen.inner_join(met, ["user_id", "product_id"])
    return joined.mutate(met=joined.met_at < joined.started).drop("met_at")


def _so_far(seen: ir.Table) -> ir.Table:
    def count(condition: ir.BooleanValue) -> ir.IntegerValue:
        return seen.event_id.count(where=condition).over(SO_FAR)

    def before(column: ir.Column) -> ir.Column:
        return column.lag().over(prefixes.IN_ORDER)

    is_view, is_cart = seen.event_type == "view", seen.event_type == "cart"
    other_category = (seen.category_id != before(seen.category_id)).fill_null(False)
    counted = seen.mutate(
        other_category=other_category,
        same_item=(seen.product_id == before(seen.product_id)).fill_null(False),
        pause_s=seen.event_time.epoch_seconds() - before(seen.event_time.epoch_seconds()),
    )
    price = seen.price.nullif(0)
    # the mean of exact cents, so that no thread order can show in it
    mean = price.sum().over(SO_FAR).cast("float64") / price.count().over(SO_FAR).nullif(0)
    nth = (ibis.row_number().over(prefixes.IN_ORDER) + 1).cast("int64")
    waited = seen.event_time.epoch_seconds() - seen.started.epoch_seconds()
    rows = counted.select(
        "session_id",
        "user_id",
        "event_id",
        *RAW,
        nth=nth,
        scored_at=seen.event_time,
        view_count=count(is_view),
        cart_count=count(is_cart),
        remove_count=count(seen.event_type == "remove"),
        favorite_count=count(seen.event_type == "favorite"),
        session_duration_s=waited.cast("float64"),
        last_pause_s=counted.pause_s.cast("float64"),
        unique_items=count(seen.new_item),
        new_views=count(is_view & seen.new_item),
        category_changes=counted.event_id.count(where=counted.other_category).over(SO_FAR),
        known_items=count(seen.new_item & seen.met),
        last_known=seen.met.cast("int64"),
        last_repeated=(~seen.new_item).cast("int64"),
        avg_price=mean,
        max_price=price.max().over(SO_FAR).cast("float64"),
        price_level=seen.price_level,
        item_rate=seen.item_rate,
        item_rate_max=seen.item_rate.max().over(SO_FAR),
        category_rate=seen.category_rate,
    )
    return rows.mutate(
        n_seen=rows.nth,
        first_cart=(rows.event_type == "cart") & (rows.cart_count == 1),
        repeat_views=rows.view_count - rows.new_views,
    ).drop("new_views")


def _with_session(rows: ir.Table, context: Context) -> ir.Table:
    """Add what is the same for all of a session's rows: its facts, its start, the user's past."""
    facts = context.sessions.select("session_id", *FACTS)
    past = history.of_sessions(context.sessions.semi_join(rows, "user_id"))
    joined = rows.inner_join(facts, "session_id").inner_join(past, "session_id")
    start = local(joined.started, context.timezone)
    return joined.mutate(
        undecided=joined.first_purchase_at.isnull() | (joined.first_purchase_at > joined.scored_at),
        hour=start.hour().cast("int64"),
        weekday=start.day_of_week.index().cast("int64"),
    ).drop("first_purchase_at")
