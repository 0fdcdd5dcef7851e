"""One page on what moved between two states: ``python -m trackway.study.compare HEAD workspace``.

A state is a git revision, a DVC experiment or `workspace`. The page stands alone, as the reports
do; it is made on demand and is no output of a stage.
"""

import argparse
import base64
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from trackway import ROOT
from trackway.core.errors import InputError
from trackway.report.html import webpage
from trackway.study import moved
from trackway.study.revision import Revision, changed_code, resolve

PAGE = "reports/compare.html"
TEMPLATES = Path(__file__).parent / "templates"
ROOM = 4_500_000  # characters of figures on the page; a page of more is hard to hand round
MOST = 40  # rows of a table shown


@dataclass(frozen=True)
class Figure:
    """A figure that differs: its path, and each version as a data URI; empty where it has none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """What moved in one step.

    Attributes
    ----------
    name : str
    metrics, claims : changes, the weightiest first
    tables : those that differ
    figures : those that differ and have room on the page
    same_figures, left_out : how many do not differ; names of those that have no room
    """

    name: str
    metrics: list[moved.Change]
    claims: list[moved.Change]
    tables: list[moved.Table]
    figures: list[Figure]
    same_figures: int
    left_out: list[str]


def steps(before: Revision, after: Revision) -> list[Step]:
    """What moved, step by step, in the order of the later state's pipeline."""
    left = ROOM
    changed = []
    for name in _names(before, after):
        figures, same, left_out = _figures(name, before, after, left)
        left -= sum(len(one.before) + len(one.after) for one in figures)
        changed.append(
            Step(
                name,
                moved.metrics(_metrics(before, name), _metrics(after, name)),
                moved.claims(_claims(before, name), _claims(after, name)),
                _tables(name, before, after),
                figures,
                same,
                left_out,
            )
        )
    return changed


def _names(before: Revision, after: Revision) -> list[str]:
    """Steps that have metrics in either state, in the order of `dvc.yaml`."""
    there = {Path(f).stem for state in (before, after) for f in state.files("reports/metrics")}
    stages = [name for state in (after, before) for name in _yaml(state, "dvc.yaml")["stages"]]
    return [name for name in dict.fromkeys(stages) if name in there]


def _yaml(state: Revision, path: str) -> dict:
    return yaml.safe_load(state.read(path) or b"{}")


def _json(state: Revision, path: str) -> dict:
    return json.loads(state.read(path) or b"{}")


def _metrics(state: Revision, step: str) -> dict[str, moved.Metric]:
    return moved.measures(_json(state, f"reports/metrics/{step}.json"))


def _claims(state: Revision, step: str) -> dict[str, dict]:
    summary = _json(state, f"reports/tables/{step}/summary.json")
    return {claim["name"]: claim for claim in summary.get("claims", [])}


def _either(folder: str, before: Revision, after: Revision, kind: str) -> list[str]:
    files = dict.fromkeys([*after.files(folder), *before.files(folder)])
    return [file for file in files if file.endswith(kind)]


def _tables(step: str, before: Revision, after: Revision) -> list[moved.Table]:
    files = _either(f"reports/tables/{step}", before, after, ".csv")
    compared = [moved.table(Path(f).name, before.read(f), after.read(f)) for f in files]
    return [one for one in compared if one]


def _figures(
    step: str, before: Revision, after: Revision, room: int
) -> tuple[list[Figure], int, list[str]]:
    shown, same, left_out = [], 0, []
    for file in _either(f"reports/figures/{step}", before, after, ".svg"):
        old, new = before.read(file), after.read(file)
        if old == new:
            same += 1
            continue
        figure = Figure(Path(file).stem, _uri(old), _uri(new))
        room -= len(figure.before) + len(figure.after)
        if room < 0:
            left_out.append(figure.name)
        else:
            shown.append(figure)
    return shown, same, left_out


def _uri(svg: bytes | None) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}" if svg else ""


def page(before: Revision, after: Revision) -> str:
    """The page as HTML."""
    changed = steps(before, after)
    metrics = [change for step in changed for change in step.metrics]
    return webpage.page(
        "compare.html.j2",
        TEMPLATES,
        title=f"{before.name} and {after.name}",
        before=before,
        after=after,
        params=moved.params(_yaml(before, "params.yaml"), _yaml(after, "params.yaml")),
        code=changed_code(before, after),
        steps=changed,
        counts={word: sum(c.verdict == word for c in metrics) for word in moved.VERDICTS},
        flipped=[(s.name, c) for s in changed for c in s.claims if c.verdict == moved.FLIPPED],
        most=MOST,
    )


def main(arguments: list[str]) -> int:
    """Write the page on two states; 0 if they could be read."""
    parser = argparse.ArgumentParser(prog="python -m trackway.study.compare", description=__doc__)
    parser.add_argument("before", help="git revision, DVC experiment, or workspace")
    parser.add_argument("after", help="the same")
    chosen = parser.parse_args(arguments)
    try:
        text = page(resolve(chosen.before, ROOT), resolve(chosen.after, ROOT))
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    webpage.write(text, ROOT / PAGE)
    print(f"What moved: {ROOT / PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
