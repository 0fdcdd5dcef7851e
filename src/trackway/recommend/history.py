"""The one protocol: what every recommender is given, and what it is judged by.

Users and products are numbered by their ids, rising, so that the numbers are the same in every run.
All users who are given a ranking are rows of the history; those it holds nothing of are *cold*.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from trackway.params.recommend import Weights


@dataclass(frozen=True)
class History:
    """What was known at the cut.

    Attributes
    ----------
    cut : Timestamp, UTC, itself excluded
    users : int64 array, shape (U,), rising ids
    products : DataFrame, one row per product, in order of rising id
        Columns of `data.catalogue`.
    pairs : DataFrame, one row per user and product that met, in order of both
        user, product : numbers; views, carts, purchases : counts, unsigned; last_at : Timestamp,
        UTC.
    """

    cut: pd.Timestamp
    users: np.ndarray
    products: pd.DataFrame
    pairs: pd.DataFrame

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.users), len(self.products)

    @cached_property
    def _place(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the pairs stand in a matrix: its columns, and where each row begins."""
        begins = np.searchsorted(self.pairs["user"].to_numpy(), np.arange(len(self.users) + 1))
        return self.pairs["product"].to_numpy(), begins.astype(np.int32)

    def matrix(self, values: object) -> sparse.csr_array:
        """`values`, one per pair, as a float32 matrix, shape (U, N)."""
        # of all matrices only the values are their own: a month has tens of millions of pairs
        return sparse.csr_array((np.asarray(values, dtype=np.float32), *self._place), self.shape)

    @cached_property
    def _weighted(self) -> dict[tuple, sparse.csr_array]:
        return {}

    def weighted(self, weights: Weights) -> sparse.csr_array:
        """How much each user took to each product: the largest weight of what they did with it."""
        asked = tuple(weights)
        if asked not in self._weighted:
            most = np.zeros(len(self.pairs), dtype=np.float32)
            for act, weight in weights:
                most[(self.pairs[act] > 0).to_numpy() & (most < weight)] = weight
            self._weighted[asked] = self.matrix(most)
        return self._weighted[asked]

    def only(self, rows: np.ndarray) -> "History":
        """Of these rows alone, numbered in their order."""
        begins, ends = self._place[1][rows], self._place[1][rows + 1]
        sizes = ends - begins
        steps = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        pairs = self.pairs.iloc[np.repeat(begins, sizes) + steps]
        user = np.repeat(np.arange(len(rows), dtype=np.int32), sizes)
        return History(self.cut, self.users[rows], self.products, pairs.assign(user=user))

    @cached_property
    def met(self) -> sparse.csr_array:
        """Who met what, 1 or 0; float32, shape (U, N)."""
        return self.matrix(np.ones(len(self.pairs)))

    def rows_of(self, user_ids: object) -> np.ndarray:
        """Numbers of users; -1 for those it has no row of."""
        ids = np.asarray(user_ids, dtype=np.int64)
        place = np.searchsorted(self.users, ids).clip(max=max(len(self.users) - 1, 0))
        return np.where(self.users[place] == ids, place, -1)


@dataclass(frozen=True)
class Outcome:
    """What the users to be judged by chose after the cut.

    Attributes
    ----------
    rows : int array, shape (B,)
        Their rows in the history.
    chosen : bool csr array, shape (B, N)
    """

    rows: np.ndarray
    chosen: sparse.csr_array

    def only(self, keep: sparse.csr_array) -> "Outcome":
        """Only the choices that `keep` marks; users without one stay as empty rows."""
        return Outcome(self.rows, sparse.csr_array(self.chosen.multiply(keep), dtype=bool))

    def of_users(self, keep: np.ndarray) -> "Outcome":
        """Of the users that `keep` marks, bool, shape (B,)."""
        return Outcome(self.rows[keep], self.chosen[np.flatnonzero(keep)])

    def repeat(self, history: History) -> "Outcome":
        """The choices of products the user had met before the cut."""
        return self.only(history.met[self.rows] > 0)

    def new(self, history: History) -> "Outcome":
        """The choices of products the user had not met before the cut."""
        again = self.repeat(history).chosen
        left = sparse.csr_array(self.chosen.astype(np.int8) - again.astype(np.int8))
        left.eliminate_zeros()
        return Outcome(self.rows, left.astype(bool))
