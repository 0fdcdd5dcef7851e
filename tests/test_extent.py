"""Single rows far from all others in time do not tell how far the data reach."""

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import rees46, row, write

from trackway import engine, params
from trackway.tables import build, extent, summary
from trackway.tables.events import NOT_DRAWN
from trackway.tables.sources import files
from trackway.tables.sources.read import read

FAR = params.section("sampling").far


def within(days: dict[int, int], far=FAR):
    """The extent of so many rows on these days."""
    counts = [("kept", day, rows) for day, rows in days.items()]
    return extent.extent(pd.DataFrame(counts, columns=["fate", "day", "rows"]), far)


def steady(first: int, last: int, rows: int = 3) -> dict[int, int]:
    return dict.fromkeys(range(first, last + 1), rows)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (steady(100, 160), (100, 160)),
        (steady(100, 160) | {47000: 1}, (100, 160)),
        (steady(100, 160) | {9: 1}, (100, 160)),  # ninety days before
        (steady(100, 160) | {9: 1, 222: 1, 300: 1, 47000: 1}, (100, 160)),
        (steady(100, 160) | {200: 1}, (100, 200)),  # a hole shorter than all else
        (steady(100, 160) | {222: 10}, (100, 222)),  # more than a twentieth
        (steady(100, 160, 1000) | {191: 61}, (100, 160)),  # a thousandth beyond a month
        (steady(100, 160, 1000) | {191: 62}, (100, 191)),
        (steady(100, 160, 1000) | {190: 61}, (100, 190)),
        ({100: 50} | {108: 1}, (100, 100)),
        ({100: 50} | {107: 1}, (100, 107)),  # six days without a row
        ({100: 1, 9000: 1}, (100, 9000)),  # of two, neither is far
        ({100: 8, 9000: 1}, (100, 9000)),
        ({100: 9, 9000: 1}, (100, 100)),
        (steady(100, 130) | steady(466, 496), (100, 496)),  # two Octobers
    ],
)
def test_few_rows_beyond_a_long_hole_are_far(days, expected):
    assert within(days) == expected
    assert within(days, None) == (min(days), max(days))


@given(
    st.dictionaries(st.integers(9000, 9090), st.integers(1, 50), min_size=20),
    st.sampled_from([0, 5000, 20000, 40000]),
)
def test_one_row_does_not_move_the_extent(days, odd):
    first, last = within({**days, odd: 1})
    assert min(days) <= first <= last <= max(days)


def test_what_is_far_does_not_hang_on_who_is_drawn():
    counts = [("kept", 100, 50), (NOT_DRAWN, 100, 50), (NOT_DRAWN, 300, 6), ("ignored", None, 9)]
    counts = pd.DataFrame(counts, columns=["fate", "day", "rows"])
    days = extent.extent(counts, FAR)
    assert days == (100, 300), "six of a hundred and six are more than a twentieth"
    counts.loc[2, "rows"] = 5
    assert extent.extent(counts, FAR) == (100, 100)
    assert extent.fates(counts, (100, 100)).to_dict() == {
        "ignored": 9,
        "kept": 50,
        extent.FAR: 5,
        NOT_DRAWN: 50,
    }


@pytest.fixture
def rows_of(tmp_path):
    def prepare(*lines: str) -> build.Rows:
        found = files.find(str(write(tmp_path, "a.csv", rees46(*lines))), None)
        raw = read(engine.connect(), found, progress=lambda _: None)
        return build.prepare(found, raw, params.section("sampling"), seed=1)

    return prepare


LINES = [
    row(f"2024-03-{day:02d} 0{hour}:00:00", user=day % 7, session=f"{day}{hour}")
    for day, hour in itertools.product(range(1, 29), range(3))
]


@pytest.mark.parametrize("odd", ["2098-12-31 23:59:59", "1995-01-01 00:00:00"])
def test_a_row_of_a_wrong_clock_changes_nothing_but_the_ledger(rows_of, odd):
    sound, with_row = rows_of(*LINES), rows_of(*LINES, row(odd, user=9))
    assert with_row.fates.to_dict() == {"kept": 84, extent.FAR: 1}
    assert with_row.far["user_id"].tolist() == [9]
    assert str(with_row.far["event_time"].iloc[0]).startswith(odd)
    assert sound.far.empty
    one, other = (
        summary.data_set(*build.store(rows)) | {"days": rows.days.tolist()}
        for rows in (sound, with_row)
    )
    assert one == other
