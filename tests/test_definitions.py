"""Whatever works on lazy tables is asked of every engine: `definitions.py` reaches all of it."""

import ast
import sys
from pathlib import Path

import pytest
from definitions import DEFINITIONS
from equality import answer, studied

from shopsim import shop
from shopsim.world import World
from trackway import ROOT

pytestmark = pytest.mark.slow
SOURCE = ROOT / "src" / "trackway"
ELSEWHERE = {  # function: where the engines are held against each other on it
    "engine/*": "test_spark.py, test_warehouse.py: connect, read, store, write",
    "tables/sources/tabular.py": "test_spark.py: raw Parquet",
    "tables/sources/parquet.py": "test_sources.py: files are DuckDB's to read on every engine",
    "tables/sources/part.py": "the same",
    "tables/sources/moments.py _of_day": "test_known_mappings.py: times of files alone",
    "tables/sources/moments.py later": "the same",
    "tables/sources/moments.py _refuse_zone": "test_spark.py, test_warehouse.py: texts read",
    "tables/build.py write": "test_build.py: what is written is what is stored",
    "tables/events.py rank": "test_spark.py: rows are numbered as they are written",
    "rules/mllib.py mine": "test_spark.py: rules mined",
}
ABOVE = {  # function: what it puts together is asked by itself, or no engine sees what it adds
    "categories/evaluation.py evaluate": "products and votes",
    "categories/evaluation.py _hidden": "products and votes",
    "eda/study.py study": "all of 02",
    "eda/study.py _in_time": "by local hour, by weekday, by month and night",
    "eda/study.py _routes": "routes",
    "eda/study.py _shares": "categories and brands",
    "eda/study.py _pairs": "transitions",
    "eda/study.py _prices": "prices",
    "eda/study.py _cohorts": "cohorts",
    "intent/leakage_check.py refuse_the_future": "some users, tried and without the future",
    "intent/leakage_check.py _differ": "tried and without the future",
    "intent/network.py with_network": "read by a network",
    "intent/network.py score": "read by a network",
    "intent/explain/study.py study": "groups",
    "intent/leakage/study.py study": "leaky looks",
    "intent/study.py study": "sessions drawn, examples, the ledger and parts, each by itself",
    "intent/study.py _fit": "read by a network",
    "intent/users/study.py study": "some users at dates",
    "intent/leakage/null_shop.py tables": "a shop made in memory",
    "intent/leakage/null_shop.py session_table": "a shop made in memory",
    "intent/scoring.py score": "examples of events",
    "recommend/study.py compare": "history, walks and segments at the cut",
    "recommend/study.py popular": "history, walks and segments at the cut",
    "recommend/study.py study": "what `compare` and `evaluate` put together",
    "recommend/next_basket/study.py are_told": "next baskets",
    "recommend/next_basket/study.py evaluate": "baskets and next baskets",
    "recommend/snapshot.py take": "history, walks and segments at the cut",
    "rfm/forecast.py forecast": "followed",
    "rfm/forecast.py _grouped": "scores, segments and customers drawn",
    "rfm/study.py _segments": "segments told",
    "rfm/study.py study": "03 up to handed on, each by itself",
    "rfm/truth.py kinds": "customers drawn",
    "rules/baskets.py _refusal": "words of a refusal",
    "rules/labels.py of_rules": "labels",
    "rules/models.py mine_rules": "sessions searched, items and baskets",
    "rules/models.py grown": "items and baskets",
    "rules/models.py mine_all": "sessions searched, items and baskets",
    "rules/study.py study": "sessions searched, items, baskets and labels",
    "sequences/study.py study": "histories, users drawn and the stream, each by itself",
    "sampling/truth.py likeness": "marginals",
}


def test_every_function_of_lazy_tables_is_asked(tmp_path):
    shop.make(World(seed=7, events=3000, days=20), tmp_path / "shop")
    called = set()

    def note(frame, event, _):
        if event == "call":
            called.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

    sys.setprofile(note)
    try:
        tables = studied(f"{tmp_path}/shop/*.csv")
        for definition in DEFINITIONS:
            answer(definition, tables)
    finally:
        sys.setprofile(None)
    lazy = {name: places for file in SOURCE.rglob("*.py") for name, places in of_tables(file)}
    unasked = {name for name, places in lazy.items() if not places & called}
    told = ABOVE | ELSEWHERE
    assert not {name for name in unasked if not (_heads(name) & set(told))}, "ask, or say where"
    assert not {name for name in ABOVE if name not in unasked}, "asked by now, or gone"


def _heads(name: str) -> set[str]:
    file = name.split()[0]
    return {name, file, f"{file.split('/')[0]}/*"}


def of_tables(file: Path):
    """Functions that take or return something lazy: their names, and the lines they begin at."""
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.FunctionDef):
            continue
        given = [*node.args.args, *node.args.kwonlyargs]
        said = [*(a.annotation for a in given), node.returns]
        if any(one is not None and "ir." in ast.unparse(one) for one in said):
            lines = [node.lineno, *(one.lineno for one in node.decorator_list)]
            yield f"{file.relative_to(SOURCE)} {node.name}", {(str(file), n) for n in lines}
