"""Parse a text file, by DuckDB, into texts by their place; keep every line that is no row."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend
from ibis.util import gen_name

from trackway.core.errors import InputError
from trackway.engine.embedded import quoted
from trackway.tables.sources import lines, part, values
from trackway.tables.sources.head import Head
from trackway.tables.sources.part import MOST_REJECTS, Part, Written
from trackway.tables.sources.schemas import Schema, places

csv.field_size_limit(2**31 - 1)  # a swallowed file is one field
LONGEST_LINE = 16_000_000  # bytes
# A buffer is read in pieces of the longest line. It holds a whole number of them: of a piece left
# over DuckDB may lose rows without a word. Its own choice, 32, would be half a gigabyte a thread.
PIECES = 2
REASONS = {
    "MISSING COLUMNS": "too few fields (torn?)",
    "TOO MANY COLUMNS": "too many fields",
    "UNQUOTED VALUE": lines.UNBALANCED,
    "LINE SIZE OVER MAXIMUM": "line too long",
    "INVALID ENCODING": lines.NOT_UTF8,
}


@dataclass(frozen=True)
class Text:
    """A text file that is being read.

    Attributes
    ----------
    file : what DuckDB reads; the file itself, or a mended copy
    head : its first lines
    schema : what it is read as
    """

    file: Path
    head: Head
    schema: Schema

    @property
    def columns(self) -> dict[str, str]:
        """Our name -> the name we give the column: no text of the file becomes part of SQL."""
        return {ours: f"c{n}" for ours, n in places(self.schema, self.head.names).items()}

    def view(self, backend: Backend, *, parallel: bool = True, numbered: bool = False) -> ir.Table:
        """The rows as texts; `numbered`, in the order of the file, from 1 in ``line``."""
        columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(self.head.names)))
        packed = lines.COMPRESSION.get(self.file.suffix.lower(), "none")
        source = (
            f"read_csv({quoted(str(self.file))}, auto_detect = false, header = false, "
            f"skip = {self.head.skip}, delim = {quoted(self.head.delimiter)}, "
            f"quote = '\"', escape = '\"', columns = {{{columns}}}, "
            f"compression = {quoted(packed)}, max_line_size = {LONGEST_LINE}, "
            f"buffer_size = {PIECES * LONGEST_LINE}, "
            f"parallel = {parallel and not numbered}, store_rejects = true, "
            f"rejects_limit = {MOST_REJECTS})"
        )
        line = "row_number() OVER () AS line, " if numbered else ""
        for table in ["reject_errors", "reject_scans"]:
            backend.raw_sql(f"DROP TABLE IF EXISTS {table}")
        name = gen_name("raw")
        backend.raw_sql(f'CREATE TEMPORARY VIEW "{name}" AS SELECT {line}* FROM {source}')
        return backend.table(name)


def parse(
    backend: Backend, file: Path, head: Head, schema: Schema, kinds: dict, typed: Path
) -> Part:
    """Parse a file as it is, or, where the parser cannot cope with it, mended."""
    broken: list[lines.Reject] = []
    try:
        part = _parse(backend, Text(file, head, schema), kinds, typed)
    except (duckdb.InvalidInputException, lines.Unaccounted):
        mended = typed.with_suffix(".csv")
        broken = [one for one in lines.mend(file, head.delimiter, mended) if one[0] > head.skip]
        # In one go: of pieces, DuckDB loses the last where that begins with too few or many fields.
        part = _parse(backend, Text(mended, head, schema), kinds, typed, parallel=False)
        mended.unlink()
    left_out = pd.DataFrame(broken, columns=["line", "reason", "text"])
    rejects = pd.concat([left_out, part.rejects], ignore_index=True).astype({"line": "Int64"})
    return replace(part, rejects=rejects.sort_values("line", kind="stable", ignore_index=True))


def _parse(
    backend: Backend, text: Text, kinds: dict, typed: Path, *, parallel: bool = True
) -> Part:
    """Write the readable rows to `typed`; the other lines, each once, and the values lost."""
    rows = values.parsed(text.view(backend, parallel=parallel), text.columns, text.schema, kinds)
    written = part.write(backend, rows, text.schema, typed)
    rejects, lost = _torn(backend, text, written.rows), values.NONE_LOST
    if written.bits & (values.REJECTED | values.LOST):
        rejects, lost = _faulty(backend, text, kinds, rejects, written)
    if written.refused:
        part.drop_refused(backend, typed)
    return Part(written, pd.DataFrame(rejects, columns=["line", "reason", "text"]), lost)


def _torn(backend: Backend, text: Text, rows: int) -> list[lines.Reject]:
    """The lines that are no rows."""
    # Their `line` is not the file's below a quoted line break, or an unlucky Windows line end.
    errors = backend.raw_sql(
        "SELECT line_byte_position - 1, min_by(error_type::VARCHAR, coalesce(column_idx, 0)), "
        "       any_value(csv_line) "
        "FROM reject_errors GROUP BY line, line_byte_position ORDER BY line_byte_position, line"
    ).fetchall()
    if len(errors) >= MOST_REJECTS:
        raise _too_many(text)
    refused = [
        (start, REASONS.get(kind, kind.lower()), line.strip("\r\n")) for start, kind, line in errors
    ]
    return lines.account(text.file, text.head.skip, text.head.filled, rows, refused)


def _faulty(
    backend: Backend, text: Text, kinds: dict, torn: list[lines.Reject], written: Written
) -> tuple[list[lines.Reject], pd.DataFrame]:
    """`torn` and the rows that cannot be used; the values that are lost: by a second reading."""
    if written.refused > MOST_REJECTS:
        raise _too_many(text)
    numbered = text.view(backend, numbered=True)
    rows = values.parsed(numbered, text.columns, text.schema, kinds)
    header = None
    if text.head.has_header:
        at = places(text.schema, text.head.names)
        header = {ours: text.head.first[place] for ours, place in at.items()}
    few = part.faulty(backend, rows, written, text.schema)
    faults = values.faults(few, text.schema, header).order_by("line").to_pandas()
    lost = values.lost(few, text.schema) if written.bits & values.LOST else values.NONE_LOST.copy()
    if len(faults) != written.refused:
        raise lines.Unaccounted
    wanted = sorted({*faults["line"], *lost["line"]})
    found = lines.rows_at(text.file, text.head.skip, {line for line, _, _ in torn}, wanted)
    faulty = [(*found[n], why) for n, why in zip(faults["line"], faults["reason"], strict=True)]
    lost["line"] = [found[n][0] for n in lost["line"]]
    return [*torn, *((line, why, content) for line, content, why in faulty)], lost


def _too_many(text: Text) -> InputError:
    return InputError(
        f"{text.file.name}: over {MOST_REJECTS:,} lines cannot be read as {text.schema.label}; "
        "is this the right file?"
    )
