"""Recommenders that only count: what is popular, what was seen last, what goes together.

Each is made by a function of the history and gives, for rows of it, a score to every product. A
product it has no evidence for follows in the order of popularity, so that no model loses for
having nothing to say of most products, and a cold user gets what is popular.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from trackway.recommend.history import History


def popularity(history: History, days: float | None = None) -> np.ndarray:
    """Users who met each product, over the most of any; in the last `days` before the cut only.

    Returns
    -------
    float32 array, shape (N,), from 0 to 1
    """
    met = history.pairs["product"].to_numpy()[_recent(history, days)]
    counts = np.bincount(met, minlength=history.shape[1]).astype(np.float32)
    return counts / max(counts.max(initial=0), 1)


def _recent(history: History, days: float | None) -> np.ndarray:
    """Which pairs met in the last `days` before the cut; all of them without."""
    if days is None:
        return np.ones(len(history.pairs), dtype=bool)
    since = history.cut - pd.Timedelta(days=days)
    return (history.pairs["last_at"] >= since).to_numpy()


def backed(scores: np.ndarray, popular: np.ndarray) -> np.ndarray:
    """`scores` where there is evidence (above 0), elsewhere below them, by popularity."""
    return np.where(scores > 0, scores, popular - 2).astype(np.float32)


@dataclass(frozen=True)
class Popular:
    """The same for everybody: the products most users met lately."""

    popular: np.ndarray

    def scores(self, rows: np.ndarray) -> np.ndarray:
        return np.tile(self.popular, (len(rows), 1))


def most_popular(history: History, days: float | None) -> Popular:
    return Popular(popularity(history, days))


@dataclass(frozen=True)
class InSegment:
    """What is popular among users of the same segment.

    Attributes
    ----------
    segment : int array, shape (U,), of each row; the last number is those without one
    popular : float array, shape (segments, N)
    """

    segment: np.ndarray
    popular: np.ndarray

    def scores(self, rows: np.ndarray) -> np.ndarray:
        return self.popular[self.segment[rows]]


def popular_in_segment(
    history: History, segment: np.ndarray, days: float | None, shrinkage: float
) -> InSegment:
    """Popularity by segment, drawn towards that of all by `shrinkage` users.

    Parameters
    ----------
    segment : int array, shape (U,)
        As known at the history's cut; segments from a later date have seen the outcome.
    """
    overall = popularity(history, days)
    some = history.pairs[_recent(history, days)]
    n = int(segment.max(initial=0)) + 1
    place = (segment[some["user"].to_numpy()], some["product"].to_numpy())
    counts = sparse.csr_array((np.ones(len(some)), place), shape=(n, history.shape[1])).toarray()
    shrunk = counts + shrinkage * overall
    top = np.maximum(shrunk.max(axis=1), 1e-9)
    return InSegment(segment, (shrunk / top[:, None]).astype("f4"))


@dataclass(frozen=True)
class Recent:
    """What the user met last, the latest first."""

    order: sparse.csr_array
    popular: np.ndarray

    def scores(self, rows: np.ndarray) -> np.ndarray:
        return backed(self.order[rows].toarray(), self.popular)


def recently_viewed(history: History, days: float | None) -> Recent:
    """The user's own products by the time of their last event."""
    pairs = history.pairs
    place = pairs.groupby("user")["last_at"].rank(method="first").to_numpy()
    return Recent(history.matrix(place), popularity(history, days))
