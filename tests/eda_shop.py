"""Small shops, written by hand, for the tests of 02_eda."""

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from trackway.tables import sessions

GAP = pd.Timedelta("30min")
_RAW = pa.schema(
    {
        "session": pa.string(),
        "user_id": pa.int64(),
        "event_time": pa.timestamp("us", "UTC"),
        "event_type": pa.string(),
        "product_id": pa.int64(),
        "category_id": pa.int64(),
        "category_code": pa.string(),
        "brand": pa.string(),
        "price": pa.decimal128(12, 2),
    }
)


def shop(*rows: tuple) -> tuple[ir.Table, ir.Table]:
    """Events and sessions from (user, session, time, type, product, more as a dict).

    A time without a date is on 2024-03-01; all are UTC.
    """
    raw = ibis.memtable(pa.Table.from_pylist([_row(*row) for row in rows], schema=_RAW))
    events = sessions.number(raw, GAP, from_source=True).cache()
    return events, sessions.table(events, GAP).cache()


def _row(user, session, time, event_type, product, more=None) -> dict:
    moment = pd.Timestamp(time if "-" in time else f"2024-03-01 {time}", tz="UTC")
    return {
        "session": session,
        "user_id": user,
        "event_time": moment,
        "event_type": event_type,
        "product_id": product,
        **(more or {}),
    }
