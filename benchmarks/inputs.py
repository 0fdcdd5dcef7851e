"""The files the contenders start from, made once per size by the study itself."""

from pathlib import Path

from benchmarks import child
from benchmarks.tasks import Inputs
from trackway.demo.__main__ import main as make_shop


def of_size(rows: int, place: Path) -> Inputs:
    """A simulated month of about `rows` rows in REES46's form, and its tables, below `place`."""
    folder = place / str(rows)
    if not list(folder.glob("shop/*.csv")):
        make_shop(["--events", str(rows), "--days", "31", "--to", str(folder / "shop")])
    (raw,) = folder.glob("shop/*.csv")
    return of_file(raw, folder)


def of_file(raw: Path, folder: Path) -> Inputs:
    """`raw`, one CSV file in REES46's form, and its tables in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = Inputs(raw, folder / "events.parquet", folder / "sessions.parquet")
    if not inputs.sessions.exists():
        child.run("tables", "trackway", inputs, folder)
    return inputs
