"""Where files lie, and how a stage's results replace the last ones only when it has succeeded.

Paths are given relative to the checkout: ``data.path("data/interim/events.parquet")`` or, for
short, ``data.path("interim/events.parquet")``. While the runner executes a notebook, everything
written goes to a staging folder and moves into place at the end: a stage that fails, or is
killed, leaves the last good results as they were.
"""

import os
import shutil
from pathlib import Path

from trackway import ROOT

STAGING = "TRACKWAY_STAGING"  # set by the runner: the folder that stands in for ROOT when writing
_AREAS = {"raw": "data", "interim": "data", "processed": "data"}


def _relative(name: str | Path) -> Path:
    name = Path(name)
    if name.is_absolute() or ".." in name.parts:
        raise ValueError(f"paths are given relative to the checkout, got {name}")
    return Path(_AREAS.get(name.parts[0], "")) / name


def path(name: str | Path) -> Path:
    """The file to read: the one this stage has just written, else the last good one."""
    staged = _staging() / _relative(name)
    return staged if staged.exists() else ROOT / _relative(name)


def target(name: str | Path) -> Path:
    """The file to write; its folder is made."""
    written = _staging() / _relative(name)
    written.parent.mkdir(parents=True, exist_ok=True)
    return written


def _staging() -> Path:
    return Path(os.environ.get(STAGING, ROOT))


def settle(staging: Path, folders: list[str]) -> None:
    """Move everything under `staging` into the checkout, file by file.

    `folders` are replaced whole: what an earlier run left in them and this one did not write is
    removed.
    """
    for folder in folders:
        shutil.rmtree(ROOT / folder, ignore_errors=True)
        (ROOT / folder).mkdir(parents=True)  # data that carry no figure leave an empty folder
    for file in sorted(p for p in staging.rglob("*") if p.is_file()):
        place = ROOT / file.relative_to(staging)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)
    shutil.rmtree(staging)
