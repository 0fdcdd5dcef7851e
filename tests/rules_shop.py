"""Small shops of baskets, written by hand, for the tests of 04_rules."""

import ibis
import pandas as pd
import pyarrow as pa

from trackway.report.run import Run
from trackway.rules import study
from trackway.tables.facts import Facts

START = pd.Timestamp("2024-01-01", tz="UTC")
SCHEMA = pa.schema(
    {
        **{"event_id": pa.int64(), "session_id": pa.int64(), "user_id": pa.int64()},
        **{"event_time": pa.timestamp("us", "UTC"), "event_type": pa.string()},
        **{"product_id": pa.int64(), "category_id": pa.int64()},
        **{"category_code": pa.string(), "brand": pa.string()},
    }
)


def shop(*baskets, kind="view", brand: str | None = "apple", times=1, users=10**6) -> pa.Table:
    """Events of sessions that each hold the letters of one basket, `times` over."""
    rows = [
        {
            "session_id": session,
            "user_id": session % users,
            "event_type": kind,
            "product_id": ord(letter),
            "category_id": 1 + ord(letter) % 7,
            "category_code": None,
            "brand": brand and f"{brand} {letter}",
        }
        for session, text in enumerate(baskets * times)
        for letter in text
    ]
    return pa.Table.from_pylist([row | _moment(at) for at, row in enumerate(rows)], SCHEMA)


def _moment(at: int) -> dict:
    return {"event_id": at, "event_time": START + pd.Timedelta(at, "s")}


def known(events: pa.Table, time: str | None = None) -> Facts:
    """What is known of a real shop of these events, which last so long: a second each, else."""
    last = START + pd.Timedelta(time or f"{len(events)}s")
    kinds = tuple(sorted(set(events["event_type"].to_pylist())))
    return Facts("mapped", "by hand", False, "UTC", False, False, False, kinds, START, last)


def studied(events: pa.Table, time: str | None = None, **changed: object) -> study.Study:
    """What 04 finds in it, with one shuffling and `changed` settings."""
    run = Run.of("rules", known=known(events, time)).with_settings(**{"shuffles": 1} | changed)
    return study.study(run, ibis.duckdb.connect().create_table("events", events))
