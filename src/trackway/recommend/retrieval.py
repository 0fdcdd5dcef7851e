"""Find the products nearest to a user: exactly by default, by an index where asked for.

Exact search is one product of matrices and the best of each row. The index is HNSW (Y. Malkov and
D. Yashunin, TPAMI 42 (2020), doi:10.1109/TPAMI.2018.2889473) by FAISS (M. Douze et al.,
arXiv:2401.08281): quicker for large catalogues, slow to build, and it misses some.
`docs/benchmarks.md` holds when it pays.
"""

from dataclasses import dataclass

import faiss
import numpy as np

from trackway.evaluation import ranking

NEIGHBOURS = 32  # links of a product in the index
AT_ONCE = 256  # queries multiplied at once


@dataclass(frozen=True)
class Exact:
    """Search that misses nothing; of equal scores the lower number comes first.

    Attributes
    ----------
    vectors : float32 array, shape (N, D)
    """

    vectors: np.ndarray

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        parts = [
            self._some(queries[at : at + AT_ONCE], k) for at in range(0, len(queries), AT_ONCE)
        ]
        scores, products = zip(*parts, strict=True)
        return np.concatenate(scores), np.concatenate(products)

    def _some(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        if len(queries) == 1:
            scores = (self.vectors @ queries[0])[None, :]
        else:
            scores = queries @ self.vectors.T
        products = ranking.top(scores, k)
        return np.take_along_axis(scores, products, axis=1), products


def exact(vectors: np.ndarray) -> Exact:
    """Search that misses nothing, by dot product; `vectors` are float32, shape (N, D)."""
    return Exact(np.ascontiguousarray(vectors, dtype=np.float32))


def hnsw(vectors: np.ndarray, effort: int = 64) -> faiss.Index:
    """An approximate index; a larger `effort` finds more and takes longer."""
    index = faiss.IndexHNSWFlat(vectors.shape[1], NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efSearch = effort
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return index


def search(
    index: Exact | faiss.Index, queries: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The `k` products of the largest dot product.

    Returns
    -------
    scores : float32 array, shape (B, k), falling
    products : int64 array, shape (B, k); -1 where the index found fewer
    """
    return index.search(np.ascontiguousarray(queries, dtype=np.float32), k)


def recall(approximate: np.ndarray, precise: np.ndarray) -> float:
    """Share of the products of the exact search that the approximate one found, too."""
    hits = (approximate[:, :, None] == precise[:, None, :]).any(axis=1)
    return float(hits.mean())
