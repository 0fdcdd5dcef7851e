"""What was known of a session when it was scored, lazily; `registry` says what each feature means.

`known` looks at every event seen and says what was known right after it; `prefixes` picks the
events after which a session is scored. So one pass makes the features of all moments.

The label `bought` has seen the whole session, and so has `ended`; neither is a feature.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import ibis
import ibis.expr.types as ir

from trackway import engine
from trackway.intent import prefixes
from trackway.intent.features import history, rates
from trackway.tables.local_time import local

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
AT_ONCE = 1_000_000  # sessions whose events are sorted at once
BITS, TOGETHER = 21, 3  # of a count, and how many share a sum of 64 bits


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

    @cached_property
    def daily(self) -> ir.Table:
        """What `rates` are made of; computed once, however many sessions are asked about."""
        return engine.store(rates.daily(self.events, self.timezone))


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
            See `registry`; counts are int, the rest float. A price of 0 stands for one not
            recorded, and a session without any known price has null.
        ended : timestamp, UTC, and bought : bool
            Seen only when all is over: for the split and for the label.
    """
    return at_moments(known_to(asked, context), asked, context, moments)


def in_parts(
    asked: ir.Table, context: Context, moments: Sequence[str], at_once: int = AT_ONCE
) -> Iterator[ir.Table]:
    """`moment_examples` of about `at_once` of the sessions after the others; one part at least.

    All at once, the events of a month are more than memory takes, and each time they are sorted
    they go to disk and back, at nearly twice the cost.
    """
    ids = asked.session_id
    bounds = asked.agg(n=asked.count(), first=ids.min(), last=ids.max()).to_pandas()
    n, first, last = bounds.fillna(0).astype("int64").iloc[0]
    step = (last - first) // max(1, -(-n // at_once)) + 1
    for low in range(first, last + 1, step):
        part = asked.filter(ids.between(low, low + step - 1))
        yield moment_examples(part, context, moments)


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
    """What was known right after each event of the sessions asked about: one row per event.

    Without what is the same for all events of a session: `at_moments` adds that to fewer rows.
    """
    seen = context.events.semi_join(asked, "session_id").select(*EVENT)
    placed, late = _placed(seen, asked, context), _after_midnight(seen, context)
    return _so_far(rates.add(placed, late, context.daily, context.smoothing))


def at_moments(
    known: ir.Table, asked: ir.Table, context: Context, moments: Sequence[str]
) -> ir.Table:
    """Of what `known_to` returns for those `asked`, the rows at which a session is scored.

    A session is scored while undecided: without a purchase up to and including that instant.
    Whether it goes on is not known then, so one that ended there is scored too.
    """
    rows = with_session(prefixes.at_moments(known, moments), asked, context)
    return rows.filter(rows.undecided).drop(*INNER)


def known(context: Context) -> ir.Table:
    """What was known right after each event of all sessions: one row per event."""
    return with_session(known_to(context.sessions, context), context.sessions, context)


def with_session(rows: ir.Table, asked: ir.Table, context: Context) -> ir.Table:
    """Add what is the same for all of a session's rows: its facts, its start, the user's past."""
    sessions = context.sessions
    start = local(sessions.started, context.timezone)
    facts = sessions.select(
        "session_id",
        *FACTS,
        hour=start.hour().cast("int64"),
        weekday=start.day_of_week.index().cast("int64"),
    )
    past = history.of_sessions(sessions.semi_join(asked, "user_id"))
    joined = rows.inner_join(facts.inner_join(past, "session_id"), "session_id")
    undecided = joined.first_purchase_at.isnull() | (joined.first_purchase_at > joined.scored_at)
    return joined.mutate(undecided=undecided).drop("first_purchase_at")


def _placed(seen: ir.Table, asked: ir.Table, context: Context) -> ir.Table:
    """Each event beside the one before it, and beside what its user had met.

    First of all, as a window costs by the columns that it carries along.
    """

    def before(column: ir.Column) -> ir.Column:
        return column.lag().over(prefixes.IN_ORDER)

    beside = seen.mutate(
        other_category=(seen.category_id != before(seen.category_id)).fill_null(False),
        same_item=(seen.product_id == before(seen.product_id)).fill_null(False),
        pause_s=seen.event_time.epoch_seconds() - before(seen.event_time.epoch_seconds()),
    )
    first = history.first_met(context.events.semi_join(asked, "user_id"))
    starts = _starts(context).select("session_id", "started", "day")
    joined = beside.inner_join(starts, "session_id").inner_join(first, ["session_id", "product_id"])
    return joined.mutate(
        met=joined.met_at < joined.started, new_item=joined.event_id == joined.first_id
    ).drop("met_at", "first_id")


def _starts(context: Context) -> ir.Table:
    """When and on which day of the shop each session started, and whether it ended on another."""
    sessions = context.sessions
    day, last = (local(at, context.timezone).date() for at in (sessions.started, sessions.ended))
    return sessions.select("session_id", "started", day=day, past_midnight=day != last)


def _after_midnight(seen: ir.Table, context: Context) -> ir.Table:
    """What was looked at in sessions that ended on another day of the shop than they started."""
    starts = _starts(context)
    late = starts.filter(starts.past_midnight).select("session_id", "day")
    return seen.inner_join(late, "session_id").select("product_id", "category_id", "day").distinct()


def _conditions(seen: ir.Table) -> dict[str, ir.BooleanValue]:
    """What is counted over the events seen so far."""
    is_view = seen.event_type == "view"
    return {
        "view_count": is_view,
        "cart_count": seen.event_type == "cart",
        "remove_count": seen.event_type == "remove",
        "favorite_count": seen.event_type == "favorite",
        "unique_items": seen.new_item,
        "new_views": is_view & seen.new_item,
        "category_changes": seen.other_category,
        "known_items": seen.new_item & seen.met,
        "priced": seen.price.nullif(0).notnull(),
    }


def _so_far(seen: ir.Table) -> ir.Table:
    price, counted = seen.price.nullif(0), _conditions(seen)
    waited = seen.event_time.epoch_seconds() - seen.started.epoch_seconds()
    summed = seen.select(
        "session_id",
        "user_id",
        "event_id",
        *RAW,
        **_sums(counted),
        nth=(ibis.row_number().over(prefixes.IN_ORDER) + 1).cast("int64"),
        scored_at=seen.event_time,
        session_duration_s=waited.cast("float64"),
        last_pause_s=seen.pause_s.cast("float64"),
        last_known=seen.met.cast("int64"),
        last_repeated=(~seen.new_item).cast("int64"),
        worth=price.sum().over(SO_FAR),
        max_price=price.max().over(SO_FAR).cast("float64"),
        price_level=seen.price_level,
        item_rate=seen.item_rate,
        item_rate_max=seen.item_rate.max().over(SO_FAR),
        category_rate=seen.category_rate,
    )
    rows = summed.mutate(**_counts(summed, list(counted))).drop(*_sums(counted))
    return rows.mutate(
        n_seen=rows.nth,
        first_cart=(rows.event_type == "cart") & (rows.cart_count == 1),
        repeat_views=rows.view_count - rows.new_views,
        # the mean of exact cents, so that no thread order can show in it
        avg_price=rows.worth.cast("float64") / rows.priced.nullif(0),
    ).drop("new_views", "worth", "priced")


def _sums(conditions: dict[str, ir.BooleanValue]) -> dict[str, ir.IntegerValue]:
    """Events so far that meet each condition, `TOGETHER` counts in one sum.

    A window costs by its number of sums. A count has `BITS`, enough for two million events of one
    session.
    """
    units = [
        ibis.ifelse(met, 1 << BITS * (place % TOGETHER), 0).cast("int64")
        for place, met in enumerate(conditions.values())
    ]
    groups = [units[first : first + TOGETHER] for first in range(0, len(units), TOGETHER)]
    return {f"sum_{n}": sum(one[1:], one[0]).sum().over(SO_FAR) for n, one in enumerate(groups)}


def _counts(summed: ir.Table, names: Sequence[str]) -> dict[str, ir.IntegerValue]:
    """The counts that `_sums` has put together, by their names."""
    # engines sum 64 bits in more; by way of a decimal Ibis casts back what it takes for 64 bits
    sums = [
        summed[f"sum_{n}"].cast("decimal(38, 0)").cast("int64")
        for n in range(-(-len(names) // TOGETHER))
    ]
    return {
        name: (sums[place // TOGETHER] >> BITS * (place % TOGETHER)) & ((1 << BITS) - 1)
        for place, name in enumerate(names)
    }
