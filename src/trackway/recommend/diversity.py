"""Re-rank a list so that its products differ: maximal marginal relevance.

J. Carbonell and J. Goldstein, SIGIR 1998, doi:10.1145/290941.291025: products are taken one after
the other, each for its score less its likeness to the one already taken that it is most like. With
weight 0 the list is as it was; with 1 only the first is chosen for its score. The other school
calibrates a list to the user's mix of categories (H. Steck, RecSys 2018,
doi:10.1145/3240323.3240372); it needs a history long enough to have a mix, which most visitors of
a shop do not have.
"""

import numpy as np

from trackway.core.errors import InputError
from trackway.evaluation import ranking
from trackway.recommend.lists import likeness
from trackway.recommend.profile import Profile

CANDIDATES = 100  # products a list is chosen from


def rerank(
    scores: np.ndarray, profile: Profile, k: int, weight: float, candidates: int = CANDIDATES
) -> np.ndarray:
    """The `k` products to show, first taken first.

    Parameters
    ----------
    scores : float array, shape (B, N)
    weight : float
        From 0, scores alone, to 1, difference alone.
    candidates : int
        Products of the highest scores that are chosen from.

    Returns
    -------
    int array, shape (B, k)

    Raises
    ------
    InputError
        If `weight` lies outside 0 to 1.
    """
    best = ranking.top(scores, max(candidates, k))  # (B, C)
    listed = np.take_along_axis(scores, best, axis=1)
    taken = rerank_listed(listed, profile.codes[best], k, weight)
    return np.take_along_axis(best, taken, axis=1)


def rerank_listed(scores: np.ndarray, codes: np.ndarray, k: int, weight: float) -> np.ndarray:
    """The same for candidates already found.

    Parameters
    ----------
    scores : float array, shape (B, C), falling
    codes : int array, shape (B, C, 3), attributes of the candidates

    Returns
    -------
    int array, shape (B, k)
        Places among the candidates, first taken first.
    """
    if not 0 <= weight <= 1:
        raise InputError(f"diversity_weight must lie between 0 and 1, got {weight!r}")
    relevance = _relevance(scores)
    rows = np.arange(len(scores))
    alike = np.zeros(scores.shape)
    taken = np.empty((len(scores), min(k, scores.shape[1])), dtype=np.int64)
    for place in range(taken.shape[1]):
        taken[:, place] = ((1 - weight) * relevance - weight * alike).argmax(axis=1)
        relevance[rows, taken[:, place]] = -np.inf
        alike = np.maximum(alike, likeness(codes, codes[rows, taken[:, place]][:, None]))
    return taken


def _relevance(scores: np.ndarray) -> np.ndarray:
    """Scores of the candidates from 1, the best, to 0, the least; a list all tied is all 1."""
    scores = np.where(np.isfinite(scores), scores, np.nan)
    low, high = np.nanmin(scores, axis=1), np.nanmax(scores, axis=1)
    width = np.where(high > low, high - low, 1)
    relevance = 1 - (high[:, None] - scores) / width[:, None]
    return np.nan_to_num(relevance, nan=0.0)
