"""Find the products nearest to a user: exactly by default, by an index where asked for.

Exact search is one product of matrices and the best of each row, by FAISS (M. Douze et al.,
arXiv:2401.08281). The index is HNSW (Y. Malkov and D. Yashunin, TPAMI 42 (2020),
doi:10.1109/TPAMI.2018.2889473): quicker for large catalogues, slow to build, and it misses some.
"""

import faiss
import numpy as np

NEIGHBOURS = 32  # links of a product in the index


def exact(vectors: np.ndarray) -> faiss.Index:
    """Search that misses nothing, by dot product; `vectors` are float32, shape (N, D)."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return index


def hnsw(vectors: np.ndarray, effort: int = 64) -> faiss.Index:
    """An approximate index; a larger `effort` finds more and takes longer."""
    index = faiss.IndexHNSWFlat(vectors.shape[1], NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efSearch = effort
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return index


def search(index: faiss.Index, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The `k` products of the largest dot product.

    Returns
    -------
    scores : float32 array, shape (B, k), falling
    products : int64 array, shape (B, k); -1 where the index found fewer
    """
    return index.search(np.ascontiguousarray(queries, dtype=np.float32), k)


def found(approximate: np.ndarray, precise: np.ndarray) -> float:
    """Share of the products of the exact search that the approximate one found, too."""
    hits = (approximate[:, :, None] == precise[:, None, :]).any(axis=1)
    return float(hits.mean())
