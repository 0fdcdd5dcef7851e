"""Does the study come out the same again? ``python -m trackway.study.verify [--threads 1]``.

``--cpu EPYC`` has it run as on another processor (`emulated`).

The whole study is run in a fresh clone in a temporary folder, with a cache of its own, and every
output is compared with the present one, byte by byte. `docs/reproducibility.md` says what is
promised.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from trackway import ROOT
from trackway.core.errors import InputError
from trackway.study import clone, differences, status

MORE = 20  # names of files told beside the first that differs


def files(here: Path, there: Path) -> list[str]:
    """Every file that the stages left here or there, in the order of `dvc.yaml`; its lock last."""
    names: dict[str, None] = {}
    for out in clone.outs(here):
        for root in [here, there]:
            files = sorted(p for p in [root / out, *(root / out).rglob("*")] if p.is_file())
            names |= dict.fromkeys(p.relative_to(root).as_posix() for p in files)
    return [*names, "dvc.lock"]


def main(arguments: list[str]) -> int:
    """Verify the checkout; 0 if every output is the same."""
    parser = argparse.ArgumentParser(prog="python -m trackway.study.verify", description=__doc__)
    parser.add_argument("--threads", type=int, help="of engine and libraries, there; else as here")
    parser.add_argument("--cpu", help="a processor that QEMU knows, for the run there; else ours")
    chosen = parser.parse_args(arguments)
    threads = chosen.threads
    if threads is not None and threads < 1:
        parser.error(f"--threads must be 1 or more, got {threads}")
    folder = Path(tempfile.mkdtemp(prefix="trackway-verify-"))
    try:
        verdict, well = verify(ROOT, folder, threads, chosen.cpu)
    except BaseException as error:
        shutil.rmtree(folder)
        if not isinstance(error, InputError):
            raise
        print(f"verify: {error}", file=sys.stderr)
        return 1
    print(f"verify: {verdict}")
    if well:
        shutil.rmtree(folder)
    else:
        print(f"The other run lies in {folder}; remove it when you have seen it.")
    return 0 if well else 1


def verify(
    root: Path, folder: Path, threads: int | None = None, processor: str | None = None
) -> tuple[str, bool]:
    """What came of it, in words, and whether all is well.

    Raises
    ------
    InputError
        If there is nothing to compare with, or the study cannot be run elsewhere.
    """
    _can_be_compared(root)
    there, scratch = folder / "checkout", folder / "scratch"
    scratch.mkdir()
    uncommitted = clone.make(root, there)
    started = time.monotonic()
    clone.run(there, scratch, _tell, threads, processor)
    asked = conditions(root, uncommitted, threads, processor)
    how = f"{asked} in {time.monotonic() - started:.0f} s"
    compared = files(root, there)
    differ = [name for name in compared if not differences.same(root / name, there / name)]
    if not differ:
        return f"all {len(compared)} files are the same, byte by byte ({how}).", True
    return named(root, there, differ, how), False


def _tell(stage: str) -> None:
    print(f"  running {stage}", flush=True)


def _can_be_compared(root: Path) -> None:
    stale = [step.name for step in status.steps(root) if step.stale]
    if stale:
        raise InputError(
            f"these steps are stale or not made: {', '.join(stale)}. `make status` says why; run "
            "`make repro` first, then verify what it made."
        )
    asked = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    raw = asked.get("sampling", {}).get("raw") or []
    for pattern in [raw] if isinstance(raw, str) else raw:
        if not Path(pattern).expanduser().is_absolute():
            raise InputError(
                f"sampling.raw names {pattern!r}, seen from this folder; a clone elsewhere would "
                "not find it. Name it by its whole path (or from ~), and run `make repro`."
            )


def conditions(
    root: Path, uncommitted: list[str], threads: int | None, processor: str | None
) -> str:
    """What was run, and how, in words."""
    commit = subprocess.run(
        ["git", "-C", root, "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    state = f"commit {commit}"
    if uncommitted:
        few = ", ".join(uncommitted[:3]) + (", ..." if len(uncommitted) > 3 else "")
        state += f" with uncommitted changes in {len(uncommitted)} files ({few})"
    unlike = ", ".join(f"{name}={value}" for name, value in clone.UNLIKE.items())
    more = f", {threads} thread{'s' if threads > 1 else ''}" if threads else ""
    more += f", as on a {processor}" if processor else ""
    return f"{state}, run in a fresh clone with {unlike}, LANG={clone.locale()}{more}"


def named(root: Path, there: Path, differ: list[str], how: str) -> str:
    """The first file that differs, where and how; then the others."""
    name, *others = differ
    difference = differences.first(root / name, there / name)
    more = f"\nAlso {len(others)} more: {', '.join(others[:MORE])}" if others else ""
    return f"{name} differs, {difference}.{more}\nHere is the present result, there ({how})."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
