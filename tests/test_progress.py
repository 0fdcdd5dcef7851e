"""A long step says where it is, in plain lines, and ends within seconds when it is told to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from test_pipeline import BIN, Checkout, copy

from trackway.core import progress
from trackway.pipeline.cleaning import METADATA

FOREVER = "SELECT sum(hash(range)) FROM range(1000000000000000)"
SPILLS = "CREATE TABLE held AS SELECT range % 1000 AS a FROM range(1000000)"


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(progress, "LOOK_S", 0.02)
    monkeypatch.setattr(progress, "TELL_S", 0.1)


def test_a_heading_is_told_again_with_its_word_as_long_as_it_lasts(quick, tmp_path, capsys):
    word = tmp_path / "word"
    with progress.Teller(word) as teller:
        teller.heading("  1/9", "The data")
        word.write_text("42 % of a query")
        time.sleep(0.3)
        teller.heading("  2/9", "The end")
    first, again, *_, last = capsys.readouterr().out.splitlines()
    assert first.split() == ["1/9", "0.0", "s", "The", "data"]
    assert again.endswith("s  The data: 42 % of a query")
    assert last.split()[0] == "2/9"
    assert last.endswith("The end")


def test_the_word_of_one_heading_is_not_told_of_the_next(quick, tmp_path, capsys):
    word = tmp_path / "word"
    with progress.Teller(word) as teller:
        teller.heading("  1/9", "The data")
        word.write_text("42 %")
        teller.heading("  2/9", "The end")
        time.sleep(0.2)
    assert "42 %" not in capsys.readouterr().out


def test_without_a_runner_nothing_is_written_and_no_thread_started(monkeypatch, capsys):
    monkeypatch.delenv(progress.FILE, raising=False)
    progress.tell("epoch 3")
    progress.follow(None)
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_the_share_of_a_query_is_told_with_what_is_being_done(quick, monkeypatch, tmp_path):
    monkeypatch.setenv(progress.FILE, str(tmp_path / "word"))
    connection = duckdb.connect()
    progress.tell("all by all")
    progress.follow(connection)
    pending = 20_000_000
    while "% of a query" not in (tmp_path / "word").read_text():
        assert pending < 10**10, "a query of seconds was never told of"
        connection.execute(f"SELECT sum(hash(range)) FROM range({pending})").fetchall()
        pending *= 4
    assert (tmp_path / "word").read_text().startswith("all by all, ")


@pytest.fixture(scope="module")
def endless(tmp_path_factory) -> Checkout:
    """A checkout in which the notebook 02 works on one query and spills, for ever."""
    checkout = copy(tmp_path_factory.mktemp("endless"))
    query = (
        f"from trackway import engine\nbackend = engine.connect()\nbackend.raw_sql('{SPILLS}')\n"
    )
    cells = [
        new_markdown_cell("# 02 · The shop\n\n*What happens?*"),
        new_code_cell("settings, shared = None, None", metadata={"tags": ["parameters"]}),
        new_markdown_cell("## For ever"),
        new_code_cell(
            f"{query}engine.spill().joinpath('spilled').touch()\nbackend.raw_sql('{FOREVER}')"
        ),
    ]
    nbformat.write(
        new_notebook(cells=cells, metadata=METADATA), checkout.root / "notebooks/02_eda.ipynb"
    )
    kept = checkout.root / "reports/metrics/eda.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("as it was")
    return checkout


def spilled(root: Path) -> list[Path]:
    return [path for path in root.glob(".spill/**/*") if path.is_file()]


def children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in listed.split()]


@pytest.mark.slow
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_an_interrupt_in_the_middle_of_a_query_ends_it_and_leaves_nothing(endless, told):
    root = endless.root
    running = subprocess.Popen(
        [sys.executable, "-m", "trackway.pipeline.run", "02_eda"],
        cwd=root,
        env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # as from a terminal: what a script starts in the background is deaf to Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        lines = iter(running.stdout.readline, "")
        said = next((line for line in lines if "For ever: " in line), "it ended before")
        assert "% of a query" in said
        assert spilled(root)
        kernels = children(running.pid)
        began = time.monotonic()
        running.send_signal(told)
        rest = running.stdout.read()
        assert running.wait(timeout=30) == 130
        assert time.monotonic() - began < 10  # a second or two where nothing else works
    finally:
        running.kill()
        running.stdout.close()
        running.wait()
    assert "interrupted. The results of the last good run are as they were." in rest
    assert kernels
    assert not [pid for pid in kernels if Path(f"/proc/{pid}").exists()]
    assert not spilled(root)
    assert not list(root.glob(".staging/eda/**/*"))
    assert (root / "reports/metrics/eda.json").read_text() == "as it was"
