"""Parse raw files once, typed; keep what cannot be read, with its line and reason."""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from trackway import engine
from trackway.core.errors import InputError
from trackway.tables.sources import files, parquet, part, tabular, text, values
from trackway.tables.sources.files import PARQUET, Found
from trackway.tables.sources.part import Part
from trackway.tables.sources.schemas import Schema, present
from trackway.tables.sources.values import NONE_LOST

SAMPLE = 1000  # rows whose values, where one is no number, save a reading in vain
Kinds = dict[str, str | None]


@dataclass(frozen=True)
class Raw:
    """What was read.

    Attributes
    ----------
    rows : lazy table
        The readable rows: our columns, those the source has not as nulls; `event_type` is still
        the source's word, `session` its own key; an id is int64 or, where it is a text, string.
        ``order_id``, ``quantity`` and ``title`` are there only where the source has them.
    rejects : DataFrame
        One row per unreadable row: file, line (counted from 1, header included), reason, text.
    lost : DataFrame
        Values that cannot be read in rows that can, where the column may be empty: there they
        are missing. file, column, reason, values (how many), line and value of the first.
    stood_in : int
        Rows without a user for whom their session, or order, stands in.
    """

    rows: ir.Table
    rejects: pd.DataFrame
    lost: pd.DataFrame = field(default_factory=lambda: NONE_LOST.assign(file=""))
    stood_in: int = 0


def read(backend: Backend, found: Found, progress=print) -> Raw:
    """Read `found` into typed columns, in bounded memory, through a file in the spill folder.

    Raises
    ------
    InputError
        If no row can be read, or the engine cannot cope with what a file holds.
    """
    if found.table:
        return _table(backend, found)
    spill, parser = engine.spill(), engine.parser(backend)
    kinds, used, parts = values.kinds(found.schema), {}, {}
    for file in found.files:
        kinds |= _told_by_sample(parser, file, found.schema, kinds)
    # A file's values may say that an id is a text when others have been read as numbers.
    while waiting := [file for file in found.files if used.get(file) != kinds]:
        file, used[waiting[0]] = waiting[0], dict(kinds)
        number = found.files.index(file)
        progress(f"reading {file.name} ({number + 1} of {len(found.files)})")
        typed = spill / f"raw_{number}.parquet"
        parts[file] = _file(parser, file, found.schema, kinds, typed)
        kinds |= dict.fromkeys(values.no_numbers(parts[file].written.bits), "text")
    typed = [spill / f"raw_{number}.parquet" for number in range(len(found.files))]
    rows = engine.read_files(backend, typed).select(*present(found.schema))
    return _unless_empty(found, rows, [(file.name, parts[file]) for file in found.files])


def _table(backend: Backend, found: Found) -> Raw:
    source, kinds = engine.at(backend, found.table), values.kinds(found.schema)
    rows, one = tabular.parse(source, found.table, found.schema, kinds)
    if texts := values.no_numbers(one.written.bits):
        kinds |= dict.fromkeys(texts, "text")
        rows, one = tabular.parse(source, found.table, found.schema, kinds)
    return _unless_empty(found, rows, [(found.table, one)])


def _file(backend: Backend, file: Path, schema: Schema, kinds: Kinds, typed: Path) -> Part:
    try:
        if file.name.lower().endswith(PARQUET):
            return parquet.parse(backend, file, schema, kinds, typed)
        return text.parse(backend, file, files.head_of(file, schema), schema, kinds, typed)
    except (duckdb.IOException, OSError):
        files.refuse_torn(file)
        raise  # it is not the file: a full disk, say
    except (duckdb.DataError, duckdb.ProgrammingError, duckdb.NotSupportedError) as error:
        raise InputError(
            f"{file.name} cannot be read as {schema.label}: {str(error).splitlines()[0]} "
            "Say in sampling.mapping which columns hold what, or save the file anew, as CSV in "
            "UTF-8 or as Parquet."
        ) from error


def _told_by_sample(backend: Backend, file: Path, schema: Schema, kinds: Kinds) -> Kinds:
    """The ids that the first rows show to be texts: what they show, all rows do."""
    if None not in kinds.values():
        return {}
    if file.name.lower().endswith(PARQUET):
        source, columns = parquet.view(backend, file), parquet.columns(file, schema)
    else:
        opened = text.Text(file, files.head_of(file, schema), schema)
        source, columns = opened.view(backend), opened.columns
    try:
        bits = part.bits(values.parsed(source.limit(SAMPLE), columns, schema, kinds))
    except duckdb.Error:
        return {}  # who reads all of it says what is wrong
    return dict.fromkeys(values.no_numbers(bits), "text")


def _unless_empty(found: Found, rows: ir.Table, parts: list[tuple[str, Part]]) -> Raw:
    rejects = pd.concat([one.rejects.assign(file=name) for name, one in parts], ignore_index=True)
    rejects = rejects[["file", "line", "reason", "text"]].astype({"line": "Int64"})
    if all(one.written.rows == one.written.refused for _, one in parts):
        raise InputError(_nothing_left(found, rejects))
    lost = pd.concat([one.lost.assign(file=name) for name, one in parts], ignore_index=True)
    stood_in = sum(one.written.stood_in for _, one in parts)
    return Raw(rows, rejects, lost[["file", *NONE_LOST]], stood_in)


def _nothing_left(found: Found, rejects: pd.DataFrame) -> str:
    names = found.table or ", ".join(file.name for file in found.files)
    if rejects.empty:
        return f"{names}: there is a header, but no row below it."
    first = rejects.iloc[0]
    return (
        f"{names}: none of {len(rejects):,} rows can be read as {found.schema.label}; the first, "
        f"line {first['line']}: {first['reason']}: {first['text'][:200]!r}. "
        "Is this the right file, or the right sampling.mapping?"
    )
