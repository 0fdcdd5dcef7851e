"""Fit, choose a threshold on validation, and rate on test.

Every model is a pipeline that starts from the plain features, so that whatever it learns about
them (a median, a scale, a resampling) it learns from the training part alone. Resampling is a
step of imbalanced-learn's pipeline: it acts when the pipeline is fitted and never when it scores.

A moment has models of its own, fitted on the sessions that got there undecided. Few get to the
later moments, so boosting stops where the validation part says so, at each of them by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from imblearn.pipeline import Pipeline
from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from trackway.core.cannot import Cannot
from trackway.evaluation import metrics
from trackway.intent.data import Examples
from trackway.intent.features.registry import CALENDAR, REGISTRY
from trackway.params.intent import Intent

PREVALENCE, RULE = "prevalence", "rule: cart seen"
LOGISTIC, FOREST, BOOSTING = "logistic regression", "random forest", "gradient boosting"
LIGHTGBM, GRU = "LightGBM", "GRU"
BASELINES = [PREVALENCE, RULE]
TABULAR = [LOGISTIC, FOREST, BOOSTING, LIGHTGBM]  # they see the features
ROUNDS = {BOOSTING: "max_iter", LIGHTGBM: "n_estimators"}  # how each library calls them
MODELS = [*TABULAR, GRU]  # the last one reads the events themselves; see `network`


@dataclass(frozen=True)
class Scored:
    """A fitted model and what it says of the parts it has not seen.

    Attributes
    ----------
    name : which model
    fitted : the pipeline, fitted on train; None for the network, which all moments share
    validation, test : float arrays
        Probability of a purchase, in the order of the rows of each part.
    threshold : float
        From here on we say yes: the best F1 on validation.
    """

    name: str
    fitted: Pipeline | None
    validation: np.ndarray
    test: np.ndarray
    threshold: float


Ladders = dict[str, dict[str, Scored]]  # moment to model to what was fitted


def circle(values: pd.DataFrame, period: int) -> np.ndarray:
    """Hours or weekdays as points on a circle, so that 23 lies beside 0; shape (N, 2)."""
    angle = 2 * np.pi * np.asarray(values, dtype=float) / period
    return np.column_stack([np.sin(angle), np.cos(angle)])


def ratio(values: pd.DataFrame) -> np.ndarray:
    """Logarithms of features of which the ratio counts; rates far below 1 are told apart, too."""
    return np.log(np.asarray(values, dtype=float) + 1e-3)


def preparation(features: Sequence[str]) -> ColumnTransformer:
    """Features as numbers of like size: circles, logarithms, medians for what is missing."""
    circles = [
        (name, FunctionTransformer(circle, kw_args={"period": period}), [name])
        for name, period in CALENDAR.items()
        if name in features
    ]
    by_ratio = [name for name in features if name in REGISTRY and REGISTRY[name].log]
    plain = [name for name in features if name not in (*CALENDAR, *by_ratio)]
    ratios = FunctionTransformer(ratio)
    return ColumnTransformer(
        [
            *circles,
            ("ratios", Pipeline([("ratio", ratios), *_filled_and_scaled()]), by_ratio),
            ("plain", Pipeline(_filled_and_scaled()), plain),
        ]
    )


def _filled_and_scaled() -> list[tuple[str, BaseEstimator]]:
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    return [("fill", fill), ("scale", StandardScaler())]


def as_they_are() -> FunctionTransformer:
    """Features for trees, which need neither scale nor a value for what is missing."""
    return FunctionTransformer(_numbers)


def _numbers(rows: pd.DataFrame) -> np.ndarray:
    return rows.to_numpy(dtype=float)


def estimator(name: str, settings: Intent, seed: int, class_weight: str | None = None):
    """One of `TABULAR` as scikit-learn knows it; one job, as sums must not depend on threads.

    Raises
    ------
    ValueError
        If `name` is none of them.
    """
    forest, boosting = settings.forest, settings.boosting
    match name:
        case "logistic regression":
            return LogisticRegression(max_iter=2000, class_weight=class_weight)
        case "random forest":
            return RandomForestClassifier(
                n_estimators=forest.trees,
                max_depth=forest.depth,
                class_weight=class_weight,
                random_state=seed,
                n_jobs=1,
            )
        case "gradient boosting":
            return HistGradientBoostingClassifier(
                max_iter=boosting.rounds,
                max_leaf_nodes=boosting.leaves,
                learning_rate=boosting.learning_rate,
                min_samples_leaf=boosting.leaf_rows,
                early_stopping=False,  # it would be judged on random rows of the training part
                class_weight=class_weight,
                random_state=seed,
            )
        case "LightGBM":
            return LGBMClassifier(
                n_estimators=boosting.rounds,
                num_leaves=boosting.leaves,
                learning_rate=boosting.learning_rate,
                min_child_samples=boosting.leaf_rows,
                class_weight=class_weight,
                random_state=seed,
                deterministic=True,
                force_row_wise=True,  # else it measures which way is faster, and so may differ
                n_jobs=1,
                verbosity=-1,
            )
    raise ValueError(f"no model {name!r}; there are {TABULAR}")


def pipeline(prepare: BaseEstimator, model: BaseEstimator, balance=None) -> Pipeline:
    """Prepare, resample the training rows with `balance` if given, and fit `model`."""
    return Pipeline([("prepare", prepare), ("balance", balance or "passthrough"), ("model", model)])


def unbalanced(name: str, features: Sequence[str], settings: Intent, seed: int) -> Pipeline:
    """A baseline or a model on the training rows as they are."""
    if name == PREVALENCE:
        return pipeline(as_they_are(), DummyClassifier(strategy="prior"))
    if name == RULE:
        return pipeline(FunctionTransformer(cart_seen), LogisticRegression())
    prepare = preparation(features) if name == LOGISTIC else as_they_are()
    return pipeline(prepare, estimator(name, settings, seed))


def cart_seen(rows: pd.DataFrame) -> np.ndarray:
    """1 where a cart event was seen, else 0; shape (N, 1)."""
    seen = rows["cart_count"] > 0 if "cart_count" in rows else np.zeros(len(rows))
    return np.asarray(seen, dtype=float)[:, None]


# One thread: sums then never depend on how many there are, and boosting's threads, which wait
# busily for each other, take ten times as long where other programs run beside them.
@threadpool_limits.wrap(limits=1)
def score(name: str, unfitted: Pipeline, examples: Examples, stopped: bool = True) -> Scored:
    """Fit on train, choose the threshold on validation, score test.

    Parameters
    ----------
    stopped : whether boosting stops after the rounds that do best on validation
        Not where the training rows are balanced: what is said then is not meant as it is said.
    """
    train, validation, test = (examples.of(part) for part in ("train", "validation", "test"))
    fitted = unfitted.fit(train[examples.features], train["bought"])
    if stopped and name in (BOOSTING, LIGHTGBM):
        best = best_rounds(fitted, validation[examples.features], validation["bought"])
        again = fitted.set_params(**{f"model__{ROUNDS[name]}": best})
        fitted = again.fit(train[examples.features], train["bought"])
    on_validation = probability(fitted, validation, examples, "train_end")
    on_test = probability(fitted, test, examples, "validation_end")
    return with_threshold(name, fitted, on_validation, on_test, examples)


def best_rounds(fitted: Pipeline, rows: pd.DataFrame, bought: pd.Series) -> int:
    """After how many rounds boosting has the least log-loss on `rows`; the first of several."""
    model, numbers = fitted.named_steps["model"], _numbers(rows)
    if isinstance(model, LGBMClassifier):
        adds = [
            model.booster_.predict(
                numbers, start_iteration=i, num_iteration=1, raw_score=True, num_threads=1
            )
            for i in range(model.n_estimators)
        ]
        y_proba = 1 / (1 + np.exp(-np.cumsum(adds, axis=0)))
    else:
        y_proba = [stage[:, 1] for stage in model.staged_predict_proba(numbers)]
    return 1 + int(np.argmin([log_loss(bought, one, labels=[False, True]) for one in y_proba]))


def with_threshold(
    name: str,
    fitted: Pipeline | None,
    on_validation: np.ndarray,
    on_test: np.ndarray,
    examples: Examples,
) -> Scored:
    """What a model says, and from where it says yes: the best F1 on validation."""
    bought = examples.of("validation")["bought"]
    threshold = metrics.best_f1_threshold(bought, on_validation)
    return Scored(name, fitted, on_validation, on_test, threshold)


def probability(fitted: Pipeline, rows: pd.DataFrame, examples: Examples, cut: str) -> np.ndarray:
    """Probability of a purchase for `rows`, all of which start after `cut`."""
    examples.split.refuse_to_score_before(rows["started"], cut)
    return fitted.predict_proba(rows[examples.features])[:, 1]


def ladder(
    examples: Examples, settings: Intent, seed: int, names: Sequence[str] = (*BASELINES, *TABULAR)
) -> dict[str, Scored]:
    """The baselines and the models of one moment, fitted on the training rows as they are."""
    return {
        name: score(name, unbalanced(name, examples.features, settings, seed), examples)
        for name in names
    }


def ladders(examples: dict[str, Examples], settings: Intent, seed: int) -> Ladders:
    """A ladder for every moment that holds enough buyers; empty where none does."""
    return {
        moment: ladder(one, settings, seed)
        for moment, one in examples.items()
        if not isinstance(one.judgeable(settings.min_buyers), Cannot)
    }
