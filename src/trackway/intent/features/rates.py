"""What products and categories had been worth on strictly earlier days.

A day is the shop's own. What happened on the day a session started is left out, so that a rate
holds nothing of the session itself, nor of what came after it.

Rates of few views are drawn to something steadier: a category's to the shop's, a product's to its
category's, as if `smoothing` more views had come at that rate.
"""

import ibis
import ibis.expr.types as ir

from trackway import engine
from trackway.tables.local_time import local


def add(seen: ir.Table, late: ir.Table, daily: ir.Table, smoothing: float) -> ir.Table:
    """Add ``item_rate``, ``category_rate`` and ``price_level`` to events seen.

    Parameters
    ----------
    seen : lazy table, one row per event
        With ``day``, the one on which its session started.
    late : lazy table of ``product_id``, ``category_id`` and ``day``
        Those of the events seen that came on a later day than that, at least.
    daily : lazy table
        What `daily` returned, computed.
    smoothing : float, views

    Returns
    -------
    lazy table
        item_rate, category_rate : float, purchases per view; null on the first day
        price_level : float
            The event's price over the mean price of views in its category; null where either is
            not known.
    """
    late = engine.store(late)  # read thrice
    shop = _before(_with_asked(daily, late, []), [])
    by_item = _before(_with_asked(daily, late, ["product_id"]), ["product_id"])
    by_category = _before(_with_asked(daily, late, ["category_id"]), ["category_id"])
    usual = by_category.worth.cast("float64") / by_category.priced.nullif(0)
    by_category = by_category.mutate(usual=usual.nullif(0.0))
    joined = seen.left_join(shop.select("day", shop_rate=_rate(shop)), "day").drop("day_right")
    joined = _joined(joined, by_category, "category_id", "c_", ["views", "purchases", "usual"])
    joined = _joined(joined, by_item, "product_id", "p_", ["views", "purchases"])
    rated = joined.mutate(category_rate=_smoothed(joined, "c_", joined.shop_rate, smoothing))
    price = rated.price.cast("float64").nullif(0.0)
    return rated.select(
        *seen.columns,
        "category_rate",
        item_rate=_smoothed(rated, "p_", rated.category_rate, smoothing),
        price_level=price / rated.c_usual,
    )


def _rate(counts: ir.Table) -> ir.FloatingValue:
    return counts.purchases.cast("float64") / counts.views.nullif(0)


def daily(events: ir.Table, timezone: str) -> ir.Table:
    """Views, purchases and prices of all events by product, category and day of the shop."""
    is_view = events.event_type == "view"
    priced = is_view & (events.price > 0)
    return events.group_by(
        "product_id", "category_id", day=local(events.event_time, timezone).date()
    ).agg(
        views=events.count(where=is_view),
        purchases=events.count(where=events.event_type == "purchase"),
        priced=events.count(where=priced),
        worth=events.price.sum(where=priced).fill_null(0).cast("decimal(38, 2)"),
    )


def _with_asked(daily: ir.Table, asked: ir.Table, key: list[str]) -> ir.Table:
    """Counts by `key` and day, and a row of zeros for every day that is asked about."""
    zeros = asked.select(*key, "day").distinct()
    none = {name: ibis.literal(0, "int64") for name in ("views", "purchases", "priced")}
    zeros = zeros.mutate(**none, worth=ibis.literal(0, "int64").cast("decimal(38, 2)"))
    counted = daily.select(*key, "day", *zeros.columns[len(key) + 1 :]).union(zeros)
    return counted.group_by(*key, "day").agg(
        **{name: counted[name].sum() for name in none}, worth=counted.worth.sum()
    )


def _before(counts: ir.Table, key: list[str]) -> ir.Table:
    """Sums over strictly earlier days."""
    earlier = ibis.window(group_by=key, order_by="day", rows=(None, -1))
    sums = {
        name: counts[name].sum().over(earlier).fill_null(0)
        for name in ("views", "purchases", "priced", "worth")
    }
    return counts.select(*key, "day", **sums)


def _joined(asked: ir.Table, counts: ir.Table, key: str, prefix: str, names: list[str]) -> ir.Table:
    named = counts.select(**{prefix + n: counts[n] for n in names}, at=counts[key], on=counts.day)
    on = [asked[key] == named["at"], asked.day == named["on"]]
    return asked.left_join(named, on).drop("at", "on")


def _smoothed(
    rows: ir.Table, prefix: str, to: ir.FloatingValue, smoothing: float
) -> ir.FloatingValue:
    purchases = rows[prefix + "purchases"].fill_null(0).cast("float64")
    views = rows[prefix + "views"].fill_null(0).cast("float64")
    return (purchases + smoothing * to) / (views + smoothing)
