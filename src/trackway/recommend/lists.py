"""What a list of recommendations is like, whatever its user then chose.

- coverage: share of the catalogue that anybody is shown;
- diversity: 1 minus the mean likeness of two products of a list;
- novelty: bits of surprise, minus log2 of the share of users who met a product. S. Vargas and P.
  Castells, RecSys 2011, doi:10.1145/2043932.2043955;
- popularity: how popular what is shown is, over what users chose; above 1 the popular is pushed. H.
  Abdollahpouri et al., RMSE at RecSys 2019, arXiv:1907.13286.

Two products are alike by the share of category, brand and price level they have in common; what is
unknown is common to nothing.
"""

import numpy as np
import pandas as pd

from trackway.recommend.history import History, Outcome
from trackway.recommend.profile import UNKNOWN, Profile
from trackway.recommend.snapshot import Snapshot


def likeness(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Share of attributes in common; from codes of shape (..., 3), which are broadcast.

    Examples
    --------
    >>> likeness(np.array([3, 0, 2]), np.array([3, 0, 1])).round(2).tolist()
    0.33
    """
    return ((one == other) & (one != UNKNOWN)).mean(axis=-1)


def coverage(shown: np.ndarray, n: int) -> float:
    """Share of `n` products that occur in `shown`, shape (B, k)."""
    return len(np.unique(shown)) / n


def by_user(shown: np.ndarray, profile: Profile, history: History, chosen: Outcome) -> pd.DataFrame:
    """What each user's list is like.

    Parameters
    ----------
    shown : int array, shape (B, k)
    chosen : what popularity is compared with

    Returns
    -------
    DataFrame, one row per user
        diversity, from 0 to 1; novelty, bits; popularity, 1 is as popular as what was chosen
    """
    codes = profile.codes[shown]  # (B, k, 3)
    k = shown.shape[1]
    alike = likeness(codes[:, :, None], codes[:, None, :]).sum(axis=(1, 2))
    itself = likeness(codes, codes).sum(axis=1)
    met = np.bincount(history.met.indices, minlength=history.shape[1])
    n_users = max(int((np.diff(history.met.indptr) > 0).sum()), 1)
    surprise = -np.log2(np.maximum(met, 0.5) / n_users)  # nobody's product: as if of half a user
    usual = met[chosen.chosen.indices].mean() if chosen.chosen.nnz else np.nan
    return pd.DataFrame(
        {
            "diversity": 1 - (alike - itself) / max(k * (k - 1), 1),
            "novelty": surprise[shown].mean(axis=1),
            "popularity": met[shown].mean(axis=1) / usual,
        }
    )


def summary(shown: np.ndarray, snapshot: Snapshot) -> dict[str, float]:
    """``coverage`` and the means of `by_user` of lists, shape (B, k), beside what users chose."""
    rated = by_user(shown, snapshot.profile, snapshot.history, snapshot.target).mean()
    return {"coverage": coverage(shown, snapshot.history.shape[1]), **rated}
