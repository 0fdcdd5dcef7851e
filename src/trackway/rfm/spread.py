"""How recency, frequency and money are distributed over customers, counted in the engine."""

from dataclasses import dataclass
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot
from trackway.rfm.data import NOBODY, recency_unit

BINS = 30
BARS = 12  # orders counted one by one; the last number stands for the rest


class Histogram(NamedTuple):
    """How many values lie between neighbouring edges; one on an edge belongs above it."""

    edges: np.ndarray  # shape (B + 1,); the last one belongs to the last bin
    counts: np.ndarray  # shape (B,)


@dataclass(frozen=True)
class Spread:
    """The customers in a few numbers.

    Attributes
    ----------
    customers, once, free : int
        All; those with one order; those who paid nothing in all.
    recency_unit : str
        'days', 'hours' or 'minutes'.
    recency_median, money_median : float
        The first in `recency_unit`.
    recency, money : Histogram
        In `recency_unit`, and of those who paid; money is None where nobody did.
    orders : int array, shape (BARS,)
        Customers with 1, 2 ... orders; the last number is of those with as many or more.
    more : bool
        Whether anybody has more than `BARS`.
    """

    customers: int
    once: int
    free: int
    recency_unit: str
    recency_median: float
    money_median: float
    recency: Histogram
    money: Histogram | None
    orders: np.ndarray
    more: bool

    @property
    def again(self) -> int:
        """Those with more than one order."""
        return self.customers - self.once


def measure(customers: ir.Table) -> Spread | Cannot:
    """The spread of `customers`, a lazy table; Cannot if there are none."""
    paid = customers.money > 0
    totals = customers.aggregate(
        customers=customers.count(),
        once=customers.count(where=customers.frequency == 1),
        most=customers.frequency.max(),
        recency_median=customers.recency_days.median(),
        recency_low=customers.recency_days.min(),
        recency_high=customers.recency_days.max(),
        money_median=customers.money.median(),
        payers=customers.count(where=paid),
        money_low=customers.money.min(where=paid),
        money_high=customers.money.max(where=paid),
    )
    one = totals.to_pandas().iloc[0]
    if not one["customers"]:
        return Cannot(NOBODY)
    unit, per_day = recency_unit(one["recency_high"])
    ends = np.array([one["recency_low"], one["recency_high"]]) * per_day
    edges = np.histogram_bin_edges(ends, BINS)
    payers = customers.filter(paid)
    return Spread(
        customers=int(one["customers"]),
        once=int(one["once"]),
        free=int(one["customers"] - one["payers"]),
        recency_unit=unit,
        recency_median=one["recency_median"] * per_day,
        money_median=one["money_median"],
        recency=_histogram(customers.recency_days * per_day, edges),
        money=_histogram(payers.money, _money_edges(one)) if one["payers"] else None,
        orders=_orders(customers),
        more=bool(one["most"] > BARS),
    )


def _money_edges(one: pd.Series) -> np.ndarray:
    return np.geomspace(one["money_low"] * 0.999, one["money_high"] * 1.001, BINS + 1)


def _histogram(values: ir.FloatingValue, edges: np.ndarray) -> Histogram:
    bins = values.bucket(edges.tolist(), close_extreme=True).cast("int64").name("bin").as_table()
    return Histogram(edges, _counted(bins, "bin", len(edges) - 1))


def _orders(customers: ir.Table) -> np.ndarray:
    number = customers.frequency.clip(upper=BARS).cast("int64") - 1
    return _counted(number.name("number").as_table(), "number", BARS)


def _counted(table: ir.Table, name: str, n: int) -> np.ndarray:
    counts = table.group_by(name).aggregate(customers=ibis._.count()).to_pandas()
    return counts.set_index(name)["customers"].reindex(range(n), fill_value=0).to_numpy("int64")
