"""Sessions are the source's own, or cut where a user pauses too long, and nowhere else."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from making import events

from trackway.core.errors import InputError
from trackway.tables.sessions import number, parse_gap, table

HALF_HOUR = pd.Timedelta("30min")


def numbered(*rows, from_source=False, **columns):
    result = number(events(*rows, **columns), HALF_HOUR, from_source)
    return result.order_by("event_id").to_pandas()


def sessions(*rows, from_source=False, **columns):
    cut = number(events(*rows, **columns), HALF_HOUR, from_source)
    return table(cut, HALF_HOUR).order_by("session_id").to_pandas()


@pytest.mark.parametrize(
    ("second_event", "n_sessions"),
    [
        ("10:29:59", 1),
        ("10:30:00", 1),  # a pause of just the gap still belongs to the session
        ("10:30:00.000001", 2),
        ("10:30:01", 2),
    ],
)
def test_a_session_ends_only_after_more_than_the_gap(second_event, n_sessions):
    cut = numbered((1, "10:00:00", "view"), (1, second_event, "view"))
    assert cut["session_id"].nunique() == n_sessions


def test_two_users_never_share_a_session():
    assert numbered((1, "10:00", "view"), (2, "10:00", "view"))["session_id"].tolist() == [0, 1]


def test_a_source_session_used_by_two_users_is_two():
    cut = numbered((1, "10:00", "view"), (2, "10:00", "view"), session=["s", "s"], from_source=True)
    assert cut["session_id"].tolist() == [0, 1]


def test_a_source_session_is_not_cut_however_long_it_pauses():
    cut = numbered((1, "01:00", "view"), (1, "23:00", "view"), session=["s", "s"], from_source=True)
    assert cut["session_id"].nunique() == 1


def test_rows_without_a_source_session_are_cut_by_the_gap():
    rows = [(1, t, "view") for t in ["10:00", "10:10", "12:00", "10:05"]]
    cut = numbered(*rows, session=[None, None, None, "s"], from_source=True)
    assert cut.sort_values("product_id")["session_id"].tolist() == [0, 0, 2, 1]


def test_sessions_are_numbered_by_user_and_start():
    rows = [(2, "08:00", "view"), (1, "12:00", "view"), (1, "09:00", "view")]
    cut = numbered(*rows)
    assert cut["product_id"].tolist() == [2, 1, 0]
    assert cut["session_id"].tolist() == cut["event_id"].tolist() == [0, 1, 2]


def test_ties_follow_the_order_of_a_visit_then_the_product():
    rows = [(1, "10:00", t) for t in ["purchase", "cart", "view", "view"]]
    cut = numbered(*rows, product_id=[1, 1, 9, 1])
    pairs = list(zip(cut["event_type"], cut["product_id"], strict=True))
    assert pairs == [("view", 1), ("view", 9), ("cart", 1), ("purchase", 1)]


@hypothesis_settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(6)))
def test_the_order_of_the_rows_does_not_matter(order):
    rows = [
        (1, "10:00", "view"),
        (1, "10:00", "cart"),
        (2, "10:00", "view"),
        (1, "11:00", "view"),
        (1, "11:00", "purchase"),
        (2, "10:31", "view"),
    ]
    expected = numbered(*rows, product_id=list(range(6)))
    turned = numbered(*[rows[i] for i in order], product_id=list(order))
    pd.testing.assert_frame_equal(expected, turned)


def test_a_session_of_one_event_lasts_no_time():
    row = sessions((1, "10:00", "purchase")).iloc[0]
    assert (row["duration_s"], row["n_events"], row["bought"]) == (0.0, 1, True)


def test_a_session_sums_up_its_events():
    rows = [(1, "10:00", "view"), (1, "10:01", "cart"), (1, "10:02", "purchase")]
    rows += [(1, "10:03", "purchase"), (1, "10:04:00.5", "view")]
    row = sessions(*rows, product_id=[1, 1, 1, 2, 1], price=[1, 1, 1.1, 2.2, 9]).iloc[0]
    assert row["n_views"] == row["n_purchases"] == 2
    assert row["n_products"] == 2
    assert str(row["revenue"]) == "3.30"
    assert row["first_purchase_at"] == pd.Timestamp("2024-03-01 10:02", tz="UTC")


def test_money_is_null_without_prices_and_zero_without_purchases():
    assert pd.isna(sessions((1, "10:00", "purchase"), price=[None])["revenue"][0])
    assert sessions((1, "10:00", "view"))["revenue"][0] == 0


def test_a_session_that_may_go_on_is_open_at_the_end():
    last = sessions((1, "09:29", "view"), (2, "09:30", "view"), (3, "10:00", "view"))
    assert last["open_at_end"].tolist() == [False, True, True]


def test_the_future_does_not_change_the_past():
    morning = [(1, "09:00", "view"), (2, "09:05", "view"), (1, "09:10", "cart")]
    evening = [(1, "19:00", "view"), (2, "19:00", "purchase")]
    at_noon = sessions(*morning).drop(columns=["session_id", "open_at_end"])
    at_night = sessions(*morning, *evening)
    of_the_morning = at_night[at_night["started"].dt.hour < 12]
    pd.testing.assert_frame_equal(at_noon, of_the_morning[at_noon.columns].reset_index(drop=True))


@pytest.mark.parametrize("gap", ["0s", "0min"])
def test_a_gap_below_a_second_is_refused(gap):
    with pytest.raises(InputError, match="sampling.gap must be at least 1 s, got"):
        parse_gap(gap)
