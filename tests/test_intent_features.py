"""A session is scored with what was known at that moment, and with nothing else."""

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from trackway import sessions as sessions_module
from trackway.intent import features, null_shop, parts, prefixes
from trackway.splits import TimeSplit

# ibis 12 asks pandas 3.1 for an option that pandas is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

GAP = pd.Timedelta("30min")
SESSION = ["view_count", "cart_count", "session_duration_s", "unique_items"]


def lazy(rows: pd.DataFrame) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pandas(rows, preserve_index=False))


def stream(*rows: tuple) -> ibis.Table:
    """Events in their total order from (user, session, time, type, product, price)."""
    columns = ["user_id", "session_id", "event_time", "event_type", "product_id", "price"]
    events = pd.DataFrame(rows, columns=columns)
    events["event_time"] = pd.to_datetime("2024-03-01 " + events["event_time"], utc=True)
    return lazy(events.assign(event_id=range(len(events)))).cast({"price": "decimal(12, 2)"})


def tables(*rows: tuple) -> tuple[ibis.Table, ibis.Table]:
    """Events and their sessions; a last event next day leaves none of them open."""
    later = (99, 99, "23:59:59", "view", 1, 1.0)
    events = stream(*rows, later)
    return events, sessions_module.table(events, GAP)


def rows_of(table: ibis.Table) -> pd.DataFrame:
    return table.to_pyarrow().to_pandas().set_index("session_id").sort_index()


BUYER = [
    (1, 0, "10:00:00", "view", 7, 10.0),
    (1, 0, "10:00:30", "view", 8, 30.0),
    (1, 0, "10:01:00", "cart", 7, 10.0),
    (1, 0, "10:02:00", "purchase", 7, 10.0),
    (1, 0, "10:03:00", "view", 9, 500.0),
]


def test_the_features_are_those_of_the_first_events():
    row = rows_of(features.prefix_examples(*tables(*BUYER), n=3, timezone="UTC")).loc[0]
    assert row[SESSION].tolist() == [2, 1, 60.0, 2]
    assert row["avg_price"] == pytest.approx(50 / 3)
    assert (row["max_price"], row["n_seen"], row["bought"]) == (30.0, 3, True)
    assert row["scored_at"] == pd.Timestamp("2024-03-01 10:01", tz="UTC")


@pytest.mark.parametrize(("n", "scored"), [(3, True), (4, False), (5, False), (6, False)])
def test_who_has_bought_or_has_not_come_so_far_is_not_scored(n, scored):
    table = rows_of(features.prefix_examples(*tables(*BUYER), n=n, timezone="UTC"))
    assert (0 in table.index) is scored


def test_a_purchase_in_the_instant_of_the_last_event_seen_is_too_late_to_tell():
    together = [*BUYER[:3], (1, 0, "10:01:00", "purchase", 7, 10.0)]
    assert 0 not in rows_of(features.prefix_examples(*tables(*together), n=3, timezone="UTC")).index


def test_a_session_that_ends_with_the_last_event_seen_is_scored():
    table = rows_of(features.prefix_examples(*tables(*BUYER[:3]), n=3, timezone="UTC"))
    assert not table.loc[0, "bought"]


@pytest.mark.parametrize(
    ("seen", "n_views", "n_seen"),
    [
        (prefixes.up_to_first_purchase, 2, 4),
        (prefixes.before_first_purchase, 2, 3),
        (lambda events: prefixes.first_events(events, 5), 3, 5),
    ],
)
def test_what_each_recipe_sees_of_a_buyer(seen, n_views, n_seen):
    events, sessions = tables(*BUYER)
    row = rows_of(features.examples(seen(events), sessions, "UTC")).loc[0]
    assert (row["view_count"], row["n_seen"]) == (n_views, n_seen)


def test_both_leaking_recipes_see_all_of_those_who_do_not_buy():
    events, _ = tables(*BUYER[:3])
    for seen in (prefixes.up_to_first_purchase, prefixes.before_first_purchase):
        assert seen(events).count().execute() == events.count().execute()


def test_events_of_the_instant_of_the_purchase_are_not_before_it():
    events, _ = tables(
        (1, 0, "10:00:00", "view", 7, 1.0),
        (1, 0, "10:01:00", "view", 8, 1.0),
        (1, 0, "10:01:00", "purchase", 8, 1.0),
    )
    kept = prefixes.before_first_purchase(events).filter(ibis._.user_id == 1)
    assert kept.product_id.to_pyarrow().to_pylist() == [7]


def test_a_price_of_0_and_no_price_are_no_price():
    events, sessions = tables(
        (1, 0, "10:00:00", "view", 7, 0.0),
        (1, 0, "10:01:00", "view", 8, 4.0),
        (2, 1, "10:00:00", "view", 7, 0.0),
        (2, 1, "10:01:00", "view", 7, None),
    )
    table = rows_of(features.prefix_examples(events, sessions, n=2, timezone="UTC"))
    assert table.loc[0, ["avg_price", "max_price"]].tolist() == [4.0, 4.0]
    assert table.loc[1, ["avg_price", "max_price"]].isna().all()


def test_hours_and_weekdays_are_the_shops_own():
    events, sessions = tables(*((1, 0, f"22:0{i}:00", "view", 7, 1.0) for i in range(3)))
    utc, shanghai = (
        rows_of(features.prefix_examples(events, sessions, 3, zone)).loc[0, ["hour", "weekday"]]
        for zone in ("UTC", "Asia/Shanghai")
    )
    assert utc.tolist() == [22, 4]  # a Friday
    assert shanghai.tolist() == [6, 5]


def test_history_is_what_had_happened_when_the_session_started():
    events, sessions = tables(
        (1, 0, "08:00:00", "view", 1, 1.0),
        (1, 0, "08:10:00", "purchase", 1, 1.0),
        (1, 1, "09:00:00", "view", 1, 1.0),
        (1, 1, "11:00:00", "purchase", 1, 1.0),  # a source's own session may last
        (1, 2, "10:00:00", "view", 1, 1.0),
        (1, 3, "10:00:00", "view", 1, 1.0),  # at one instant, neither comes before the other
        (1, 4, "14:00:00", "view", 1, 1.0),
        (2, 5, "12:00:00", "view", 1, 1.0),
    )
    table = rows_of(features.prefix_examples(events, sessions, 1, "UTC"))
    assert table["past_sessions"].tolist()[:6] == [0, 1, 2, 2, 4, 0]
    assert table["past_orders"].tolist()[:6] == [0, 1, 1, 1, 2, 0]
    days = (table["days_since_last"] * 24).round(6)
    assert days.isna().tolist()[:6] == [True, False, False, False, False, True]
    assert days.dropna().tolist() == [1.0, 1.0, 1.0, 4.0]


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    return null_shop.simulate(n_sessions=400, seed=3)


@pytest.mark.parametrize("day", [5, 20])
def test_the_future_does_not_change_the_past(shop, day):
    noon = null_shop.FIRST + pd.Timedelta(days=day, hours=12)
    known = [*features.COUNTS, *features.PRICES, *features.CALENDAR, *features.HISTORY]

    def scored_before_noon(events: pd.DataFrame) -> pd.DataFrame:
        events = lazy(events)
        table = features.prefix_examples(events, null_shop.session_table(events), 3, "UTC")
        table = rows_of(table)
        return table.loc[table["scored_at"] < noon, [*known, "scored_at", "n_seen"]]

    as_seen_at_noon = scored_before_noon(shop[shop["event_time"] < noon])
    assert len(as_seen_at_noon) > 10
    pd.testing.assert_frame_equal(as_seen_at_noon, scored_before_noon(shop))


def test_the_test_above_would_see_a_feature_from_the_future(shop):
    half = lazy(shop[shop["event_time"] < null_shop.FIRST + pd.Timedelta(days=20)])
    ended = [null_shop.session_table(t).ended.max().execute() for t in (half, lazy(shop))]
    assert ended[0] != ended[1]


def test_open_sessions_are_left_out_and_the_ledger_adds_up():
    rows = [
        *BUYER,
        (2, 1, "10:00:00", "view", 1, 1.0),
        *((3, 2, f"11:0{i}:00", "view", 1, 1.0) for i in range(4)),
        *((4, 3, f"12:0{i}:00", "purchase", 1, 1.0) for i in range(4)),
        *((5, 4, f"23:5{i}:00", "view", 1, 1.0) for i in range(4)),
        *((6, 5, "13:00:00", kind, 1, 1.0) for kind in ("view", "view", "cart", "purchase")),
    ]
    events, sessions = tables(*rows)
    ledger = parts.ledger(events, sessions, 3).set_index("sessions")
    assert ledger["n"].to_dict() == {
        parts.OPEN: 2,
        parts.SHORT: 1,
        parts.DECIDED: 2,
        parts.SCORED: 2,
    }
    assert ledger["buyers"].tolist() == [0, 0, 2, 1]
    scored = rows_of(features.prefix_examples(events, sessions, 3, "UTC"))
    assert scored.index.tolist() == [0, 2]


@pytest.fixture(scope="module")
def loaded(shop) -> tuple[ibis.Table, TimeSplit]:
    events = lazy(shop)
    sessions = null_shop.session_table(events)
    split = TimeSplit.of(sessions.started.to_pyarrow().to_pandas())
    return features.prefix_examples(events, sessions, 3, "UTC"), split


def test_parts_are_bounded_by_whole_draws_of_users_and_the_counts_are_said(loaded):
    table, split = loaded
    all_of_them = parts.load(table, features.COUNTS, split, max_rows=10_000, seed=1)
    few = parts.load(table, features.COUNTS, split, max_rows=20, seed=1)
    assert few.rows.groupby("part").size().to_dict() == {"train": 20, "validation": 20, "test": 20}
    assert set(few.rows["session_id"]) < set(all_of_them.rows["session_id"])
    counted = parts.by_part(table, split, few)
    assert counted["sessions"].sum() == table.count().execute()
    assert counted["used"].tolist() == [20, 20, 20, 0]
    other = parts.load(table, features.COUNTS, split, max_rows=20, seed=2)
    assert set(other.rows["session_id"]) != set(few.rows["session_id"])


def test_too_few_buyers_are_said_with_their_counts(loaded):
    table, split = loaded
    examples = parts.load(table, features.COUNTS, split, max_rows=10_000, seed=1)
    assert examples.too_few(min_buyers=2) == ""
    assert "A part of time needs 500 buyers" in examples.too_few(min_buyers=500)
    none = parts.load(table.filter(~table.bought), features.COUNTS, split, 10_000, 1)
    assert "0 buyers" in none.too_few(min_buyers=2)
    nothing = parts.load(table.limit(0), features.COUNTS, split, 10_000, 1)
    assert "0 buyers and 0 others in train" in nothing.too_few(min_buyers=2)


def test_data_without_a_price_or_a_week_have_no_such_features():
    from dataclasses import replace

    train_end = null_shop.FIRST + pd.Timedelta(days=3)
    bare = features.usable(replace(null_shop.FACTS, has_price=False), train_end)
    assert bare == [*features.COUNTS, "hour", *features.HISTORY]
    full = features.usable(null_shop.FACTS, null_shop.FIRST + pd.Timedelta(days=7))
    assert full == [*features.COUNTS, *features.PRICES, "hour", "weekday", *features.HISTORY]
    half_an_hour = features.usable(null_shop.FACTS, null_shop.FIRST + pd.Timedelta(minutes=30))
    assert not {"hour", "weekday"} & set(half_an_hour)
