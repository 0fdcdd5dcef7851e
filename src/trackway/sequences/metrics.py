"""How good probabilities of several classes are.

Log-loss is what counts: it asks for honest probabilities of every class. Macro-F1 looks at the
single most probable class, average precision at the order in which one class is suspected.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve

TINY = 1e-12  # the least probability a float32 softmax is taken at its word for
CURVE_POINTS = 200  # points kept of a precision-recall curve; more cannot be seen

Score = Callable[..., float]  # score(sample_weight=weights of the N examples)


def losses(y_true: np.ndarray, y_proba: np.ndarray) -> np.ndarray:
    """Minus the log of the probability of what came; nats, shape (N,).

    Parameters
    ----------
    y_true : int array, shape (N,), the class that came
    y_proba : float array, shape (N, C)

    Examples
    --------
    >>> losses(np.array([0, 1]), np.array([[0.5, 0.5], [0.75, 0.25]])).round(4)
    array([0.6931, 1.3863])
    """
    return -np.log(np.maximum(y_proba[np.arange(len(y_true)), y_true], TINY))


def log_loss(y_true: np.ndarray, y_proba: np.ndarray) -> float:
    """Mean of `losses`."""
    return float(losses(y_true, y_proba).mean())


def entropy(y_proba: np.ndarray) -> float:
    """Mean entropy of distributions, shape (N, C), in nats."""
    return float(-(y_proba * np.log(np.where(y_proba > 0, y_proba, 1))).sum(axis=1).mean())


def score_log_loss(y_true: np.ndarray, y_proba: np.ndarray) -> Score:
    """Log-loss as a function of the weights."""
    per_example = losses(y_true, y_proba)
    return lambda sample_weight: float(np.average(per_example, weights=sample_weight))


def score_macro_f1(y_true: np.ndarray, y_proba: np.ndarray) -> Score:
    """Mean F1 over the classes that occur in `y_true`, as a function of the weights.

    A class that a replicate has drawn no example of and never predicts is left out of its mean.
    """
    n_classes = y_proba.shape[1]
    y_pred = y_proba.argmax(axis=1)
    occurs = np.unique(y_true)

    def score(sample_weight: np.ndarray) -> float:
        cells = np.bincount(y_true * n_classes + y_pred, sample_weight, n_classes**2)
        table = cells.reshape(n_classes, n_classes)  # (true, predicted)
        both = table.sum(axis=0) + table.sum(axis=1)
        with np.errstate(invalid="ignore"):
            f1 = (2 * np.diag(table) / both)[occurs]
        return float(np.nanmean(f1))

    return score


def score_average_precision(y_true: np.ndarray, y_proba: np.ndarray) -> Score:
    """Average precision of one class, as a function of the weights; NaN without a positive.

    Examples of one probability enter together, as in scikit-learn; sorted once for all weights.

    Parameters
    ----------
    y_true : bool array, shape (N,)
    y_proba : float array, shape (N,)
    """
    order = np.argsort(-y_proba, kind="stable")
    hits, ranked = y_true[order], y_proba[order]
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)

    def score(sample_weight: np.ndarray) -> float:
        weights = sample_weight[order]
        right = (weights * hits).cumsum()[last_of_tie]
        taken = weights.cumsum()[last_of_tie]
        if not right[-1] > 0:
            return np.nan
        precision = np.divide(right, taken, out=np.zeros_like(right), where=taken > 0)
        return float(precision @ np.diff(right, prepend=0) / right[-1])

    return score


def precision_recall(y_true: np.ndarray, y_proba: np.ndarray) -> pd.DataFrame:
    """Precision and recall as ever more examples are suspected, at most `CURVE_POINTS` of them.

    Parameters
    ----------
    y_true : bool array, shape (N,)
    y_proba : float array, shape (N,)

    Returns
    -------
    DataFrame
        recall, precision : float, recall rising
    """
    precision, recall, _ = precision_recall_curve(y_true, y_proba, drop_intermediate=True)
    curve = pd.DataFrame({"recall": recall[::-1], "precision": precision[::-1]}).iloc[1:]
    kept = np.unique(np.linspace(0, len(curve) - 1, CURVE_POINTS).round().astype(int))
    return curve.iloc[kept].reset_index(drop=True)
