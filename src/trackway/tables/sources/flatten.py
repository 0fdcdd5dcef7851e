"""JSON lines and baskets, as a table of text: what is read then is read as any other table.

Lines are taken in pieces of some megabytes and never all held; what is no JSON, or holds no row, is
kept with its line.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from trackway.core.errors import InputError
from trackway.engine import embedded
from trackway.engine.embedded import identifier, quoted
from trackway.tables.sources import lines

LINE = "line"  # in what is flattened: the line of the file, from 1
BASKETS = ["time", "basket", "item"]
NO_TIME = "2000-01-01"  # of all baskets: the file tells none
PIECE = 8 << 20  # bytes
LOOKED_AT = 1000  # lines, for the names there are
LINES = pa.schema([(LINE, pa.int64()), ("text", pa.string())])
NO_JSON, NO_ROWS = "no valid JSON", "no row in {}"


def names(file: Path, kind: str, rows: str | None) -> list[str]:
    """The columns that `file` has once it is flat.

    Parameters
    ----------
    kind : 'jsonl' or 'baskets'
    rows : the name of the list in each JSON line whose entries are the rows; None: the line is one

    Raises
    ------
    InputError
        If the first line is no JSON object, or has no such list.
    """
    if kind == "baskets":
        return BASKETS
    texts = [text for batch in _first(file) for text in batch]
    found: dict[str, None] = {}
    for number, text in enumerate(texts[:LOOKED_AT], start=1):
        found |= dict.fromkeys(_names_of(file, number, text, rows))
    if not found:
        raise InputError(f"{file.name} is empty; is the download complete?")
    return list(found)


def _first(file: Path) -> Iterator[list[str]]:
    batch = next(pieces(file), None)
    if batch is not None:
        yield [text for text in batch["text"].slice(0, LOOKED_AT).to_pylist() if text.strip()]


def _names_of(file: Path, number: int, text: str, rows: str | None) -> list[str]:
    try:
        content = json.loads(text)
        entries = content.pop(rows) if rows else []
        inner = {name: None for entry in entries for name in entry}
        return list(dict.fromkeys([*content]) | inner)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError):
        if number > 1:
            return []  # rejected, with its line, when it is read
    meant = f"whose {rows!r} is a list of objects" if rows else 'such as {"user": 7, "item": 3}'
    raise InputError(
        f"{file.name}: each line is to be a JSON object {meant}; the first is {text[:200]!r}. See "
        "sampling.mapping: rows names the list in which rows lie, format says what a file is."
    )


def pieces(file: Path) -> Iterator[pa.RecordBatch]:
    """The lines of `file` with their numbers, some megabytes at a time; bytes not UTF-8 are
    U+FFFD."""
    before, rest = 0, b""
    with lines.opened(file) as stream:
        while True:
            chunk = stream.read(PIECE)
            head, end, rest_of = (rest + chunk).rpartition(b"\n")
            if not chunk:
                head, rest_of = rest, b""
            elif not end:
                rest += chunk
                continue
            rest = rest_of
            if head or chunk:
                texts = _split(head, first=before == 0)
                yield pa.record_batch(
                    [pa.array(range(before + 1, before + len(texts) + 1), pa.int64()), texts],
                    schema=LINES,
                )
                before += len(texts)
            if not chunk:
                return


def _split(head: bytes, first: bool) -> pa.Array:
    text = head.decode("utf-8-sig" if first else "utf-8", "replace")
    return pc.utf8_rtrim(pc.split_pattern(pa.array([text]), "\n").flatten(), "\r")


def flatten(
    backend: Backend, file: Path, kind: str, rows: str | None, delimiter: str, flat: Path
) -> pd.DataFrame:
    """Write the rows of `file` to the Parquet file `flat`, all its columns text, and `LINE`.

    Returns
    -------
    DataFrame
        line, reason, text: what is no row.
    """
    reader = pa.RecordBatchReader.from_batches(LINES, pieces(file))
    texts = flat.with_suffix(".lines")
    backend.con.register("lines_of_a_file", reader)
    try:
        embedded.copy_unordered(
            backend, "SELECT * FROM lines_of_a_file WHERE trim(text) <> ''", texts
        )
    finally:
        backend.con.unregister("lines_of_a_file")
    source = f"read_parquet({quoted(str(texts))})"
    if kind == "baskets":
        query, refused = _baskets(source, delimiter)
    else:
        query, refused = _objects(source, names(file, kind, rows), rows)
    embedded.copy_unordered(backend, query, flat)
    rejects = backend.con.sql(refused).df()
    texts.unlink()
    return rejects


def _baskets(source: str, delimiter: str) -> tuple[str, str]:
    """SQL of the rows, and of the lines that hold none."""
    mark = "".join(rf"\x{{{ord(sign):x}}}" for sign in delimiter)
    # A quoted item may hold the delimiter.
    field = quoted(rf'"(?:[^"]|"")*"|[^{mark}]+')
    items = f"SELECT {LINE}, text, unnest(regexp_extract_all(text, {field})) AS raw FROM {source}"
    item = "trim(CASE WHEN raw LIKE '\"%\"' THEN replace(raw[2:-2], '\"\"', '\"') ELSE raw END)"
    rows = (
        f"SELECT {quoted(NO_TIME)} AS time, {LINE}::VARCHAR AS basket, {item} AS item, {LINE} "
        f"FROM ({items})"
    )
    empty = (
        f"SELECT {LINE}, {quoted(NO_ROWS.format('the line'))} AS reason, text FROM {source} "
        f"WHERE len(regexp_extract_all(text, {field})) = 0 ORDER BY {LINE}"
    )
    return rows, empty


def _objects(source: str, columns: list[str], rows: str | None) -> tuple[str, str]:
    """SQL of the rows, and of the lines that are no JSON object or hold none."""
    # The type is asked of valid texts alone: of others it stops.
    good = "CASE WHEN json_valid(text) THEN json_type(text) = 'OBJECT' ELSE false END"
    reason = f"CASE WHEN NOT {good} THEN {quoted(NO_JSON)}"
    if rows is None:
        entries = f"SELECT {LINE}, text, text AS entry FROM {source} WHERE {good}"
    else:
        path = _path(rows)
        some = f"coalesce(json_array_length(text, {path}) > 0, false)"
        guarded = f"CASE WHEN {good} THEN {some} ELSE false END"
        reason += f" WHEN NOT {guarded} THEN {quoted(NO_ROWS.format(repr(rows)))}"
        each = f"json_extract(text, {_path(rows, '[*]')})"
        entries = f"SELECT {LINE}, text, unnest({each}) AS entry FROM {source} WHERE {guarded}"
    taken = ", ".join(_value(name, rows) for name in columns)
    query = f"SELECT {taken}, t.{LINE} FROM ({entries}) t"
    told = f"SELECT {LINE}, {reason} END AS reason, text FROM {source}"
    return query, f"SELECT * FROM ({told}) WHERE reason IS NOT NULL ORDER BY {LINE}"


def _value(name: str, rows: str | None) -> str:
    value = f"json_extract_string(t.entry, {_path(name)})"
    if rows is not None:  # what the entry has not, its line may have
        value = f"coalesce({value}, json_extract_string(t.text, {_path(name)}))"
    return f"{value} AS {identifier(name)}"


def _path(name: str, rest: str = "") -> str:
    """SQL for the JSON path of a key."""
    return quoted(f'$."{name}"{rest}')
