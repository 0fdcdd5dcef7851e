"""Of many sessions as many are searched as asked for, and the page says how many."""

import ibis
import pandas as pd
import pytest

from trackway.report import Page
from trackway.report.run import Run
from trackway.rules import data, page, study
from trackway.tables.facts import Facts

SESSIONS = 2000  # three to a user


@pytest.fixture(scope="module")
def events() -> ibis.Table:
    rows = [(s, s // 3, kind, p) for s in range(SESSIONS) for kind, p in [("view", 1), ("view", 2)]]
    rows += [(s, s // 3, "purchase", 1) for s in range(0, SESSIONS, 10)]
    frame = pd.DataFrame(rows, columns=["session_id", "user_id", "event_type", "product_id"])
    frame = frame.assign(event_id=range(len(frame)), category_id=1)
    unknown = {"category_code": ibis.null("string"), "brand": ibis.null("string")}
    return ibis.duckdb.connect().create_table("events", frame).mutate(**unknown)


def test_all_sessions_are_searched_as_long_as_they_fit(events):
    one = data.sample(events, "views", SESSIONS, seed=1)
    assert (one.sessions, one.searched) == (SESSIONS, SESSIONS)
    assert one.events.count().execute() == 2 * SESSIONS


def test_of_more_those_of_whole_users_are(events):
    one = data.sample(events, "views", SESSIONS - 1, seed=1)
    held = one.events.group_by("user_id").agg(n=one.events.session_id.nunique()).to_pandas()
    assert one.sessions == SESSIONS
    assert SESSIONS - 4 <= one.searched < SESSIONS
    assert held["n"].sum() == one.searched
    assert set(held["n"]) <= {3, SESSIONS % 3}


def test_a_kind_without_an_event_has_no_session(events):
    one = data.sample(events.filter(events.event_type == "view"), "purchases", 1000, seed=1)
    assert (one.sessions, one.searched) == (0, 0)


def test_the_page_says_how_many_were_searched(events, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TRACKWAY_STAGING", str(tmp_path))
    first, last = (pd.Timestamp(day, tz="UTC") for day in ["2024-01-01", "2024-03-01"])
    known = Facts("mapped", "x", False, "UTC", False, False, False, ("view",), first, last)
    run = Run.of("rules", known=known).with_settings(
        min_support={"purchases": 0.01, "views": 0.01}, max_baskets=1000, shuffles=1
    )
    result = study.study(run, events)
    page.baskets(Page("rules", simulated=False), result)
    said = capsys.readouterr().out
    searched = {one.kind: one.baskets.n for one in result.mined if one.level == "product"}
    assert searched["purchases"] == SESSIONS / 10  # few enough to search them all
    assert 990 < searched["views"] <= 1000
    assert f"Of 2,000 sessions in which something is viewed, {searched['views']:,} are" in said
    assert "is bought" not in said
