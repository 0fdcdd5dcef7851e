"""DuckDB, the engine one needs nothing else for: embedded, within the memory and threads given.

Tables are written so that the same rows are the same bytes: sorted by a total key, one file, fixed
row groups.
"""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from trackway import ROOT, locks, progress

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


def connect(chosen: dict) -> Backend:
    """An embedded DuckDB in UTC that spills to a temporary folder beyond `engine.memory`."""
    backend = ibis.duckdb.connect(
        threads=chosen["threads"],
        memory_limit=chosen["memory"],
        temp_directory=str(spill()),
    )
    backend.raw_sql("SET TimeZone = 'UTC'")
    progress.follow(backend.con)
    return backend


def read(backend: Backend, places: list[Path]) -> ir.Table:
    """The rows of Parquet files, or of folders that Spark has partitioned by day."""
    files = [f"{place}/**/*.parquet" if Path(place).is_dir() else str(place) for place in places]
    return backend.read_parquet(files, hive_partitioning=False)


def store(table: ir.Table) -> ir.Table:
    """The same rows, computed once, in a file of the spill folder; in no particular order."""
    backend = table._find_backend()
    file = spill() / "stored.parquet"
    _copy(backend, _query(table), file, "COMPRESSION lz4_raw")
    return backend.read_parquet(file)


def write(table: ir.Table, place: Path, order_by: list, number: str | None = None) -> None:
    """Write the rows to one file, in the order of `order_by`, a total key; see `engine.write`."""
    Path(place).parent.mkdir(parents=True, exist_ok=True)
    ordered = _query(table.order_by(order_by))
    if number is not None:
        # Counted as the sorted rows pass by; to Ibis, a window would be a second sort.
        ordered = f'SELECT row_number() OVER () - 1 AS "{number}", * FROM ({ordered})'
    options = f"COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
    _copy(table._find_backend(), ordered, Path(place), options)


def _query(table: ir.Table) -> str:
    table._find_backend()._run_pre_execute_hooks(table)  # DuckDB learns what comes from memory
    return ibis.to_sql(table, dialect="duckdb")


def _copy(backend: Backend, query: str, file: Path, options: str) -> None:
    place = str(file).replace("'", "''")
    backend.raw_sql(f"COPY ({query}) TO '{place}' (FORMAT parquet, {options})")
