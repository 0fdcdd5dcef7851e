"""The engine of all event-level work: DuckDB, reached through Ibis.

Tables are written as Ibis expressions, lazily; this module opens the connection within the
memory and threads of `params.yaml: engine`, and writes tables so that the same rows are the same
bytes: sorted by a total key, one file, fixed row groups.
"""

import atexit
import shutil
import tempfile
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from trackway import ROOT, data
from trackway.params import settings

ROW_GROUP = 122_880  # rows; DuckDB's own default, fixed here so that files do not follow it
# A dictionary of more values than this saves little space in a row group, and costs a third of the
# time of writing it: ids and keys of sessions are written plain.
DICTIONARY = 10_000
MOST_CODED = 65_000  # different texts of a column that is sorted as numbers of two bytes
SPILLED = f"FORMAT parquet, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT {DICTIONARY}"
WRITTEN = (
    f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, "
    f"DICTIONARY_SIZE_LIMIT {DICTIONARY}"
)


def spill() -> Path:
    """A folder for what does not fit into memory, on the checkout's own disk; gone at the end."""
    place = ROOT / ".spill"
    place.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=place))
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
    return backend


def read(backend: Backend, name: str) -> ir.Table:
    """The table in ``data/<name>.parquet``, lazily."""
    return backend.read_parquet(data.path(f"{name}.parquet"))


def store(table: ir.Table) -> ir.Table:
    """The same rows, computed once, in a file of the spill folder; in no particular order."""
    backend = table._find_backend()
    file = spill() / "stored.parquet"
    copy_unordered(backend, ibis.to_sql(table, dialect="duckdb"), file)
    return backend.read_parquet(file)


def copy_unordered(backend: Backend, query: str, file: Path) -> None:
    """Write the rows of `query` to `file`, as they come: who reads them promises no order."""
    # Keeping rows in order makes threads wait for each other, and holds what is ready in memory.
    backend.raw_sql("SET preserve_insertion_order = false")
    _copy(backend, query, file, SPILLED)
    backend.raw_sql("SET preserve_insertion_order = true")


def write(
    table: ir.Table,
    name: str,
    order_by: list[str | ir.Value],
    number: str | None = None,
    texts: dict[str, ir.Column] | None = None,
) -> None:
    """Write `table` to ``data/<name>.parquet``, in the order of `order_by`, a total key.

    Parameters
    ----------
    number : name of a first column to add
        It holds the place of the row in that order, from 0.
    texts : columns of few different texts -> a column of a small table that holds them all
        They are sorted as the numbers that stand for them, at half the cost.
    """
    backend = table._find_backend()
    coded = _coded(backend, table, texts or {})
    ordered = ibis.to_sql(coded.order_by(order_by), dialect="duckdb")
    if number is not None:
        # Counted as the sorted rows pass by; to Ibis, a window would be a second sort.
        ordered = f'SELECT row_number() OVER () - 1 AS "{number}", * FROM ({ordered})'
    _copy(backend, ordered, data.target(f"{name}.parquet"), WRITTEN)


def _coded(backend: Backend, table: ir.Table, texts: dict[str, ir.Column]) -> ir.Table:
    """`table` with `texts` as DuckDB's enums, which compare as their texts do."""
    coded = []
    for name, text in texts.items():
        values = text.name(name).as_table().distinct().drop_null().order_by(name)
        if 0 < values.count().execute() <= MOST_CODED:
            backend.raw_sql(f'DROP TYPE IF EXISTS "{name}"')
            backend.raw_sql(f'CREATE TYPE "{name}" AS ENUM ({ibis.to_sql(values)})')
            coded.append(f'"{name}"::"{name}" AS "{name}"')
    if not coded:
        return table
    query = f"SELECT * REPLACE ({', '.join(coded)}) FROM ({ibis.to_sql(table, dialect='duckdb')})"
    backend.raw_sql(f"CREATE OR REPLACE TEMPORARY VIEW coded AS {query}")
    return backend.table("coded")


def _copy(backend: Backend, query: str, file: Path, options: str) -> None:
    place = str(file).replace("'", "''")
    backend.raw_sql(f"COPY ({query}) TO '{place}' ({options})")
