"""Small simulated shops, brought to event tables by the project's own functions."""

from dataclasses import dataclass
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd

from shopsim import shop
from shopsim.world import World
from trackway import ROOT, params
from trackway.sampling import data
from trackway.tables import facts

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
    found = data.tables(pattern)
    return Shop(folder, found.events, found.sessions, found.facts)
