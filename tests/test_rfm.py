"""Customers are described by what was known at a moment, and scored and named by stated rules."""

import itertools

import ibis
import numpy as np
import pandas as pd
import pytest

from trackway.core.cannot import Cannot
from trackway.core.errors import InputError
from trackway.rfm import behaviour, data, export, scores, segments, spread
from trackway.tables.facts import Facts

DAY = pd.Timedelta("1D")
NOON = pd.Timestamp("2024-03-10 12:00", tz="UTC")
KNOWN = Facts(
    schema="mapped",
    label="by hand",
    simulated=False,
    timezone="UTC",
    has_price=True,
    has_brand=False,
    has_category_code=False,
    event_types=("view", "purchase"),
    first=pd.Timestamp("2024-03-01", tz="UTC"),
    last=pd.Timestamp("2024-03-10 11:59:59", tz="UTC"),
)


def stream(*rows: tuple[int, int, float, str, float | None]) -> ibis.Table:
    """Events from (user, session, days before noon, event type, price)."""
    users, visits, days, types, prices = zip(*rows, strict=True)
    events = pd.DataFrame(
        {
            "user_id": users,
            "session_id": visits,
            "event_time": [NOON - pd.Timedelta(d, "D") for d in days],
            "event_type": types,
        }
    )
    events["price"] = pd.array(prices, dtype="Float64")
    return ibis.duckdb.connect().create_table("events", events)


def customers_of(events: ibis.Table, as_of: pd.Timestamp = NOON, has_price: bool = True):
    customers = data.customers(data.users(events, as_of, has_price), as_of)
    return customers.order_by("user_id").to_pandas()


def scored(bought: pd.DataFrame, rule: str = "together", parts: int = 5) -> pd.DataFrame:
    """The scores of `bought`, in its order."""
    told = scores.score(lazy(bought), rule, parts).to_pandas().set_index("user_id")
    return told.loc[bought["user_id"], scores.SCORES].reset_index(drop=True)


def lazy(bought: pd.DataFrame) -> ibis.Table:
    types = {"user_id": "int64", "recency_days": "float64", "frequency": "int64"}
    return ibis.memtable(bought, schema=types | {"money": "float64"})


def some(r: list, f: list, m: list) -> pd.DataFrame:
    columns = {"user_id": range(len(r)), "recency_days": r, "frequency": f, "money": m}
    return pd.DataFrame(columns).astype({"recency_days": float, "money": float})


# Recency, frequency, money


def test_two_items_in_one_session_are_one_order():
    bought = customers_of(stream((7, 0, 1, "purchase", 20), (7, 0, 1, "purchase", 5)))
    assert bought.to_dict("records") == [
        {"user_id": 7, "recency_days": 1.0, "frequency": 1, "money": 25.0}
    ]


def test_recency_counts_from_the_last_purchase_not_the_last_event():
    bought = customers_of(
        stream((7, 0, 3, "purchase", 1), (7, 1, 2, "purchase", 1), (7, 2, 1, "view", 1))
    )
    assert bought["recency_days"].tolist() == [2.0]
    assert bought["frequency"].tolist() == [2]


def test_who_only_looks_is_no_customer():
    assert customers_of(stream((7, 0, 1, "cart", 20), (8, 1, 1, "view", 5))).empty


def test_the_moment_itself_is_excluded():
    assert customers_of(stream((7, 0, 0, "purchase", 20))).empty


def test_the_future_does_not_change_the_past():
    past = [(7, 0, 3, "purchase", 20), (8, 1, 2, "cart", 1), (8, 1, 1.9, "purchase", 2)]
    future = [(8, 1, 0.5, "purchase", 30), (9, 2, 0.1, "purchase", 1), (7, 3, 0.2, "view", 1)]
    then = NOON - DAY
    for describe in [customers_of, lambda e, as_of: data.users(e, as_of, True).to_pandas()]:
        known_then = describe(stream(*past), then).sort_values("user_id", ignore_index=True)
        told_later = describe(stream(*past, *future), then)
        told_later = told_later.sort_values("user_id", ignore_index=True)
        pd.testing.assert_frame_equal(known_then, told_later)


def test_a_purchase_for_nothing_is_an_order_all_the_same():
    bought = customers_of(stream((7, 0, 1, "purchase", 0)))
    assert (bought["frequency"].item(), bought["money"].item()) == (1, 0.0)


def test_an_unknown_price_adds_nothing():
    bought = customers_of(stream((7, 0, 1, "purchase", None), (7, 0, 1, "purchase", 3)))
    assert bought["money"].item() == 3.0


def test_without_prices_money_counts_items():
    bought = customers_of(
        stream((7, 0, 1, "purchase", None), (7, 1, 1, "purchase", None)), has_price=False
    )
    assert bought["money"].item() == 2.0


def test_every_user_has_a_row_and_whole_counts():
    users = data.users(
        stream((7, 0, 1, "view", 1), (7, 1, 0.5, "view", 1), (8, 2, 1, "cart", 1)), NOON, True
    )
    told = users.order_by("user_id").to_pandas()
    assert told["n_sessions"].tolist() == [2, 1]
    assert told["n_views"].tolist() == [2, 0]
    counts = [name for name in told if name.startswith("n_")]
    assert {str(told[name].dtype) for name in counts} == {"int64"}


# The moment


def test_the_end_of_the_data_is_a_second_after_the_last_event():
    assert data.moment(None, KNOWN) == NOON


def test_a_moment_is_read_as_utc():
    assert data.moment("2024-03-05", KNOWN) == pd.Timestamp("2024-03-05", tz="UTC")
    assert data.moment("2024-03-05T10:00Z", KNOWN) == pd.Timestamp("2024-03-05 10:00", tz="UTC")


def test_a_moment_before_the_first_event_is_refused():
    with pytest.raises(InputError, match=r"rfm\.as_of is 2024-02-01, but the first event"):
        data.moment("2024-02-01", KNOWN)


@pytest.mark.parametrize(
    ("longest_days", "unit"),
    [(3.0, "days"), (2.99, "hours"), (3 / 24, "hours"), (0.12, "minutes"), (0.0, "minutes")],
)
def test_recency_is_read_in_a_unit_that_fits(longest_days, unit):
    assert data.recency_unit(longest_days)[0] == unit


# Scores


def test_five_different_customers_get_five_scores():
    told = scored(some([5, 4, 3, 2, 1], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]))
    assert told.to_numpy().tolist() == [[i] * 3 for i in range(1, 6)]


def test_small_recency_is_good():
    assert scored(some([1, 9], [1, 1], [1, 1]))["r_score"].tolist() == [3, 1]


def test_equal_customers_get_equal_scores():
    told = scored(some([1] * 10, [1] * 7 + [2] * 3, [5] * 9 + [6]))
    assert told["f_score"].tolist() == [1] * 7 + [4] * 3
    assert told["m_score"].tolist() == [1] * 9 + [5]


@pytest.mark.parametrize("rule", scores.RULES)
def test_a_measure_in_which_nobody_differs_gives_no_score_and_no_segment(rule):
    bought = some([1] * 10, [1] * 7 + [2] * 3, [5] * 9 + [6])
    told = segments.assign(scores.score(lazy(bought), rule)).to_pandas()
    assert told["r_score"].isna().all()
    assert told["f_score"].notna().all()
    assert told["segment"].isna().all()
    assert scores.differing(lazy(bought)) == Cannot(
        "Recency is the same for all 10 customers and gives no score; segments need "
        "all three scores and cannot be told."
    )
    assert scores.differing(lazy(bought.assign(recency_days=range(10)))) == data.RFM
    assert set(scores.ranges(scores.score(lazy(bought), rule))["measure"]) == {"frequency", "money"}


def test_parts_are_of_equal_size_when_equals_are_kept_apart():
    rng = np.random.default_rng(0)
    bought = some(rng.uniform(size=100), rng.integers(1, 3, 100), rng.integers(1, 5, 100))
    told = scored(bought, "apart")
    assert all((told[name].value_counts() == 20).all() for name in told)


def test_equals_kept_apart_are_ordered_by_recency_then_money_then_number():
    bought = some([1, 2, 2, 2, 2, 9], [1] * 5 + [2], [1, 9, 8, 8, 8, 1])
    assert scored(bought, "apart", 6)["f_score"].tolist() == [5, 4, 1, 2, 3, 6]


@pytest.mark.parametrize("rule", ["together", "apart"])
def test_scores_do_not_follow_the_order_of_rows(rule):
    rng = np.random.default_rng(1)
    bought = some(rng.integers(0, 9, 200), rng.integers(1, 4, 200), rng.integers(1, 9, 200))
    shuffled = bought.sample(frac=1, random_state=2)
    told = scored(shuffled, rule).set_axis(shuffled.index).sort_index()
    pd.testing.assert_frame_equal(told, scored(bought, rule))


def test_a_value_on_a_quantile_belongs_below_it_as_in_pandas():
    bought = some([1] * 6, [1, 1, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5])
    ours = scored(bought, "quantile")["m_score"]
    assert ours.tolist() == (1 + pd.qcut(bought["money"], 5, labels=False)).tolist()


def test_the_rule_of_the_r_package_moves_each_edge_by_one():
    bought = some([1] * 5, [1] * 5, [0, 10, 20, 30, 40])  # edges 8, 16, 24, 32, each plus one
    assert scored(bought, "rfm-package")["m_score"].tolist() == [1, 2, 3, 4, 5]
    near = some([1] * 5, [1] * 5, [0.0, 1.0, 2.0, 3.0, 4.0])  # edges .8, 1.6, ...: plus one
    assert scored(near, "rfm-package")["m_score"].tolist() == [1, 1, 2, 3, 4]


@pytest.mark.parametrize("rule", scores.RULES)
def test_nobody_is_scored_nor_is_one_customer_alone(rule):
    assert scored(some([], [], []), rule).empty
    assert scored(some([3], [1], [5]), rule).isna().all(axis=None)


def test_another_rule_moves_those_it_scores_otherwise():
    bought = some([1, 2, 3, 4, 5], [1, 1, 1, 1, 2], [5, 4, 3, 2, 1])
    told = scores.compare(lazy(bought), "together").set_index("rule")
    assert told.loc["apart"].tolist() == [0, 0.6, 0]  # the three of four who did not come last
    assert told.loc["quantile", "money"] == 0


def test_ranges_cover_every_customer_once_per_measure():
    bought = some([1, 2, 3, 4], [1, 1, 1, 2], [5, 5, 6, 7])
    told = scores.ranges(scores.score(lazy(bought)))
    assert told.groupby("measure")["customers"].sum().tolist() == [4, 4, 4]
    ones = told[(told["measure"] == "frequency") & (told["score"] == 1)]
    assert ones[["customers", "from", "to"]].to_numpy().tolist() == [[3, 1, 1]]


# Segments


CUBE = list(itertools.product(range(1, 6), repeat=3))


@pytest.mark.parametrize("cell", CUBE, ids=lambda cell: "".join(map(str, cell)))
def test_each_cell_of_the_cube_lies_in_exactly_one_box(cell):
    holding = [
        box.name
        for box in segments.PARTITION
        if all(low <= s <= high for s, (low, high) in zip(cell, box[1:], strict=True))
    ]
    assert len(holding) == 1


def cell(score: int) -> ibis.Table:
    return ibis.memtable(pd.DataFrame([[score] * 3], columns=scores.SCORES))


def test_a_hole_in_a_map_is_said():
    with pytest.raises(ValueError, match="no segment for the scores"):
        segments.assign(cell(1), [segments.Box("Champions", (5, 5), (5, 5), (5, 5))])


def test_of_overlapping_boxes_the_first_holds():
    all_five = [segments.Box(name, (1, 5), (1, 5), (1, 5)) for name in ["first", "second"]]
    assert segments.assign(cell(5), all_five).to_pandas()["segment"].tolist() == ["first"]


def test_a_profile_adds_up_and_shows_empty_segments():
    bought = some([1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [5, 4, 3, 2, 1])
    told = segments.profile(segments.assign(scores.score(lazy(bought))))
    assert told["segment"].tolist() == segments.names_of(segments.PARTITION)
    assert told["customers"].sum() == 5
    assert told["money_share"].sum() == pytest.approx(1)
    assert told.loc[told["customers"] == 0, "money_each"].isna().all()


def test_a_group_is_told_by_its_size_its_sums_and_its_middle():
    bought = some([1, 2, 6, 9], [1, 2, 3, 1], [0.1, 0.2, 0.3, 9.4]).assign(group=["a"] * 3 + ["b"])
    told = segments.groups(ibis.memtable(bought), "group")
    assert told.loc["a"].tolist() == [3, 0.75, 6, 0.6, 0.06, 2.0, 2.0, 0.2]


def test_a_shop_that_gives_everything_away_has_no_shares_of_money():
    named = segments.assign(scores.score(lazy(some([1, 2], [1, 1], [0, 0]))))
    n_used = named.segment.nunique().execute()
    assert segments.profile(named)["money_share"].isna().sum() == n_used


# Behaviours

USERS = {
    1: [(1, n, "purchase") for n in range(3)],
    2: [(2, 10, "purchase"), (2, 10, "purchase"), (2, 11, "purchase")],
    3: [(3, 20, "view"), (3, 20, "cart")],
    4: [(4, 30, "remove")],  # somebody must have put it there, before our time
    5: [(5, 40, "favorite"), *[(5, 40, "view")] * 99],
    6: [(6, 50, "view")] * 10,
    7: [(7, 60, "view")] * 9,
}


@pytest.fixture(scope="module")
def named() -> ibis.Table:
    rows = [(u, s, 1.0, kind, 2.0) for many in USERS.values() for u, s, kind in many]
    return behaviour.name(data.users(stream(*rows), NOON, True), 3, 10)


def test_each_user_is_named_by_the_first_rule_that_holds(named):
    told = named.order_by("user_id").to_pandas().set_index("user_id")["behaviour"].to_dict()
    assert told == {
        1: "frequent buyers",
        2: "occasional buyers",
        3: "cart abandoners",
        4: "cart abandoners",
        5: "collectors",
        6: "window shoppers",
        7: "passers-by",
    }


def test_behaviours_partition_the_users(named):
    told = behaviour.profile(named, 3, 10)
    assert told["users"].sum() == len(USERS)
    assert told["user_share"].sum() == pytest.approx(1)
    assert told.set_index("behaviour").loc["frequent buyers", "orders"] == 3


def test_who_was_there_at_the_end_may_still_decide(named):
    assert behaviour.undecided(named, NOON, 2 * DAY) == 5
    assert behaviour.undecided(named, NOON, DAY / 2) == 0


# What is handed on


def handed_on(named: ibis.Table) -> pd.DataFrame:
    bought = segments.assign(scores.score(data.customers(named, NOON)))
    final = bought.mutate(cluster=ibis.literal(1, "int64"))
    return export.per_user(named, final, NOON).order_by("user_id").to_pandas()


def test_who_bought_nothing_has_no_recency_rather_than_zero(named):
    told = handed_on(named)
    assert told["user_id"].tolist() == list(USERS)
    assert told["money"].tolist()[:2] == [6.0, 6.0]
    only_buyers = ["recency_days", "frequency", "money", "r_score", "segment", "cluster"]
    assert told.loc[2:, only_buyers].isna().all(axis=None)
    assert (told["as_of"] == NOON).all()


def test_the_table_is_written_where_nobody_bought():
    users = behaviour.name(data.users(stream((1, 0, 1.0, "view", 2.0)), NOON, True), 3, 10)
    told = handed_on(users)
    assert told["behaviour"].tolist() == ["passers-by"]
    assert told["segment"].isna().all()


# How it is spread


def test_the_spread_counts_every_customer():
    told = spread.measure(lazy(some([0, 1, 2, 30], [1, 1, 2, 40], [0, 5, 5, 80])))
    assert (told.customers, told.once, told.again, told.free) == (4, 2, 2, 1)
    assert (told.recency_unit, told.recency_median, told.money_median) == ("days", 1.5, 5.0)
    assert told.recency.counts.tolist() == [1, 1, 1, *[0] * 26, 1]  # the last edge is inclusive
    assert told.money.counts.sum() == 3
    assert told.orders.tolist() == [2, 1, *[0] * 9, 1]
    assert told.more


def test_bins_are_those_of_numpy():
    random = np.random.default_rng(4)
    bought = some(
        random.integers(0, 60, 500), random.integers(1, 5, 500), random.lognormal(3, 1, 500)
    )
    told = spread.measure(lazy(bought))
    np.testing.assert_array_equal(told.recency.counts, np.histogram(bought["recency_days"], 30)[0])
    np.testing.assert_array_equal(
        told.money.counts, np.histogram(bought["money"], told.money.edges)[0]
    )


def test_nobody_has_no_spread():
    assert spread.measure(lazy(some([], [], []))) == Cannot(data.NOBODY)
