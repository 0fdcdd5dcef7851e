"""Parse a Parquet file, by DuckDB, into our columns; rows that cannot be used are kept apart."""

from collections.abc import Sequence
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend
from ibis.util import gen_name

from trackway.core.errors import InputError
from trackway.engine.embedded import quoted
from trackway.tables.sources import part, values
from trackway.tables.sources.part import MOST_REJECTS, Part
from trackway.tables.sources.schemas import Schema, places

NO_FAULTS = pd.DataFrame({"line": [], "reason": [], "text": []})


def names(file: Path) -> list[str]:
    """What the columns of `file` are called, in their places."""
    return pq.read_schema(file).names


def view(backend: Backend, file: Path, *, numbered: bool = False) -> ir.Table:
    """The rows of `file`, its columns by place; ``line`` counts from 1, ``text`` is JSON.

    Parameters
    ----------
    numbered : whether the last column of `file` holds the lines, as of what `flatten` wrote
    """
    count = len(names(file)) - numbered
    called = [*(f"c{n}" for n in range(count)), *(["line"] if numbered else [])]
    line = "" if numbered else ", place + 1 AS line"
    name, rows = gen_name("raw"), f"read_parquet({quoted(str(file))}, file_row_number = true)"
    backend.raw_sql(
        f'CREATE TEMPORARY VIEW "{name}" AS SELECT *{line} '
        f"FROM (SELECT *, to_json(t)::VARCHAR FROM {rows} t) AS s({', '.join(called)}, place, text)"
    )
    return backend.table(name)


def columns(called: Sequence[str], schema: Schema) -> dict[str, str]:
    """Our name -> the name that `view` gives the column; `called` is what the source calls them."""
    return {ours: f"c{n}" for ours, n in places(schema, called).items()}


def parse(
    backend: Backend,
    file: Path,
    schema: Schema,
    kinds: dict,
    typed: Path,
    flat: Sequence[str] | None = None,
) -> Part:
    """Parse a Parquet file; its rows are numbered from 1, and a reject's text is JSON.

    Parameters
    ----------
    flat : what the columns are called of a file that `flatten` wrote; None: as `file` calls them
    """
    source = view(backend, file, numbered=flat is not None)
    rows = values.parsed(source, columns(flat or names(file), schema), schema, kinds)
    written = part.write(backend, rows, schema, typed)
    if written.refused > MOST_REJECTS:
        raise InputError(
            f"{file.name}: {written.refused:,} rows cannot be read as {schema.label}; "
            "is this the right file?"
        )
    faults, lost = NO_FAULTS, values.NONE_LOST
    few = part.faulty(backend, rows, written, schema)
    if few is not None:
        faults = values.faults(few, schema).order_by("line").to_pandas()
        lost = values.lost(few, schema)
    if written.refused:
        part.drop_refused(backend, typed)
    return Part(written, faults, lost)
