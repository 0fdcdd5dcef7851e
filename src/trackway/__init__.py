"""Read an online shop's clickstream: who came, what they did, and what can be told early.

`ROOT` is the checkout we work in: the nearest folder, from the working directory upwards, that
holds `params.yaml` and `dvc.yaml`. `dvc exp run --temp` and `make verify` work in a copy of the
repository; the copy's own modules then come before the installed ones.
"""

from pathlib import Path

_INSTALLED = Path(__file__).resolve().parents[2]


def _checkout(start: Path) -> Path:
    for folder in [start, *start.parents]:
        if (folder / "params.yaml").is_file() and (folder / "dvc.yaml").is_file():
            return folder
    return _INSTALLED


ROOT = _checkout(Path.cwd())
_own = ROOT / "src" / "trackway"
if ROOT != _INSTALLED and _own.is_dir():
    __path__.insert(0, str(_own))
