"""Figures on part of the users come with intervals that hold the whole as often as they say."""

import ibis
import numpy as np
import pandas as pd
import pytest
from making import events

from trackway.core.cannot import Cannot
from trackway.sampling import subsamples
from trackway.tables.events import EVENT_TYPES

GAP = pd.Timedelta("30min")
SEEN = [
    (1, "10:00", "view"),
    (1, "10:30", "purchase"),  # just the gap: the same visit
    (1, "11:00:01", "view"),
    (1, "11:00:01", "cart"),
    (2, "10:00", "purchase"),
    (2, "10:00", "purchase"),
    (3, "10:00", "view"),
]


def counted(*rows: tuple, from_source: bool = False, **columns: list) -> pd.DataFrame:
    users = subsamples.per_user(events(*rows, **columns), GAP, from_source)
    return users.order_by("user_id").to_pandas().set_index("user_id").astype(int)


def shop(n: int, seed: int) -> ibis.Table:
    """Users of very different diligence, whose purchases come with their events."""
    random = np.random.default_rng(seed)
    seen = 1 + random.poisson(random.gamma(0.5, 10, n))
    bought = random.binomial(seen, random.beta(0.2, 6, n))
    columns = {f"{name}s": np.zeros(n) for name in EVENT_TYPES} | {
        "user_id": random.permutation(10 * n)[:n],
        "events": seen + bought,
        "views": seen,
        "purchases": bought,
        "sessions": np.ceil(seen / 4),
        "orders": np.minimum(bought, np.ceil(seen / 4)),
        "cents": bought * random.integers(100, 20_000, n),
        "buyer": bought > 0,
        "user": 1,
    }
    return ibis.memtable(pd.DataFrame(columns).astype("int64"))


def test_visits_end_at_a_pause_longer_than_the_gap():
    told = counted(*SEEN)
    assert told["sessions"].tolist() == [2, 1, 1]
    assert told["orders"].tolist() == [1, 1, 0]
    assert told["events"].tolist() == [4, 2, 1]


def test_the_sources_own_visits_are_believed_and_belong_to_one_user():
    told = counted(*SEEN, from_source=True, session=["a", "b", "b", "b", "a", "a", "a"])
    assert told["sessions"].tolist() == [2, 1, 1]
    assert told["purchases"].tolist() == [1, 2, 0]


def test_money_is_counted_in_cents_and_only_where_something_is_bought():
    told = counted(*SEEN, price=[9.0, 0.1, 9.0, 9.0, 0.2, 0.1, 9.0])
    assert told["cents"].tolist() == [10, 30, 0]
    assert told["buyer"].tolist() == [1, 1, 0]


def test_each_figure_stands_beside_that_of_all_users():
    users = shop(2000, seed=1)
    told = subsamples.compare(users, [0.2, 1.0], seed=1)
    everybody = users.to_pandas()
    assert set(told["share"]) == {0.2}
    whole = told.set_index("figure")["whole"]
    assert whole["revenue a buyer"] == pytest.approx(
        everybody["cents"].sum() / everybody["buyer"].sum() / 100
    )
    assert whole["share of purchases"] == everybody["purchases"].sum() / everybody["events"].sum()
    assert "share of carts" not in whole  # nobody used one
    assert (told["off"] == told["value"] / told["whole"] - 1).all()


@pytest.mark.slow
def test_the_intervals_hold_the_whole_as_often_as_they_say():
    users = shop(1500, seed=2)
    told = pd.concat([subsamples.compare(users, [0.3], seed) for seed in range(60)])
    held = told.groupby("figure")["within"].mean()
    assert held.mean() == pytest.approx(0.95, abs=0.03)
    assert held.min() > 0.83  # of 60; the long tails of money


def test_an_interval_shrinks_to_nothing_as_the_part_becomes_the_whole():
    users = shop(1500, seed=3)
    told = subsamples.compare(users, [0.5, 0.999], seed=1).set_index(["share", "figure"])
    width = (told["high"] - told["low"]).unstack("share")
    assert (width[0.999] < 0.2 * width[0.5]).all()


def test_where_the_part_has_no_buyer_the_whole_may_still_have_some():
    users = shop(400, seed=4)
    nobody = users.mutate(buyer=users.buyer * 0, orders=users.orders * 0)
    drawn, everybody = subsamples._sums(nobody), subsamples._sums(users)
    figure = next(f for f in subsamples.FIGURES if f.name == "share of users who buy")
    row = subsamples._row(figure, drawn | {"n": 100.0}, everybody, 0.25)
    value, low, high = row[3:6]
    assert value == low == 0
    assert 0 < high < 0.1


def test_a_share_that_draws_nobody_has_no_row():
    users = subsamples.per_user(events((1, "10:00", "view")), GAP, False)
    assert isinstance(subsamples.compare(users, [0.001], seed=1), Cannot)
