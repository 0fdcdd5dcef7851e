"""How good a ranking of the whole catalogue is. A tie never helps.

A model gives every product a score; what counts is the place of the products the user then chose.
Where scores are equal the model has not decided, and the choice is placed behind all others of
that score: a model that gives everything the same score finds nothing.

Definitions at k, for a user who chose R products, h of which lie among the first k:

- recall h / R, precision h / k, F1 their harmonic mean;
- NDCG: the sum of 1 / log2(1 + place) over the h, over the same sum for the best possible order;
- MRR: 1 / place of the first of them, 0 beyond k;
- MAP: the mean over min(R, k) of the precision at each of the h places.

They are those of the `recommenders` library (A. Argyriou et al., WWW Companion 2020,
doi:10.1145/3366424.3382692) with binary relevance; `session-rec` (M. Ludewig et al., UMUAI 31
(2021), doi:10.1007/s11257-020-09277-1) has the same with a single choice, where recall is its hit
rate. On sampled negatives: W. Krichene and S. Rendle, KDD 2020, doi:10.1145/3394486.3403226; here
nothing is sampled.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import sparse

HEAP = 64  # products of which only the best is looked at first


def ranks(
    scores: np.ndarray, chosen: sparse.csr_array, exclude: sparse.csr_array | None = None
) -> np.ndarray:
    """The rank of each chosen product among its user's.

    Parameters
    ----------
    scores : float array, shape (B, N)
        Larger is better; ``-inf`` is last.
    chosen : bool csr array, shape (B, N)
    exclude : csr array, shape (B, N)
        Products taken out of each user's ranking; none of them is chosen.

    Returns
    -------
    int array, shape (chosen.nnz,)
        Ranks from 1, in the order of ``chosen.indices``. Of equal scores those not chosen come
        first.

    Examples
    --------
    >>> chosen = sparse.csr_array(np.array([[True, False, True]]))
    >>> ranks(np.array([[0.5, 0.5, 0.9]]), chosen).tolist()
    [3, 1]
    """
    ranked = np.empty(chosen.nnz, dtype=np.int64)
    for row, start, end in _rows(chosen):
        mine = scores[row]
        hits = mine[chosen.indices[start:end]]
        # the chosen among them; one after the other, as R x N would not stay in the cache
        ahead = np.array([np.count_nonzero(mine >= hit) for hit in hits])  # (R,)
        if exclude is not None:
            out = mine[exclude.indices[exclude.indptr[row] : exclude.indptr[row + 1]]]
            ahead -= (out[None, :] >= hits[:, None]).sum(axis=1)
        chosen_ahead = (hits[None, :] >= hits[:, None]).sum(axis=1)
        order = np.argsort(np.argsort(-hits, kind="stable"), kind="stable")
        ranked[start:end] = ahead - chosen_ahead + order + 1
    return ranked


def _rows(chosen: sparse.csr_array) -> Iterator[tuple[int, int, int]]:
    """Rows that hold something: number, and where it starts and ends."""
    ends = chosen.indptr
    for row in np.flatnonzero(np.diff(ends)):
        yield int(row), int(ends[row]), int(ends[row + 1])


def metrics_at_k(k: int, ranked: np.ndarray, chosen: sparse.csr_array) -> pd.DataFrame:
    """Every metric at `k`, one row per user with a choice.

    Parameters
    ----------
    k : int
    ranked : int array, shape (chosen.nnz,), what `ranks` returned
    chosen : bool csr array, shape (B, N)

    Returns
    -------
    DataFrame, indexed by row of `chosen`
        recall, precision, f1, ndcg, mrr, map : float, from 0 to 1

    Examples
    --------
    >>> chosen = sparse.csr_array(np.array([[True, False, True]]))
    >>> metrics_at_k(2, np.array([3, 1]), chosen)[["recall", "precision", "mrr"]]
       recall  precision  mrr
    0     0.5        0.5  1.0
    """
    size = np.diff(chosen.indptr)
    row = np.repeat(np.arange(len(size)), size)
    hit = ranked <= k

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(row, np.where(hit, values, 0.0), minlength=len(size))

    hits = total(np.ones(len(ranked)))
    best = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, k + 2)))])
    first = np.full(len(size), np.iinfo(np.int64).max)
    np.minimum.at(first, row, ranked)
    able = np.minimum(size, k)
    with np.errstate(divide="ignore", invalid="ignore"):  # rows without a choice are left out
        table = pd.DataFrame(
            {
                "recall": hits / size,
                "precision": hits / k,
                "f1": 2 * hits / (size + k),
                "ndcg": total(1 / np.log2(1 + ranked)) / best[able],
                "mrr": np.where(first <= k, 1 / first, 0.0),
                "map": total(_nth_hit(ranked, row) / ranked) / able,
            }
        )
    return table[size > 0]


def _nth_hit(ranked: np.ndarray, row: np.ndarray) -> np.ndarray:
    """For each chosen product: how many of its row lie no later than it."""
    order = np.lexsort([ranked, row])
    starts = np.searchsorted(row[order], np.arange(row.max() + 1 if len(row) else 0))
    nth = np.empty(len(ranked))
    nth[order] = np.arange(len(ranked)) - starts[row[order]] + 1
    return nth


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """The `k` products of the highest scores, best first; of equal scores the lower number.

    Parameters
    ----------
    scores : float array, shape (B, N)
    k : int
        At most N.

    Returns
    -------
    int array, shape (B, k)

    Examples
    --------
    >>> top(np.array([[0.1, 0.7, 0.7, 0.2]]), 2).tolist()
    [[1, 2]]
    """
    scores = np.asarray(scores)
    k = min(k, scores.shape[1])
    best = np.empty((len(scores), k), dtype=np.int64)
    for place, (mine, least) in enumerate(zip(scores, _reached_by(scores, k), strict=True)):
        able = np.flatnonzero(mine >= least)
        best[place] = able[np.lexsort([able, -mine[able]])[:k]]
    return best


def _reached_by(scores: np.ndarray, k: int) -> np.ndarray:
    """A score of each row that at least `k` products reach, and hardly more; shape (B,).

    Of a large catalogue the k-th best of the best of each of some heaps: a tenth of the time that
    it takes to find the k-th best of all.
    """
    heaps = scores.shape[1] // HEAP
    if heaps >= k:
        scores = scores[:, : heaps * HEAP].reshape(len(scores), HEAP, heaps).max(axis=1)
    n = scores.shape[1]
    return np.partition(scores, n - k, axis=1)[:, n - k]
