"""What we saw of users at dates, in sentences and numbers; true of any data."""

import pandas as pd

from trackway.core.cannot import Cannot
from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent import wording
from trackway.intent.profit.audience import USERS
from trackway.intent.profit.findings import verdict
from trackway.intent.users.models import ANEW, FROZEN, LAST_SEEN
from trackway.intent.users.profit import ALL, OVER
from trackway.intent.users.study import Evaluation, Users
from trackway.report import references


def findings(users: Users) -> list[str]:
    """How well a buyer is told, whether the model keeps, and whether acting on it pays."""
    evaluation = users.evaluation
    if isinstance(evaluation, Cannot):
        why = evaluation.reason
        return [f"Who will buy in the days to come cannot be judged here. {why}"]
    return [
        _ranking(evaluation, users.calendar.horizon_days),
        _drift(evaluation.drift),
        _first_tenth(evaluation.profit.gains),
        *_profit(evaluation.by_date),
    ]


def metrics(users: Users) -> dict:
    """``users``: the chosen model at the last date, the frozen one, and each action over all dates.

    Nothing where users cannot be judged.
    """
    evaluation = users.evaluation
    if isinstance(evaluation, Cannot):
        return {}
    scores = evaluation.rated[evaluation.last.date].scores().loc[evaluation.chosen]
    frozen = _at_last(evaluation.drift).loc[FROZEN]
    first = evaluation.profit.gains.iloc[0]
    whole = evaluation.by_date[evaluation.by_date["date"] == ALL].set_index("action")
    numbers = [column + end for column in OVER for end in ("", "_low", "_high")]
    return {
        "users": {name: dict(row) for name, row in scores.iterrows()}
        | {
            "frozen_roc_auc": frozen["roc_auc"],
            "frozen_log_loss": frozen["log_loss"],
            "dates": len(evaluation.snapshots),
            "first_tenth": dict(first[["value", "low", "high", "lift", "lift_low", "lift_high"]]),
            "worth": whole[["acted", *numbers]].to_dict(orient="index"),
        }
    }


def _ranking(evaluation: Evaluation, horizon_days: int) -> str:
    chosen, at_last = evaluation.chosen, evaluation.rated[evaluation.last.date]
    auc = Interval(*at_last.scores().loc[(chosen, "roc_auc")])
    lead = Interval(*at_last.differences(chosen).loc[(LAST_SEEN, "roc_auc")])
    ahead = wording.difference(lead, "is ahead of", "is behind")
    return (
        f"Who buys within {horizon_days} days is told with a ROC AUC of {auc}, which {ahead} the "
        f"rule of who was here last (by {lead}, {references.table('users')})."
        f"{_at_each(evaluation.rated, chosen)}"
    )


def _at_each(rated: dict[str, PairedEvaluation], chosen: str) -> str:
    if len(rated) < 2:
        return ""
    leads = [one.differences(chosen).loc[(LAST_SEEN, "roc_auc")] for one in rated.values()]
    ahead = sum(lead["low"] > 0 for lead in leads)
    return (
        f" It is surely ahead at {ahead} of {len(leads)} dates, each by itself "
        f"({references.table('user_differences')})."
    )


def _drift(drift: pd.DataFrame) -> str:
    last = _at_last(drift)
    return (
        f"{_kept(drift)}: at the last date the frozen model has {last.loc[FROZEN, 'roc_auc']:.3f} "
        f"and the one fitted anew {last.loc[ANEW, 'roc_auc']:.3f}; the share that buys goes from "
        f"{drift['bought'].min():.1%} to {drift['bought'].max():.1%} between dates "
        f"({references.figure('drift')})."
    )


def _kept(drift: pd.DataFrame) -> str:
    if drift["date"].nunique() < 2:
        return "One date cannot show drift"
    frozen = _at_last(drift).loc[FROZEN]
    lost = Interval(*frozen[["lost", "lost_low", "lost_high"]])
    if lost.low > 0:
        return "Fitting anew helps"
    return "Fitting anew harms" if lost.high < 0 else "Fitting anew does not surely help"


def _at_last(drift: pd.DataFrame) -> pd.DataFrame:
    return drift[drift["date"] == drift["date"].max()].set_index("way")


def _first_tenth(gains: pd.DataFrame) -> str:
    first = gains.iloc[0]
    return (
        f"The tenth of users told likeliest at the last date holds {first['value']:.0%} "
        f"[{first['low']:.0%}, {first['high']:.0%}] of those who buy, {first['lift']:.1f} times as "
        f"many as by lot ({references.figure('user_gains')})."
    )


def _profit(by_date: pd.DataFrame) -> list[str]:
    sentences = []
    for _, row in by_date[by_date["date"] == ALL].iterrows():
        pays = verdict(_interval(row, "profit"), row["acted"], "at any date", USERS)
        sentences.append(
            f"Over all dates, under the assumed uplift, {row['action']} {pays}"
            f"{_beside(row) if row['acted'] else ''} ({references.table('user_worth_dates')})."
        )
    return sentences


def _beside(row: pd.Series) -> str:
    """How that compares with simpler ways to choose whom to act on."""
    ways = {
        "over_everyone": "on everyone",
        "over_rule": "by the rule",
        "over_break_even": "from `break-even` on",
    }
    by_verdict: dict[str, list[str]] = {}
    for column, way in ways.items():
        how = wording.difference(_interval(row, column), "is more than", "is less than")
        by_verdict.setdefault(how, []).append(way)
    parts = [f"{how} acting {wording.listed(those)}" for how, those in by_verdict.items()]
    return f"; that {', and '.join(parts)}"


def _interval(row: pd.Series, column: str) -> Interval:
    return Interval(*row[[column, f"{column}_low", f"{column}_high"]])
