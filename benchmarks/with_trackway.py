"""The study's own definitions, through the functions its notebooks call."""

from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from benchmarks.tasks import Inputs
from trackway import engine, events, fills
from trackway import sessions as visits
from trackway.eda import transitions
from trackway.intent import features as intent
from trackway.intent import prefixes as seen
from trackway.params import settings
from trackway.rfm import table as customers
from trackway.rules import baskets as rules
from trackway.sampling import ledger
from trackway.sources import files, read

TIMEZONE = "UTC"


def start() -> Backend:
    return engine.connect()


def stop(backend: Backend) -> None:
    backend.disconnect()


def tables(backend: Backend, inputs: Inputs, out: Path) -> None:
    chosen, seed = settings("sampling"), settings("shared")["seed"]
    found = files.find(str(inputs.raw), None)
    raw = read.read(backend, found)
    rows = events.canonical(raw.rows, found.schema)
    window = events.window(chosen["window"], found.schema)
    fate = events.fate(rows, window, chosen["users"], seed)
    rows = engine.store(rows.mutate(fate=fate))
    kept = engine.store(events.distinct(rows.filter(rows.fate == "kept").drop("fate")))
    ledger.ledger(raw, ledger.fates(rows), int(kept.count().execute()))
    filled = engine.store(fills.fill_all(kept, fills.policies(chosen["fill"], found.schema)))
    gap = visits.parse_gap(chosen["gap"])
    event_table = engine.store(visits.number(filled, gap, from_source=True))
    session_table = engine.store(visits.table(event_table, gap))
    _write(event_table.order_by("event_id"), out / "events.parquet", "zstd")
    _write(session_table.order_by("session_id"), out / "sessions.parquet", "zstd")


def sessions(backend: Backend, inputs: Inputs, out: Path) -> None:
    gap = visits.parse_gap(settings("sampling")["gap"])
    _write(visits.table(_read(backend, inputs.events), gap), out / "answer.parquet")


def features(backend: Backend, inputs: Inputs, out: Path) -> None:
    kept = seen.before_first_purchase(_read(backend, inputs.events))
    asked = intent.examples(kept, _read(backend, inputs.sessions), TIMEZONE)
    _write(asked, out / "answer.parquet")


def prefixes(backend: Backend, inputs: Inputs, out: Path) -> None:
    both = _read(backend, inputs.events), _read(backend, inputs.sessions)
    _write(intent.prefix_examples(*both, 3, TIMEZONE), out / "answer.parquet")


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
