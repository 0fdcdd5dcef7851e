"""Whatever moment a run is killed at, no half-written file is taken for a whole one."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from trackway.core import paths
from trackway.pipeline import declared, failure, recover, stage

DVC = """stages:
  toy:
    cmd: none
    outs: [data/interim/a.txt, data/interim/b.txt, reports/tables/toy]
"""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with one stage, `toy`, whose last results are "old"."""
    for module in [declared, stage, paths, failure]:
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(declared, "_INSIDE", f"{tmp_path}{os.sep}")
    monkeypatch.setattr(stage, "STAGING", tmp_path / ".staging")
    monkeypatch.setattr(stage, "SPILL", tmp_path / ".spill")
    monkeypatch.setattr(failure, "FAILED", tmp_path / "reports/failed")
    (tmp_path / "dvc.yaml").write_text(DVC)
    for name in ["data/interim/a.txt", "data/interim/b.txt", "reports/tables/toy/gone.csv"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("old")
    return tmp_path


def results(checkout: Path) -> dict[str, str]:
    """Everything that lies under data/ and reports/."""
    files = [*checkout.glob("data/**/*"), *checkout.glob("reports/**/*")]
    return {str(f.relative_to(checkout)): f.read_text() for f in files if f.is_file()}


OLD = {
    "data/interim/a.txt": "old",
    "data/interim/b.txt": "old",
    "reports/tables/toy/gone.csv": "old",
}
NEW = {"data/interim/a.txt": "new", "data/interim/b.txt": "new", "reports/tables/toy/t.csv": "new"}


def run():
    with stage.running("toy", replaced=["reports/tables/toy"]):
        for name in NEW:
            paths.target(name).write_text("new")


class Killed(BaseException):
    """Stands for a SIGKILL: nothing after it is done."""


def kill_at(monkeypatch, move: int) -> None:
    """Let the run end without a word when it is about to change the checkout the n-th time."""
    done, replace, unlink = [], Path.replace, Path.unlink

    def counted(act):
        def counting(self, *arguments, **options):
            if "interim" in str(self) or "tables" in str(self):
                if len(done) == move:
                    raise Killed
                done.append(self)
            return act(self, *arguments, **options)

        return counting

    monkeypatch.setattr(Path, "replace", counted(replace))
    monkeypatch.setattr(Path, "unlink", counted(unlink))
    # A process that is killed tidies nothing up.
    monkeypatch.setattr(stage.shutil, "rmtree", lambda *_, **__: None)


@pytest.mark.parametrize("move", range(4))
def test_a_run_killed_between_two_moves_is_finished_by_the_next_command(
    checkout, monkeypatch, move
):
    with monkeypatch.context() as patched:
        kill_at(patched, move)
        with pytest.raises(Killed):
            run()
    assert results(checkout) != NEW
    assert stage.recover() == ["toy"]
    assert results(checkout) == NEW
    assert stage.recover() == []


def test_a_run_killed_before_its_moves_were_written_down_has_changed_nothing(checkout, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(stage, "finish", lambda name: pytest.fail("not to be reached"))
        patched.setattr(stage, "_sync", lambda file: (_ for _ in ()).throw(Killed))
        patched.setattr(stage.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            run()
    assert stage.recover() == []
    assert results(checkout) == OLD
    run()
    assert results(checkout) == NEW


def test_a_run_that_fails_leaves_the_last_results(checkout):
    with pytest.raises(ZeroDivisionError):  # noqa: PT012, SIM117
        with stage.running("toy"):
            paths.target("data/interim/a.txt").write_text("half a")
            raise ZeroDivisionError
    assert results(checkout) == OLD
    assert not (checkout / ".staging/toy").exists()


HOLD = "import sys; from pathlib import Path; from trackway.core import locks\n"
SLEEP = "print('held', flush=True); import time; time.sleep(60)"


def holder(code: str, *arguments: object) -> subprocess.Popen:
    """A process that has run `code` when this returns, and then sleeps."""
    command = [sys.executable, "-c", HOLD + code, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


def test_a_stage_runs_once_at_a_time_the_second_waits_and_says_for_whom(checkout, capsys):
    code = "with locks.alone(Path(sys.argv[1]), 0): print('held', flush=True); sys.stdin.read()"
    other = holder(code, stage.lock("toy"))
    waiting = Thread(target=run)
    waiting.start()
    time.sleep(1.5)
    assert results(checkout) == OLD
    other.communicate()  # its input ends, and so does it
    waiting.join(10)
    assert f"is being run by process {other.pid}" in capsys.readouterr().out
    assert results(checkout) == NEW


def test_a_killed_run_holds_nothing(checkout):
    other = holder(f"with locks.alone(Path(sys.argv[1]), 0): {SLEEP}", stage.lock("toy"))
    other.kill()
    other.communicate()
    run()
    assert results(checkout) == NEW


def test_what_a_killed_process_spilled_is_removed_and_nothing_else(checkout):
    for name in ["dead", "alive"]:
        (checkout / ".spill" / name).mkdir(parents=True)
        (checkout / ".spill" / name / "stored.parquet").write_text("much")
    code = f"locks.hold(Path(sys.argv[1])); {SLEEP}"
    other = holder(code, checkout / ".spill/alive")
    try:
        stage.recover()
        assert [folder.name for folder in (checkout / ".spill").iterdir()] == ["alive"]
    finally:
        other.kill()
        other.communicate()
    stage.recover()
    assert not list((checkout / ".spill").iterdir())


def test_a_process_ends_with_the_one_that_started_it():
    child = (
        "from trackway.pipeline import stage; stage.end_with_parent(); print('held', flush=True); "
    )
    child += "import time; time.sleep(60)"
    parent = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    said = sorted([process.stdout.readline(), process.stdout.readline()])
    process.kill()
    process.communicate()
    pid = int(said[0])
    deadline = time.monotonic() + 5
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def half_run(checkout: Path) -> Path:
    """What papermill has written when it is killed in the second cell under "Customers"."""
    cells = [new_markdown_cell("# 03 · Customers"), new_code_cell("1"), new_code_cell("2")]
    for cell, status in zip(cells, ["completed", "completed", "running"], strict=True):
        cell.metadata["papermill"] = {"status": status}
    file = checkout / ".staging/toy/reports/notebooks/03_toy.ipynb"
    file.parent.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), file)
    return file


def test_of_a_killed_run_the_step_the_cell_and_the_half_run_notebook_are_named(checkout):
    half_run(checkout)
    said = str(failure.killed("toy"))
    assert 'toy stopped under "03 · Customers", cell 3' in said
    assert "killed from outside" in said
    assert "reports/failed/03_toy.ipynb" in said
    assert (checkout / "reports/failed/03_toy.ipynb").exists()
    assert failure.killed("toy") is None, "it is said once"


def test_a_notebook_torn_by_the_kill_is_no_obstacle(checkout):
    file = half_run(checkout)
    file.write_text(file.read_text()[:50])
    assert "killed from outside" in str(failure.killed("toy"))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (-signal.SIGKILL, "want of memory"),
        (-signal.SIGSEGV, r"crashed \(SIGSEGV\)"),
        (3, "exit code 3"),
    ],
)
def test_why_a_kernel_died_is_told_apart(code, why):
    assert re.search(why, failure.death(code))


def in_use(folder: Path, pid: int) -> Path:
    """DVC's list of files in use, as a run with the number `pid` writes it."""
    file = folder / "rwlock"
    entry = {"pid": pid, "cmd": "dvc repro"}
    file.write_text(json.dumps({"write": {"/a": entry}, "read": {"/b": [entry]}}))
    return file


def test_a_list_of_files_in_use_that_names_the_dead_or_is_torn_is_removed(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    time.sleep(0.3)  # it has ended, and nobody has asked how: a zombie
    for pid in [dead.pid, os.getpid()]:
        file = in_use(tmp_path, pid)
        assert recover.free(file)
        assert not file.exists()
    dead.wait()
    file.write_text('{"write": {"/a": {"pi')
    assert recover.free(file)
    file.write_text('{"write": {}, "read": {}}')
    assert not recover.free(file), "as DVC leaves it"


def test_a_list_of_files_in_use_by_a_living_dvc_is_left_alone(tmp_path):
    other = holder(SLEEP, "dvc")
    try:
        file = in_use(tmp_path, other.pid)
        assert not recover.free(file)
        assert file.exists()
    finally:
        other.kill()
        other.communicate()
