"""The study's own definitions, through the functions its notebooks call."""

import os
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from benchmarks.tasks import Inputs
from trackway import engine
from trackway.core import paths
from trackway.eda import transitions
from trackway.intent import features as intent
from trackway.intent import prefixes as moments
from trackway.params import section
from trackway.rfm import data as customers
from trackway.rules import data as rules
from trackway.sampling import ledger
from trackway.tables import build
from trackway.tables import sessions as cut
from trackway.tables.sources import files, read

TIMEZONE = "UTC"


def start() -> Backend:
    return engine.connect()


def stop(backend: Backend) -> None:
    backend.disconnect()


def tables(backend: Backend, inputs: Inputs, out: Path) -> None:
    os.environ[paths.STAGING] = str(out)  # where what is written goes
    found = files.find(str(inputs.raw), None)
    raw = read.read(backend, found)
    rows = build.prepare(found, raw, section("sampling"), section("shared").seed)
    made, _ = build.write(rows)
    ledger.ledger(raw, rows.fates, int(made.count().execute()))
    for name in ["events", "sessions"]:
        (out / "data/interim" / f"{name}.parquet").rename(out / f"{name}.parquet")


def sessions(backend: Backend, inputs: Inputs, out: Path) -> None:
    gap = cut.parse_gap(section("sampling").gap)
    _write(cut.table(_read(backend, inputs.events), gap), out / "answer.parquet")


def features(backend: Backend, inputs: Inputs, out: Path) -> None:
    context = _context(backend, inputs)
    asked = context.sessions.filter(~context.sessions.open_at_end)
    before = moments.before_first_purchase(context.events)
    ends = before.group_by("session_id").agg(event_id=before.event_id.max())
    known = intent.known_to(asked, context).semi_join(ends, "event_id")
    _write(intent.with_session(known, asked, context), out / "answer.parquet")


def prefixes(backend: Backend, inputs: Inputs, out: Path) -> None:
    context = _context(backend, inputs)
    asked = context.sessions.filter(~context.sessions.open_at_end)
    names = moments.names(section("intent").moments)
    (out / "answer").mkdir()
    for place, part in enumerate(intent.in_parts(asked, context, names)):
        _write(part, out / "answer" / f"{place}.parquet")


def _context(backend: Backend, inputs: Inputs) -> intent.Context:
    tables = _read(backend, inputs.events), _read(backend, inputs.sessions)
    return intent.Context(*tables, TIMEZONE, section("intent").smoothing)


def rfm(backend: Backend, inputs: Inputs, out: Path) -> None:
    table = _read(backend, inputs.events)
    last = pd.Timestamp(table.event_time.max().execute())
    as_of = last.floor("s") + pd.Timedelta("1s")
    _write(customers.users(table, as_of, has_price=True), out / "answer.parquet")


def baskets(backend: Backend, inputs: Inputs, out: Path) -> None:
    items = rules.items(_read(backend, inputs.events), "views", "product")
    _write(items, out / "answer.parquet")


def pairs(backend: Backend, inputs: Inputs, out: Path) -> None:
    transitions.pairs(_read(backend, inputs.events)).to_parquet(out / "answer.parquet")


def _read(backend: Backend, file: Path) -> ir.Table:
    return backend.read_parquet(file)


def _write(table: ir.Table, file: Path, compression: str = "lz4_raw") -> None:
    table.to_parquet(file, compression=compression)
