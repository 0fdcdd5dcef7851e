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
from trackway.evaluation.bootstrap import Bootstrap, column_means
from trackway.recommend.history import History, Outcome
from trackway.recommend.models.ladder import BASELINE
from trackway.recommend.models.recommender import Recommender, batches
from trackway.recommend.snapshot import Snapshot

KS = (5, 10, 20)
K = 10  # length of the lists looked at closely
KINDS = ("all", "new", "repeat")
MAIN = ("all", "ndcg", K)  # of views, or of purchases where there are none: chosen by


@dataclass(frozen=True)
class Evaluation:
    """What a recommender showed and how good it was.

    Attributes
    ----------
    lists : int32 array, shape (B, 20), products shown to each user, best first
    by_user : DataFrame, one row per user
        Columns (outcome, kind, metric, k); NaN where the user chose nothing of the kind.
    """

    lists: np.ndarray
    by_user: pd.DataFrame


def evaluate(model: Recommender, history: History, outcomes: dict[str, Outcome]) -> Evaluation:
    """Rank the whole catalogue for every user of `outcomes`."""
    rows = next(iter(outcomes.values())).rows
    questions = {
        (act, kind): part
        for act, outcome in outcomes.items()
        for kind, part in zip(KINDS, _kinds(outcome, history), strict=True)
    }
    shown, parts = [], []
    for batch in batches(len(rows), history.shape[1]):
        scores = model.scores(rows[batch])
        shown.append(ranking.top(scores, max(KS)).astype(np.int32))
        met = history.met[rows[batch]]
        rated = {
            (act, kind): _rated(scores, part.chosen[batch], met if kind == "new" else None)
            for (act, kind), part in questions.items()
        }
        parts.append(pd.concat(rated, axis=1))
    by_user = pd.concat(parts, ignore_index=True)
    by_user.columns.names = ["outcome", "kind", "metric", "k"]
    return Evaluation(np.concatenate(shown), by_user)


def _kinds(outcome: Outcome, history: History) -> tuple[Outcome, Outcome, Outcome]:
    return outcome, outcome.new(history), outcome.repeat(history)


def _rated(
    scores: np.ndarray, chosen: sparse.csr_array, exclude: sparse.csr_array | None
) -> pd.DataFrame:
    ranked = ranking.ranks(scores, chosen, exclude)
    tables = {k: ranking.metrics_at_k(k, ranked, chosen) for k in KS}
    table = pd.concat(tables, axis=1).swaplevel(axis=1)
    return table.reindex(range(chosen.shape[0]))


def means(by_user: pd.DataFrame, bootstrap: Bootstrap) -> pd.DataFrame:
    """The mean of each column over users, with its 95 % interval.

    Parameters
    ----------
    by_user : DataFrame, one row per user
        Of an `Evaluation`, or the difference of two; NaN is left out.

    Returns
    -------
    DataFrame, indexed by the columns of `by_user`
        users : int, those with a choice of the kind; value, low, high : float
    """
    values = by_user.to_numpy(dtype=float)
    there = np.isfinite(values)
    table = column_means(values, np.arange(len(values)), *bootstrap, among=there)
    table.insert(0, "users", there.sum(axis=0))
    return table.set_index(by_user.columns)


def scores(
    evaluations: dict[str, Evaluation], bootstrap: Bootstrap, minus: Evaluation | None = None
) -> pd.DataFrame:
    """`means` of each model, or of its paired difference to another; indexed by model, too."""
    by_user = {name: one.by_user for name, one in evaluations.items()}
    if minus is not None:
        by_user = {name: one - minus.by_user for name, one in by_user.items()}
    return pd.concat(
        {name: means(one, bootstrap) for name, one in by_user.items()}, names=["model"]
    )


def by_group(
    evaluations: dict[str, Evaluation], act: str, groups: pd.Series, bootstrap: Bootstrap
) -> pd.DataFrame:
    """`MAIN` for each group of the judged users.

    Parameters
    ----------
    act : of which outcome
    groups : Series of str, one per judged user

    Returns
    -------
    DataFrame, indexed by (group, model)
        users, value, low, high; and of the difference to `BASELINE`: gain, gain_low, gain_high.
    """
    base = evaluations[BASELINE].by_user[[(act, *MAIN)]]
    rows = []
    for group in sorted(groups.unique()):
        inside = (groups == group).to_numpy()
        for name, one in evaluations.items():
            mine = one.by_user[[(act, *MAIN)]]
            value = means(mine[inside], bootstrap).iloc[0]
            gain = means((mine - base)[inside], bootstrap).iloc[0]
            rows.append(
                {"group": group, "model": name, **value}
                | {"gain": gain["value"], "gain_low": gain["low"], "gain_high": gain["high"]}
            )
    table = pd.DataFrame(rows).set_index(["group", "model"])
    return table.astype({"users": int})


def by_warmth(
    evaluations: dict[str, Evaluation], snapshot: Snapshot, bootstrap: Bootstrap
) -> pd.DataFrame:
    """`by_group` of the users known before the cut, and of the others."""
    warm = snapshot.warm[snapshot.target.rows]
    groups = pd.Series(np.where(warm, "known before", "not seen before"))
    return by_group(evaluations, snapshot.act, groups, bootstrap)


def by_segment(
    evaluations: dict[str, Evaluation], snapshot: Snapshot, bootstrap: Bootstrap
) -> pd.DataFrame:
    """`by_group` of the users by their segment at the cut."""
    names = np.array(snapshot.names, dtype=object)
    groups = pd.Series(names[snapshot.segment[snapshot.target.rows]])
    return by_group(evaluations, snapshot.act, groups, bootstrap)


def by_novelty(evaluations: dict[str, Evaluation], snapshot: Snapshot) -> pd.DataFrame:
    """Hit rates of the choices of products with and without an event before the cut.

    Returns
    -------
    DataFrame, indexed by (products, model)
        choices : int, of the `act` after the cut, one per user and product
        found : float, share of them among the first 20 shown
    """
    known = snapshot.history.products["known"].to_numpy(dtype=bool)
    row, product = snapshot.target.chosen.nonzero()
    rows = []
    for name, one in evaluations.items():
        hit = (one.lists[row] == product[:, None]).any(axis=1)
        for group, inside in [("known before", known[product]), ("new", ~known[product])]:
            share = hit[inside].mean() if inside.any() else np.nan
            rows.append((group, name, int(inside.sum()), share))
    table = pd.DataFrame(rows, columns=["products", "model", "choices", "found"])
    return table.set_index(["products", "model"])
