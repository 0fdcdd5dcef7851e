"""A page shows what it writes, numbered and escaped; what comes from data cannot act."""

import json

import numpy as np
import pandas as pd
import pytest

from trackway import report
from trackway.core import paths
from trackway.report import figures

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page that writes to a temporary folder, and collects what it shows in `shown`."""
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    page = report.Page("rfm", simulated=True)
    page.shown = []

    def keep(shown, raw=False):
        page.shown.append(shown["text/html"] if raw else shown.data)

    monkeypatch.setattr(report, "display", keep)
    page.folder = tmp_path / "reports"
    return page


def drawing():
    fig, ax = figures.new()
    ax.plot([1, 2], [3, 4])
    return fig


def test_a_figure_is_saved_shown_and_says_that_it_is_simulated(page):
    page.figure(3, drawing(), "elbow", caption="A `k` & more.", alt='a "line"')
    assert (page.folder / "figures/rfm/elbow.svg").read_text().startswith("<?xml")
    (shown,) = page.shown
    assert 'id="figure-3"' in shown
    assert 'alt="a &quot;line&quot;"' in shown
    assert "<b>Figure 3.</b> Simulated. A <code>k</code> &amp; more." in shown


def test_the_same_figure_is_the_same_file(page):
    page.figure(1, drawing(), "a", caption="", alt="")
    page.figure(2, drawing(), "b", caption="", alt="")
    folder = page.folder / "figures/rfm"
    assert (folder / "a.svg").read_bytes() == (folder / "b.svg").read_bytes()


def test_a_brand_cannot_act_in_a_table(page):
    table = pd.DataFrame({EVIL: [EVIL]})
    page.table(1, table, "brands", caption=EVIL)
    assert "<script>" not in page.shown[0]
    assert page.shown[0].count("&lt;script&gt;") == 3


FORMULAS = [
    *["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "\r=1", "\n=1", "  =1"],
    *["\ufeff=1", "\u200b=1", "\u202e=1", "\u2068=1", "\x00=1", "\u00a0=1"],
    *["\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)"],
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_csv_cell_cannot_start_a_formula(page, formula):
    page.table(1, pd.DataFrame({formula: [formula]}), "brands", caption="")
    written = (page.folder / "tables/rfm/brands.csv").read_text()
    assert [line.lstrip('"')[0] for line in written.splitlines()] == ["'", "'"]


def test_a_csv_cell_cannot_start_a_formula_where_semicolons_part_cells(page):
    page.table(1, pd.DataFrame({"brand": ["a;=1+1; @b;c-d"]}), "brands", caption="")
    written = (page.folder / "tables/rfm/brands.csv").read_text()
    assert written.splitlines()[1] == "a;'=1+1;' @b;c-d"


def test_negative_numbers_stay_numbers(page):
    page.table(1, pd.DataFrame({"change": [-1.5]}), "changes", caption="")
    assert (page.folder / "tables/rfm/changes.csv").read_text() == "change\n-1.5\n"


def test_a_long_table_is_saved_whole_and_says_how_much_is_shown(page):
    page.table(1, pd.DataFrame({"n": range(60)}), "long", caption="Some.", rows=10)
    assert "Some. The first 10 of 60 rows." in page.shown[0]
    assert page.shown[0].count("<tr>") == 11
    assert len((page.folder / "tables/rfm/long.csv").read_text().splitlines()) == 61


def test_numbers_are_shown_with_their_decimals_and_gaps_as_a_dash(page):
    table = pd.DataFrame({"share": [0.12345, None], "n": [12345, 1]})
    page.table(1, table, "t", caption="", digits={"share": 2})
    for cell in [">0.12<", ">–<", ">12,345<"]:
        assert cell in page.shown[0]


def test_what_cannot_be_shown_keeps_its_number(page):
    page.cannot("Figure", 4, "weekdays", "30 minutes of data.")
    assert 'id="figure-4"' in page.shown[0]
    assert "Figure 4 is not shown." in page.shown[0]


def test_metrics_are_rounded_and_a_gap_in_them_is_refused(page):
    page.metrics({"auc": 0.123456789, "n": np.int64(3), "none": None})
    written = json.loads((page.folder / "metrics/rfm.json").read_text())
    assert written == {"auc": 0.123457, "n": 3}
    with pytest.raises(ValueError, match="finite number"):
        page.metrics({"auc": float("nan")})


def test_a_new_page_leaves_nothing_of_the_last_one(page):
    page.table(1, pd.DataFrame({"n": [1]}), "old", caption="")
    report.Page("rfm", simulated=True)
    assert not (page.folder / "tables/rfm/old.csv").exists()


def test_safe_text_has_no_markup_left():
    assert report.safe("<b>`x`[a](b)") == "&lt;b&gt;&#96;x&#96;&#91;a&#93;&#40;b&#41;"
