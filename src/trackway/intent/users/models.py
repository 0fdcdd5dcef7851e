"""Who will buy within the horizon: models of users at a date, and how well they keep.

A date is met as it would have been met then: the models learn from the dates before the last one,
thresholds are chosen at the date before, and the date itself is looked at once. Every horizon the
models learn from was over by then. Beside the models that are fitted anew for each date stand the
first ones, frozen: what these lose over time is drift.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from trackway.core.cannot import Cannot
from trackway.evaluation import metrics
from trackway.evaluation.paired import PairedEvaluation
from trackway.evaluation.splits import PARTS, TimeSplit
from trackway.intent import models
from trackway.intent.data import Examples
from trackway.intent.models import LIGHTGBM, LOGISTIC, PREVALENCE, Scored
from trackway.intent.users.data import Calendar
from trackway.params.intent import Intent

LAST_SEEN = "rule: last seen"
NAMES = [PREVALENCE, LAST_SEEN, LOGISTIC, LIGHTGBM]
MODELS = [LOGISTIC, LIGHTGBM]
ANEW, FROZEN = "fitted anew", "frozen at the first"
NEVER_DAYS = 365  # stands for no order at all: longer ago than any history reaches
NEEDED = len(PARTS)  # dates: one to learn from, one to choose at, one to be tested on


@dataclass(frozen=True)
class Snapshot:
    """One date, met as it would have been met then.

    Attributes
    ----------
    date : str, as the shop calls it
    examples : its users and those of earlier dates, by part
    ladder : model to Scored
    """

    date: str
    examples: Examples
    ladder: dict[str, Scored]


def folds(
    rows: pd.DataFrame, calendar: Calendar, features: list[str]
) -> dict[pd.Timestamp, Examples]:
    """For every date that can be tested on, its users and those of all earlier dates by part.

    Parameters
    ----------
    rows : DataFrame, one row per date and user
        What `data.examples` returns, loaded.

    Returns
    -------
    dict of Timestamp, UTC, to Examples
        Empty where there are fewer than `NEEDED` dates. ``started`` is the date a row belongs to.
    """
    started = pd.to_datetime(rows["days_back"].map(calendar.date), utc=True)  # of no rows, too
    dated = rows.assign(started=started)
    by_date = {}
    for before, date in zip(calendar.dates[1:-1], calendar.dates[2:], strict=True):
        split = TimeSplit(train_end=before, validation_end=date)
        known = dated[dated["started"] <= date].reset_index(drop=True)
        part = split.part(known["started"], known["started"])
        by_date[date] = Examples(known.assign(part=part), features, split, moment=str(date.date()))
    return by_date


def unfitted(name: str, features: list[str], settings: Intent, seed: int) -> BaseEstimator:
    """One of `NAMES`, not yet fitted."""
    if name == LAST_SEEN:
        return Pipeline([("seen", _logs(["days_since_seen"])), ("model", LogisticRegression())])
    if name == LOGISTIC:
        return Pipeline(
            [
                ("logs", _logs(features)),
                ("fill", SimpleImputer(strategy="constant", fill_value=np.log1p(NEVER_DAYS))),
                ("scale", StandardScaler()),
                ("model", models.estimator(LOGISTIC, settings, seed)),
            ]
        )
    return models.unbalanced(name, features, settings, seed)


def _logs(features: list[str]) -> FunctionTransformer:
    """Logarithms of counts, days and money: none is below 0, and their ratios count."""
    return FunctionTransformer(_log1p, kw_args={"features": features})


def _log1p(rows: pd.DataFrame, features: list[str]) -> np.ndarray:
    return np.log1p(rows[features].to_numpy(dtype=float))


def snapshots(
    rows: pd.DataFrame, calendar: Calendar, features: list[str], settings: Intent, seed: int
) -> list[Snapshot] | Cannot:
    """Every date that can be tested on, with models fitted anew; the earliest first."""
    if len(calendar.dates) < NEEDED:
        days = f"{calendar.history_days} days of history and {calendar.horizon_days} after the date"
        return Cannot(
            f"A date needs {days}, and {NEEDED} dates whose horizons do not overlap are "
            f"needed; these data carry {len(calendar.dates)}. A smaller "
            "`intent.users.history_days` may help."
        )
    enough = [
        Snapshot(calendar.local(date), examples, _ladder(examples, settings, seed))
        for date, examples in folds(rows, calendar, features).items()
        if not isinstance(examples.judgeable(settings.min_buyers), Cannot)
    ]
    bought = rows.groupby("days_back")["bought"].sum().reindex(calendar.days_back, fill_value=0)
    buyers = ", ".join(f"{n:,}" for n in bought)
    return enough or Cannot(
        f"Each date needs {settings.min_buyers} users who buy; the {len(calendar.dates)} dates "
        f"have {buyers}."
    )


def _ladder(examples: Examples, settings: Intent, seed: int) -> dict[str, Scored]:
    return {
        name: models.score(name, unfitted(name, examples.features, settings, seed), examples)
        for name in NAMES
    }


def choose(first: Snapshot) -> str:
    """The model with the highest average precision where the first date's choices are made.

    No date that is tested on has a say in it. Of equals it is the simplest.
    """
    y_true = first.examples.of("validation")["bought"]

    def precision(name: str) -> float:
        return metrics.point_scores(y_true, first.ladder[name].validation, 0.5)["pr_auc"]

    return max(MODELS, key=precision)


def drift(snapshots: list[Snapshot], name: str, n: int, seed: int) -> pd.DataFrame:
    """The model called `name` over the dates, fitted anew and frozen, beside the rule.

    Returns
    -------
    DataFrame, one row per date and way
        date : str, as the shop calls it
        way : `ANEW`, `FROZEN` or `LAST_SEEN`
        users, buyers : int
        bought, said : float
            Share that bought, and mean probability said.
        roc_auc, pr_lift, log_loss and their ends <metric>_low, <metric>_high : float
        lost, lost_low, lost_high : float, nats
            Log-loss over that of the model fitted anew, paired over users; 0 for that one.
    """
    first = snapshots[0].ladder[name]
    rows = []
    for one in snapshots:
        test = one.examples.of("test")
        frozen = models.probability(first.fitted, test, one.examples, "validation_end")
        y_proba = {
            ANEW: (one.ladder[name].test, one.ladder[name].threshold),
            FROZEN: (frozen, first.threshold),
            LAST_SEEN: (one.ladder[LAST_SEEN].test, one.ladder[LAST_SEEN].threshold),
        }
        paired = PairedEvaluation.of(test["bought"], y_proba, test["user_id"], n=n, seed=seed)
        counts = {"users": len(test), "buyers": int(test["bought"].sum())}
        for way, (probability, _) in y_proba.items():
            means = {"bought": test["bought"].mean(), "said": probability.mean()}
            rows.append({"date": one.date, "way": way} | counts | means | _metrics(paired, way))
    return pd.DataFrame(rows)


def _metrics(paired: PairedEvaluation, way: str) -> dict[str, float]:
    scores, numbers = paired.scores(), {}
    for metric in ("roc_auc", "pr_lift", "log_loss"):
        value, low, high = scores.loc[(way, metric)]
        numbers |= {metric: value, f"{metric}_low": low, f"{metric}_high": high}
    lead = (0.0, 0.0, 0.0) if way == ANEW else paired.differences(way).loc[(ANEW, "log_loss")]
    return numbers | dict(zip(["lost", "lost_low", "lost_high"], lead, strict=True))
