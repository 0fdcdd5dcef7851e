"""Recency, frequency and money of every customer, as known at one moment.

What is counted, from events before the moment and nothing later:

* an *order* is the source's own, where it names them, else a session with at least one purchase;
* *recency* is the time since the last purchase, in days: small is recent;
* *frequency* is the number of orders, the first one included;
* *money* is the sum of price times pieces of all purchased items, over all orders, less what came
  back. Where the source has no price, the number of pieces stands in for it (`money_unit` says so).

Lifetime models use the word recency for the *age* at the last purchase, which runs the other
way: P. Fader, B. Hardie and K. Lee, Marketing Science 24 (2005) 275-284,
doi:10.1287/mksc.1040.0098.
"""

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.core.errors import InputError
from trackway.tables import orders, user_sampling
from trackway.tables.facts import Facts

TYPES = ["view", "favorite", "cart", "remove", "purchase"]
RFM = ["recency_days", "frequency", "money"]
MONEY, ITEMS = "shop currency", "items bought"
NAMED, VISITS = "an order of the source", "a session with at least one purchase"
DAY_US = 86_400_000_000
NOBODY = "Nobody bought anything before this moment, so there are no customers to describe."


def moment(as_of: str | None, known: Facts) -> pd.Timestamp:
    """When the customers are looked at; itself excluded.

    Parameters
    ----------
    as_of : str, UTC, or None
        None stands for the end of the data: one second after the last event, as the sources
        tell time by the second.

    Raises
    ------
    InputError
        If nothing has happened before `as_of`.
    """
    if as_of is None:
        return known.last.floor("s") + pd.Timedelta("1s")
    chosen = pd.Timestamp(as_of)
    chosen = chosen.tz_localize("UTC") if chosen.tz is None else chosen.tz_convert("UTC")
    if chosen <= known.first:
        raise InputError(
            f"rfm.as_of is {as_of}, but the first event is of {known.first:%Y-%m-%d %H:%M:%S} UTC; "
            f"choose a later moment, or null for the end of the data ({known.last:%Y-%m-%d})"
        )
    return chosen


def money_unit(known: Facts) -> str:
    """What `money` counts: the shop's currency, or items where there are no prices."""
    return MONEY if known.has_price else ITEMS


def recency_unit(longest_days: float) -> tuple[str, float]:
    """The unit in which recency is read and logged, and how many of it make a day.

    Days; hours where nobody's last purchase is three days old; minutes where none is three hours
    old. Half an hour of a shop told in days would be all zeros.

    Examples
    --------
    >>> recency_unit(40.0), recency_unit(0.1)
    (('days', 1.0), ('minutes', 1440.0))
    """
    if longest_days >= 3:
        return "days", 1.0
    return ("hours", 24.0) if longest_days >= 3 / 24 else ("minutes", 1440.0)


def users(events: ir.Table, as_of: pd.Timestamp, has_price: bool) -> ir.Table:
    """What each user did before `as_of`, in one row.

    Parameters
    ----------
    events : lazy table, one row per event
    as_of : Timestamp, UTC
        Itself excluded.
    has_price : bool
        Whether `money` sums prices; else it counts items.

    Returns
    -------
    lazy table, one row per user with an event before `as_of`
        user_id; first_seen, last_seen : timestamp, UTC; n_sessions, n_events, n_views,
        n_favorites, n_carts, n_removes, n_purchases, n_orders : int; first_order_at,
        last_order_at : timestamp, UTC, null for those who bought nothing; money : float, 0 for
        those, unless they gave back what was bought earlier. A purchase whose price is unknown
        adds nothing to `money`. Where the source tells of returns, n_returns : int and returned :
        float, what was taken off, as `money` is counted.
    """
    seen = events.filter(events.event_time < ibis.literal(as_of))
    bought = seen.event_type == "purchase"
    tells_returns = "quantity" in seen.columns
    kinds = [*TYPES, *([orders.RETURN] if tells_returns else [])]
    money = (orders.money if has_price else orders.pieces)(seen)
    sessions = seen.group_by("user_id", "session_id").aggregate(
        first_seen=seen.event_time.min(),
        last_seen=seen.event_time.max(),
        first_order_at=seen.event_time.min(where=bought),
        last_order_at=seen.event_time.max(where=bought),
        n_events=seen.count(),
        money=money.sum(),
        returned=-money.sum(where=seen.event_type == orders.RETURN),
        n_orders=_orders(seen),
        **{f"n_{kind}s": seen.count(where=seen.event_type == kind) for kind in kinds},
    )
    counts = ["n_events", *(f"n_{kind}s" for kind in kinds)]
    returned = sessions.returned.sum().cast("float64").fill_null(0.0)
    return sessions.group_by("user_id").aggregate(
        first_seen=sessions.first_seen.min(),
        last_seen=sessions.last_seen.max(),
        first_order_at=sessions.first_order_at.min(),
        last_order_at=sessions.last_order_at.max(),
        n_sessions=sessions.count(),
        n_orders=whole(sessions.n_orders.sum()),
        **{name: whole(sessions[name].sum()) for name in counts},
        money=sessions.money.sum().cast("float64").fill_null(0.0),
        **({"returned": returned} if tells_returns else {}),
    )


def _orders(seen: ir.Table) -> ir.IntegerValue:
    """How many orders a session holds: those the source names, and one of what belongs to none."""
    bought = seen.event_type == "purchase"
    if "order_id" not in seen.columns:
        return bought.any().cast("int64")
    unnamed = (bought & seen.order_id.isnull()).any().cast("int64")
    return seen.order_id.nunique(where=bought).cast("int64") + unnamed


class Returned(NamedTuple):
    """What came back: users who gave something back, and what was taken off, of what before."""

    users: int
    amount: float
    gross: float


def returned(users: ir.Table) -> Returned | None:
    """What came back by the moment of `users`, as `money` is counted; None where none is told."""
    if "returned" not in users.columns:
        return None
    sums = users.aggregate(
        users=users.count(where=users.n_returns > 0),
        amount=total(users.returned),
        net=total(users.money),
    )
    row = sums.to_pandas().fillna(0).iloc[0]
    return Returned(int(row["users"]), float(row["amount"]), float(row["amount"] + row["net"]))


def whole(total: ir.IntegerValue) -> ir.IntegerValue:
    """A sum of integers as int64. DuckDB's is a HUGEINT, which Parquet would hold as a float."""
    return total.cast("decimal(18, 0)").cast("int64")  # Ibis leaves a direct cast out


def customers(users: ir.Table, as_of: pd.Timestamp) -> ir.Table:
    """Those of `users` who bought, with their recency, frequency and money.

    Returns
    -------
    lazy table, one row per customer
        user_id : int
        recency_days : float, days before `as_of`
        frequency : int, orders
        money : float
    """
    bought = users.filter(users.n_orders > 0)
    since_us = ibis.literal(as_of).delta(bought.last_order_at, unit="microsecond")
    return bought.select(
        "user_id",
        recency_days=since_us.cast("float64") / DAY_US,
        frequency=bought.n_orders.cast("int64"),
        money=bought.money.cast("float64"),
    )


def sample(customers: ir.Table, most: int, seed: int) -> pd.DataFrame:
    """As many of `customers` as asked for, by a seeded hash, in order of ``user_id``."""
    return user_sampling.first_users(customers, most, seed).order_by("user_id").to_pandas()


def total(money: ir.FloatingValue) -> ir.FloatingValue:
    """A sum that does not follow the order of the rows, as one of floats would."""
    return money.cast("decimal(28, 4)").sum().cast("float64")
