"""How long the kept model of `05_intent` takes to score new sessions, in one thread.

``python -m benchmarks.scoring`` prints it; ``--into-docs`` puts it into docs/benchmarks.md. The
sessions are a simulated month's, moved beyond all that the model has seen.
"""

import sys
import time
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from benchmarks import inputs, race
from benchmarks.__main__ import DOCUMENT, PLACE
from benchmarks.child import own_peak_gb
from benchmarks.report import put, row
from trackway import engine, intent
from trackway.core.errors import InputError
from trackway.intent import model_file

BEGIN = "<!-- made by `python -m benchmarks.scoring` -->"
ROWS = 1_000_000  # of the month that the sessions are taken from
GOES = 5  # the first one warms up; of the others the one that took least counts


def main(arguments: list[str]) -> None:
    parser = ArgumentParser(
        "python -m benchmarks.scoring",
        description=__doc__,
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--sessions", type=int, default=100_000, help="to be scored")
    parser.add_argument(
        "--place", type=Path, default=PLACE, help="where the file is made, and kept"
    )
    parser.add_argument("--into-docs", action="store_true", help=f"put it into {DOCUMENT.name}")
    chosen = parser.parse_args(arguments)
    model, backend = model_file.read(), engine.connect()
    backend.raw_sql("SET threads = 1")
    events = _new(backend, chosen.sessions, chosen.place, model)
    asked = {"all": list(model.moments), **{name: [name] for name in list(model.moments)[:3]}}
    lines = [row(["moments", "sessions", "scores", "CPU, s", "wall, s"])]
    lines += [row(["---", *["---:"] * 4])]
    for name, moments in asked.items():
        lines.append(row([name, *_timed(events, model, moments)]))
    text = (
        f"{model.card['model']}; one thread of DuckDB and of the model, after loading, on "
        f"{race.machine()}; peak {own_peak_gb():.2f} GB.\n\n" + "\n".join(lines) + "\n"
    )
    print(text)
    if chosen.into_docs:
        put(text, BEGIN, DOCUMENT)


def _new(backend: Backend, sessions: int, place: Path, model: model_file.Stored) -> ir.Table:
    """Events of about so many sessions, whole users, that start after what the model has seen."""
    made = inputs.of_size(ROWS, place)
    events, every = backend.read_parquet(made.events), backend.read_parquet(made.sessions)
    last = every.filter(every.session_id < sessions).user_id.max()
    some = events.filter(events.user_id <= last.as_scalar())
    ahead = model.split.validation_end - pd.Timestamp(events.event_time.min().execute())
    moved = some.event_time + ibis.interval(days=ahead.days + 1)
    return backend.create_table("new_events", some.mutate(event_time=moved), temp=True)


def _timed(events: ir.Table, model: model_file.Stored, moments: list[str]) -> list[str]:
    goes = []
    for _ in range(GOES):
        begun, started = time.perf_counter(), time.process_time()
        said = intent.score(events, model, moments=moments)
        goes.append((time.process_time() - started, time.perf_counter() - begun))
    cpu_s, wall_s = min(goes[1:])
    return [f"{said['session_id'].nunique():,}", f"{len(said):,}", f"{cpu_s:.2f}", f"{wall_s:.2f}"]


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"bench: {error}")
