"""Walks: the products a user met, in order, as examples of *after these came that*.

A run of events with one product is one step. The order is the event table's declared one.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.recommend import data

NONE = -1  # stands where a context holds nothing


@dataclass(frozen=True)
class Walks:
    """Steps in order of user and time.

    Attributes
    ----------
    user : int array, shape (M,), rows of the history
    product : int32 array, shape (M,), numbers of products
    """

    user: np.ndarray
    product: np.ndarray

    def contexts(self, steps: np.ndarray, length: int) -> np.ndarray:
        """The steps before each of `steps`, newest first; int32, shape (B, length).

        `NONE` where none. A month's contexts together would not fit in memory.
        """
        before = steps[:, None] - np.arange(1, length + 1)
        there = (before >= 0) & (self.user[before] == self.user[steps][:, None])
        return np.where(there, self.product[before], NONE)

    def latest(self, n_users: int, length: int) -> np.ndarray:
        """The last steps of each row of the history, newest first; shape (n_users, length)."""
        last = np.full((n_users, length), NONE, dtype=np.int32)
        end = np.searchsorted(self.user, np.arange(n_users), side="right")
        start = np.searchsorted(self.user, np.arange(n_users), side="left")
        for back in range(length):
            there = end - start > back
            last[there, back] = self.product[end[there] - 1 - back]
        return last


def steps(events: ir.Table) -> ir.Table:
    """One row per step: user_id, product_id, event_id of its first event."""
    met = events.filter(events.event_type.isin(list(data.ACTS.values())))
    before = met.product_id.lag().over(group_by="user_id", order_by="event_id")
    marked = met.select("user_id", "product_id", "event_id", before=before)
    first = marked.before.isnull() | (marked.before != marked.product_id)
    return marked.filter(first).drop("before")


def load(events: ir.Table, users: np.ndarray, product_ids: np.ndarray, longest: int) -> Walks:
    """The last `longest` steps of each of `users`.

    Parameters
    ----------
    events : lazy table, before the cut
    users : int64 array, shape (U,), rising ids
    product_ids : int64 array, shape (N,), rising
    """
    wanted = ibis.memtable(pd.DataFrame({"user_id": users}))
    walked, met = [], []
    for theirs in data.by_users(events, users):
        taken = steps(theirs)
        newest = ibis.window(group_by="user_id", order_by=taken.event_id.desc())
        placed = taken.mutate(place=ibis.row_number().over(newest))
        kept = placed.filter(placed.place < longest).semi_join(wanted, "user_id")
        part = kept.order_by(["user_id", "event_id"]).select("user_id", "product_id").to_pandas()
        walked.append(np.searchsorted(users, part["user_id"].to_numpy()).astype(np.int32))
        met.append(np.searchsorted(product_ids, part["product_id"].to_numpy()).astype(np.int32))
    return Walks(np.concatenate(walked), np.concatenate(met))
