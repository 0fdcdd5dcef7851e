"""What the recommender's rungs cost beside what they are worth, and how fast it is searched.

``python -m benchmarks.recommend`` writes reports/bench/recommend.md. Each part is done in a process
of its own (`rungs`), on a simulated month with as many products as REES46 has.
"""

import datetime
import json
import subprocess
import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from benchmarks import inputs, race
from benchmarks.__main__ import DOCUMENT, PLACE, REPORT
from benchmarks.report import put, row
from benchmarks.tasks import Inputs
from trackway.core.errors import InputError
from trackway.recommend.models.ladder import RUNGS

BEGIN = "<!-- made by `python -m benchmarks.recommend` -->"
PARTS = ["known", *RUNGS, "search", "serving"]


def main(arguments: list[str]) -> None:
    chosen = _read(arguments)
    found = _earlier() if chosen.more else {}
    for name, folder in _folders(chosen):
        of_size = found.setdefault(name, {})
        for part in chosen.parts:
            of_size[part] = _run(part, folder)
            print(name, part, json.dumps(of_size[part]), flush=True)
            _report(found, chosen.into_docs)


def _read(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(
        "python -m benchmarks.recommend",
        description=__doc__,
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--rows", type=int, nargs="+", default=[10_000_000], help="of simulated months")
    add("--tables", type=Path, nargs="+", help="folders with events.parquet and sessions.parquet")
    add("--parts", nargs="+", choices=PARTS, default=PARTS)
    add("--place", type=Path, default=PLACE, help="where the files are made, and kept")
    add("--more", action="store_true", help="add to what reports/bench/ holds of other runs")
    add("--into-docs", action="store_true", help="put the tables into docs/benchmarks.md")
    return parser.parse_args(arguments)


def _folders(chosen: Namespace) -> Iterator[tuple[str, Path]]:
    for rows in [] if chosen.tables else chosen.rows:
        made, folder = inputs.of_size(rows, chosen.place), chosen.place / f"{rows}-recommend"
        yield f"{rows:,} rows", inputs.of_many_products(made, folder)
    for folder in chosen.tables or []:
        made = Inputs(folder, folder / "events.parquet", folder / "sessions.parquet")
        if not made.sessions.exists():
            raise InputError(f"--tables: {folder} holds no sessions.parquet; run 01_sampling")
        wide = inputs.of_many_products(made, chosen.place / f"{folder.name}-recommend")
        yield f"{folder.name} rows", wide


def _run(part: str, folder: Path) -> dict:
    command = [sys.executable, "-m", "benchmarks.rungs", part, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": done.stderr.strip()[-race.LAST_WORDS :] or "it was killed"}
    return json.loads(done.stdout.strip().splitlines()[-1])


def _earlier() -> dict:
    file = REPORT / "recommend.json"
    if not file.exists():
        raise InputError("--more: reports/bench/ holds no earlier run; leave --more out")
    return json.loads(file.read_text(encoding="utf-8"))


def _report(found: dict, into_docs: bool) -> None:
    REPORT.mkdir(parents=True, exist_ok=True)
    kept = json.dumps(found, indent=1)
    (REPORT / "recommend.json").write_text(kept + "\n", encoding="utf-8")
    text = markdown(found)
    (REPORT / "recommend.md").write_text(text, encoding="utf-8")
    if into_docs:
        put(text, BEGIN, DOCUMENT)


def markdown(found: dict) -> str:
    """The tables: the rungs by size, then search and serving."""
    today = datetime.datetime.now(datetime.UTC)
    parts = [f"Run of {today:%Y-%m-%d} on {race.machine()}."]
    for name, of_size in found.items():
        done = {part: told for part, told in of_size.items() if "failed" not in told}
        parts += [f"### {name.capitalize()}", *_failures(of_size)]
        if "known" in done:
            parts.append(_known(done["known"]))
        if rungs := [one for one in RUNGS if one in done]:
            parts.append(_rungs({one: done[one] for one in rungs}))
        if "search" in done:
            parts.append(_search(done["search"]))
        if "serving" in done:
            parts.append(_serving(done["serving"]))
    return "\n\n".join(parts) + "\n"


def _failures(of_size: dict) -> Iterator[str]:
    for part, told in of_size.items():
        if "failed" in told:
            yield f"{part} failed: {' '.join(told['failed'].split())}"


def _known(told: dict) -> str:
    return (
        f"Known at the test part's cut: {told['users']:,} users, {told['products']:,} products, "
        f"{told['pairs']:,} pairs of them that met, {told['steps']:,} steps. To find that for both "
        f"cuts took {told['cpu_s']:.0f} CPU seconds and {told['peak_gb']:.2f} GB."
    )


def _rungs(done: dict) -> str:
    head = ["rung", "NDCG at 10, views", "choose, CPU s", "fit, CPU s", "fit, wall s", "peak, GB"]
    lines = [row([*head, "rank a user, CPU ms"]), row(["---", *["---:"] * 6])]
    for name, one in done.items():
        value = f"{one['value']:.4f} [{one['low']:.4f}, {one['high']:.4f}]"
        spent = [f"{one['choose_cpu_s']:.1f}" if one["choose_cpu_s"] else "-"]
        spent += [f"{one[key]:.1f}" for key in ("fit_cpu_s", "fit_wall_s")]
        lines.append(
            row(
                [name, value, *spent, f"{one['fit_peak_gb']:.2f}", f"{1e3 * one['rank_cpu_s']:.2f}"]
            )
        )
    return "\n".join(lines)


def _search(told: dict) -> str:
    head = ["vectors", "products", "exact: single, ms", "batched", "HNSW: single, ms", "batched"]
    lines = [row([*head, "recall at 20", "build, CPU s", "pays from"]), row(["---", *["---:"] * 8])]
    for name, one in told.items():
        if not isinstance(one, dict):
            continue
        times = [f"{one[f'{kind}_ms']:.2f} ({one[f'{kind}_cpu_ms']:.2f} CPU)" for kind in _KINDS]
        numbers = [f"{one['recall']:.3f}", f"{one['build_cpu_s']:.0f}", _pays(one)]
        lines.append(row([name, f"{one['products']:,}", *times, *numbers]))
    return "\n".join(lines)


_KINDS = ["exact_single", "exact_batched", "hnsw_single", "hnsw_batched"]


def _pays(one: dict) -> str:
    """From how many single queries on the index has earned its building."""
    saved = (one["exact_single_cpu_ms"] - one["hnsw_single_cpu_ms"]) / 1e3
    return f"{one['build_cpu_s'] / saved:,.0f} queries" if saved > 0 else "never"


def _serving(told: dict) -> str:
    return (
        "`recommend_products_for_user` in one thread, 200,000 products and 300,000 users drawn at "
        f"random: half of the answers within {told['wall_p50_ms']:.1f} ms "
        f"({told['cpu_p50_ms']:.1f} CPU), 99 % within {told['wall_p99_ms']:.1f} ms "
        f"({told['cpu_p99_ms']:.1f} CPU); {told['peak_gb']:.2f} GB."
    )


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"bench: {error}")
