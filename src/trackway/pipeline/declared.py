"""Hold what a stage really reads, imports and writes against what dvc.yaml says of it.

DVC reruns a stage when one of its declared dependencies has changed; what it reads without saying
so goes stale unseen. While a stage runs, Python's audit hooks tell of every file that is opened, in
the runner and in the kernel, and `paths.path`, `paths.target` and `params.section` tell what is
handed to readers the hooks do not see: DuckDB, Arrow and other native code.

Not seen: a native library that is given a path by hand, past `paths.path`; a program that is
started; that a file is looked for and absent; that a file is removed.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import source_from_cache
from pathlib import Path

import yaml

from trackway import ROOT
from trackway.core.errors import InputError
from trackway.core.watched import READ, SECTION, WRITTEN

LOG = "TRACKWAY_WATCH"  # set while a stage runs: the file its processes write down what they see
OWN = {  # what the tools keep for themselves: never a stage's input or output
    *(".venv", ".git", ".dvc", ".staging", ".spill", "runs", "__pycache__", ".ipynb_checkpoints"),
    *("params.yaml", "dvc.yaml", "dvc.lock"),  # parameters are watched section by section
}
UNGUARDED = {"engine"}  # of it every stage declares `instructions`, which alone changes bytes
LINKED = Path("data/raw/.linked")  # stands for files elsewhere; kept by `files.link_outside`
_INSIDE = f"{ROOT}{os.sep}"
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MOVES = {"os.rename", "os.link", "os.symlink"}
_TELLING = frozenset({"open", READ, WRITTEN, SECTION, *_MOVES})

_log: int | None = None  # where this process writes down what it sees; None: it does not watch
_seen: set[tuple[str, str]] = set()
_hooked = False


@dataclass
class Stage:
    """What dvc.yaml says of a stage, or what a run of it really did; paths from the checkout."""

    deps: set[str] = field(default_factory=set)
    params: set[str] = field(default_factory=set)
    outs: set[str] = field(default_factory=set)


def watch() -> None:
    """Write down what this process opens, and has imported, if its stage is watched."""
    global _log, _hooked
    if LOG not in os.environ:
        return
    _log = os.open(os.environ[LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    _seen.clear()
    for name, module in sys.modules.copy().items():  # a collection may import meanwhile
        # What starts the process computes nothing: `pipeline.run`, or spark-submit's `submit.py`.
        if name != "__main__" and (file := getattr(module, "__file__", None)):
            _note(READ, file)
    if not _hooked:  # a hook cannot be taken away again
        sys.addaudithook(_hook)
        _hooked = True


@contextmanager
def watching(log: Path) -> Iterator[None]:
    """Watch this process and those it starts; they write to `log`."""
    global _log
    log.unlink(missing_ok=True)
    os.environ[LOG] = str(log)
    watch()
    try:
        yield
    finally:
        opened, _log = _log, None
        os.close(opened)
        del os.environ[LOG]


def _hook(event: str, args: tuple, telling: frozenset[str] = _TELLING) -> None:
    # An argument, since at the interpreter's end a module's names are None.
    if event not in telling or _log is None:
        return  # nearly all of them: a stage has some hundred thousand events
    if event == "open":
        path, mode, flags = args
        writes = any(c in mode for c in "wax+") if mode else flags & _WRITES
        _note(WRITTEN if writes else READ, path)
    elif event in _MOVES:
        _note(WRITTEN, args[1])
    else:
        _note(event, args[0])


def _note(kind: str, what: object) -> None:
    """Write down what was not seen before; of files, those in the checkout."""
    if not isinstance(what, str | bytes | os.PathLike):
        return  # a file that is open already
    if kind != SECTION:
        what = os.path.abspath(os.fsdecode(what))  # noqa: PTH100 - a hook has to be quick
        if not what.startswith(_INSIDE):
            return
        what = what.removeprefix(_INSIDE)
    if (kind, what) not in _seen and what.split(os.sep, 1)[0] not in OWN:
        _seen.add((kind, what))
        os.write(_log, f"{json.dumps([kind, what])}\n".encode())


def check(name: str, log: Path, staged: set[str]) -> None:
    """Refuse a run of the stage `name` that did what dvc.yaml does not say of it.

    Parameters
    ----------
    log : what the stage's processes wrote down
    staged : the files it leaves, from the checkout

    Raises
    ------
    InputError
        With the lines to add to dvc.yaml, or to take away.
    """
    declared, done = _declared(name), _done(log)
    done.outs |= staged
    faults = _lines("deps", {d for d in done.deps if not _covered(d, declared.deps | _links())})
    faults += _lines("params", {p for p in done.params if not _listed(p, declared.params)})
    faults += _lines(
        "outs", {o for o in done.outs if not _covered(o, declared.outs)}, "persist: true"
    )
    if faults:
        raise InputError(
            f"The stage {name} did what dvc.yaml does not say of it, so DVC would not notice when "
            f"its results are stale. Add to stage {name} in dvc.yaml, or leave it:\n\n"
            + "\n".join(faults)
        )
    if unmade := sorted(out for out in declared.outs if not _made(out, staged)):
        raise InputError(
            f"The stage {name} did not write {', '.join(unmade)}; what lies there is of an "
            "earlier run. Write it, or take it out of dvc.yaml."
        )


def _declared(name: str) -> Stage:
    try:
        content = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError) as error:
        raise InputError(f"dvc.yaml cannot be read: {error}") from None
    stage = content["stages"].get(name, {})
    names = {kind: _names(stage.get(kind, [])) for kind in ["deps", "params", "outs", "metrics"]}
    outs = names["outs"] | names["metrics"] | _names(stage.get("plots", []))
    return Stage(names["deps"], names["params"], outs)


def _names(entries: list[str | dict]) -> set[str]:
    return {entry if isinstance(entry, str) else next(iter(entry)) for entry in entries}


def _done(log: Path) -> Stage:
    done = Stage()
    for line in log.read_text(encoding="utf-8").splitlines():
        kind, what = json.loads(line)
        if kind == SECTION:
            done.params.add(what)
        elif kind == READ and (source := _source(what)):
            done.deps.add(source)
        elif kind == WRITTEN and not what.endswith(".pyc") and (ROOT / what).exists():
            done.outs.add(what)
    done.outs -= {name for name in done.outs if LINKED in Path(name).parents}
    return done


def _source(name: str) -> str | None:
    """The file that is meant by `name`: of compiled code its source. None if it is not there."""
    if name.endswith(".pyc"):
        name = os.path.relpath(source_from_cache(ROOT / name), ROOT)
    return name if (ROOT / name).exists() else None


def _covered(name: str, declared: set[str]) -> bool:
    return any(str(place) in declared for place in [Path(name), *Path(name).parents])


def _listed(section: str, declared: set[str]) -> bool:
    """Whether `section`, such as ``demo.effects``, or the whole that it is part of is declared."""
    return not {section, section.split(".")[0]}.isdisjoint(declared | UNGUARDED)


def _links() -> set[str]:
    """What data/raw/.linked stands for: DVC watches the files behind the links."""
    targets = [link.resolve() for link in (ROOT / LINKED).glob("*")]
    return {str(t.relative_to(ROOT)) for t in targets if t.is_relative_to(ROOT)}


def _made(out: str, staged: set[str]) -> bool:
    return Path(out).suffix == "" or out in staged  # a folder may be left empty


def _lines(kind: str, names: set[str], option: str = "") -> list[str]:
    """The lines of dvc.yaml that declare `names`."""
    entry = f":\n          {option}" if option else ""
    return [f"    {kind}:", *(f"      - {name}{entry}" for name in sorted(names))] if names else []
