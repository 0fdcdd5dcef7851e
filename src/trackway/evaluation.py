"""How good a model is, and how sure we may be of it.

Rows of one user resemble each other, so what is drawn again in the bootstrap is users, not
rows: each replicate gives every user a whole number of copies (Efron's multinomial weights),
and with it all of their rows. A replicate is thus a vector of weights, and a metric that takes
weights needs no copying of data.

`scores` rates the probabilities of a yes/no question by a fixed set of metrics. The figures
themselves come from scikit-learn; for hundreds of replicates at once the same definitions are
written out below on a matrix of weights, and a test holds the two together.

Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 13
(percentile interval). For the choice of metrics: T. Saito and M. Rehmsmeier, PLoS ONE 10 (2015)
e0118432, on precision-recall where the yes is rare.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn import metrics

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
MAX_WEIGHTS = 4_000_000  # weights held at once, so that memory stays at tens of megabytes


class Interval(NamedTuple):
    """A value, and where it lies if the users had been others."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        # a no-break space, so that an interval stays together in a narrow table
        return f"{self.value:.3f} [{self.low:.3f},\N{NO-BREAK SPACE}{self.high:.3f}]"

    def holds(self, value: float) -> bool:
        """Whether `value` cannot be told from this one."""
        return self.low <= value <= self.high


def replicate_weights(groups: object, n: int, seed: int) -> Iterator[np.ndarray]:
    """Draw users with replacement, `n` times: how often each row then counts.

    Parameters
    ----------
    groups : array, shape (N,)
        The user of each row.
    n : int
        Replicates, B.

    Yields
    ------
    float array, shape (b, N)
        A few replicates at a time, B in all.
    """
    codes, users = pd.factorize(np.asarray(groups))
    random = np.random.default_rng(seed)
    at_once = max(1, MAX_WEIGHTS // max(len(codes), 1))
    for start in range(0, n, at_once):
        size = min(at_once, n - start)
        copies = random.multinomial(len(users), np.full(len(users), 1 / len(users)), size=size)
        yield copies[:, codes].astype(float)


def bootstrap_interval(
    score_fn: Callable, *arrays: object, groups: object, n: int, seed: int, level: float = 0.95
) -> Interval:
    """A score with the interval it lies in when the users are drawn again.

    Parameters
    ----------
    score_fn : callable
        ``score_fn(*arrays, sample_weight=weights)`` gives one number, as scikit-learn's
        metrics do. A replicate for which it gives NaN (no buyer was drawn) is left out.
    arrays : arrays of N rows
    groups : array, shape (N,)
        The user of each row.
    n, seed, level
        Replicates; where the draws start; the share of replicates inside the interval.

    Examples
    --------
    >>> right = np.array([1, 1, 0, 1, 0, 1])
    >>> share = lambda right, sample_weight: np.average(right, weights=sample_weight)
    >>> found = bootstrap_interval(share, right, groups=[1, 1, 2, 2, 3, 3], n=200, seed=0)
    >>> [round(end, 3) for end in found]
    [0.667, 0.5, 1.0]
    """
    value = score_fn(*arrays, sample_weight=np.ones(len(groups)))
    draws = (weights for batch in replicate_weights(groups, n, seed) for weights in batch)
    scores = [score_fn(*arrays, sample_weight=weights) for weights in draws]
    return interval(value, scores, level)


def mean_interval(
    values: object, groups: object, n: int, seed: int, level: float = 0.95
) -> Interval:
    """The mean of `values`, with its bootstrap interval over users.

    Fast, for any score that is a mean over rows. Paired differences come this way too: the mean
    of ``loss_of_a - loss_of_b``, row by row.
    """
    values = np.asarray(values, dtype=float)
    codes, users = pd.factorize(np.asarray(groups))
    by_user = np.column_stack([np.bincount(codes, values), np.bincount(codes)])
    batches = [w @ by_user for w in replicate_weights(np.arange(len(users)), n, seed)]
    totals, counts = np.concatenate(batches).T
    return interval(values.mean(), totals / counts, level)


def scores(
    truth: object, probability: object, groups: object, threshold: float, n: int, seed: int
) -> pd.DataFrame:
    """Rate probabilities by every metric of `METRICS`, each with a 95 % interval over users.

    Parameters
    ----------
    truth : bool array, shape (N,)
    probability : float array, shape (N,)
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
    value = point_scores(truth, probability, threshold)
    drawn = _replicated_scores(truth, probability, groups, threshold, n, seed)
    return _score_table({name: interval(value[name], drawn[name]) for name in METRICS})


def score_differences(
    truth: object,
    probabilities: tuple[object, object],
    groups: object,
    thresholds: tuple[float, float],
    n: int,
    seed: int,
) -> pd.DataFrame:
    """How much better the first of two models is on the same rows, with 95 % intervals.

    Both are rated on the same replicates, so what they share does not widen the interval. The
    difference is first minus second; for log-loss and Brier, below 0 is better.
    """
    both = list(zip(probabilities, thresholds, strict=True))
    (a, b) = (point_scores(truth, p, t) for p, t in both)
    (many_a, many_b) = (_replicated_scores(truth, p, groups, t, n, seed) for p, t in both)
    table = {m: interval(a[m] - b[m], many_a[m] - many_b[m]) for m in METRICS}
    return _score_table(table)


def point_scores(truth: object, probability: object, threshold: float) -> dict[str, float]:
    """Every metric of `METRICS`, by scikit-learn; NaN where one answer never occurs."""
    truth, probability = np.asarray(truth, dtype=bool), np.asarray(probability, dtype=float)
    if truth.all() or not truth.any():
        return dict.fromkeys(METRICS, np.nan)
    yes = probability >= threshold
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        truth, yes, average="binary", zero_division=0
    )
    pr_auc = metrics.average_precision_score(truth, probability)
    return {
        "roc_auc": metrics.roc_auc_score(truth, probability),
        "pr_auc": pr_auc,
        "pr_lift": pr_auc / truth.mean(),
        "log_loss": metrics.log_loss(truth, np.clip(probability, EPSILON, 1 - EPSILON)),
        "brier": metrics.brier_score_loss(truth, probability),
        "f1": f1,
        "precision": precision,
        "recall": recall,
    }


def weighted_scores(
    truth: np.ndarray, probability: np.ndarray, threshold: float, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """`point_scores` for many weightings of the same rows at once.

    Parameters
    ----------
    truth, probability : arrays, shape (N,)
    weights : float array, shape (B, N)

    Returns
    -------
    dict of metric to float array, shape (B,)
    """
    with np.errstate(invalid="ignore", divide="ignore"):  # no buyer drawn: NaN, left out later
        roc_auc, pr_auc = _ranking_scores(truth, probability, weights)
        total = weights.sum(axis=1)
        buyers = weights @ truth
        yes = probability >= threshold
        hits, said_yes = weights @ (yes & truth), weights @ yes
        clipped = np.clip(probability, EPSILON, 1 - EPSILON)
        loss = -np.log(np.where(truth, clipped, 1 - clipped))
        return {
            "roc_auc": roc_auc,
            "pr_auc": pr_auc,
            "pr_lift": pr_auc / (buyers / total),
            "log_loss": weights @ loss / total,
            "brier": weights @ (probability - truth) ** 2 / total,
            "f1": 2 * hits / (said_yes + buyers),
            "precision": np.where(said_yes > 0, hits / said_yes, 0.0),
            "recall": hits / buyers,
        }


def best_f1_threshold(truth: object, probability: object) -> float:
    """The probability from which saying yes gives the highest F1; of equals the highest."""
    truth = np.asarray(truth, dtype=bool)
    if not truth.any():
        return 1.0
    precision, recall, thresholds = metrics.precision_recall_curve(truth, probability)
    with np.errstate(invalid="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))[:-1]
    return float(thresholds[np.flatnonzero(np.isclose(f1, f1.max(), rtol=1e-12))[-1]])


def calibration_table(
    truth: object, probability: object, groups: object, bins: int, n: int, seed: int
) -> pd.DataFrame:
    """Does it happen as often as was said? Rows in bins of equal size by probability.

    Returns
    -------
    DataFrame, one row per bin, from low to high probability
        rows : int
        said : float
            Mean probability.
        happened, low, high : float
            Share that came true, with its 95 % interval over users.

    Notes
    -----
    Rows of one probability are never torn apart, so there may be fewer bins than asked for.
    """
    truth, probability = np.asarray(truth, dtype=float), np.asarray(probability, dtype=float)
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1]))
    bin_of = np.searchsorted(edges, probability, side="left")
    rows = [
        _calibration_row(truth, probability, groups, bin_of == b, n, seed)
        for b in np.unique(bin_of)
    ]
    return pd.DataFrame(rows)


def _calibration_row(truth, probability, groups, inside, n, seed) -> dict[str, float]:
    happened = mean_interval(truth[inside], np.asarray(groups)[inside], n, seed)
    said = {"rows": int(inside.sum()), "said": probability[inside].mean()}
    return said | {"happened": happened.value, "low": happened.low, "high": happened.high}


def _ranking_scores(truth, probability, weights) -> tuple[np.ndarray, np.ndarray]:
    """ROC AUC and average precision; rows of one probability enter together, as one step."""
    order = np.argsort(-probability, kind="stable")
    ordered = probability[order]
    last_of_tie = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    weights = np.take(weights, order, axis=1)
    hit = (weights * truth[order]).cumsum(axis=1)[:, last_of_tie]  # (B, distinct)
    seen = weights.cumsum(axis=1)[:, last_of_tie]  # (B, distinct)
    new_hits, new_misses = np.diff(hit, prepend=0), np.diff(seen - hit, prepend=0)
    area = ((hit - new_hits / 2) * new_misses).sum(axis=1)
    precision = np.divide(hit, seen, out=np.zeros_like(hit), where=seen > 0)
    buyers, others = hit[:, -1], seen[:, -1] - hit[:, -1]
    return area / (buyers * others), (precision * new_hits).sum(axis=1) / buyers


def _replicated_scores(truth, probability, groups, threshold, n, seed) -> dict[str, np.ndarray]:
    truth, probability = np.asarray(truth, dtype=bool), np.asarray(probability, dtype=float)
    batches = [
        weighted_scores(truth, probability, threshold, weights)
        for weights in replicate_weights(groups, n, seed)
    ]
    return {name: np.concatenate([batch[name] for batch in batches]) for name in METRICS}


def interval(value: float, replicates: object, level: float = 0.95) -> Interval:
    drawn = np.asarray(replicates, dtype=float)
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return Interval(float(value), np.nan, np.nan)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(low), float(high))


def _score_table(intervals: dict[str, Interval]) -> pd.DataFrame:
    table = pd.DataFrame.from_dict(intervals, orient="index", columns=Interval._fields)
    return table.rename_axis("metric")
