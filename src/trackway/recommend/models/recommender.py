"""What the ladder asks of a rung, and how it is asked of many users."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

CELLS = 20_000_000  # scores held at once: 80 MB


class Recommender(Protocol):
    """Fitted on a history, it gives a score to every product."""

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """A score of every product for each of these rows; float32, shape (B, N)."""
        ...


def batches(n_rows: int, n_products: int) -> Iterator[slice]:
    """Some rows at a time, so that their scores of all products fit in memory.

    Examples
    --------
    >>> list(batches(3, CELLS // 2))
    [slice(0, 2, None), slice(2, 4, None)]
    """
    at_once = max(1, CELLS // n_products)
    for start in range(0, n_rows, at_once):
        yield slice(start, start + at_once)
