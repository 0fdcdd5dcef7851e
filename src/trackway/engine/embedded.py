"""DuckDB, the engine one needs nothing else for: embedded, within the memory and threads given.

Tables are written so that the same rows are the same bytes: sorted by a total key, one file, fixed
row groups.
"""

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.duckdb import Backend
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.util import gen_name

from trackway import ROOT
from trackway.core import locks, progress
from trackway.params.engine import Engine

ROW_GROUP = 122_880  # rows; DuckDB's own default, fixed here so that files do not follow it
# A dictionary of more values than this saves little space in a row group, and costs a third of the
# time of writing it: ids and keys of sessions are written plain.
DICTIONARY = 10_000
MOST_CODED = 65_000  # different texts of a column that is sorted as numbers of two bytes
# Version 2 tells sorted numbers by their differences: a fifth smaller, sooner written and read.
PARQUET = f"FORMAT parquet, DICTIONARY_SIZE_LIMIT {DICTIONARY}, PARQUET_VERSION"
SPILLED = f"{PARQUET} v2, COMPRESSION lz4_raw"
WRITTEN = f"COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP}"


class Compiler(DuckDBCompiler):
    """SQL for DuckDB, less what is slow."""

    __slots__ = ()

    def visit_TimestampDelta(self, op, *, part, left, right):
        if part.this != "microsecond":
            return super().visit_TimestampDelta(op, part=part, left=left, right=right)
        # Between moments with a zone, `date_diff` asks a calendar: 80 times the cost.
        return self.binop(sge.Sub, self.f.epoch_us(left), self.f.epoch_us(right))

    def visit_Strip(self, op, *, arg):
        # Few texts have blanks around them; to look at both ends costs a tenth of taking any away.
        ends = arg, self.f.anon.array_extract(arg, sge.convert(-1))
        blank = [self.binop(sge.LT, end, sge.convert("!")) for end in ends]
        return self.if_(sge.or_(*blank), super().visit_Strip(op, arg=arg), arg)


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


def connect(chosen: Engine) -> Backend:
    """An embedded DuckDB in UTC that spills to a temporary folder beyond `engine.memory`."""
    backend = ibis.duckdb.connect(
        threads=chosen.threads,
        memory_limit=chosen.memory,
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
    with setting(backend, preserve_insertion_order=False):
        _copy(backend, query, file, SPILLED)


def scalar(backend: Backend, query: str) -> Any:
    """The one value that `query`, in SQL, asks for."""
    # Of all rows: a result not read to its end locks the connection for what Ibis asks next.
    [(value,)] = backend.raw_sql(query).fetchall()
    return value


@contextmanager
def setting(backend: Backend, **values: str | int | bool) -> Iterator[None]:
    """Some of DuckDB's settings, for a while: even if it is interrupted, they are put back."""
    before = {}
    try:
        for name, value in values.items():
            before[name] = scalar(backend, f"SELECT current_setting('{name}')")
            backend.raw_sql(f"SET {name} = {quoted(str(value))}")
        yield
    finally:
        for name, value in before.items():
            backend.raw_sql(f"SET {name} = {quoted(str(value))}")


def write(
    table: ir.Table,
    place: Path,
    order_by: list[str | ir.Value],
    number: str | None = None,
    distinct: bool = False,
    unwritten: Sequence[str] = (),
) -> None:
    """Write the rows to one file, in the order of `order_by`, a total key; see `engine.write`."""
    Path(place).parent.mkdir(parents=True, exist_ok=True)
    backend = table._find_backend()
    rows = _query(table.order_by(order_by))
    # Told as the sorted rows pass by; to Ibis, a window would be a second sort.
    if distinct:
        same = [f'"{name}" IS NOT DISTINCT FROM lag("{name}") OVER ()' for name in order_by]
        rows = f"FROM (SELECT *, {' AND '.join(same)} AS again FROM ({rows})) WHERE NOT again"
    names = [f'"{name}"' for name in table.columns if name not in unwritten]
    if number is not None:
        names = [f'row_number() OVER () - 1 AS "{number}"', *names]
    # Spark 4 cannot read what version 2 makes of floats.
    version = 1 if any(kind.is_floating() for kind in table.schema().values()) else 2
    query = f"SELECT {', '.join(names)} FROM ({rows})"
    threads = scalar(backend, "SELECT current_setting('threads')")
    # Where rows have been dropped, one thread alone would cut row groups elsewhere than several do.
    # What is joined to the rows stands at the right, and is smaller. DuckDB takes the joins for
    # selective, would hash the rows instead, and would need their whole size in memory.
    with setting(backend, threads=max(2, threads), disabled_optimizers="build_side_probe_side"):
        _copy(backend, query, Path(place), f"{PARQUET} v{version}, {WRITTEN}")


def coded(table: ir.Table, names: Sequence[str], values: Sequence[str] | None = None) -> ir.Table:
    """The rows with DuckDB's enums for the texts of `names`, unless they are too many."""
    backend = table._find_backend()
    columns = []
    for name in names:
        texts = sorted(_texts(table, name) if values is None else values)
        if 0 < len(texts) <= MOST_CODED:
            kind = gen_name(name)
            backend.raw_sql(f'CREATE TYPE "{kind}" AS ENUM ({", ".join(map(quoted, texts))})')
            columns.append(f'"{name}"::"{kind}" AS "{name}"')
    if not columns:
        return table
    view = gen_name("coded")
    query = f"SELECT * REPLACE ({', '.join(columns)}) FROM ({_query(table)})"
    backend.raw_sql(f'CREATE TEMPORARY VIEW "{view}" AS {query}')
    return backend.table(view)


def _texts(table: ir.Table, name: str) -> list[str]:
    return table.select(name).distinct().drop_null().to_pandas()[name].tolist()


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
