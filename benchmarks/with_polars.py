"""Polars, lazily and streaming, as its users would write it."""

import os
from pathlib import Path

from benchmarks.tasks import Inputs
from trackway.params import section
from trackway.tables.events import EVENT_TYPES

os.environ["POLARS_MAX_THREADS"] = str(section("engine").threads)

import polars as pl

RAW = {
    "event_time": pl.String,
    "event_type": pl.String,
    "product_id": pl.Int64,
    "category_id": pl.Int64,
    "category_code": pl.String,
    "brand": pl.String,
    "price": pl.Decimal(12, 2),
    "user_id": pl.Int64,
    "user_session": pl.String,
}
TIE_BREAK = ["product_id", "category_id", "category_code", "brand", "price"]
BOUGHT = pl.col("event_type") == "purchase"


def start() -> None:
    """Polars has no engine to open."""


def stop(engine: None) -> None:
    """Nor one to close."""


def convert(engine: None, inputs: Inputs, out: Path) -> None:
    _write(_raw(inputs), out / "events.parquet", "zstd")


def tables(engine: None, inputs: Inputs, out: Path) -> None:
    kept = (
        _raw(inputs)
        .unique()
        .with_columns(pl.col("event_type").replace("remove_from_cart", "remove"))
    )
    kept = kept.collect(engine="streaming").lazy()  # read several times below
    filled = (
        kept.join(_usual(kept, "product_id", "brand"), on="product_id", how="left")
        .join(_usual(kept, "category_id", "category_code"), on="category_id", how="left")
        .with_columns(
            pl.coalesce(name, f"{name}_usual", pl.lit("unknown")).alias(name)
            for name in ["brand", "category_code"]
        )
    )
    visits = (
        kept.group_by("user_id", "user_session")
        .agg(started=pl.col("event_time").min())
        .sort("user_id", "started", "user_session")
        .with_row_index("session_id")
        .select("user_id", "user_session", pl.col("session_id").cast(pl.Int64))
    )
    rank = pl.col("event_type").replace_strict(EVENT_TYPES, range(len(EVENT_TYPES)))
    events = (
        filled.join(visits, on=["user_id", "user_session"])
        .with_columns(rank=rank)
        .sort("session_id", "event_time", "rank", *TIE_BREAK)
        .with_row_index("event_id")
        .drop("rank", "user_session", "brand_usual", "category_code_usual")
    )
    _write(events, out / "events.parquet", "zstd")
    table = _sessions(pl.scan_parquet(out / "events.parquet")).sort("session_id")
    _write(table, out / "sessions.parquet", "zstd")


def sessions(engine: None, inputs: Inputs, out: Path) -> None:
    _write(_sessions(pl.scan_parquet(inputs.events)), out / "answer.parquet")


def plain(engine: None, inputs: Inputs, out: Path) -> None:
    first = pl.scan_parquet(inputs.sessions).select("session_id", "first_purchase_at")
    seen = (
        pl.scan_parquet(inputs.events)
        .join(first, on="session_id")
        .filter(
            pl.col("first_purchase_at").is_null()
            | (pl.col("event_time") < pl.col("first_purchase_at"))
        )
    )
    _write(_plain(inputs, seen), out / "answer.parquet")


def rfm(engine: None, inputs: Inputs, out: Path) -> None:
    time = pl.col("event_time")
    counts = {f"n_{kind}s": (pl.col("event_type") == kind).sum() for kind in EVENT_TYPES}
    visits = (
        pl.scan_parquet(inputs.events)
        .group_by("user_id", "session_id")
        .agg(
            first_seen=time.min(),
            last_seen=time.max(),
            first_order_at=time.filter(BOUGHT).min(),
            last_order_at=time.filter(BOUGHT).max(),
            n_events=pl.len(),
            money=pl.col("price").filter(BOUGHT).sum(),
            **counts,
        )
    )
    users = visits.group_by("user_id").agg(
        pl.col("first_seen", "first_order_at").min(),
        pl.col("last_seen", "last_order_at").max(),
        pl.len().alias("n_sessions"),
        pl.col("first_order_at").count().alias("n_orders"),
        pl.col("n_events", *counts, "money").sum(),
    )
    _write(users, out / "answer.parquet")


def baskets(engine: None, inputs: Inputs, out: Path) -> None:
    items = (
        pl.scan_parquet(inputs.events)
        .filter(pl.col("event_type") == "view")
        .group_by("session_id", "product_id")
        .agg(user=pl.col("user_id").first(), first=pl.col("event_id").min())
        .select(
            "user",
            basket="session_id",
            item=pl.col("product_id").cast(pl.String),
            place=pl.col("first").rank("ordinal").over("session_id") - 1,
        )
    )
    _write(items, out / "answer.parquet")


def pairs(engine: None, inputs: Inputs, out: Path) -> None:
    following = (
        pl.scan_parquet(inputs.events)
        .sort("event_id")
        .with_columns(  # sessions in a row
            pl.col("session_id", "event_type", "event_time").shift(-1).name.suffix("_next")
        )
    )
    counted = (
        following.filter(pl.col("session_id") == pl.col("session_id_next"))
        .group_by(now="event_type", next="event_type_next")
        .agg(
            pairs=pl.len(),
            same_instant=(pl.col("event_time") == pl.col("event_time_next")).sum(),
        )
    )
    _write(counted, out / "answer.parquet")


def _raw(inputs: Inputs) -> pl.LazyFrame:
    rows = pl.scan_csv(inputs.raw, schema=RAW, ignore_errors=True)
    time = pl.col("event_time").str.to_datetime("%Y-%m-%d %H:%M:%S UTC", time_unit="us")
    return rows.with_columns(time.dt.replace_time_zone("UTC")).filter(
        pl.col("user_session").is_not_null()  # a torn line is filled up with nulls
    )


def _usual(kept: pl.LazyFrame, key: str, column: str) -> pl.LazyFrame:
    """The most frequent value of `column` by `key`; of several the first in the alphabet."""
    return (
        kept.filter(pl.col(column).is_not_null())
        .group_by(key, column)
        .len()
        .sort("len", column, descending=[True, False])
        .group_by(key, maintain_order=True)
        .first()
        .select(key, pl.col(column).alias(f"{column}_usual"))
    )


def _sessions(events: pl.LazyFrame) -> pl.LazyFrame:
    time, price = pl.col("event_time"), pl.col("price")
    gap = pl.duration(minutes=30)
    table = events.group_by("session_id").agg(
        user_id=pl.col("user_id").first(),
        started=time.min(),
        ended=time.max(),
        n_events=pl.len(),
        **{f"n_{kind}s": (pl.col("event_type") == kind).sum() for kind in EVENT_TYPES},
        n_products=pl.col("product_id").n_unique(),
        priced=price.count(),
        revenue=price.filter(BOUGHT).sum(),
        first_purchase_at=time.filter(BOUGHT).min(),
    )
    return table.with_columns(
        duration_s=(pl.col("ended") - pl.col("started")).dt.total_microseconds() / 1e6,
        revenue=pl.when(pl.col("priced") > 0).then("revenue"),
        bought=pl.col("first_purchase_at").is_not_null(),
        open_at_end=pl.col("ended").max() - pl.col("ended") <= gap,
    ).drop("priced")


def _plain(inputs: Inputs, seen: pl.LazyFrame) -> pl.LazyFrame:
    visits = pl.scan_parquet(inputs.sessions)
    asked = visits.filter(~pl.col("open_at_end")).select(
        "session_id", "user_id", "started", "ended", "first_purchase_at", "bought"
    )
    time, price = pl.col("event_time"), pl.col("price").cast(pl.Float64)
    cents = (price * 100).round().cast(pl.Int64)
    told = seen.group_by("session_id").agg(
        scored_at=time.max(),
        n_seen=pl.len(),
        view_count=(pl.col("event_type") == "view").sum(),
        cart_count=(pl.col("event_type") == "cart").sum(),
        session_duration_s=(time.max() - time.min()).dt.total_microseconds() / 1e6,
        avg_price=cents.sum() / 100 / (cents > 0).sum(),
        max_price=price.max(),
        unique_items=pl.col("product_id").n_unique(),
    )
    joined = asked.join(told, on="session_id").join(_history(visits), on="session_id")
    start, recent = pl.col("started"), pl.col("started") - pl.col("last")
    return joined.with_columns(
        avg_price=pl.when(pl.col("max_price") > 0).then("avg_price"),
        max_price=pl.when(pl.col("max_price") > 0).then("max_price"),
        days_since_last=recent.dt.total_microseconds() / 1e6 / 86_400,
        undecided=pl.col("first_purchase_at").is_null()
        | (pl.col("first_purchase_at") > pl.col("scored_at")),
        hour=start.dt.hour(),
        weekday=start.dt.weekday() - 1,
    ).drop("first_purchase_at", "last")


def _history(visits: pl.LazyFrame) -> pl.LazyFrame:
    """What each session's user had done strictly before it started."""
    starts = visits.select("session_id", "user_id", moment="started", begun=True, order=False)
    orders = visits.filter("bought").select(
        pl.lit(None, pl.Int64).alias("session_id"),
        "user_id",
        moment="first_purchase_at",
        begun=False,
        order=True,
    )
    begun_at = pl.when("begun").then("moment")
    line = (
        pl.concat([starts, orders])
        .sort("user_id", "moment")
        .with_columns(
            n_begun=pl.col("begun").cum_sum().over("user_id"),
            n_orders=pl.col("order").cum_sum().over("user_id"),
            latest=begun_at.forward_fill().over("user_id"),
        )
    )
    # what was so at the end of the user's instant before this one
    instants = (
        line.group_by("user_id", "moment", maintain_order=True)
        .last()
        .select(
            "user_id",
            "moment",
            past_sessions=pl.col("n_begun").shift(1, fill_value=0).over("user_id"),
            past_orders=pl.col("n_orders").shift(1, fill_value=0).over("user_id"),
            last=pl.col("latest").shift(1).over("user_id"),
        )
    )
    starts = visits.select("session_id", "user_id", moment="started")
    return starts.join(instants, on=["user_id", "moment"]).drop("user_id", "moment")


def _write(table: pl.LazyFrame, file: Path, compression: str = "lz4") -> None:
    table.sink_parquet(file, compression=compression)
