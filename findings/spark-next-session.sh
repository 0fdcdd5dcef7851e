#!/usr/bin/env bash
# Spark: the next session of a process has the settings of the last, and memory it does not have
#
# Version: pyspark 4.0.5, Java 17.
# One would guess: after `stop()` a new session begins with Spark's defaults; and what
#   `conf.get("spark.driver.memory")` says is what the driver has.
# What happens: Java runs on, and keeps each setting of the first session as a system property; a
#   configuration made later in the same process loads them all, settings of one's own included.
#   Told another memory, the new session says that it has it, while Java's heap stays as it was
#   made.
# Why it matters here: `engine/spark.py` makes its `SparkConf` without those defaults where there
#   is no spark-submit; a notebook's kernel and the tests have several sessions one after the
#   other.
# Source: Spark docs, "Spark Configuration", on spark.driver.memory in client mode, which must not
#   be set from inside the program. That it is passed on, and reported: own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" pyspark==4.0.5 py4j==0.10.9.9 <<'PY'
import pyspark
from pyspark import SparkConf
from pyspark.sql import SparkSession

print("pyspark", pyspark.__version__)


def begin(**told: str) -> tuple[str, str, int]:
    """Start a session; its memory and greeting as it says, and the heap in MiB as Java says."""
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    for name, value in told.items():
        builder = builder.config(f"spark.{name.replace('_', '.')}", value)
    session = builder.getOrCreate()
    heap = session._jvm.java.lang.Runtime.getRuntime().maxMemory() // 2**20
    got = (session.conf.get("spark.driver.memory", "unset"), session.conf.get("spark.hi", "unset"))
    session.stop()
    print(f"told {told or 'nothing'}: memory {got[0]}, spark.hi {got[1]}, heap {heap} MiB")
    return *got, heap


first = begin(driver_memory="700m", hi="there")
second = begin()
third = begin(driver_memory="1100m")
assert first[:2] == ("700m", "there"), first
assert second == first, second
assert third == ("1100m", *first[1:]), third
bare = SparkConf(loadDefaults=False).get("spark.driver.memory")
print("a SparkConf without defaults knows of memory", bare)
assert bare is None
PY
