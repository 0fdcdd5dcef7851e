"""Spark on this one machine, `local[2]`, in its own DataFrame words."""

import os
import sys
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from benchmarks.tasks import Inputs
from trackway import engine
from trackway.params import section
from trackway.tables.events import EVENT_TYPES

RAW = (
    "event_time STRING, event_type STRING, product_id BIGINT, category_id BIGINT, "
    "category_code STRING, brand STRING, price DECIMAL(12,2), user_id BIGINT, user_session STRING"
)
TIE_BREAK = ["product_id", "category_id", "category_code", "brand", "price"]


def start() -> SparkSession:
    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    threads = section("engine").threads
    options = {
        "spark.driver.memory": "3g",
        "spark.sql.shuffle.partitions": 4 * threads,
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.local.dir": str(engine.spill()),
        "spark.sql.warehouse.dir": str(engine.spill()),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master(f"local[{threads}]")
    for name, value in options.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def stop(spark: SparkSession) -> None:
    """Stop it, and wait for its virtual machine, whose time would not be counted else."""
    machine = spark.sparkContext._gateway.proc
    spark.stop()
    machine.stdin.close()
    machine.wait()


def convert(spark: SparkSession, inputs: Inputs, out: Path) -> None:
    _write(_raw(spark, inputs), out / "events", "zstd")


def tables(spark: SparkSession, inputs: Inputs, out: Path) -> None:
    renamed = F.expr("if(event_type = 'remove_from_cart', 'remove', event_type)")
    kept = _raw(spark, inputs).distinct().withColumn("event_type", renamed).persist()
    visits = kept.groupBy("user_id", "user_session").agg(F.min("event_time").alias("started"))
    rank = F.array_position(F.array(*map(F.lit, EVENT_TYPES)), F.col("event_type"))
    filled = (
        kept.join(_usual(kept, "product_id", "brand"), "product_id", "left")
        .join(_usual(kept, "category_id", "category_code"), "category_id", "left")
        .withColumn("brand", F.expr("coalesce(brand, brand_usual, 'unknown')"))
        .withColumn(
            "category_code", F.expr("coalesce(category_code, category_code_usual, 'unknown')")
        )
        .join(
            _numbered(visits, ["user_id", "started", "user_session"], "session_id"),
            ["user_id", "user_session"],
        )
        .withColumn("rank", rank)
    )
    order = ["session_id", "event_time", "rank", *TIE_BREAK]
    events = _numbered(filled, order, "event_id").drop(
        "rank", "started", "user_session", "brand_usual", "category_code_usual"
    )
    _write(events, out / "events", "zstd")
    table = _sessions(spark.read.parquet(str(out / "events"))).orderBy("session_id")
    _write(table, out / "sessions", "zstd")


def sessions(spark: SparkSession, inputs: Inputs, out: Path) -> None:
    _write(_sessions(spark.read.parquet(str(inputs.events))), out / "answer")


def plain(spark: SparkSession, inputs: Inputs, out: Path) -> None:
    events, visits = _both(spark, inputs)
    first = visits.select("session_id", "first_purchase_at")
    seen = events.join(first, "session_id").where(
        "first_purchase_at IS NULL OR event_time < first_purchase_at"
    )
    _write(_plain(visits, seen), out / "answer")


def rfm(spark: SparkSession, inputs: Inputs, out: Path) -> None:
    events = spark.read.parquet(str(inputs.events))
    time, bought_at = F.col("event_time"), _if_bought("event_time")
    visits = events.groupBy("user_id", "session_id").agg(
        F.min(time).alias("first_seen"),
        F.max(time).alias("last_seen"),
        F.min(bought_at).alias("first_order_at"),
        F.max(bought_at).alias("last_order_at"),
        F.count("*").alias("n_events"),
        F.sum(_if_bought("price")).alias("money"),
        *_counts(),
    )
    sums = ["n_events", *(f"n_{name}s" for name in EVENT_TYPES)]
    users = visits.groupBy("user_id").agg(
        *(F.min(name).alias(name) for name in ["first_seen", "first_order_at"]),
        *(F.max(name).alias(name) for name in ["last_seen", "last_order_at"]),
        F.count("*").alias("n_sessions"),
        F.count("first_order_at").alias("n_orders"),
        *(F.sum(name).alias(name) for name in sums),
        F.coalesce(F.sum("money"), F.lit(0)).alias("money"),
    )
    _write(users, out / "answer")


def baskets(spark: SparkSession, inputs: Inputs, out: Path) -> None:
    views = spark.read.parquet(str(inputs.events)).where("event_type = 'view'")
    items = views.groupBy("session_id", "product_id").agg(
        F.first("user_id").alias("user"), F.min("event_id").alias("first")
    )
    table = items.select(
        F.col("session_id").alias("basket"),
        "user",
        F.col("product_id").cast("string").alias("item"),
        (F.row_number().over(Window.partitionBy("session_id").orderBy("first")) - 1).alias("place"),
    )
    _write(table, out / "answer")


def pairs(spark: SparkSession, inputs: Inputs, out: Path) -> None:
    visit = Window.partitionBy("session_id").orderBy("event_id")
    followed = spark.read.parquet(str(inputs.events)).select(
        F.col("event_type").alias("now"),
        F.lead("event_type").over(visit).alias("next"),
        (F.col("event_time") == F.lead("event_time").over(visit)).alias("same"),
    )
    counted = followed.where("next IS NOT NULL").groupBy("now", "next")
    counted = counted.agg(F.count("*").alias("pairs"), F.count_if("same").alias("same_instant"))
    _write(counted, out / "answer")


def _raw(spark: SparkSession, inputs: Inputs) -> DataFrame:
    rows = spark.read.csv(str(inputs.raw), schema=RAW, header=True, mode="DROPMALFORMED")
    time = F.to_timestamp("event_time", "yyyy-MM-dd HH:mm:ss 'UTC'")
    return rows.withColumn("event_time", time).where("user_session IS NOT NULL")  # the torn line


def _both(spark: SparkSession, inputs: Inputs) -> tuple[DataFrame, DataFrame]:
    return spark.read.parquet(str(inputs.events)), spark.read.parquet(str(inputs.sessions))


def _numbered(rows: DataFrame, order: list[str], name: str) -> DataFrame:
    """Number `rows` from 0 in total order, in parallel: by partitions sorted among each other.

    A window without partitions would bring all rows to one task.
    """
    placed = rows.orderBy(*order).withColumn("chunk", F.spark_partition_id()).persist()
    sizes = placed.groupBy("chunk").count().orderBy("chunk").collect()
    starts, total = {}, 0
    for chunk, size in sizes:
        starts[chunk], total = total, total + size
    start = F.element_at(
        F.create_map(*(F.lit(n) for pair in starts.items() for n in pair)), F.col("chunk")
    )
    # the low 33 bits of this number count a partition's rows
    within = F.monotonically_increasing_id().bitwiseAND(F.lit(2**33 - 1))
    return placed.withColumn(name, (start + within).cast("bigint")).drop("chunk")


def _usual(kept: DataFrame, key: str, column: str) -> DataFrame:
    """The most frequent value of `column` by `key`; of several the first in the alphabet."""
    counts = kept.where(F.col(column).isNotNull()).groupBy(key, column).count()
    order = Window.partitionBy(key).orderBy(F.desc("count"), column)
    first = counts.withColumn("place", F.row_number().over(order)).where("place = 1")
    return first.select(key, F.col(column).alias(f"{column}_usual"))


def _if_bought(column: str) -> Column:
    return F.when(F.col("event_type") == "purchase", F.col(column))


def _counts() -> list[Column]:
    return [F.count_if(F.col("event_type") == name).alias(f"n_{name}s") for name in EVENT_TYPES]


def _sessions(events: DataFrame) -> DataFrame:
    time, gap = F.col("event_time"), section("sampling").gap
    table = events.groupBy("session_id").agg(
        F.first("user_id").alias("user_id"),
        F.min(time).alias("started"),
        F.max(time).alias("ended"),
        F.count("*").alias("n_events"),
        *_counts(),
        F.size(F.collect_set("product_id")).alias("n_products"),
        F.count("price").alias("priced"),
        F.sum(_if_bought("price")).alias("revenue"),
        F.min(_if_bought("event_time")).alias("first_purchase_at"),
    )
    last = events.agg(F.max(time).alias("last"))
    return table.crossJoin(last).selectExpr(
        "* except (priced, revenue, last)",
        "if(priced > 0, coalesce(revenue, 0), NULL) AS revenue",
        "(unix_micros(ended) - unix_micros(started)) / 1e6 AS duration_s",
        "first_purchase_at IS NOT NULL AS bought",
        f"last - ended <= INTERVAL '{int(gap.removesuffix('min'))}' MINUTE AS open_at_end",
    )


def _plain(visits: DataFrame, seen: DataFrame) -> DataFrame:
    told = seen.groupBy("session_id").agg(
        F.max("event_time").alias("scored_at"),
        F.count("*").alias("n_seen"),
        F.expr("count_if(event_type = 'view') AS view_count"),
        F.expr("count_if(event_type = 'cart') AS cart_count"),
        F.expr("(unix_micros(max(event_time)) - unix_micros(min(event_time))) / 1e6D").alias(
            "session_duration_s"
        ),
        F.expr("CAST(sum(price) AS DOUBLE) / nullif(count_if(price <> 0), 0)").alias("avg_price"),
        F.expr("CAST(nullif(max(price), 0) AS DOUBLE)").alias("max_price"),
        F.size(F.collect_set("product_id")).alias("unique_items"),
    )
    asked = visits.where("NOT open_at_end").select(
        "session_id", "user_id", "started", "ended", "first_purchase_at", "bought"
    )
    joined = asked.join(told, "session_id").join(_history(visits), "session_id")
    return joined.selectExpr(
        "* except (first_purchase_at, last)",
        "(unix_micros(started) - unix_micros(last)) / 1e6D / 86400 AS days_since_last",
        "first_purchase_at IS NULL OR first_purchase_at > scored_at AS undecided",
        "hour(started) AS hour",
        "weekday(started) AS weekday",
    )


def _history(visits: DataFrame) -> DataFrame:
    """What each session's user had done strictly before it started."""
    starts = visits.selectExpr("session_id", "user_id", "started AS moment", "true AS asks")
    orders = visits.where("bought").selectExpr(
        "session_id", "user_id", "first_purchase_at AS moment", "false AS asks"
    )
    line = starts.union(orders).withColumn("at", F.unix_micros("moment"))
    earlier = (
        Window.partitionBy("user_id").orderBy("at").rangeBetween(Window.unboundedPreceding, -1)
    )
    return (
        line.select(
            "session_id",
            "asks",
            F.count_if("asks").over(earlier).alias("past_sessions"),
            F.count_if(~F.col("asks")).over(earlier).alias("past_orders"),
            F.max(F.when(F.col("asks"), F.col("moment"))).over(earlier).alias("last"),
        )
        .where("asks")
        .drop("asks")
    )


def _write(table: DataFrame, place: Path, compression: str = "lz4_raw") -> None:
    table.write.mode("overwrite").option("compression", compression).parquet(str(place))
