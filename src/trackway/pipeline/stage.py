"""Run a stage so that it leaves its last results or its new ones, whole, however it ends.

What a stage writes goes to a folder of its own under `.staging/`. When it has run to its end, the
list of its files is written down and they are moved into place. A run that is killed before that
has changed nothing; one that is killed between two moves is finished by `recover`.
"""

import ctypes
import json
import math
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from trackway import ROOT
from trackway.core import paths
from trackway.core.locks import abandoned, alone
from trackway.pipeline import declared

STAGING = ROOT / ".staging"
SPILL = ROOT / ".spill"  # tables too large for memory, a folder per process
_SET_PDEATHSIG = 1  # prctl(2)


@contextmanager
def running(name: str, replaced: Sequence[str] = ()) -> Iterator[None]:
    """Run the stage `name` of dvc.yaml: alone, watched, its results in place only at the end.

    Parameters
    ----------
    replaced : folders of which nothing is left but what this run writes

    Raises
    ------
    InputError
        If the stage did what dvc.yaml does not say of it.
    """
    if "DVC_STAGE" in os.environ:
        _end_with_dvc()
    with alone(lock(name), patience_s=1) as other:
        if other:
            print(f"the stage {name} is being run by process {other}; waiting for it", flush=True)
    with alone(lock(name), patience_s=math.inf):
        recover(name)
        staging, log = STAGING / name, STAGING / f"{name}.seen"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        os.environ[paths.STAGING] = str(staging)
        try:
            with declared.watching(log):
                yield
            declared.check(name, log, set(_files(staging)))
            settle(name, replaced)
        finally:
            del os.environ[paths.STAGING]
            shutil.rmtree(staging, ignore_errors=True)
            sweep()
            log.unlink(missing_ok=True)


def _end_with_dvc() -> None:
    """Were DVC killed, this run would go on beside the next."""
    end_with_parent()
    if os.getsid(os.getppid()) != os.getsid(0):  # it has ended before we could ask
        sys.exit("DVC, which started this, has ended")


def end_with_parent() -> None:
    """Let the system kill this process when the one that started it ends, however it does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL)


def settle(name: str, replaced: Sequence[str] = ()) -> None:
    """Move everything the stage `name` has staged into the checkout."""
    staging = STAGING / name
    files = _files(staging)
    for file in files:
        _sync(staging / file)
    journal = _journal(name)
    draft = journal.with_suffix(".draft")
    draft.write_text(json.dumps({"files": files, "replaced": list(replaced)}), encoding="utf-8")
    _sync(draft)
    draft.replace(journal)  # from here on the new results are the ones that count
    finish(name)


def finish(name: str) -> bool:
    """Make the moves that the stage `name` has written down and not yet made; False if none."""
    journal, staging = _journal(name), STAGING / name
    if not journal.exists():
        return False
    plan = json.loads(journal.read_text(encoding="utf-8"))
    for file in filter(lambda file: (staging / file).exists(), plan["files"]):
        place = ROOT / file
        place.parent.mkdir(parents=True, exist_ok=True)
        (staging / file).replace(place)
    for folder in plan["replaced"]:
        (ROOT / folder).mkdir(parents=True, exist_ok=True)  # data without a figure leave it empty
        for old in set(_files(ROOT / folder)) - {_below(f, folder) for f in plan["files"]}:
            (ROOT / folder / old).unlink()
    journal.unlink()
    return True


def recover(own: str | None = None) -> list[str]:
    """Finish the moves of killed runs and remove what they spilled; the names of their stages.

    Parameters
    ----------
    own : the stage whose lock we hold
    """
    sweep()
    names = [journal.stem for journal in sorted(STAGING.glob("*.moves"))]
    return [name for name in names if (finish(name) if name == own else _finish_anothers(name))]


def sweep() -> None:
    """Remove what processes that are no more have spilled."""
    for folder in SPILL.glob("*/"):
        if abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _finish_anothers(name: str) -> bool:
    with alone(lock(name), patience_s=0) as other:
        return not other and finish(name)


def lock(name: str) -> Path:
    """What a process holds while it runs the stage `name`."""
    return STAGING / f"{name}.lock"


def _journal(name: str) -> Path:
    return STAGING / f"{name}.moves"


def _files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir())


def _below(file: str, folder: str) -> str:
    return file.removeprefix(f"{folder}/")


def _sync(file: Path) -> None:
    """Wait until `file` is on the disk, so that a power cut does not leave a shorter one."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
