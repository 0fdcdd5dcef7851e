"""What a file holds, as a stream of places and values, in the words of its kind.

Two files of one kind can then be held side by side: the first place where the streams part is the
first cell, row, key, tensor or line that differs.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import yaml
from safetensors import SafetensorError
from safetensors.numpy import load_file

Place = tuple[str, object]
UNREADABLE = (ValueError, KeyError, TypeError, OSError, yaml.YAMLError, SafetensorError)
BATCH = 20_000  # rows of Parquet held at once


def places(file: Path) -> Iterator[Place]:
    """Every place in `file` with its value, in reading order.

    Raises
    ------
    one of UNREADABLE
        While it is read, if the file is not what its name says.
    """
    return READERS.get(file.suffix, lines)(file)


def _notebook(file: Path) -> Iterator[Place]:
    for number, cell in enumerate(json.loads(file.read_text(encoding="utf-8"))["cells"], 1):
        name = f"cell {number} ({cell['id']})"
        yield f"{name}, its text", "".join(cell["source"])
        for i, output in enumerate(cell.get("outputs", []), 1):
            yield from _tree(output, f"{name}, output {i}")
    rest = {key: value for key, value in _json(file).items() if key != "cells"}
    yield from _tree(rest, "the notebook's metadata")


def _table(file: Path) -> Iterator[Place]:
    parquet = pq.ParquetFile(file)
    yield "the schema", str(parquet.schema_arrow.remove_metadata())
    row = 0
    for batch in parquet.iter_batches(BATCH):
        columns = batch.to_pydict()
        for i in range(batch.num_rows):
            row += 1
            for name, column in columns.items():
                yield f"row {row}, column {name}", column[i]


def _csv(file: Path) -> Iterator[Place]:
    with file.open(encoding="utf-8", newline="") as opened:
        rows = csv.reader(opened)
        header = next(rows, [])
        yield "the header", ", ".join(header)
        for number, row in enumerate(rows, 1):
            for name, value in zip(header, row, strict=False):
                yield f"row {number}, column {name}", value


def _tensors(file: Path) -> Iterator[Place]:
    for name, tensor in sorted(load_file(file).items()):
        yield f"tensor {name}, its shape", tensor.shape
        for i, value in enumerate(tensor.ravel().tolist()):
            yield f"tensor {name}, number {i}", value


def _json(file: Path) -> dict:
    return json.loads(file.read_text(encoding="utf-8"))


def _tree(tree: object, name: str) -> Iterator[Place]:
    """Every leaf of nested dictionaries and lists, by its path."""
    if isinstance(tree, dict):
        for key, inner in tree.items():
            yield from _tree(inner, f"{name}, {key}")
    elif isinstance(tree, list) and not _is_text(tree):
        for i, inner in enumerate(tree):
            yield from _tree(inner, f"{name}, {i}")
    else:
        yield name, "".join(tree) if isinstance(tree, list) else tree


def _is_text(tree: list) -> bool:
    """Whether it is one text, kept by lines as notebooks keep it."""
    return all(isinstance(one, str) for one in tree) and all(one[-1:] == "\n" for one in tree[:-1])


def lines(file: Path) -> Iterator[Place]:
    """The lines of any file; bytes that are no UTF-8 as \\xff."""
    with file.open("rb") as opened:
        for number, line in enumerate(opened, 1):
            yield f"line {number}", line.decode("utf-8", errors="backslashreplace")


READERS = {
    ".ipynb": _notebook,
    ".parquet": _table,
    ".csv": _csv,
    ".json": lambda file: _tree(_json(file), "key"),
    ".lock": lambda file: _tree(yaml.safe_load(file.read_text(encoding="utf-8")), "key"),
    ".safetensors": _tensors,
}
