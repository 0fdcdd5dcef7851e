#!/usr/bin/env bash
# DuckDB 2.0: a result that is not read to its end locks its connection
#
# Version: duckdb 2.0.0 (1.5 did not do it).
# One would guess: after `execute("SELECT one value").fetchone()` the only row has been taken, so
#   the connection is free, as it was in 1.x; at the latest when the result is let go of.
# What happens: results stream now. The one row is there, but that it was the last is known only to
#   who asks again. Until then everything that goes by way of a relation (`sql`, `table`, all of
#   Ibis) raises ResourceInUseException. Letting go of the name does not help, for `execute`
#   returns the connection itself. Another `execute` is let through: it gives up the open result.
# Why it matters here: `engine/embedded.py` asks for single values in `scalar`, and takes all rows by
#   `fetchall`: so nothing depends on what comes next.
# Source: DuckDB 2.0 docs, "Migrating Python Code to DuckDB 2.0"; release notes of the Python
#   package 2.0.0 ("Results stream"). That the only row leaves it open: own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" duckdb==2.0.0 <<'PY'
import duckdb

connection = duckdb.connect()


def then_asks() -> str:
    try:
        return f"answers {connection.sql('SELECT 7').fetchall()}"
    except duckdb.Error as error:
        return type(error).__name__


def after(name: str, expected: str) -> None:
    got = then_asks()
    print(f"{name:45} -> sql {got}")
    assert got == expected, f"{name}: expected {expected}, got {got}"
    connection.execute("SELECT 1").fetchall()


busy, free = "ResourceInUseException", "answers [(7,)]"
print("duckdb", duckdb.__version__)

assert connection.execute("SELECT 42").fetchone() == (42,)
after("the only row fetched by fetchone", busy)

result = connection.execute("SELECT 42")
assert result is connection
del result
after("not read, and its name deleted", busy)

result = connection.execute("SELECT 42")
assert [result.fetchone(), result.fetchone()] == [(42,), None]
after("fetchone until it says None", free)

connection.execute("SELECT 42").fetchall()
after("fetchall", free)

connection.execute("SET threads = 1")
after("a statement without rows", free)

connection.execute("SELECT * FROM range(5)").fetchone()
assert connection.execute("SELECT 8").fetchall() == [(8,)]
print("execute after an open result gives that up and runs")
PY
