"""What was known of a session when it was scored: one row per session, lazily.

Every feature comes from one of three places, and says so:

- the events seen (`prefixes`): `view_count`, `cart_count`, `session_duration_s`, `avg_price`,
  `max_price`, `unique_items`;
- the moment the session started, in the shop's local time: `hour`, `weekday`;
- what this user had done before that moment: `past_sessions`, `past_orders`,
  `days_since_last`.

The label `bought` has seen the whole session, and so has `ended`; neither is a feature.
"""

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.intent import prefixes
from trackway.localtime import local
from trackway.sources.facts import Facts

COUNTS = ["view_count", "cart_count", "session_duration_s", "unique_items"]
PRICES = ["avg_price", "max_price"]
CALENDAR = {"hour": 24, "weekday": 7}  # values each can take
HISTORY = ["past_sessions", "past_orders", "days_since_last"]
DAY_S = 86_400
MEANING = {  # of each feature: what it is, and when it is known
    "view_count": ("views among the events seen", "when scored"),
    "cart_count": ("additions to the cart among the events seen", "when scored"),
    "session_duration_s": ("seconds from the first to the last event seen", "when scored"),
    "unique_items": ("different products among the events seen", "when scored"),
    "avg_price": ("mean price of the events seen, shop currency", "when scored"),
    "max_price": ("highest price of the events seen, shop currency", "when scored"),
    "hour": ("hour of the day, local time", "at the start"),
    "weekday": ("day of the week, local time, Monday is 0", "at the start"),
    "past_sessions": ("sessions the user had begun before", "at the start"),
    "past_orders": ("of those, with a purchase by then", "at the start"),
    "days_since_last": ("days since the last one began; none for a new user", "at the start"),
}


def usable(known: Facts, train_end: pd.Timestamp) -> list[str]:
    """The features these data can carry, in a fixed order.

    Prices are absent where the source has none; they are not 0. An hour of the day is a feature
    if the training part covers a day, so that every hour occurs in it, and a weekday if it covers
    a week.
    """
    days = (train_end - known.first) / pd.Timedelta("1D")
    calendar = [name for name, needed in [("hour", 1), ("weekday", 7)] if days >= needed]
    return [*COUNTS, *(PRICES if known.has_price else []), *calendar, *HISTORY]


def describe(features: list[str], train: pd.DataFrame) -> pd.DataFrame:
    """Each feature: meaning, when it is known, and its mean in the training part.

    Returns
    -------
    DataFrame, indexed by feature
        meaning, known : str
        missing : float, share of the sessions without a value
        buyers, others : float, means of those that have one
    """
    buyers = train[train["bought"].astype(bool)]
    others = train[~train["bought"].astype(bool)]
    table = pd.DataFrame.from_dict(
        {name: MEANING[name] for name in features}, orient="index", columns=["meaning", "known"]
    )
    return table.rename_axis("feature").assign(
        missing=train[features].isna().mean(),
        buyers=buyers[features].mean(),
        others=others[features].mean(),
    )


def prefix_examples(events: ir.Table, sessions: ir.Table, n: int, timezone: str) -> ir.Table:
    """The honest table: every session still undecided after its first `n` events.

    Undecided is a session without a purchase up to and including the instant of its `n`-th event.
    Whether it goes on is not known at that moment, so one that ended there is scored too. Columns
    as in `examples`.
    """
    seen = examples(prefixes.first_events(events, n), sessions, timezone)
    return seen.filter((seen.n_seen >= n) & seen.undecided)


def examples(
    seen: ir.Table, sessions: ir.Table, timezone: str, closed_only: bool = True
) -> ir.Table:
    """One row per session of which an event was seen and whose end is known.

    Parameters
    ----------
    seen : lazy table, one row per event that counts as seen
        What a function of `prefixes` returns.
    sessions : lazy table, one row per session
        All of them: they are the users' histories too.
    timezone : str
        The shop's local time.
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
            See the head of this module; counts are int, the rest float. Prices are in shop
            currency; a price of 0 stands for one not recorded, and a session without any known
            price has null.
        ended : timestamp, UTC, and bought : bool
            Seen only when all is over: for the split and for the label.
    """
    asked = sessions.filter(~sessions.open_at_end) if closed_only else sessions
    known = asked.select("session_id", "user_id", "started", "ended", "first_purchase_at", "bought")
    joined = known.inner_join(_in_session(seen), "session_id")
    joined = joined.inner_join(_history(sessions), "session_id")
    start = local(joined.started, timezone)
    return joined.mutate(
        undecided=joined.first_purchase_at.isnull() | (joined.first_purchase_at > joined.scored_at),
        hour=start.hour().cast("int64"),
        weekday=start.day_of_week.index().cast("int64"),
    ).drop("first_purchase_at")


def _in_session(seen: ir.Table) -> ir.Table:
    price = seen.price.cast("float64").nullif(0.0)
    first, last = seen.event_time.min(), seen.event_time.max()
    return seen.group_by("session_id").agg(
        scored_at=last,
        n_seen=seen.count(),
        view_count=(seen.event_type == "view").sum().cast("int64"),
        cart_count=(seen.event_type == "cart").sum().cast("int64"),
        session_duration_s=(last.epoch_seconds() - first.epoch_seconds()).cast("float64"),
        # the mean of exact cents, so that no thread order can show in it
        avg_price=seen.price.nullif(0).sum().cast("float64") / price.count().nullif(0),
        max_price=price.max(),
        unique_items=seen.product_id.nunique(),
    )


def _history(sessions: ir.Table) -> ir.Table:
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
        past_sessions=moments.begun.sum().over(so_far).cast("int64"),
        past_orders=moments.order.sum().over(so_far).cast("int64"),
        days_since_last=seconds / DAY_S,
    )
    return counted.filter(counted.is_start).select("session_id", *HISTORY)
