"""Customers without clusters, to hold real ones against.

Each draw keeps how recency, frequency and money are distributed and how they are correlated, and
nothing else (a Gaussian copula). What K-Means finds in it comes from the cut, not from groups.
The steps of a margin are kept as well: if most customers bought just once, they stand apart in
the null too, and a silhouette that lives on that alone is matched by it.

Source: the idea of holding a clustering against a reference without clusters is that of
R. Tibshirani, G. Walther and T. Hastie, J. R. Statist. Soc. B 63 (2001) 411-423
(the gap statistic).
"""

import numpy as np
from scipy import stats


def draw(features: np.ndarray, seed: int) -> np.ndarray:
    """As many rows as `features`, shape (N, D), from a Gaussian copula with its margins.

    Each margin is exactly the observed one, reordered; rank correlations are the observed ones,
    up to chance.
    """
    n, width = features.shape
    scores = stats.norm.ppf(stats.rankdata(features, axis=0) / (n + 1))
    varies = scores.std(axis=0) > 0
    correlation = np.eye(width)
    if varies.sum() > 1:
        correlation[np.ix_(varies, varies)] = np.corrcoef(scores[:, varies].T)
    random = np.random.default_rng(seed)
    latent = random.multivariate_normal(np.zeros(width), correlation, size=n, method="eigh")
    places = latent.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return np.take_along_axis(np.sort(features, axis=0), places, axis=0)
