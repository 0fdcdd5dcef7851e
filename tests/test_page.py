"""A page shows what it writes, numbered and escaped; what comes from data cannot act."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from trackway import report
from trackway.core import paths
from trackway.core.cannot import Cannot, need
from trackway.report import exhibits, figures, references
from trackway.report import page as page_module
from trackway.report.claims import Claim
from trackway.report.exhibits import Figure, Table

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page that writes to a temporary folder, and collects what it shows in `shown`."""
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    page = report.Page("rfm", simulated=True)
    page.shown = []

    def keep(shown, raw=False):
        page.shown.append(shown["text/html"] if raw else shown.data)

    monkeypatch.setattr(page_module, "display", keep)
    page.folder = tmp_path / "reports"
    return page


def drawing():
    fig, ax = figures.new()
    ax.plot([1, 2], [3, 4])
    return fig


def test_a_figure_is_saved_shown_and_says_that_it_is_simulated(page):
    for name in ["first", "second", "elbow"]:
        page.figure(name, drawing(), caption="A `k` & more.", alt='a "line"')
    assert (page.folder / "figures/rfm/elbow.svg").read_text().startswith("<?xml")
    shown = page.shown[-1]
    assert 'id="figure-3"' in shown
    assert 'alt="a &quot;line&quot;"' in shown
    assert "<b>Figure 3.</b> Simulated. A <code>k</code> &amp; more." in shown


def test_the_same_figure_is_the_same_file(page):
    page.figure("a", drawing(), caption="", alt="")
    page.figure("b", drawing(), caption="", alt="")
    folder = page.folder / "figures/rfm"
    assert (folder / "a.svg").read_bytes() == (folder / "b.svg").read_bytes()


def test_a_brand_cannot_act_in_a_table(page):
    table = pd.DataFrame({EVIL: [EVIL]})
    page.table("brands", table, caption=EVIL)
    assert "<script>" not in page.shown[0]
    assert page.shown[0].count("&lt;script&gt;") == 3


FORMULAS = [
    *["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "\r=1", "\n=1", "  =1"],
    *["\ufeff=1", "\u200b=1", "\u202e=1", "\u2068=1", "\x00=1", "\u00a0=1"],
    *["\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)"],
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_csv_cell_cannot_start_a_formula(page, formula):
    page.table("brands", pd.DataFrame({formula: [formula]}), caption="")
    written = (page.folder / "tables/rfm/brands.csv").read_text()
    assert [line.lstrip('"')[0] for line in written.splitlines()] == ["'", "'"]


def test_a_csv_cell_cannot_start_a_formula_where_semicolons_part_cells(page):
    page.table("brands", pd.DataFrame({"brand": ["a;=1+1; @b;c-d"]}), caption="")
    written = (page.folder / "tables/rfm/brands.csv").read_text()
    assert written.splitlines()[1] == "a;'=1+1;' @b;c-d"


def test_negative_numbers_stay_numbers(page):
    page.table("changes", pd.DataFrame({"change": [-1.5]}), caption="")
    assert (page.folder / "tables/rfm/changes.csv").read_text() == "change\n-1.5\n"


def test_a_long_table_is_saved_whole_and_says_how_much_is_shown(page):
    page.table("long", pd.DataFrame({"n": range(60)}), caption="Some.", rows=10)
    assert "Some. The first 10 of 60 rows." in page.shown[0]
    assert page.shown[0].count("<tr>") == 11
    assert len((page.folder / "tables/rfm/long.csv").read_text().splitlines()) == 61


def test_numbers_are_shown_with_their_decimals_and_gaps_as_a_dash(page):
    table = pd.DataFrame({"share": [0.12345, None], "n": [12345, 1]})
    page.table("t", table, caption="", digits={"share": 2})
    for cell in [">0.12<", ">–<", ">12,345<"]:
        assert cell in page.shown[0]


def test_what_cannot_be_shown_keeps_its_number(page):
    page.figure("days", drawing(), caption="", alt="")
    page.cannot("figure", "weekdays", Cannot("30 minutes of data."))
    assert 'id="figure-2"' in page.shown[1]
    assert "Figure 2 is not shown.</b> 30 minutes of data." in page.shown[1]


def test_metrics_are_rounded_and_a_gap_in_them_is_refused(page):
    page.metrics({"auc": 0.123456789, "n": np.int64(3), "none": None})
    written = json.loads((page.folder / "metrics/rfm.json").read_text())
    assert written == {"auc": 0.123457, "n": 3}
    with pytest.raises(ValueError, match="finite number"):
        page.metrics({"auc": float("nan")})


def test_a_new_page_leaves_nothing_of_the_last_one(page):
    page.table("old", pd.DataFrame({"n": [1]}), caption="")
    report.Page("rfm", simulated=True)
    assert not (page.folder / "tables/rfm/old.csv").exists()


def test_safe_text_has_no_markup_left():
    assert report.safe("<b>`x`[a](b)") == "&lt;b&gt;&#96;x&#96;&#91;a&#93;&#40;b&#41;"


def test_exhibits_are_counted_by_kind_in_the_order_they_are_first_shown(page):
    for _ in range(2):  # as when a cell is run again in JupyterLab
        page.table("a", pd.DataFrame({"n": [1]}), caption="")
        page.figure("a", drawing(), caption="", alt="")
        page.cannot("table", "b", Cannot("Too few."))
    ids = [one.split('id="')[1].split('"')[0] for one in page.shown]
    assert ids == ["table-1", "figure-1", "table-2"] * 2


def test_a_sentence_points_at_an_exhibit_by_its_name(page):
    page.figure("funnel", drawing(), caption="", alt="")
    page.table("first", pd.DataFrame({"n": [1]}), caption="")
    page.table("funnel", pd.DataFrame({"n": [1]}), caption=f"As {references.figure('funnel')}.")
    page.findings([f"Few buy ({references.table('funnel')})."])
    page.say(f"See {references.figure('funnel')}.")
    assert "Simulated. As Figure 1." in page.shown[2]
    assert page.shown[3:] == ["- Few buy (Table 2).", "See Figure 1."]
    kept = json.loads((page.folder / "tables/rfm/summary.json").read_text())
    assert kept["findings"] == ["Few buy (Table 2)."]


@pytest.mark.parametrize("mark", [references.table("later"), references.figure("first")])
def test_a_sentence_that_points_at_nothing_is_an_error(page, mark):
    page.table("first", pd.DataFrame({"n": [1]}), caption="")
    with pytest.raises(KeyError, match="the page has shown table first"):
        page.findings([f"See {mark}."])


def test_what_comes_from_data_points_at_nothing(page):
    page.findings([f"The brand {report.safe(references.table('first'))}."])
    assert "table:first" in page.shown[0]


def test_an_exhibit_is_shown_or_says_why_not(page):
    @exhibits.table("scores")
    def scores(study):
        return Table(pd.DataFrame({"n": need(study)}), caption="All.")

    @exhibits.figure("curve")
    def curve(study):
        return Figure(drawing(), caption=f"{len(need(study))}.", alt="") if study else Cannot("No.")

    scores(page, [1, 2])
    scores(page, Cannot("Nobody bought."))
    curve(page, [1])
    curve(page, [])
    assert "<b>Table 1.</b> Simulated. All." in page.shown[0]
    assert "Table 1 is not shown.</b> Nobody bought." in page.shown[1]
    assert "<b>Figure 1.</b> Simulated. 1." in page.shown[2]
    assert "Figure 1 is not shown.</b> No." in page.shown[3]
    assert (scores.exhibit, curve.exhibit) == (("table", "scores"), ("figure", "curve"))


def test_a_page_concludes_with_what_the_steps_four_functions_say(page):
    said = SimpleNamespace(
        findings=lambda study: [f"{study} users."],
        claims=lambda study: [Claim("many", "Many come.", study > 2, f"{study} users.")],
        headlines=lambda study: {"Users": f"{study}"},
        metrics=lambda study: {"users": study},
    )
    page.conclude(said, 3)
    kept = json.loads((page.folder / "tables/rfm/summary.json").read_text())
    assert (kept["findings"], kept["headlines"]) == (["3 users."], [["Users", "3"]])
    assert [one["name"] for one in kept["claims"]] == ["many"]
    assert json.loads((page.folder / "metrics/rfm.json").read_text()) == {"users": 3}
    page.conclude(said, 4)  # the cell is run again
    kept = json.loads((page.folder / "tables/rfm/summary.json").read_text())
    assert [one["evidence"] for one in kept["claims"]] == ["4 users."]
