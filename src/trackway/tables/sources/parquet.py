"""Parse a Parquet file, by DuckDB, into our columns; rows that cannot be used are kept apart."""

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


def view(backend: Backend, file: Path) -> ir.Table:
    """The rows of `file`, its columns by place; ``line`` counts from 1, ``text`` is JSON."""
    names = [f"c{n}" for n in range(len(pq.read_schema(file).names))]
    name, rows = gen_name("raw"), f"read_parquet({quoted(str(file))}, file_row_number = true)"
    backend.raw_sql(
        f'CREATE TEMPORARY VIEW "{name}" AS SELECT *, place + 1 AS line '
        f"FROM (SELECT *, to_json(t) FROM {rows} t) AS s({', '.join(names)}, place, text)"
    )
    return backend.table(name)


def columns(file: Path, schema: Schema) -> dict[str, str]:
    """Our name -> the name that `view` gives the column."""
    return {ours: f"c{n}" for ours, n in places(schema, pq.read_schema(file).names).items()}


def parse(backend: Backend, file: Path, schema: Schema, kinds: dict, typed: Path) -> Part:
    """Parse a Parquet file; its rows are numbered from 1, and a reject's text is JSON."""
    rows = values.parsed(view(backend, file), columns(file, schema), schema, kinds)
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
