"""Baskets before a moment, and the next one of each customer: lazily, but for the customers asked.

A basket is the set of products of one order (`tables.orders.basket`). It stands at its first
purchase. Customers are asked who had two baskets or more before the moment.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway import engine
from trackway.tables import orders
from trackway.tables.user_sampling import first_users

LEAST = 2  # baskets before the moment
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Baskets:
    """What was bought before a moment, and what was bought next.

    Attributes
    ----------
    cut : Timestamp, UTC; itself excluded from what is known
    n : int, baskets before it, of everybody
    popular : Series, baskets that hold a product, by product_id; most first, then the lower id
    lines : DataFrame, one row per basket and product of the customers asked, in order of both
        user_id, basket, product_id; days : float, before the customer's last basket.
    targets : DataFrame, one row per customer and product of the next basket, in order of both
        user_id, product_id; again : bool, whether the customer had bought it before. Empty where
        nothing after the moment was asked for.
    asked, known, buyers : int
        Customers asked; customers with `LEAST` baskets before the moment; customers who bought
        after it.
    """

    cut: pd.Timestamp
    n: int
    popular: pd.Series
    lines: pd.DataFrame
    targets: pd.DataFrame
    asked: int
    known: int
    buyers: int

    @property
    def users(self) -> np.ndarray:
        """The customers asked, rising ids."""
        return np.unique(self.lines["user_id"].to_numpy())


def held(events: ir.Table) -> ir.Table:
    """The products of every basket, each once: user_id, basket, product_id, at (its beginning)."""
    bought = events.filter(events.event_type == "purchase")
    bought = bought.mutate(basket=orders.basket(bought))
    once = bought.group_by("user_id", "basket", "product_id").agg(first=bought.event_time.min())
    whole = ibis.window(group_by=["user_id", "basket"], preceding=None, following=None)
    return once.mutate(at=once["first"].min().over(whole)).drop("first")


def take(
    baskets: ir.Table,
    cut: pd.Timestamp,
    end: pd.Timestamp | None,
    most: int,
    seed: int,
    judged: bool = True,
) -> Baskets:
    """What is known at `cut`, and the first basket of each customer from it on, before `end`.

    Parameters
    ----------
    baskets : lazy table, as `held` returns it, stored
    cut, end : Timestamp, UTC; an `end` of None is that of the data
    most : customers asked, at most; drawn by a seeded hash
    judged : whether only those are asked who bought after the cut
    """
    moment = ibis.literal(cut)
    past, future = baskets.filter(baskets["at"] < moment), baskets.filter(baskets["at"] >= moment)
    if end is not None:
        future = future.filter(future["at"] < ibis.literal(end))
    per_basket = past.select("user_id", "basket").distinct()
    counted = per_basket.group_by("user_id").agg(n=per_basket.count())
    able = counted.filter(counted.n >= LEAST)
    next_ones = _first(future)
    ready = able.semi_join(next_ones, "user_id") if judged else able
    asked = engine.store(first_users(ready, most, seed))
    held_by = past.group_by("product_id").agg(baskets=past.count()).to_pandas()
    held_by = held_by.sort_values(["baskets", "product_id"], ascending=[False, True])
    lines = _lines(past.semi_join(asked, "user_id"))
    return Baskets(
        cut=cut,
        n=int(per_basket.count().execute()),
        popular=held_by.set_index("product_id")["baskets"],
        lines=lines,
        targets=_targets(next_ones.semi_join(asked, "user_id"), lines),
        asked=int(asked.count().execute()),
        known=int(able.count().execute()),
        buyers=int(future.select("user_id").distinct().count().execute()),
    )


def _first(future: ir.Table) -> ir.Table:
    """The products of each customer's first basket; of two at one instant, of the lower number."""
    order = ibis.window(group_by="user_id", order_by=["at", "basket"])
    placed = future.mutate(place=ibis.dense_rank().over(order))
    return placed.filter(placed.place == 0).drop("place")


def _lines(past: ir.Table) -> pd.DataFrame:
    whole = ibis.window(group_by="user_id", preceding=None, following=None)
    before_us = past["at"].max().over(whole).delta(past["at"], unit="microsecond")
    rows = past.select("user_id", "basket", "product_id", days=before_us.cast("float64") / DAY_US)
    return rows.order_by(["user_id", "basket", "product_id"]).to_pandas()


def _targets(next_ones: ir.Table, lines: pd.DataFrame) -> pd.DataFrame:
    rows = next_ones.select("user_id", "product_id").order_by(["user_id", "product_id"])
    targets = rows.to_pandas()
    own = pd.MultiIndex.from_frame(lines[["user_id", "product_id"]].drop_duplicates())
    return targets.assign(again=pd.MultiIndex.from_frame(targets).isin(own))
