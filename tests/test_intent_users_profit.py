"""Acting on users pays by what they did, from a threshold that the date before gave."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from planted import RUN, content, told

from trackway.evaluation.splits import TimeSplit
from trackway.intent import evaluation, users
from trackway.intent.data import Examples
from trackway.intent.profit.actions import actions
from trackway.intent.profit.evaluate import PER
from trackway.intent.profit.study import of_model
from trackway.intent.users import profit
from trackway.intent.users.data import Calendar
from trackway.intent.users.models import ANEW, FROZEN, LAST_SEEN, Snapshot
from trackway.intent.users.profit import ALL
from trackway.intent.users.study import Evaluation, Users
from trackway.report import references
from trackway.report.exhibits import Table

SETTINGS = RUN.with_settings(
    worth={
        "margin": 20.0,
        "uplift": 0.25,
        "uplifts": [0.25],
        "actions": {"chat": {"contact": 9.0, "per_order": 0.0}},
    },
    users=RUN.settings.users.model_dump()
    | {"actions": {"letter": {"contact": 1.0, "per_order": 0.0}}},
).settings
WORTH = profit.costs(SETTINGS)  # a buyer acted on brings 4, anyone else costs 1
DATES = ["2024-03-08", "2024-03-15"]
CALENDAR = Calendar(pd.Timestamp("2024-03-22", tz="UTC"), "UTC", 14, 7, (14, 7))
BEFORE = [True, False]  # who bought at the date before, told as in the next line
SAID_BEFORE = [0.4, 0.3]  # so one acts from 0.4 on


def snapshot(
    date: str,
    bought: list[bool],
    said: list[float],
    rule: list[float],
    users: list[int] | None = None,
) -> Snapshot:
    """One date whose users are told so by the model and by the rule."""
    users = users or list(range(len(bought)))
    rows = pd.DataFrame({"user_id": [*range(90, 90 + len(BEFORE)), *users]})
    rows["bought"] = [*BEFORE, *bought]
    rows["part"] = ["validation"] * len(BEFORE) + ["test"] * len(bought)
    made = Examples(rows, [], TimeSplit(pd.Timestamp(date), pd.Timestamp(date)))
    ladder = {"model": told(made, SAID_BEFORE, said), LAST_SEEN: told(made, SAID_BEFORE, rule)}
    return Snapshot(date, made, ladder)


def by_date(*dates: Snapshot) -> pd.DataFrame:
    return profit.by_date(list(dates), "model", WORTH, n=40, seed=0).set_index("date")


FIRST = snapshot(DATES[0], [True, False, False, False], [0.9, 0.8, 0.1, 0.1], [0.1, 0.1, 0.9, 0.1])
LAST = snapshot(DATES[1], [True, True], [0.9, 0.35], [0.9, 0.9])


def test_one_acts_from_the_probability_that_was_best_at_the_date_before():
    table = by_date(FIRST, LAST)
    # 0.35 would have paid, but who was told 0.3 the date before did not buy
    assert table.loc[DATES, "acted"].tolist() == [0.5, 0.5]
    assert table.loc[DATES, "profit"].tolist() == [PER * 3 / 4, PER * 4 / 2]


def test_what_follows_a_date_does_not_choose_its_own_threshold():
    rows = LAST.examples.rows
    turned = rows.assign(bought=rows["bought"] ^ (rows["part"] == "test"))
    other = replace(LAST, examples=replace(LAST.examples, rows=turned))
    assert by_date(other).loc[DATES[1], "acted"] == by_date(LAST).loc[DATES[1], "acted"]


def test_the_dates_together_are_the_mean_over_their_users():
    table = by_date(FIRST, LAST)
    assert table["users"].tolist() == [4, 2, 6]
    assert table.loc[ALL, "profit"] == pytest.approx(PER * (3 + 4) / 6)
    assert table.loc[ALL, "acted"] == pytest.approx(3 / 6)


def test_the_rule_is_met_on_the_same_users_and_so_is_the_break_even():
    table = by_date(FIRST, LAST)
    # the first rule acts on one who does not buy, the last one on both who do
    assert table.loc[DATES, "over_rule"].tolist() == [1000 * (3 + 1) / 4, 1000 * (4 - 8) / 2]
    # everyone holds three who do not buy on the first date, and none on the last
    assert table.loc[DATES, "over_everyone"].tolist() == [1000 * (3 - 1) / 4, 1000 * (4 - 8) / 2]
    # the costs alone say 0.2: on the last date that is both, and they buy
    assert table.loc[DATES, "over_break_even"].tolist() == [0, 1000 * (4 - 8) / 2]


def test_a_model_beside_itself_has_no_lead_for_sure():
    alike = replace(FIRST, ladder=FIRST.ladder | {LAST_SEEN: FIRST.ladder["model"]})
    lead = by_date(alike)[["over_rule", "over_rule_low", "over_rule_high"]]
    assert (lead == 0).all(axis=None)


def test_users_that_recur_are_drawn_with_all_of_their_dates():
    """Twice the dates of the same users are no more evidence; of others they are."""
    random = np.random.default_rng(0)
    n = 300
    bought, said = list(random.random(n) < 0.3), list(random.random(n))
    one, again = (snapshot(date, bought, said, said) for date in DATES)
    others = snapshot(DATES[1], bought, said, said, users=list(range(1000, 1000 + n)))

    def width(*dates: Snapshot) -> float:
        whole = profit.by_date(list(dates), "model", WORTH, n=400, seed=0).iloc[-1]
        return whole["profit_high"] - whole["profit_low"]

    assert width(one, again) == pytest.approx(width(one), rel=1e-9)
    assert width(one, others) < 0.8 * width(one)


def test_the_ways_to_act_are_those_on_users_and_the_margin_is_that_of_sessions():
    (letter,) = actions(WORTH)
    assert (letter.name, letter.contact, letter.margin) == ("letter", 1.0, 20.0)
    assert SETTINGS.worth.actions.keys() == {"chat"}


def study(*dates: Snapshot, by_date: pd.DataFrame | None = None) -> Users:
    """The study of these dates; what concerns no profit is made up."""
    last, asked = dates[-1], (20, 0)
    drift = pd.DataFrame({"date": last.date, "way": [ANEW, FROZEN], "bought": 0.5})
    evaluated = Evaluation(
        snapshots=list(dates),
        chosen="model",
        rated=evaluation.evaluate_all(
            {one.date: one.ladder for one in dates},
            {one.date: one.examples for one in dates},
            *asked,
        ),
        drift=drift.assign(roc_auc=0.5, log_loss=0.7, lost=0.0, lost_low=0.0, lost_high=0.0),
        calibration=pd.DataFrame(),
        profit=of_model(WORTH, last.ladder["model"], last.examples, *asked),
        by_date=profit.by_date(list(dates), "model", WORTH, *asked) if by_date is None else by_date,
    )
    return Users(CALENDAR, last.examples.rows, pd.DataFrame(), evaluated)


def test_what_is_said_of_users_is_not_said_of_sessions():
    people = study(FIRST, LAST)
    for show in (users.page.gains, users.page.ways, users.page.profit):
        shown = content(show, people)
        assert "session" not in shown.caption
        assert "validation" not in shown.caption
        axes = [] if isinstance(shown, Table) else shown.drawing.axes
        assert not any("session" in ax.get_xlabel() for ax in axes)
    assert "best at the date before" in content(users.page.ways, people).caption


def test_a_table_of_dates_has_all_of_them_in_its_last_row():
    shown = content(users.page.profit_by_date, study(FIRST, LAST)).content
    assert shown["date"].tolist() == ["2024-03-08", "2024-03-15", "all"]
    assert shown["profit"].iloc[0].startswith("750.0 [")


def test_every_date_has_its_own_paired_differences():
    shown = content(users.page.differences, study(FIRST, LAST_BOTH_WAYS))
    assert shown.content.index.tolist() == [(date, LAST_SEEN) for date in DATES]
    # the buyer above all others, against below one and level with two: 1 - 1 / 3
    assert shown.content["roc_auc"].iloc[0].startswith("0.667 [")
    assert "the same users" in shown.caption


LAST_BOTH_WAYS = snapshot(DATES[1], [True, False], [0.9, 0.35], [0.9, 0.9])


def sentence(by_date: pd.DataFrame) -> str:
    """What is found of the letter."""
    *_, last = users.findings.findings(study(FIRST, LAST_BOTH_WAYS, by_date=by_date.reset_index()))
    return last


def test_the_sentences_follow_the_figures():
    paid, end = by_date(FIRST, LAST), f"({references.table('user_worth_dates')})."
    surely = paid.assign(profit_low=1.0, over_rule_low=-2.0, over_rule_high=-1.0)
    assert "less than acting by the rule" in sentence(surely)
    ends = [f"over_{way}_low" for way in ("everyone", "rule", "break_even")]
    best = sentence(paid.assign(**dict.fromkeys(["profit_low", *ends], 1.0)))
    every = f"more than acting on everyone, by the rule and from `break-even` on {end}"
    assert best.endswith(f"are acted on; that is {every}")
    assert "not surely more than nothing;" in sentence(paid.assign(profit_low=-1.0))
    nobody = paid.assign(acted=0.0)
    assert sentence(nobody).endswith(f"letter pays for nobody at any date {end}")


def test_the_metrics_are_of_all_dates():
    paid = by_date(FIRST, LAST)
    people = study(FIRST, LAST, by_date=paid.reset_index())
    numbers = users.findings.metrics(people)["users"]
    assert numbers["worth"]["letter"]["profit"] == paid.loc[ALL, "profit"]
    assert numbers["first_tenth"]["value"] == people.evaluation.profit.gains["value"].iloc[0]
