"""DuckDB, the engine one needs nothing else for: embedded, within the memory and threads given.

Tables are written so that the same rows are the same bytes: sorted by a total key, one file, fixed
row groups.
"""

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import ibis
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.duckdb import Backend
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler

from trackway import ROOT, locks, progress

ROW_GROUP = 122_880  # rows; DuckDB's own default, fixed here so that files do not follow it
# A dictionary of more values than this saves little space in a row group, and costs a third of the
# time of writing it: ids and keys of sessions are written plain.
DICTIONARY = 10_000
MOST_CODED = 65_000  # different texts of a column that is sorted as numbers of two bytes
# Version 2 tells sorted numbers by their differences: a fifth smaller, sooner written and read.
PARQUET = f"FORMAT parquet, DICTIONARY_SIZE_LIMIT {DICTIONARY}, PARQUET_VERSION"
SPILLED = f"{PARQUET} v2, COMPRESSION lz4_raw"
WRITTEN = f"COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP}"


Texts = dict[str, ir.Column | Sequence[str]]


class Compiler(DuckDBCompiler):
    """SQL for DuckDB, less what is slow."""

    __slots__ = ()

    def visit_TimestampDelta(self, op, *, part, left, right):
        if part.this != "microsecond":
            return super().visit_TimestampDelta(op, part=part, left=left, right=right)
        # Between moments with a zone, `date_diff` asks a calendar: 80 times the cost.
        return self.binop(sge.Sub, self.f.epoch_us(left), self.f.epoch_us(right))


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
    backend.compiler = Compiler()
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
    copy_unordered(backend, _query(table), file)
    return backend.read_parquet(file)


def copy_unordered(backend: Backend, query: str, file: Path) -> None:
    """Write the rows of `query` to `file`, as they come: who reads them promises no order."""
    # Keeping rows in order makes threads wait for each other, and holds what is ready in memory.
    backend.raw_sql("SET preserve_insertion_order = false")
    _copy(backend, query, file, SPILLED)
    backend.raw_sql("SET preserve_insertion_order = true")


def write(
    table: ir.Table,
    place: Path,
    order_by: list[str | ir.Value],
    number: str | None = None,
    texts: Texts | None = None,
    unwritten: Sequence[str] = (),
) -> None:
    """Write the rows to one file, in the order of `order_by`, a total key; see `engine.write`."""
    Path(place).parent.mkdir(parents=True, exist_ok=True)
    backend = table._find_backend()
    ordered = _query(_coded(backend, table, texts or {}).order_by(order_by))
    names = ", ".join(f'"{name}"' for name in table.columns if name not in unwritten)
    # Counted as the sorted rows pass by; to Ibis, a window would be a second sort.
    counted = f'row_number() OVER () - 1 AS "{number}", ' if number is not None else ""
    ordered = f"SELECT {counted}{names} FROM ({ordered})"
    # Spark 4 cannot read what version 2 makes of floats.
    version = 1 if any(kind.is_floating() for kind in table.schema().values()) else 2
    # What is joined to the rows stands at the right, and is smaller. DuckDB takes an anti-join for
    # selective, would hash the rows instead, and would need their whole size in memory.
    backend.raw_sql("SET disabled_optimizers = 'build_side_probe_side'")
    _copy(backend, ordered, Path(place), f"{PARQUET} v{version}, {WRITTEN}")
    backend.raw_sql("SET disabled_optimizers = ''")


def _coded(backend: Backend, table: ir.Table, texts: Texts) -> ir.Table:
    """`table` with `texts` as DuckDB's enums, which compare as their texts do."""
    coded = []
    for name, text in texts.items():
        if isinstance(text, ir.Column):
            found = text.name(name).as_table().distinct().drop_null().order_by(name)
            text = found.to_pandas()[name].tolist()
        if 0 < len(text) <= MOST_CODED:
            values = ", ".join(map(quoted, sorted(text)))
            backend.raw_sql(f'DROP TYPE IF EXISTS "{name}"')
            backend.raw_sql(f'CREATE TYPE "{name}" AS ENUM ({values})')
            coded.append(f'"{name}"::"{name}" AS "{name}"')
    if not coded:
        return table
    query = f"SELECT * REPLACE ({', '.join(coded)}) FROM ({_query(table)})"
    backend.raw_sql(f"CREATE OR REPLACE TEMPORARY VIEW coded AS {query}")
    return backend.table("coded")


def identifier(name: str) -> str:
    """SQL for the name of a column or a type."""
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """SQL for a text."""
    return "'" + text.replace("'", "''") + "'"


def _query(table: ir.Table) -> str:
    backend = table._find_backend()
    backend._run_pre_execute_hooks(table)  # DuckDB learns what comes from memory
    return backend.compile(table)


def _copy(backend: Backend, query: str, file: Path, options: str) -> None:
    backend.raw_sql(f"COPY ({query}) TO {quoted(str(file))} ({options})")
