"""What really went on, apart from what the shop saw: read only by sections that compare."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from trackway.demo import files, walk
from trackway.demo.people import GOALS, present
from trackway.demo.world import START


class Truth:
    """Writes ``users``, ``sessions``, ``products``, ``complements`` and ``dates`` as Parquet."""

    def __init__(self, folder: Path, world, calendar, catalogue):
        self.folder, self.world = folder, world
        self.calendar, self.catalogue = calendar, catalogue
        self.writers = {}

    def __enter__(self):
        self.folder.mkdir()
        self._whole("products", products(self.catalogue))
        self._whole("complements", complements(self.catalogue))
        self._whole("dates", dates(self.world, self.calendar))
        return self

    def __exit__(self, *error):
        for writer in self.writers.values():
            writer.close()

    def add_people(self, people) -> None:
        names = np.array([k.name for k in present(self.world)], dtype=object)
        self._append("users", {
            "user_id": people.user_id,
            "kind": names[people.kind],
            "tier": people.tier,
            "habit_product_id": self.catalogue.product_id[people.habit],
            "pace": np.round(people.pace, 6),
        })

    def add_sessions(self, people, wants, walked) -> None:
        self._append("sessions", {
            "user_session": files.uuids(walked.number).view("S36").ravel().astype(str).astype(object),
            "user_id": people.user_id[wants.user],
            "goal": np.array(GOALS, dtype=object)[wants.goal],
            "serious": wants.mode != walk.LOOKING,
            "need": wants.need,
            "decided_at": walked.decided_at,
            "bought": walked.bought,
        })

    def _append(self, name: str, columns: dict) -> None:
        table = pa.table(columns)
        if name not in self.writers:
            self.writers[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", table.schema)
        self.writers[name].write_table(table)

    def _whole(self, name: str, table: pd.DataFrame) -> None:
        table.to_parquet(self.folder / f"{name}.parquet", index=False)


def products(catalogue) -> pd.DataFrame:
    """One row per product: all that is true of it."""
    return pd.DataFrame({
        "product_id": catalogue.product_id,
        "category_id": catalogue.category_id,
        "category_code": catalogue.code,
        "brand": catalogue.brand,
        "price": catalogue.cents / 100,
        "sale_price": catalogue.sale_cents / 100,
        "tier": catalogue.tier,
        "appeal": np.round(catalogue.appeal, 6),
        "popularity": np.round(catalogue.popularity, 9),
    })


def complements(catalogue) -> pd.DataFrame:
    """One row per true pair, the smaller id first."""
    first = np.flatnonzero(catalogue.complement > np.arange(len(catalogue.complement)))
    second = catalogue.complement[first]
    ids = np.sort(np.column_stack([catalogue.product_id[first], catalogue.product_id[second]]), axis=1)
    return pd.DataFrame(ids, columns=["product_id", "complement_id"])


def dates(world, calendar) -> pd.DataFrame:
    """From when to when each planted thing of time lasts."""
    rows = [("data", 0, world.end_s)]
    if world.effects.sale:
        rows.append(("sale", *calendar.sale_s))
    table = pd.DataFrame(rows, columns=["what", "begins", "ends"])
    start = pd.Timestamp(START, tz="UTC")
    for name in ("begins", "ends"):
        table[name] = start + pd.to_timedelta(table[name], unit="s")
    return table
