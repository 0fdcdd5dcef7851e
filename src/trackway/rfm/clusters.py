"""Do customers fall into groups by themselves, and into how many?

A high silhouette proves no clusters: a smooth cloud cut in two has one. `null` draws customers
with the same margins and correlations but nothing else; read every index beside it.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.cluster import KMeans

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.core.errors import InputError
from trackway.report import yellowbrick_compat
from trackway.rfm import null
from trackway.rfm.data import NOBODY, RFM
from trackway.rfm.models import Model, Scale, fit, one_thread

FEW_STARTS = 3  # of K-Means where many fits are compared, the null's included
K_MIN = 2
MEAN_SIZE = 10  # customers a cluster: more clusters than that are compared only if asked for


@dataclass(frozen=True)
class Choice:
    """How many clusters, and why.

    Attributes
    ----------
    k : int
    asked : bool
        Whether `k` was set by hand; else most of `votes` are for it, and where they tie the
        silhouette's is taken, or the least.
    votes : dict of index to k
        The number each index is for: the elbow that yellowbrick sees in `squares` (None where it
        sees none), the highest silhouette and Calinski-Harabasz, the lowest Davies-Bouldin.
    indices : DataFrame, one row per number of clusters
        k; squares (sum of squared distances to the centres), silhouette, calinski_harabasz (high
        is good), davies_bouldin (low is good); null_silhouette, null_low, null_high: mean, least
        and greatest silhouette of customers drawn without clusters.
    draws, compared : int
        Draws of the null; customers the indices are computed on.
    """

    k: int
    asked: bool
    votes: dict[str, int | None]
    indices: pd.DataFrame
    draws: int
    compared: int

    def at(self, k: int | None = None) -> pd.Series:
        """The indices at `k` clusters; at the chosen number if None."""
        return self.indices.set_index("k").loc[k or self.k]


def most(customers: pd.DataFrame) -> int:
    """The largest number of clusters `customers` can be cut into; 0 where there is no choice.

    Indices need a cluster fewer than there are different customers.
    """
    n = different(customers)
    return n - 1 if n > K_MIN else 0


def different(customers: pd.DataFrame) -> int:
    """How many of `customers` differ in recency, frequency or money."""
    return len(customers[RFM].drop_duplicates())


def check(k: int | None, customers: pd.DataFrame) -> None:
    """Refuse a number of clusters that `customers` do not carry.

    Raises
    ------
    InputError
        If `k` was asked for and is above `most`.
    """
    if k is not None and k > (limit := most(customers)):
        allowed = f"at most {limit}, or null" if limit else "null"
        raise InputError(
            f"rfm.k asks for {k} clusters, but {len(customers):,} customers bought, who differ "
            f"enough for {limit or 'none'}; set rfm.k to {allowed}"
        )


@one_thread
def choose(
    customers: pd.DataFrame, k: int | None, k_max: int, draws: int, seed: int
) -> Choice | Cannot:
    """Compare numbers of clusters, against each other and against no clusters at all.

    Clusters need at least three customers who differ.

    Parameters
    ----------
    customers : DataFrame, one row per customer; some thousands, as every pair is measured
    k : int or None
        The number asked for; None takes the one most indices are for.
    k_max : int
        The largest number compared.
    draws : int
        Sets of customers drawn without clusters.

    Raises
    ------
    InputError
        If `k` was asked for and these customers do not carry as many.
    """
    check(k, customers)
    if not most(customers):
        return _alike(customers)
    last = max(K_MIN, min(k_max, most(customers), len(customers) // MEAN_SIZE), k or 0)
    ks = list(range(K_MIN, last + 1))
    features = Scale.of(customers).features(customers)
    table = pd.DataFrame([_indices(features, n, seed) for n in ks])
    drawn = [_silhouettes(null.draw(features, seed + i), ks, seed) for i in range(draws)]
    table["null_silhouette"] = np.mean(drawn, axis=0)
    table["null_low"], table["null_high"] = np.min(drawn, axis=0), np.max(drawn, axis=0)
    votes = {"elbow": elbow(features, ks, seed).elbow_value_} | _best(table)
    return Choice(k or _elected(votes), k is not None, votes, table, draws, len(customers))


@or_cannot
@one_thread
def train(customers: pd.DataFrame, choice: Choice | Cannot, seed: int) -> Model:
    """Cluster `customers`, some ten thousands at most, into as many as were chosen."""
    k, scale = need(choice).k, Scale.of(customers)
    return Model(scale, fit(scale.features(customers), k, seed))


@one_thread
def elbow(features: np.ndarray, ks: list[int], seed: int, ax=None):
    """yellowbrick's elbow figure of `ks`, fitted; drawn on `ax`."""
    model = KMeans(n_init=FEW_STARTS, random_state=seed)
    options = {"k": ks, "timings": False, "locate_elbow": len(ks) > 2}
    shown = yellowbrick_compat.cluster.KElbowVisualizer(model, ax=ax, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "no knee" is an answer: elbow_value_ is None
        return shown.fit(features)


def _alike(customers: pd.DataFrame) -> Cannot:
    if customers.empty:
        return Cannot(NOBODY)
    return Cannot(
        "Clusters need at least three customers who differ in recency, frequency or money; there "
        f"are {different(customers)} among {len(customers):,}."
    )


def _best(table: pd.DataFrame) -> dict[str, int]:
    at = table.set_index("k")
    return {
        "silhouette": int(at["silhouette"].idxmax()),
        "calinski_harabasz": int(at["calinski_harabasz"].idxmax()),
        "davies_bouldin": int(at["davies_bouldin"].idxmin()),
    }


def _elected(votes: dict[str, int | None]) -> int:
    numbers = [int(k) for k in votes.values() if k is not None]
    most = max(numbers.count(k) for k in numbers)
    elected = [k for k in numbers if numbers.count(k) == most]
    return votes["silhouette"] if votes["silhouette"] in elected else min(elected)


def _indices(features: np.ndarray, k: int, seed: int) -> dict[str, float]:
    model = fit(features, k, seed, FEW_STARTS)
    return {
        "k": k,
        "squares": model.inertia_,
        "silhouette": metrics.silhouette_score(features, model.labels_),
        "calinski_harabasz": metrics.calinski_harabasz_score(features, model.labels_),
        "davies_bouldin": metrics.davies_bouldin_score(features, model.labels_),
    }


def _silhouettes(features: np.ndarray, ks: list[int], seed: int) -> list[float]:
    distances = metrics.pairwise_distances(features)
    labels = [KMeans(k, n_init=FEW_STARTS, random_state=seed).fit_predict(features) for k in ks]
    return [metrics.silhouette_score(distances, one, metric="precomputed") for one in labels]
