"""A user is asked about at a date, with what was known before it and nothing else."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from planted import RUN, SETTINGS

from trackway import report
from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.intent import users
from trackway.intent.leakage import null_shop
from trackway.intent.users import data, models
from trackway.intent.users.data import MEANING, Calendar
from trackway.intent.users.study import Users, evaluate
from trackway.report import references
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
    table = data.examples(*tables(*rows), calendar).order_by(["days_back", "user_id"])
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
    half_a_day = (12 * 3600 - 60) / data.DAY_S
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
    names = list(MEANING)
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
    others = [name for name in MEANING if name not in rows]  # tell nothing
    return rows.assign(**{name: random.integers(0, 9, n) for name in others}), calendar


def test_no_date_is_learned_from_before_its_horizon_is_over():
    rows, calendar = shop_rows()
    folds = models.folds(rows, calendar, list(MEANING))
    assert list(folds) == calendar.dates[2:]
    for date, examples in folds.items():
        learned = examples.of("train")["started"] + pd.Timedelta(days=calendar.horizon_days)
        chosen = examples.of("validation")["started"] + pd.Timedelta(days=calendar.horizon_days)
        assert learned.max() <= chosen.max() == date
        assert (examples.of("test")["started"] == date).all()


def people(rows: pd.DataFrame, calendar: Calendar) -> Users:
    """The study of users that are at hand."""
    return Users(calendar, rows, data.by_date(rows, calendar), evaluate(RUN, rows, calendar))


@pytest.fixture(scope="module")
def lawful() -> Users:
    return people(*shop_rows())


def test_a_planted_law_is_found_and_kept(lawful):
    evaluation = lawful.evaluation
    assert list(evaluation.rated) == ["2024-02-23", "2024-03-01", "2024-03-08"]
    last = evaluation.rated[evaluation.last.date]
    assert last.scores().loc[(evaluation.chosen, "roc_auc"), "low"] > 0.6
    assert len(evaluation.drift) == 3 * len(evaluation.snapshots)
    first = evaluation.drift[evaluation.drift["date"] == "2024-02-23"].set_index("way")
    assert first.loc[models.FROZEN, "roc_auc"] == first.loc[models.ANEW, "roc_auc"]
    assert users.findings.metrics(lawful)["users"]["dates"] == 3


def test_the_sentences_follow_the_dates(lawful):
    sentence, *_ = users.findings.findings(lawful)
    assert "ahead of the rule of who was here last" in sentence
    end = f"({references.table('user_differences')})."
    assert sentence.endswith(f"It is surely ahead at 3 of 3 dates, each by itself {end}")
    evaluation = lawful.evaluation
    last = {evaluation.last.date: evaluation.rated[evaluation.last.date]}
    alone = replace(lawful, evaluation=replace(evaluation, rated=last))
    assert "each by itself" not in users.findings.findings(alone)[0]


def test_dates_are_called_as_the_shop_calls_them():
    rows, calendar = shop_rows()
    end = pd.Timestamp("2024-03-14 16:00", tz="UTC")
    shanghai = replace(calendar, end=end, timezone="Asia/Shanghai")
    snapshots = models.snapshots(rows, shanghai, ["carts_left", "days_since_seen"], SETTINGS, 1)
    assert [one.date for one in snapshots] == ["2024-02-23", "2024-03-01", "2024-03-08"]
    assert data.by_date(rows, shanghai)["date"].tolist()[-3:] == [one.date for one in snapshots]


def test_too_few_dates_or_buyers_are_said_not_judged():
    rows, calendar = shop_rows(n_users=30)
    short = replace(calendar, days_back=(14, 7))
    assert "these data carry 2" in evaluate(RUN, rows, short).reason
    assert "Each date needs 20 users who buy" in evaluate(RUN, rows, calendar).reason
    few = people(rows, calendar)
    assert users.findings.metrics(few) == {}
    (sentence,) = users.findings.findings(few)
    assert sentence.startswith("Who will buy in the days to come cannot be judged here. Each date")


EXHIBITS = ["dates", "users", "user_differences", "drift", "user_gains", "user_worth",
            "user_profit", "user_worth_dates"]  # fmt: skip


def show(people: Users) -> list[tuple[str, str]]:
    """Every exhibit on a page of its own; their kinds and names, in order."""
    page, shown = report.Page("intent", simulated=True), users.page
    each = [
        shown.dates,
        shown.scores,
        shown.differences,
        shown.drift,
        shown.gains,
        shown.ways,
        shown.profit,
        shown.profit_by_date,
    ]
    for exhibit in each:
        exhibit(page, people)
    return [exhibit.exhibit for exhibit in each]


def test_every_exhibit_is_shown_and_every_sentence_points_at_one(lawful, tmp_path, monkeypatch):
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    named = show(lawful)
    assert [name for _, name in named] == EXHIBITS
    kinds = {"table": "csv", "figure": "svg"}
    for kind, name in named:
        assert (tmp_path / f"reports/{kind}s/intent/{name}.{kinds[kind]}").exists()
    sentences = " ".join(users.findings.findings(lawful))
    assert set(references.named(sentences)) <= set(named)


def test_what_cannot_be_judged_says_why_in_every_exhibits_place(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    rows, calendar = shop_rows(n_users=30)
    none = Cannot("No date fits.")
    show(Users(replace(calendar, days_back=()), rows, none, none))
    assert capsys.readouterr().out.count("is not shown. No date fits.") == len(EXHIBITS)
    show(people(rows, calendar))
    assert (tmp_path / "reports/tables/intent/dates.csv").exists()
    unshown = capsys.readouterr().out.count("is not shown. Each date needs 20 users who buy")
    assert unshown == len(EXHIBITS) - 1
