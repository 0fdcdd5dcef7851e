"""JSON lines and baskets, as a table of text: what is read then is read as any other table.

Lines are taken in pieces of some megabytes and never all held; what is no JSON, or holds no row, is
kept with its line.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from trackway.core.errors import InputError
from trackway.engine import embedded
from trackway.engine.embedded import identifier, quoted
from trackway.tables.sources import lines
from trackway.tables.sources.schemas import Schema

LINE = "line"  # in what is flattened: the line of the file, from 1
FORMATS = ("jsonl", "baskets")
ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".basket": "baskets"}
BASKETS = ["time", "basket", "item"]
NO_TIME = "2000-01-01"  # of all baskets: the file tells none
PIECE = 8 << 20  # bytes
LOOKED_AT = 1000  # lines, for the names there are
LINES = pa.schema([(LINE, pa.int64()), ("text", pa.string())])
NO_JSON, NO_ROWS = "no valid JSON", "no row in {}"


@dataclass(frozen=True)
class Flat:
    """What a file is once it is flat.

    Attributes
    ----------
    file : Parquet, all its columns text but the last, `LINE`
    names : what its columns are called, but for the last
    rejects : DataFrame
        line, reason, text: what is no row.
    """

    file: Path
    names: tuple[str, ...]
    rejects: pd.DataFrame


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
    return BASKETS if kind == "baskets" else list(_keys(file, rows))


def _keys(file: Path, rows: str | None) -> dict[str, set[str]]:
    """The keys of the first JSON lines, and where each stands: in the 'line', in an 'entry'."""
    batch = next(pieces(file), None)
    texts = batch["text"].slice(0, LOOKED_AT).to_pylist() if batch else []
    keys: dict[str, set[str]] = {}
    for number, text in enumerate([text for text in texts if text.strip()], start=1):
        for place, found in _keys_of(file, number, text, rows).items():
            for key in found:
                keys.setdefault(key, set()).add(place)
    if not keys:
        raise InputError(f"{file.name} is empty; is the download complete?")
    return keys


def _keys_of(file: Path, number: int, text: str, rows: str | None) -> dict[str, list[str]]:
    try:
        content = json.loads(text)
        entries = content.pop(rows) if rows else []
        return {"line": [*content], "entry": [key for entry in entries for key in dict(entry)]}
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError):
        if number > 1:
            return {}  # rejected, with its line, when it is read
    meant = f"whose {rows!r} is a list of objects" if rows else 'such as {"user": 7, "item": 3}'
    raise InputError(
        f"{file.name}: each line is to be a JSON object {meant}; the first is {text[:200]!r}. See "
        "sampling.mapping: rows names the list in which rows lie, format says what a file is."
    )


def pieces(file: Path) -> Iterator[pa.RecordBatch]:
    """The lines of `file` and their numbers, megabytes at a time; bytes not UTF-8 are U+FFFD."""
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


def flatten(backend: Backend, file: Path, schema: Schema) -> Flat:
    """Write the rows of `file` to a Parquet file in the spill folder."""
    folder = embedded.spill()
    texts, flat = folder / "lines.parquet", folder / "flat.parquet"
    backend.con.register("flat_lines", pa.RecordBatchReader.from_batches(LINES, pieces(file)))
    try:
        embedded.copy_unordered(backend, "SELECT * FROM flat_lines WHERE trim(text) <> ''", texts)
    finally:
        backend.con.unregister("flat_lines")
    source = f"read_parquet({quoted(str(texts))})"
    if schema.format == "baskets":
        called, (query, refused) = BASKETS, _baskets(source, schema.delimiter)
    else:
        called = _keys(file, schema.rows)
        query, refused = _objects(source, called, schema)
    embedded.copy_unordered(backend, query, flat)
    rejects = backend.con.sql(refused).df()
    texts.unlink()
    return Flat(flat, tuple(called), rejects)


def _baskets(source: str, delimiter: str) -> tuple[str, str]:
    """SQL of the rows, and of the lines that hold none."""
    mark = "".join(rf"\x{{{ord(sign):x}}}" for sign in delimiter)
    # A quoted item may hold the delimiter.
    field = quoted(rf'"(?:[^"]|"")*"|[^{mark}]+')
    items = f"SELECT {LINE}, text, unnest(regexp_extract_all(text, {field})) AS raw FROM {source}"
    item = "trim(CASE WHEN raw LIKE '\"%\"' THEN replace(raw[2:-2], '\"\"', '\"') ELSE raw END)"
    rows = (
        f"SELECT {quoted(NO_TIME)} AS c0, {LINE}::VARCHAR AS c1, {item} AS c2, {LINE} "
        f"FROM ({items})"
    )
    empty = (
        f"SELECT {LINE}, {quoted(NO_ROWS.format('the line'))} AS reason, text FROM {source} "
        f"WHERE len(regexp_extract_all(text, {field})) = 0 ORDER BY {LINE}"
    )
    return rows, empty


def _objects(source: str, keys: dict, schema: Schema) -> tuple[str, str]:
    """SQL of the rows, and of the lines that are no JSON object or hold none."""
    # The type is asked of valid texts alone: of others it stops.
    good = "CASE WHEN json_valid(text) THEN json_type(text) = 'OBJECT' ELSE false END"
    reason = f"CASE WHEN NOT {good} THEN {quoted(NO_JSON)}"
    used = {key: places for key, places in keys.items() if key in schema.columns.values()}
    shape = {key: "VARCHAR" for key, places in used.items() if "line" in places}
    entry = {key: "VARCHAR" for key, places in used.items() if "entry" in places}
    each = ""
    if schema.rows is not None:
        some = f"coalesce(json_array_length(text, {_pointer(schema.rows)}) > 0, false)"
        good = f"CASE WHEN {good} THEN {some} ELSE false END"
        reason += f" WHEN NOT {good} THEN {quoted(NO_ROWS.format(repr(schema.rows)))}"
        shape |= {schema.rows: [entry or {"": "VARCHAR"}]}
        each = f", unnest(content.{identifier(schema.rows)}) AS entry"
    content = f"SELECT {LINE}, json_transform(text, {quoted(json.dumps(shape))}) AS content"
    rows = f"SELECT {LINE}, content{each} FROM ({content} FROM {source} WHERE {good})"
    taken = ", ".join(f"{_value(key, used)} AS c{n}" for n, key in enumerate(keys))
    query = f"SELECT {taken}, {LINE} FROM ({rows})"
    judged = f"SELECT {LINE}, {reason} END AS reason, text FROM {source}"
    return query, f"SELECT * FROM ({judged}) WHERE reason IS NOT NULL ORDER BY {LINE}"


def _value(key: str, used: dict[str, set[str]]) -> str:
    """SQL of a column: what the entry says goes before what its line says."""
    places = {"entry": "entry", "line": "content"}
    values = [
        f"{at}.{identifier(key)}" for place, at in places.items() if place in used.get(key, ())
    ]
    return f"coalesce({', '.join(values)})" if values else "NULL::VARCHAR"


def _pointer(key: str) -> str:
    """SQL for the place of `key` in an object, as a JSON pointer."""
    return quoted("/" + key.replace("~", "~0").replace("/", "~1"))
