#!/usr/bin/env bash
# DuckDB: what is asked of times with a zone goes through a calendar, at many times the cost
#
# Version: duckdb 2.0.0.
# One would guess: TIMESTAMP and TIMESTAMPTZ are both microseconds since 1970, so the microseconds
#   between two of them are a subtraction for either, all the more if the session is in UTC.
# What happens: `date_diff` of TIMESTAMPTZ asks the calendar of the ICU extension row by row, and
#   so does the cast of a TIMESTAMP to one, in UTC too. Measured: 60 times the CPU of the same on
#   TIMESTAMP, and 20 times that of `make_timestamptz(epoch_us(t))`, with the same values.
# Why it matters here: durations of sessions and gaps between events are differences of zoned
#   times, one per event. `engine/embedded.py` subtracts `epoch_us` instead of Ibis's DATE_DIFF,
#   and `tables/sources/read.py` makes zoned times without a cast.
# Source: DuckDB docs, "Timestamp with Time Zone Functions" (they come with ICU). The cost: own
#   measurement, on one thread; the script asks for a factor of 8 only.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" duckdb==2.0.0 pytz==2026.6 <<'PY'
import time

import duckdb

LEAST = 8  # times
print("duckdb", duckdb.__version__)
connection = duckdb.connect(config={"threads": 1})
connection.execute("SET TimeZone = 'UTC'")
connection.execute(
    "CREATE TABLE visits AS SELECT make_timestamp(i * 1000000) AS began, "
    "  make_timestamp(i * 3000000) AS ended, make_timestamptz(i * 1000000) AS began_z, "
    "  make_timestamptz(i * 3000000) AS ended_z FROM range(1000000) r(i)"
)


def measured(expression: str) -> tuple[float, object]:
    """Seconds of CPU, the least of three, and the answer."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        [(answer,)] = connection.execute(f"SELECT {expression} FROM visits").fetchall()
        taken.append(time.process_time() - start)
    print(f"{1000 * min(taken):6.0f} ms for a million rows: {expression}")
    return min(taken), answer


for zoned, plain in [
    (
        "sum(date_diff('microsecond', began_z, ended_z))",
        "sum(date_diff('microsecond', began, ended))",
    ),
    (
        "sum(date_diff('microsecond', began_z, ended_z))",
        "sum(epoch_us(ended_z) - epoch_us(began_z))",
    ),
    ("max(began::TIMESTAMPTZ)", "max(make_timestamptz(epoch_us(began)))"),
]:
    (slow, first), (fast, second) = measured(zoned), measured(plain)
    print(f"   {slow / fast:.0f} times")
    assert first == second, (first, second)
    assert slow > LEAST * fast, f"only {slow / fast:.1f} times"
PY
