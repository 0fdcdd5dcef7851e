#!/usr/bin/env bash
# Ibis on DuckDB: a cast to another time zone changes the type Ibis sees, and nothing else
#
# Version: ibis-framework 12.0.0 (the newest), duckdb 2.0.0.
# One would guess: after `.cast(Timestamp("Europe/Moscow"))` the hour is Moscow's, as after pandas'
#   `tz_convert`; the column's type says so, and so do the rows that arrive in pandas.
# What happens: the SQL is a cast to TIMESTAMPTZ, whose zone is the session's. Hours and days computed
#   in the engine stay in UTC (or in whatever zone the session has, which Ibis is not told); a group
#   by day cuts at UTC's midnight. In pandas the times are shown in Moscow's zone, with another hour
#   than the engine has counted them under.
# Why it matters here: what a shop sells by hour and weekday is told by its own clock.
#   `localtime.py` names DuckDB's `timezone` function instead of a cast.
# Source: own trial; DuckDB docs, "Timestamp Types" (a TIMESTAMPTZ holds no zone).
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "ibis-framework[duckdb]==12.0.0" duckdb==2.0.0 \
    pandas==3.1.1 pyarrow==26.0.1 sqlglot==29.0.1 pytz==2026.6 <<'PY'
import warnings

import duckdb
import ibis
import ibis.expr.datatypes as dt

warnings.simplefilter("ignore")
print("ibis", ibis.__version__, "duckdb", duckdb.__version__)
backend = ibis.duckdb.connect()
backend.raw_sql("SET TimeZone = 'UTC'")
backend.raw_sql("CREATE TABLE t AS SELECT TIMESTAMPTZ '2019-10-01 22:30:00+00' AS at")
table = backend.table("t")
moscow = table.at.cast(dt.Timestamp("Europe/Moscow"))
asked = table.select(at=moscow, hour=moscow.hour(), day=moscow.date().cast("string"))


def answer() -> tuple[int, str]:
    [row] = asked.execute().to_dict("records")
    return row["hour"], row["day"]


print(ibis.to_sql(table.select(at=moscow)).replace("\n", " "))
print("type by Ibis ", asked.schema()["at"])
shown = asked.execute()["at"][0]
print("in pandas    ", shown)
print("in the engine", answer())
assert "Europe/Moscow" in str(asked.schema()["at"]), asked.schema()
assert "Moscow" not in ibis.to_sql(asked), ibis.to_sql(asked)
assert (shown.hour, str(shown.date())) == (1, "2019-10-02"), shown
assert answer() == (22, "2019-10-01"), answer()
backend.raw_sql("SET TimeZone = 'Asia/Tokyo'")
print("in a session in Tokyo's zone", answer())
assert answer() == (7, "2019-10-02"), answer()
PY
