"""How good probabilities of several classes are, with intervals over users.

Log-loss is what counts: it asks for honest probabilities of every class. Macro-F1 looks at the
single most probable class, average precision at the order in which one class is suspected.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve

from trackway.evaluation.bootstrap import Interval, bootstrap_interval
from trackway.sequences.examples import Examples

TINY = 1e-12  # the least probability a float32 softmax is taken at its word for
CURVE_POINTS = 200  # points kept of a precision-recall curve; more cannot be seen

Score = Callable[..., float]  # score(sample_weight=weights of the N examples)


def losses(probabilities: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Minus the log of the probability of what came; nats, shape (N,).

    Examples
    --------
    >>> losses(np.array([[0.5, 0.5], [0.75, 0.25]]), np.array([0, 1])).round(4)
    array([0.6931, 1.3863])
    """
    return -np.log(np.maximum(probabilities[np.arange(len(target)), target], TINY))


def log_loss(probabilities: np.ndarray, target: np.ndarray) -> float:
    """Mean of `losses`."""
    return float(losses(probabilities, target).mean())


def score_log_loss(probabilities: np.ndarray, target: np.ndarray) -> Score:
    """Log-loss as a function of the weights."""
    per_example = losses(probabilities, target)
    return lambda sample_weight: float(np.average(per_example, weights=sample_weight))


def score_macro_f1(probabilities: np.ndarray, target: np.ndarray) -> Score:
    """Mean F1 over the classes that occur in `target`, as a function of the weights.

    A class that a replicate has drawn no example of and never says is left out of its mean.
    """
    n_classes = probabilities.shape[1]
    said = probabilities.argmax(axis=1)
    occurs = np.unique(target)

    def score(sample_weight: np.ndarray) -> float:
        cells = np.bincount(target * n_classes + said, sample_weight, n_classes**2)
        table = cells.reshape(n_classes, n_classes)  # (true, said)
        both = table.sum(axis=0) + table.sum(axis=1)
        with np.errstate(invalid="ignore"):
            f1 = (2 * np.diag(table) / both)[occurs]
        return float(np.nanmean(f1))

    return score


def score_average_precision(probability: np.ndarray, truth: np.ndarray) -> Score:
    """Average precision of one class, as a function of the weights; NaN without a positive.

    Examples of one probability enter together, as in scikit-learn; sorted once for all weights.
    """
    order = np.argsort(-probability, kind="stable")
    hits, ranked = truth[order], probability[order]
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)

    def score(sample_weight: np.ndarray) -> float:
        weights = sample_weight[order]
        found = (weights * hits).cumsum()[last_of_tie]
        taken = weights.cumsum()[last_of_tie]
        if not found[-1] > 0:
            return np.nan
        precision = np.divide(found, taken, out=np.zeros_like(found), where=taken > 0)
        return float(precision @ np.diff(found, prepend=0) / found[-1])

    return score


def all_scores(
    probabilities: np.ndarray, test: Examples, min_positives: int
) -> dict[tuple[str, str], Score]:
    """Every score of one model, by metric and action (empty where it concerns all).

    An action with fewer than `min_positives` examples gets no average precision.
    """
    target = test.target
    positives = np.bincount(target, minlength=len(test.actions))
    by_class = {
        ("average_precision", action): score_average_precision(probabilities[:, c], target == c)
        for c, action in enumerate(test.actions)
        if positives[c] >= min_positives
    }
    return {
        ("log_loss", ""): score_log_loss(probabilities, target),
        ("macro_f1", ""): score_macro_f1(probabilities, target),
        **by_class,
    }


def rate(
    models: dict[str, np.ndarray], test: Examples, min_positives: int, n: int, seed: int
) -> pd.DataFrame:
    """Rate every model on the same examples, with 95 % intervals over users.

    Returns
    -------
    DataFrame, a row per model, metric and action
        value, low, high : float
            log_loss in nats (small is good); macro_f1 and average_precision up to 1.
    """
    scored = {name: all_scores(p, test, min_positives) for name, p in models.items()}
    again = {"groups": test.user_id, "n": n, "seed": seed}
    intervals = {
        (name, *key): bootstrap_interval(score, **again)
        for name, scores in scored.items()
        for key, score in scores.items()
    }
    return _table(intervals, ["model", "metric", "action"])


def differences(
    first: np.ndarray, second: np.ndarray, test: Examples, min_positives: int, n: int, seed: int
) -> pd.DataFrame:
    """First model minus second, on the same examples and the same draws of users.

    Returns
    -------
    DataFrame, a row per metric and action
        value, low, high : float
            Below 0 the first has the lower value: better for log-loss, worse for the others.
    """
    a, b = (all_scores(p, test, min_positives) for p in (first, second))
    again = {"groups": test.user_id, "n": n, "seed": seed}
    intervals = {key: bootstrap_interval(_minus(a[key], b[key]), **again) for key in a}
    return _table(intervals, ["metric", "action"])


def _minus(a: Score, b: Score) -> Score:
    return lambda sample_weight: a(sample_weight=sample_weight) - b(sample_weight=sample_weight)


def _table(intervals: dict[tuple, Interval], names: list[str]) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples(list(intervals), names=names)
    return pd.DataFrame(list(intervals.values()), index=index, columns=list(Interval._fields))


def precision_recall(probability: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    """Precision and recall as ever more examples are suspected, at most `CURVE_POINTS` of them."""
    precision, recall, _ = precision_recall_curve(truth, probability, drop_intermediate=True)
    curve = pd.DataFrame({"recall": recall[::-1], "precision": precision[::-1]}).iloc[1:]
    kept = np.unique(np.linspace(0, len(curve) - 1, CURVE_POINTS).round().astype(int))
    return curve.iloc[kept].reset_index(drop=True)


def expected(probabilities: np.ndarray, test: Examples) -> pd.DataFrame:
    """Per action how often it came, and how often the model expected it on the whole."""
    return pd.DataFrame(
        {
            "action": test.actions,
            "came": np.bincount(test.target, minlength=len(test.actions)),
            "expected": probabilities.sum(axis=0),
        }
    )
