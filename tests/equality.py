"""One data set on two engines: how to bring it there, and when two answers are equal."""

import dataclasses
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from datasets import Tables
from definitions import Definition
from ibis.backends.sql import SQLBackend

from trackway import ROOT, engine, params
from trackway.engine import embedded
from trackway.params.sampling import Sampling, Window
from trackway.tables import build, summary
from trackway.tables.sources import files, read

PARAMS = params.read(ROOT / "params.yaml").model_dump()
ENGINE = params.section("engine")
TABLES = ["raw", "kept", "events", "sessions"]
CLOSE = 1e-9  # of floats, relative; all else is the same


def studied(raw: str) -> Tables:
    """The files `raw`, brought to event tables by DuckDB as 01_sampling does."""
    backend = embedded.connect(ENGINE)
    found = files.find(raw, None)
    raw = read.read(backend, found, progress=lambda _: None)
    raw = dataclasses.replace(raw, rows=engine.store(raw.rows))
    everything = {"users": 1.0, "window": Window(start=None, end=None)}
    settings = Sampling(**PARAMS["sampling"]).model_copy(update=everything)
    rows = build.prepare(found, raw, settings, 1)
    numbered, visits = build.store(rows)
    counts = summary.data_set(numbered, visits)
    source = build.facts_of(found, numbered, counts, "Europe/Berlin", params.section("sampling"))
    kept = engine.store(rows.kept)
    return Tables(raw.rows, kept, numbered, visits, source, found.schema, PARAMS)


def written(tables: Tables, folder: Path) -> dict[str, Path]:
    """The tables as Parquet files."""
    places = {name: folder / f"{name}.parquet" for name in TABLES}
    for name, place in places.items():
        table = getattr(tables, name)
        embedded.write(table, place, order_by=sorted(table.columns))
    return places


def moved(tables: Tables, backend: SQLBackend, places: dict[str, Path]) -> Tables:
    """The same data set on another engine."""
    there = {name: engine.read_files(backend, [place]) for name, place in places.items()}
    return dataclasses.replace(tables, **there)


def answer(definition: Definition, tables: Tables):
    """What the engine of `tables` gives; without an order of its own, in that of its key."""
    given = definition.ask(tables)
    if not isinstance(given, ir.Table):
        return given
    columns = sorted(given.columns)
    order = [*definition.key, *(name for name in columns if name not in definition.key)]
    return given.to_pandas().sort_values(order, ignore_index=True)[columns]


def assert_equal(one, other) -> None:
    """Both say the same, value by value: rows, their order, types, nulls."""
    assert type(one) is type(other)
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, rtol=CLOSE, atol=0)
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, other, rtol=CLOSE, atol=0)
    elif dataclasses.is_dataclass(one):
        assert_equal(vars(one), vars(other))
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for name in one:
            assert_equal(one[name], other[name])
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            assert_equal(mine, theirs)
    elif isinstance(one, float):
        np.testing.assert_allclose(one, other, rtol=CLOSE, atol=0)
    else:
        np.testing.assert_array_equal(one, other)
