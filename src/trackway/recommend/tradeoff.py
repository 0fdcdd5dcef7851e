"""What diversity costs: the same lists re-ranked with ever more weight on difference."""

import numpy as np
import pandas as pd
from scipy import sparse

from trackway.evaluation import ranking
from trackway.evaluation.bootstrap import Bootstrap
from trackway.recommend import lists
from trackway.recommend.diversity import rerank
from trackway.recommend.evaluation import MAIN, K, means
from trackway.recommend.models.recommender import Recommender, batches
from trackway.recommend.snapshot import Snapshot

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)


def tradeoff(
    model: Recommender,
    snapshot: Snapshot,
    bootstrap: Bootstrap,
    weights: tuple[float, ...] = WEIGHTS,
) -> pd.DataFrame:
    """`model`'s lists for the users to be judged by, by diversity weight.

    Returns
    -------
    DataFrame, indexed by weight
        ndcg, low, high : NDCG at 10 of the target, with its interval over users
        coverage, diversity, novelty, popularity : as in `lists`
    """
    rows = snapshot.target.rows
    shown = {weight: [] for weight in weights}
    for batch in batches(len(rows), snapshot.history.shape[1]):
        scores = model.scores(rows[batch])
        for weight in weights:
            shown[weight].append(rerank(scores, snapshot.profile, K, weight))
    rated = {w: _rated(np.concatenate(one), snapshot, bootstrap) for w, one in shown.items()}
    return pd.DataFrame.from_dict(rated, orient="index").rename_axis("weight")


def _rated(shown: np.ndarray, snapshot: Snapshot, bootstrap: Bootstrap) -> dict[str, float]:
    chosen = snapshot.target.chosen
    ndcg = ranking.metrics_at_k(K, _ranks(shown, chosen), chosen)[["ndcg"]]
    value, low, high = means(ndcg, bootstrap).iloc[0][["value", "low", "high"]]
    return {MAIN[1]: value, "low": low, "high": high} | lists.summary(shown, snapshot)


def _ranks(shown: np.ndarray, chosen: sparse.csr_array) -> np.ndarray:
    """Ranks of the chosen products in lists of k; beyond them, one larger than the catalogue."""
    row, product = chosen.nonzero()
    same = shown[row] == product[:, None]
    return np.where(same.any(axis=1), same.argmax(axis=1) + 1, chosen.shape[1] + 1)
