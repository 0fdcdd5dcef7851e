"""A session is scored with what was known at that moment, and with nothing else."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from trackway import engine
from trackway.evaluation.splits import TimeSplit
from trackway.intent import data, features, prefixes
from trackway.intent.features import Context, registry
from trackway.intent.leakage import null_shop
from trackway.tables import sessions as sessions_module

# ibis 12 asks pandas 3.1 for an option that pandas is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

GAP = pd.Timedelta("30min")
MOMENTS = ["1", "2", "3", "5", "8", "13", "cart"]
COLUMNS = ["user_id", "session_id", "event_time", "event_type", "product_id", "price"]


@pytest.fixture(scope="module")
def backend():
    return engine.connect()


@pytest.fixture(scope="module")
def shop(backend):
    """Events and sessions from (user, session, time, type, product, price), as lazy tables.

    A time without a date is of 1 March; the category of product 7 is 0. A last event, a day after
    all others, leaves none of them open.
    """

    def made(*rows: tuple, zone: str = "UTC", smoothing: float = 10.0) -> Context:
        events = pd.DataFrame(
            [*rows, (99, 99, "2024-03-09 00:00", "view", 1, 1.0)], columns=COLUMNS
        )
        clock = [t if "-" in t else f"2024-03-01 {t}" for t in events["event_time"]]
        events["event_time"] = pd.to_datetime(clock, utc=True, format="ISO8601")
        events["event_id"] = range(len(events))
        events["category_id"] = events["product_id"] // 10
        table = lazy(backend, events).cast({"price": "decimal(12, 2)"})
        return Context(table, sessions_module.table(table, GAP), zone, smoothing)

    return made


def lazy(backend, rows: pd.DataFrame) -> ibis.Table:
    name = ibis.util.gen_name("made")
    return backend.create_table(name, pa.Table.from_pandas(rows, preserve_index=False))


def rows_of(context: Context, moment: str = "3") -> pd.DataFrame:
    """The sessions scored at one moment, by their number."""
    asked = context.sessions.filter(~ibis._.open_at_end)
    table = features.moment_examples(asked, context, [moment])
    return table.to_pandas().set_index("session_id").sort_index()


BUYER = [
    (1, 0, "10:00:00", "view", 7, 10.0),
    (1, 0, "10:00:30", "view", 8, 30.0),
    (1, 0, "10:01:00", "cart", 7, 10.0),
    (1, 0, "10:02:00", "purchase", 7, 10.0),
    (1, 0, "10:03:00", "view", 9, 500.0),
]
SEEN = ["view_count", "cart_count", "session_duration_s", "last_pause_s", "unique_items"]


def test_the_features_are_those_of_the_events_so_far(shop):
    row = rows_of(shop(*BUYER)).loc[0]
    assert row[SEEN].tolist() == [2, 1, 60.0, 30.0, 2]
    assert row["avg_price"] == pytest.approx(50 / 3)
    assert (row["max_price"], row["n_seen"], row["bought"]) == (30.0, 3, True)
    assert row["scored_at"] == pd.Timestamp("2024-03-01 10:01", tz="UTC")
    first = rows_of(shop(*BUYER), "1").loc[0]
    assert first["view_count"] == 1
    assert np.isnan(first["last_pause_s"])


@pytest.mark.parametrize(
    ("moment", "scored"),
    [("3", True), ("cart", True), ("5", False), ("8", False)],
)
def test_who_has_bought_or_has_not_come_so_far_is_not_scored(shop, moment, scored):
    assert (0 in rows_of(shop(*BUYER), moment).index) is scored


def test_the_purchase_itself_is_no_moment_to_tell_it_at(shop):
    assert 0 not in rows_of(shop(*BUYER), "4").index


def test_a_purchase_in_the_instant_of_scoring_is_too_late_to_tell(shop):
    together = [*BUYER[:3], (1, 0, "10:01:00", "purchase", 7, 10.0)]
    for moment in ("3", "cart"):
        assert 0 not in rows_of(shop(*together), moment).index


def test_a_session_that_ends_with_the_last_event_seen_is_scored(shop):
    assert not rows_of(shop(*BUYER[:3])).loc[0, "bought"]


def test_an_event_may_be_two_moments_and_the_first_cart_only_is_one(shop):
    again = [*BUYER[:3], (1, 0, "10:01:30", "cart", 8, 30.0)]
    table = features.moment_examples(shop(*again).sessions, shop(*again), MOMENTS).to_pandas()
    mine = table[table["session_id"] == 0]
    assert sorted(mine["moment"]) == ["1", "2", "3", "cart"]
    assert set(mine.loc[mine["moment"].isin(["3", "cart"]), "n_seen"]) == {3}


@pytest.mark.slow
def test_all_moments_in_one_pass_are_the_moments_one_by_one(shop):
    context = shop(*BUYER, (2, 1, "11:00", "view", 5, 2.0), (2, 1, "11:01", "cart", 5, 2.0))
    asked = context.sessions
    together = features.moment_examples(asked, context, MOMENTS).to_pandas()
    for moment in MOMENTS:
        alone = features.moment_examples(asked, context, [moment]).to_pandas()
        same = together[together["moment"] == moment]
        pd.testing.assert_frame_equal(
            *(one.sort_values("session_id", ignore_index=True) for one in (same, alone)),
            check_dtype=False,
        )


def test_a_product_may_be_new_met_before_or_seen_again(shop):
    context = shop(
        (1, 0, "08:00:00", "view", 7, 1.0),
        (1, 1, "10:00:00", "view", 7, 1.0),  # met two hours ago
        (1, 1, "10:00:10", "view", 20, 1.0),
        (1, 1, "10:00:20", "view", 20, 1.0),
        (2, 2, "11:00:00", "view", 20, 1.0),  # another user's meeting is not one's own
        (2, 2, "11:00:01", "view", 3, 1.0),
        (2, 2, "11:00:02", "view", 4, 1.0),
    )
    names = ["known_items", "last_known", "repeat_views", "last_repeated", "category_changes"]
    assert rows_of(context).loc[1, names].tolist() == [1, 0, 1, 1, 1]
    assert rows_of(context).loc[2, names].tolist() == [0, 0, 0, 0, 1]
    assert rows_of(context, "1").loc[1, names].tolist() == [1, 1, 0, 0, 0]


def test_a_price_of_0_and_no_price_are_no_price(shop):
    context = shop(
        (1, 0, "10:00:00", "view", 7, 0.0),
        (1, 0, "10:01:00", "view", 8, 4.0),
        (2, 1, "10:00:00", "view", 7, 0.0),
        (2, 1, "10:01:00", "view", 7, None),
    )
    table = rows_of(context, "2")
    assert table.loc[0, ["avg_price", "max_price"]].tolist() == [4.0, 4.0]
    assert table.loc[1, ["avg_price", "max_price"]].isna().all()


def test_hours_and_weekdays_are_the_shops_own(shop):
    events = [(1, 0, f"22:0{i}:00", "view", 7, 1.0) for i in range(3)]
    utc, shanghai = (
        rows_of(shop(*events, zone=zone)).loc[0, ["hour", "weekday"]].tolist()
        for zone in ("UTC", "Asia/Shanghai")
    )
    assert utc == [22, 4]  # a Friday
    assert shanghai == [6, 5]


def test_history_is_what_had_happened_when_the_session_started(shop):
    context = shop(
        (1, 0, "08:00:00", "view", 1, 1.0),
        (1, 0, "08:10:00", "purchase", 1, 1.0),
        (1, 1, "09:00:00", "view", 1, 1.0),
        (1, 1, "11:00:00", "purchase", 1, 1.0),  # a source's own session may last
        (1, 2, "10:00:00", "view", 1, 1.0),
        (1, 3, "10:00:00", "view", 1, 1.0),  # at one instant, neither comes before the other
        (1, 4, "14:00:00", "view", 1, 1.0),
        (2, 5, "12:00:00", "view", 1, 1.0),
    )
    table = rows_of(context, "1")
    assert table["past_sessions"].tolist()[:6] == [0, 1, 2, 2, 4, 0]
    assert table["past_orders"].tolist()[:6] == [0, 1, 1, 1, 2, 0]
    days = (table["days_since_last"] * 24).round(6)
    assert days.isna().tolist()[:6] == [True, False, False, False, False, True]
    assert days.dropna().tolist() == [1.0, 1.0, 1.0, 4.0]


# Rates of earlier days. Product 7 and 8 lie in category 0, product 20 in category 2.
DAYS = [
    *((1, 0, f"2024-03-01 10:00:0{i}", "view", 7, 10.0) for i in range(4)),
    (1, 0, "2024-03-01 10:01:00", "purchase", 7, 10.0),
    *((2, 1, f"2024-03-01 11:00:0{i}", "view", 8, 30.0) for i in range(4)),
    *((3, 2, f"2024-03-01 12:00:0{i}", "view", 20, 8.0) for i in range(2)),
    (4, 3, "2024-03-02 09:00:00", "view", 7, 40.0),
    (4, 3, "2024-03-02 09:00:01", "purchase", 7, 40.0),
    (5, 4, "2024-03-02 10:00:00", "view", 7, 40.0),
    (6, 5, "2024-03-02 11:00:00", "view", 31, 5.0),
]


def test_a_rate_is_that_of_earlier_days_drawn_to_something_steadier(shop):
    table = rows_of(shop(*DAYS, smoothing=10.0), "1")
    of_shop = 1 / 10  # purchases per view of the first day
    of_category = (1 + 10 * of_shop) / (8 + 10)
    of_item = (1 + 10 * of_category) / (4 + 10)
    seen_today = table.loc[[3, 4]]  # the purchase of this morning changes nothing
    assert seen_today["category_rate"].tolist() == pytest.approx([of_category] * 2)
    assert seen_today["item_rate"].tolist() == pytest.approx([of_item] * 2)
    never_seen = table.loc[5]
    assert never_seen[["item_rate", "category_rate"]].tolist() == pytest.approx([of_shop] * 2)
    assert table.loc[[0, 1, 2], "item_rate"].isna().all()  # the first day knows none


def test_a_price_is_held_against_its_category_on_earlier_days(shop):
    table = rows_of(shop(*DAYS), "1")
    assert table.loc[4, "price_level"] == pytest.approx(40.0 / 20.0)
    assert np.isnan(table.loc[5, "price_level"])
    assert np.isnan(table.loc[0, "price_level"])


def test_a_day_is_the_shops_own_and_that_of_the_sessions_start(shop):
    late = [
        (7, 6, "2024-03-01 23:59:00", "view", 7, 10.0),
        (7, 6, "2024-03-02 00:00:30", "view", 7, 10.0),
    ]
    after_midnight = rows_of(shop(*DAYS, *late), "2").loc[6]
    assert np.isnan(after_midnight["item_rate"])  # it began on the first day
    early = (8, 7, "2024-03-02 00:30:00", "view", 7, 10.0)
    utc = rows_of(shop(*DAYS, early), "1").loc[7, "item_rate"]
    azores = rows_of(shop(*DAYS, early, zone="Atlantic/Azores"), "1").loc[7, "item_rate"]
    assert utc > 0
    assert np.isnan(azores)  # there it is still the first day


def test_after_midnight_a_product_is_known_as_on_the_day_the_session_started(shop):
    late = [
        (7, 6, "2024-03-02 23:59:00", "view", 7, 10.0),
        (7, 6, "2024-03-03 00:00:30", "view", 8, 30.0),  # nobody had looked at it on the second
    ]
    row = rows_of(shop(*DAYS, *late, smoothing=10.0), "2").loc[6]
    of_category = (1 + 10 * 1 / 10) / (8 + 10)
    assert row["category_rate"] == pytest.approx(of_category)
    assert row["item_rate"] == pytest.approx((0 + 10 * of_category) / (4 + 10))


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    return null_shop.simulate(n_sessions=400, seed=3)


@pytest.mark.parametrize("day", [5, 20])
def test_the_future_does_not_change_the_past(backend, simulated, day):
    noon = null_shop.FIRST + pd.Timedelta(days=day, hours=12)

    def scored_before_noon(rows: pd.DataFrame) -> pd.DataFrame:
        events = lazy(backend, rows.assign(category_id=rows["product_id"] % 9))
        table = features.of_events(events, "UTC", 50.0, ["2", "3", "cart"]).to_pandas()
        table = table.set_index(["session_id", "moment"]).sort_index()
        return table.loc[table["scored_at"] < noon, [*registry.REGISTRY, "scored_at", "n_seen"]]

    as_seen_at_noon = scored_before_noon(simulated[simulated["event_time"] < noon])
    assert len(as_seen_at_noon) > 10
    pd.testing.assert_frame_equal(as_seen_at_noon, scored_before_noon(simulated))


def test_open_sessions_are_left_out_and_the_ledger_adds_up(shop):
    context = shop(
        *BUYER,
        (2, 1, "10:00:00", "view", 1, 1.0),
        *((3, 2, f"11:0{i}:00", "view", 1, 1.0) for i in range(4)),
        *((4, 3, f"12:0{i}:00", "purchase", 1, 1.0) for i in range(4)),
        *((5, 4, f"2024-03-08 23:5{i}:00", "view", 1, 1.0) for i in range(4)),
        *((6, 5, "13:00:00", kind, 1, 1.0) for kind in ("view", "view", "cart", "purchase")),
    )
    ledger = data.ledger(context.events, context.sessions, ["3", "cart"])
    by_moment = ledger.set_index(["moment", "sessions"])
    assert by_moment.loc["3", "n"].to_dict() == {
        data.OPEN: 2,
        data.SHORT: 1,
        data.DECIDED: 2,
        data.SCORED: 2,
    }
    assert by_moment.loc["3", "buyers"].tolist() == [0, 0, 2, 1]
    assert by_moment.loc["cart", "n"].tolist() == [2, 3, 1, 1]
    assert rows_of(context).index.tolist() == [0, 2]
    assert rows_of(context, "cart").index.tolist() == [0]


@pytest.fixture(scope="module")
def null_context() -> Context:
    events, sessions = null_shop.tables(n_sessions=400, seed=3)
    if "category_id" not in events.columns:
        events = events.mutate(category_id=events.product_id % 9)
    return Context(events, sessions, "UTC", 50.0)


def split_of(context: Context) -> TimeSplit:
    return TimeSplit.of_table(context.sessions)


def loaded(context: Context, max_rows: int, seed: int = 1) -> dict[str, data.Examples]:
    split = split_of(context)
    asked = data.draw(context.sessions, split, max_rows, seed)
    table = features.moment_examples(asked, context, ["1", "3"])
    return data.load(table, asked, ["view_count", "last_pause_s"], split, ["1", "3"])


def test_parts_are_bounded_by_whole_draws_of_users_and_the_counts_are_said(null_context):
    all_of_them = loaded(null_context, max_rows=10_000)
    few = loaded(null_context, max_rows=20)
    sizes = few["1"].rows.groupby("part").size()
    assert sizes.max() <= 20
    assert sizes.min() >= 15  # but for those who open with their purchase
    assert set(few["3"].rows["session_id"]) < set(all_of_them["3"].rows["session_id"])
    counted = data.by_part(null_context.sessions, split_of(null_context), all_of_them["3"])
    assert counted["sessions"].sum() == 400
    assert counted["scored"].sum() == len(all_of_them["3"].rows)
    other = loaded(null_context, max_rows=20, seed=2)
    assert set(other["1"].rows["session_id"]) != set(few["1"].rows["session_id"])


def test_of_a_part_too_large_whole_users_are_drawn_as_long_as_they_fit():
    """Six users of five sessions in each part of time, of which twelve may be kept."""
    first = pd.Timestamp("2024-03-01", tz="UTC")
    started = pd.date_range(first, periods=90, freq="h")
    sessions = pd.DataFrame(
        {
            "session_id": range(90),
            "user_id": [place % 6 for place in range(90)],
            "started": started,
            "ended": started,
            "open_at_end": False,
        }
    )
    split = TimeSplit(train_end=started[30], validation_end=started[60])
    table = engine.connect().create_table("sessions", sessions)
    drawn = data.draw(table, split, 12, seed=1).to_pandas()
    assert drawn.groupby(["part", "user_id"]).size().tolist() == [5, 5] * 3
    alike = drawn.groupby("part")["user_id"].unique().map(sorted)
    assert alike["train"] == alike["validation"] == alike["test"], "the same users come first"
    assert len(data.draw(table, split, 30, seed=1).to_pandas()) == 90


def test_a_feature_that_is_the_same_for_all_is_none(null_context):
    examples = loaded(null_context, 10_000)
    assert examples["1"].features == ["view_count"]  # no pause has been after one event
    assert examples["3"].features == ["view_count", "last_pause_s"]


def test_too_few_buyers_are_said_with_their_counts(null_context):
    examples = loaded(null_context, 10_000)["1"]
    assert examples.judgeable(min_buyers=2) is examples
    assert "A part of time needs 500 buyers" in examples.judgeable(min_buyers=500).reason
    none = replace(examples, rows=examples.rows[~examples.rows["bought"]])
    assert "0 buyers" in none.judgeable(min_buyers=2).reason
    nothing = replace(examples, rows=examples.rows.head(0))
    assert "0 buyers and 0 others in train" in nothing.judgeable(min_buyers=2).reason


def test_data_without_a_price_or_a_week_have_no_such_features():
    three_days = null_shop.FIRST + pd.Timedelta(days=3)
    bare = registry.usable(replace(null_shop.FACTS, has_price=False), three_days)
    full = registry.usable(null_shop.FACTS, null_shop.FIRST + pd.Timedelta(days=7))
    assert set(full) - set(bare) == {"avg_price", "max_price", "price_level", "weekday"}
    assert not {"remove_count", "favorite_count"} & set(full)  # the shop has no such events
    half_an_hour = registry.usable(null_shop.FACTS, null_shop.FIRST + pd.Timedelta(minutes=30))
    assert not {"hour", "weekday"} & set(half_an_hour)


def test_moments_are_called_alike_everywhere():
    assert prefixes.names([1, 13, "cart"]) == ["1", "13", "cart"]
    assert prefixes.counts(["1", "13", "cart"]) == [1, 13]


def test_every_feature_says_when_it_is_known():
    for name, feature in registry.REGISTRY.items():
        assert feature.available in registry.AVAILABILITY, name
        assert feature.meaning


def test_sessions_asked_about_in_parts_are_told_the_same(shop):
    made = shop(
        (1, 10, "10:00", "view", 7, 5.0),
        (1, 11, "12:00", "view", 7, 5.0),
        (2, 12, "2024-03-02 09:00", "view", 7, 5.0),
        (2, 12, "2024-03-02 09:01", "cart", 7, 5.0),
        (3, 40, "2024-03-02 10:00", "view", 8, 6.0),
    )
    asked = made.sessions.filter(~ibis._.open_at_end)
    whole = features.moment_examples(asked, made, MOMENTS).to_pandas()
    # ids need not follow each other: the second half of their range holds one session
    parts = [part.to_pandas() for part in features.in_parts(asked, made, MOMENTS, at_once=2)]
    assert [len(part) for part in parts] == [5, 1]
    key = ["session_id", "moment"]
    together = pd.concat(parts).sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(together, whole.sort_values(key, ignore_index=True))


def test_of_no_sessions_there_is_one_part_without_rows(shop):
    made = shop((1, 10, "10:00", "view", 7, 5.0))
    nobody = made.sessions.filter(ibis.literal(False))
    (part,) = features.in_parts(nobody, made, MOMENTS)
    assert part.to_pandas().empty
