"""The house: every step has the same rooms, packages lie in layers, and names are the field's."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

from trackway import ROOT
from trackway.report.html.steps import STEPS

SRC = ROOT / "src"
FILES = sorted(
    file for package in ("trackway", "shopsim") for file in (SRC / package).rglob("*.py")
)
WORDS = [step.word for step in STEPS]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))

ROOMS = ("data", "models", "study", "truth", "plots", "page", "findings", "export")
# A step has a room for what it does; what it does not do is said here, with the reason.
LACKS = {
    ("sampling", "models"): "it fits nothing; names are predicted by `categories`",
    ("eda", "models"): "it counts, and fits nothing",
    ("eda", "truth"): "counts need no truth beside them; 01 holds them against the published ones",
    ("eda", "export"): "no later step reads from it",
}
NAMED = r"""(table|figure)\(["']([^"']+)["']\)"""
IMPORT = re.compile(r"(from|import) |    \w+,$|\)$")
LONGEST_FILE, LONGEST_FUNCTION = 330, 40
# One step of the filter: every line shares the arrays of the others, of five axes each.
LONGER = {"shopsim/oracle/visit.py: view"}

# Words of a dialect that the field has names for, and the names. See docs/words.md.
RETIRED = {
    "why_not": "Cannot",
    "said": "y_proba",
    "happened": "y_true",
    "Rivals": "PairedEvaluation",
    "climb": "ablation",
    "handed_on": "export",
    "hand_on": "export",
    "leaky": "leakage",
    "Judged": "Evaluation",
    "told": "the noun of what is told",
}
# Columns of tables that are saved keep their names, as saved tables are compared over time.
every_step = pytest.mark.parametrize("step", WORDS)
every_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


def is_there(step: str, room: str) -> bool:
    folder = SRC / "trackway" / step
    return (folder / f"{room}.py").is_file() or (folder / room / "__init__.py").is_file()


def code_of(notebook: Path) -> list[str]:
    cells = nbformat.read(notebook, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def definitions(file: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def identifiers(file: Path) -> set[str]:
    """Names that are bound in `file`: functions, classes, arguments, variables, attributes."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg | ast.keyword):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names | {file.stem}


@every_step
@pytest.mark.parametrize("room", ROOMS)
def test_every_step_has_the_same_rooms(step, room):
    assert is_there(step, room) != ((step, room) in LACKS), LACKS.get((step, room), "it lacks it")


@every_step
def test_the_four_sayings_of_a_step_have_one_signature(step):
    findings = importlib.import_module(f"trackway.{step}.findings")
    for name in ["findings", "claims", "headlines", "metrics"]:
        code = getattr(findings, name).__code__
        arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        assert arguments == ("study",), f"{step}.findings.{name}{arguments}"


@every_step
def test_a_step_is_studied_by_one_function_into_one_frozen_result(step):
    study = importlib.import_module(f"trackway.{step}.study")
    assert study.Study.__dataclass_params__.frozen
    assert study.study.__code__.co_varnames[0] == "run"


@pytest.mark.parametrize("contract", ["layers", "recommend", "truth", "shop", "circles"])
def test_packages_lie_in_layers(contract, monkeypatch):
    monkeypatch.chdir(ROOT)
    configure()
    kept = lint_imports(limit_to_contracts=(contract,), cache_dir=None, no_logo=True)
    assert kept, "the report above says which import; or say: lint-imports --no-cache"


@every_notebook
def test_a_notebook_has_no_control_flow(notebook):
    for source in code_of(notebook):
        flow = ast.If | ast.IfExp | ast.For | ast.While | ast.FunctionDef | ast.Assert | ast.BoolOp
        found = [
            type(node).__name__ for node in ast.walk(ast.parse(source)) if isinstance(node, flow)
        ]
        assert not found, f"{found} in:\n{source}"
        lines = [line for line in source.splitlines() if not IMPORT.match(line)]
        assert len(lines) <= 10, f"a long cell:\n{source}"


@every_notebook
def test_no_number_of_an_exhibit_is_typed_in_a_notebook(notebook):
    typed = re.findall(r"\b(?:Table|Figure)s? \d+", notebook.read_text(encoding="utf-8"))
    assert not typed, f"point at its name, or say what it shows: {typed}"


@pytest.mark.parametrize("package", ["trackway", "shopsim"])
def test_no_number_of_an_exhibit_is_typed_in_the_source(package):
    typed = {
        str(file.relative_to(SRC)): numbers
        for file in (SRC / package).rglob("*.py")
        if (numbers := re.findall(r"\b(?:Table|Figure)s? \d+", file.read_text(encoding="utf-8")))
    }
    assert not typed, "say references.table(name)"


def test_what_a_step_points_at_is_an_exhibit_of_its_page():
    """Names in `references.table("...")`, or `table("...")` alone, in any of its modules."""
    for step in WORDS:
        shown, named = set(), set()
        for file in (SRC / "trackway" / step).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            shown |= set(re.findall(r'@exhibits\.(table|figure)\("([^"]+)"\)', text))
            named |= set(re.findall(rf"(?<!exhibits\.)\b{NAMED}", text))
        assert named <= shown, f"{step}: {sorted(named - shown)}"


def test_no_file_is_too_long_to_read():
    lines = {
        str(f.relative_to(SRC)): len(f.read_text(encoding="utf-8").splitlines()) for f in FILES
    }
    assert not {name: n for name, n in lines.items() if n > LONGEST_FILE}, "a folder with parts?"


def test_no_function_is_too_long_to_read():
    long = {
        f"{file.relative_to(SRC)}: {node.name}": length
        for file in FILES
        for node in definitions(file)
        if (length := node.end_lineno - node.lineno + 1 - docstring_lines(node)) > LONGEST_FUNCTION
    }
    assert set(long) == LONGER, "two functions?"


def docstring_lines(node: ast.FunctionDef) -> int:
    first = node.body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return first.end_lineno - first.lineno + 1 if is_text and ast.get_docstring(node) else 0


def test_settings_are_typed():
    untyped = {
        f"{file.relative_to(SRC)}: {node.name}"
        for file in FILES
        for node in definitions(file)
        for argument in [*node.args.args, *node.args.kwonlyargs]
        if argument.arg == "settings"
        and argument.annotation is not None
        and "dict" in ast.unparse(argument.annotation)
    }
    assert not untyped


def test_a_reason_is_no_text_among_the_results():
    mixed = {
        f"{file.relative_to(SRC)}: {node.name} -> {returns}"
        for file in FILES
        for node in definitions(file)
        if node.returns is not None
        and re.search(r"\| str\b|\bstr \|", returns := ast.unparse(node.returns))
        and not re.search(r"\b(int \| str|str \| (None|Cannot))\b", returns)
    }
    assert not mixed, "give a Cannot(reason)"


@pytest.mark.parametrize("word", RETIRED)
def test_the_words_of_the_dialect_are_gone_from_identifiers(word):
    where = [str(file.relative_to(SRC)) for file in FILES if word in identifiers(file)]
    assert not where, f"{word}: {RETIRED[word]} is meant"
