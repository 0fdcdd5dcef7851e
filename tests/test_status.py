"""Which steps are stale is told in words, on the terminal and at the head of each report."""

import re
import shutil

import little_study
import pytest
from dvc.repo import Repo

from trackway.core.errors import InputError
from trackway.study import banner, folders, status

# DVC reads a name of pygtrie that will go.
pytestmark = pytest.mark.filterwarnings("ignore:_NoneStep.value:DeprecationWarning")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return little_study.make(tmp_path_factory.mktemp("made"))


@pytest.fixture
def study(made, tmp_path):
    return little_study.copy(made, tmp_path / "study")


def why(study) -> dict[str, list[str]]:
    return {step.name: step.why for step in status.steps(study)}


def test_after_a_run_nothing_is_stale(study):
    assert why(study) == {"clean": [], "rfm": [], "index": []}
    assert status.summary(status.steps(study)) == "All 3 steps are up to date: clean, rfm, index."


def test_each_cause_is_named_and_what_follows_from_it(study):
    little_study.set_param(study, k=None, share=0.5)
    (study / "src/rfm/words.txt").write_text("few\n")
    (study / "src/rfm/new.txt").write_text("")
    found = why(study)
    assert found["clean"] == []
    assert found["rfm"] == [
        "params rfm.k: 5 -> null",
        "params rfm.share: (none) -> 0.5",
        "src/rfm/new.txt is new",
        "src/rfm/words.txt changed",
    ]
    assert found["index"] == ["reads what is stale: rfm"]


def test_a_change_committed_since_is_named_too(study):
    (study / "src/rfm/words.txt").unlink()
    little_study.commit(study)
    assert why(study)["rfm"] == ["src/rfm/words.txt is gone"]


def test_a_folder_whose_former_state_no_commit_has_is_named_as_a_whole(study):
    file = study / "src/rfm/words.txt"
    file.write_text("never committed\n")
    little_study.repro(study)
    file.write_text("changed again\n")
    assert why(study)["rfm"] == ["src/rfm: files changed"]


def test_changed_data_make_everything_after_them_stale(study):
    (study / "raw.csv").write_text("user,price\n")
    assert why(study) == {
        "clean": ["raw.csv changed"],
        "rfm": ["reads what is stale: clean"],
        "index": ["reads what is stale: clean"],
    }


def test_a_step_that_never_ran_says_so(study):
    (study / "dvc.lock").unlink()
    assert why(study)["rfm"][0] == "never run"


def test_a_result_changed_by_hand_or_gone_is_stale(study):
    (study / "reports/index.html").unlink()
    (study / "reports/metrics/rfm.json").write_text("{}")
    found = why(study)
    assert found["rfm"] == ["reports/metrics/rfm.json is not what the step wrote"]
    assert "reports/index.html is missing" in found["index"]


def test_a_wiped_cache_makes_nothing_stale(study):
    shutil.rmtree(study / ".dvc/cache")
    assert not any(step.stale for step in status.steps(study))


def test_the_hash_of_a_folder_is_that_of_dvc(made):
    recorded = re.search(r"path: src/rfm\n\s+hash: md5\n\s+md5: (\S+)", _lock(made))[1]
    folder = {file.name: file.read_bytes() for file in (made / "src/rfm").iterdir()}
    assert folders.digest(folder) == recorded


def _lock(study):
    return (study / "dvc.lock").read_text()


def test_many_reasons_are_counted_not_listed(study):
    for i in range(9):
        (study / f"src/rfm/new{i}.txt").write_text("")
    told = why(study)["rfm"]
    assert len(told) == status.SHOWN + 1
    assert told[-1] == "and 3 more"


def test_the_head_of_a_report_is_told_by_its_fingerprint(study):
    banner.write({"rfm": ['params rfm.k: 5 -> "6"'], "never made": []}, study)
    rules = (study / banner.FILE).read_text()
    assert rules.count(".state[data-report=") == 2
    assert '.state[data-report="0123456789ab"]::after' in rules
    assert "Stale, as of" in rules
    assert r"5 -\3e  \22 6\22 " in rules
    banner.write({"rfm": []}, study)
    assert "belongs to the present code" in (study / banner.FILE).read_text()


@pytest.mark.parametrize("evil", ['"}', "</style>", "\\", "a\nb", "*/ @import", "url(x)\x00"])
def test_nothing_in_the_style_sheet_can_act(evil):
    inside = banner.quoted(evil)[1:-1]
    assert not set(inside) & set('"<>{};@\n\x00')
    assert re.sub(r"\\[0-9a-f]+ ", "", inside).count("\\") == 0


def test_the_command_tells_one_step_in_one_line(study, monkeypatch, capsys):
    little_study.set_param(study, k=6)
    found = status.steps(study)
    monkeypatch.setattr(status, "steps", lambda: found)
    monkeypatch.setattr(status.banner, "write", lambda _: None)
    assert status.main(["--of", "rfm"]) == 0
    assert capsys.readouterr().out == "params rfm.k: 5 -> 6"
    assert status.main(["--of", "clean"]) == 0
    assert capsys.readouterr().out == ""
    assert status.main([]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "rfm is stale",
        "    params rfm.k: 5 -> 6",
        "index is stale",
        "    reads what is stale: rfm",
        "Up to date: clean. `make repro` runs what is stale.",
    ]


@pytest.mark.slow  # DVC waits for its lock for three seconds
def test_while_dvc_runs_it_says_so(study):
    with Repo(study) as busy, busy.lock, pytest.raises(InputError, match="DVC is at work"):
        status.steps(study)
