"""Which files are read: named in `params.yaml`, found in `data/raw/`, or the demo's."""

import glob
import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from trackway import ROOT
from trackway.core.errors import InputError
from trackway.core.escaping import safe
from trackway.core.watched import READ
from trackway.params.sampling import Mapping
from trackway.tables.sources import head, lines, schemas
from trackway.tables.sources.head import Head
from trackway.tables.sources.schemas import Schema, recognise

CSV = (".csv", ".csv.gz", ".csv.zst", ".txt", ".txt.gz", ".txt.zst", ".tsv", ".tsv.gz", ".tsv.zst")
PARQUET = (".parquet",)
PREFERENCE = ["mapped", "rees46", "taobao"]  # where data/raw/ holds files of several schemas
RAW = Path("data/raw")
DEMO = RAW / "demo"
LINKS = RAW / ".linked"


@dataclass(frozen=True)
class Found:
    """The files to read, their one schema, and the sentence that says why these.

    Or instead of files a `table` that the engine reads itself.
    """

    files: tuple[Path, ...]
    schema: Schema
    why: str
    table: str | None = None

    @property
    def simulated(self) -> bool:
        """Whether these are the embedded demo's files."""
        return not self.table and all(file.parent == ROOT / DEMO for file in self.files)


def find(raw: str | list[str] | None, mapping: Mapping | None) -> Found:
    """The files that `sampling.raw` means.

    Raises
    ------
    InputError
        If nothing is found, a file cannot be read, or the files do not share one schema.
    """
    if raw is None:
        return _in_data_raw(mapping)
    if isinstance(raw, str) and "://" in raw:
        from trackway.tables.sources import tabular  # needs the engine, which few others of us do

        schema = recognise(tabular.columns(raw), [], raw, mapping)
        return Found((), schema, f"the table {raw}, named by sampling.raw", raw)
    patterns = [raw] if isinstance(raw, str) else raw
    if not patterns:
        raise InputError("sampling.raw is an empty list; name a file, or set it to null")
    files = tuple(dict.fromkeys(file for pattern in patterns for file in _expand(pattern)))
    found = {file: _schema_of(file, mapping) for file in files}
    first = files[0]
    for file, schema in found.items():
        if schema != found[first]:
            raise InputError(
                f"sampling.raw mixes schemas: {_shown(first)} is {found[first].label}, "
                f"{_shown(file)} is {schema.label}. One study reads one shop; name one kind."
            )
    return Found(files, found[first], f"named by sampling.raw: {', '.join(map(str, patterns))}")


def _expand(pattern: str) -> list[Path]:
    place = Path(pattern).expanduser()
    path = place if place.is_absolute() else Path(os.path.normpath(ROOT / place))
    if path.is_dir():
        raise InputError(
            f"sampling.raw: {pattern!r} is a folder; name its files, e.g. {path.name}/*.csv"
        )
    if path.is_file():
        return [path]
    matched = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
    matched = [name for name in matched if name.is_file()]
    if not matched:
        kind = "no file matches" if glob.has_magic(pattern) else "there is no file"
        raise InputError(
            f"sampling.raw: {kind} {pattern!r} (looked from the checkout's own folder). "
            "Check the path, or set sampling.raw to null to use data/raw/ or the demo."
        )
    return matched


def _in_data_raw(mapping: Mapping | None) -> Found:
    folder = ROOT / RAW
    own = [
        p
        for p in sorted(folder.glob("*"))
        if p.is_file() and p.name.lower().endswith(CSV + PARQUET)
    ]
    if own:
        kinds = {file: _schema_of(file, mapping) for file in own}
        name = min((kind.name for kind in kinds.values()), key=PREFERENCE.index)
        files = tuple(file for file in own if kinds[file].name == name)
        others = [file.name for file in own if file not in files]
        why = f"found in {RAW}/: {', '.join(file.name for file in files)}"
        if others:
            why += f"; passed over, being of another schema: {', '.join(others)}"
        return Found(files, kinds[files[0]], why)
    if mapping is not None:
        raise InputError(
            "sampling.mapping is set, but there is nothing to map: sampling.raw is null, and "
            f"{_passed_over(folder)}. Files end in {', '.join(CSV + PARQUET)}."
        )
    demo = tuple(sorted((ROOT / DEMO).glob("*.csv")))
    if not demo:
        raise InputError(
            "there is nothing to read: sampling.raw is null, data/raw/ holds no CSV or Parquet "
            "file, and the demo has not been made (dvc repro demo)."
        )
    written = _schema_of(demo[0], None)
    schema = schemas.DEMO if written == schemas.REES46 else written
    why = f"the embedded, simulated shop; {_passed_over(folder)}"
    return Found(demo, schema, why)


def _schema_of(file: Path, mapping: Mapping | None) -> Schema:
    sys.audit(READ, str(file))  # native code will read it
    if file.name.lower().endswith(PARQUET):
        names = _parquet_names(file)
        schema = recognise(names, [], _shown(file), mapping)
        _refuse_namesakes(file, names, schema)
        return schema
    if not file.name.lower().endswith(CSV):
        raise InputError(
            f"{_shown(file)}: its name ends in none of {', '.join(CSV + PARQUET)}. "
            "Unpack or rename it."
        )
    header = mapping.header and tuple(mapping.header) if mapping else None
    top = head.read(file, _shown(file), mapping.delimiter if mapping else ",", header)
    schema = recognise(list(top.names), list(top.first), _shown(file), mapping)
    _refuse_namesakes(file, top.names, schema)
    return schema


def head_of(file: Path, schema: Schema) -> Head:
    """The first lines of `file`, a text file of `schema`."""
    return head.read(file, _shown(file), schema.delimiter, schema.header)


def _refuse_namesakes(file: Path, names: Sequence[str], schema: Schema) -> None:
    used = [name for name in schema.columns.values() if isinstance(name, str)]
    if twice := sorted({name for name in used if list(names).count(name) > 1}):
        raise InputError(
            f"{_shown(file)}: its header names {', '.join(map(repr, twice))} more than once; "
            "rename or remove the other, or give the place of the one that is meant, from 1."
        )


def _parquet_names(file: Path) -> list[str]:
    try:
        return pq.read_schema(file).names
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{_shown(file)} is not a readable Parquet file: {error}") from None


def _passed_over(folder: Path) -> str:
    others = [p.name for p in sorted(folder.glob("*")) if p.is_file() and p.name[0] != "."]
    return f"data/raw/ holds only {', '.join(others)}" if others else "data/raw/ holds no file"


def described(found: Found) -> pd.DataFrame:
    """The files and their sizes, as a table."""
    if found.table:
        return pd.DataFrame({"table": [found.table], "schema": found.schema.label})
    return pd.DataFrame(
        {
            "file": [file.name for file in found.files],
            "size_mb": [file.stat().st_size / 1e6 for file in found.files],
            "schema": found.schema.label,
        }
    )


def sentence(found: Found) -> str:
    """Which files are read and why these, as Markdown."""
    count = "one file" if len(found.files) == 1 else f"{len(found.files)} files"
    count = "a table" if found.table else count
    return f"We read {count} of the schema **{safe(found.schema.label)}**: {safe(found.why)}."


def refuse_torn(file: Path) -> None:
    """Refuse a compressed file that cannot be read to its end.

    Raises
    ------
    InputError
        With what is wrong with it.
    """
    try:
        lines.count(file)
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"{_shown(file)} cannot be read to its end: {error}. Is the download complete?"
        ) from None


def link_outside(files: tuple[Path, ...]) -> None:
    """Link what lies outside `data/raw/` into ``data/raw/.linked``, and nothing else.

    DVC watches `data/raw/`; through the links it notices when a file elsewhere changes.
    """
    folder = ROOT / LINKS
    wanted = {_link_name(f): f for f in files if not f.is_relative_to(ROOT / RAW)}
    for link in folder.glob("*"):
        if link.name not in wanted or link.resolve() != wanted[link.name].resolve():
            link.unlink()
    for name, file in wanted.items():
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(os.path.relpath(file, folder))


def _link_name(file: Path) -> str:
    # Two months may share a name in different folders.
    place = hashlib.md5(str(file.parent).encode(), usedforsecurity=False).hexdigest()[:6]
    return f"{place}-{file.name}"


def _shown(file: Path) -> str:
    return os.path.relpath(file, ROOT)
