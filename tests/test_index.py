"""The one page over all reports: what the steps have written, whole and escaped."""

import json

import pytest
from bs4 import BeautifulSoup
from executed import notebook

from trackway.core import paths
from trackway.report.html import webpage
from trackway.study import index

FACTS = {
    "schema": "rees46",
    "label": "shop <b>",
    "simulated": True,
    "timezone": "UTC",
    "has_price": True,
    "has_brand": False,
    "has_category_code": True,
    "event_types": ["view", "purchase"],
    "first": "2024-01-01T00:00:00+00:00",
    "last": "2024-01-03T12:00:00+00:00",
}
SUMMARY = {
    "headlines": [
        ["Customers", "4,504"],
        ["AUC", "0.74 [0.70, 0.77]"],
        ["Top brand", "&lt;script&gt; \x1b[31m&#95;x&#95;"],
    ],
    "findings": ["Half of it (Figure 1, Figure 7) is <script>alert(1)</script> `code`."],
    "claims": [
        {"name": "kept", "text": "It holds.", "holds": True, "evidence": "2 > 1"},
        {"name": "lost", "text": "It `held` <b>.", "holds": False, "evidence": "1 < 2"},
    ],
}
LEDGER = """item,rows_seen,share
rows read,123456,1
<i>torn</i>,-1,0.0000081
doubled,,0
studied,123455,0.9999919
"""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with two steps, of which the second has not run."""
    monkeypatch.setattr(index, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    notebooks = tmp_path / "notebooks"
    notebook(notebooks, "02_eda", "Never run")
    file = notebook(notebooks, "01_sampling", "Sampling")
    webpage.export(
        file,
        tmp_path / "reports/html/01_sampling.html",
        simulated=True,
        steps=webpage.steps(notebooks),
    )
    tables = tmp_path / "reports/tables/sampling"
    tables.mkdir(parents=True)
    (tables / "summary.json").write_text(json.dumps(SUMMARY))
    (tables / "ledger.csv").write_text(LEDGER)
    (tmp_path / "data/interim").mkdir(parents=True)
    (tmp_path / "data/interim/source.json").write_text(json.dumps(FACTS))
    return tmp_path


@pytest.fixture
def soup(checkout):
    webpage.write(index.page(), checkout / "reports/index.html")
    return BeautifulSoup((checkout / "reports/index.html").read_text("utf-8"), "html.parser")


def test_it_names_the_data_and_that_they_are_simulated(soup):
    facts = {row.dt.text: row.dd.text for row in soup.select(".facts div")}
    assert facts["source"] == "shop <b>"
    assert facts["from first to last"] == "2.5 days"
    assert facts["lacking"] == "brands"
    assert soup.select_one(".simulated")


def test_a_short_time_is_told_in_hours(checkout):
    file = checkout / "data/interim/source.json"
    file.write_text(json.dumps(FACTS | {"last": "2024-01-01T02:50:00+00:00"}))
    assert "2.8 hours" in index.page()


def test_there_is_a_card_for_every_step(soup):
    sampling, eda = soup.select(".card:not(#ledger, #truth, #claims)")
    assert sampling.h2.text == "01 · Sampling"
    assert sampling.h2.a["href"] == "html/01_sampling.html"
    assert sampling.select_one(".question").text == "Who sampling?"
    assert not eda.h2.a
    assert "Not made yet" in eda.text


def test_headlines_and_findings_are_escaped_once(soup):
    shown = {row.dt.text: row.dd.text for row in soup.select(".tw-headlines div")}
    assert shown["Customers"] == "4,504"
    assert shown["AUC"] == "0.74 [0.70, 0.77]"
    assert [small.text for small in soup.select("dd small")] == ["[0.70, 0.77]"]
    assert shown["Top brand"].startswith("<script>")
    assert shown["Top brand"].endswith("_x_")
    finding = soup.select_one(".card li")
    assert "<script>alert(1)</script>" in finding.text
    assert finding.code.text == "code"
    assert len(soup.select("script")) == 1


def test_findings_lead_to_their_evidence(soup):
    links = soup.select(".card li a.ref")
    assert [a["href"] for a in links] == ["html/01_sampling.html#figure-1"]


def test_a_claim_that_does_not_hold_is_shown_with_its_evidence(soup):
    section = soup.select_one("#claims")
    assert "Of the claims of the reports (2), these do not hold on these data (1)" in section.p.text
    (broken,) = section.select(".tw-claim")
    assert "It held <b>." in broken.text
    assert "No longer holds; it held when it was written. 1 < 2" in broken.text
    assert broken.a["href"] == "html/01_sampling.html#claim-lost"
    assert section.select_one("details").li.text == "It holds."


def test_where_all_claims_hold_that_is_said(checkout):
    file = checkout / "reports/tables/sampling/summary.json"
    file.write_text(json.dumps(SUMMARY | {"claims": SUMMARY["claims"][:1]}))
    assert "Every claim of the reports holds on these data (1 of 1)." in index.page()


def test_the_picture_is_the_first_figure_with_its_text(soup):
    picture = soup.select_one(".thumbnail img")
    assert picture["alt"] == "a bar"
    assert picture["src"].startswith("data:image/svg+xml;base64,")


def test_a_figure_too_large_for_a_card_is_left_out(checkout, monkeypatch):
    monkeypatch.setattr(index, "LARGEST_PICTURE", 10)
    assert "thumbnail" not in index.page().split("</style>")[1]


def test_the_ledger_is_shown_to_the_last_row(soup):
    rows = [[cell.text for cell in row.select("th, td")] for row in soup.select("#ledger tr")]
    assert rows == [
        ["item", "rows seen", "share"],
        ["rows read", "123,456", "100.00%"],
        ["<i>torn</i>", "-1", "<0.01%"],
        ["doubled", "", "0.00%"],
        ["studied", "123,455", ">99.99%"],
    ]
    assert [cell.get("class") for cell in soup.select("#ledger th")] == [None, ["num"], ["num"]]


def test_without_a_ledger_the_page_says_nothing_of_it(checkout):
    (checkout / "reports/tables/sampling/ledger.csv").unlink()
    assert "ledger" not in index.page().split("</style>")[1]


def test_it_is_the_same_each_time(checkout):
    assert index.page() == index.page()


def test_headlines_for_the_terminal_are_plain(checkout, capsys):
    assert index.main(["--headlines"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "  01 Sampling  Customers  4,504",
        "               AUC        0.74 [0.70, 0.77]",
        "               Top brand  <script> [31m_x_",
        "  01 claims, and it does not hold: It held <b>.",
        "",
        f"All reports: {checkout / 'reports/index.html'}",
    ]
    assert not (checkout / "reports/index.html").exists()


def test_before_the_first_step_it_says_what_to_run(checkout, capsys):
    (checkout / "data/interim/source.json").unlink()
    assert index.main([]) == 1
    assert "run 01_sampling first" in capsys.readouterr().err


def test_an_unknown_option_is_refused(capsys):
    assert index.main(["--headline"]) == 1
    assert "the only option is --headlines" in capsys.readouterr().err


TRUTH = """what,achieved,low,high,attainable,attainable_is,chance
index of <i>kinds</i>,0.0693253,0.0560911,0.0843082,0.100955,a forest,0
another,0.5,,,,,0.5
"""


def beside(checkout) -> BeautifulSoup:
    return BeautifulSoup(index.page(), "html.parser").select_one("#truth")


def test_each_step_has_one_line_beside_the_truth(checkout):
    (checkout / "reports/tables/sampling/truth.csv").write_text(TRUTH)
    rows = [[cell.text for cell in row.select("td")] for row in beside(checkout).select("tr")]
    line = ["01 · Sampling", "index of <i>kinds</i>", "0.069 [0.056, 0.084]", "0.101", "0.000"]
    assert rows == [[], [*line, "a forest"]]
    assert beside(checkout).a["href"] == "html/01_sampling.html"


def test_a_line_without_interval_or_ceiling_shows_dashes(checkout):
    header, _, line = TRUTH.splitlines()
    (checkout / "reports/tables/sampling/truth.csv").write_text(f"{header}\n{line}\n")
    cells = [cell.text for cell in beside(checkout).select("td.num")]
    assert cells == ["0.500", "–", "0.500"]


def test_before_any_comparison_that_is_said(soup):
    assert "No step has been held against the planted truth yet." in soup.select_one("#truth").text


def test_on_real_data_the_ceiling_is_unknown(checkout):
    (checkout / "reports/tables/sampling/truth.csv").write_text(TRUTH)  # of an earlier run
    file = checkout / "data/interim/source.json"
    file.write_text(json.dumps(FACTS | {"simulated": False}))
    assert "The ceiling is unknown" in beside(checkout).p.text
    assert not beside(checkout).table
    assert "#truth" not in index.page().split("</style>")[1]


def test_the_line_leads_to_its_table(checkout):
    report = '<figure class="tw-table" id="table-8">\n<figcaption><b>Table 8.</b> Simulated. Beside'
    card = index.Card(
        webpage.steps(checkout / "notebooks")[0], [], [], [], [], {}, f"{report} the truth: x"
    )
    assert card.truth_link == "html/01_sampling.html#table-8"
