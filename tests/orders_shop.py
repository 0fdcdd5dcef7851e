"""Small shops of order lines, written by hand, brought to tables as 01_sampling does."""

import ibis
import pandas as pd

from trackway import engine, params
from trackway.params.sampling import Mapping
from trackway.tables import build
from trackway.tables.sources.files import Found
from trackway.tables.sources.read import Raw
from trackway.tables.sources.schemas import recognise

COLUMNS = {
    "event_time": "timestamp('UTC', 6)",
    "event_type": "string",
    "product_id": "int64",
    "category_id": "int64",
    "category_code": "string",
    "brand": "string",
    "price": "decimal(12, 2)",
    "user_id": "int64",
    "session": "string",
    "order_id": "string",
    "quantity": "int64",
}
SETTINGS = params.section("sampling")
NO_REJECTS = pd.DataFrame(columns=["file", "line", "reason", "text"])


def rows(*lines: dict, columns: str = "order_id quantity", **mapping) -> build.Rows:
    """What becomes of rows of a mapped file.

    Parameters
    ----------
    lines : each a purchase on 1 March 2024, 10:00, unless it says otherwise
    columns : the optional columns that the source has, beside a price
    mapping : further keys of `sampling.mapping`; sessions : 'source' or 'gap'
    """
    settings = SETTINGS.model_copy(update={"sessions": mapping.pop("sessions", "source")})
    usual = {"event_time": "2024-03-01 10:00", "event_type": "purchase", "product_id": 11}
    usual |= {"user_id": 1, "price": "1.00"}
    frame = pd.DataFrame([dict.fromkeys(COLUMNS) | usual | line for line in lines])
    frame["event_time"] = pd.to_datetime(frame["event_time"], utc=True)
    texts = dict.fromkeys(["price", "product_id", "user_id", "quantity", "category_id"], "string")
    table = ibis.memtable(frame.astype(texts), schema=COLUMNS | texts)
    table = table.mutate(**{name: table[name].cast(COLUMNS[name]) for name in texts})
    there = ["event_time", "product_id", "user_id", "event_type", "price", *columns.split()]
    types = ["view", "cart", "purchase", "return", "ignore"]
    said = {"columns": {n: n for n in there}, "event_types": {t: t for t in types}} | mapping
    schema = recognise(there, [], "orders.csv", Mapping(**said))
    raw = Raw(engine.store(engine.connect().create_table("raw", table.to_pyarrow())), NO_REJECTS)
    return build.prepare(Found((), schema, "by hand"), raw, settings, seed=1)


def tables(*lines: dict, **mapping) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Their events and sessions."""
    events, sessions = build.store(rows(*lines, **mapping))
    return events.order_by("event_id").to_pandas(), sessions.order_by("session_id").to_pandas()
