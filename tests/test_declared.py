"""A stage that does what dvc.yaml does not say of it fails, and the lines to add are printed."""

import os
import sys

import pytest
import yaml

from trackway import params
from trackway.core import paths
from trackway.core.errors import InputError
from trackway.pipeline import declared, stage

DVC = {
    "stages": {
        "toy": {
            "cmd": "python -m trackway.toy",
            "deps": ["data/in.csv", "data/raw"],
            "params": ["shared", "demo.effects"],
            "outs": [{"data/interim/out.txt": {"persist": True}}],
            "plots": [{"reports/figures/toy": {"persist": True}}],
        }
    }
}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with one stage, `toy`, in which this process runs it."""
    for module in [declared, stage, paths]:
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(declared, "_INSIDE", f"{tmp_path}{os.sep}")
    monkeypatch.setattr(stage, "STAGING", tmp_path / ".staging")
    monkeypatch.setattr(stage, "SPILL", tmp_path / ".spill")
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump(DVC))
    (tmp_path / "data/raw").mkdir(parents=True)
    for name in ["in.csv", "raw/a.csv", "other.csv"]:
        (tmp_path / "data" / name).write_text("a")
    return tmp_path


def run(*acts):
    """Run the stage `toy`: it writes its out, and does `acts`."""
    with stage.running("toy", replaced=["reports/figures/toy"]):
        paths.target("interim/out.txt").write_text("new")
        for act in acts:
            act()


def test_what_is_declared_may_be_done(checkout):
    run(
        (checkout / "data/in.csv").read_text,
        (checkout / "data/raw/a.csv").read_text,
        lambda: paths.path("raw/a.csv"),
        lambda: params.section("shared"),
        lambda: params.section("shared.split"),
        lambda: params.section("demo.effects"),
        lambda: params.section("engine"),  # never changes a result
        lambda: paths.target("reports/figures/toy/a.svg").write_text("<svg/>"),
        lambda: paths.path("interim/out.txt").read_text(),  # what it has just written
        (checkout / "data/absent.csv").exists,
    )
    assert (checkout / "data/interim/out.txt").read_text() == "new"
    assert (checkout / "reports/figures/toy/a.svg").exists()


def fork(act):
    """Do `act` in a child process."""

    def forked():
        if not (child := os.fork()):
            act()
            os._exit(0)
        os.waitpid(child, 0)

    return forked


FAULTS = {
    "a file read": (lambda root: (root / "data/other.csv").read_text, "deps", "data/other.csv"),
    "a file read by a path that turns": (
        lambda root: (root / "data/raw/../other.csv").read_bytes,
        "deps",
        "data/other.csv",
    ),
    "a file read by its descriptor": (
        lambda root: lambda: os.close(os.open(root / "data/other.csv", os.O_RDONLY)),
        "deps",
        "data/other.csv",
    ),
    "a file read in a child process": (
        lambda root: fork((root / "data/other.csv").read_text),
        "deps",
        "data/other.csv",
    ),
    "a file handed to a native reader": (
        lambda root: lambda: paths.path("data/other.csv"),
        "deps",
        "data/other.csv",
    ),
    "a section of the parameters": (lambda root: lambda: params.section("demo"), "params", "demo"),
    "a file written": (
        lambda root: lambda: paths.target("interim/more.txt").write_text("x"),
        "outs",
        "data/interim/more.txt:\n          persist: true",
    ),
    "a file written past the staging": (
        lambda root: lambda: (root / "data/more.txt").write_text("x"),
        "outs",
        "data/more.txt:\n          persist: true",
    ),
    "a file moved there": (
        lambda root: lambda: (root / "data/in.csv").rename(root / "data/moved.csv"),
        "outs",
        "data/moved.csv",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_declared_fails_the_stage_and_changes_nothing(checkout, fault):
    act, kind, line = FAULTS[fault]
    (checkout / "data/interim").mkdir()
    (checkout / "data/interim/out.txt").write_text("old")
    with pytest.raises(InputError, match=rf"(?s)stage toy.*    {kind}:\n      - {line}"):
        run(act(checkout))
    assert (checkout / "data/interim/out.txt").read_text() == "old"
    assert not (checkout / ".staging/toy").exists()


@pytest.mark.parametrize("compiled", [True, False])
def test_a_module_of_the_project_is_a_dependency(checkout, monkeypatch, compiled):
    source = checkout / "src/trackway/toy_helper.py"
    source.parent.mkdir(parents=True)
    source.write_text("")
    monkeypatch.syspath_prepend(source.parent)
    monkeypatch.setattr(sys, "dont_write_bytecode", not compiled)

    def act():
        sys.modules.pop("toy_helper", None)
        __import__("toy_helper")

    for _ in range(2):  # the second time it may come from its compiled file alone
        with pytest.raises(InputError, match="deps:\n      - src/trackway/toy_helper.py$"):
            run(act)
    with pytest.raises(InputError, match="src/trackway/toy_helper.py$"):
        run()  # imported before the stage began


def test_its_own_last_result_is_no_input(checkout):
    run()
    with pytest.raises(InputError, match="deps:\n      - data/interim/out.txt"):
        run((checkout / "data/interim/out.txt").read_text)


def test_a_file_elsewhere_in_the_checkout_is_watched_through_its_link(checkout):
    outside = checkout / "my.csv"
    outside.write_text("a")
    (checkout / declared.LINKED).mkdir()
    (checkout / declared.LINKED / "0-my.csv").symlink_to(outside)
    run(outside.read_text)


def test_a_declared_result_that_was_not_written_is_not_passed_off(checkout):
    (checkout / "data/interim").mkdir()
    (checkout / "data/interim/out.txt").write_text("of an earlier run")
    with (
        pytest.raises(InputError, match="did not write data/interim/out.txt"),
        stage.running("toy"),
    ):
        pass


def test_a_stage_that_dvc_does_not_know_is_told_all_its_lines(checkout):
    (checkout / "dvc.yaml").write_text("stages: {}")
    with pytest.raises(InputError, match=r"(?s)deps:\n      - data/in.csv.*outs:"):
        run((checkout / "data/in.csv").read_text)


def test_outside_a_stage_nothing_is_watched(checkout):
    run()
    (checkout / "data/other.csv").read_text()
    paths.path("data/other.csv")
    assert [p.name for p in (checkout / ".staging").iterdir()] == ["toy.lock"]
