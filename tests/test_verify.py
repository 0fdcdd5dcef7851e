"""The study run again in a fresh clone gives the same, or the first difference is named."""

import os
from pathlib import Path

import little_study
import pytest

from trackway.core.errors import InputError
from trackway.study import clone, verify

# DVC reads a name of pygtrie that will go.
pytestmark = pytest.mark.filterwarnings("ignore:_NoneStep.value:DeprecationWarning")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return little_study.make(tmp_path_factory.mktemp("made"))


@pytest.fixture
def study(made, tmp_path):
    return little_study.copy(made, tmp_path / "study")


def there(study, tmp_path) -> tuple[Path, list[str]]:
    place = tmp_path / "there"
    return place, clone.make(study, place)


def test_the_clone_holds_what_git_keeps_and_nothing_that_was_made(study, tmp_path):
    place, changed = there(study, tmp_path)
    kept = {str(p.relative_to(place)) for p in place.rglob("*") if p.is_file()}
    kept = {name for name in kept if not name.startswith((".git/", ".dvc", "dvc.lock"))}
    assert kept == set(little_study.FILES)
    assert not (place / ".dvc/cache").exists()
    assert changed == []


def test_the_clone_carries_the_working_tree_and_says_so(study, tmp_path):
    (study / "raw.csv").write_text("changed\n")
    (study / "new.txt").write_text("new\n")
    (study / "src/rfm/words.txt").unlink()
    (study / "reports/metrics/rfm.json").write_text("{}")  # made, so not carried
    place, changed = there(study, tmp_path)
    assert (place / "raw.csv").read_text() == "changed\n"
    assert (place / "new.txt").exists()
    assert not (place / "src/rfm/words.txt").exists()
    assert not (place / "reports/metrics/rfm.json").exists()
    assert sorted(changed) == ["new.txt", "raw.csv", "src/rfm/words.txt"]


def test_nothing_is_shared_with_the_checkout(study, tmp_path):
    place, _ = there(study, tmp_path)
    ours = {file.stat().st_ino for file in study.rglob("*") if file.is_file()}
    assert not ours & {file.stat().st_ino for file in place.rglob("*") if file.is_file()}
    assert not (place / ".git/objects/info/alternates").exists()


def test_own_raw_files_are_linked_and_those_of_the_demo_are_not(study, tmp_path):
    for name in ["own.csv", "2019/oct.csv", "demo/2024.csv", ".linked/x.csv"]:
        (study / "data/raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (study / "data/raw" / name).write_text(name)
    place, _ = there(study, tmp_path)
    linked = {str(p.relative_to(place / "data/raw")) for p in (place / "data/raw").rglob("*.csv")}
    assert linked == {"own.csv", "2019/oct.csv"}
    assert (place / "data/raw/own.csv").resolve() == study / "data/raw/own.csv"


def test_what_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be cloned"):
        clone.make(tmp_path / "nowhere", tmp_path / "there")


def test_it_runs_under_other_conditions_than_ours(monkeypatch, tmp_path):
    monkeypatch.setenv("DVC_CACHE_DIR", "/shared")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    environment = clone.environment(tmp_path / "there", tmp_path / "scratch", tmp_path)
    for name, value in clone.UNLIKE.items():
        assert environment[name] == value != os.environ.get(name)
    assert "DVC_CACHE_DIR" not in environment
    assert "LC_ALL" not in environment
    assert environment["DVC_GLOBAL_CONFIG_DIR"].startswith(str(tmp_path))


def test_stale_results_are_not_verified(study, tmp_path):
    little_study.set_param(study, k=6)
    with pytest.raises(InputError, match="rfm, index"):
        verify.verify(study, tmp_path, None)


def test_raw_files_seen_from_the_checkout_are_refused_by_name(study, tmp_path):
    with (study / "params.yaml").open("a") as file:
        file.write("sampling:\n  raw: [/data/x.csv, ../y.csv]\n")
    with pytest.raises(InputError, match=r"'\.\./y\.csv'"):
        verify.verify(study, tmp_path, None)


def test_every_output_is_compared_in_the_order_of_the_steps(study):
    assert verify.files(study, study) == [
        "data/clean.csv",
        "reports/html/03_rfm.html",
        "reports/figures/rfm/k.svg",
        "reports/metrics/rfm.json",
        "reports/index.html",
        "dvc.lock",
    ]


def test_a_file_that_only_one_of_the_two_has_is_compared_too(study, tmp_path):
    other = little_study.copy(study, tmp_path / "other")
    (other / "reports/figures/rfm/new.svg").write_text("")
    assert "reports/figures/rfm/new.svg" in verify.files(study, other)


@pytest.mark.slow
def test_a_study_that_comes_out_the_same_is_told_in_one_line(study, tmp_path):
    verdict, well = verify.verify(study, tmp_path, threads=1)
    assert well
    assert verdict.startswith("all 6 files are the same, byte by byte (commit ")
    assert "1 thread" in verdict


LEAKS = """date +%Z > reports/figures/rfm/zone.svg
pwd > reports/figures/rfm/place.svg
echo "{\\"seed\\": \\"$PYTHONHASHSEED\\"}" > reports/metrics/rfm.json
"""


@pytest.mark.slow
def test_zone_place_and_hash_seed_that_leak_are_found(study, tmp_path):
    script = study / "src/rfm/count.sh"
    script.write_text(script.read_text() + LEAKS)
    little_study.repro(study)
    verdict, well = verify.verify(study, tmp_path, None)
    assert not well
    assert verdict.startswith("reports/figures/rfm/place.svg differs, line 1: ")
    assert "with uncommitted changes in 1 files (src/rfm/count.sh)" in verdict
    for name in ["reports/figures/rfm/zone.svg", "reports/metrics/rfm.json", "dvc.lock"]:
        assert name in verdict


@pytest.mark.slow
def test_a_study_that_fails_elsewhere_says_how(study, tmp_path):
    script = study / "src/rfm/count.sh"
    script.write_text(f'{script.read_text()}test "$(pwd)" = "{study}" || exit 3\n')
    little_study.repro(study)
    with pytest.raises(InputError, match=r"fails in a fresh clone(.|\n)*count\.sh, exited with 3"):
        verify.verify(study, tmp_path, None)
