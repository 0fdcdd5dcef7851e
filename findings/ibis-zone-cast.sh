#!/usr/bin/env bash
# Ibis on DuckDB: a cast to another time zone changes the type Ibis sees, and nothing else
#
# Version: ibis-framework 12.0.0 (the newest), duckdb 2.0.0, sqlglot 29.0.1.
# One would guess: after `.cast(Timestamp("Europe/Moscow"))` day, weekday and hour are Moscow's, as
#   after pandas' `tz_convert`: the column's type says so, and so do the rows that arrive in
#   pandas.
# What happens: the SQL is a cast to TIMESTAMPTZ, whose zone is the session's. `date`, `truncate`,
#   `day_of_week` and `strftime` stay in UTC (or in whatever zone the session has, which Ibis is
#   not told), without a word; of `hour` sqlglot says that it is not supported, though it was
#   without the cast. In pandas the time is shown in Moscow's zone, on another day than the engine
#   put it under.
# Why it matters here: what a shop sells by hour and weekday is told by its own clock.
#   `tables/local_time.py` names DuckDB's `timezone` function instead of a cast.
# Source: own trial; DuckDB docs, "Timestamp Types" (a TIMESTAMPTZ holds no zone).
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" "ibis-framework[duckdb]==12.0.0" duckdb==2.0.0 \
    pandas==3.1.1 pyarrow==26.0.1 sqlglot==29.0.1 pytz==2026.6 <<'PY'
import warnings

import duckdb
import ibis
import ibis.expr.datatypes as dt
import sqlglot
from ibis.common.exceptions import UnsupportedOperationError

warnings.simplefilter("ignore")
print("ibis", ibis.__version__, "duckdb", duckdb.__version__, "sqlglot", sqlglot.__version__)
backend = ibis.duckdb.connect()
backend.raw_sql("CREATE TABLE t AS SELECT TIMESTAMPTZ '2019-10-01 22:30:00+00' AS at")
table = backend.table("t")
moscow = table.at.cast(dt.Timestamp("Europe/Moscow"))


def answers() -> tuple[str, str, str]:
    day, weekday = moscow.date().cast("string"), moscow.day_of_week.full_name()
    asked = [day, weekday, moscow.strftime("%H:%M")]
    return tuple(value.execute()[0] for value in asked)


backend.raw_sql("SET TimeZone = 'UTC'")
print(ibis.to_sql(moscow).replace("\n", " "))
print("type by Ibis ", moscow.type())
shown = moscow.execute()[0]
print("in pandas    ", shown, shown.day_name())
print("in the engine", answers())
assert str(moscow.type()).startswith("timestamp('Europe/Moscow'"), moscow.type()
assert 'CAST("t0"."at" AS TIMESTAMPTZ)' in ibis.to_sql(moscow), ibis.to_sql(moscow)
assert str(shown) == "2019-10-02 01:30:00+03:00", shown
assert answers() == ("2019-10-01", "Tuesday", "22:30"), answers()

print("hour without the cast", table.at.hour().execute()[0])
try:
    moscow.hour().execute()
except UnsupportedOperationError as error:
    print("hour with it         ", str(error).splitlines()[0])
else:
    raise AssertionError("hour answers")

backend.raw_sql("SET TimeZone = 'Asia/Tokyo'")
print("in a session in Tokyo's zone", answers())
assert answers() == ("2019-10-02", "Wednesday", "07:30"), answers()
PY
