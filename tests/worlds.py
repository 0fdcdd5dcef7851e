"""Small simulated shops, brought to event tables by the project's own functions."""

from dataclasses import dataclass
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd

from trackway import ROOT, engine, events, fills, params, sessions
from trackway.demo import shop
from trackway.demo.world import World
from trackway.sampling import statistics
from trackway.sources import facts, files, read

PARAMS = params.read(ROOT / "params.yaml").model_dump()


@dataclass(frozen=True)
class Shop:
    """A simulated shop as the steps see it, and its truth.

    Attributes
    ----------
    events, sessions : lazy tables, as 01_sampling writes them
    facts : Facts
    """

    folder: Path
    events: ir.Table
    sessions: ir.Table
    facts: facts.Facts

    def truth(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "truth" / f"{name}.parquet")


def opened(world: World, folder: Path) -> Shop:
    """Simulate `world` into `folder`, and read its files as 01_sampling does."""
    shop.make(world, folder)
    return of_files(f"{folder}/*.csv", folder)


def of_files(pattern: str, folder: Path) -> Shop:
    """A shop whose raw files match `pattern`, read as 01_sampling does."""
    found = files.find(pattern, None)
    rows = events.canonical(read.read(engine.connect(), found).rows, found.schema)
    chosen = fills.policies(PARAMS["sampling"]["fill"], found.schema)
    kept = engine.store(events.distinct(rows, engine.store))
    filled = fills.fill_all(kept, fills.catalogue(kept), chosen)
    gap = sessions.parse_gap(PARAMS["sampling"]["gap"])
    event_table = engine.store(sessions.number(filled, gap, from_source=True))
    session_table = engine.store(sessions.table(event_table, gap))
    known = statistics.data_set(event_table, session_table)
    types = statistics.event_types(event_table)
    return Shop(folder, event_table, session_table, facts.derive(found, known, types, None))
