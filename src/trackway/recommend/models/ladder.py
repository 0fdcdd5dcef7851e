"""The ladder: from counting to learning, every rung fitted on the same snapshot."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from trackway.params.recommend import Recommend
from trackway.recommend.models import content, counts, factors, hybrid, ncf, neighbours, towers
from trackway.recommend.models.recommender import Recommender
from trackway.recommend.snapshot import Snapshot

POPULAR, SEGMENT, RECENT = "most popular", "popular in segment", "recently viewed"
RULES, KNN, EASE, ALS = "rules", "item-kNN", "EASE", "ALS"
CONTENT, NCF, TOWERS, HYBRID = "content", "NCF", "two towers", "hybrid"
RUNGS = [POPULAR, SEGMENT, RECENT, RULES, CONTENT, KNN, EASE, ALS, NCF, TOWERS, HYBRID]
SOURCES = [POPULAR, RECENT, CONTENT, KNN, ALS, TOWERS]  # where the hybrid's candidates come from
SERVED = [POPULAR, SEGMENT, TOWERS]  # what is handed on
BASELINE = POPULAR


def fit(
    name: str,
    snapshot: Snapshot,
    settings: Recommend,
    seed: int,
    epochs: dict[str, int] | None = None,
) -> Recommender:
    """One rung, the hybrid excepted.

    Parameters
    ----------
    epochs : how long each network is trained; None lets it stop by the outcomes, which must then
        be no test
    """
    history, days, weights = snapshot.history, settings.popular_days, settings.weights
    k, shrinkage = settings.neighbours, settings.shrinkage
    makers: dict[str, Callable[[], Recommender]] = {
        POPULAR: lambda: counts.most_popular(history, days),
        SEGMENT: lambda: counts.popular_in_segment(history, snapshot.segment, days, shrinkage),
        RECENT: lambda: counts.recently_viewed(history, days),
        RULES: lambda: neighbours.rules(history, weights, k, settings.min_count, days),
        CONTENT: lambda: content.by_content(
            history, snapshot.profile, weights, settings.popular_share, days
        ),
        KNN: lambda: neighbours.item_knn(history, weights, k, shrinkage, days),
        EASE: lambda: neighbours.ease(history, weights, settings.ease, days),
        ALS: lambda: factors.als(history, weights, settings.als, days, seed),
        NCF: lambda: _ncf(snapshot, settings, seed, epochs),
        TOWERS: lambda: _towers(snapshot, settings, seed, epochs),
    }
    return makers[name]()


def _ncf(
    snapshot: Snapshot, settings: Recommend, seed: int, epochs: dict[str, int] | None
) -> ncf.Neural:
    chosen, later = settings.ncf, None
    if epochs is None:
        later = _met_later(snapshot, seed)
    else:
        chosen = chosen.model_copy(update={"epochs": epochs[NCF]})
    days, device = settings.popular_days, settings.device
    return ncf.ncf(snapshot.history, chosen, days, device, seed, later)


def _towers(
    snapshot: Snapshot, settings: Recommend, seed: int, epochs: dict[str, int] | None
) -> towers.TwoTowers:
    chosen, later, n_users = settings.towers, None, snapshot.history.shape[0]
    if epochs is None:
        rows, products = _met_later(snapshot, seed)
        later = (snapshot.walks.latest(n_users, chosen.context)[rows], products)
    else:
        chosen = chosen.model_copy(update={"epochs": epochs[TOWERS]})
    walks, profile = snapshot.walks, snapshot.profile
    return towers.two_towers(walks, n_users, profile, chosen, settings.device, seed, later)


def _met_later(snapshot: Snapshot, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and products of what was chosen after the cut, in an order drawn from `seed`."""
    chosen = snapshot.target
    place, product = chosen.chosen.nonzero()
    order = np.random.default_rng(seed).permutation(len(place))
    return chosen.rows[place[order]], product[order]


def kept_epoch(curve: pd.DataFrame) -> int:
    """The epoch whose weights a network kept, of its `curve` of training."""
    return int(curve.loc[curve["kept"], "epoch"].iloc[0])


def sources(
    models: dict[str, Recommender], snapshot: Snapshot, settings: Recommend
) -> hybrid.Sources:
    """Those of `models` that the hybrid takes its candidates from."""
    return hybrid.Sources(
        {name: models[name] for name in SOURCES},
        snapshot.history,
        snapshot.profile,
        settings.popular_days,
        settings.hybrid.candidates,
    )
