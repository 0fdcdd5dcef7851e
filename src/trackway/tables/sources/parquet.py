"""Parse a Parquet file, by DuckDB, into our columns; rows that cannot be used are kept apart."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from trackway.engine import embedded
from trackway.engine.embedded import identifier, quoted
from trackway.tables.sources.schemas import REQUIRED, TYPES, Schema


def parse(backend: Backend, file: Path, schema: Schema, typed: Path) -> pd.DataFrame:
    """Parse a Parquet file; its rows are numbered from 1, and a reject's text is JSON."""
    types = {field.name: field.type for field in pq.read_schema(file)}
    chosen = ", ".join(f"{_parsed(schema, ours, types)} AS {ours}" for ours in TYPES)
    parsed = (
        f"(SELECT {chosen}, file_row_number + 1 AS line, to_json(t) AS text "
        f"FROM read_parquet({quoted(str(file))}, file_row_number = true) t)"
    )
    reason = _reason(schema)
    unreadable = (
        f"SELECT {quoted(file.name)} AS file, line, {reason} AS reason, text FROM {parsed} "
        f"WHERE {reason} IS NOT NULL ORDER BY line"
    )
    readable = f"SELECT {', '.join(TYPES)} FROM {parsed} WHERE {reason} IS NULL"
    with embedded.setting(backend, TimeZone=schema.zone):
        rejects = backend.con.sql(unreadable).df()
        embedded.copy_unordered(backend, readable, typed)
    return rejects.astype({"line": "Int64"})


def _reason(schema: Schema) -> str:
    """SQL: why a parsed row cannot be used, null where it can."""
    known = ", ".join(map(quoted, schema.event_types))
    missing = " ".join(f"WHEN {name} IS NULL THEN 'no valid {name}'" for name in REQUIRED)
    return (
        f"CASE {missing} WHEN event_type NOT IN ({known}) "
        "THEN concat('unknown event type ', chr(39), left(event_type, 40), chr(39)) END"
    )


def _parsed(schema: Schema, ours: str, types: dict[str, pa.DataType]) -> str:
    """SQL for one of our columns out of a Parquet file; null where it cannot be parsed."""
    theirs = schema.columns.get(ours)
    if theirs is None:
        return f"NULL::{TYPES[ours]}"
    if ours == "event_time" and schema.time_unit != "text":
        factor = {"s": 1_000_000, "ms": 1000}[schema.time_unit]
        return f"make_timestamptz(TRY_CAST({identifier(theirs)} AS BIGINT) * {factor})"
    text_id = ours.endswith("_id") and not pa.types.is_integer(types[theirs])
    value = f"TRY_CAST({identifier(theirs)} AS {'VARCHAR' if text_id else TYPES[ours]})"
    return f"nullif({value}, '')" if ours == "session" else value
