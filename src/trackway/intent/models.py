"""Fit, choose a threshold on validation, and rate on test.

Every model is a pipeline that starts from the plain features, so that whatever it learns about
them (a median, a scale, a resampling) it learns from the training part alone. Resampling is a
step of imbalanced-learn's pipeline: it acts when the pipeline is fitted and never when it scores.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from imblearn.pipeline import Pipeline
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from trackway import evaluation
from trackway.intent.features import CALENDAR
from trackway.intent.parts import Examples

PREVALENCE, RULE = "prevalence", "rule: cart seen"
LOGISTIC, FOREST, BOOSTING = "logistic regression", "random forest", "gradient boosting"
BASELINES = [PREVALENCE, RULE]
MODELS = [LOGISTIC, FOREST, BOOSTING]


@dataclass(frozen=True)
class Scored:
    """A fitted model and what it says of the parts it has not seen.

    Attributes
    ----------
    name : which model
    fitted : the pipeline, fitted on train
    validation, test : float arrays
        Probability of a purchase, in the order of the rows of each part.
    threshold : float
        From here on we say yes: the best F1 on validation.
    """

    name: str
    fitted: Pipeline
    validation: np.ndarray
    test: np.ndarray
    threshold: float


def circle(values: pd.DataFrame, period: int) -> np.ndarray:
    """Hours or weekdays as points on a circle, so that 23 lies beside 0; shape (N, 2)."""
    angle = 2 * np.pi * np.asarray(values, dtype=float) / period
    return np.column_stack([np.sin(angle), np.cos(angle)])


def preparation(features: list[str]) -> ColumnTransformer:
    """Features as numbers of like size: circles, medians for what is missing, unit variance."""
    circles = [
        (name, FunctionTransformer(circle, kw_args={"period": period}), [name])
        for name, period in CALENDAR.items()
        if name in features
    ]
    plain = [name for name in features if name not in CALENDAR]
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    scaled = Pipeline([("fill", fill), ("scale", StandardScaler())])
    return ColumnTransformer([*circles, ("plain", scaled, plain)])


def estimator(name: str, settings: dict, seed: int, class_weight: str | None = None):
    """One of `MODELS` as scikit-learn knows it; one job, as sums must not depend on threads."""
    forest, boosting = settings["forest"], settings["boosting"]
    match name:
        case "logistic regression":
            return LogisticRegression(max_iter=2000, class_weight=class_weight)
        case "random forest":
            return RandomForestClassifier(
                n_estimators=forest["trees"],
                max_depth=forest["depth"],
                class_weight=class_weight,
                random_state=seed,
                n_jobs=1,
            )
        case "gradient boosting":
            return HistGradientBoostingClassifier(
                max_iter=boosting["rounds"],
                max_leaf_nodes=boosting["leaves"],
                early_stopping=False,  # it would be judged on random rows of the training part
                class_weight=class_weight,
                random_state=seed,
            )
    raise ValueError(f"no model {name!r}; there are {MODELS}")


def pipeline(prepare: BaseEstimator, model: BaseEstimator, balance=None) -> Pipeline:
    """Prepare, resample the training rows with `balance` if given, and fit `model`."""
    return Pipeline([("prepare", prepare), ("balance", balance or "passthrough"), ("model", model)])


def unbalanced(name: str, features: list[str], settings: dict, seed: int) -> Pipeline:
    """A baseline or a model on the training rows as they are."""
    if name == PREVALENCE:
        return pipeline(preparation(features), DummyClassifier(strategy="prior"))
    if name == RULE:
        return pipeline(FunctionTransformer(cart_seen), LogisticRegression())
    return pipeline(preparation(features), estimator(name, settings, seed))


def cart_seen(rows: pd.DataFrame) -> np.ndarray:
    """1 where a cart event was seen, else 0; shape (N, 1)."""
    return (rows[["cart_count"]] > 0).to_numpy(dtype=float)


# One thread: sums then never depend on how many there are, and boosting's threads, which wait
# busily for each other, take ten times as long where other programs run beside them.
@threadpool_limits.wrap(limits=1)
def score(name: str, unfitted: Pipeline, examples: Examples) -> Scored:
    """Fit on train, choose the threshold on validation, score test."""
    train, validation, test = (examples.of(part) for part in ("train", "validation", "test"))
    fitted = unfitted.fit(train[examples.features], train["bought"])
    on_validation = probability(fitted, validation, examples, "train_end")
    threshold = evaluation.best_f1_threshold(validation["bought"], on_validation)
    on_test = probability(fitted, test, examples, "validation_end")
    return Scored(name, fitted, on_validation, on_test, threshold)


def probability(fitted: Pipeline, rows: pd.DataFrame, examples: Examples, cut: str) -> np.ndarray:
    """Probability of a purchase for `rows`, all of which start after `cut`."""
    examples.split.refuse_to_score_before(rows["started"], cut)
    return fitted.predict_proba(rows[examples.features])[:, 1]


def ladder(examples: Examples, settings: dict, seed: int) -> dict[str, Scored]:
    """The baselines and the models, fitted on the training rows as they are."""
    return {
        name: score(name, unbalanced(name, examples.features, settings, seed), examples)
        for name in [*BASELINES, *MODELS]
    }


def best(scored: dict[str, Scored], examples: Examples) -> Scored:
    """The model with the highest average precision on validation; of equals the simplest."""
    bought = examples.of("validation")["bought"]
    return max(
        (scored[name] for name in MODELS),
        key=lambda one: evaluation.point_scores(bought, one.validation, 0.5)["pr_auc"],
    )


def rate(scored: dict[str, Scored], examples: Examples, n: int, seed: int) -> pd.DataFrame:
    """Every metric of every model on test, with its interval over users.

    Returns
    -------
    DataFrame, indexed by model and metric
        value, low, high : float
    """
    test = examples.of("test")
    tables = {
        name: evaluation.scores(
            test["bought"], one.test, test["user_id"], one.threshold, n=n, seed=seed
        )
        for name, one in scored.items()
    }
    return pd.concat(tables, names=["model"])


def compare(
    scored: dict[str, Scored], chosen: Scored, examples: Examples, n: int, seed: int
) -> pd.DataFrame:
    """`chosen` minus each of the others, on the same rows and the same replicates.

    Returns
    -------
    DataFrame, indexed by model and metric
        value, low, high : float
    """
    test = examples.of("test")
    tables = {
        name: evaluation.score_differences(
            test["bought"],
            (chosen.test, one.test),
            test["user_id"],
            (chosen.threshold, one.threshold),
            n=n,
            seed=seed,
        )
        for name, one in scored.items()
        if name != chosen.name
    }
    return pd.concat(tables, names=["model"])


def confusion(chosen: Scored, examples: Examples) -> pd.DataFrame:
    """Test sessions by what happened (rows) and what was said from the threshold on (columns)."""
    happened = examples.of("test")["bought"].to_numpy()
    said = chosen.test >= chosen.threshold
    counts = [[int((~happened & ~said).sum()), int((~happened & said).sum())]]
    counts.append([int((happened & ~said).sum()), int((happened & said).sum())])
    index = pd.Index(["did not buy", "bought"], name="what happened")
    return pd.DataFrame(counts, index=index, columns=["told no", "told yes"])


def probabilities(chosen: Scored | None, examples: Examples) -> pd.DataFrame:
    """What was said of each session after the cut, for later steps; null where nothing was.

    Returns
    -------
    DataFrame, one row per session of validation and test, in order of ``session_id``
        session_id, user_id : int
        part : str
        scored_at : timestamp, UTC
        bought : bool, known only when the session was over
        probability : float, of a purchase later in the session, known at ``scored_at``
    """
    tables = []
    for part in ("validation", "test"):
        rows = examples.of(part)[["session_id", "user_id", "part", "scored_at", "bought"]]
        said = np.nan if chosen is None else getattr(chosen, part).round(9)
        tables.append(rows.assign(probability=said))
    return pd.concat(tables).sort_values("session_id", ignore_index=True)


@threadpool_limits.wrap(limits=1)
def importance(chosen: Scored, examples: Examples, repeats: int, n: int, seed: int) -> pd.DataFrame:
    """How much ROC AUC is lost on test when a feature's values are shuffled among the rows.

    Returns
    -------
    DataFrame, indexed by feature, the largest loss first
        value, low, high : float
            Mean over `repeats` shuffles; the interval is over users.
    """
    test = examples.of("test")
    random = np.random.default_rng(seed)
    losses = {}
    for feature in examples.features:
        shuffled = [
            probability(chosen.fitted, _shuffle(test, feature, random), examples, "validation_end")
            for _ in range(repeats)
        ]
        losses[feature] = evaluation.auc_loss(
            test["bought"], chosen.test, shuffled, test["user_id"], n=n, seed=seed
        )
    table = pd.DataFrame.from_dict(losses, orient="index", columns=["value", "low", "high"])
    return table.rename_axis("feature").sort_values("value", ascending=False, kind="stable")


def _shuffle(rows: pd.DataFrame, feature: str, random: np.random.Generator) -> pd.DataFrame:
    return rows.assign(**{feature: random.permutation(rows[feature].to_numpy())})
