#!/usr/bin/env bash
# Spark 4.0 reads DuckDB's Parquet version 2 until a column of floats has many different values
#
# Version: pyspark 4.0.5 (its default, vectorized reader), duckdb 2.0.0.
# One would guess: a reader knows a file format or does not; what reads a small sample reads the
#   rest.
# What happens: with PARQUET_VERSION v2 DuckDB writes FLOAT and DOUBLE as a dictionary while their
#   different values are few, and in the encoding BYTE_STREAM_SPLIT from some number on. The first
#   Spark reads; the second fails with "Unsupported encoding". Integers, decimals, times and texts
#   of version 2 are read in any case. Without the vectorized reader, floats are read too.
# Why it matters here: `engine/embedded.py` writes version 2, which is smaller, only where no
#   column is floating; a table that a cluster is to read must not depend on how many values it
#   holds.
# Source: SPARK-56894, which adds the encoding to the vectorized reader, later than 4.0. That it
#   hangs on the number of values: own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" duckdb==2.0.0 pyspark==4.0.5 py4j==0.10.9.9 <<'PY'
import duckdb
import pyspark
from pyspark.sql import SparkSession

ROWS = 20_000
COLUMNS = {
    "double, 5 values": "(i % 5)::DOUBLE / 4",
    "double, all differ": "i::DOUBLE / 4",
    "float, 5 values": "(i % 5)::FLOAT / 4",
    "float, all differ": "i::FLOAT / 4",
    "integer, all differ": "i",
    "decimal, all differ": "i::DECIMAL(12, 2)",
    "time, all differ": "make_timestamp(i * 1000000)",
    "text, all differ": "'name ' || i",
}
READS_NOT = {"double, all differ", "float, all differ"}

print("duckdb", duckdb.__version__, "written, pyspark", pyspark.__version__, "reads")
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")


def reads(file: str) -> str:
    try:
        return f"{spark.read.parquet(file).selectExpr('count(x)').first()[0]} rows"
    except Exception as error:
        causes = [line for line in str(error).splitlines() if "Unsupported encoding" in line]
        return causes[0].split(": ", 2)[-1] if causes else str(error)


for name, expression in COLUMNS.items():
    duckdb.sql(
        f"COPY (SELECT {expression} AS x FROM range({ROWS}) r(i)) TO 'x.parquet' "
        "(FORMAT parquet, PARQUET_VERSION v2)"
    )
    [(encoding,)] = duckdb.sql("SELECT encodings FROM parquet_metadata('x.parquet')").fetchall()
    vectorized = reads("x.parquet")
    spark.conf.set("spark.sql.parquet.enableVectorizedReader", "false")
    rowwise = reads("x.parquet")
    spark.conf.unset("spark.sql.parquet.enableVectorizedReader")
    print(f"{name:20} {encoding:24} -> {vectorized}; not vectorized: {rowwise}")
    assert (encoding == "BYTE_STREAM_SPLIT") == (name in READS_NOT), encoding
    expected = "Unsupported encoding: BYTE_STREAM_SPLIT" if name in READS_NOT else f"{ROWS} rows"
    assert vectorized.endswith(expected.split(": ")[-1]), vectorized
    assert rowwise == f"{ROWS} rows", rowwise
spark.stop()
PY
