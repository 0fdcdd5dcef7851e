"""What the whole study takes, step by step, from what the runner notes of each run in ``runs/``.

``python -m benchmarks.study CHECKOUT...`` prints a table, a column per checkout in which the study
has been run; ``--into-docs`` puts it into docs/benchmarks.md.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path

import yaml

from benchmarks import race
from benchmarks.__main__ import DOCUMENT
from benchmarks.report import put, row
from trackway.core.errors import InputError

BEGIN = "<!-- made by `python -m benchmarks.study` -->"


def main(arguments: list[str]) -> None:
    parser = ArgumentParser("python -m benchmarks.study", description=__doc__)
    parser.add_argument("checkouts", type=Path, nargs="+", help="folders, each of a whole study")
    parser.add_argument("--into-docs", action="store_true", help="put it into docs/benchmarks.md")
    chosen = parser.parse_args(arguments)
    text = _table({place: _runs(place) for place in chosen.checkouts})
    print(text)
    if chosen.into_docs:
        put(text, BEGIN, DOCUMENT)


def _runs(place: Path) -> dict[str, dict]:
    """What is noted of each step's last run, by its notebook."""
    found = {file.stem: json.loads(file.read_text()) for file in sorted(place.glob("runs/0*.json"))}
    if not found:
        raise InputError(f"{place} holds no runs/; run the study there: dvc repro")
    return found


def _table(runs: dict[Path, dict[str, dict]]) -> str:
    heads = [_size(place) for place in runs]
    lines = [row(["step", *heads]), row(["---", *["---:"] * len(heads)])]
    for step in sorted(set().union(*runs.values())):
        lines.append(row([step, *(_cell(of_size.get(step)) for of_size in runs.values())]))
    about = f"CPU s; wall, s; peak, GB. On {race.machine()}."
    return about + "\n\n" + "\n".join(lines) + "\n"


def _size(place: Path) -> str:
    rows = json.loads((place / "reports/metrics/sampling.json").read_text())["rows_in"]
    engine = yaml.safe_load((place / "params.yaml").read_text())["engine"]
    return f"{rows:,} rows, engine.memory {engine['memory']}"


def _cell(run: dict | None) -> str:
    if run is None:
        return "-"
    peak_gb = run["peak_memory_mb"] * 2**20 / 1e9  # noted in binary megabytes
    return f"{run['cpu_s']:.0f}; {run['total_s']:.0f}; {peak_gb:.2f}"


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"bench: {error}")
