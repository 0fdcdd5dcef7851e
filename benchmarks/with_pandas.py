"""pandas as its users would write it, and well: typed on reading, no `apply`, whole columns.

Money is summed in cents, so that the sums are exact; text that repeats is read as categories.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.tasks import Inputs
from trackway.tables.events import EVENT_TYPES

RAW = {
    "event_time": "str",
    "event_type": "category",
    "product_id": "int64",
    "category_id": "int64",
    "category_code": "category",
    "brand": "category",
    "price": "float64",
    "user_id": "int64",
    "user_session": "str",
}
TIE_BREAK = ["product_id", "category_id", "category_code", "brand", "price"]


def start() -> None:
    """pandas has no engine to open."""


def stop(engine: None) -> None:
    """Nor one to close."""


def convert(engine: None, inputs: Inputs, out: Path) -> None:
    _write(_raw(inputs), out / "events.parquet", "zstd")


def tables(engine: None, inputs: Inputs, out: Path) -> None:
    kept = _raw(inputs).drop_duplicates(ignore_index=True)
    for key, column in [("product_id", "brand"), ("category_id", "category_code")]:
        usual = kept[key].map(_usual(kept, key, column))
        kept[column] = kept[column].astype("str").fillna(usual).fillna("unknown").astype("category")
    types = ["remove" if t == "remove_from_cart" else t for t in kept["event_type"].cat.categories]
    kept["event_type"] = kept["event_type"].cat.rename_categories(types)
    visits = kept.groupby(["user_id", "user_session"], sort=False)["event_time"].min()
    visits = visits.reset_index().sort_values(["user_id", "event_time", "user_session"])
    visits["session_id"] = np.arange(len(visits))
    kept = kept.merge(visits.drop(columns="event_time"), on=["user_id", "user_session"])
    del kept["user_session"]
    rank = kept["event_type"].map({name: i for i, name in enumerate(EVENT_TYPES)}).astype("int8")
    order = ["session_id", "event_time", "rank", *TIE_BREAK]
    events = kept.assign(rank=rank).sort_values(order, ignore_index=True).drop(columns="rank")
    events.insert(0, "event_id", np.arange(len(events)))
    _write(events, out / "events.parquet", "zstd")
    _write(_sessions(_with_cents(events)), out / "sessions.parquet", "zstd")


def sessions(engine: None, inputs: Inputs, out: Path) -> None:
    columns = ["session_id", "user_id", "event_time", "event_type", "product_id", "price"]
    _write(_sessions(_events(inputs, columns)), out / "answer.parquet")


def plain(engine: None, inputs: Inputs, out: Path) -> None:
    columns = ["session_id", "event_time", "event_type", "product_id", "price"]
    events = _events(inputs, columns)
    visits = pd.read_parquet(inputs.sessions)
    first = events["session_id"].map(visits.set_index("session_id")["first_purchase_at"])
    _write(_plain(visits, events[~(events["event_time"] >= first)]), out / "answer.parquet")


def rfm(engine: None, inputs: Inputs, out: Path) -> None:
    columns = ["user_id", "session_id", "event_time", "event_type", "price"]
    events = _events(inputs, columns)
    bought = events[events["event_type"] == "purchase"]
    users, buyers = events.groupby("user_id"), bought.groupby("user_id")
    kinds = events.groupby(["user_id", "event_type"], observed=True).size().unstack(fill_value=0)
    table = pd.DataFrame(
        {
            "first_seen": users["event_time"].min(),
            "last_seen": users["event_time"].max(),
            "first_order_at": buyers["event_time"].min(),
            "last_order_at": buyers["event_time"].max(),
            "n_sessions": events.drop_duplicates("session_id").groupby("user_id").size(),
            "n_orders": bought.drop_duplicates("session_id").groupby("user_id").size(),
            "n_events": users.size(),
            **{f"n_{name}s": kinds.get(name, 0) for name in EVENT_TYPES},
            "money": buyers["cents"].sum() / 100,
        }
    )
    _write(table.fillna({"n_orders": 0, "money": 0}).reset_index(), out / "answer.parquet")


def baskets(engine: None, inputs: Inputs, out: Path) -> None:
    events = _events(inputs, ["event_id", "session_id", "user_id", "event_type", "product_id"])
    views = events[events["event_type"] == "view"].sort_values("event_id")
    items = views.drop_duplicates(["session_id", "product_id"])
    table = pd.DataFrame(
        {
            "basket": items["session_id"],
            "user": items["user_id"],
            "item": items["product_id"].astype("str"),
            "place": items.groupby("session_id").cumcount(),
        }
    )
    _write(table, out / "answer.parquet")


def pairs(engine: None, inputs: Inputs, out: Path) -> None:
    events = _events(inputs, ["session_id", "event_id", "event_time", "event_type"])
    events = events.sort_values("event_id", ignore_index=True)
    after = events.shift(-1)
    followed = pd.DataFrame(
        {
            "now": events["event_type"],
            "next": after["event_type"],
            "same": events["event_time"] == after["event_time"],
        }
    )[events["session_id"] == after["session_id"]]
    counted = followed.groupby(["now", "next"], observed=True)["same"].agg(["size", "sum"])
    names = {"size": "pairs", "sum": "same_instant"}
    _write(counted.rename(columns=names).reset_index(), out / "answer.parquet")


def _raw(inputs: Inputs) -> pd.DataFrame:
    rows = pd.read_csv(inputs.raw, engine="pyarrow", dtype=RAW, on_bad_lines="skip")
    rows["event_time"] = pd.to_datetime(
        rows["event_time"], format="%Y-%m-%d %H:%M:%S UTC", utc=True
    )
    return rows


def _events(inputs: Inputs, columns: list[str]) -> pd.DataFrame:
    """The event table's `columns`, with the price as whole cents."""
    table = pq.read_table(inputs.events, columns=columns, read_dictionary=["event_type"])
    if "price" in columns:
        price = table.column("price").cast("float64")
        cents = pc.round(pc.multiply(price, 100)).cast("int64")
        table = table.drop_columns("price").append_column("cents", cents)
    return table.to_pandas()


def _with_cents(events: pd.DataFrame) -> pd.DataFrame:
    return events.assign(cents=(events["price"] * 100).round().astype("int64"))


def _usual(kept: pd.DataFrame, key: str, column: str) -> pd.Series:
    """The most frequent value of `column` by `key`; of several the first in the alphabet."""
    counts = kept.groupby([key, column], observed=True).size().reset_index(name="n")
    counts[column] = counts[column].astype("str")
    first = counts.sort_values(["n", column], ascending=[False, True]).drop_duplicates(key)
    return first.set_index(key)[column]


def _sessions(events: pd.DataFrame) -> pd.DataFrame:
    """One row per session; every price is known in this source."""
    events = events.sort_values("session_id", kind="stable")
    visits = events.groupby("session_id")
    bought = events[events["event_type"] == "purchase"].groupby("session_id")
    kinds = events.groupby(["session_id", "event_type"], observed=True).size().unstack(fill_value=0)
    products = events.drop_duplicates(["session_id", "product_id"]).groupby("session_id").size()
    started, ended = visits["event_time"].min(), visits["event_time"].max()
    table = pd.DataFrame(
        {
            "user_id": visits["user_id"].first(),
            "started": started,
            "ended": ended,
            "duration_s": (ended - started).dt.total_seconds(),
            "n_events": visits.size(),
            **{f"n_{name}s": kinds.get(name, 0) for name in EVENT_TYPES},
            "n_products": products,
            "revenue": bought["cents"].sum() / 100,
            "first_purchase_at": bought["event_time"].min(),
        }
    )
    table["bought"] = table["first_purchase_at"].notna()
    table["open_at_end"] = ended.max() - ended <= pd.Timedelta("30min")
    return table.fillna({"revenue": 0}).reset_index()


def _plain(visits: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    asked = visits.loc[
        ~visits["open_at_end"],
        ["session_id", "user_id", "started", "ended", "first_purchase_at", "bought"],
    ]
    flags = seen.assign(
        is_view=seen["event_type"] == "view",
        is_cart=seen["event_type"] == "cart",
        is_priced=seen["cents"] > 0,
    )
    told = flags.groupby("session_id").agg(
        first=("event_time", "min"),
        scored_at=("event_time", "max"),
        n_seen=("event_time", "size"),
        view_count=("is_view", "sum"),
        cart_count=("is_cart", "sum"),
        cents=("cents", "sum"),
        n_priced=("is_priced", "sum"),
        dearest=("cents", "max"),
    )
    new = seen.drop_duplicates(["session_id", "product_id"])
    told["unique_items"] = new.groupby("session_id").size()
    told["session_duration_s"] = (told["scored_at"] - told["first"]).dt.total_seconds()
    priced = told["n_priced"].where(told["n_priced"] > 0)
    told["avg_price"] = told["cents"] / 100 / priced
    told["max_price"] = told["dearest"].where(told["dearest"] > 0) / 100
    told = told.drop(columns=["first", "cents", "n_priced", "dearest"]).reset_index()
    table = asked.merge(told, on="session_id").merge(_history(visits), on="session_id")
    first = table.pop("first_purchase_at")
    table["undecided"] = ~(first <= table["scored_at"])
    table["hour"], table["weekday"] = table["started"].dt.hour, table["started"].dt.weekday
    return table


def _history(visits: pd.DataFrame) -> pd.DataFrame:
    """What each session's user had done strictly before it started."""
    starts = visits[["user_id", "started"]].set_axis(["user_id", "moment"], axis=1)
    orders = visits.loc[visits["bought"], ["user_id", "first_purchase_at"]]
    orders = orders.set_axis(["user_id", "moment"], axis=1)
    line = pd.concat([starts.assign(begun=1, order=0), orders.assign(begun=0, order=1)])
    instants = line.groupby(["user_id", "moment"]).sum().reset_index()
    users = instants.groupby("user_id")
    begun_at = instants["moment"].where(instants["begun"] > 0)
    before = begun_at.groupby(instants["user_id"]).shift()
    instants["last"] = before.groupby(instants["user_id"]).ffill()
    instants["past_sessions"] = users["begun"].cumsum() - instants["begun"]
    instants["past_orders"] = users["order"].cumsum() - instants["order"]
    asked = visits[["session_id", "user_id", "started"]]
    joined = asked.merge(instants, left_on=["user_id", "started"], right_on=["user_id", "moment"])
    joined["days_since_last"] = (joined["started"] - joined["last"]).dt.total_seconds() / 86_400
    return joined[["session_id", "past_sessions", "past_orders", "days_since_last"]]


def _write(table: pd.DataFrame, file: Path, compression: str = "lz4") -> None:
    table.to_parquet(file, index=False, compression=compression)
