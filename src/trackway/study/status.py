"""Which steps are stale, and why, in words: ``python -m trackway.study.status``.

DVC compares the present code, parameters and data with `dvc.lock`; here its answer is told in
words, on the terminal and, through ``reports/status.css``, at the head of each report.
"""

import argparse
import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from trackway import ROOT
from trackway.core.errors import InputError
from trackway.study import banner, folders

SHOWN = 6  # reasons told of one step
HAPPENED = {"modified": "changed", "deleted": "is gone", "new": "is new"}


@dataclass(frozen=True)
class Step:
    """One stage of `dvc.yaml`, and what makes it stale.

    Attributes
    ----------
    name : str
    reasons : what changed since it last ran; empty if nothing did
    after : stale steps whose results it reads, directly or not; it may change once they have run
    """

    name: str
    reasons: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def stale(self) -> bool:
        """Whether its results cannot be taken for those of the present state."""
        return bool(self.reasons or self.after)

    @property
    def why(self) -> list[str]:
        """The reasons to be told: the first few, how many more, and what it waits for."""
        few = list(self.reasons[:SHOWN])
        more = len(self.reasons) - len(few)
        few += [f"and {more} more"] if more else []
        return few + ([f"reads what is stale: {', '.join(self.after)}"] if self.after else [])


def steps(root: Path = ROOT) -> list[Step]:
    """Every stage, in the order of `dvc.yaml`.

    Raises
    ------
    InputError
        If DVC cannot tell: it is running here, or `dvc.yaml` or `dvc.lock` is no such file.
    """
    from dvc.exceptions import DvcException  # here, for it takes half a second to import
    from dvc.lock import LockError
    from dvc.repo import Repo

    try:
        with contextlib.chdir(root), Repo() as repo:  # DVC reads the dvc.yaml of where it stands
            answer, graph = repo.status(), repo.index.graph
    except LockError:
        raise InputError("DVC is at work in this checkout; ask again when it is done") from None
    except DvcException as error:
        raise InputError(f"DVC cannot tell the state of this checkout: {error}") from None
    lock = _yaml(root / "dvc.lock").get("stages", {})
    names = list(_yaml(root / "dvc.yaml")["stages"])
    own = {name: _reasons(root, lock.get(name), answer.get(name, [])) for name in names}
    upstream = {stage.name: _all_before(graph, stage) for stage in graph}
    return [
        Step(name, own[name], tuple(n for n in names if own[n] and n in upstream[name]))
        for name in names
    ]


def _all_before(graph, stage) -> set[str]:
    """Names of the stages that `stage` depends on, through others too."""
    later, to_see = set(), [stage]
    while to_see:
        new = [other for other in graph.successors(to_see.pop()) if other.name not in later]
        later |= {other.name for other in new}
        to_see += new
    return later


def _yaml(file: Path) -> dict:
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}


def _reasons(root: Path, locked: dict | None, answer: list) -> tuple[str, ...]:
    """DVC's `answer` on one stage in words, parameters first."""
    if locked is None:
        return ("never run",)
    parts = {kind: what for part in answer if isinstance(part, dict) for kind, what in part.items()}
    deps, outs = parts.get("changed deps", {}), parts.get("changed outs", {})
    reasons = []
    for file in [path for path, what in deps.items() if isinstance(what, dict)]:
        reasons += _parameters(root / file, locked.get("params", {}).get(file, {}), deps.pop(file))
    if "changed command" in answer:
        reasons.append("its command in dvc.yaml changed")
    for path, what in deps.items():
        reasons += _dependency(root, path, what, locked)
    # An out that only the cache lacks lies here and is whole: that does not make it stale.
    made = [(path, what) for path, what in outs.items() if what != "not in cache"]
    reasons += [f"{path} is {_of_out(what)}" for path, what in made]
    return tuple(reasons)


def _of_out(what: str) -> str:
    return "missing" if what == "deleted" else "not what the step wrote"


def _dependency(root: Path, path: str, what: str, locked: dict) -> list[str]:
    recorded = {dep["path"]: dep.get("md5", "") for dep in locked.get("deps", [])}
    if path not in recorded:
        return [f"{path} is a new dependency"]
    if (root / path).is_dir():
        return folders.changed(root, path, recorded[path]) or [f"{path}: files changed"]
    return [f"{path} {HAPPENED.get(what, what)}"]


def _parameters(file: Path, before: dict, asked: dict) -> list[str]:
    """``params rfm.k: 5 -> 6``, for every value below the keys `asked` that differs."""
    now = _yaml(file)
    old = {name: value for key in asked for name, value in flat(before.get(key, {}), key)}
    new = {name: value for key in asked for name, value in flat(_at(now, key), key)}
    return [
        f"params {name}: {shown(old, name)} -> {shown(new, name)}"
        for name in sorted(old | new)
        if shown(old, name) != shown(new, name)
    ]


def _at(tree: object, key: str) -> object:
    for part in key.split("."):
        tree = tree.get(part, {}) if isinstance(tree, dict) else {}
    return tree


def flat(tree: object, name: str) -> list[tuple[str, object]]:
    """The values of nested dictionaries with dotted names.

    >>> flat({"k": 5, "split": {"train": 0.7}}, "rfm")
    [('rfm.k', 5), ('rfm.split.train', 0.7)]
    """
    if not isinstance(tree, dict):
        return [(name, tree)]
    return [pair for key, inner in tree.items() for pair in flat(inner, f"{name}.{key}")]


def shown(values: dict, name: str) -> str:
    """`values[name]` as `params.yaml` would write it; "(none)" where there is none.

    >>> shown({"k": None, "gap": "30min"}, "k"), shown({}, "k")
    ('null', '(none)')
    """
    if name not in values:
        return "(none)"
    return yaml.safe_dump(values[name], default_flow_style=True, width=1000).split("\n")[0]


def summary(stages: list[Step]) -> str:
    """All steps in words, for a terminal."""
    stale = [step for step in stages if step.stale]
    if not stale:
        return f"All {len(stages)} steps are up to date: {', '.join(step.name for step in stages)}."
    lines = [
        line
        for step in stale
        for line in [f"{step.name} is stale", *(f"    {reason}" for reason in step.why)]
    ]
    fresh = ", ".join(step.name for step in stages if not step.stale) or "none"
    return "\n".join([*lines, f"Up to date: {fresh}. `make repro` runs what is stale."])


def main(arguments: list[str]) -> int:
    """Tell the state of all steps, or of one: ``--of rfm``; 0 if it could be told."""
    chosen = argparse.ArgumentParser(prog="python -m trackway.study.status", description=__doc__)
    chosen.add_argument(
        "--of", metavar="STEP", help="one step, in one line; nothing if all is well"
    )
    step = chosen.parse_args(arguments).of
    try:
        stages = steps()
        banner.write({one.name: one.why for one in stages})
        text = summary(stages) if step is None else of(stages, step)
        print(text, end="\n" if step is None else "")
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def of(stages: list[Step], name: str) -> str:
    """What makes the step `name` stale, in one line; empty if it is not, or there is no such."""
    return "; ".join(reason for step in stages if step.name == name for reason in step.why)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
