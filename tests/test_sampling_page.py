"""The page on the sample shows what little files carry, and says what they do not."""

import json

import pandas as pd
import pytest
from making import rees46, row, write

from trackway import engine, params
from trackway.core import paths
from trackway.params.sampling import Mapping
from trackway.report import Page
from trackway.report.references import table
from trackway.sampling import data, export, findings, study
from trackway.sampling import page as shown

TAOBAO = "1,7,3,pv,1511600000\n"


@pytest.fixture
def page_of(tmp_path, monkeypatch, capsys):
    """Everything the notebook shows of one file; what it says, and its result."""
    monkeypatch.setenv(paths.STAGING, str(tmp_path / "staged"))

    def execute(name: str, text: str, **mapping) -> tuple[str, study.Study]:
        raw = str(write(tmp_path, name, text))
        settings = params.section("sampling").model_copy(update={"raw": raw, "max_rejects": 0.5})
        if mapping:
            settings = settings.model_copy(update={"mapping": Mapping(**mapping)})
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


def test_values_that_cannot_be_read_are_counted_with_their_reason_and_first_place(page_of):
    prices = ["1.99", "0.333", "2", "1.2345", "about 3", "4"]
    lines = [row(f"10:0{n}:00", user=n, price=price) for n, price in enumerate(prices)]
    _, result = page_of("a.csv", rees46(*lines))
    assert result.ledger["rows"].tolist() == [6, 0, 6]
    assert findings.findings(result)[1:2] == [
        "What could not be read in rows that otherwise can is missing there: "
        "1 value of price (no valid price; the first is “about 3” in a.csv, line 6); "
        "2 values of price (no valid price: finer than a cent; the first is “0.333” in a.csv, "
        f"line 3) ({table('ledger')})."
    ]


def test_where_a_session_stands_in_for_the_user_it_is_counted(page_of):
    text = "ts,who,sku,visit\n2024-03-01 10:00:00,7,1,a\n2024-03-01 11:00:00,,1,b\n"
    columns = {"event_time": "ts", "user_id": "who", "product_id": "sku", "session": "visit"}
    _, result = page_of("a.csv", text, columns=columns, event_type="view", missing_user="session")
    assert findings.findings(result)[1] == (
        "In 1 row without a user the `session` stands in; who comes again without a name is then "
        f"another user ({table('ledger')})."
    )


def test_nothing_is_said_where_no_value_was_lost_and_nobody_stood_in(page_of):
    _, result = page_of("a.csv", rees46(row("10:00:00"), row("10:01:00", user=2, price="")))
    text = " ".join(findings.findings(result))
    assert "cannot be read" not in text
    assert "stands in" not in text


def test_a_row_of_a_wrong_clock_is_named_and_moves_nothing(page_of):
    lines = [row(f"2024-03-{day:02d} 10:00:{day}", user=day % 9) for day in range(10, 30)]
    _, result = page_of("a.csv", rees46(*lines, row("2098-12-31 23:59:59", user=9)))
    said = findings.findings(result)
    assert (
        "1 row far in time from all others, which lie between 2024-03-10 and 2024-03-29, is set "
        "aside: 2098-12-31 23:59:59 (user 9, product 1) (UTC; `sampling.far` says what is far;"
    ) in said[2]
    assert result.facts.last == pd.Timestamp("2024-03-29 10:00:29", tz="UTC")


def test_a_long_silence_is_told(page_of):
    lines = [row(f"2024-03-{day:02d} 10:00:{day}", user=day % 9) for day in range(10, 20)]
    _, result = page_of(
        "a.csv", rees46(*lines, row("2024-03-29 10:00:00"), row("2024-03-29 11:00:00"))
    )
    assert (
        "Nothing is recorded from 2024-03-20 to 2024-03-28, 9 of 20 days; 2 of 12 rows lie after it"
    ) in " ".join(findings.findings(result))


def test_who_holds_much_is_named_and_whether_like_a_program(page_of):
    person = [row(f"2024-03-{day:02d} 10:{day}:00", user="7", product=day) for day in range(10, 30)]
    others = [row(f"2024-03-1{i % 9} 1{i % 8}:05:07", user=20 + i, product=i) for i in range(60)]
    program = [
        row(f"2024-03-11 {at % 24:02d}:00:0{at % 2}", user=999, product=at, session=f"s{at}")
        for at in range(48)
    ]
    _, result = page_of("a.csv", rees46(*person, *others, *program))
    said = " ".join(findings.findings(result))
    assert (
        "One user, 999, holds 48 of 128 events (37.5%): 2.0 in each hour with any, in 24 of 24 "
        "hours of the day, several views in 100.0% of its instants; no person is like that, so it "
        "is a program, or many people under one name"
    ) in said
    assert "One user, 7, holds 20 of 128 events (15.6%): 1.0 in each hour with any" in said
    assert "nothing here tells it from a person" in said
    assert "One product" not in said


def test_days_without_hours_are_told(page_of):
    lines = [
        row(f"2024-03-{day:02d} 00:00:00", user=day % 9, session=str(day)) for day in range(10, 30)
    ]
    said, result = page_of("a.csv", rees46(*lines, lines[0]))
    reason = "These data have days, not hours: 20 of 20 events at midnight."
    assert f"Figure 1 is not shown. {reason}" in said
    assert (
        f"{reason} Nothing is said of what would need more; 1 row that agreed with another in all, "
        "the day included, may have been events of their own"
    ) in " ".join(findings.findings(result))
