"""A line in JupyterLab above a report that is stale.

`make lab` has every kernel run `watch`. When a cell of a numbered notebook makes its page, the line
is shown beneath the cell; where nothing is stale, nothing is said.
"""

import os
import subprocess
import sys
from pathlib import Path

from IPython import get_ipython
from IPython.display import Markdown, display

from trackway import ROOT
from trackway.core import paths
from trackway.core.escaping import safe

MAKES_A_PAGE = "report.Page("


def watch() -> None:
    """Look at each cell that this kernel runs; in a pipeline's kernel, do nothing."""
    shell = get_ipython()
    if shell is not None and paths.STAGING not in os.environ:
        shell.events.register("pre_run_cell", tell)


def tell(info) -> None:
    """Say beneath a cell that makes a page, if the notebook's step is stale, why.

    Asked before the cell runs: in JupyterLab a page writes its results in place.
    """
    if MAKES_A_PAGE in (info.raw_cell or "") and (reasons := _why(_step())):
        display(Markdown(line(reasons)))


def line(reasons: str) -> str:
    """The line, as Markdown."""
    return (
        f"> **Stale:** {safe(reasons)}. What you see here is computed anew, but from what lies "
        "under "
        "`data/`; `make repro` brings that, and the report, up to date."
    )


def _step() -> str:
    """The step of the notebook this kernel serves, by Jupyter's name for the session."""
    return Path(os.environ.get("JPY_SESSION_NAME", "")).stem.partition("_")[2]


def _why(step: str) -> str:
    # A process of its own: DVC's many modules stay out of the kernel.
    command = [sys.executable, "-m", "trackway.study.status", "--of", step]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
