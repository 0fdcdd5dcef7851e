"""Acting is judged by outcomes, from a threshold chosen before, under a stated assumption."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from planted import RUN, content, planted, planted_ladder, planted_study, told

from trackway.core.cannot import Cannot
from trackway.evaluation import bootstrap
from trackway.evaluation.splits import TimeSplit
from trackway.intent.data import Examples
from trackway.intent.profit import evaluate, findings, page, study
from trackway.intent.profit.actions import NOBODY, Action, best_threshold
from trackway.intent.profit.audience import SESSIONS
from trackway.intent.profit.study import ModelProfit, Profit
from trackway.params.intent import Worth
from trackway.report import references
from trackway.report.exhibits import Figure, Table

CHAT = Action("chat", margin=20, contact=1, per_order=0, uplift=0.25)
COUPON = Action("coupon", margin=20, contact=0, per_order=2, uplift=0.25)
WORTH = Worth(
    margin=20.0,
    uplift=0.25,
    uplifts=[0.01, 0.25],
    actions={
        "chat": {"contact": 1.0, "per_order": 0.0},
        "coupon": {"contact": 0.5, "per_order": 2.0},
    },
)


def few(validation: list[bool], test: list[bool]) -> Examples:
    """Sessions of two parts, every one of another user."""
    bought = [*validation, *test]
    rows = pd.DataFrame({"user_id": range(len(bought)), "bought": bought})
    rows["part"] = ["validation"] * len(validation) + ["test"] * len(test)
    moment = pd.Timestamp("2024-01-01", tz="UTC")
    return Examples(rows, [], TimeSplit(moment, moment))


@pytest.mark.parametrize(
    ("action", "of_a_buyer", "of_another"),
    [
        (CHAT, 0.25 * 20 - 1, -1),
        (COUPON, 0.25 * 20 - 1.25 * 2, 0),  # the discount goes to those who buy anyway, too
    ],
)
def test_what_acting_on_one_session_brings(action, of_a_buyer, of_another):
    assert action.gain([True, False]).tolist() == [of_a_buyer, of_another]


def test_at_break_even_acting_neither_wins_nor_loses():
    p = CHAT.break_even
    assert p == 0.2
    assert p * CHAT.gain([True])[0] + (1 - p) * CHAT.gain([False])[0] == pytest.approx(0)


def test_an_action_that_loses_on_buyers_breaks_even_nowhere():
    assert Action("gift", margin=20, contact=0, per_order=5, uplift=0.1).break_even == NOBODY


def test_sessions_of_one_probability_are_acted_on_together():
    # the second of the two at .5 would not be worth it, but cannot be told from the first
    bought, said = [True, False, False], np.array([0.5, 0.5, 0.1])
    assert best_threshold(CHAT, bought, said) == 0.5
    dear = Action("dear", margin=20, contact=3, per_order=0, uplift=0.25)
    assert best_threshold(dear, bought, said) == NOBODY


def test_the_threshold_is_chosen_on_validation_and_judged_on_test():
    made = few(validation=[True, False], test=[False, True, False, False])
    one = told(made, [0.8, 0.3], [0.9, 0.85, 0.2, 0.1])
    table = (
        evaluate.compare(WORTH, one, made, n=20, seed=0).query("action == 'chat'").set_index("who")
    )
    assert table.loc["chosen", "threshold"] == 0.8
    assert table.loc["chosen", "acted"] == 0.5
    assert table.loc["chosen", "value"] == (4 - 1) / 4 * evaluate.PER
    assert table.loc["everyone", "value"] == (4 - 3) / 4 * evaluate.PER


def test_acting_on_nobody_brings_nothing_for_sure():
    made = few(validation=[False, False], test=[True, False])
    table = evaluate.compare(WORTH, told(made, [0.8, 0.3], [0.9, 0.1]), made, n=20, seed=0)
    chosen = table.query("who == 'chosen' and action == 'chat'").iloc[0]
    assert chosen[["acted", "value", "low", "high"]].tolist() == [0, 0, 0, 0]
    shown = page._with_profit(table)
    assert shown.loc[shown["who"] == "chosen", "threshold"].isna().all()


def test_a_higher_uplift_never_brings_less_at_the_best_threshold():
    made = planted()
    random = np.random.default_rng(0)
    parts = [made.of(part) for part in ("validation", "test")]
    one = told(made, *(0.1 + 0.3 * p["cart_count"] + random.random(len(p)) / 100 for p in parts))
    low, high = evaluate.by_uplift(WORTH, one, made, n=20, seed=0).query("action == 'chat'")[
        "value"
    ]
    assert low < high


def test_the_earliest_moment_is_the_first_that_surely_pays():
    table = pd.DataFrame(
        {
            "action": ["chat"] * 3 + ["coupon"] * 3,
            "moment": ["1", "3", "cart"] * 2,
            "value": [5.0, 5, 9, 1, 1, 1],
            "low": [-1.0, 2, 3, -1, 0, -1],
            "high": [9.0, 9, 12, 2, 2, 2],
            "total": [5.0, 50, 9, 1, 1, 1],
            "threshold": 0.1,
            "acted": 0.5,
            "who": "chosen",
        }
    )
    assert evaluate.earliest(table) == {"chat": "3", "coupon": None}
    of_main = table[table["moment"] == "3"]
    at_main = ModelProfit(WORTH, "model", 9, gains=None, ways=of_main, curves=None)
    chat, coupon = findings.findings(Profit(at_main, table, by_uplift=None))
    assert "pays from event 3 on, and brings most in all then" in chat
    assert "no moment at which it surely pays" in coupon


def test_gains_count_buyers_among_the_likeliest():
    made = few(validation=[True], test=[True] * 2 + [False] * 8)
    table = evaluate.gains(told(made, [0.5], np.linspace(1, 0.1, 10)), made, n=20, seed=0)
    assert table["value"].tolist() == [0.5, *[1.0] * 9]
    assert table["lift"].iloc[[0, -1]].tolist() == [5, 1]


def test_a_profit_curve_looks_closely_at_the_likeliest_few():
    """Where one in a thousand buys, what pays lies within the first hundredth."""
    n = 5000
    made = few(validation=[True], test=[True] * 5 + [False] * (n - 5))
    one = told(made, [0.5], np.linspace(1, 1e-4, n))
    curve = evaluate.by_threshold(WORTH, one, made, n=20, seed=0).query("action == 'chat'")
    assert (curve["acted"] < 0.01).sum() >= 10
    assert curve["acted"].max() == 1
    assert curve["acted"].min() * n <= evaluate.FEWEST + 1


def test_fewer_rows_than_the_fewest_are_a_curve_of_all_of_them():
    made = few(validation=[True], test=[True, False])
    one = told(made, [0.5], [0.9, 0.1])
    curve = evaluate.by_threshold(WORTH, one, made, n=20, seed=0)
    assert (curve["acted"] == 1).all()


def test_bands_are_those_of_one_mean_at_a_time():
    random = np.random.default_rng(0)
    values, users = random.random((60, 3)), random.integers(0, 15, 60)
    table = bootstrap.column_means(values, users, n=40, seed=3)
    for column, row in zip(values.T, table.itertuples(index=False), strict=True):
        assert tuple(row) == pytest.approx(bootstrap.mean_interval(column, users, 40, 3))


def test_a_mean_is_of_its_own_rows_and_of_none_it_is_unknown():
    values = np.array([[1.0, 1], [3, 1], [50, 1]])
    table = bootstrap.column_means(values, [1, 2, 3], 20, 0, among=[[1, 0], [1, 0], [0, 0]])
    assert table["value"].tolist()[0] == 2
    assert table.iloc[1].isna().all()


@pytest.fixture(scope="module")
def made():
    return planted()


@pytest.fixture(scope="module")
def result(made):
    return study.study(RUN, planted_study({"3": made}, {"3": planted_ladder(made)}))


def test_everything_is_shown_of_sessions(result):
    tables = content(page.ways, result), content(page.moments, result)
    assert all(isinstance(one, Table) for one in tables)
    assert tables[1].content["moment"].tolist() == ["3", "3"]
    for one in (page.gains, page.profit, page.uplifts):
        assert isinstance(content(one, result), Figure)
    assert content(page.ways, result).caption.startswith(
        "Expected profit on test per 1,000 sessions"
    )


def test_the_findings_point_at_both_tables(result):
    sentences = findings.findings(result)
    assert len(sentences) == len(RUN.settings.worth.actions)
    wanted = [("table", "worth"), ("table", "worth_moments")]
    assert all(references.named(one) == wanted for one in sentences)


def test_the_metrics_are_those_of_the_chosen_plans(result):
    numbers = findings.metrics(result)["worth"]
    assert numbers.keys() == RUN.settings.worth.actions.keys()
    ways = result.at_main.ways.query("who == 'chosen'").set_index("action")
    for name, one in numbers.items():
        assert one["profit"] == ways.loc[name, "value"]
        assert one["total"].keys() == {"3"}


def test_other_moments_may_be_judged_where_the_main_one_is_not(made):
    few = replace(made, rows=made.rows.head(60))
    ladders = {"5": planted_ladder(made)}
    found = study.study(RUN, planted_study({"3": few, "5": made}, ladders))
    reason = few.judgeable(RUN.settings.min_buyers)
    assert isinstance(reason, Cannot)
    for one in (page.gains, page.ways, page.profit, page.uplifts):
        assert content(one, found) == reason
    assert content(page.moments, found).content["moment"].tolist() == ["5", "5"]
    assert findings.findings(found) == []
    assert findings.metrics(found) == {}


def test_acting_on_nobody_is_said_of_the_audience():
    none = bootstrap.Interval(0.0, 0.0, 0.0)
    assert findings.verdict(none, 0.0, "at any date", SESSIONS) == "pays for nobody at any date"
    unsure = findings.verdict(bootstrap.Interval(1.0, -1.0, 2.0), 0.5, "", SESSIONS)
    assert "per 1,000 sessions, not surely more than nothing" in unsure
