"""A snapshot: all that a recommender may know at a cut in time, and what it is judged by."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.params.recommend import Recommend
from trackway.recommend import data, profile, segments, walks
from trackway.recommend.history import History, Outcome
from trackway.recommend.profile import Profile
from trackway.recommend.walks import Walks


@dataclass(frozen=True)
class Snapshot:
    """What was known at the cut, and what came after it.

    Attributes
    ----------
    history : what users did before the cut
    outcomes : what they did between the cut and the end asked for; `data.OUTCOMES` to Outcome
    walks : the order in which they did it
    profile : the products' attributes
    segment : int array, shape (U,), of each row of the history
    names : of the segments
    """

    history: History
    outcomes: dict[str, Outcome]
    walks: Walks
    profile: Profile
    segment: np.ndarray
    names: list[str]

    @property
    def views(self) -> Outcome:
        """What the users to be judged by viewed after the cut."""
        return self.outcomes["views"]

    @property
    def warm(self) -> np.ndarray:
        """Whether anything is known of each row of the history; bool, shape (U,)."""
        return np.diff(self.history.met.indptr) > 0

    @property
    def counts(self) -> dict[str, object]:
        """The cut, what was known at it, and what came after it, in numbers."""
        past, views = self.history, self.views
        return {
            "cut (UTC)": past.cut,
            "users before the cut": self.warm.sum(),
            "pairs of user and product before it": len(past.pairs),
            "products": len(past.products),
            "of these, new after the cut": (~past.products["known"].astype(bool)).sum(),
            "users judged": len(views.rows),
            "of these, not seen before": (~self.warm[views.rows]).sum(),
            "views to be found": views.chosen.nnz,
            "of these, of products met before": views.repeat(past).chosen.nnz,
            "purchases to be found": self.outcomes["purchases"].chosen.nnz,
        }


def take(
    events: ir.Table,
    cut: pd.Timestamp,
    end: pd.Timestamp | None,
    settings: Recommend,
    has_price: bool,
    seed: int,
) -> Snapshot:
    """What is known at `cut`, and what was done from it on, before `end`.

    Parameters
    ----------
    events : lazy table, one row per event
    cut, end : Timestamp, UTC; None for all that came after the cut
    has_price : whether the segments sum prices; else they count items
    """
    past, outcomes = data.load(events, cut, end, settings, seed)
    ids = past.products["product_id"].to_numpy()
    before = data.before(events, cut)
    walked = walks.load(before, past.users, ids, settings.longest_walk)
    named = segments.of(events, cut, has_price, segments.rules(), past.users)
    return Snapshot(past, outcomes, walked, profile.profile(past.products), *segments.codes(named))
