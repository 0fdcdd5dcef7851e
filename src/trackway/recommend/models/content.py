"""Content-based: products of the categories, brands and price levels the user met.

A product is a sparse vector of its attributes, weighted by how rare they are (inverse document
frequency); a user the weighted sum of what they met; the score is their cosine. P. Lops, M. de
Gemmis and G. Semeraro, Recommender Systems Handbook (2011), chapter 3,
doi:10.1007/978-0-387-85820-3_3.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from trackway.params.recommend import Weights
from trackway.recommend.history import History
from trackway.recommend.models.counts import backed, popularity
from trackway.recommend.profile import UNKNOWN, Profile


@dataclass(frozen=True)
class ByContent:
    """Scores by the likeness of attributes.

    Attributes
    ----------
    met : float32 csr array, shape (U, N)
    attributes : float32 csr array, shape (N, A), rows of length 1
    popular : float32 array, shape (N,)
    popular_share : float, how much popularity decides among products as like
    """

    met: sparse.csr_array
    attributes: sparse.csr_array
    popular: np.ndarray
    popular_share: float

    def scores(self, rows: np.ndarray) -> np.ndarray:
        taste = sparse.csr_array(self.met[rows] @ self.attributes)
        length = np.sqrt(taste.multiply(taste).sum(axis=1)).clip(1e-9)
        like = (taste @ self.attributes.T).toarray() / length[:, None]
        return backed(like * (1 + self.popular_share * self.popular), self.popular)


def attribute_matrix(profile: Profile) -> sparse.csr_array:
    """Attributes and their pairs with the category as columns, by inverse document frequency."""
    category, brand, level = profile.codes.T
    n_brands, n_levels = profile.sizes[1], profile.sizes[2]
    kinds = [
        np.where(category > UNKNOWN, category, -1),
        np.where(brand > UNKNOWN, brand, -1),
        np.where((category > UNKNOWN) & (level > UNKNOWN), category * n_levels + level, -1),
        np.where((category > UNKNOWN) & (brand > UNKNOWN), category * n_brands + brand, -1),
    ]
    return _unit_rows(sparse.hstack([_one_hot(kind) for kind in kinds], format="csr"))


def _one_hot(code: np.ndarray) -> sparse.csr_array:
    there = np.flatnonzero(code >= 0)
    column = np.unique(code[there], return_inverse=True)[1]
    width = int(column.max(initial=-1)) + 1
    ones = np.ones(len(there), dtype=np.float32)
    return sparse.csr_array((ones, (there, column)), shape=(len(code), width))


def _unit_rows(hot: sparse.csr_array) -> sparse.csr_array:
    n = hot.shape[0]
    rarity = np.log1p(n / np.maximum(np.bincount(hot.indices, minlength=hot.shape[1]), 1))
    weighted = hot @ sparse.diags_array(rarity)
    length = np.sqrt(weighted.multiply(weighted).sum(axis=1)).clip(1e-9)
    return sparse.csr_array(sparse.diags_array(1 / length) @ weighted, dtype=np.float32)


def by_content(
    history: History, profile: Profile, weights: Weights, popular_share: float, days: float | None
) -> ByContent:
    """What the history's users met, by attributes."""
    return ByContent(
        history.weighted(weights),
        attribute_matrix(profile),
        popularity(history, days),
        popular_share,
    )
