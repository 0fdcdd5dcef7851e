#!/usr/bin/env bash
# Ibis 12.0 installs with DuckDB 2.0, and half of it is gone
#
# Version: ibis-framework 12.0.0 (the newest), duckdb 2.0.0.
# One would guess: Ibis asks for `duckdb>=0.10.3` without an upper bound and pip says nothing, so
#   the two fit; or else they do not, and nothing works.
# What happens: expressions on tables run as ever, while `sql`, `list_tables`, `tables` and
#   `to_pyarrow_batches` raise AttributeError. DuckDB 2.0 has taken `fetch_arrow_table` and
#   `fetch_record_batch` from what `execute` returns, and keeps them, deprecated, on relations;
#   Ibis calls both kinds. `to_pyarrow_batches` fails only when the first batch is read.
# Why it matters here: `engine/embedded.py` speaks to DuckDB by `raw_sql`, `table`, `compile` and
#   `read_parquet` only. A new line with `.sql(...)` or a reader of batches fails at once, or late.
# Source: DuckDB 2.0 docs, "Export to Apache Arrow" (deprecated names); ibis pull request 12001,
#   which is merged and in no release. Which calls fail: own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" "ibis-framework[duckdb]==12.0.0" duckdb==2.0.0 \
    pandas==3.1.1 pyarrow==26.0.1 sqlglot==29.0.1 <<'PY'
import warnings

import duckdb
import ibis

warnings.simplefilter("ignore")
print("ibis", ibis.__version__, "with duckdb", duckdb.__version__)
backend = ibis.duckdb.connect()
backend.raw_sql("CREATE TABLE clicks AS SELECT range AS user FROM range(3)")
clicks = backend.table("clicks")

for name, call in {
    "table(...).execute": lambda: clicks.user.max().execute(),
    "to_pyarrow": lambda: clicks.to_pyarrow().num_rows,
    "create_table": lambda: backend.create_table("copy", clicks).count().execute(),
    "to_pyarrow_batches, not read": lambda: type(clicks.to_pyarrow_batches()).__name__,
}.items():
    print(f"{name:30} -> {call()}")

for name, call in {
    "sql": lambda: backend.sql("SELECT 1 AS one"),
    "list_tables": lambda: backend.list_tables(),
    "tables": lambda: list(backend.tables),
    "to_pyarrow_batches, read": lambda: clicks.to_pyarrow_batches().read_all(),
}.items():
    try:
        call()
    except AttributeError as error:
        print(f"{name:30} -> AttributeError: {error}")
        assert "fetch_" in str(error), error
    else:
        raise AssertionError(f"{name} works")
PY
