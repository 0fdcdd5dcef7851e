"""What they look at and buy: categories, brands, prices."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.tables import ids
from trackway.tables.events import IN_ORDER

UNKNOWN = "unknown"  # the word the fill policy of 01 writes
QUANTILES = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}


@dataclass(frozen=True)
class Shares:
    """How views and purchases spread over labels.

    Attributes
    ----------
    table : what `shares` counted
    known : float, the share of events whose label is known
    """

    table: pd.DataFrame
    known: float


def by_category(events: ir.Table, has_code: bool) -> ir.Table:
    """Return `events` with `label`: the category's name, or its id where none has a name."""
    if has_code:
        return events.mutate(label=events.category_code.nullif(UNKNOWN))
    named = ids.with_text(events, "category_id", "label")
    return named.mutate(label="category " + named.label)


def by_brand(events: ir.Table) -> ir.Table:
    """Return `events` with `label`: the brand; null where it is not known."""
    return events.mutate(label=events.brand.nullif(UNKNOWN))


def shares(events: ir.Table) -> pd.DataFrame:
    """How views and purchases spread over labels.

    Parameters
    ----------
    events : lazy table, one row per event
        With ``label``, null where it is not known.

    Returns
    -------
    DataFrame, indexed by ``label``, most viewed first, then by name
        views, purchases : int
        of_views, of_purchases : float, of those with a known label
    """
    known = events.filter(events.label.notnull())
    counted = known.group_by("label").aggregate(
        views=(known.event_type == "view").sum().cast("int64"),
        purchases=(known.event_type == "purchase").sum().cast("int64"),
    )
    table = counted.order_by([ibis.desc("views"), "label"]).to_pandas().set_index("label")
    return table.assign(
        of_views=table["views"] / table["views"].sum(),
        of_purchases=table["purchases"] / table["purchases"].sum(),
    )


def known_share(events: ir.Table) -> float:
    """The share of events whose `label` is known."""
    return float(events.label.notnull().mean().to_pandas())


def prices(events: ir.Table) -> pd.DataFrame:
    """Quantiles of the price by event type; prices of zero are counted and left out.

    Returns
    -------
    DataFrame, indexed by ``event_type``, in the order of a visit
        events, zero : int, events with a price above zero, and with one of zero
        p5, p25, median, p75, p95 : float, shop currency
    """
    per_price = events.group_by(["event_type", "price"]).aggregate(n=events.count())
    free = per_price.filter(per_price.price == 0)
    free = free.group_by("event_type").aggregate(zero=free.n.sum())
    table = _quantiles(per_price.filter(per_price.price > 0)).to_pandas().set_index("event_type")
    zero = free.to_pandas().set_index("event_type")["zero"]
    table.insert(1, "zero", zero.reindex(table.index, fill_value=0).astype("int64"))
    return table.loc[[name for name in IN_ORDER if name in table.index]]


def _quantiles(per_price: ir.Table) -> ir.Table:
    """Events, and quantiles of the price, by type: from counts, so that no engine holds all prices.

    Between two neighbouring prices a quantile lies on the straight line, as NumPy's do.
    """
    so_far = ibis.window(group_by="event_type", order_by="price", preceding=None, following=0)
    whole = ibis.window(group_by="event_type", preceding=None, following=None)
    ranked = per_price.select(
        "event_type",
        price=per_price.price.cast("float64"),
        upto=per_price.n.sum().over(so_far).cast("int64"),
        events=per_price.n.sum().over(whole).cast("int64"),
    )

    def at(share: float) -> ir.FloatingValue:
        place = (ranked.events - 1) * share
        below = place.floor()
        low = ranked.price.min(where=ranked.upto > below)
        high = ranked.price.min(where=ranked.upto > below + 1).fill_null(low)
        return low + (high - low) * (place - below).max()

    quantiles = {name: at(share) for name, share in QUANTILES.items()}
    return ranked.group_by("event_type").aggregate(events=ranked.events.max(), **quantiles)
