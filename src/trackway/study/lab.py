"""JupyterLab as the pipeline runs notebooks: ``python -m trackway.study.lab``, or ``make lab``.

The kernel's environment is the runner's, and a numbered notebook is saved as git keeps it, without
outputs: opening, running and saving it changes nothing. Where a notebook makes its page, it says
whether what it reads, and its report, belong to the present state.
"""

import os
import sys
from pathlib import Path

import nbformat

from trackway import ROOT, params
from trackway.core.errors import InputError
from trackway.pipeline import cleaning, environment
from trackway.study import status


def strip_on_save(model: dict, path: str, contents_manager, **_: object) -> None:
    """Take the outputs out of a numbered notebook before it is written.

    A hook of Jupyter's contents manager. Other notebooks, a scratch one say, are left alone.
    """
    place = Path(contents_manager.root_dir).resolve() / path.strip("/")
    if model["type"] != "notebook" or not _is_ours(place):
        return
    notebook = nbformat.from_dict(model["content"])
    model["content"] = cleaning.strip(notebook)


def _is_ours(place: Path) -> bool:
    return place.parent == ROOT / "notebooks" and place.name[:2].isdigit()


def main(arguments: list[str]) -> None:
    """Start JupyterLab in the notebooks' folder; `arguments` go to it."""
    try:
        surroundings = environment.variables(params.section("engine"))
    except InputError as error:
        sys.exit(str(error))
    status.main([])
    os.environ |= surroundings
    os.environ |= {
        "JUPYTER_CONFIG_PATH": str(ROOT / ".jupyter"),
        "PYTHONSTARTUP": str(ROOT / ".jupyter" / "startup.py"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--notebook-dir", str(ROOT), *arguments]
    os.execv(sys.executable, command)


if __name__ == "__main__":
    main(sys.argv[1:])
