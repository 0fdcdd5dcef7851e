"""Intervals over users for many means at once: the points of a curve, the rows of a table.

All points share one draw of users, so a curve is drawn again as a whole. Source: see
`trackway.evaluation`.
"""

import numpy as np
import pandas as pd

from trackway.evaluation import bootstrap

ENDS = [0.025, 0.975]


def means(
    values: np.ndarray, users: object, n: int, seed: int, among: np.ndarray | None = None
) -> pd.DataFrame:
    """The mean of each column of `values`, with its 95 % interval over users.

    Parameters
    ----------
    values : array, shape (N, T)
    users : array, shape (N,)
        The user of each row.
    n, seed : int
        Replicates; where the draws start.
    among : bool array, shape (N, T), optional
        The rows each mean is taken of; all of them where absent.

    Returns
    -------
    DataFrame, shape (T, 3)
        value, low, high : float
            Null where no row belongs to a mean. A replicate that draws none of its rows is left
            out.

    Examples
    --------
    >>> means(np.array([[1.0], [0.0], [1.0], [0.0]]), users=[1, 1, 2, 2], n=50, seed=0)
       value  low  high
    0    0.5  0.5   0.5
    """
    values = np.asarray(values, dtype=float)
    among = np.ones(values.shape) if among is None else np.asarray(among, dtype=float)
    codes, found = pd.factorize(np.asarray(users))
    sums, counts = (_by_user(table, codes) for table in (values * among, among))
    with np.errstate(invalid="ignore"):
        value = sums.sum(axis=0) / counts.sum(axis=0)
        drawn = [
            (weights @ sums) / (weights @ counts)
            for weights in bootstrap.replicate_weights(np.arange(len(found)), n, seed)
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
