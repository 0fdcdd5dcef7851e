"""Parse raw files once, typed; keep every row that cannot be read, with its line and reason."""

import csv
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from trackway import engine
from trackway.core.errors import InputError
from trackway.engine import embedded
from trackway.engine.embedded import identifier, quoted
from trackway.tables.sources import files, lines, parquet, tabular
from trackway.tables.sources.files import PARQUET, Found
from trackway.tables.sources.schemas import REQUIRED, TYPES, Schema

# DuckDB converts to this after the line has been split, and then does not know where that began.
CONVERTED_LATE = "TIMESTAMPTZ"
# As REES46 writes times: by this form alone they are read at less than half the cost.
UTC_FORM, UTC_TIME = "%Y-%m-%d %H:%M:%S UTC", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
csv.field_size_limit(2**31 - 1)  # a swallowed file is one field
LONGEST_LINE = 16_000_000  # bytes
# A buffer is read in pieces of the longest line. It holds a whole number of them: of a piece left
# over DuckDB may lose rows without a word. Its own choice, 32, would be half a gigabyte a thread.
PIECES = 2
MOST_REJECTS = 1_000_000  # per file; beyond it something else is wrong
REASONS = {
    "MISSING COLUMNS": "too few fields (torn?)",
    "TOO MANY COLUMNS": "too many fields",
    "UNQUOTED VALUE": lines.UNBALANCED,
    "LINE SIZE OVER MAXIMUM": "line too long",
    "INVALID ENCODING": lines.NOT_UTF8,
}


@dataclass(frozen=True)
class Raw:
    """What was read.

    Attributes
    ----------
    rows : lazy table
        The readable rows: our columns, those the source has not as nulls; `event_type` is still
        the source's word, `session` its own key.
    rejects : DataFrame
        One row per unreadable row: file, line (counted from 1, header included), reason, text.
    """

    rows: ir.Table
    rejects: pd.DataFrame


def read(backend: Backend, found: Found, progress=print) -> Raw:
    """Read `found` into typed columns, in bounded memory, through a file in the spill folder.

    Raises
    ------
    InputError
        If no row can be read.
    """
    if found.table:
        source = engine.at(backend, found.table)
        rows, rejects = tabular.parse(source, found.table, found.schema)
        return _unless_empty(found, rows, rejects.order_by(["reason", "text"]).to_pandas())
    spill, parser = engine.spill(), engine.parser(backend)
    typed, rejects = [], []
    for number, file in enumerate(found.files):
        progress(f"reading {file.name} ({number + 1} of {len(found.files)})")
        typed.append(spill / f"raw_{number}.parquet")
        one = parquet.parse if file.name.endswith(PARQUET) else _csv
        try:
            rejects.append(one(parser, file, found.schema_of(file), typed[-1]))
        except (duckdb.IOException, OSError):
            files.refuse_torn(file)
            raise  # it is not the file: a full disk, say
    rows = engine.read_files(backend, typed)
    return _unless_empty(found, rows, pd.concat(rejects, ignore_index=True))


def _unless_empty(found: Found, rows: ir.Table, rejects: pd.DataFrame) -> Raw:
    if int(rows.count().execute()) == 0:
        raise InputError(_nothing_left(found, rejects))
    return Raw(rows, rejects.astype({"line": "Int64"}))


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


def _csv(backend: Backend, file: Path, schema: Schema, typed: Path) -> pd.DataFrame:
    """Parse a CSV file as it is, or, where the parser cannot cope with it, mended."""
    broken: list[lines.Reject] = []
    try:
        rejects = _parse(backend, file, schema, typed)
    except (duckdb.InvalidInputException, lines.Unaccounted):
        mended = typed.with_suffix(".csv")
        broken = lines.mend(file, schema.delimiter, mended)
        # In one go: of pieces, DuckDB loses the last where that begins with too few or many fields.
        rejects = _parse(backend, mended, schema, typed, parallel=False)
        mended.unlink()
    frame = pd.DataFrame([*broken, *rejects], columns=["line", "reason", "text"])
    frame = frame.sort_values("line", ignore_index=True).astype({"line": "Int64"})
    return frame.assign(file=file.name)[["file", "line", "reason", "text"]]


def _parse(
    backend: Backend, file: Path, schema: Schema, typed: Path, *, parallel: bool = True
) -> list[lines.Reject]:
    """Write the readable rows of a CSV file to `typed`; the other lines, each once."""
    names = list(schema.header or files.header(file, schema.delimiter))
    types = _types(file, schema, names)
    if _in_utc(file, schema, names):
        by_form = types | {schema.columns["event_time"]: "TIMESTAMP"}
        _store(backend, file, schema, names, by_form, typed, parallel)
        if not _times_refused(backend, schema):
            return _rejects(backend, file, schema, names, by_form, typed)
    _store(backend, file, schema, names, types, typed, parallel)
    return _rejects(backend, file, schema, names, types, typed)


def _times_refused(backend: Backend, schema: Schema) -> int:
    time = quoted(schema.columns["event_time"])
    query = f"SELECT count(*) FROM reject_errors WHERE error_type = 'CAST' AND column_name = {time}"
    return embedded.scalar(backend, query)


def _types(file: Path, schema: Schema, names: list[str]) -> dict[str, str]:
    """DuckDB types by the source's column names: what we do not use stays text."""
    types = dict.fromkeys(names, "VARCHAR")
    types |= {theirs: TYPES[ours] for ours, theirs in schema.columns.items()}
    if schema.time_unit != "text":
        types[schema.columns["event_time"]] = "BIGINT"
    if schema.name == "mapped":  # its ids may be text, such as UUIDs or SKUs
        for ours in ["user_id", "product_id", "category_id"]:
            if ours in schema.columns and not _holds_integers(file, schema, names, ours):
                types[schema.columns[ours]] = "VARCHAR"
    return types


def _in_utc(file: Path, schema: Schema, names: list[str]) -> bool:
    first = _first_values(file, schema, names, "event_time") if schema.time_unit == "text" else []
    return bool(first) and all(re.fullmatch(UTC_TIME, value) for value in first)


def _holds_integers(file: Path, schema: Schema, names: list[str], ours: str) -> bool:
    values = _first_values(file, schema, names, ours)
    return all(value.strip().lstrip("-").isdigit() for value in values if value)


def _first_values(file: Path, schema: Schema, names: list[str], ours: str) -> list[str]:
    place = names.index(schema.columns[ours])
    values = []
    with files.open_text(file) as text, suppress(csv.Error):  # of a broken line the parser tells
        rows = csv.reader(text, delimiter=schema.delimiter)
        for row in islice(rows, int(schema.header is None), 1000):
            values += row[place : place + 1]
    return values


def _store(
    backend: Backend,
    file: Path,
    schema: Schema,
    names: list[str],
    types: dict[str, str],
    typed: Path,
    parallel: bool,
) -> None:
    """Parse a CSV file, and write our columns of it to `typed`."""
    ours = {theirs: our for our, theirs in schema.columns.items()}
    required = [n for n in names if ours.get(n) in REQUIRED and types[n] != "VARCHAR"]
    columns = ", ".join(f"{quoted(name)}: {quoted(types[name])}" for name in names)
    by_form = "TIMESTAMP" in types.values()
    form = f"timestampformat = {quoted(UTC_FORM)}, " if by_form else ""
    source = (
        f"read_csv({quoted(str(file))}, auto_detect = false, header = {schema.header is None}, "
        f"delim = {quoted(schema.delimiter)}, quote = '\"', escape = '\"', "
        f"columns = {{{columns}}}, force_not_null = [{', '.join(map(quoted, required))}], "
        f"{form}"
        f"max_line_size = {LONGEST_LINE}, buffer_size = {PIECES * LONGEST_LINE}, "
        f"parallel = {parallel}, store_rejects = true, rejects_limit = {MOST_REJECTS})"
    )
    chosen = ", ".join(f'{_parsed_csv(schema, types, ours)} AS "{ours}"' for ours in TYPES)
    for table in ["reject_errors", "reject_scans"]:
        backend.raw_sql(f"DROP TABLE IF EXISTS {table}")
    with embedded.setting(backend, TimeZone=schema.zone):
        embedded.copy_unordered(backend, f"SELECT {chosen} FROM {source}", typed)


def _parsed_csv(schema: Schema, types: dict[str, str], ours: str) -> str:
    """SQL for one of our columns out of a CSV file."""
    theirs = schema.columns.get(ours)
    if theirs is None:
        return f"NULL::{TYPES[ours]}"
    value = identifier(theirs)
    if ours == "session":
        return f"nullif({value}, '')"
    if ours == "event_time" and schema.time_unit != "text":
        seconds = {"s": 1, "ms": 1000}[schema.time_unit]
        return f"make_timestamptz(({value} * {1_000_000 // seconds})::BIGINT)"
    # A cast would ask a calendar, though both count from 1970.
    return f"make_timestamptz(epoch_us({value}))" if types[theirs] == "TIMESTAMP" else value


def _rejects(
    backend: Backend,
    file: Path,
    schema: Schema,
    names: list[str],
    types: dict[str, str],
    typed: Path,
) -> list[lines.Reject]:
    # Their `line` is not the file's below a quoted line break, or an unlucky Windows line end.
    errors = backend.raw_sql(
        "SELECT line_byte_position - 1, min_by(column_name, coalesce(column_idx, 0)), "
        "       min_by(error_type::VARCHAR, coalesce(column_idx, 0)), any_value(csv_line) "
        "FROM reject_errors GROUP BY line, line_byte_position ORDER BY line_byte_position, line"
    ).fetchall()
    if len(errors) >= MOST_REJECTS:
        raise InputError(
            f"{file.name}: over {MOST_REJECTS:,} lines cannot be read as {schema.label}; "
            "is this the right file?"
        )
    first_line = schema.delimiter.join(names)
    refused = [
        (start, _reason(column, kind, text.strip("\r\n"), first_line), text.strip("\r\n"))
        for start, column, kind, text in errors
    ]
    late = any(k == "CAST" and types[column] == CONVERTED_LATE for _, column, k, _ in errors)
    rows = embedded.scalar(backend, f"SELECT count(*) FROM {quoted(str(typed))}")
    headers = 1 if schema.header is None else 0
    rejects = lines.account(file, headers, rows, refused, trusted=not late)
    if _drop_invalid(backend, schema, typed):
        rejects = _with_invalid(file, schema, names, rejects)
    return rejects


def _reason(column: str | None, kind: str, text: str, first_line: str) -> str:
    if text.lstrip("\ufeff") == first_line:
        return "repeated header"
    return f"no valid {column}" if kind == "CAST" else REASONS.get(kind, kind.lower())


def _drop_invalid(backend: Backend, schema: Schema, typed: Path) -> int:
    """Take rows with an unknown event name or an empty id out of `typed`; how many they were."""
    known = ", ".join(map(quoted, schema.event_types))
    valid = (
        f"coalesce(event_type IN ({known}), false) AND user_id IS NOT NULL "
        "AND product_id IS NOT NULL"
    )
    source = f"read_parquet({quoted(str(typed))})"
    invalid = embedded.scalar(backend, f"SELECT count(*) FROM {source} WHERE NOT ({valid})")
    if invalid:
        cleaned = typed.with_suffix(".valid")
        embedded.copy_unordered(backend, f"SELECT * FROM {source} WHERE {valid}", cleaned)
        cleaned.replace(typed)
    return invalid


def _with_invalid(
    file: Path, schema: Schema, names: list[str], rejects: list[tuple]
) -> list[tuple]:
    """`rejects`, and the rows that parse but hold an unknown event name or an empty id."""
    known = set(schema.event_types)
    event, user, product = (
        names.index(schema.columns[c]) for c in ["event_type", "user_id", "product_id"]
    )
    have = {line for line, _, _ in rejects}
    found = []
    with files.open_text(file) as text:
        rows = csv.reader(text, delimiter=schema.delimiter)
        for row in rows:
            if len(row) != len(names) or rows.line_num in have or row == names:
                continue
            if row[event] not in known or not row[user] or not row[product]:
                reason = _invalid(row[event], known, row[user])
                found.append((rows.line_num, reason, schema.delimiter.join(row)))
    return rejects + found


def _invalid(event: str, known: set[str], user: str) -> str:
    if event not in known:
        return f"unknown event type {event[:40]!r}"
    return "no valid product_id" if user else "no valid user_id"
