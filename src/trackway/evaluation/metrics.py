"""How good the probabilities of a yes/no question are, by a fixed set of metrics.

The figures themselves come from scikit-learn; for hundreds of replicates of the bootstrap at once
the same definitions are written out below on a matrix of weights, and a test holds the two
together.

Source, for the choice of metrics: T. Saito and M. Rehmsmeier, PLoS ONE 10 (2015) e0118432, on
precision-recall where the yes is rare.
"""

import numpy as np
import pandas as pd
from sklearn import metrics

from trackway.evaluation.bootstrap import Interval, interval, replicate_weights

METRICS = {
    "roc_auc": "ROC AUC: how often a buyer is ranked above a non-buyer; .5 is chance",
    "pr_auc": "average precision; the share of buyers is chance",
    "pr_lift": "average precision over the share of buyers; 1 is chance",
    "log_loss": "log-loss, nats; small is good",
    "brier": "Brier score: mean squared error of the probability; small is good",
    "f1": "F1 at the threshold",
    "precision": "precision at the threshold",
    "recall": "recall at the threshold",
}
EPSILON = 1e-15  # keeps the logarithm of a probability of 0 finite, as scikit-learn once did


def scores(
    y_true: object, y_proba: object, groups: object, threshold: float, n: int, seed: int
) -> pd.DataFrame:
    """Rate probabilities by every metric of `METRICS`, each with a 95 % interval over users.

    Parameters
    ----------
    y_true : bool array, shape (N,)
    y_proba : float array, shape (N,)
        Of the yes, between 0 and 1.
    groups : array, shape (N,)
        The user of each row.
    threshold : float
        From this probability on we say yes; chosen on other data than these.
    n, seed : int
        Replicates; where the draws start.

    Returns
    -------
    DataFrame, indexed by metric
        value, low, high : float
    """
    value = point_scores(y_true, y_proba, threshold)
    drawn = _replicated_scores(y_true, y_proba, groups, threshold, n, seed)
    return _score_table({name: interval(value[name], drawn[name]) for name in METRICS})


def point_scores(y_true: object, y_proba: object, threshold: float) -> dict[str, float]:
    """Every metric of `METRICS`, by scikit-learn; NaN where one answer never occurs."""
    y_true, y_proba = np.asarray(y_true, dtype=bool), np.asarray(y_proba, dtype=float)
    if y_true.all() or not y_true.any():
        return dict.fromkeys(METRICS, np.nan)
    yes = y_proba >= threshold
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        y_true, yes, average="binary", zero_division=0
    )
    pr_auc = metrics.average_precision_score(y_true, y_proba)
    return {
        "roc_auc": metrics.roc_auc_score(y_true, y_proba),
        "pr_auc": pr_auc,
        "pr_lift": pr_auc / y_true.mean(),
        "log_loss": metrics.log_loss(y_true, np.clip(y_proba, EPSILON, 1 - EPSILON)),
        "brier": metrics.brier_score_loss(y_true, y_proba),
        "f1": f1,
        "precision": precision,
        "recall": recall,
    }


def weighted_scores(
    y_true: np.ndarray, y_proba: np.ndarray, threshold: float, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """`point_scores` for many weightings of the same rows at once.

    Parameters
    ----------
    y_true, y_proba : arrays, shape (N,)
    weights : float array, shape (B, N)

    Returns
    -------
    dict of metric to float array, shape (B,)
    """
    with np.errstate(invalid="ignore", divide="ignore"):  # no buyer drawn: NaN, left out later
        roc_auc, pr_auc = _ranking_scores(y_true, y_proba, weights)
        total = weights.sum(axis=1)
        buyers = weights @ y_true
        yes = y_proba >= threshold
        hits, said_yes = weights @ (yes & y_true), weights @ yes
        clipped = np.clip(y_proba, EPSILON, 1 - EPSILON)
        loss = -np.log(np.where(y_true, clipped, 1 - clipped))
        return {
            "roc_auc": roc_auc,
            "pr_auc": pr_auc,
            "pr_lift": pr_auc / (buyers / total),
            "log_loss": weights @ loss / total,
            "brier": weights @ (y_proba - y_true) ** 2 / total,
            "f1": 2 * hits / (said_yes + buyers),
            "precision": np.where(said_yes > 0, hits / said_yes, 0.0),
            "recall": hits / buyers,
        }


def best_f1_threshold(y_true: object, y_proba: object) -> float:
    """The probability from which saying yes gives the highest F1; of equals the highest."""
    y_true = np.asarray(y_true, dtype=bool)
    if not y_true.any():
        return 1.0
    precision, recall, thresholds = metrics.precision_recall_curve(y_true, y_proba)
    with np.errstate(invalid="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))[:-1]
    return float(thresholds[np.flatnonzero(np.isclose(f1, f1.max(), rtol=1e-12))[-1]])


def _ranking_scores(y_true, y_proba, weights) -> tuple[np.ndarray, np.ndarray]:
    """ROC AUC and average precision; rows of one probability enter together, as one step."""
    order = np.argsort(-y_proba, kind="stable")
    ordered = y_proba[order]
    last_of_tie = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    weights = np.take(weights, order, axis=1)
    hit = (weights * y_true[order]).cumsum(axis=1)[:, last_of_tie]  # (B, distinct)
    seen = weights.cumsum(axis=1)[:, last_of_tie]  # (B, distinct)
    new_hits, new_misses = np.diff(hit, prepend=0), np.diff(seen - hit, prepend=0)
    area = ((hit - new_hits / 2) * new_misses).sum(axis=1)
    precision = np.divide(hit, seen, out=np.zeros_like(hit), where=seen > 0)
    buyers, others = hit[:, -1], seen[:, -1] - hit[:, -1]
    return area / (buyers * others), (precision * new_hits).sum(axis=1) / buyers


def _replicated_scores(y_true, y_proba, groups, threshold, n, seed) -> dict[str, np.ndarray]:
    y_true, y_proba = np.asarray(y_true, dtype=bool), np.asarray(y_proba, dtype=float)
    batches = [
        weighted_scores(y_true, y_proba, threshold, weights)
        for weights in replicate_weights(groups, n, seed)
    ]
    return {name: np.concatenate([batch[name] for batch in batches]) for name in METRICS}


def _score_table(intervals: dict[str, Interval]) -> pd.DataFrame:
    table = pd.DataFrame.from_dict(intervals, orient="index", columns=Interval._fields)
    return table.rename_axis("metric")
