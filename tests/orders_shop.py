"""Small shops of order lines, written by hand, brought to tables as 01_sampling does."""

import tempfile
from functools import cache
from pathlib import Path

import pandas as pd

from trackway import engine, params
from trackway.params.sampling import Mapping
from trackway.tables import build
from trackway.tables.sources import files, read

connection = cache(engine.connect)
SETTINGS = params.section("sampling")
USUAL = {"event_time": "2024-03-01 10:00:00", "event_type": "purchase", "product_id": 11}
USUAL |= {"user_id": 1, "price": "1.00"}
TYPES = ["view", "cart", "purchase", "return"]


def rows(*lines: dict, columns: str = "order_id quantity", **mapping) -> build.Rows:
    """What becomes of the lines of a file.

    Parameters
    ----------
    lines : each a purchase on 1 March 2024, 10:00, unless it says otherwise
    columns : the optional columns that the source has, beside a price
    mapping : further keys of `sampling.mapping`; sessions : 'source' or 'gap'
    """
    names = [*USUAL, *columns.split()]
    table = pd.DataFrame([USUAL | line for line in lines], columns=names)
    said = {"columns": {n: n for n in names}, "event_types": {t: t for t in TYPES}}
    changed = {"sessions": mapping.pop("sessions", "source"), "mapping": Mapping(**said | mapping)}
    settings = SETTINGS.model_copy(update=changed)
    file = Path(tempfile.mkdtemp(dir=engine.spill())) / "orders.csv"
    table.astype("object").to_csv(file, index=False)
    found = files.find(str(file), settings.mapping)
    raw = read.read(connection(), found, progress=lambda _: None)
    return build.prepare(found, raw, settings, seed=1)


def tables(*lines: dict, **mapping) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Their events and sessions."""
    events, sessions = build.store(rows(*lines, **mapping))
    return events.order_by("event_id").to_pandas(), sessions.order_by("session_id").to_pandas()
