"""The engine of all event-level work: DuckDB, reached through Ibis.

Tables are written as Ibis expressions, lazily; this module opens the connection within the
memory and threads of `params.yaml: engine`, and writes tables so that the same rows are the same
bytes: sorted by a total key, one file, fixed row groups.
"""

import tempfile

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from trackway import data
from trackway.run import settings

ROW_GROUP = 122_880  # rows; DuckDB's own default, fixed here so that files do not follow it


def connect() -> Backend:
    """An embedded DuckDB in UTC that spills to a temporary folder beyond `engine.memory`."""
    chosen = settings("engine")
    backend = ibis.duckdb.connect(
        threads=chosen["threads"],
        memory_limit=chosen["memory"],
        temp_directory=tempfile.mkdtemp(prefix="trackway-spill-"),
    )
    backend.raw_sql("SET TimeZone = 'UTC'")
    backend.raw_sql("SET enable_progress_bar = false")
    return backend


def read(backend: Backend, name: str) -> ir.Table:
    """The table in ``data/<name>.parquet``, lazily."""
    return backend.read_parquet(data.path(f"{name}.parquet"))


def write(table: ir.Table, name: str, order_by: list[str]) -> None:
    """Write `table` to ``data/<name>.parquet``, in the order of `order_by`, a total key."""
    backend = table._find_backend()
    file = data.target(f"{name}.parquet")
    query = ibis.to_sql(table.order_by(order_by), dialect="duckdb")
    place = str(file).replace("'", "''")
    backend.raw_sql(
        f"COPY ({query}) TO '{place}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )
