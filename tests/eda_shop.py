"""Small shops, written by hand, for the tests of 02_eda."""

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from trackway.eda import study
from trackway.report.run import Run
from trackway.tables import sessions
from trackway.tables.facts import Facts

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


def studied(*rows: tuple, **known: object) -> study.Study:
    """What 02 counts in the shop of these rows, of whose source this is `known`."""
    events, visits = shop(*rows)
    moments = [_row(*row)["event_time"] for row in rows]
    facts = {
        **{"schema": "mapped", "label": "by hand", "simulated": False, "timezone": "UTC"},
        **{"has_price": False, "has_brand": False, "has_category_code": False},
        "event_types": tuple(sorted({row[3] for row in rows})),
        **{"first": min(moments), "last": max(moments)},
    }
    return study.study(Run.of("eda", known=Facts(**facts | known)), events, visits)


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
