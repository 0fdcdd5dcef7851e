"""Do customers fall into groups by themselves? K-Means and a tree on log-scaled R, F and M.

Recency, frequency and money have long tails, so each is shifted to a minimum of 1 in its own
unit (a day, an order, a unit of money; hours or minutes for a few days or hours of data), logged,
and standardised. Clusters are numbered from 1
by their centres: the one with most money first, then the more frequent, then the more recent.

A high silhouette proves no clusters: a smooth cloud cut in two has one. `null` draws customers
with the same margins and correlations but nothing else; read every index beside it.
"""

import warnings
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.cluster import hierarchy
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from trackway.core.errors import InputError
from trackway.report import yellowbrick_compat
from trackway.rfm import null
from trackway.rfm.table import RFM, recency_unit

STARTS = 10  # of K-Means; the best is kept
FEW_STARTS = 3  # where many fits are compared, the null's included
K_MIN = 2
MEAN_SIZE = 10  # customers a cluster: more clusters than that are compared only if asked for

# On some thousand rows a second thread costs more than it saves, and changes the last digits.
one_thread = threadpool_limits.wrap(limits=1)


@dataclass(frozen=True)
class Scale:
    """How R, F and M become features: fitted once, applied to any customers.

    Attributes
    ----------
    unit, floor, mean, spread : float arrays, shape (3,)
        Units to one of the table's; lowest value; mean and standard deviation of the logs (1
        where all are equal).
    """

    unit: np.ndarray
    floor: np.ndarray
    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, customers: pd.DataFrame) -> "Scale":
        """The scale of `customers`, who are at least one."""
        values = customers[RFM].to_numpy(dtype=float)
        unit = np.array([recency_unit(values[:, 0].max())[1], 1.0, 1.0])
        floor = values.min(axis=0)
        logs = _logs(values, floor, unit)
        spread = logs.std(axis=0)
        return cls(unit, floor, logs.mean(axis=0), np.where(spread > 1e-12, spread, 1.0))

    def features(self, customers: pd.DataFrame) -> np.ndarray:
        """Standardised logs, shape (N, 3): recency, frequency, money."""
        values = customers[RFM].to_numpy(dtype=float)
        return (_logs(values, self.floor, self.unit) - self.mean) / self.spread

    def lazy(self, customers: ir.Table) -> list[ir.FloatingValue]:
        """The same three features as expressions."""
        numbers = (self.floor, self.unit, self.mean, self.spread)
        columns = zip(RFM, *(array.tolist() for array in numbers), strict=True)
        return [
            (((customers[name] - low).clip(lower=0) * unit + 1).ln() - mean) / spread
            for name, low, unit, mean, spread in columns
        ]


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
) -> Choice | None:
    """Compare numbers of clusters, against each other and against no clusters at all.

    None where fewer than three customers differ.

    Parameters
    ----------
    customers : DataFrame, one row per customer; some thousands, as every pair is measured
    k : int or None
        The number asked for; None takes the one most indices are for.
    k_max : int
        The largest number compared.
    draws : int
        Sets of customers drawn without clusters.
    """
    check(k, customers)
    if not most(customers):
        return None
    last = max(K_MIN, min(k_max, most(customers), len(customers) // MEAN_SIZE), k or 0)
    ks = list(range(K_MIN, last + 1))
    features = Scale.of(customers).features(customers)
    table = pd.DataFrame([_indices(features, n, seed) for n in ks])
    drawn = [_silhouettes(null.draw(features, seed + i), ks, seed) for i in range(draws)]
    table["null_silhouette"] = np.mean(drawn, axis=0)
    table["null_low"], table["null_high"] = np.min(drawn, axis=0), np.max(drawn, axis=0)
    votes = {"elbow": elbow(features, ks, seed).elbow_value_} | _best(table)
    return Choice(k or _elected(votes), k is not None, votes, table, draws, len(customers))


@one_thread
def elbow(features: np.ndarray, ks: list[int], seed: int, ax=None):
    """yellowbrick's elbow figure of `ks`, fitted; drawn on `ax`."""
    model = KMeans(n_init=FEW_STARTS, random_state=seed)
    options = {"k": ks, "timings": False, "locate_elbow": len(ks) > 2}
    shown = yellowbrick_compat.cluster.KElbowVisualizer(model, ax=ax, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "no knee" is an answer: elbow_value_ is None
        return shown.fit(features)


@one_thread
def fit(features: np.ndarray, k: int, seed: int, starts: int = STARTS) -> KMeans:
    """K-Means of `features`, its clusters in the order of their centres.

    Returns
    -------
    KMeans, fitted
        Centre 0 has the most money; then frequency, then recency decide.
    """
    model = KMeans(k, n_init=starts, random_state=seed).fit(features)
    recency, frequency, money = model.cluster_centers_.round(9).T
    order = np.lexsort([recency, -frequency, -money])
    model.cluster_centers_ = model.cluster_centers_[order]
    model.labels_ = np.argsort(order)[model.labels_].astype(model.labels_.dtype)
    return model


@dataclass(frozen=True)
class Model:
    """Clusters that can be asked about any customer."""

    scale: Scale
    kmeans: KMeans

    def of(self, customers: pd.DataFrame) -> np.ndarray:
        """The cluster of each customer, from 1."""
        return self.kmeans.predict(self.scale.features(customers)).astype("int64") + 1

    def assign(self, customers: ir.Table) -> ir.Table:
        """Return `customers` with the same as ``cluster``, however many they are."""
        features = dict(zip("rfm", self.scale.lazy(customers), strict=True))
        placed = customers.mutate(**features)
        apart = {
            f"apart_{number}": sum(
                (placed[name] - at) ** 2 for name, at in zip("rfm", centre, strict=True)
            )
            for number, centre in enumerate(self.kmeans.cluster_centers_.tolist(), start=1)
        }
        placed = placed.mutate(**apart)
        least = ibis.least(*(placed[name] for name in apart))
        nearest = [(placed[name] == least, number) for number, name in enumerate(apart, start=1)]
        named = placed.mutate(cluster=ibis.cases(*nearest).cast("int64"))
        return named.drop("r", "f", "m", *apart)


@one_thread
def train(customers: pd.DataFrame, choice: Choice | None, seed: int) -> Model | None:
    """Cluster `customers`, some ten thousands at most; None as `choice`."""
    if choice is None:
        return None
    scale = Scale.of(customers)
    return Model(scale, fit(scale.features(customers), choice.k, seed))


def assign(customers: ir.Table, model: Model | None) -> ir.Table:
    """Return `customers` with their ``cluster``; null where there is no `model`."""
    if model is None:
        return customers.mutate(cluster=ibis.null("int64"))
    return model.assign(customers)


@one_thread
def tree(features: np.ndarray) -> np.ndarray:
    """Ward's tree over some thousand rows at most: a linkage matrix, shape (N - 1, 4)."""
    return hierarchy.linkage(features, method="ward")


def agreement(linkage: np.ndarray, clusters: np.ndarray) -> float:
    """Adjusted Rand index of the tree, cut into as many groups, with `clusters` of the same.

    1 is the same grouping; 0 what chance brings.
    """
    cut = hierarchy.fcluster(linkage, len(np.unique(clusters)), criterion="maxclust")
    return float(metrics.adjusted_rand_score(clusters, cut))


def view(features: np.ndarray) -> tuple[np.ndarray, PCA]:
    """Two principal components of `features`, shape (N, 2), and the fitted PCA.

    The largest loading of each component is positive, by scikit-learn's own rule.
    """
    pca = PCA(2, svd_solver="full").fit(features)
    return pca.transform(features), pca


def _logs(values: np.ndarray, floor: np.ndarray, unit: np.ndarray) -> np.ndarray:
    # customers below the floor of those the scale was fitted on count as on it
    return np.log1p(np.maximum(values - floor, 0) * unit)


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
