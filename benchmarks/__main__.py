"""Run the race and write reports/bench/: a page, a figure, the tables, and every single run."""

import datetime
import json
import shutil
import sys
import tempfile
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from benchmarks import child, inputs, race, report, summary
from benchmarks.tasks import TASKS, Inputs
from trackway import ROOT
from trackway.core.errors import InputError
from trackway.params import section
from trackway.tables.sources import lines

PLACE = ROOT / "build" / "bench"
REPORT = ROOT / "reports" / "bench"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
# who does what: the floor reads the columns alone, or converts and nothing else
CONTENDERS = ["floor", "trackway", "trackway_1gb", "duckdb", "polars", "pandas", "spark"]
NEEDS = {"polars": "polars", "spark": "pyspark"}
PACKAGES = ["duckdb", "ibis-framework", "polars", "pandas", "pyspark"]


def main(arguments: list[str]) -> None:
    chosen = _read(arguments)
    contenders = [name for name in chosen.contenders if _is_there(name)]
    limits = race.Limits(chosen.most_gb, chosen.most_s)
    runs = _earlier() if chosen.more else []
    for given in _inputs(chosen):
        rows = lines.count(given.raw) - 1
        print(f"{given.raw}: {given.raw.stat().st_size / 1e9:.2f} GB", flush=True)
        chosen.place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=chosen.place) as out:
            entries = [(t, c) for t in chosen.tasks for c in contenders if child.can(t, c)]
            for run in race.race(rows, given, entries, chosen.repeats, limits, Path(out)):
                runs.append(run)
                print(_line(run), flush=True)
    _report(runs, contenders, chosen)


def _read(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(
        "make bench", description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add(
        "--rows", type=int, nargs="+", default=[10_000_000], help="of simulated files, one per size"
    )
    add("--raw", type=Path, nargs="+", help="CSV files in REES46's form, in their place")
    add("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    add("--contenders", nargs="+", choices=CONTENDERS, default=CONTENDERS)
    add("--repeats", type=int, default=3, help="goes of each; the median counts")
    add("--most-gb", type=float, default=16, help="of memory, beyond which one is stopped")
    add("--most-s", type=float, default=3600, help="seconds, beyond which one is stopped")
    add("--place", type=Path, default=PLACE, help="where the files are made, and kept")
    add("--more", action="store_true", help="add to what reports/bench/ holds of other races")
    add("--into-docs", action="store_true", help="put tables and figure into docs/benchmarks.md")
    return parser.parse_args(arguments)


def _is_there(contender: str) -> bool:
    package = NEEDS.get(contender)
    there = package is None or find_spec(package) is not None
    if contender == "spark" and shutil.which("java") is None:
        there = False
    if not there:
        print(f"{contender} is left out: it is not installed; for Spark, Java 17 is needed, too")
    return there


def _inputs(chosen: Namespace) -> Iterator[Inputs]:
    if chosen.raw is None:
        yield from (inputs.of_size(rows, chosen.place) for rows in chosen.rows)
    for raw in chosen.raw or []:
        if not raw.is_file():
            raise InputError(f"--raw: there is no file {str(raw)!r}; name a CSV file")
        yield inputs.of_file(raw, chosen.place / raw.parent.name)


def _earlier() -> list[race.Run]:
    file = REPORT / "runs.json"
    if not file.exists():
        raise InputError("--more: reports/bench/ holds no earlier race; leave --more out")
    return [race.Run(**one) for one in json.loads(file.read_text(encoding="utf-8"))]


def _line(run: race.Run) -> str:
    told = run.failed or f"{run.cpu_s:.2f} s CPU, {run.wall_s:.1f} s, {run.peak_gb:.2f} GB"
    return f"{run.rows:>11,}  {run.task:10} {run.contender:10} {told}"


def _report(runs: list[race.Run], contenders: list[str], chosen: Namespace) -> None:
    REPORT.mkdir(parents=True, exist_ok=True)
    kept = json.dumps([vars(run) for run in runs], indent=1)
    (REPORT / "runs.json").write_text(kept + "\n", encoding="utf-8")
    table = summary.table(runs, contenders)
    table.to_csv(REPORT / "bench.csv", index=False, float_format="%.6g")
    text = report.markdown(table, _about(runs))
    (REPORT / "bench.md").write_text(text, encoding="utf-8")
    report.draw(table, REPORT / "bench.svg")
    report.page(text, REPORT / "bench.svg", REPORT / "index.html")
    if chosen.into_docs:
        report.into_document(text, REPORT / "bench.svg", DOCUMENT)
    print(f"{REPORT / 'index.html'}")


def _about(runs: list[race.Run]) -> list[str]:
    engine = section("engine")
    counts = Counter((run.rows, run.task, run.contender) for run in runs if not run.failed)
    goes = " to ".join(map(str, sorted({min(counts.values()), max(counts.values())})))
    there = [f"{name} {version(name)}" for name in PACKAGES if _installed(name)]
    return [
        f"Run of {datetime.datetime.now(datetime.UTC):%Y-%m-%d} on {race.machine()}; "
        f"{engine.threads} threads and, for DuckDB, a limit of {engine.memory}.",
        f"{', '.join(there)}.",
        f"Medians of {goes} alternating goes, in brackets the least and the most. A go is a "
        "process of its own; its start - imports, the engine - is told apart.",
        "Peak memory is the most resident at once, of the process and all it started.",
    ]


def _installed(package: str) -> bool:
    try:
        version(package)
    except ModuleNotFoundError:
        return False
    return True


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"bench: {error}")
