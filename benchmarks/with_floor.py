"""What no contender can do without: the columns a task needs are read, and next to nothing else."""

from collections.abc import Callable
from pathlib import Path

from benchmarks import with_duckdb
from benchmarks.tasks import TASKS, Inputs
from benchmarks.with_duckdb import start, stop
from trackway.engine.embedded import PARQUET, SPILLED, WRITTEN
from trackway.tables.sources.moments import UTC_FORM

__all__ = ["start", "stop"]


TEXTS = ("event_type", "category_code", "brand")


def convert(connection, inputs: Inputs, out: Path) -> None:
    """As quick as we can: times by their form, keys as texts, in any order, the default codec."""
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"COPY ({_raw(inputs)}) TO '{out / 'events.parquet'}' (FORMAT parquet)")


def tables(connection, inputs: Inputs, out: Path) -> None:
    """Each step once, with all we know of DuckDB; but no double dropped, no name filled."""
    read, events, sessions = (f"'{out / name}.parquet'" for name in ("raw", "events", "sessions"))
    connection.execute(
        f"""
        SET preserve_insertion_order = false;
        COPY ({_raw(inputs)}) TO {read} ({SPILLED});
        CREATE TEMP TABLE visits AS SELECT user_id, hash(user_session) AS visit,
            row_number() OVER (ORDER BY user_id, started, user_session) - 1 AS session_id
        FROM (SELECT user_id, user_session, min(event_time) AS started FROM {read} GROUP BY ALL);
        SET preserve_insertion_order = true
        """
    )
    for name in TEXTS:  # they are sorted as numbers
        values = f"SELECT DISTINCT {name} FROM {read} WHERE {name} IS NOT NULL ORDER BY 1"
        connection.execute(f"CREATE TYPE {name} AS ENUM ({values})")
    coded = ", ".join(f"{name}::{name} AS {name}" for name in TEXTS)
    connection.execute(
        f"""
        COPY (
            SELECT session_id, raw.* EXCLUDE (user_session) REPLACE ({coded})
            FROM {read} raw JOIN visits
                ON raw.user_id = visits.user_id AND hash(user_session) = visit
            ORDER BY session_id, event_time
        ) TO {events} ({PARQUET} v2, {WRITTEN});
        COPY ({with_duckdb.session_table(events)} ORDER BY session_id)
        TO {sessions} ({PARQUET} v1, {WRITTEN})
        """
    )


def _raw(inputs: Inputs) -> str:
    typed = with_duckdb.raw(inputs, key="VARCHAR").replace("TIMESTAMPTZ", "TIMESTAMP")
    by_form = typed.removesuffix(")") + f", timestampformat = '{UTC_FORM}')"
    moment = "make_timestamptz(epoch_us(event_time))"
    return f"SELECT * REPLACE ({moment} AS event_time) FROM {by_form}"


def _scan(task: str) -> Callable:
    columns = ", ".join(TASKS[task].reads)

    def read(connection, inputs: Inputs, out: Path) -> None:
        connection.execute(f"SELECT sum(hash({columns})) FROM '{inputs.events}'").fetchall()

    return read


sessions, plain = _scan("sessions"), _scan("plain")
features, prefixes = _scan("features"), _scan("prefixes")
rfm, baskets, pairs = _scan("rfm"), _scan("baskets"), _scan("pairs")
