"""Hours, days and months are the shop's own, whatever the zone of the machine."""

import pandas as pd
import pytest
from eda_shop import shop

from trackway.eda import clock, data

# ibis sets a pandas option on each execution that pandas 3 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")


def started(time: str, timezone: str) -> pd.Series:
    _, sessions = shop((1, "a", time, "view", 7))
    return data.add_local_start(sessions, timezone).to_pandas().iloc[0]


@pytest.mark.parametrize(
    ("utc", "hour"),
    [
        ("2024-03-31 00:59", 1),
        ("2024-03-31 01:00", 3),  # the clock jumps from 2 to 3
        ("2024-10-27 00:30", 2),
        ("2024-10-27 01:30", 2),  # the hour that comes twice
        ("2024-10-27 02:00", 3),
    ],
)
def test_the_hour_follows_the_clock_over_its_changes(utc, hour):
    assert started(utc, "Europe/Berlin")["hour"] == hour


def test_day_weekday_and_month_are_local():
    row = started("2024-02-29 16:30", "Asia/Shanghai")  # a Friday there, 00:30 on 1 March
    assert (row["weekday"], row["month"]) == (4, "2024-03")
    assert row["day"] == pd.Timestamp("2024-03-01").timestamp() / clock.DAY_S


def test_monday_is_zero():
    assert started("2024-03-04 12:00", "UTC")["weekday"] == 0


@pytest.mark.parametrize(
    ("first", "last", "whole"),
    [
        ("2024-03-01 00:00", "2024-03-02 23:59", ["2024-03-01", "2024-03-02"]),
        ("2024-03-01 01:00", "2024-03-01 23:00", ["2024-03-01"]),  # an hour may be missing
        ("2024-03-01 01:01", "2024-03-02 23:00", ["2024-03-02"]),
        ("2024-03-01 00:00", "2024-03-01 22:59", []),
        ("2024-03-01 02:20", "2024-03-01 02:50", []),
    ],
)
def test_a_day_is_whole_from_midnight_to_midnight(first, last, whole):
    first, last = (pd.Timestamp(time, tz="UTC") for time in [first, last])
    assert [str(day.date()) for day in clock.whole_days(first, last, "UTC")] == whole


def test_whole_days_are_local():
    first, last = (pd.Timestamp(f"2024-03-0{d} 16:00", tz="UTC") for d in [1, 3])
    assert len(clock.whole_days(first, last, "Asia/Shanghai")) == 2
    assert len(clock.whole_days(first, last, "UTC")) == 1


def test_a_day_of_23_hours_is_whole():
    first, last = (pd.Timestamp(t, tz="Europe/Berlin") for t in ["2024-03-31", "2024-04-01"])
    days = clock.whole_days(first.tz_convert("UTC"), last.tz_convert("UTC"), "Europe/Berlin")
    assert [str(day.date()) for day in days] == ["2024-03-31"]


def test_only_sessions_of_the_given_days_are_kept():
    _, sessions = shop(
        (1, "a", "2024-03-01 23:59", "view", 7), (1, "b", "2024-03-02 00:00", "view", 7)
    )
    local = data.add_local_start(sessions, "UTC")
    kept = data.on_days(local, pd.DatetimeIndex(["2024-03-02"])).to_pandas()
    assert kept["hour"].tolist() == [0]
    assert data.on_days(local, pd.DatetimeIndex([])).count().to_pandas() == 0


@pytest.mark.parametrize(
    ("night", "hours"),
    [([22, 6], [22, 23, 0, 1, 2, 3, 4, 5]), ([0, 5], [0, 1, 2, 3, 4]), ([22, 24], [22, 23])],
)
def test_night_runs_from_its_first_hour_to_before_its_second(night, hours):
    assert {h for h in range(24) if clock.is_night(h, night)} == set(hours)
