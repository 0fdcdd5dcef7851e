"""Matrix factorisation of implicit feedback by alternating least squares.

Source: Y. Hu, Y. Koren and C. Volinsky, ICDM 2008, doi:10.1109/ICDM.2008.22; computed by the
library `implicit`.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits
from tqdm import TqdmWarning

from trackway.params.recommend import Als, Weights
from trackway.recommend.history import History
from trackway.recommend.models.counts import popularity


@dataclass(frozen=True)
class Factors:
    """A user's score of a product is the product of their vectors.

    Attributes
    ----------
    users : float32 array, shape (U, D); zero for users without a history
    products : float32 array, shape (N, D)
    popular : float32 array, shape (N,)
    """

    users: np.ndarray
    products: np.ndarray
    popular: np.ndarray

    def scores(self, rows: np.ndarray) -> np.ndarray:
        scores = self.users[rows] @ self.products.T
        cold = ~self.users[rows].any(axis=1)
        scores[cold] = self.popular
        return scores


def als(
    history: History, weights: Weights, settings: Als, days: float | None, seed: int
) -> Factors:
    """Factorise the weighted history."""
    with warnings.catch_warnings():
        # Its progress bar, which nobody sees, misses a widget, and says so with a path of ours.
        warnings.simplefilter("ignore", TqdmWarning)
        from implicit.als import AlternatingLeastSquares
    met = history.weighted(weights)
    with threadpool_limits(1, "blas"):  # as the library asks; its own threads do not change bits
        model = AlternatingLeastSquares(
            factors=settings.dimensions,
            regularization=settings.ridge,
            alpha=settings.alpha,
            iterations=settings.rounds,
            use_gpu=False,
            random_state=seed,
            num_threads=1,
        )
        model.fit(sparse.csr_matrix(met), show_progress=False)  # the library knows no csr_array
    users, products = (
        one.astype(np.float32, copy=False) for one in (model.user_factors, model.item_factors)
    )
    users[np.diff(met.indptr) == 0] = 0
    return Factors(users, products, popularity(history, days))
