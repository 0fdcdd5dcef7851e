"""What diversity costs: the same lists re-ranked with ever more weight on difference."""

import numpy as np
import pandas as pd

from trackway.evaluation import ranking
from trackway.recommend import lists
from trackway.recommend.comparison import MAIN, Comparison, K
from trackway.recommend.counts import Recommender
from trackway.recommend.diversity import rerank
from trackway.recommend.judge import CELLS, means

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)


def tradeoff(
    model: Recommender, compared: Comparison, weights: tuple[float, ...], n: int, seed: int
) -> pd.DataFrame:
    """`model`'s lists on the test part by diversity weight.

    Returns
    -------
    DataFrame, indexed by weight
        ndcg, low, high : NDCG at 10 of the views, with its interval over users
        coverage, diversity, novelty, popularity : as in `lists`
    """
    later = compared.later
    rows = later.outcomes["views"].rows
    at_once = max(1, CELLS // later.history.shape[1])
    shown = {weight: [] for weight in weights}
    for start in range(0, len(rows), at_once):
        scores = model.scores(rows[start : start + at_once])
        for weight in weights:
            shown[weight].append(rerank(scores, later.known, K, weight))
    found = {w: _rated(np.concatenate(one), compared, n, seed) for w, one in shown.items()}
    return pd.DataFrame.from_dict(found, orient="index").rename_axis("weight")


def _rated(shown: np.ndarray, compared: Comparison, n: int, seed: int) -> dict[str, float]:
    later, outcome = compared.later, compared.later.outcomes["views"]
    place = _places(shown, outcome.chosen)
    ndcg = ranking.at(K, place, outcome.chosen)[["ndcg"]]
    value, low, high = means(ndcg, n, seed).iloc[0][["value", "low", "high"]]
    rated = lists.by_user(shown, later.known, later.history, outcome).mean()
    coverage = lists.coverage(shown, later.history.shape[1])
    return {MAIN[2]: value, "low": low, "high": high, "coverage": coverage, **rated}


def _places(shown: np.ndarray, chosen) -> np.ndarray:
    """Places of the chosen products in lists of k; beyond them, one larger than the catalogue."""
    row, product = chosen.nonzero()
    same = shown[row] == product[:, None]
    return np.where(same.any(axis=1), same.argmax(axis=1) + 1, chosen.shape[1] + 1)


def of_best_new(compared: Comparison, n: int, seed: int) -> pd.DataFrame | None:
    """`tradeoff` of the single rung that finds new products best; None if nothing was judged."""
    if compared.why_not:
        return None
    return tradeoff(compared.rungs[compared.best_new], compared, WEIGHTS, n, seed)
