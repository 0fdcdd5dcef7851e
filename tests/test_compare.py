"""What moved between two states stands on one page, and noise is told from what moved."""

import re
import shutil

import little_study
import pytest
from bs4 import BeautifulSoup
from dvc.repo import Repo

from trackway.core.errors import InputError
from trackway.study import compare, moved, revision
from trackway.study.moved import Metric

# DVC reads a name of pygtrie that will go.
pytestmark = pytest.mark.filterwarnings("ignore:_NoneStep.value:DeprecationWarning")


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (Metric(0.70, 0.68, 0.72), Metric(0.74, 0.72, 0.76), moved.MOVED),  # by hypot(.02, .02)
        (Metric(0.70, 0.68, 0.72), Metric(0.72, 0.70, 0.74), moved.NOISE),
        (Metric(0.74, 0.72, 0.76), Metric(0.70, 0.68, 0.72), moved.MOVED),
        (Metric(0.70, 0.60, 0.70), Metric(0.75, 0.75, 0.90), moved.MOVED),  # only near ends count
        (Metric(0.70, 0.70, 0.80), Metric(0.75, 0.65, 0.75), moved.NOISE),
        (Metric(3), Metric(4), moved.PLAIN),
        (Metric(0.7, 0.6, 0.8), Metric(0.9), moved.PLAIN),
        (None, Metric(4), moved.GONE),
    ],
)
def test_moved_is_told_from_noise_by_the_interval_of_the_difference(before, after, verdict):
    assert moved.judge(before, after) == verdict


def test_the_interval_of_a_difference_is_that_of_zou_and_donner():
    low, high = moved.difference(Metric(0.2, 0.1, 0.4), Metric(0.5, 0.2, 0.6))
    assert low == pytest.approx(0.3 - (0.3**2 + 0.2**2) ** 0.5)
    assert high == pytest.approx(0.3 + (0.1**2 + 0.1**2) ** 0.5)


def test_a_metric_of_the_same_value_did_not_move():
    assert moved.metrics({"auc": Metric(0.7)}, {"auc": Metric(0.7, 0.6, 0.8)}) == []


def test_what_moved_comes_first():
    before = {"noise": Metric(1, 0, 2), "n": Metric(3), "moved": Metric(1, 0.9, 1.1)}
    after = {"noise": Metric(1.5, 0, 2), "n": Metric(4), "moved": Metric(2, 1.9, 2.1)}
    told = moved.metrics(before, after)
    assert [change.name for change in told] == ["moved", "n", "noise"]
    assert told[0].after == "2 [1.9, 2.1]"


def test_a_name_that_only_ends_like_a_bound_is_a_metric():
    assert moved.measures({"null_high": 0.3, "x": {"y_low": 1}}) == {
        "null_high": Metric(0.3),
        "x.y_low": Metric(1),
    }


def csv(*lines: str) -> bytes:
    return "\n".join([*lines, ""]).encode()


def test_rows_are_compared_by_their_key_not_by_their_place():
    before = csv("level,item,n", "brand,a,1", "brand,b,2", "product,a,3")
    after = csv("level,item,n", "product,a,3", "brand,c,9", "brand,a,5")
    table = moved.table("rules.csv", before, after)
    assert table.key == ["level", "item"]
    assert (table.added, table.removed) == (["brand · c"], ["brand · b"])
    assert table.cells == [moved.Change("brand · a, n", "1", "5")]
    assert table.counts == "1 rows new, 1 gone, 1 changed"


def test_the_same_rows_in_another_order_changed_nothing_but_their_order():
    table = moved.table("t.csv", csv("n", "1", "2"), csv("n", "2", "1"))
    assert (table.added, table.removed, table.cells) == ([], [], [])


def test_rows_that_nothing_tells_apart_are_counted():
    table = moved.table("t.csv", csv("n", "1", "1"), csv("n", "1", "1", "1"))
    assert (table.added, table.removed) == (["1 (3)"], [])


def test_a_column_that_came_or_went_is_named():
    table = moved.table("t.csv", csv("id,old,n", "x,1,2"), csv("id,n,new", "x,3,4"))
    assert table.columns == ["column new new", "column old gone"]
    assert table.cells == [moved.Change("x, n", "2", "3")]


@pytest.mark.parametrize(("before", "after", "added"), [(None, csv("n", "1"), ["1"])])
def test_a_table_that_only_one_has_is_all_new(before, after, added):
    assert moved.table("t.csv", before, after).added == added
    assert moved.table("t.csv", after, before).removed == added
    assert moved.table("t.csv", after, after) is None


def claim(holds, text="It is so.", evidence="2 > 1"):
    return {"holds": holds, "text": text, "evidence": evidence}


@pytest.mark.parametrize(
    ("before", "after", "verdicts"),
    [
        (claim(True), claim(False, evidence="1 < 2"), [moved.FLIPPED]),
        (claim(True), claim(None), [moved.FLIPPED]),
        (claim(True), claim(True, evidence="3 > 1"), []),
        (claim(True), claim(True, text="It is nearly so."), [moved.REWORDED]),
        (None, claim(True), [moved.GONE]),
    ],
)
def test_a_claim_flips_or_is_reworded_and_neither_in_silence(before, after, verdicts):
    sides = ({"a": one} if one else {} for one in (before, after))
    assert [change.verdict for change in moved.claims(*sides)] == verdicts


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two commits: `before`, and the present one with another parameter and other results."""
    root = little_study.make(tmp_path_factory.mktemp("made"))
    little_study.git(root, "tag", "before")
    little_study.set_param(root, k=6)
    (root / "raw.csv").write_text("user,price\n1,2.5\n")
    (root / "src/rfm/words.txt").write_text("few\n")
    script = root / "src/rfm/count.sh"
    script.write_text(script.read_text().replace("'<svg>'", "'<svg></svg>'"))
    little_study.repro(root)
    little_study.commit(root)
    return root


@pytest.fixture
def study(made, tmp_path):
    return little_study.copy(made, tmp_path / "study")


def shown(study, before, after) -> BeautifulSoup:
    text = compare.page(revision.resolve(before, study), revision.resolve(after, study))
    return BeautifulSoup(text, "html.parser")


def cells(soup) -> list[list[str]]:
    return [[cell.text for cell in row.select("td")] for row in soup.select("tr")]


def test_the_page_holds_parameters_code_metrics_and_figures_of_both(study):
    soup = shown(study, "before", "HEAD")
    rows = cells(soup)
    assert ["rfm.k", "5", "6"] in rows
    assert ["lines", "3", "2", "no interval"] in rows
    assert [li.text for li in soup.select("#params li")] == [
        "src/rfm/count.sh",
        "src/rfm/words.txt",
    ]
    assert len(soup.select("#rfm .pair img")) == 2


def test_the_page_loads_nothing(study):
    soup = shown(study, "before", "HEAD")
    loaded = [tag["src"] for tag in soup.select("[src]") if not tag["src"].startswith("data:")]
    assert not loaded
    assert "default-src 'none'" in soup.select_one("meta[http-equiv]")["content"]


def test_two_equal_states_have_nothing_to_tell(study):
    soup = shown(study, "HEAD", "workspace")
    assert "Nothing moved." in soup.select_one("#rfm").text
    assert "None changed." in soup.select_one("#params").text
    assert "1 figures are the same." in soup.select_one("#rfm").text


def test_the_workspace_is_compared_as_it_lies(study):
    little_study.write_json(study / "reports/metrics/rfm.json", {"lines": 7})
    rows = cells(shown(study, "HEAD", "workspace"))
    assert ["lines", "2", "7", "no interval"] in rows


def test_a_figure_that_the_cache_has_lost_is_said_to_be_lacking(study):
    shutil.rmtree(study / ".dvc/cache")
    soup = shown(study, "before", "workspace")
    assert len(soup.select("#rfm .pair img")) == 1
    assert "Not at hand" in soup.select_one("#rfm .pair").text


def test_a_flipped_claim_stands_at_the_head(study):
    file = study / "reports/tables/rfm/summary.json"
    one = {"name": "so", **claim(True, text="It is <b>so</b>.")}
    little_study.write_json(file, {"claims": [one]})
    (study / ".gitignore").write_text((study / ".gitignore").read_text() + "!/reports/tables\n")
    little_study.commit(study)
    little_study.write_json(
        file, {"claims": [one | claim(False, text=one["text"], evidence="1 < 2")]}
    )
    soup = shown(study, "HEAD", "workspace")
    told = soup.select_one("#claims aside").text
    assert "It is <b>so</b>." in told
    assert re.search(r"HEAD \(\w{7}\): Holds\. 2 > 1.*workspace: Does not hold\. 1 < 2", told, re.S)


def test_figures_beyond_what_a_page_may_hold_are_named(study, monkeypatch):
    monkeypatch.setattr(compare, "ROOM", 10)
    assert "had no room" in shown(study, "before", "HEAD").select_one("#rfm").text


def test_an_unknown_state_is_refused_with_what_there_is(study):
    with pytest.raises(InputError, match=r"'--all' is no revision .*there are: none"):
        revision.resolve("--all", study)


@pytest.mark.slow
def test_an_experiment_is_compared_by_its_name(study, monkeypatch):
    monkeypatch.chdir(study)
    for name, value in [("GIT_AUTHOR_NAME", "t"), ("GIT_AUTHOR_EMAIL", "t@example.org")]:
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.replace("AUTHOR", "COMMITTER"), value)
    with Repo() as repo:
        repo.experiments.run(name="seven", params=["rfm.k=7"])
    little_study.git(study, "checkout", "-q", ".")
    assert ["rfm.k", "6", "7"] in cells(shown(study, "HEAD", "seven"))
    with pytest.raises(InputError, match="there are: seven"):
        revision.resolve("eight", study)


def test_the_command_writes_the_page(study, monkeypatch, capsys):
    monkeypatch.setattr(compare, "ROOT", study)
    assert compare.main(["before", "workspace"]) == 0
    assert str(study / compare.PAGE) in capsys.readouterr().out
    assert "before" in (study / compare.PAGE).read_text()
    assert compare.main(["nothing", "workspace"]) == 1
    assert "is no revision" in capsys.readouterr().err
