"""What would be read of raw files, told in seconds: ``python -m trackway.study.check``.

The first rows of each file are read as `01_sampling` would read them, and nothing is written but to
the terminal: columns and kinds, the first events, what would be left out and why, and what the data
can carry.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from trackway import ROOT, engine, params
from trackway.core.errors import InputError
from trackway.engine import embedded
from trackway.params import known
from trackway.params.sampling import Mapping, Sampling
from trackway.sampling import ledger
from trackway.study import carried
from trackway.tables import events
from trackway.tables.sources import files, lines
from trackway.tables.sources import read as parsing
from trackway.tables.sources.files import PARQUET, Found
from trackway.tables.sources.schemas import IDS

ROWS = 20_000  # looked at of one file; of many, fewer each
ROWS_IN_ALL, FEWEST = 200_000, 1_000
BYTES = 8_000_000  # looked at of one file of text
SHOWN = 5  # events, and reasons
WIDE = 40  # characters of a value
NULLABLE = {pa.int64(): pd.Int64Dtype()}  # a number stays one beside those that are missing


@dataclass(frozen=True)
class Checked:
    """What was seen of the first rows of each file.

    Attributes
    ----------
    found : Found
    whole : whether all rows of all files were looked at
    rows : DataFrame, the readable rows in our columns, with `fate`
    rejects, lost : DataFrames, rows and values that cannot be read (`Raw.rejects`, `Raw.lost`)
    settings : the section `sampling`, as it was used
    """

    found: Found
    whole: bool
    rows: pd.DataFrame
    rejects: pd.DataFrame
    lost: pd.DataFrame
    settings: Sampling


def check(settings: Sampling) -> Checked:
    """Read the first rows of the files that `settings` means.

    Raises
    ------
    InputError
        If they cannot be found or read, with what to do.
    """
    found = files.find(settings.raw, settings.mapping)
    if found.table:
        raise InputError(f"{found.table} is a table of an engine; what is checked here are files")
    most = min(ROWS, max(FEWEST, ROWS_IN_ALL // len(found.files)))
    folder = engine.spill()
    heads = [_head(file, folder / str(n), most) for n, file in enumerate(found.files)]
    first = replace(found, files=tuple(file for file, _ in heads))
    raw = parsing.read(embedded.connect(params.section("engine")), first, progress=lambda _: None)
    # Ids are shown as the shop writes them, though studied as numbers.
    ids = [name for name in IDS if name in raw.rows.columns]
    named = raw.rows.mutate(**{f"{name}_text": raw.rows[name] for name in ids})
    rows = events.canonical(named, found.schema)
    fate = events.fate(rows, events.window(settings.window, found.schema), 1.0, 0)
    rows = rows.mutate(fate=fate, **{name: rows[f"{name}_text"] for name in ids})
    rows = rows.drop(*(f"{name}_text" for name in ids)).to_pyarrow()
    rows = rows.to_pandas(types_mapper=NULLABLE.get)
    whole = all(whole for _, whole in heads)
    return Checked(found, whole, rows, raw.rejects, raw.lost, settings)


def _head(file: Path, folder: Path, most: int) -> tuple[Path, bool]:
    """A file of the first rows of `file`, by the same name in `folder`; whether these are all."""
    folder.mkdir()
    head = folder / file.name
    if file.name.lower().endswith(PARQUET):
        with pq.ParquetFile(file) as source:
            batch = next(source.iter_batches(most), None)
            table = pa.Table.from_batches([batch] if batch else [], source.schema_arrow)
            pq.write_table(table, head)
            return head, table.num_rows == source.metadata.num_rows
    with lines.opened(file) as stream:
        content, more = stream.read(BYTES), bool(stream.read(1))
    taken = content.splitlines(keepends=True)
    whole = not more and len(taken) <= most
    if more and len(taken) > 1:
        taken.pop()  # it may be torn
    compression = lines.COMPRESSION.get(file.suffix.lower())
    with pa.output_stream(str(head), compression=compression) as out:
        out.write(b"".join(taken[:most]))
    return head, whole


def report(checked: Checked) -> str:
    """All there is to say, as plain text."""
    found = checked.found
    looked = len(checked.rows) + len(checked.rejects)
    of = "all there are" if checked.whole else "the first of each file"
    sections = {
        f"Files: {found.why}; read as {found.schema.label}": _files(found),
        "Columns": _columns(checked),
        "The first rows, as events": _events(checked.rows),
        f"Left out of {looked:,} rows looked at ({of})": _left_out(checked),
        "What these rows carry": "\n".join(carried.sentences(checked.rows, found.schema)),
    }
    return "\n\n".join(f"{title}\n{'-' * len(title)}\n{text}" for title, text in sections.items())


def _files(found: Found) -> str:
    sizes = [f"{file.stat().st_size / 1e6:,.1f} MB" for file in found.files]
    shapes = [", ".join(map(str, found.schema_of(file).columns.values())) for file in found.files]
    names = [str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)
             for file in found.files]  # fmt: skip
    return _text(pd.DataFrame({"file": names, "size": sizes, "columns read": shapes}), 120)


def _columns(checked: Checked) -> str:
    named = checked.found.schema.columns
    rows = [
        {
            "ours": ours,
            "theirs": named[ours],
            "kind": carried.kind(checked.rows[ours]),
            "missing": f"{checked.rows[ours].isna().mean():.1%}",
            "for example": next(iter(checked.rows[ours].dropna().astype(str)), ""),
        }
        for ours in named
        if ours in checked.rows
    ]
    return _text(pd.DataFrame(rows))


def _events(rows: pd.DataFrame) -> str:
    shown = rows.drop(columns="fate").dropna(axis="columns", how="all").head(SHOWN)
    return _text(shown)


def _left_out(checked: Checked) -> str:
    parts = []
    if len(checked.rejects):
        parts.append(_text(ledger.rejects_by_reason(checked.rejects)))
        share = len(checked.rejects) / (len(checked.rejects) + len(checked.rows))
        if share > checked.settings.max_rejects:
            parts.append(
                f"{share:.1%} cannot be read, more than sampling.max_rejects allows "
                f"({checked.settings.max_rejects:.1%}): the run would stop."
            )
    fates = checked.rows["fate"].value_counts()
    parts += [f"{n:,} rows: {fate}" for fate, n in fates.items() if fate != "kept"]
    lost = checked.lost.itertuples()
    parts += [
        f"{row.values:,} values of {row.column}: {row.reason} ({row.value!r})" for row in lost
    ]
    parts += _alike(checked)
    return "\n".join(parts) or "none"


def _alike(checked: Checked) -> list[str]:
    schema = checked.found.schema
    rule = schema.duplicates or ("keep" if "order_id" in schema.columns else "drop")
    rows = checked.rows[checked.rows["fate"] == "kept"]
    n = int(rows.duplicated().sum()) if rule == "drop" else 0
    return [f"{n:,} rows: {ledger.DUPLICATES} (`duplicates: keep` would leave them in)"] * bool(n)


def _text(frame: pd.DataFrame, wide: int = WIDE) -> str:
    with pd.option_context("display.max_colwidth", wide, "display.width", None):
        return frame.to_string(index=False)


def suggestions(settings: Sampling) -> str:
    """The named mappings whose columns the files have, where none was set."""
    if settings.mapping is not None or not settings.raw:
        return ""
    fitting = [name for name in known.names() if _fits(settings, name)]
    return f"\nThey may be {' or '.join(fitting)}: MAPPING={fitting[0]}" if fitting else ""


def _fits(settings: Sampling, name: str) -> bool:
    mapping = Mapping.model_validate(name)
    try:
        files.find(settings.raw, mapping)
    except InputError:
        return False
    return mapping.format != "baskets"  # any line of text would be one


def _settings(raw: str | None, mapping: str | None) -> Sampling:
    settings = params.section("sampling")
    if mapping is not None:
        try:
            settings = settings.model_copy(update={"mapping": Mapping.model_validate(mapping)})
        except ValidationError as error:
            why = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise InputError(f"MAPPING={mapping}: {why}") from None
    return settings.model_copy(update={"raw": raw}) if raw else settings


def main(arguments: list[str]) -> int:
    """Print what would be read; 0 if it can be."""
    asked = argparse.ArgumentParser(prog="python -m trackway.study.check", description=__doc__)
    asked.add_argument("--raw", help="a file or a glob; without it what params.yaml says")
    asked.add_argument("--mapping", metavar="NAME", help=f"one of {', '.join(known.names())}")
    chosen = asked.parse_args(arguments)
    settings = None
    try:
        settings = _settings(chosen.raw, chosen.mapping)
        print(report(check(settings)))
    except InputError as error:
        print(f"{error}{suggestions(settings) if settings else ''}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
