"""A user is asked about at a date, with what was known before it and nothing else."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from planted import SETTINGS

from trackway.intent import coming, coming_page, null_shop, users
from trackway.intent.users import Calendar
from trackway.tables import sessions as sessions_module

# ibis 12 asks pandas 3.1 for an option that pandas is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

GAP = pd.Timedelta("30min")
KNOWN = replace(
    null_shop.FACTS,
    first=pd.Timestamp("2024-03-01", tz="UTC"),
    last=pd.Timestamp("2024-03-15 12:00", tz="UTC"),
)
# dates on the 7th and the 11th, 8 and 4 days back: three days of history, four of horizon
CALENDAR = Calendar.of(KNOWN, history_days=3, horizon_days=4, most=2)


def tables(*rows: tuple) -> tuple[ibis.Table, ibis.Table]:
    """Events, and their sessions, from (user, session, day and time, type, product, price)."""
    columns = ["user_id", "session_id", "event_time", "event_type", "product_id", "price"]
    events = pd.DataFrame(rows, columns=columns)
    events["event_time"] = pd.to_datetime("2024-03-" + events["event_time"], utc=True)
    lazy = ibis.memtable(
        pa.Table.from_pandas(events.assign(event_id=range(len(events))), preserve_index=False)
    ).cast({"price": "decimal(12, 2)"})
    return lazy, sessions_module.table(lazy, GAP)


def asked(*rows: tuple, calendar: Calendar = CALENDAR) -> pd.DataFrame:
    """What is known of each user at each date."""
    table = users.examples(*tables(*rows), calendar).order_by(["days_back", "user_id"])
    return table.to_pyarrow().to_pandas().set_index(["days_back", "user_id"])


VISIT = [
    (1, 0, "08 10:00:00", "view", 7, 10.0),
    (1, 0, "08 10:01:00", "cart", 7, 10.0),
    (1, 0, "08 10:02:00", "cart", 8, 20.0),
    (1, 1, "10 12:00:00", "view", 7, 10.0),
    (1, 1, "10 12:01:00", "purchase", 7, 10.0),
]


def test_the_features_are_those_of_the_history():
    row = asked(*VISIT).loc[(4, 1)]
    assert row[["sessions", "recent_sessions", "active_days"]].tolist() == [2, 2, 2]
    assert row[["views", "carts", "carts_left", "orders"]].tolist() == [2, 2, 1, 1]
    assert row["spent"] == 10.0
    half_a_day = (12 * 3600 - 60) / users.DAY_S
    assert row["days_since_seen"] == pytest.approx(half_a_day)
    assert row["days_since_order"] == pytest.approx(half_a_day)
    assert not row["bought"]


def test_dates_lie_a_horizon_apart_and_leave_room_on_both_sides():
    assert [str(date.date()) for date in CALENDAR.dates] == ["2024-03-07", "2024-03-11"]
    too_short = replace(KNOWN, last=pd.Timestamp("2024-03-07", tz="UTC"))
    assert Calendar.of(too_short, 3, 4, most=9).dates == []
    just_enough = replace(KNOWN, last=pd.Timestamp("2024-03-08", tz="UTC"))
    assert len(Calendar.of(just_enough, 3, 4, most=9).dates) == 1


def test_dates_begin_at_the_shops_own_midnight():
    shanghai = replace(KNOWN, timezone="Asia/Shanghai")
    calendar = Calendar.of(shanghai, 3, 4, most=2)
    assert str(calendar.end) == "2024-03-14 16:00:00+00:00"
    assert calendar.local(calendar.end) == "2024-03-15"


def test_a_purchase_is_either_known_or_asked_about():
    cases = {
        1: ("10 23:59:59", 1, False),
        2: ("11 00:00:00", 0, True),  # the date itself belongs to what is asked
        3: ("14 23:59:59", 0, True),
        4: ("15 00:00:00", 0, False),
    }
    rows = [(user, user, "09 10:00:00", "view", 7, 10.0) for user in cases]
    rows += [(user, 10 + user, at, "purchase", 7, 10.0) for user, (at, *_) in cases.items()]
    table = asked(*rows).loc[4]
    for user, (_, orders, bought) in cases.items():
        assert table.loc[user, ["orders", "bought"]].tolist() == [orders, bought]


def test_only_who_was_seen_in_the_history_is_asked_about():
    moments = {1: "08 00:00:00", 2: "07 23:59:59", 3: "11 00:00:00"}
    table = asked(*((user, user, at, "view", 7, 1.0) for user, at in moments.items()))
    assert table.loc[4].index.tolist() == [1]


def test_a_cart_is_left_until_what_lies_in_it_is_bought_or_taken_out():
    cases = {  # what follows the cart event on product 7, and how many products are then left
        1: ([], 1),
        2: ([("remove", 7)], 0),
        3: ([("purchase", 7)], 0),
        4: ([("purchase", 8)], 1),
        5: ([("remove", 7), ("cart", 7)], 1),
    }
    rows = [
        (user, user, f"09 10:0{i}:00", kind, item, 1.0)
        for user, (then, _) in cases.items()
        for i, (kind, item) in enumerate([("cart", 7), *then])
    ]
    left = asked(*rows).loc[4, "carts_left"]
    assert left.to_dict() == {user: n for user, (_, n) in cases.items()}


def test_what_is_bought_in_the_instant_of_its_cart_event_is_not_left():
    rows = [(1, 1, "09 10:00:00", kind, 7, 1.0) for kind in ("cart", "purchase")]
    assert asked(*rows).loc[(4, 1), "carts_left"] == 0


def test_the_future_does_not_change_the_past():
    later = [
        (1, 2, "11 00:00:00", "purchase", 8, 20.0),
        (1, 3, "12 10:00:00", "cart", 9, 1.0),
        (2, 4, "13 10:00:00", "view", 9, 1.0),
    ]
    # a session that began before the date and goes on after it
    across = [(1, 5, "10 23:50:00", "view", 7, 1.0), (1, 5, "11 00:05:00", "purchase", 7, 1.0)]
    names = list(users.MEANING)
    then = asked(*VISIT, across[0]).loc[[4], names]
    now = asked(*VISIT, *across, *later).loc[[4], names]
    pd.testing.assert_frame_equal(then, now)


def shop_rows(n_users: int = 400, seed: int = 0) -> tuple[pd.DataFrame, Calendar]:
    """Users at five dates; those with a cart left are likelier to buy."""
    random = np.random.default_rng(seed)
    end = pd.Timestamp("2024-03-15", tz="UTC")
    calendar = Calendar(end, "UTC", 14, 7, (35, 28, 21, 14, 7))
    n = n_users * len(calendar.days_back)
    left = random.integers(0, 2, n)
    rows = pd.DataFrame(
        {
            "days_back": np.repeat(calendar.days_back, n_users),
            "user_id": np.tile(np.arange(n_users), len(calendar.days_back)),
            "days_since_seen": random.random(n) * 14,
            "orders": random.integers(0, 2, n),
            "days_since_order": np.where(random.random(n) < 0.5, np.nan, 3.0),
            "carts_left": left,
            "bought": random.random(n) < 0.1 + 0.3 * left,
        }
    )
    return rows, calendar


FEATURES = ["days_since_seen", "carts_left", "days_since_order"]


def test_no_date_is_learned_from_before_its_horizon_is_over():
    rows, calendar = shop_rows()
    folds = coming.folds(rows, calendar, FEATURES)
    assert list(folds) == calendar.dates[2:]
    for date, examples in folds.items():
        learned = examples.of("train")["started"] + pd.Timedelta(days=calendar.horizon_days)
        chosen = examples.of("validation")["started"] + pd.Timedelta(days=calendar.horizon_days)
        assert learned.max() <= chosen.max() == date
        assert (examples.of("test")["started"] == date).all()


def test_a_planted_law_is_found_and_kept():
    rows, calendar = shop_rows()
    judged = coming.judge(rows, calendar, FEATURES, SETTINGS, seed=1)
    name = coming.best(judged[0])
    rated = coming.rate_all(judged, n=30, seed=0)
    assert list(rated) == calendar.dates[2:]
    last = rated[judged[-1].date]
    assert last.scores().loc[(name, "roc_auc"), "low"] > 0.6
    table = coming.drift(judged, name, n=30, seed=0)
    assert len(table) == 3 * len(judged)
    first = table[table["date"] == table["date"].min()].set_index("way")
    assert first.loc[coming.FROZEN, "roc_auc"] == first.loc[coming.ANEW, "roc_auc"]
    sentences = coming_page.findings(rated, table, name, 7, (1, 2, 3))
    assert "ahead of the rule of who was here last" in sentences[0]
    assert sentences[0].endswith("It is surely ahead at 3 of 3 dates, each by itself (Table 2).")
    alone = coming_page.findings({judged[-1].date: last}, table, name, 7, (1, 2, 3))
    assert "each by itself" not in alone[0]
    assert coming_page.metrics(last, name, table)["dates"] == 3


def test_too_few_dates_or_buyers_are_said_not_judged():
    rows, calendar = shop_rows(n_users=30)
    short = replace(calendar, days_back=(14, 7))
    assert coming.judge(rows, short, FEATURES, SETTINGS, seed=1) == []
    assert "these data carry 2" in coming_page.why_not(rows, [], short, 20)
    assert coming.judge(rows, calendar, FEATURES, SETTINGS, seed=1) == []
    assert "Each date needs 20 users who buy" in coming_page.why_not(rows, [], calendar, 20)
