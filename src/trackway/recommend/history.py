"""The one protocol: what every recommender is given, and what it is judged by.

Users and products are numbered by their ids, rising, so that the numbers are the same in every run.
All users who are given a ranking are rows of the history; those it holds nothing of are *cold*.
"""

from dataclasses import dataclass
from functools import cached_property

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import sparse

from trackway import engine
from trackway.recommend import tables

OUTCOMES = {"views": "viewed", "purchases": "bought"}


@dataclass(frozen=True)
class History:
    """What was known at the cut.

    Attributes
    ----------
    cut : Timestamp, UTC, itself excluded
    users : int64 array, shape (U,), rising ids
    products : DataFrame, one row per product, in order of rising id
        Columns of `tables.catalogue`.
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

    def weighted(self, weights: dict[str, float]) -> sparse.csr_array:
        """How much each user took to each product: the largest weight of what they did with it."""
        asked = tuple(sorted(weights.items()))
        if asked not in self._weighted:
            most = np.zeros(len(self.pairs), dtype=np.float32)
            for act, weight in weights.items():
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


def load(
    events: ir.Table, cut: pd.Timestamp, end: pd.Timestamp | None, settings: dict, seed: int
) -> tuple[History, dict[str, Outcome]]:
    """History before `cut` and outcomes from it to `end`, of at most the users allowed.

    Of `settings` it reads `max_users`, drawn among those with a history, and `max_tested`, drawn
    among those who viewed or bought something after the cut.

    Returns
    -------
    history : History
    outcomes : dict of `OUTCOMES`' keys to Outcome, all of the same users
    """
    past, future = tables.before(events, cut), tables.between(events, cut, end)
    judged = tables.drawn(
        future.filter(future.event_type.isin(["view", "purchase"])).select("user_id").distinct(),
        settings["max_tested"],
        seed,
    )
    learned_from = tables.drawn(past.select("user_id").distinct(), settings["max_users"], seed)
    judged = engine.store(judged)
    who = engine.store(judged.union(learned_from, distinct=True))  # asked again for each part
    products = tables.catalogue(events if end is None else tables.before(events, end), cut)
    products = products.order_by("product_id").to_pandas()
    users = np.sort(who.to_pandas()["user_id"].to_numpy(dtype=np.int64))
    history = History(cut, users, products, _pairs(past.semi_join(who, "user_id"), users, products))
    chosen = _pairs(future.semi_join(judged, "user_id"), users, products)
    rows = history.rows_of(np.sort(judged.to_pandas()["user_id"].to_numpy()))
    return history, {act: _outcome(chosen, act, rows, history.shape) for act in OUTCOMES}


def _pairs(events: ir.Table, users: np.ndarray, products: pd.DataFrame) -> pd.DataFrame:
    ids = products["product_id"].to_numpy()

    def numbered(found: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "user": np.searchsorted(users, found["user_id"].to_numpy()).astype(np.int32),
                "product": np.searchsorted(ids, found["product_id"].to_numpy()).astype(np.int32),
                **{act: _smallest(found[act].to_numpy()) for act in tables.ACTS},
                "last_at": found["last_at"],
            }
        )

    found = []
    for theirs in tables.by_users(events, users):
        part = numbered(tables.pairs(theirs).to_pandas())
        found.append(part.sort_values(["user", "product"], ignore_index=True))
    return pd.concat(found, ignore_index=True)


def _smallest(counts: np.ndarray) -> np.ndarray:
    """As unsigned integers of the least bytes that hold them: of most pairs a single one does."""
    return counts.astype(np.min_scalar_type(counts.max(initial=0)))


def _outcome(pairs: pd.DataFrame, act: str, rows: np.ndarray, shape: tuple[int, int]) -> Outcome:
    kept = pairs[pairs[act] > 0]
    row = np.searchsorted(rows, kept["user"].to_numpy())
    ones = np.ones(len(kept), dtype=bool)
    place = (row, kept["product"].to_numpy())
    return Outcome(rows, sparse.csr_array((ones, place), shape=(len(rows), shape[1])))


def repeat(outcome: Outcome, history: History) -> Outcome:
    """The choices of products the user had met before the cut."""
    return outcome.only(history.met[outcome.rows] > 0)


def new_to_user(outcome: Outcome, history: History) -> Outcome:
    """The choices of products the user had not met before the cut."""
    seen_before = repeat(outcome, history).chosen
    left = sparse.csr_array(outcome.chosen.astype(np.int8) - seen_before.astype(np.int8))
    left.eliminate_zeros()
    return Outcome(outcome.rows, left.astype(bool))
