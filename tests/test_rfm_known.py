"""The known answers of two public data sets, to the digit, by the functions the notebook uses."""

import ibis
import numpy as np
import pandas as pd
import pytest

from trackway.rfm import data, models, scores, segments

R_PACKAGE = [  # the ten segments of the R package `rfm`, in its order; the first that holds counts
    segments.Box("Champions", (5, 5), (5, 5), (5, 5)),
    segments.Box("Potential Loyalist", (3, 5), (3, 5), (2, 5)),
    segments.Box("Loyal", (2, 4), (2, 4), (2, 4)),
    segments.Box("Promising", (3, 4), (1, 3), (3, 5)),
    segments.Box("New", (4, 5), (1, 3), (1, 5)),
    segments.Box("Can't Lose Them", (1, 2), (3, 4), (4, 5)),
    segments.Box("At Risk", (1, 2), (2, 5), (4, 5)),
    segments.Box("Need Attention", (1, 3), (3, 5), (3, 5)),
    segments.Box("About To Sleep", (2, 3), (1, 3), (1, 4)),
    segments.Box("Lost", (1, 1), (1, 5), (1, 5)),
]
PUBLISHED = {  # customers, orders, revenue
    "Champions": (35, 316, 31_646),
    "Potential Loyalist": (342, 2_211, 204_856),
    "Loyal": (170, 799, 76_562),
    "Promising": (9, 28, 4_249),
    "New": (104, 329, 28_837),
    "Can't Lose Them": (47, 274, 32_446),
    "At Risk": (28, 216, 22_227),
    "Need Attention": (10, 57, 4_562),
    "About To Sleep": (102, 283, 23_449),
    "Lost": (148, 393, 35_324),
}


def customers_of(orders: pd.DataFrame, as_of: pd.Timestamp) -> ibis.Table:
    """R, F and M of ``user_id``, ``event_time``, ``price``, each row an order of its own."""
    events = orders.assign(session_id=range(len(orders)), event_type="purchase")
    lazy = ibis.duckdb.connect().create_table("events", events)
    lazy = lazy.mutate(price=lazy.price.cast("decimal(14, 3)"))
    return data.customers(data.users(lazy, as_of, has_price=True), as_of)


def test_the_ten_segments_of_the_r_package(shared):
    orders = pd.read_csv(shared("rfm_orders/orders.csv"))
    orders = orders.set_axis(["user_id", "event_time", "price"], axis=1)
    orders["event_time"] = pd.to_datetime(orders["event_time"], utc=True)
    customers = customers_of(orders, pd.Timestamp("2006-12-31", tz="UTC"))
    assert customers.count().execute() == 995

    named = segments.assign(scores.score(customers, "rfm-package"), R_PACKAGE)
    told = segments.profile(named, R_PACKAGE).set_index("segment")
    found = told[["customers", "orders", "money"]].astype(int)
    assert {name: tuple(row) for name, row in zip(found.index, found.to_numpy(), strict=True)} == (
        PUBLISHED
    )


@pytest.fixture(scope="module")
def online_retail(shared) -> ibis.Table:
    """Customers of the last 365 days of Online Retail, in whole days."""
    columns = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
    rows = pd.read_parquet(shared("online_retail/online_retail.parquet"), columns=columns)
    sold = ~rows["InvoiceNo"].str.startswith("A") & (rows["UnitPrice"] > 0)
    rows = rows[sold & rows["CustomerID"].notna()]
    day = pd.to_datetime(rows["InvoiceDate"], utc=True).dt.normalize()
    orders = pd.DataFrame(
        {
            "user_id": rows["CustomerID"].astype("int64"),
            "event_time": day,
            "price": (rows["Quantity"] * rows["UnitPrice"]).round(3),
        }
    )
    as_of = day.max() + pd.Timedelta("1D")
    return customers_of(orders[day >= as_of - pd.Timedelta("365D")], as_of)


def test_the_score_counts_of_online_retail(online_retail):
    assert online_retail.count().execute() == 4_295
    scored = scores.score(online_retail, "quantile", parts=4).to_pandas()
    total = scored[scores.SCORES].sum(axis=1).value_counts()
    published = [391, 375, 507, 460, 436, 464, 406, 437, 370, 449]
    assert total.sort_index().to_dict() == dict(zip(range(3, 13), published, strict=True))


def test_the_three_clusters_of_online_retail(online_retail):
    customers = online_retail.order_by("user_id").to_pandas()
    features = models.Scale.of(customers).features(customers)
    one_start = models.fit(features, k=3, seed=1, starts=1)
    assert sorted(np.bincount(one_start.labels_)) == [448, 1_922, 1_925]


def test_the_published_clusters_of_online_retail_are_not_the_best(online_retail):
    customers = online_retail.order_by("user_id").to_pandas()
    features = models.Scale.of(customers).features(customers)
    one_start = models.fit(features, k=3, seed=1, starts=1)
    assert models.fit(features, k=3, seed=1).inertia_ < one_start.inertia_
