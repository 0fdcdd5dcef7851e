"""The ledger adds up to the last row, and figures on part of the users say how far off they lie."""

import numpy as np
import pandas as pd
import pytest
from making import events

from trackway.core.errors import InputError
from trackway.sampling import coverage, data, ledger
from trackway.tables import build, extent, sessions, summary
from trackway.tables.events import fate
from trackway.tables.sources.read import Raw

NONE = pd.DataFrame(columns=["file", "line", "reason", "text"])
TORN = pd.DataFrame([["a.csv", 9, "too few fields (torn?)", "2019"]], columns=NONE.columns)


def test_the_lines_of_the_ledger_add_up():
    counts = pd.Series({"kept": 10, "before the window": 3})
    book = ledger.ledger(Raw(None, TORN), counts, studied=8)
    assert book[["reason", "rows"]].values.tolist() == [
        ["", 14],
        ["too few fields (torn?)", 1],
        ["before the window", 3],
        ["exact duplicates", 2],
        ["", 8],
    ]
    assert book["rows"].iloc[1:].sum() == book["rows"].iloc[0]
    assert book["share"].iloc[1:].sum() == pytest.approx(1)


def test_a_ledger_with_more_events_than_rows_stops():
    with pytest.raises(AssertionError, match="does not add up"):
        ledger.ledger(Raw(None, NONE), pd.Series({"kept": 10}), studied=11)


def test_nothing_left_is_said_with_its_reasons():
    with pytest.raises(InputError, match=r"no event is left of 3 rows: before the window: 3"):
        build.refuse_none(NONE, pd.Series({"before the window": 3}))
    with pytest.raises(InputError, match=r"of 2 rows: too few fields \(torn\?\): 1; price below"):
        build.refuse_none(TORN, pd.Series({"price below zero": 1}))
    build.refuse_none(TORN, pd.Series({"kept": 1, "price below zero": 1}))


def test_fates_are_counted():
    table = events((1, "10:00", "view"), (1, "11:00", "view"), price=[-1, 1])
    counts = extent.by_day(table.mutate(fate=fate(table, (None, None), 1.0, 1)))
    assert extent.fates(counts, None).to_dict() == {"kept": 1, "price below zero": 1}


def test_too_many_rejects_stop_the_step_with_the_first_of_them():
    with pytest.raises(
        InputError, match=r"1 of 10 rows \(10.0%\).*a.csv, line 9: too few fields.*'2019'"
    ):
        data.refuse_many(TORN, readable=9, most=0.01)
    data.refuse_many(TORN, readable=99, most=0.01)  # just the limit is allowed
    data.refuse_many(NONE, readable=1, most=0.01)


def test_the_data_set_is_counted_in_integers_and_exact_money():
    rows = events((1, "10:00", "view"), (1, "10:01", "purchase"), (2, "11:00", "view"))
    numbered = sessions.number(rows, pd.Timedelta("30min"), from_source=False)
    known = summary.data_set(numbered, sessions.table(numbered, pd.Timedelta("30min")))
    assert (known["events"], known["users"], known["sessions"], known["buyers"]) == (3, 2, 2, 1)
    assert str(known["revenue"]) == "1.00"
    described = summary.described(known).set_index("quantity")["value"]
    assert described["sessions"] == "2"


@pytest.mark.parametrize(
    ("span", "unit"), [("0s", "minute"), ("11h", "minute"), ("12h", "hour"), ("30D", "day")]
)
def test_events_are_counted_in_the_coarsest_unit_that_shows_something(span, unit):
    assert coverage.unit_for(pd.Timedelta(span)) == unit


def test_days_are_those_of_the_shops_own_clock():
    rows = events((1, "15:59", "view"), (1, "16:01", "view"))
    counts = coverage.over_time(rows, "day", "Asia/Shanghai")
    assert counts["time"].dt.day.tolist() == [1, 2]


def test_pauses_are_counted_by_length_and_those_of_no_length_apart():
    rows = [(1, t, "view") for t in ["10:00:00", "10:00:00", "10:00:05", "10:01:45"]]
    table = events(*rows, (2, "09:00", "view"))
    numbered = sessions.number(table, pd.Timedelta("30min"), from_source=False)
    bins = coverage.pauses(numbered, pd.Timedelta("1min"))
    assert bins["pauses"].tolist() == [1, 1, 1]
    assert bins["from_s"].iloc[0] == 0
    assert bins["from_s"].iloc[2] == pytest.approx(100)
    assert bins["longer"].tolist() == [0, 0, 1]


def test_quantiles_of_lengths_are_those_of_the_sessions_one_by_one():
    rows = [(user, f"10:{i:02d}", "view") for user in range(7) for i in range(user * user + 1)]
    numbered = sessions.number(events(*rows), pd.Timedelta("30min"), from_source=False)
    table = sessions.table(numbered, pd.Timedelta("30min"))
    levels = [0.0, 0.1, 0.5, 0.55, 0.9, 1.0]
    expected = np.quantile([user * user + 1 for user in range(7)], levels)
    assert summary.lengths(table, levels) == pytest.approx(expected.tolist())
