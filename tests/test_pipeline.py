"""The whole study in a copy of the checkout: what runs again, what fails, and what is then left."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from trackway import ROOT

pytestmark = pytest.mark.slow
BIN = str(Path(sys.executable).parent)


class Checkout:
    """A copy of the repository in which commands are run."""

    def __init__(self, root: Path):
        self.root = root

    def run(self, *command: str) -> subprocess.CompletedProcess:
        environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
        return subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )

    def repro(self, *stages: str) -> str:
        """`dvc repro`; its output. Fails the test if it fails."""
        result = self.run("dvc", "repro", *stages)
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
        return result.stdout

    def set(self, **sections: dict) -> None:
        """Change values of params.yaml."""
        file = self.root / "params.yaml"
        content = yaml.safe_load(file.read_text())
        for section, values in sections.items():
            content[section] |= values
        file.write_text(yaml.safe_dump(content, sort_keys=False))

    def hashes(self, *folders: str) -> dict[str, str]:
        """Every file of `folders`, with a hash of its bytes."""
        return {
            str(file.relative_to(self.root)): hashlib.sha256(file.read_bytes()).hexdigest()
            for folder in folders
            for file in sorted((self.root / folder).rglob("*"))
            if file.is_file()
        }


def copy(target: Path) -> Checkout:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("reports/", "dvc.lock")):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    checkout = Checkout(target)
    for command in [
        ["git", "init", "-q"],
        ["git", "config", "user.email", "test@example.org"],
        ["git", "config", "user.name", "test"],
    ]:
        assert checkout.run(*command).returncode == 0
    return checkout


def commit(checkout: Checkout) -> None:
    for command in [["git", "add", "-A"], ["git", "commit", "-qm", "as it is"]]:
        assert checkout.run(*command).returncode == 0


QUICK = {  # fewer draws behind what is shown; all that is shown is made
    "rfm": {"null_draws": 2, "max_compared": 500},
    "rules": {"shuffles": 1},
    "intent": {"shuffles": 1, "replicates": 30, "guard_users": 200, "oracle_users": 200}
    | {"null_sessions": 1000, "audit_sessions": 2000},
    "sequences": {"epochs": 3, "max_examples": 8000, "replicates": 30},
    "recommend": {"replicates": 30},
}
SMALL = QUICK | {"demo": {"events": 30_000}}


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Checkout:
    """The study on a small demo, run once and committed."""
    checkout = copy(tmp_path_factory.mktemp("demo"))
    checkout.set(**SMALL)
    checkout.repro()
    commit(checkout)
    return checkout


def ran(output: str) -> set[str]:
    """The stages that `dvc repro` ran."""
    return {
        line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage '")
    }


def test_a_second_run_does_nothing(demo):
    assert "up to date" in demo.repro()
    assert demo.run("git", "status", "--porcelain").stdout == ""


def test_no_cell_of_any_notebook_complains(demo):
    executed = sorted((demo.root / "reports/notebooks").glob("0*.ipynb"))
    assert len(executed) == len(list((ROOT / "notebooks").glob("0*.ipynb")))
    for file in executed:
        outputs = [
            output
            for cell in nbformat.read(file, as_version=4).cells
            for output in cell.get("outputs", [])
        ]
        assert outputs
        said = [output.text for output in outputs if output.get("name") == "stderr"]
        assert said == [], file.name


def test_a_step_run_again_gives_the_same_bytes(demo):
    """Of all steps the test below asks."""
    before = demo.hashes("data", "reports") | {"lock": (demo.root / "dvc.lock").read_text()}
    demo.repro("--force", "--single-item", "eda")
    after = demo.hashes("data", "reports") | {"lock": (demo.root / "dvc.lock").read_text()}
    differ = {name for name in before | after if before.get(name) != after.get(name)}
    assert not differ
    assert demo.run("git", "status", "--porcelain").stdout == ""


def test_it_comes_out_the_same_elsewhere_without_the_cache_and_on_one_thread(demo, tmp_path):
    """At another path twice over: that of the copy, and that of the clone it makes."""
    moved = tmp_path / "moved"
    shutil.copytree(demo.root, moved, ignore=shutil.ignore_patterns("cache", "tmp"))
    result = Checkout(moved).run("python", "-m", "trackway.study.verify", "--threads", "1")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert "files are the same, byte by byte (commit" in result.stdout


def test_another_k_reruns_the_customers_and_the_index_only(demo):
    demo.set(rfm={"k": 6})
    try:
        output = demo.repro()
        assert ran(output) == {"rfm", "index"}
        assert "rfm.k" in demo.run("dvc", "params", "diff").stdout
        assert "rfm.json" in demo.run("dvc", "metrics", "diff").stdout
        shown = demo.run("dvc", "plots", "diff", "--out", str(demo.root / "plots"))
        assert shown.returncode == 0, shown.stderr
    finally:
        demo.run("git", "checkout", "-q", ".")
        demo.run("dvc", "checkout", "-q")


def test_an_experiment_runs_beside_the_checkout(demo):
    before = demo.hashes("reports/metrics")
    result = demo.run("dvc", "exp", "run", "--temp", "-S", "rfm.k=7", "rfm")
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    shown = demo.run("dvc", "exp", "show", "--csv")
    assert "rfm.k" in shown.stdout.splitlines()[0]
    assert demo.hashes("reports/metrics") == before


BAD = {
    "a missing file": ({"raw": "nowhere.csv"}, "there is no file 'nowhere.csv'"),
    "a folder": ({"raw": "notebooks"}, "is a folder"),
    "an empty file": ({"raw": "empty.csv"}, "is empty"),
    "a header only": ({"raw": "header.csv"}, "no row below it"),
    "another schema": ({"raw": "other.csv"}, "its columns are 'a', 'b'"),
    "all rows rejected": ({"raw": "rejected.csv"}, "none of 3 rows can be read"),
    "times out of range": ({"window": {"start": "2031-01-01", "end": None}}, "no event is left"),
    "a typing error": ({"usres": 0.5}, "sampling.usres: no such parameter"),
    "a wrong type": ({"users": "many"}, "sampling.users"),
}
HEADER = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
)
FILES = {
    "empty.csv": "",
    "header.csv": HEADER + "\n",
    "other.csv": "a,b\n1,2\n",
    "rejected.csv": HEADER + "\n" + "2019-10-01 00:00:00 UTC,click,1,2,,b,1,7,s\n" * 3,
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_input_is_named_and_the_last_results_stay(demo, fault):
    values, message = BAD[fault]
    for name, text in FILES.items():
        (demo.root / name).write_text(text)
    before = demo.hashes("reports/html", "reports/metrics", "data/interim")
    demo.set(sampling=values)
    try:
        result = demo.run("dvc", "repro", "sampling")
        assert result.returncode != 0
        assert message in result.stdout + result.stderr
        assert "Traceback" not in result.stdout + result.stderr
        assert demo.hashes("reports/html", "reports/metrics", "data/interim") == before
    finally:
        demo.run("git", "checkout", "-q", ".")


def test_more_clusters_than_customers_is_an_error(demo):
    demo.set(rfm={"k": 20, "as_of": "2024-01-01T03:00Z"})
    try:
        result = demo.run("dvc", "repro", "rfm")
        assert result.returncode != 0
        assert "rfm.k" in result.stdout + result.stderr
    finally:
        demo.run("git", "checkout", "-q", ".")


@pytest.mark.parametrize(
    ("raw", "label", "events"),
    [
        ("rees46/2019-Oct-head.csv", "REES46", "17,429"),
        ("taobao/UserBehavior-114-users.csv", "Taobao UserBehavior", "9,996"),
    ],
)
def test_the_study_runs_on_real_data(tmp_path, shared, raw, label, events):
    file = shared(raw)
    checkout = copy(tmp_path)
    checkout.set(**QUICK, sampling={"raw": str(file)})
    checkout.repro()
    index = (tmp_path / "reports/index.html").read_text()
    assert label in index
    assert events in index
    assert "Simulated shop" not in index
    pages = sorted((tmp_path / "reports/html").glob("*.html"))
    assert len(pages) == len(list((ROOT / "notebooks").glob("0*.ipynb")))
    assert all(page.stat().st_size < 5_000_000 for page in pages)


def little(*rows: str) -> str:
    return "".join(line + "\n" for line in [HEADER, *rows])


LITTLE = {
    "one user only": little(
        *[f"2019-10-0{d} 00:00:00 UTC,view,{d},2,,b,1,7,s{d}" for d in range(1, 8)],
        "2019-10-07 00:01:00 UTC,purchase,7,2,,b,1,7,s7",
    ),
    "one event": little("2019-10-01 00:00:00 UTC,view,1,2,,b,1,7,s"),
}


def test_the_study_ends_well_on_one_event(tmp_path):
    """On other little data it does in one process (test_whole)."""
    checkout = copy(tmp_path)
    (tmp_path / "data/raw").mkdir(parents=True, exist_ok=True)
    (tmp_path / "data/raw/own.csv").write_text(LITTLE["one event"])
    checkout.repro()
    assert (tmp_path / "reports/index.html").exists()


def test_dvc_notices_when_a_raw_file_outside_changes(tmp_path):
    outside = tmp_path / "elsewhere.csv"
    outside.write_text(LITTLE["one event"])
    checkout = copy(tmp_path / "checkout")
    checkout.set(sampling={"raw": str(outside)})
    checkout.repro("sampling")
    assert "sampling" not in ran(checkout.repro("sampling"))
    outside.write_text(LITTLE["one user only"])
    assert ran(checkout.repro("sampling")) == {"sampling"}
