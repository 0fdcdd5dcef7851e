"""Put right what a killed run has left: `make repro` says ``python -m trackway.pipeline.recover``.

Results half moved into place are completed, half-run notebooks are kept and named, spilled tables
removed, and DVC's list of files in use is freed from processes that are gone.
"""

import json
import sys
from pathlib import Path

import psutil

from trackway import ROOT
from trackway.core import locks
from trackway.pipeline import failure, stage

IN_USE = ROOT / ".dvc" / "tmp" / "rwlock"


def main() -> int:
    for name in stage.recover():
        print(f"recovered: the results of the stage {name}, killed while they were put in place")
    for message in killed():
        print(f"{message}\n", file=sys.stderr)
    if free(IN_USE):
        print("recovered: DVC's list of files in use, which named processes that are gone")
    return 0


def killed() -> list[failure.Stopped]:
    """What to say of each run that was killed; its half-run notebook is kept."""
    names = sorted(folder.name for folder in stage.STAGING.glob("*") if folder.is_dir())
    return [message for name in names if (message := failure.killed(name))]


def free(in_use: Path) -> bool:
    """Remove DVC's list `in_use` if no DVC that it names is alive, or a kill has torn it."""
    if not in_use.exists():
        return False
    with locks.alone(in_use.with_suffix(".lock"), patience_s=5) as other:
        if other or not (pids := _named(in_use)) or any(map(_is_dvc, pids)):
            return False
        in_use.unlink()
        return True


def _named(in_use: Path) -> list[int]:
    """The processes in the list; of a torn one, none that could be."""
    try:
        content = json.loads(in_use.read_text(encoding="utf-8"))
        readers = [reader for readers in content.get("read", {}).values() for reader in readers]
        return [entry["pid"] for entry in [*readers, *content.get("write", {}).values()]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [-1]


def _is_dvc(pid: int) -> bool:
    """Whether `pid` is a DVC at work: neither dead, nor a zombie, nor another's number by now."""
    try:
        process = psutil.Process(pid)
        dead = process.status() == psutil.STATUS_ZOMBIE
        return not dead and any("dvc" in word for word in process.cmdline())
    except (psutil.Error, ValueError):  # below zero
        return False


if __name__ == "__main__":
    sys.exit(main())
