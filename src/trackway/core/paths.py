"""Where files lie: the last good results, and those of the stage that is running.

Paths are given relative to the checkout: ``paths.path("data/interim/events.parquet")`` or, for
short, ``paths.path("interim/events.parquet")``. While a stage runs, everything written goes to a
staging folder and moves into place at the end (`stage`). The guard is told what is asked for, as
many who read and write it are native code that Python does not see.
"""

import os
import sys
from pathlib import Path

from trackway import ROOT
from trackway.core.watched import READ, WRITTEN

STAGING = "TRACKWAY_STAGING"  # set while a stage runs: stands in for ROOT when writing
_AREAS = {"raw": "data", "interim": "data", "processed": "data"}


def _relative(name: str | Path) -> Path:
    name = Path(name)
    if name.is_absolute() or ".." in name.parts:
        raise ValueError(f"paths are given relative to the checkout, got {name}")
    return Path(_AREAS.get(name.parts[0], "")) / name


def path(name: str | Path) -> Path:
    """The file to read: the one this stage has just written, else the last good one."""
    staged = _staging() / _relative(name)
    file = staged if staged.exists() else ROOT / _relative(name)
    sys.audit(READ, str(file))
    return file


def target(name: str | Path) -> Path:
    """The file to write; its folder is made."""
    written = _staging() / _relative(name)
    written.parent.mkdir(parents=True, exist_ok=True)
    sys.audit(WRITTEN, str(written))
    return written


def _staging() -> Path:
    return Path(os.environ.get(STAGING, ROOT))
