"""Small shops for 07, written out by hand."""

import ibis
import numpy as np
import pandas as pd

from trackway.evaluation.splits import TimeSplit
from trackway.params.recommend import Weights
from trackway.report.run import Run
from trackway.tables.facts import Facts

CUT = pd.Timestamp("2024-03-02", tz="UTC")
MOMENTS = [pd.Timestamp(day, tz="UTC") for day in ["2024-02-01", "2024-03-02"]]
KNOWN = Facts("rees46", "a shop", False, "UTC", True, True, True, ("view",), *MOMENTS)
RUN = Run.of("recommend", known=KNOWN)
WEIGHTS = Weights(views=1.0, carts=2.0, purchases=3.0)
ALL = RUN.settings  # allows for more users than there are


def stream(*rows: tuple) -> ibis.Table:
    """Events from (user, product, event type, time), each product with a profile of its own."""
    table = pd.DataFrame(rows, columns=["user_id", "product_id", "event_type", "event_time"])
    table["event_time"] = pd.to_datetime(table["event_time"], utc=True, format="ISO8601").astype(
        "datetime64[us, UTC]"
    )
    table = table.sort_values(["user_id", "event_time"], kind="stable", ignore_index=True)
    table["event_id"] = np.arange(len(table))
    table["category_id"] = table["product_id"] // 10
    table["category_code"] = "kind " + table["category_id"].astype(str)
    table["brand"] = "unknown"
    table["price"] = table["product_id"].astype(float)
    return ibis.duckdb.connect().create_table("events", table)


DAY_1, DAY_2 = "2024-03-01", "2024-03-02"
SHOP = [
    (1, 10, "view", f"{DAY_1} 10:00"),
    (1, 10, "cart", f"{DAY_1} 10:01"),
    (1, 11, "view", f"{DAY_1} 10:02"),
    (2, 10, "view", f"{DAY_1} 11:00"),
    (2, 11, "purchase", f"{DAY_1} 11:01"),
    (3, 20, "view", f"{DAY_1} 12:00"),
    (3, 10, "view", f"{DAY_1} 12:01"),
    (1, 20, "view", f"{DAY_2} 10:00"),
    (1, 10, "purchase", f"{DAY_2} 10:01"),
    (4, 30, "view", f"{DAY_2} 11:00"),
]

ROWS = [
    (u, 10 * (u % 4) + s, ["view", "cart", "purchase"][s % 3], f"2024-02-{d:02d} 0{s}:00")
    for u in range(40)
    for d in (1, 10, 20)
    for s in range(4)
]
SPLIT = TimeSplit(*(pd.Timestamp(f"2024-02-{day:02d}", tz="UTC") for day in (5, 15)))
SMALL = RUN.with_settings(
    min_users=10,
    replicates=20,
    hybrid=RUN.settings.hybrid.model_dump() | {"rounds": 3, "candidates": 5},
)
