"""Customers without clusters, to hold real ones against.

Each draw keeps how recency, frequency and money are distributed and how they are correlated, and
nothing else (a Gaussian copula). What K-Means finds in it comes from the cut, not from groups.
The steps and gaps of a margin are kept as well: if most customers bought just once, they stand
apart in the null too, and a silhouette that lives on that alone is matched by it. Groups that
show in one measure are to be seen in its histogram; the null asks for more than that.

Ties weaken the correlation of what is drawn, so the copula's own is raised until the drawn
features are correlated as the observed ones are.

Source: the idea of holding a clustering against a reference without clusters is that of
R. Tibshirani, G. Walther and T. Hastie, J. R. Statist. Soc. B 63 (2001) 411-423
(the gap statistic).
"""

import numpy as np

ROUNDS = 8  # of raising the copula's correlation; it settles after three or four
STRONGEST = 0.995  # correlation of a copula that can still be drawn from


def draw(features: np.ndarray, seed: int) -> np.ndarray:
    """As many rows as `features`, shape (N, D), from a Gaussian copula with its margins.

    Each margin is exactly the observed one, reordered; correlations are the observed ones, up to
    what a Gaussian copula can reach.
    """
    margins = np.sort(features, axis=0)
    noise = np.random.default_rng(seed).normal(size=features.shape)
    wanted = latent = correlations(features)
    for _ in range(ROUNDS):
        drawn = _reordered(margins, noise, latent)
        latent = np.clip(latent + wanted - correlations(drawn), -STRONGEST, STRONGEST)
        np.fill_diagonal(latent, 1.0)
    return _reordered(margins, noise, latent)


def correlations(features: np.ndarray) -> np.ndarray:
    """Correlation matrix, shape (D, D); 0 beside a column in which all are equal."""
    centred = features - features.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    unit = centred / np.where(length > 1e-9, length, np.inf)
    matrix = unit.T @ unit
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _reordered(margins: np.ndarray, noise: np.ndarray, latent: np.ndarray) -> np.ndarray:
    """`margins`, each in the order of one column of `noise` given the correlation `latent`."""
    values, vectors = np.linalg.eigh(latent)
    normal = noise @ (vectors * np.sqrt(np.clip(values, 0, None))).T
    places = normal.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return np.take_along_axis(margins, places, axis=0)
