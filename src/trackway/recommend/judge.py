"""Judge a recommender: the full catalogue ranked for every user, batch by batch.

Two outcomes, each its own figure: what the user viewed after the cut and what was bought. Each is
taken whole, and apart: *repeat*, products met before the cut, and *new*, all others; for the new
ones those met before are taken out of the ranking, as a shop would.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from trackway.evaluation import ranking
from trackway.evaluation.bootstrap import replicate_weights
from trackway.recommend.counts import Recommender
from trackway.recommend.history import History, Outcome, new_to_user, repeat

KS = (5, 10, 20)
KINDS = ("all", "new", "repeat")
CELLS = 20_000_000  # scores held at once: 80 MB


@dataclass(frozen=True)
class Judged:
    """What a recommender showed and how good it was.

    Attributes
    ----------
    lists : int32 array, shape (B, 20), products shown to each user, best first
    by_user : DataFrame, one row per user
        Columns (outcome, kind, metric, k); NaN where the user chose nothing of the kind.
    """

    lists: np.ndarray
    by_user: pd.DataFrame

    def mean(self, n: int, seed: int, among: np.ndarray | None = None) -> pd.DataFrame:
        """Means over users with 95 % bootstrap intervals; of `among` only, if given.

        Returns
        -------
        DataFrame, indexed by (outcome, kind, metric, k)
            users : int, those with a choice of the kind; value, low, high : float
        """
        values = self.by_user if among is None else self.by_user[among]
        return means(values, n, seed)


def means(values: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Column means over users, NaN left out, with 95 % bootstrap intervals."""
    table = values.to_numpy(dtype=float)
    there = np.isfinite(table)
    filled = np.where(there, table, 0.0)
    drawn = [
        (w @ filled) / np.maximum(w @ there, 1e-12)
        for w in replicate_weights(np.arange(len(table)), n, seed)
    ]
    with np.errstate(invalid="ignore"):
        value = filled.sum(axis=0) / np.where(there.any(axis=0), there.sum(axis=0), np.nan)
    low, high = np.quantile(np.concatenate(drawn), [0.025, 0.975], axis=0)
    columns = {"users": there.sum(axis=0), "value": value, "low": low, "high": high}
    return pd.DataFrame(columns, index=values.columns)


def judge(model: Recommender, history: History, outcomes: dict[str, Outcome]) -> Judged:
    """Rank the whole catalogue for every user of `outcomes`."""
    rows = next(iter(outcomes.values())).rows
    questions = {
        (act, kind): part
        for act, outcome in outcomes.items()
        for kind, part in zip(KINDS, _kinds(outcome, history), strict=True)
    }
    at_once = max(1, CELLS // history.shape[1])
    shown, parts = [], []
    for start in range(0, len(rows), at_once):
        batch = slice(start, start + at_once)
        scores = model.scores(rows[batch])
        shown.append(ranking.top(scores, max(KS)).astype(np.int32))
        met = history.met[rows[batch]]
        found = {
            (act, kind): _rated(scores, part.chosen[batch], met if kind == "new" else None)
            for (act, kind), part in questions.items()
        }
        parts.append(pd.concat(found, axis=1))
    by_user = pd.concat(parts, ignore_index=True)
    by_user.columns.names = ["outcome", "kind", "metric", "k"]
    return Judged(np.concatenate(shown), by_user)


def _kinds(outcome: Outcome, history: History) -> tuple[Outcome, Outcome, Outcome]:
    return outcome, new_to_user(outcome, history), repeat(outcome, history)


def _rated(
    scores: np.ndarray, chosen: sparse.csr_array, without: sparse.csr_array | None
) -> pd.DataFrame:
    place = ranking.places(scores, chosen, without)
    tables = {k: ranking.at(k, place, chosen) for k in KS}
    table = pd.concat(tables, axis=1).swaplevel(axis=1)
    return table.reindex(range(chosen.shape[0]))


def difference(one: Judged, other: Judged, n: int, seed: int) -> pd.DataFrame:
    """How much better `one` is, user by user, with 95 % intervals; columns of `means`."""
    return means(one.by_user - other.by_user, n, seed)
