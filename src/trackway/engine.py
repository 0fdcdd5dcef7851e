"""The engine of all event-level work: DuckDB, reached through Ibis.

Tables are written as Ibis expressions, lazily; this module opens the connection within the
memory and threads of `params.yaml: engine`, and writes tables so that the same rows are the same
bytes: sorted by a total key, one file, fixed row groups.
"""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from trackway import ROOT, data, locks, progress
from trackway.params import settings

ROW_GROUP = 122_880  # rows; DuckDB's own default, fixed here so that files do not follow it


def spill() -> Path:
    """A folder for what does not fit into memory, on the checkout's own disk; gone at the end."""
    return Path(tempfile.mkdtemp(dir=_own_spill()))


@cache
def _own_spill() -> Path:
    """This process's folder of them; `stage.recover` removes what a killed one has left."""
    place = ROOT / ".spill"
    place.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=place))
    locks.hold(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def connect() -> Backend:
    """An embedded DuckDB in UTC that spills to a temporary folder beyond `engine.memory`."""
    chosen = settings("engine")
    backend = ibis.duckdb.connect(
        threads=chosen["threads"],
        memory_limit=chosen["memory"],
        temp_directory=str(spill()),
    )
    backend.raw_sql("SET TimeZone = 'UTC'")
    progress.follow(backend.con)
    return backend


def read(backend: Backend, name: str) -> ir.Table:
    """The table in ``data/<name>.parquet``, lazily."""
    return backend.read_parquet(data.path(f"{name}.parquet"))


def store(table: ir.Table) -> ir.Table:
    """The same rows, computed once, in a file of the spill folder; in no particular order."""
    backend = table._find_backend()
    file = spill() / "stored.parquet"
    _copy(backend, table, file, "COMPRESSION lz4_raw")
    return backend.read_parquet(file)


def write(table: ir.Table, name: str, order_by: list[str]) -> None:
    """Write `table` to ``data/<name>.parquet``, in the order of `order_by`, a total key."""
    backend = table._find_backend()
    options = f"COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
    _copy(backend, table.order_by(order_by), data.target(f"{name}.parquet"), options)


def _copy(backend: Backend, table: ir.Table, file: Path, options: str) -> None:
    place = str(file).replace("'", "''")
    query = ibis.to_sql(table, dialect="duckdb")
    backend.raw_sql(f"COPY ({query}) TO '{place}' (FORMAT parquet, {options})")
