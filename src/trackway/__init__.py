"""Read an online shop's clickstream: who came, what they did, and what can be told early.

`ROOT` is the checkout we work in: the nearest folder, from the working directory upwards, that
holds `params.yaml` and `dvc.yaml`. `dvc exp run --temp` and `make verify` work in a copy of the
repository; the copy's own modules then come before the installed ones.

The packages lie in layers, each importing only from those before it: `core`; `params`; `engine`;
`tables`; `evaluation`; `report`; `categories`; the steps; `pipeline`; `study`.
"""

from pathlib import Path

_INSTALLED = Path(__file__).resolve().parents[2]


def _checkout(start: Path) -> Path:
    for folder in [start, *start.parents]:
        if (folder / "params.yaml").is_file() and (folder / "dvc.yaml").is_file():
            return folder
    return _INSTALLED


ROOT = _checkout(Path.cwd())


def prefer_checkout(search: list[str], package: str) -> None:
    """Let the modules of `package` in the checkout come before the installed ones.

    Parameters
    ----------
    search : the package's ``__path__``
    """
    own = ROOT / "src" / package
    if ROOT != _INSTALLED and own.is_dir():
        search.insert(0, str(own))


prefer_checkout(__path__, "trackway")
