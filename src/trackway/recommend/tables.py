"""What users did with products before a moment, and what they chose after it: lazily.

A recommender is given what lies strictly before a cut in time and judged by what the same users
did from the cut on. What is counted is a pair of user and product, however often it occurred.
"""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

AT_ONCE = 500_000  # users whose events are looked at together
ACTS = {"views": "view", "carts": "cart", "purchases": "purchase"}


def _moment(moment: pd.Timestamp) -> ir.TimestampScalar:
    return ibis.literal(moment)


def before(events: ir.Table, cut: pd.Timestamp) -> ir.Table:
    """The events strictly before `cut`: all that may be known at it."""
    return events.filter(events.event_time < _moment(cut))


def between(events: ir.Table, cut: pd.Timestamp, end: pd.Timestamp | None) -> ir.Table:
    """The events from `cut` on and strictly before `end`; all later ones without an end."""
    after = events.filter(events.event_time >= _moment(cut))
    return after if end is None else before(after, end)


def pairs(events: ir.Table) -> ir.Table:
    """One row per user and product that met.

    Returns
    -------
    lazy table
        user_id, product_id : int
        views, carts, purchases : int
            Events of each kind.
        last_at : timestamp, UTC
            The latest event of the three kinds.
    """
    met = events.filter(events.event_type.isin(list(ACTS.values())))
    counts = {
        name: met.event_id.count(where=met.event_type == kind).cast("int64")
        for name, kind in ACTS.items()
    }
    return met.group_by("user_id", "product_id").agg(**counts, last_at=met.event_time.max())


def catalogue(events: ir.Table, cut: pd.Timestamp) -> ir.Table:
    """Every product, with what was known of it last before `cut`.

    A product that is new after the cut has the attributes it came with: a shop knows what it puts
    on the shelf. That it will come at all is known to us from its events only.

    Returns
    -------
    lazy table, one row per product
        product_id, category_id : int
        category_code, brand : text, null where unknown
        price : float, shop currency, null where the source has none
        known : bool, whether it had an event before the cut
    """
    early = events.event_time < _moment(cut)
    # before the cut the latest event tells most, after it the first; ties by the declared order,
    # which is asked of few rows only: all of a month's, in order, would take 4 GB
    told = events.group_by("product_id").agg(
        last_early=events.event_time.max(where=early), first=events.event_time.min()
    )
    moments = told.select("product_id", event_time=told.last_early.coalesce(told.first))
    few = events.mutate(early=early).semi_join(moments, ["product_id", "event_time"])
    in_order = ibis.window(group_by="product_id", order_by=few.event_id)
    placed = few.mutate(place=ibis.row_number().over(in_order))
    rows = placed.filter(placed.place == 0)
    return rows.select(
        "product_id",
        "category_id",
        category_code=_name(rows.category_code),
        brand=_name(rows.brand),
        price=rows.price.cast("float64").nullif(0.0),
        known=rows.early,
    )


def _name(text: ir.StringValue) -> ir.StringValue:
    return text.nullif("unknown")


def by_users(events: ir.Table, users: np.ndarray) -> Iterator[ir.Table]:
    """The events of `users`, rising ids, some users at a time: a month's take more than 6 GB."""
    if len(users) <= AT_ONCE:
        yield events
        return
    for begin in range(0, len(users), AT_ONCE):
        some = users[begin : begin + AT_ONCE]
        yield events.filter(events.user_id.between(int(some[0]), int(some[-1])))


def drawn(users: ir.Table, most: int, seed: int) -> ir.Table:
    """At most `most` of the users, in the order of a seeded hash; nested in `events.in_sample`."""
    draw = (ibis.literal(f"{seed}:") + users.user_id.cast("string")).hexdigest("md5")
    order = ibis.window(order_by=[draw, users.user_id])
    placed = users.mutate(place=ibis.row_number().over(order))
    return placed.filter(placed.place < most).drop("place")
