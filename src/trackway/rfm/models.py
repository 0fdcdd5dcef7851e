"""K-Means, a tree and two principal components of customers, on log-scaled R, F and M.

Recency, frequency and money have long tails, so each is shifted to a minimum of 1 in its own
unit (a day, an order, a unit of money; hours or minutes for a few days or hours of data), logged,
and standardised. Clusters are numbered from 1 by their centres: the one with most money first,
then the more frequent, then the more recent. Into how many, `clusters` asks.
"""

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

from trackway.core.cannot import Cannot
from trackway.rfm.data import RFM, recency_unit

STARTS = 10  # of K-Means; the best is kept

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


def assign(customers: ir.Table, model: Model | Cannot) -> ir.Table:
    """Return `customers` with their ``cluster``; null where there is no `model`."""
    if isinstance(model, Cannot):
        return customers.mutate(cluster=ibis.null("int64"))
    return model.assign(customers)


@one_thread
def ward(features: np.ndarray) -> np.ndarray:
    """Ward's tree over some thousand rows at most: a linkage matrix, shape (N - 1, 4)."""
    return hierarchy.linkage(features, method="ward")


def tree_agreement(linkage: np.ndarray, clusters: np.ndarray) -> float:
    """Adjusted Rand index of the tree, cut into as many groups, with `clusters` of the same.

    1 is the same grouping; 0 what chance brings.
    """
    cut = hierarchy.fcluster(linkage, len(np.unique(clusters)), criterion="maxclust")
    return float(metrics.adjusted_rand_score(clusters, cut))


def principal_components(features: np.ndarray) -> tuple[np.ndarray, PCA]:
    """Two principal components of `features`, shape (N, 2), and the fitted PCA.

    The largest loading of each component is positive, by scikit-learn's own rule.
    """
    pca = PCA(2, svd_solver="full").fit(features)
    return pca.transform(features), pca


def _logs(values: np.ndarray, floor: np.ndarray, unit: np.ndarray) -> np.ndarray:
    # customers below the floor of those the scale was fitted on count as on it
    return np.log1p(np.maximum(values - floor, 0) * unit)
