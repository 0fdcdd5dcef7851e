"""The next basket is told by what came before it, judged in time, repeats and explores apart."""

import ibis
import numpy as np
import pandas as pd
import pytest

from trackway.core.cannot import Cannot
from trackway.evaluation.splits import TimeSplit
from trackway.recommend.next_basket import data, findings, models, page, study
from trackway.recommend.next_basket.models import LATELY, MIXTURE, OWN, POPULAR, Chosen
from trackway.report.run import Run
from trackway.tables.facts import Facts

CUT, END = (pd.Timestamp(day, tz="UTC") for day in ["2024-02-01", "2024-03-01"])
CHOSEN = Chosen(days=10.0, share=0.1)
SHOP = [  # user, day, products of the basket
    (1, "01-01", "ab"),
    (1, "01-11", "ac"),
    (1, "01-21", "c"),
    (1, "02-05", "acx"),
    (1, "02-06", "b"),
    (2, "01-05", "b"),
    (2, "01-06", "b"),
    (2, "02-01", "bc"),
    (3, "01-05", "b"),  # a single basket before the cut
    (3, "02-02", "b"),
    (4, "01-05", "b"),
    (4, "01-07", "b"),  # does not come again
]


def shop(baskets: list = SHOP) -> ibis.Table:
    rows = [
        {"user_id": user, "order_id": f"{user} {day}", "product_id": ord(one), "day": day}
        for user, day, products in baskets
        for one in products
    ]
    table = pd.DataFrame(rows)
    table["event_time"] = pd.to_datetime("2024-" + table.pop("day"), utc=True)
    table = table.assign(event_type="purchase", event_id=range(len(table)), session_id=0)
    return ibis.duckdb.connect().create_table("events", table)


def known(**changed) -> data.Baskets:
    given = {"cut": CUT, "end": None, "most": 9, "seed": 1} | changed
    return data.take(data.held(shop()), **given)


def shown(model: str, user: int, of: data.Baskets | None = None) -> str:
    lists = models.lists(of or known(), model, CHOSEN, k=3)
    return "".join(map(chr, lists.loc[lists["user_id"] == user, "product_id"]))


def test_who_is_asked_had_two_baskets_and_bought_again():
    one = known()
    assert one.users.tolist() == [1, 2]
    assert (one.asked, one.known, one.buyers, one.n) == (2, 3, 3, 8)
    assert known(judged=False).users.tolist() == [1, 2, 4]
    assert known(end=pd.Timestamp("2024-02-02", tz="UTC")).users.tolist() == [2]


def test_the_target_is_the_first_basket_from_the_cut_on():
    told = known().targets
    assert [(row.user_id, chr(row.product_id), row.again) for row in told.itertuples()] == [
        (1, "a", True),
        (1, "c", True),
        (1, "x", False),
        (2, "b", True),
        (2, "c", False),
    ]


def test_nothing_after_the_cut_is_known():
    later = known()
    events = shop()
    past = data.held(events.filter(events.event_time < CUT))
    early = data.take(past, CUT, None, 9, 1, judged=False)
    mine = early.lines[early.lines["user_id"] < 4].reset_index(drop=True)
    pd.testing.assert_frame_equal(later.lines, mine)
    pd.testing.assert_series_equal(later.popular, early.popular)


def test_each_way_orders_by_what_it_says():
    assert shown(POPULAR, 1) == "bac"  # b in 6 baskets, a and c in 2: the lower number first
    assert shown(OWN, 1) == "acb"  # a and c in 2 of 3, b in 1
    assert shown(LATELY, 1) == "cab"  # c was bought in the last two
    assert shown(OWN, 2) == "bac"  # one product of their own, then what is popular


def test_popularity_may_outweigh_the_own():
    lists = models.lists(known(), MIXTURE, Chosen(days=10.0, share=100.0), k=3)
    assert "".join(map(chr, lists.loc[lists["user_id"] == 1, "product_id"])) == "bca"


def test_metrics_by_hand():
    one = known()
    rated = study.rated(one, models.lists(one, OWN, CHOSEN, study.K)).reset_index(drop=True)
    assert rated["recall"].tolist() == [pytest.approx(2 / 3), 1.0]
    assert rated["repeats"].tolist() == [1.0, 1.0]
    assert rated["explores"].tolist() == [0.0, 1.0]
    best = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert rated["ndcg"].tolist() == [
        pytest.approx((1 + 1 / np.log2(3)) / best),
        pytest.approx((1 + 1 / np.log2(4)) / (1 + 1 / np.log2(3))),
    ]
    assert rated["hit"].tolist() == [1.0, 1.0]


def facts(kinds: tuple = ("purchase",)) -> Facts:
    return Facts("mapped", "by hand", False, "UTC", False, False, False, kinds, CUT, END)


SPLIT = TimeSplit(*(pd.Timestamp(f"2024-02-{day:02d}", tz="UTC") for day in (5, 15)))


@pytest.fixture(scope="module")
def habits():
    """Forty customers who buy one product of their own every other day, and some of others."""
    rng = np.random.default_rng(1)
    days = pd.date_range("2024-01-01", "2024-02-28", freq="2D").strftime("%m-%d")
    baskets = [
        (user, day, f"{chr(200 + user)}{chr(300 + rng.integers(30))}")
        for user in range(40)
        for day in days
    ]
    return shop(baskets)


@pytest.fixture(scope="module")
def judged(habits):
    return study.evaluate(run(), habits, SPLIT)


def run(**changed) -> Run:
    changed = {"min_users": 20, "replicates": 20} | changed
    return Run.of("recommend", known=facts()).with_settings(**changed)


def test_habits_are_found(judged):
    recall = judged.scores.xs("recall", level="metric")["value"]
    assert recall[OWN] > recall[POPULAR] + 0.3
    repeats = judged.scores.loc[(OWN, "repeats")]
    assert repeats["customers"] == 40
    assert repeats["value"] > judged.scores.loc[(OWN, "explores"), "value"]
    assert judged.differences.loc[(POPULAR, "recall"), "high"] < 0
    assert judged.next.groupby("user_id").size().eq(study.K).all()
    assert judged.next["as_of"].eq(END + pd.Timedelta("1s")).all()
    assert set(findings.metrics(judged)["next_basket"]["models"]) == set(models.MODELS)
    assert len(findings.findings(judged)) == len(findings.headlines(judged)) == 1


def test_too_few_are_counted(habits):
    reason = study.evaluate(run(min_users=41), habits, SPLIT).reason
    assert "41 customers must have 2 baskets" in reason
    assert "40 have, and 40 of them do" in reason
    assert len(findings.findings(Cannot(reason))) == 1


def test_a_log_of_visits_has_no_exhibit_of_baskets(habits):
    watched = Run.of("recommend", known=facts(("view", "purchase")))
    without = study.evaluate(watched, habits.drop("order_id"), SPLIT)
    assert without == Cannot(study.NO_ORDERS)
    assert findings.findings(without) == []
    page.shown(None, without)  # asks nothing of the page
    assert study.are_told(watched, habits)
