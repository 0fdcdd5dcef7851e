"""The page on the sample shows what little files carry, and says what they do not."""

import json

import pandas as pd
import pytest
from making import rees46, row, write

from trackway import engine, params
from trackway.core import paths
from trackway.report import Page
from trackway.sampling import data, export, findings, study
from trackway.sampling import page as shown

TAOBAO = "1,7,3,pv,1511600000\n"


@pytest.fixture
def page_of(tmp_path, monkeypatch, capsys):
    """Everything the notebook shows of one file; what it says, and its result."""
    monkeypatch.setenv(paths.STAGING, str(tmp_path / "staged"))

    def execute(name: str, text: str) -> tuple[str, study.Study]:
        raw = str(write(tmp_path, name, text))
        settings = params.section("sampling").model_copy(update={"raw": raw, "max_rejects": 0.5})
        found = data.find(settings)
        page = Page("sampling", settings, simulated=found.simulated)
        raw = data.read(page.run, engine.connect(), found)
        export.rejects(raw)
        rows = data.prepare(page.run, found, raw)
        result = study.study(page.run, rows)
        shown.source(page, found)
        for show, of in [(shown.files, found), (shown.rejects, raw), (shown.fills, rows)]:
            show(page, of)
        for show in [shown.pauses, shown.ledger, shown.data_set, shown.over_time]:
            show(page, result)
        for show in [shown.subsamples, shown.subsample_deviations, shown.marginals]:
            show(page, result)
        page.conclude(findings, result)
        export.write(result)
        return capsys.readouterr().out, result

    return execute


@pytest.fixture(autouse=True)
def no_links(monkeypatch):
    monkeypatch.setattr("trackway.tables.sources.files.link_outside", lambda _: None)


def test_one_event_is_studied_and_nothing_said_beyond_it(page_of):
    said, result = page_of("UserBehavior.csv", TAOBAO)
    for reason in [
        "Table 2 is not shown. Every row of the files could be read.",
        "Table 3 is not shown. The source has neither brands nor category names.",
        "Figure 1 is not shown. No user pauses between two events",
        "Figure 2 is not shown. All events lie within one minute",
        "Table 6 is not shown. There are too few users",
        "Figure 3 is not shown. There are too few users",
        "Table 7 is not shown. These are a real shop",
    ]:
        assert reason in said
    assert result.ledger["rows"].tolist() == [1, 0, 1]
    holds = {claim.name: claim.holds for claim in findings.claims(result)}
    assert holds["a-sample-tells-the-buyers"] is None


def test_sentences_point_at_the_ledger(page_of, tmp_path):
    lines = [row(f"10:{i:02d}:00", user=i) for i in range(40)]
    _, result = page_of("a.csv", rees46(*lines, lines[0], "torn"))
    summary = json.loads((tmp_path / "staged/reports/tables/sampling/summary.json").read_text())
    assert summary["findings"][0] == "Of 42 rows, 40 (95.24%) are studied (Table 4)."
    assert result.ledger["rows"].tolist() == [42, 1, 1, 40]
    left = tmp_path / "staged/data/interim"
    assert json.loads((left / "source.json").read_text())["schema"] == "rees46"
    rejects = pd.read_parquet(left / "rejects.parquet")
    assert rejects["text"].tolist() == ["torn"]
    assert pd.read_parquet(left / "ids.parquet").empty


def test_what_is_counted_goes_into_the_metrics(page_of):
    lines = [row("10:00:00", user=1), row("10:01:00", "purchase", user=1), row(user=2)]
    _, result = page_of("a.csv", rees46(*lines))
    numbers = findings.metrics(result)
    assert (numbers["rows_in"], numbers["events"], numbers["buyers"]) == (3, 3, 1)
    share = numbers["buyers_share"]
    assert share["low"] < share["value"] == 0.5 < share["high"]
    assert findings.headlines(result)["Sessions with a purchase"] == "50.0%"
