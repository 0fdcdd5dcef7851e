"""Who will buy within the horizon: models of users at a date, and how well they keep.

A date is judged as it would have been met: the models learn from the dates before the last one,
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

from trackway.evaluation import metrics
from trackway.evaluation.paired import PairedEvaluation
from trackway.evaluation.splits import PARTS, TimeSplit
from trackway.intent import evaluation, models
from trackway.intent.data import Examples
from trackway.intent.models import LIGHTGBM, LOGISTIC, PREVALENCE, Scored
from trackway.intent.users import Calendar

LAST_SEEN = "rule: last seen"
NAMES = [PREVALENCE, LAST_SEEN, LOGISTIC, LIGHTGBM]
MODELS = [LOGISTIC, LIGHTGBM]
ANEW, FROZEN = "fitted anew", "frozen at the first"
NEVER_DAYS = 365  # stands for no order at all: longer ago than any history reaches
NEEDED = len(PARTS)  # dates: one to learn from, one to choose at, one to be judged by


@dataclass(frozen=True)
class Judged:
    """One date, asked as it would have been met.

    Attributes
    ----------
    date : Timestamp, UTC
    examples : its users and those of earlier dates, by part
    ladder : model to Scored
    """

    date: pd.Timestamp
    examples: Examples
    ladder: dict[str, Scored]


def folds(rows: pd.DataFrame, calendar: Calendar, features: list[str]) -> dict:
    """For every date that can be judged, its users and those of all earlier dates by part.

    Parameters
    ----------
    rows : DataFrame, one row per date and user
        What `users.examples` returns, loaded.

    Returns
    -------
    dict of Timestamp to Examples
        Empty where there are fewer than `NEEDED` dates. ``started`` is the date a row belongs to.
    """
    dated = rows.assign(started=rows["days_back"].map(calendar.date))
    found = {}
    for before, date in zip(calendar.dates[1:-1], calendar.dates[2:], strict=True):
        split = TimeSplit(train_end=before, validation_end=date)
        known = dated[dated["started"] <= date].reset_index(drop=True)
        part = split.part(known["started"], known["started"])
        found[date] = Examples(known.assign(part=part), features, split, moment=str(date.date()))
    return found


def unfitted(name: str, features: list[str], settings: dict, seed: int) -> BaseEstimator:
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


def judge(
    rows: pd.DataFrame, calendar: Calendar, features: list[str], settings: dict, seed: int
) -> list[Judged]:
    """Every date that can be judged, with models fitted anew; the earliest first."""
    return [
        Judged(date, examples, _ladder(examples, settings, seed))
        for date, examples in folds(rows, calendar, features).items()
        if not examples.too_few(settings["min_buyers"])
    ]


def _ladder(examples: Examples, settings: dict, seed: int) -> dict[str, Scored]:
    return {
        name: models.score(name, unfitted(name, examples.features, settings, seed), examples)
        for name in NAMES
    }


def rate_all(judged: list[Judged], n: int, seed: int) -> dict[pd.Timestamp, PairedEvaluation]:
    """Every model at each date, on the same draws of that date's users."""
    return {one.date: evaluation.rate(one.ladder, one.examples, n, seed) for one in judged}


def best(first: Judged) -> str:
    """The model with the highest average precision where the first date's choices are made.

    No date that is judged has a say in it. Of equals it is the simplest.
    """
    happened = first.examples.of("validation")["bought"]

    def precision(name: str) -> float:
        return metrics.point_scores(happened, first.ladder[name].validation, 0.5)["pr_auc"]

    return max(MODELS, key=precision)


def drift(judged: list[Judged], name: str, n: int, seed: int) -> pd.DataFrame:
    """The model called `name` over the dates, fitted anew and frozen, beside the rule.

    Returns
    -------
    DataFrame, one row per date and way
        date : Timestamp, UTC
        way : `ANEW`, `FROZEN` or `LAST_SEEN`
        users, buyers : int
        bought, said : float
            Share that bought, and mean probability said.
        roc_auc, pr_lift, log_loss and their ends <metric>_low, <metric>_high : float
        lost, lost_low, lost_high : float, nats
            Log-loss over that of the model fitted anew, paired over users; 0 for that one.
    """
    first = judged[0].ladder[name]
    rows = []
    for one in judged:
        test = one.examples.of("test")
        frozen = models.probability(first.fitted, test, one.examples, "validation_end")
        said = {
            ANEW: (one.ladder[name].test, one.ladder[name].threshold),
            FROZEN: (frozen, first.threshold),
            LAST_SEEN: (one.ladder[LAST_SEEN].test, one.ladder[LAST_SEEN].threshold),
        }
        rivals = PairedEvaluation.of(test["bought"], said, test["user_id"], n=n, seed=seed)
        counts = {"users": len(test), "buyers": int(test["bought"].sum())}
        for way, (probability, _) in said.items():
            means = {"bought": test["bought"].mean(), "said": probability.mean()}
            rows.append({"date": one.date, "way": way} | counts | means | _metrics(rivals, way))
    return pd.DataFrame(rows)


def _metrics(rivals: PairedEvaluation, way: str) -> dict[str, float]:
    rated, found = rivals.scores(), {}
    for metric in ("roc_auc", "pr_lift", "log_loss"):
        value, low, high = rated.loc[(way, metric)]
        found |= {metric: value, f"{metric}_low": low, f"{metric}_high": high}
    lead = (0.0, 0.0, 0.0) if way == ANEW else rivals.differences(way).loc[(ANEW, "log_loss")]
    return found | dict(zip(["lost", "lost_low", "lost_high"], lead, strict=True))
