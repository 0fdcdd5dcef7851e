"""What is known of products whose category is not: brand, price, and what was seen beside them.

Two products are *seen beside each other* when one user viewed both on one day (UTC). A vote is one
such user and day, for the category of the other product. Only products of **other groups** vote.
A group is what is hidden together: a product alone, or a `category_id` with all its products. Shops
leave whole categories without a name, so there nobody of the own category can vote, and a model
that learned with those votes would miss them when it is used.
"""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.params.recommend import Categories
from trackway.tables.fills import UNKNOWN, most_frequent
from trackway.tables.user_sampling import first_users

FOLDS = 5
NONE = -1  # the fold of a product whose category is not known
GROUPS = {"product": "product_id", "category": "category_id"}  # what is hidden together


def products(events: ir.Table) -> ir.Table:
    """One row per product, with what describes it.

    Returns
    -------
    lazy table
        product_id, category_id : int
            Of several categories, the largest id.
        code, brand, and title where the source has some : text, null where unknown
            The most frequent one.
        price : float, shop currency, null where there is none
            The mean of the prices above 0.
    """
    named = events.mutate(
        code=events.category_code.nullif(UNKNOWN),
        brand=events.brand.nullif(UNKNOWN),
        cents=(events.price.nullif(0) * 100).cast("int64"),
        rows=ibis.literal(1),
    )
    described = named.group_by("product_id").agg(
        category_id=named.category_id.max(),
        # an exact sum, whatever the order it is taken in
        price=named.cents.sum().cast("float64") / named.cents.count() / 100,
    )
    for column in ("code", "brand", *(["title"] if "title" in events.columns else [])):
        answers = most_frequent(named.filter(named[column].notnull()), "product_id", column)
        described = described.left_join(answers.rename({column: "value"}), "product_id")
        described = described.drop("product_id_right")
    return described


def in_groups(products: pd.DataFrame, hidden: str, seed: int) -> pd.DataFrame:
    """`products` in order of their ids, with ``group`` and ``fold``; whole groups share a fold.

    Parameters
    ----------
    products : DataFrame, what `products` gives
    hidden : a key of `GROUPS`
    """
    table = products.sort_values("product_id", ignore_index=True)
    group = groups_of(table, hidden)
    known = table["code"].notna()
    names = np.unique(group[known])
    fold = np.random.default_rng(seed).permutation(len(names)) % FOLDS
    folds = group.map(dict(zip(names, fold, strict=True)))
    return table.assign(group=group, fold=folds.where(known, NONE).astype("int64"))


def groups_of(products: pd.DataFrame, hidden: str) -> pd.Series:
    """What each product is hidden with; one without a category_id is a group of its own."""
    return products[GROUPS[hidden]].fillna(products["product_id"]).astype("int64")


def votes(events: ir.Table, grouped: pd.DataFrame, settings: Categories, seed: int) -> pd.DataFrame:
    """Who was seen beside whom, counted by the category of the other.

    Parameters
    ----------
    grouped : DataFrame, from `in_groups`
    settings : reads `max_users` and `longest_day`

    Returns
    -------
    DataFrame, one row per product, category and fold of those who vote for it
        product_id, fold, code, votes (users and days)
    """
    views = events.filter(events.event_type == "view")
    some = first_users(views.select("user_id").distinct(), settings.max_users, seed)
    views = views.semi_join(some.select("user_id"), "user_id")
    days = views.select("user_id", "product_id", day=views.event_time.date()).distinct()
    # a day of very many products says little of any two, and its pairs grow as the square
    size = ibis.window(group_by=["user_id", "day"], preceding=None, following=None)
    days = days.mutate(size=days.count().over(size))
    days = days.filter(days["size"] <= settings.longest_day)
    table = ibis.memtable(grouped[["product_id", "group", "fold", "code"]])
    here = days.join(table.select("product_id", "group"), "product_id")
    other = days.join(table.filter(table.fold != NONE), "product_id")
    other = other.select("user_id", "day", "fold", "code", other_group="group")
    pairs = here.join(other, ["user_id", "day"])
    pairs = pairs.filter(pairs.group != pairs.other_group)
    counted = pairs.group_by("product_id", "fold", "code").agg(votes=pairs.count().cast("int64"))
    return counted.order_by(["product_id", "fold", "code"]).to_pandas()
