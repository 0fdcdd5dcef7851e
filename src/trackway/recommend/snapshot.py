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
    outcomes : what they did between the cut and the end asked for; views and purchases, or
        purchases alone, to Outcome
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
    def act(self) -> str:
        """What rungs are chosen by: 'views', or 'purchases' where no views are recorded."""
        return next(iter(self.outcomes))

    @property
    def target(self) -> Outcome:
        """What the users to be judged by viewed after the cut, or bought: by `act`."""
        return self.outcomes[self.act]

    @property
    def warm(self) -> np.ndarray:
        """Whether anything is known of each row of the history; bool, shape (U,)."""
        return np.diff(self.history.met.indptr) > 0

    @property
    def counts(self) -> dict[str, object]:
        """The cut, what was known at it, and what came after it, in numbers."""
        past, target, act = self.history, self.target, self.act
        others = {f"{name} to be found": self.outcomes[name].chosen.nnz for name in self.outcomes}
        return {
            "cut (UTC)": past.cut,
            "users before the cut": self.warm.sum(),
            "pairs of user and product before it": len(past.pairs),
            "products": len(past.products),
            "of these, new after the cut": (~past.products["known"].astype(bool)).sum(),
            "users judged": len(target.rows),
            "of these, not seen before": (~self.warm[target.rows]).sum(),
            f"{act} to be found": others.pop(f"{act} to be found"),
            "of these, of products met before": target.repeat(past).chosen.nnz,
            **others,
        }


def take(
    events: ir.Table,
    cut: pd.Timestamp,
    end: pd.Timestamp | None,
    settings: Recommend,
    has_price: bool,
    seed: int,
    acts: tuple[str, ...] = data.OUTCOMES,
) -> Snapshot:
    """What is known at `cut`, and what was done from it on, before `end`.

    Parameters
    ----------
    events : lazy table, one row per event
    cut, end : Timestamp, UTC; None for all that came after the cut
    has_price : whether the segments sum prices; else they count items
    acts : what is to be found, `data.outcomes`
    """
    past, outcomes = data.load(events, cut, end, settings, seed, acts)
    ids = past.products["product_id"].to_numpy()
    before = data.before(events, cut)
    walked = walks.load(before, past.users, ids, settings.longest_walk)
    named = segments.of(events, cut, has_price, segments.rules(), past.users)
    return Snapshot(past, outcomes, walked, profile.profile(past.products), *segments.codes(named))
