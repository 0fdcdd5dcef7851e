"""Spark, where the data outgrow one machine: the same Ibis expressions, compiled to Spark SQL.

Needs Java 17 and the packages of `requirements-spark.txt`; nobody who does not choose it imports
this module. What Ibis 12 does not do for Spark 4 is mended in `dialect`.

What is computed is what DuckDB gives, value by value; the bytes of a file are not promised.
"""

import os
import shutil
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException, PySparkRuntimeError
from pyspark.java_gateway import launch_gateway
from pyspark.sql import DataFrame, DataFrameWriter, SparkSession, functions
from pyspark.storagelevel import StorageLevel

from trackway import ROOT
from trackway.core.errors import InputError
from trackway.engine.dialect import Backend
from trackway.engine.embedded import ROW_GROUP, spill
from trackway.params import section
from trackway.params.engine import Engine

LOG = ROOT / "runs" / "spark.log"
SUBMITTED = "PYSPARK_GATEWAY_PORT"  # set by spark-submit, whose own --master and --conf then hold
DAY = "event_day"  # the column that `engine.partition` cuts by; never part of a table
ALWAYS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # a value that does not fit is an error, as in DuckDB
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
UNLESS_SAID = {
    "spark.app.name": "trackway",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
# DuckDB and PostgreSQL have this function; localtime.py calls it.
WALL_CLOCK = (
    "CREATE OR REPLACE TEMPORARY FUNCTION timezone(zone STRING, moment TIMESTAMP) "
    "RETURNS TIMESTAMP_NTZ RETURN CAST(from_utc_timestamp(moment, zone) AS TIMESTAMP_NTZ)"
)


def connect(chosen: Engine) -> Backend:
    """A session on `engine.master`, or the one that is there already.

    Raises
    ------
    InputError
        If Spark cannot be started, or the cluster cannot be reached.
    """
    session = _session(configuration(chosen))
    for name, value in ALWAYS.items():
        session.conf.set(name, value)
    backend = Backend.of(session)
    session.sql(WALL_CLOCK)
    return backend


def configuration(chosen: Engine) -> SparkConf:
    """What Spark is told at its start; under spark-submit, what the user has not told it."""
    memory = chosen.memory.replace(" ", "").removesuffix("B").lower()
    wanted = UNLESS_SAID | ALWAYS
    wanted |= {"spark.driver.memory": memory, "spark.executor.memory": memory}
    master = chosen.master or f"local[{chosen.threads}]"
    if master.startswith("local"):  # 200 partitions, the default, are for a cluster
        wanted["spark.sql.shuffle.partitions"] = str(2 * chosen.threads)
    # Without spark-submit there is nothing to load but what an earlier session was told.
    conf = SparkConf(loadDefaults=SUBMITTED in os.environ)
    for name, value in wanted.items():
        conf.setIfMissing(name, value)
    if SUBMITTED not in os.environ:
        conf.setMaster(master)
    for name, value in chosen.settings.items():
        conf.set(name, str(value).lower() if isinstance(value, bool) else str(value))
    return conf


def _session(conf: SparkConf) -> SparkSession:
    if SUBMITTED in os.environ or SparkSession.getActiveSession():
        return SparkSession.builder.config(conf=conf).getOrCreate()
    LOG.parent.mkdir(exist_ok=True)
    try:
        with LOG.open("wb") as log:  # what Java says belongs into no notebook
            # One virtual machine serves all sessions of a process, one after the other.
            gateway = SparkContext._gateway or launch_gateway(conf, {"stderr": log})
        SparkContext(conf=conf, gateway=gateway)
    except (PySparkRuntimeError, Py4JError, OSError) as error:
        raise InputError(
            f"engine.name is spark, but Spark does not start on {conf.get('spark.master')}: "
            f"{str(error).splitlines()[0]} Is Java 17 installed (java -version), and does the "
            f"cluster answer? {LOG.relative_to(ROOT)} has the rest."
        ) from None
    return SparkSession.builder.getOrCreate()


def read(backend: Backend, places: list[Path | str]) -> ir.Table:
    """The rows of Parquet files or folders, on any path that Spark reads."""
    try:
        rows = backend.session.read.parquet(*map(str, places))
    except (PySparkException, Py4JError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"Spark cannot read {places[0]} as Parquet: {reason}") from None
    return backend.view(rows.drop(DAY))


def store(table: ir.Table) -> ir.Table:
    """Keep the rows where they are computed; what a lost worker held is computed again."""
    backend = table._find_backend()
    return backend.view(backend.frame(table).persist(StorageLevel.MEMORY_AND_DISK))


def coded(table: ir.Table, names: Sequence[str], values: Sequence[str] | None = None) -> ir.Table:
    """`table` as it is: Spark has no such numbers."""
    return table


def write(
    table: ir.Table,
    place: Path | str,
    order_by: list[str | ir.Value],
    number: str | None = None,
    distinct: bool = False,
    unwritten: Sequence[str] = (),
) -> None:
    """Write the rows in the order of `order_by`, a total key; see `engine.write`.

    To one file; by day, if `engine.partition` says so and the rows are events; and at a place that
    Spark alone reads to a folder of files, each in order, and all of them by their names.
    """
    backend = table._find_backend()
    once = table.distinct(on=order_by) if distinct else table
    rows = backend.frame(once.order_by(order_by))
    rows = (rows if number is None else _numbered(rows, number)).drop(*unwritten)
    if section("engine").partition and "event_time" in table.columns:
        keys = order_by if number is None else [number]
        in_days = rows.withColumn(DAY, functions.to_date("event_time")).repartition(DAY)
        in_days = in_days.sortWithinPartitions(DAY, *keys)
        _replace(backend, in_days.write.partitionBy(DAY), str(place))
    elif isinstance(place, str):
        _replace(backend, rows.write, place)
    else:
        folder = spill() / "ordered"
        rows.write.parquet(folder.as_uri())
        schema = table.drop(*unwritten).schema().to_pyarrow()
        first = [] if number is None else [pa.field(number, pa.int64())]
        _gather(folder, place, pa.schema([*first, *schema]))


def _numbered(ordered: DataFrame, name: str) -> DataFrame:
    """Number sorted rows from 0, each part by itself: a window would move all to one worker."""
    ordered = ordered.persist()
    place = functions.monotonically_increasing_id()  # the part in the upper bits, then the row
    part, row = functions.shiftright(place, 33), place.bitwiseAND(2**33 - 1)
    counted = ordered.groupBy(part.alias("part")).count().orderBy("part").collect()
    sizes = [size for _, size in counted]
    starts = dict(zip([part for part, _ in counted], accumulate(sizes, initial=0), strict=False))
    pairs = [functions.lit(value) for pair in starts.items() for value in pair]
    start = functions.create_map(*pairs)[part] if pairs else functions.lit(0)
    return ordered.select((start + row).cast("long").alias(name), *ordered.columns)


def _replace(backend: Backend, rows: DataFrameWriter, place: str) -> None:
    """Put `rows` at `place` once they are complete: until then what was there stays."""
    java = backend.session._jvm.org.apache.hadoop.fs
    old, new = java.Path(place), java.Path(f"{place}.new")
    rows.mode("overwrite").parquet(new.toString())
    files = old.getFileSystem(backend.session._jsc.hadoopConfiguration())
    files.delete(old, True)
    files.rename(new, old)


def _gather(folder: Path, file: Path, schema: pa.Schema) -> None:
    """Make one file of the parts in `folder`, a row group at a time."""
    parts = sorted(folder.glob("part-*.parquet"))
    if not parts:
        raise InputError(
            f"Spark's workers do not write to this machine's disk ({folder} stays empty); set "
            "engine.tables to a place that all of them see, such as s3a://bucket/trackway."
        )
    with pq.ParquetWriter(file, schema, compression="zstd") as gathered:
        for part in parts:
            for batch in pq.ParquetFile(part).iter_batches(ROW_GROUP):
                gathered.write_table(pa.Table.from_batches([batch]).cast(schema), ROW_GROUP)
    shutil.rmtree(folder)
