"""From events to the items of baskets, lazily: which sessions are searched, and what fills them.

One session is one basket of views; of purchases one order is, where the source names orders, else
one session, so that two orders in it are one. What is missing is no item:
neither a null nor the fill `unknown`. A session in which nothing has a name is no basket.

What the search holds grows with the baskets, and a share of them tells the same rules as all do
once there are some hundred thousand: a set of the least support lies in a hundred baskets then. A
session is searched as it stands when the data end.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from trackway import engine
from trackway.tables import orders, user_sampling

KINDS = {"purchases": "purchase", "views": "view"}  # kind of basket -> event that fills it
DONE = {"purchases": "bought", "views": "viewed"}
PLURAL = {"product": "products", "category": "categories", "brand": "brands"}  # of the levels
NAMELESS = ["", "unknown"]


def named(text: ir.StringValue) -> ir.StringValue:
    """`text`, or null where it is no name."""
    return ibis.ifelse(text.isin(NAMELESS), ibis.null("string"), text)


# An item is text, whatever the level, so that one order of items serves all.
LEVELS: dict[str, Callable[[ir.Table], ir.StringValue]] = {
    "product": lambda events: events.product_id.cast("string"),
    "category": lambda events: ibis.coalesce(
        named(events.category_code), events.category_id.cast("string")
    ),
    "brand": lambda events: named(events.brand),
}


@dataclass(frozen=True)
class Sample:
    """The events that fill the baskets of one kind.

    Attributes
    ----------
    events : lazy table
        Those of the sessions searched.
    sessions, searched : int
        Sessions with such an event, and those of them that are searched.
    """

    events: ir.Table
    sessions: int
    searched: int


def sample(events: ir.Table, kind: str, most: int, seed: int) -> Sample:
    """The events of `kind`, of no more than `most` sessions: those of whole users, by a hash."""
    filling = events.filter(events.event_type == KINDS[kind])
    per_session = filling.select("user_id", "session_id").distinct()
    sizes = engine.store(per_session.group_by("user_id").aggregate(size=per_session.count()))
    sessions = _sum(sizes)
    if sessions <= most:
        return Sample(filling, sessions, sessions)
    users = user_sampling.whole_users(sizes, most, seed)
    kept = engine.store(filling.semi_join(users, "user_id"))  # read for each level
    return Sample(kept, sessions, _sum(sizes.semi_join(users, "user_id")))


def _sum(sizes: ir.Table) -> int:
    return int(sizes["size"].sum().fill_null(0).execute())


def items(events: ir.Table, kind: str, level: str) -> ir.Table:
    """The different items of each basket, in the order they first came up.

    Parameters
    ----------
    events : lazy table, one row per event
    kind : a name in `KINDS`
    level : a name in `LEVELS`

    Returns
    -------
    lazy table, one row per basket and item
        ``basket`` (a number of the session, or order), ``user``, ``item`` (text), ``place`` (from
        0).
    """
    filling = events.filter(events.event_type == KINDS[kind])
    item = LEVELS[level](filling)
    basket = orders.basket(filling) if kind == "purchases" else filling.session_id
    filled = filling.select("event_id", basket=basket, user="user_id", item=item)
    first = (
        filled.filter(filled.item.notnull())
        .group_by("basket", "user", "item")
        .aggregate(first=ibis._.event_id.min())
    )
    order = ibis.window(group_by="basket", order_by=["first", "item"])
    return first.select("basket", "user", "item", place=ibis.row_number().over(order))
