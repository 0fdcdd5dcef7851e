"""Acting on users pays by what they did, from a threshold that the date before gave."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from planted import told
from trackway.intent.coming import LAST_SEEN, Judged
from trackway.intent.coming_worth import ALL

from trackway.evaluation.splits import TimeSplit
from trackway.intent import coming, coming_page, coming_worth, worth, worth_page
from trackway.intent.data import Examples
from trackway.intent.users import Calendar

# a buyer acted on brings 4, anyone else costs 1
SETTINGS = {
    "worth": {
        "margin": 20.0,
        "uplift": 0.25,
        "uplifts": [0.25],
        "actions": {"chat": {"contact": 9.0, "per_order": 0.0}},
    },
    "users": {"actions": {"letter": {"contact": 1.0, "per_order": 0.0}}},
}
DATES = pd.to_datetime(["2024-03-08", "2024-03-15"], utc=True)
CALENDAR = Calendar(DATES[1] + pd.Timedelta(days=7), "UTC", 14, 7, (14, 7))
BEFORE = [True, False]  # who bought at the date before, told as in the next line
SAID_BEFORE = [0.4, 0.3]  # so one acts from 0.4 on


def judged(
    date: pd.Timestamp,
    bought: list[bool],
    said: list[float],
    rule: list[float],
    users: list[int] | None = None,
) -> Judged:
    """One date whose users are told so by the model and by the rule."""
    users = users or list(range(len(bought)))
    rows = pd.DataFrame({"user_id": [*range(90, 90 + len(BEFORE)), *users]})
    rows["bought"] = [*BEFORE, *bought]
    rows["part"] = ["validation"] * len(BEFORE) + ["test"] * len(bought)
    made = Examples(rows, [], TimeSplit(date, date))
    ladder = {"model": told(made, SAID_BEFORE, said), LAST_SEEN: told(made, SAID_BEFORE, rule)}
    return Judged(date, made, ladder)


def by_date(*dates: Judged) -> pd.DataFrame:
    return coming_worth.by_date(list(dates), "model", SETTINGS, n=40, seed=0).set_index("date")


FIRST = judged(DATES[0], [True, False, False, False], [0.9, 0.8, 0.1, 0.1], [0.1, 0.1, 0.9, 0.1])
LAST = judged(DATES[1], [True, True], [0.9, 0.35], [0.9, 0.9])


def test_one_acts_from_the_probability_that_was_best_at_the_date_before():
    table = by_date(FIRST, LAST)
    # 0.35 would have paid, but who was told 0.3 the date before did not buy
    assert table.loc[DATES, "acted"].tolist() == [0.5, 0.5]
    assert table.loc[DATES, "profit"].tolist() == [worth.PER * 3 / 4, worth.PER * 4 / 2]


def test_what_follows_a_date_does_not_choose_its_own_threshold():
    rows = LAST.examples.rows
    turned = rows.assign(bought=rows["bought"] ^ (rows["part"] == "test"))
    other = replace(LAST, examples=replace(LAST.examples, rows=turned))
    assert by_date(other).loc[DATES[1], "acted"] == by_date(LAST).loc[DATES[1], "acted"]


def test_the_dates_together_are_the_mean_over_their_users():
    table = by_date(FIRST, LAST)
    assert table["users"].tolist() == [4, 2, 6]
    assert table.loc[ALL, "profit"] == pytest.approx(worth.PER * (3 + 4) / 6)
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
    one, again = (judged(date, bought, said, said) for date in DATES)
    others = judged(DATES[1], bought, said, said, users=list(range(1000, 1000 + n)))

    def width(*dates: Judged) -> float:
        whole = coming_worth.by_date(list(dates), "model", SETTINGS, n=400, seed=0).iloc[-1]
        return whole["profit_high"] - whole["profit_low"]

    assert width(one, again) == pytest.approx(width(one), rel=1e-9)
    assert width(one, others) < 0.8 * width(one)


def test_the_ways_to_act_are_those_on_users_and_the_margin_is_that_of_sessions():
    (letter,) = worth.actions(coming_worth.money(SETTINGS))
    assert (letter.name, letter.contact, letter.margin) == ("letter", 1.0, 20.0)
    assert SETTINGS["worth"]["actions"].keys() == {"chat"}


class Heard:
    """A page that keeps what it was told."""

    def __init__(self):
        self.said = {}

    def table(self, number, table, name, *, caption, **_):
        self.said[name] = (table, caption)

    def figure(self, number, fig, name, *, caption, alt):
        self.said[name] = (fig, caption)


def test_what_is_said_of_users_is_not_said_of_sessions():
    page = Heard()
    scored, made = LAST.ladder["model"], LAST.examples
    asked = scored, made, 20, 0
    money = coming_worth.money(SETTINGS)
    ways = worth.compare(money, *asked)
    curves = worth.by_threshold(money, *asked)
    worth_page.ways(page, 1, ways, money, coming_page.USERS)
    worth_page.profit(page, 2, curves, ways, money, coming_page.USERS)
    worth_page.gains(page, 3, worth.gains(*asked), scored, made, coming_page.USERS)
    assert list(page.said) == ["user_worth", "user_profit", "user_gains"]
    for shown, caption in page.said.values():
        assert "session" not in caption
        assert "validation" not in caption
        labels = [] if isinstance(shown, pd.DataFrame) else [ax.get_xlabel() for ax in shown.axes]
        assert not any("session" in label for label in labels)
    assert "best at the date before" in page.said["user_worth"][1]


def test_a_table_of_dates_names_them_as_the_shop_does():
    page = Heard()
    coming_page.worth_dates(page, 1, by_date(FIRST, LAST).reset_index(), CALENDAR)
    shown, _ = page.said["user_worth_dates"]
    assert shown["date"].tolist() == ["2024-03-08", "2024-03-15", "all"]
    assert shown["profit"].iloc[0].startswith("750.0 [")


def test_every_date_has_its_own_paired_differences():
    page = Heard()
    rated = coming.rate_all([FIRST, LAST_BOTH_WAYS], n=20, seed=0)
    coming_page.differences(page, 1, rated, "model", CALENDAR)
    shown, caption = page.said["user_differences"]
    assert shown.index.tolist() == [("2024-03-08", LAST_SEEN), ("2024-03-15", LAST_SEEN)]
    # the buyer above all others, against below one and level with two: 1 - 1 / 3
    assert shown["roc_auc"].iloc[0].startswith("0.667 [")
    assert "the same users" in caption


LAST_BOTH_WAYS = judged(DATES[1], [True, False], [0.9, 0.35], [0.9, 0.9])


def findings(paid: pd.DataFrame) -> list[str]:
    gained = worth.gains(FIRST.ladder["model"], FIRST.examples, n=20, seed=0)
    return coming_page.worth_findings(gained, paid.reset_index(), (13, 20))


def test_the_sentences_follow_the_figures():
    paid = by_date(FIRST, LAST)
    surely = paid.assign(profit_low=1.0, over_rule_low=-2.0, over_rule_high=-1.0)
    assert "less than acting by the rule" in findings(surely)[1]
    ends = [f"over_{way}_low" for way in ("everyone", "rule", "break_even")]
    best = findings(paid.assign(**dict.fromkeys(["profit_low", *ends], 1.0)))[1]
    every = "more than acting on everyone, by the rule and from `break-even` on (Table 20)."
    assert best.endswith(f"are acted on; that is {every}")
    assert "not surely more than nothing;" in findings(paid.assign(profit_low=-1.0))[1]
    nobody = paid.assign(acted=0.0)
    assert findings(nobody)[1].endswith("letter pays for nobody at any date (Table 20).")


def test_the_metrics_are_of_all_dates():
    paid = by_date(FIRST, LAST)
    gained = worth.gains(FIRST.ladder["model"], FIRST.examples, n=20, seed=0)
    numbers = coming_page.worth_metrics(gained, paid.reset_index())
    assert numbers["worth"]["letter"]["profit"] == paid.loc[ALL, "profit"]
    assert numbers["first_tenth"]["value"] == gained["value"].iloc[0]
