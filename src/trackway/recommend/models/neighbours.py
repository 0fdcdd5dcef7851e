"""Recommenders by similar products: co-occurrence rules, item-kNN and EASE.

All three are a matrix of product by product; a user's score of a product is the sum over what the
user met. They differ in how the matrix is computed:

- rules: the confidence of *who met a also met b*, the shop's oldest recommender;
- item-kNN: the cosine of the products' users, the nearest only. B. Sarwar et al., WWW 2001,
  doi:10.1145/371920.372071; shrunk as by R. Bell and Y. Koren, ICDM 2007;
- EASE: the linear model of each product by all others that has its own weight forbidden, in closed
  form. H. Steck, WWW 2019, doi:10.1145/3308558.3313710.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from trackway.params.recommend import Ease as EaseSettings
from trackway.params.recommend import Weights
from trackway.recommend.history import History
from trackway.recommend.models.counts import backed, popularity

PAIRS = 20_000_000  # of two products and a user, counted at once


@dataclass(frozen=True)
class BySimilar:
    """Scores by what a user met, times how each product goes with it.

    Attributes
    ----------
    met : float32 csr array, shape (U, N), how much the user took to each product
    similar : float32 csr array, shape (N, N), row: met, column: recommended
    popular : float32 array, shape (N,)
    """

    met: sparse.csr_array
    similar: sparse.csr_array
    popular: np.ndarray

    def scores(self, rows: np.ndarray) -> np.ndarray:
        return backed((self.met[rows] @ self.similar).toarray(), self.popular)


def together(met: sparse.csr_array) -> Iterator[tuple[np.ndarray, sparse.csr_array]]:
    """Users who met both of two products, some rows at a time: all of them may not fit in memory.

    Yields
    ------
    products : int array, shape (n,), rows of these counts
    counts : float32 csr array, shape (n, N), without the products themselves
    """
    by_product = sparse.csr_array(met.T)
    pairs = by_product @ np.diff(met.indptr).astype(float)  # met beside each product, at most
    part = (np.cumsum(pairs) // PAIRS).astype(int)
    for products in np.split(np.arange(met.shape[1]), np.flatnonzero(np.diff(part)) + 1):
        counts = by_product[products] @ met
        itself = counts.indices == products[_rows(counts)]
        counts.data[itself] = 0
        counts.eliminate_zeros()
        yield products, counts


def _rows(matrix: sparse.csr_array) -> np.ndarray:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def nearest(similar: sparse.csr_array, k: int) -> sparse.csr_array:
    """The `k` largest entries of each row; of equals the lower columns."""
    kept = []
    for begin, end in itertools.pairwise(similar.indptr):
        values = similar.data[begin:end]
        able = np.arange(len(values))
        if len(able) > k:
            able = np.flatnonzero(values >= np.partition(values, len(values) - k)[len(values) - k])
            order = np.lexsort([similar.indices[begin + able], -values[able]])
            able = able[order[:k]]
        kept.append(begin + able)
    ends = np.cumsum([0, *map(len, kept)])
    kept = np.concatenate(kept)
    return sparse.csr_array((similar.data[kept], similar.indices[kept], ends), similar.shape)


def rules(
    history: History, weights: Weights, k: int, min_count: int, days: float | None
) -> BySimilar:
    """Confidence of pairs that at least `min_count` users met, the `k` best of each product."""
    users = np.maximum(np.bincount(history.met.indices, minlength=history.shape[1]), 1)

    def confidence(products: np.ndarray, counts: sparse.csr_array) -> sparse.csr_array:
        counts.data[counts.data < min_count] = 0
        counts.eliminate_zeros()
        counts.data = (1 / users[products])[_rows(counts)] * counts.data
        return counts.astype(np.float32)

    similar = _all_nearest(history, confidence, k)
    return BySimilar(history.weighted(weights), similar, popularity(history, days))


def item_knn(
    history: History, weights: Weights, k: int, shrinkage: float, days: float | None
) -> BySimilar:
    """Cosine of users, times n / (n + `shrinkage`) for n users in common; `k` neighbours each."""
    length = np.sqrt(np.bincount(history.met.indices, minlength=history.shape[1]).clip(1))

    def shrunk_cosine(products: np.ndarray, counts: sparse.csr_array) -> sparse.csr_array:
        cosine = counts.data / (length[products[_rows(counts)]] * length[counts.indices])
        counts.data = (cosine * counts.data / (counts.data + shrinkage)).astype(np.float32)
        return counts

    similar = _all_nearest(history, shrunk_cosine, k)
    return BySimilar(history.weighted(weights), similar, popularity(history, days))


def _all_nearest(history: History, likeness: Callable, k: int) -> sparse.csr_array:
    parts = [nearest(likeness(*some), k) for some in together(history.met)]
    return sparse.vstack(parts, format="csr")


@dataclass(frozen=True)
class Ease:
    """EASE on the most popular products; the rest of the catalogue follows by popularity.

    Attributes
    ----------
    inside : int array, shape (M,), products it knows
    met : float32 csr array, shape (U, M)
    weight : float32 array, shape (M, M)
    popular : float32 array, shape (N,)
    """

    inside: np.ndarray
    met: sparse.csr_array
    weight: np.ndarray
    popular: np.ndarray

    def scores(self, rows: np.ndarray) -> np.ndarray:
        some = self.met[rows]
        scores = np.tile(self.popular - 2, (len(rows), 1)).astype(np.float32)
        known = np.flatnonzero(np.diff(some.indptr))
        scores[np.ix_(known, self.inside)] = np.maximum(some[known] @ self.weight, -0.999)
        return scores


def ease(history: History, weights: Weights, settings: EaseSettings, days: float | None) -> Ease:
    """Solve for the most popular products; memory is 8 bytes times the square of their number.

    Parameters
    ----------
    settings : `products`, at most so many; `ridge`

    Source: Steck 2019, equation 8: B = I - P / diag(P), P = (X'X + ridge I)^-1.
    """
    users = np.bincount(history.met.indices, minlength=history.shape[1])
    inside = np.sort(np.lexsort([np.arange(len(users)), -users])[: settings.products])
    met = sparse.csr_array(history.weighted(weights)[:, inside])
    gram = (met.T @ met).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += settings.ridge
    inverse = linalg.inv(gram, overwrite_a=True)
    weight = -inverse / np.diag(inverse)
    np.fill_diagonal(weight, 0)
    return Ease(inside, met, weight.astype(np.float32), popularity(history, days))
