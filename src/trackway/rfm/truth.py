"""The clusters beside the truth: do they find the latent kinds planted in the simulated shop?

Read only here, and only of the simulated shop. Agreement of a grouping with the kinds is the
adjusted Rand index: over all pairs of customers, whether both put them together or both apart; 1
is the same grouping, 0 what chance brings (L. Hubert and P. Arabie, J. Classification 2 (1985)
193-218, doi:10.1007/BF01908075).

The ceiling is what a forest reaches that is told the kinds of other customers and sees nothing but
what K-Means sees. No clustering of these three numbers can be expected to do better, up to what
the forest misses with as many customers as there are.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import KFold, cross_val_predict

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.bootstrap import bootstrap_interval
from trackway.params.rfm import Rfm
from trackway.report import phrases, truth_table
from trackway.report.run import Run
from trackway.rfm import clusters, data, models, null
from trackway.tables import truth

FEWEST = 100  # customers; below, a forest learns nothing that could be called a ceiling
FOLDS = 5
TREES = 100
LEAF = 20  # customers in a leaf of the forest, at least
REPLICATES = 200
TAUGHT = "a forest told the kinds of others, from the same three numbers"


@dataclass(frozen=True)
class KindAgreement:
    """How far clusters and segments agree with the kinds.

    Attributes
    ----------
    lines : achieved, attainable, chance; the clusters first
    shares : DataFrame, one row per kind
        Its ``customers``, and the share of them in each cluster.
    n : customers compared
    draws : sets of customers drawn without groups, behind `chance`
    """

    lines: list[truth_table.Line]
    shares: pd.DataFrame
    n: int
    draws: int


def kinds(
    run: Run[Rfm], customers: ir.Table, model: models.Model | Cannot
) -> KindAgreement | Cannot:
    """Hold ``cluster`` and ``segment`` of the `customers`, a lazy table, against their kinds."""
    some = data.sample(customers, run.settings.max_clustered, run.seed)
    people = truth.read("users", some["user_id"])
    return compare(some, model, people, run.settings.null_draws, run.seed)


@or_cannot
def compare(
    customers: pd.DataFrame,
    model: models.Model | Cannot,
    people: pd.DataFrame | None,
    draws: int,
    seed: int,
) -> KindAgreement | Cannot:
    """Hold ``cluster`` and ``segment`` of the `customers` against the kinds of `people`.

    Parameters
    ----------
    customers : DataFrame, one row per buyer, clustered and named; some ten thousands at most
    model : what `clusters.train` returned
    people : DataFrame or None
        `truth.read("users")`. Buyers who are not among them, such as bots, are left out.
    draws : int
        Sets of customers drawn without groups, clustered as ours are.
    """
    if people is None:
        return Cannot(truth_table.UNKNOWN)
    model = need(model)
    known = customers.merge(people[["user_id", "kind"]], on="user_id")
    if len(known) < FEWEST or known["kind"].nunique() < 2:
        return _too_few(known)
    features = model.scale.features(known)
    attainable = ceiling(features, known["kind"], seed)
    chance = without_groups(features, known["kind"], model.kmeans.n_clusters, draws, seed)
    lines = [_line("clusters and kinds", known, "cluster", attainable, chance, seed)]
    if known["segment"].notna().all():
        drawn = shuffled(known, seed)
        lines += [_line("segments and kinds", known, "segment", attainable, drawn, seed)]
    return KindAgreement(lines, shares(known), len(known), draws)


def _too_few(known: pd.DataFrame) -> Cannot:
    n_kinds = known["kind"].nunique()
    several = "kind" if n_kinds == 1 else "kinds"
    return Cannot(
        f"There are {phrases.count(len(known), 'customer')} of {n_kinds} latent {several}, and "
        f"agreement with kinds asks for {FEWEST} of two at least."
    )


def agreement(kinds: np.ndarray, groups: np.ndarray, sample_weight: np.ndarray) -> float:
    """Adjusted Rand index where each customer counts `sample_weight` times.

    Copies of one customer are no pair: they agree by being the same. With weights of 1 it is
    scikit-learn's.

    Examples
    --------
    >>> kinds, groups = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])
    >>> round(agreement(kinds, groups, np.ones(4)), 4)
    0.5714
    """
    cells = pd.factorize(pd.Series(kinds) * (np.max(groups) + 1) + groups)[0]
    own = (sample_weight**2).sum()

    def pairs(codes: np.ndarray) -> float:
        return ((np.bincount(codes, sample_weight) ** 2).sum() - own) / 2

    every = (sample_weight.sum() ** 2 - own) / 2
    by_kind, by_group = pairs(kinds), pairs(groups)
    chance = by_kind * by_group / every
    most = (by_kind + by_group) / 2
    return float((pairs(cells) - chance) / (most - chance)) if most > chance else float("nan")


def ceiling(features: np.ndarray, kinds: pd.Series, seed: int) -> float:
    """Agreement with the kinds that a forest guesses for customers it has not seen.

    The better of two forests: one takes kinds as often as they are, the other all as equally
    often, which serves the index better where few kinds hold most customers.
    """
    folds = KFold(FOLDS, shuffle=True, random_state=seed)
    scores = []
    for weight in [None, "balanced"]:
        forest = RandomForestClassifier(
            TREES, min_samples_leaf=LEAF, class_weight=weight, random_state=seed, n_jobs=1
        )
        guessed = cross_val_predict(forest, features, kinds.to_numpy(), cv=folds)
        scores.append(adjusted_rand_score(kinds, guessed))
    return max(scores)


@models.one_thread
def without_groups(
    features: np.ndarray, kinds: pd.Series, k: int, draws: int, seed: int
) -> list[float]:
    """Agreement of the kinds with K-Means of customers drawn without groups, per draw."""
    drawn = (null.draw(features, seed + i) for i in range(draws))
    fits = (models.fit(one, k, seed, clusters.FEW_STARTS) for one in drawn)
    return [adjusted_rand_score(kinds, one.labels_) for one in fits]


def shuffled(known: pd.DataFrame, seed: int, times: int = 20) -> list[float]:
    """Agreement of the kinds with the segments given to the customers at random, per draw."""
    random = np.random.default_rng(seed)
    names = known["segment"].to_numpy(dtype=str)
    return [adjusted_rand_score(known["kind"], random.permutation(names)) for _ in range(times)]


def shares(known: pd.DataFrame) -> pd.DataFrame:
    """Each kind in one row: its customers, and where they are, most customers first."""
    table = pd.crosstab(known["kind"], known["cluster"].astype(int))
    table = table.div(table.sum(axis=1), axis=0).rename(columns="cluster {}".format)
    table.insert(0, "customers", known["kind"].value_counts())
    order = table.assign(name=table.index).sort_values(
        ["customers", "name"], ascending=[False, True]
    )
    return table.loc[order.index].rename_axis(columns=None).reset_index()


def _line(
    what: str, known: pd.DataFrame, column: str, attainable: float, chance: list[float], seed: int
) -> truth_table.Line:
    kinds, groups = (pd.factorize(known[name])[0] for name in ["kind", column])
    achieved = bootstrap_interval(
        agreement, kinds, groups, groups=known["user_id"], n=REPLICATES, seed=seed
    )
    what = f"adjusted Rand index of {what}"
    by_chance = round(float(np.mean(chance)), 4) + 0.0
    return truth_table.Line(what, *achieved, attainable, TAUGHT, by_chance)
