"""What is said, and kept, of a run that did not come to its end: which step, which cell, and why.

The half-run notebook goes to `reports/failed/`.
"""

import os
import signal
import sys
from errno import ENOSPC
from pathlib import Path

import nbformat

from trackway import ROOT
from trackway.core import locks
from trackway.core.errors import InputError
from trackway.pipeline import stage
from trackway.pipeline.cleaning import COLOURS

FAILED = ROOT / "reports" / "failed"
KEPT = "The results of the last good run are as they were."
FULL = f"The disk is full that holds {ROOT}; make room and run it again"
KILLED = "The run was killed from outside. Nothing of it was put in place."
OUT_OF_MEMORY = ("MemoryError", "OutOfMemoryException")
STARVED = (
    "Study fewer users (sampling.users), or give the engine less (engine.memory), and run it again."
)


class Stopped(Exception):
    """A notebook did not run to its end; the message tells all there is to tell."""


def headings(notebook: nbformat.NotebookNode) -> list[str]:
    """For each cell the heading it stands under."""
    found, current = [], ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            lines = [line for line in cell.source.splitlines() if line.startswith("#")]
            current = lines[-1].lstrip("# ") if lines else current
        found.append(current)
    return found


def stopped(executed: Path, reason: str, cell: int | None = None) -> Stopped:
    """Keep the half-run notebook `executed`; what to say of it.

    Parameters
    ----------
    cell : place of the cell that stopped it, from 0; None for the one that was running
    """
    try:
        notebook = nbformat.read(executed, as_version=4)
    except (OSError, nbformat.reader.NotJSONError):  # ended before, or while, it was first written
        return Stopped(f"{executed.stem} stopped: {reason}\n{KEPT}")
    FAILED.mkdir(parents=True, exist_ok=True)
    half_run = executed.replace(FAILED / executed.name)
    cell = _running(notebook) if cell is None else cell
    place = f' under "{headings(notebook)[cell]}", cell {cell + 1}' if cell is not None else ""
    return Stopped(
        f"{executed.stem} stopped{place}:\n\n{reason}\n\n"
        f"The half-run notebook is {half_run.relative_to(ROOT)}. {KEPT}"
    )


def _running(notebook: nbformat.NotebookNode) -> int | None:
    status = [cell.metadata.get("papermill", {}).get("status") for cell in notebook.cells]
    return status.index("running") if "running" in status else None


def killed(step: str) -> Stopped | None:
    """What to say of the last run of `step`, if it was killed; its half-run notebook is kept."""
    half_run = list((stage.STAGING / step).glob("reports/notebooks/*.ipynb"))
    if not half_run:
        return None
    with locks.alone(stage.lock(step), patience_s=0) as other:
        return None if other else stopped(half_run[0], KILLED)


def explained(name: str, value: str, traceback: list[str]) -> str:
    """Why a cell failed: the cause alone, or the traceback where the fault may be ours."""
    if name == InputError.__name__:
        return value
    if os.strerror(ENOSPC) in value:
        return f"{FULL}: {value}"
    if name in OUT_OF_MEMORY:
        return f"{value or name}\nThere is not enough memory. {STARVED}"
    text = "\n".join(traceback)
    return text if sys.stdout.isatty() else COLOURS.sub("", text)


def death(code: int | None) -> str:
    """Why a kernel ended that was not asked to.

    Parameters
    ----------
    code : its exit code, below zero for the signal that ended it; None if it is not known
    """
    if code == -signal.SIGKILL:
        return f"The kernel was killed, most likely for want of memory. {STARVED}"
    if code and code < 0:
        return f"The kernel crashed ({signal.Signals(-code).name}): a fault of a library."
    return f"The kernel ended by itself (exit code {code})."
