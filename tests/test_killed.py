"""The pipeline, killed at any moment: what lies there is whole, and the next run ends the same.

The study here is its first two stages on a small demo; they make, replace and cache files as all
do.
"""

import os
import random
import re
import subprocess
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from test_pipeline import BIN, Checkout, copy

from trackway import ROOT

pytestmark = pytest.mark.slow
SMALL = {"events": 3000, "days": 14}
RESULTS = ["data", "reports"]
PATIENCE_S = 120


def small(folder: Path) -> Checkout:
    checkout = copy(folder)
    checkout.set(demo=SMALL)
    return checkout


def results(checkout: Checkout) -> dict[str, str]:
    """Every result with a hash of its bytes; a half-run notebook is none."""
    found = checkout.hashes(*RESULTS)
    return {n: h for n, h in found.items() if not n.startswith("reports/failed") and "/." not in n}


def make_repro(checkout: Checkout) -> subprocess.CompletedProcess:
    """What `make repro` runs, for these stages."""
    recovered = checkout.run("python", "-m", "trackway.pipeline.recover")
    assert recovered.returncode == 0, recovered.stderr
    return checkout.run("dvc", "repro", "sampling")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> tuple[dict[str, str], str]:
    """The results of a run that nobody disturbs, and its dvc.lock."""
    checkout = small(tmp_path_factory.mktemp("undisturbed"))
    checkout.repro("sampling")
    return results(checkout), (checkout.root / "dvc.lock").read_text()


def started(checkout: Checkout) -> psutil.Process:
    """`dvc repro`, running."""
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    command = ["dvc", "repro", "--force", "sampling"]
    with (checkout.root / "log").open("wb") as log:
        return psutil.Popen(command, cwd=checkout.root, env=environment, stdout=log, stderr=log)


def family(dvc: psutil.Process) -> dict[str, psutil.Process]:
    """DVC, the stage it runs, and that one's kernel, as far as they are there."""
    with_names = {"dvc": dvc}
    for child in dvc.children(recursive=True):
        try:
            words = " ".join(child.cmdline())
        except psutil.Error:
            continue
        if "trackway.pipeline.kernel" in words:
            with_names["kernel"] = child
        elif "-m trackway" in words:
            with_names["stage"] = child
    return with_names


def when_moving(checkout: Checkout, dvc: psutil.Process) -> str:
    """Wait for the results to be moved into place."""
    journal = checkout.root / ".staging/sampling.moves"
    while _works(dvc) and not journal.exists():
        time.sleep(0.0005)
    return "stage"


def when_dvc_takes_over(checkout: Checkout, dvc: psutil.Process) -> str:
    """Wait for the stage `sampling` to have ended, and DVC to take its results in."""
    when_moving(checkout, dvc)
    while "stage" in family(dvc):
        time.sleep(0.001)
    return "dvc"


def within(part: str, victim: str, seconds: float):
    """A moment `seconds` after a part of the run has begun, and whom to kill then."""

    def wait(checkout: Checkout, dvc: psutil.Process) -> str:
        while _works(dvc) and part not in (checkout.root / "log").read_text():
            time.sleep(0.01)
        time.sleep(seconds)
        return victim

    return wait


def _works(dvc: psutil.Process) -> bool:
    return dvc.is_running() and dvc.status() != psutil.STATUS_ZOMBIE


def moments(seed: int) -> list:
    """Moments spread over the run, each drawn within its part of it."""
    drawn = random.Random(seed)
    parts = {
        "shopsim": ["dvc", "stage"],
        "01 · Sampling": ["stage"],
        "The source": ["kernel"],
        "Where one visit ends": ["dvc"],
        "What is handed on": ["kernel"],
    }
    some = [
        within(part, victim, drawn.uniform(0, 1))
        for part, victims in parts.items()
        for victim in victims
    ]
    return [*some, when_moving, when_dvc_takes_over]


def kill(checkout: Checkout, moment) -> None:
    """Start the pipeline and kill one of its processes at `moment`."""
    dvc = started(checkout)
    victim = moment(checkout, dvc)
    processes = family(dvc)
    processes.get(victim, dvc).kill()
    dvc.wait(PATIENCE_S)
    _, left = psutil.wait_procs(list(processes.values()), timeout=10)
    assert not left, "an orphan goes on"


def test_killed_at_any_moment_it_leaves_whole_files_and_ends_the_same(tmp_path, undisturbed):
    whole, lock = undisturbed
    checkout = small(tmp_path)
    for moment in moments(seed=5):
        kill(checkout, moment)
        torn = {name for name, digest in results(checkout).items() if whole.get(name) != digest}
        assert not torn, f"taken for whole after {moment}: {torn}"
    result = make_repro(checkout)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert results(checkout) == whole
    assert (checkout.root / "dvc.lock").read_text() == lock


def change(checkout: Checkout, cell_of: str, source: str) -> None:
    """Put `source` before the code of the cell that holds `cell_of`, in 01_sampling."""
    file = checkout.root / "notebooks/01_sampling.ipynb"
    notebook = nbformat.read(file, as_version=4)
    cell = next(c for c in notebook.cells if cell_of in c.source and c.cell_type == "code")
    cell.source = f"{source}\n{cell.source}"
    nbformat.write(notebook, file)


FAILURES = {
    "killed for want of memory": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "most likely for want of memory",
    ),
    "an allocation that fails": (
        "import resource; resource.setrlimit(resource.RLIMIT_DATA, (10**9, 10**9)); "
        "many = bytearray(2 * 10**9)",
        "There is not enough memory",
    ),
    "a crash": ("import os; os.abort()", r"crashed \(SIGABRT\)"),
    "a fault of ours": ("1 / 0", "ZeroDivisionError"),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Checkout:
    """A checkout with a demo."""
    checkout = small(tmp_path_factory.mktemp("failing"))
    assert checkout.run("python", "-m", "shopsim").returncode == 0
    return checkout


@pytest.mark.parametrize("failure", FAILURES)
def test_of_a_failure_the_step_the_cell_the_cause_and_the_notebook_are_told(demo, failure):
    code, why = FAILURES[failure]
    file = demo.root / "notebooks/01_sampling.ipynb"
    before = file.read_text()
    change(demo, "found = data.find", code)
    try:
        result = demo.run("python", "-m", "trackway.pipeline.run", "01_sampling")
    finally:
        file.write_text(before)
    said = result.stdout + result.stderr
    assert result.returncode == 1
    assert '01_sampling stopped under "The source", cell 6' in said
    assert re.search(why, said)
    assert "reports/failed/01_sampling.ipynb" in said
    assert (demo.root / "reports/failed/01_sampling.ipynb").exists()
    assert not (demo.root / "data/interim").exists()
    assert [p.name for p in (demo.root / ".staging").iterdir() if p.is_dir()] == []


@pytest.fixture
def little_disk(tmp_path):
    """A disk of 40 MB; only root may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("left", [20_000, 600_000])
def test_a_full_disk_is_named_and_once_there_is_room_it_ends_the_same(
    little_disk, undisturbed, left
):
    whole, lock = undisturbed
    checkout = small(little_disk / "checkout")
    assert make_repro(checkout).returncode == 0
    filler = little_disk / "filler"
    free = os.statvfs(little_disk)
    filler.write_bytes(bytes(free.f_bavail * free.f_frsize - left))
    result = checkout.run("dvc", "repro", "--force", "sampling")
    assert result.returncode, "the disk was not full"
    assert re.search("disk is full|No space left", result.stdout + result.stderr)
    assert {n: h for n, h in results(checkout).items() if whole.get(n) != h} == {}
    filler.unlink()
    result = make_repro(checkout)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert results(checkout) == whole
    assert (checkout.root / "dvc.lock").read_text() == lock


def test_make_repro_begins_with_the_recovery():
    recipe = (ROOT / "Makefile").read_text().split("\nrepro:")[1].split("\n\n")[0]
    assert recipe.index("trackway.pipeline.recover") < recipe.index("dvc repro")
