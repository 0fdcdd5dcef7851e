"""A fresh copy of the checkout in another folder, and a run of the whole study in it.

The copy holds what git keeps and what is changed or new in the working tree, and nothing that was
made: no data, no results, no cache. The user's own raw files are linked, not copied; they are only
read.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from trackway.core.errors import InputError
from trackway.study import emulated

KINDS = ["outs", "metrics", "plots"]  # what a stage leaves
RAW = "data/raw"
MADE_THERE = {"demo", ".linked", ".gitkeep"}  # entries of data/raw that the run makes itself
# Each is unlike what people have, and unlike what the runner sets; none may change a byte.
UNLIKE = {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Chatham"}
LOCALES = ["tr_TR.utf8", "de_DE.utf8", "fr_FR.utf8", "C"]  # the first that is installed


def make(root: Path, place: Path) -> list[str]:
    """Copy the checkout at `root` to `place`; return the files that no commit has as they are.

    Raises
    ------
    InputError
        If `root` is no git checkout with a commit.
    """
    try:
        # By the transport, without links to the objects of the other: nothing is shared.
        _git(root, "clone", "--quiet", "--no-local", "--depth", "1", str(root), str(place))
    except subprocess.CalledProcessError as error:
        raise InputError(f"{root} cannot be cloned by git: {error.stderr.strip()}") from None
    changed = _names(root, "diff", "--name-only", "-z", "HEAD")
    changed += _names(root, "ls-files", "--others", "--exclude-standard", "-z")
    for name in changed:
        _carry(root / name, place / name)
    for out in outs(root):
        _remove(place / out)
    for file in own_raw(root):
        link = place / file.relative_to(root)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(file.resolve())
    made = [*outs(root), "dvc.lock"]
    return [name for name in changed if not any(Path(name).is_relative_to(o) for o in made)]


def outs(root: Path) -> list[str]:
    """Everything the stages of `root` leave, in the order of `dvc.yaml`."""
    stages = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"].values()
    listed = [one for stage in stages for kind in KINDS for one in stage.get(kind, [])]
    return [one if isinstance(one, str) else next(iter(one)) for one in listed]


def own_raw(root: Path) -> Iterator[Path]:
    """The user's own files below `data/raw/`."""
    for entry in sorted((root / RAW).glob("*")):
        if entry.name not in MADE_THERE:
            yield from sorted(p for p in [entry, *entry.rglob("*")] if p.is_file())


def run(
    place: Path,
    scratch: Path,
    tell: Callable[[str], None],
    threads: int | None = None,
    processor: str | None = None,
) -> None:
    """Run every stage in `place`, in an environment unlike the usual one.

    Parameters
    ----------
    place : a copy, from `make`
    scratch : an empty folder for caches and settings, so that nobody's own take part
    tell : called with the name of each stage when it starts
    threads : of the engine and the libraries; None: as `params.yaml` says
    processor : one that QEMU knows, for Python to run on; None: this one

    Raises
    ------
    InputError
        If a stage fails, with the end of what it printed; if there is no such processor.
    """
    if threads:
        _set_threads(place / "params.yaml", threads)
    programs = Path(sys.executable).parent
    if processor:
        programs = emulated.interpreter(scratch / "python", processor)
    with (
        (scratch / "log").open("w+") as log,
        subprocess.Popen(
            [sys.executable, "-m", "dvc", "repro", "--force"],
            cwd=place,
            env=environment(place, scratch, programs),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as running,
    ):
        for line in running.stdout:
            log.write(line)
            if line.startswith("Running stage"):
                tell(line.split("'")[1])
        if running.wait():
            log.seek(0)
            raise InputError(f"the study fails in a fresh clone:\n{log.read()[-3000:]}")


def environment(place: Path, scratch: Path, programs: Path) -> dict[str, str]:
    """Ours, but with another locale, zone and hash seed, and without anybody's settings.

    Parameters
    ----------
    programs : the folder of the python that runs the stages
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DVC_", "TRACKWAY_ST", "LC_"))}
    folders = ["DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR", "DVC_SITE_CACHE_DIR"]
    folders += ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "IPYTHONDIR"]
    own = Path(sys.executable).parent  # of the programs beside python, such as dvc
    path = os.pathsep.join([str(programs), str(own), kept.get("PATH", "")])
    return (
        kept
        | UNLIKE
        | {name: str(scratch / name) for name in folders}
        | {
            "LANG": locale(),
            "PATH": path,
            "PYTHONPATH": str(place / "src"),
        }
    )


def locale() -> str:
    """A locale that writes numbers or letters unlike English, where one is installed."""
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout
    return next((name for name in LOCALES if name in listed.split()), "C")


def _set_threads(file: Path, threads: int) -> None:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["engine"]["threads"] = threads
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _carry(source: Path, target: Path) -> None:
    if not (source.exists() or source.is_symlink()):
        _remove(target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _names(root: Path, *arguments: str) -> list[str]:
    return [name for name in _git(root, *arguments).split("\0") if name]


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", root, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout
