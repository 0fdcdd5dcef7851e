"""The notebooks, dvc.yaml, params.yaml, src and the environment tell one story."""

import ast
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

from trackway import ROOT, params
from trackway.report.html import webpage
from trackway.report.html.steps import STEPS

SRC = ROOT / "src"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
# What the runner reaches when it executes any notebook.
RUNNER = {
    "trackway/__init__.py",
    "trackway/pipeline/run.py",
    "trackway/pipeline/execution.py",
    "trackway/pipeline/kernel.py",
    "trackway/report/html/webpage.py",
    "trackway/report/html/templates",
}
MODULE_STAGES = {
    "demo": "shopsim/__main__.py",
    "oracle": "shopsim/oracle/__main__.py",
    "index": "trackway/study/index.py",
}

every_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)


def step_of(notebook: Path) -> str:
    """03_rfm.ipynb -> rfm: the one word that names the step everywhere."""
    return notebook.stem.split("_", 1)[1]


def file_of(module: str) -> str | None:
    """trackway.rfm.table -> trackway/rfm/table.py, relative to src; None if it is none of ours."""
    parts = module.split(".")
    for place in ["/".join(parts) + ".py", "/".join([*parts, "__init__.py"])]:
        if parts[0] in ("trackway", "shopsim") and (SRC / place).is_file():
            return place
    return None


def imported(source: str) -> set[str]:
    """Files of this package that `source` imports, and the packages they lie in."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    names |= {name.rsplit(".", 1)[0] for name in names if "." in name}
    return {file for name in names if (file := file_of(name))}


def reached(start: set[str]) -> set[str]:
    """`start`, and everything it imports in turn."""
    seen, to_read = set(), set(start)
    while to_read:
        seen.add(file := to_read.pop())
        if file.endswith(".py"):
            above = {f"{folder}/__init__.py" for folder in Path(file).parents[:-1]}
            to_read |= (imported((SRC / file).read_text()) | above) - seen
    return seen


def reached_by(notebook: Path) -> set[str]:
    """Files of the package that a notebook's stage reaches."""
    cells = nbformat.read(notebook, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return reached(imported(code) | RUNNER)


def unseen(needed: set[str], stage: dict) -> set[str]:
    """Those of `needed` that no dependency of `stage` covers."""
    deps = [Path(dep) for dep in stage["deps"]]
    files = {Path("src") / name for name in needed}
    return {str(f) for f in files if not any(f == dep or dep in f.parents for dep in deps)}


def outs_of(stage: dict) -> list[str]:
    """Everything a stage leaves: outs, metrics and plots."""
    entries = [e for kind in ["outs", "metrics", "plots"] for e in stage.get(kind, [])]
    return [e if isinstance(e, str) else next(iter(e)) for e in entries]


def options_of(stage: dict) -> dict[str, dict]:
    entries = [e for kind in ["outs", "metrics", "plots"] for e in stage.get(kind, [])]
    return {k: v for e in entries if isinstance(e, dict) for k, v in e.items()}


def test_there_are_notebooks_to_check():
    assert NOTEBOOKS, "none found: every test below would pass for nothing"


@every_notebook
def test_it_is_the_stage_of_its_name(notebook):
    assert STAGES[step_of(notebook)]["cmd"] == f"python -m trackway.pipeline.run {notebook.stem}"


@every_notebook
def test_its_stage_depends_on_every_module_it_reaches(notebook):
    missing = unseen(reached_by(notebook), STAGES[step_of(notebook)])
    assert not missing, f"dvc would not notice a change in {sorted(missing)}"


@pytest.mark.parametrize("name", MODULE_STAGES)
def test_a_stage_that_is_a_module_depends_on_all_it_reaches(name):
    missing = unseen(reached({MODULE_STAGES[name], "trackway/__init__.py"}), STAGES[name])
    assert not missing, f"dvc would not notice a change in {sorted(missing)}"


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_nothing_that_is_not_there(name):
    made = {out for stage in STAGES.values() for out in outs_of(stage)} | {"data/raw"}
    for dep in STAGES[name]["deps"]:
        assert dep in made or (ROOT / dep).exists(), f"{name}: {dep} is made by no stage"


@every_notebook
def test_its_stage_depends_on_its_notebook_and_its_parameters(notebook):
    stage = STAGES[step_of(notebook)]
    assert f"notebooks/{notebook.name}" in stage["deps"]
    assert {step_of(notebook), "shared"} <= set(stage["params"])


@every_notebook
def test_its_stage_keeps_what_every_step_leaves(notebook):
    step = step_of(notebook)
    expected = {
        f"reports/notebooks/{notebook.name}",
        f"reports/html/{notebook.stem}.html",
        f"reports/figures/{step}",
        f"reports/tables/{step}",
        f"reports/metrics/{step}.json",
    }
    assert expected <= set(outs_of(STAGES[step]))


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_that_fails_leaves_its_last_results(name):
    options = options_of(STAGES[name])
    removed = [out for out in outs_of(STAGES[name]) if not options.get(out, {}).get("persist")]
    assert not removed, f"dvc removes {removed} before it runs {name}; say persist: true"


@every_notebook
def test_it_reads_only_what_a_stage_has_made_and_it_declares(notebook):
    """A data file named in the notebook is a dependency or an out of its stage."""
    cells = nbformat.read(notebook, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    named = set(re.findall(r'engine\.read\(\w+, "([\w/]+)"', code))
    stage = STAGES[step_of(notebook)]
    known = {Path(p).as_posix() for p in [*stage["deps"], *outs_of(stage)]}
    assert {f"data/{name}.parquet" for name in named} <= known


@every_notebook
def test_it_is_kept_without_outputs(notebook):
    cells = nbformat.read(notebook, as_version=4).cells
    run = [c for c in cells if c.get("outputs") or c.get("execution_count")]
    assert not run, f"strip it: {len(run)} cells carry outputs or counts"


@every_notebook
def test_it_is_written_as_jupyterlab_writes_it(notebook):
    """Opened and saved unchanged, the file does not change, so its stage stays clean."""
    text = notebook.read_text(encoding="utf-8")
    content = nbformat.reads(text, as_version=4)
    assert text == nbformat.writes(content, version=nbformat.NO_CONVERT) + "\n"


def test_the_steps_are_named_as_their_notebooks_introduce_them():
    assert webpage.steps(ROOT / "notebooks") == STEPS


@every_notebook
def test_it_reads_as_a_text(notebook):
    """Short cells, no definitions, and never more than three code cells without a word."""
    in_a_row = 0
    for cell in nbformat.read(notebook, as_version=4).cells:
        in_a_row = in_a_row + 1 if cell.cell_type == "code" else 0
        assert in_a_row <= 3, f"four code cells in a row at {cell['id']}"
        if cell.cell_type == "code":
            imports = cell["id"].endswith("-imports")  # all of them stand there, one a line
            assert imports or len(cell.source.splitlines()) <= 16, f"a long cell: {cell['id']}"
            assert not re.search(r"^\s*(def|for|while) ", cell.source, re.M), cell["id"]


@every_notebook
def test_its_title_is_a_question_and_its_words_carry_no_numbers(notebook):
    cells = nbformat.read(notebook, as_version=4).cells
    first = cells[0].source.splitlines()
    assert re.match(r"# \d\d · ", first[0])
    assert re.match(r"\*.+\?\*$", first[2])
    assert "parameters" in cells[2].metadata.get("tags", [])


def test_every_section_of_the_parameters_is_a_step_or_shared():
    steps = {step_of(notebook) for notebook in NOTEBOOKS} | {"demo", "shared", "engine"}
    assert set(PARAMS) == steps == set(params.Params.model_fields)


def test_conda_and_pip_read_the_same_pins():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert next(item for item in conda if isinstance(item, dict))["pip"] == pins
    assert all("==" in pin for pin in pins)
    assert "torch==2.13.0" in pins


def test_what_says_which_pythons_there_may_be_says_the_same():
    """pyproject.toml bounds them; Makefile, README and environment.yml, and CI, agree."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    low, high = re.fullmatch(
        r">=3\.(\d+),<3\.(\d+)", project["project"]["requires-python"]
    ).groups()
    minors = [f"3.{n}" for n in range(int(low), int(high))]
    make = (ROOT / "Makefile").read_text()
    newest_first = " ".join(f"python{minor}" for minor in reversed(minors))
    assert f"for python in {newest_first} python3;" in make
    assert f"in {'|'.join(minors)})" in make
    between = f"Python {minors[0]} to {minors[-1]}"
    assert f"Trackway needs {between} with venv" in make
    assert between in (ROOT / "README.md").read_text()
    assert between in (ROOT / "requirements.txt").read_text()
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert f"python>=3.{low},<3.{high}" in conda
    assert project["tool"]["ruff"]["target-version"] == f"py3{low}"
    assert f"for minor in {' '.join(minors[:0:-1])};" in (ROOT / ".ci" / "run").read_text()


@pytest.fixture
def make_env(tmp_path):
    """`make env` in a folder of its own, with a Python that only says its version."""
    for name in ["Makefile", "requirements.txt", "pyproject.toml"]:
        shutil.copy(ROOT / name, tmp_path)

    def made(*minors: int):
        programs = tmp_path / "programs"
        programs.mkdir()
        for tool in ["make", "sh", "false"]:
            (programs / tool).symlink_to(shutil.which(tool))
        for minor in minors:
            (programs / f"python3.{minor}").write_text(f"#!/bin/sh\necho 3.{minor}\n")
            (programs / f"python3.{minor}").chmod(0o755)
        command = ["make", "--dry-run" if minors else "--silent", "env"]
        at = {"cwd": tmp_path, "env": {"PATH": str(programs)}}
        return subprocess.run(command, **at, capture_output=True, text=True)

    return made


def test_make_takes_the_newest_python_that_there_is(make_env):
    assert "/python3.13 -m venv" in make_env(9, 11, 13).stdout


def test_make_says_in_a_sentence_that_no_python_fits(make_env):
    refused = make_env()
    assert refused.returncode
    assert refused.stdout == (
        "Trackway needs Python 3.11 to 3.14 with venv, and found none: "
        "install one, or say: make PYTHON=/path/to/python3.13 ...\n"
    )


def test_no_module_is_too_long_to_read():
    long = {
        str(file.relative_to(SRC)): n
        for file in SRC.rglob("*.py")
        if (n := len(file.read_text().splitlines())) > 330
    }
    assert not long, f"a folder with parts? {long}"
