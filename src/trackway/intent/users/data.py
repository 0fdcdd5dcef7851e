"""What was known of each user at a date, and whether a purchase followed within the horizon.

Time is cut into days of 24 hours, counted back from the last local midnight of the data. A date
is asked about if the whole history before it and the whole horizon after it lie inside the data:
what is cut off at either edge would be taken for silence. Horizons of two dates never overlap.

Every feature comes from the events and sessions strictly before the date and no earlier than
`history_days` before it, so that all dates know equally much. A session that lies across the date
counts with what it had shown by then.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import ibis.selectors as s
import pandas as pd

from trackway.tables import orders
from trackway.tables.events import in_sample
from trackway.tables.facts import Facts

DAY_S = 86_400
MEANING = {  # of each feature, known before the date
    "days_since_seen": "days since the last event",
    "sessions": "sessions begun",
    "recent_sessions": "of those, within one horizon before the date",
    "active_days": "days with an event",
    "views": "views",
    "carts": "additions to the cart",
    "carts_left": "products put into the cart, and neither bought nor removed since",
    "orders": "sessions with a purchase by then",
    "days_since_order": "days since the first purchase of the last of those; none without one",
    "spent": "paid, shop currency",
}
SETTLES = ["purchase", "remove"]  # what empties a cart of a product


@dataclass(frozen=True)
class Calendar:
    """The dates asked about.

    Attributes
    ----------
    end : Timestamp, UTC
        The last local midnight of the data, from which days are counted back.
    timezone : str
        The shop's local time.
    history_days, horizon_days : int
    days_back : tuple of int
        How many days before `end` each date lies; the earliest date first.
    """

    end: pd.Timestamp
    timezone: str
    history_days: int
    horizon_days: int
    days_back: tuple[int, ...]

    @classmethod
    def of(cls, known: Facts, history_days: int, horizon_days: int, most: int) -> "Calendar":
        """The latest dates that the data can carry, one horizon apart, at most `most`.

        Examples
        --------
        The last date is a horizon before the end; the earliest has a whole history behind it.

        >>> from trackway.intent.leakage.null_shop import FACTS
        >>> Calendar.of(FACTS, history_days=30, horizon_days=7, most=9).days_back
        (28, 21, 14, 7)
        """
        local = known.last.tz_convert(known.timezone)
        end = local.normalize().tz_convert("UTC")
        days = (end - known.first) // pd.Timedelta("1D")
        fitting = range(horizon_days, max(days - history_days, 0) + 1, horizon_days)
        return cls(end, known.timezone, history_days, horizon_days, tuple(reversed(fitting[:most])))

    @property
    def dates(self) -> list[pd.Timestamp]:
        """The dates themselves, UTC, the earliest first."""
        return [self.date(back) for back in self.days_back]

    def date(self, days_back: int) -> pd.Timestamp:
        """The moment so many days before `end`."""
        return self.end - pd.Timedelta(days=days_back)

    def local(self, date: pd.Timestamp) -> str:
        """A date as the shop calls it."""
        return f"{date.tz_convert(self.timezone):%Y-%m-%d}"

    def table(self) -> ir.Table:
        """One row per date: ``days_back`` and the date itself in seconds since 1970, ``date_s``."""
        rows = [(back, int(self.date(back).timestamp())) for back in self.days_back]
        return ibis.memtable(rows, schema={"days_back": "int64", "date_s": "int64"})

    def day(self, moment: ir.TimestampValue) -> ir.IntegerValue:
        """On which day before `end` a moment lies; 0 is the last one, below it what comes after."""
        before_s = int(self.end.timestamp()) - moment.epoch_seconds()
        return (before_s / DAY_S).ceil().cast("int64") - 1


def usable(known: Facts) -> list[str]:
    """The features these data can carry, in a fixed order."""
    return [name for name in MEANING if name != "spent" or known.has_price]


def load(
    events: ir.Table, sessions: ir.Table, calendar: Calendar, max_users: int, seed: int
) -> pd.DataFrame:
    """`examples` of about `max_users` users in pandas, in order of date and user."""
    share = min(1.0, max_users / max(int(sessions.user_id.nunique().execute()), 1))
    drawn = [table.filter(in_sample(table.user_id, share, seed)) for table in (events, sessions)]
    return examples(*drawn, calendar).order_by("days_back", "user_id").to_pandas()


def by_date(rows: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """The dates, and who is asked about.

    Parameters
    ----------
    rows : DataFrame, one row per date and user
        What `load` returns.

    Returns
    -------
    DataFrame, one row per date, the earliest first
        date : str, as the shop calls it
        users, buyers : int
        bought : float, share of them that buys within the horizon
        orders, days_since_seen, carts_left : float
            Means over users of what is known then.
    """
    counted = rows.groupby("days_back").agg(
        users=("bought", "size"),
        buyers=("bought", "sum"),
        bought=("bought", "mean"),
        orders=("orders", "mean"),
        days_since_seen=("days_since_seen", "mean"),
        carts_left=("carts_left", "mean"),
    )
    table = counted.reindex(calendar.days_back).reset_index(drop=True)
    table = table.fillna({"users": 0, "buyers": 0}).astype({"users": int, "buyers": int})
    table.insert(0, "date", [calendar.local(date) for date in calendar.dates])
    return table


def examples(events: ir.Table, sessions: ir.Table, calendar: Calendar) -> ir.Table:
    """One row per date and user who was seen within the history before it.

    Returns
    -------
    lazy table
        days_back, user_id : int
        the features
            See `MEANING`. Counts are int, days and money float.
        bought : bool
            Whether a purchase lies within the horizon from the date on; known only after it.
    """
    seen = _seen(events, calendar)
    parts = [
        _visits(sessions, calendar),
        _orders(sessions, calendar),
        _carts_left(events, calendar),
        _bought(events, calendar),
    ]
    keys = ["days_back", "user_id"]
    joined = seen
    for part in parts:
        joined = joined.left_join(part, keys).drop(s.endswith("_right"))
    counts = ["sessions", "recent_sessions", "orders", "carts_left"]
    filled = {name: joined[name].fill_null(0).cast("int64") for name in counts}
    return joined.mutate(**filled, bought=joined.purchases.notnull()).drop("purchases")


def _windows(rows: ir.Table, calendar: Calendar) -> ir.Table:
    """Each row once for every date in whose history its ``day`` lies."""
    dates = calendar.table()
    return rows.inner_join(
        dates,
        [rows.day >= dates.days_back, rows.day < dates.days_back + calendar.history_days],
    )


def _seen(events: ir.Table, calendar: Calendar) -> ir.Table:
    """Counts of events; summed by day first, as a day lies in the histories of several dates."""
    by_day = events.group_by("user_id", day=calendar.day(events.event_time)).agg(
        last_s=events.event_time.max().epoch_seconds(),
        views=(events.event_type == "view").sum(),
        carts=(events.event_type == "cart").sum(),
        spent=orders.money(events).sum(),
    )
    inside = _windows(by_day, calendar)
    return inside.group_by("days_back", "user_id").agg(
        days_since_seen=(inside.date_s.max() - inside.last_s.max()) / DAY_S,
        active_days=inside.count(),
        views=inside.views.sum().cast("int64"),
        carts=inside.carts.sum().cast("int64"),
        spent=inside.spent.sum().cast("float64").fill_null(0.0),
    )


def _visits(sessions: ir.Table, calendar: Calendar) -> ir.Table:
    by_day = sessions.group_by("user_id", day=calendar.day(sessions.started)).agg(n=ibis._.count())
    inside = _windows(by_day, calendar)
    recent = inside.day < inside.days_back + calendar.horizon_days
    return inside.group_by("days_back", "user_id").agg(
        sessions=inside.n.sum().cast("int64"),
        recent_sessions=inside.n.sum(where=recent).cast("int64"),
    )


def _orders(sessions: ir.Table, calendar: Calendar) -> ir.Table:
    bought = sessions.filter(sessions.first_purchase_at.notnull())
    at = bought.first_purchase_at
    rows = bought.select("user_id", day=calendar.day(at), at_s=at.epoch_seconds())
    inside = _windows(rows, calendar)
    return inside.group_by("days_back", "user_id").agg(
        orders=inside.count(),
        days_since_order=(inside.date_s.max() - inside.at_s.max()) / DAY_S,
    )


def _carts_left(events: ir.Table, calendar: Calendar) -> ir.Table:
    """Of each user, products whose last cart event no purchase or removal followed by the date."""
    handled = events.filter(events.event_type.isin(["cart", *SETTLES]))
    rows = handled.select(
        "user_id", "product_id", "event_type", "event_time", day=calendar.day(handled.event_time)
    )
    inside = _windows(rows, calendar)
    # in one instant, the declared total order has the cart before what settles it
    by_product = inside.group_by("days_back", "user_id", "product_id").agg(
        put=inside.event_time.max(where=inside.event_type == "cart"),
        settled=inside.event_time.max(where=inside.event_type.isin(SETTLES)),
    )
    left = by_product.put.notnull() & (
        by_product.settled.isnull() | (by_product.settled < by_product.put)
    )
    return by_product.group_by("days_back", "user_id").agg(carts_left=left.sum().cast("int64"))


def _bought(events: ir.Table, calendar: Calendar) -> ir.Table:
    """Who buys within the horizon of which date."""
    purchases = events.filter(events.event_type == "purchase")
    rows = purchases.select("user_id", day=calendar.day(purchases.event_time))
    dates = calendar.table()
    ahead = rows.inner_join(
        dates,
        [rows.day < dates.days_back, rows.day >= dates.days_back - calendar.horizon_days],
    )
    return ahead.group_by("days_back", "user_id").agg(purchases=ahead.count())
