"""The exhibits of users at dates."""

import pandas as pd

from trackway.core.cannot import need
from trackway.intent import wording
from trackway.intent.profit.audience import USERS
from trackway.intent.profit.evaluate import PER
from trackway.intent.profit.page import gains_figure, profit_figure, ways_table
from trackway.intent.users.data import MEANING
from trackway.intent.users.models import NAMES
from trackway.intent.users.plots import plot_drift
from trackway.intent.users.profit import OVER
from trackway.intent.users.study import Users
from trackway.report import exhibits, phrases
from trackway.report.exhibits import Figure, Table


@exhibits.table("dates")
def dates(users: Users) -> Table:
    """The dates, and who is asked about."""
    return Table(
        need(users.dates),
        caption=(
            "Dates, each from local midnight, and the users seen in the "
            f"{users.calendar.history_days} days before it; `bought` is the share that buys in the "
            f"{users.calendar.horizon_days} days after it. The last three are means over users of "
            "what is known then. The first two dates are learned from and chosen at, each later "
            "one is judged."
        ),
    )


@exhibits.table("users")
def scores(users: Users) -> Table:
    """Every model at the last date."""
    evaluation = need(users.evaluation)
    last = evaluation.last
    test = last.examples.of("test")
    meaning = "; ".join(f"`{name}`: {MEANING[name]}" for name in last.examples.features)
    return Table(
        wording.with_intervals(evaluation.rated[last.date].scores()).loc[NAMES],
        caption=(
            f"The {len(test):,} users asked about at the last date, {test['bought'].mean():.1%} of "
            f"whom buy; {wording.named(evaluation.chosen)} was best where the first choices were "
            f"made. The models know, from the history before the date - {meaning}. In brackets: "
            "95 % intervals over users."
        ),
    )


@exhibits.table("user_differences")
def differences(users: Users) -> Table:
    """The chosen model against each of the others, date by date."""
    evaluation = need(users.evaluation)
    metrics = ["roc_auc", "pr_auc", "log_loss"]
    by_date = {
        date: wording.with_intervals(one.differences(evaluation.chosen), metrics)
        for date, one in evaluation.rated.items()
    }
    return Table(
        pd.concat(by_date, names=["date", "against"]),
        caption=(
            f"Date by date, {wording.named(evaluation.chosen)} minus each of the others, fitted "
            "anew, on the same users; below 0 it is the better one in `log_loss`. In brackets: "
            "95 % intervals over users, drawn alike for both. Users recur from date to date, so "
            "neighbouring dates err alike."
        ),
    )


@exhibits.figure("drift")
def drift(users: Users) -> Figure:
    """How well the model keeps, and whether what it says at the last date holds."""
    evaluation = need(users.evaluation)
    rows = evaluation.calibration["rows"]
    return Figure(
        plot_drift(evaluation.drift, evaluation.calibration),
        caption=(
            f"What {wording.named(evaluation.chosen)} reaches over the dates. Left, ROC AUC (0.5 "
            "is chance); middle, the mean probability said and, as bars, the share that bought. "
            "Frozen is the model of the first date, used to the end. Right, at the last date, "
            f"fitted anew: a point is a bin of {rows.min():,} to {rows.max():,} users; on the grey "
            "line what was said came true. Intervals are 95 % over users."
        ),
        alt="ROC AUC and mean probability over the dates, fitted anew, frozen, and by a rule; and "
        "the share that bought against the probability said.",
    )


@exhibits.figure("user_gains")
def gains(users: Users) -> Figure:
    """Gain and lift at the last date."""
    return gains_figure(need(users.evaluation).profit, USERS)


@exhibits.table("user_worth")
def ways(users: Users) -> Table:
    """Whom to act on at the last date, by profit."""
    return ways_table(need(users.evaluation).profit, USERS)


@exhibits.figure("user_profit")
def profit(users: Users) -> Figure:
    """Profit at the last date, by threshold."""
    return profit_figure(need(users.evaluation).profit, USERS)


@exhibits.table("user_worth_dates")
def profit_by_date(users: Users) -> Table:
    """What acting brings at each date, and beside the simpler ways."""
    table = need(users.evaluation).by_date
    shown = table[["action", "date", "users", "acted"]].copy()
    for column, head in OVER.items():
        ends = table[[column, f"{column}_low", f"{column}_high"]].itertuples(index=False)
        shown[head] = [phrases.interval(*one, ".1f") for one in ends]
    return Table(
        shown,
        caption=(
            f"The same date by date, and over all of them: profit per {PER:,} users, from the "
            "threshold that was best at the date before, and how much more that is, on the same "
            "users, than acting on everyone, from `break-even` on, and by the rule of who was here "
            "last. In brackets: 95 % intervals over users, each drawn with all of their dates."
        ),
    )
