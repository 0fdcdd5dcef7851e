"""How sure we may be of a figure: users are drawn again, and it is computed anew.

Rows of one user resemble each other, so what is drawn again in the bootstrap is users, not
rows: each replicate gives every user a whole number of copies (Efron's multinomial weights),
and with it all of their rows. A replicate is thus a vector of weights, and a metric that takes
weights needs no copying of data.

Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 13
(percentile interval).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

ENDS = [0.025, 0.975]
MAX_WEIGHTS = 4_000_000  # weights held at once, so that memory stays at tens of megabytes


class Interval(NamedTuple):
    """A value, and where it lies if the users had been others."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if np.isnan(self.value):
            return "not told"
        # a no-break space, so that an interval stays together in a narrow table
        return f"{self.value:.3f} [{self.low:.3f},\N{NO-BREAK SPACE}{self.high:.3f}]"

    def holds(self, value: float) -> bool:
        """Whether `value` cannot be told from this one."""
        return self.low <= value <= self.high


class Bootstrap(NamedTuple):
    """How often users are drawn again, and where the draws start; unpack it: ``*run.bootstrap``."""

    n: int
    seed: int


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


def column_means(
    values: object, groups: object, n: int, seed: int, among: np.ndarray | None = None
) -> pd.DataFrame:
    """The mean of each column, with its 95 % interval: points of a curve, rows of a table.

    All columns share one draw of users, so a curve is drawn again as a whole.

    Parameters
    ----------
    values : array, shape (N, T)
    groups : array, shape (N,)
        The user of each row.
    n, seed : int
        Replicates; where the draws start.
    among : bool array, shape (N, T), optional
        The rows each mean is taken of, all of them where absent; what the others hold is not read.

    Returns
    -------
    DataFrame, shape (T, 3)
        value, low, high : float
            Null where no row belongs to a mean. A replicate that draws none of its rows is left
            out.

    Examples
    --------
    >>> values = np.array([[1.0], [0.0], [1.0], [0.0]])
    >>> column_means(values, groups=[1, 1, 2, 2], n=50, seed=0)
       value  low  high
    0    0.5  0.5   0.5
    """
    values = np.asarray(values, dtype=float)
    among = np.ones(values.shape) if among is None else np.asarray(among, dtype=float)
    codes, users = pd.factorize(np.asarray(groups))
    sums, counts = (_by_user(table, codes) for table in (np.where(among > 0, values, 0.0), among))
    with np.errstate(invalid="ignore"):
        value = sums.sum(axis=0) / counts.sum(axis=0)
        drawn = [
            (weights @ sums) / (weights @ counts)
            for weights in replicate_weights(np.arange(len(users)), n, seed)
        ]
    drawn = np.concatenate(drawn)
    known = np.isfinite(value)
    ends = np.full((2, len(value)), np.nan)
    ends[:, known] = np.nanquantile(drawn[:, known], ENDS, axis=0)
    return pd.DataFrame({"value": value, "low": ends[0], "high": ends[1]})


def _by_user(table: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums over the rows of each user, shape (U, T)."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    return np.add.reduceat(table[order], starts, axis=0)


def interval(value: float, replicates: object, level: float = 0.95) -> Interval:
    drawn = np.asarray(replicates, dtype=float)
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return Interval(float(value), np.nan, np.nan)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(low), float(high))
