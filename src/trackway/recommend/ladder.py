"""The ladder: from counting to learning, every rung given the same and judged alike.

Each rung is fitted twice. First on what lies before the end of the training part: what must be
chosen (when a network stops, how the hybrid orders its candidates) is chosen on the validation
part. Then, with these choices, on all that lies before the test part. Only the choices pass from
the one to the other, so that what is known at the two cuts is never held at once.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import ibis.expr.types as ir
import lightgbm
import numpy as np
import pandas as pd

from trackway.recommend import (
    content,
    counts,
    factors,
    history,
    hybrid,
    judge,
    ncf,
    neighbours,
    profile,
    segments,
    tables,
    towers,
    walks,
)
from trackway.recommend.counts import Recommender
from trackway.recommend.history import History, Outcome
from trackway.recommend.judge import Judged

POPULAR, SEGMENT, RECENT = "most popular", "popular in segment", "recently viewed"
RULES, KNN, EASE, ALS = "rules", "item-kNN", "EASE", "ALS"
CONTENT, NCF, TOWERS, HYBRID = "content", "NCF", "two towers", "hybrid"
RUNGS = [POPULAR, SEGMENT, RECENT, RULES, CONTENT, KNN, EASE, ALS, NCF, TOWERS, HYBRID]
SOURCES = [POPULAR, RECENT, CONTENT, KNN, ALS, TOWERS]  # where the hybrid's candidates come from
SERVED = [POPULAR, SEGMENT, TOWERS]  # what is handed on
BASELINE = POPULAR


@dataclass(frozen=True)
class Given:
    """All that a rung may know at a cut, and what it is judged by.

    Attributes
    ----------
    history : what users did before the cut
    outcomes : what they did between the cut and the end asked for
    walks : the order in which they did it
    known : the products' attributes
    segment : int array, shape (U,), of each row of the history
    names : of the segments
    """

    history: History
    outcomes: dict[str, Outcome]
    walks: walks.Walks
    known: profile.Profile
    segment: np.ndarray
    names: list[str]


def given(
    events: ir.Table,
    cut: pd.Timestamp,
    end: pd.Timestamp | None,
    has_price: bool,
    settings: dict,
    rfm: dict,
    seed: int,
) -> Given:
    """What is known at `cut`, and what was done from it on, before `end`."""
    past, outcomes = history.load(events, cut, end, settings, seed)
    ids = past.products["product_id"].to_numpy()
    before = tables.before(events, cut)
    walked = walks.load(before, past.users, ids, settings["longest_walk"])
    named = segments.of(events, cut, has_price, rfm, past.users)
    return Given(past, outcomes, walked, profile.profile(past.products), *segments.codes(named))


def fit(
    name: str, known: Given, settings: dict, seed: int, epochs: dict[str, int] | None = None
) -> Recommender:
    """One rung, the hybrid excepted.

    Parameters
    ----------
    epochs : how long each network is trained; None lets it stop by the outcomes, which must then
        be no test
    """
    return _MAKERS[name](known, settings, seed, epochs)


def _popular(known: Given, settings: dict, seed: int, epochs: None) -> Recommender:
    return counts.most_popular(known.history, settings["popular_days"])


def _segment(known: Given, settings: dict, seed: int, epochs: None) -> Recommender:
    return counts.popular_in_segment(
        known.history, known.segment, settings["popular_days"], settings["shrinkage"]
    )


def _recent(known: Given, settings: dict, seed: int, epochs: None) -> Recommender:
    return counts.recently_viewed(known.history, settings["popular_days"])


def _rules(known: Given, settings: dict, seed: int, epochs: None) -> Recommender:
    return neighbours.rules(
        known.history,
        settings["weights"],
        settings["neighbours"],
        settings["min_count"],
        settings["popular_days"],
    )


def _content(known: Given, settings: dict, seed: int, epochs: None) -> Recommender:
    return content.by_content(
        known.history,
        known.known,
        settings["weights"],
        settings["popular_share"],
        settings["popular_days"],
    )


def _knn(known: Given, settings: dict, seed: int, epochs: None) -> Recommender:
    return neighbours.item_knn(
        known.history,
        settings["weights"],
        settings["neighbours"],
        settings["shrinkage"],
        settings["popular_days"],
    )


def _ease(known: Given, settings: dict, seed: int, epochs: None) -> Recommender:
    return neighbours.ease(
        known.history, settings["weights"], **settings["ease"], days=settings["popular_days"]
    )


def _als(known: Given, settings: dict, seed: int, epochs: None) -> Recommender:
    return factors.als(
        known.history,
        settings["weights"],
        **settings["als"],
        days=settings["popular_days"],
        seed=seed,
    )


def _ncf(known: Given, settings: dict, seed: int, epochs: dict[str, int] | None) -> Recommender:
    chosen = settings["ncf"] | {"device": settings["device"]}
    if epochs is not None:
        chosen["epochs"] = epochs[NCF]
    later = _met_later(known, seed) if epochs is None else None
    return ncf.ncf(known.history, chosen, settings["popular_days"], seed, later)


def _towers(known: Given, settings: dict, seed: int, epochs: dict[str, int] | None) -> Recommender:
    chosen = settings["towers"] | {"device": settings["device"]}
    later = None
    if epochs is None:
        rows, products = _met_later(known, seed)
        latest = known.walks.latest(known.history.shape[0], chosen["context"])
        later = (latest[rows], products)
    else:
        chosen["epochs"] = epochs[TOWERS]
    return towers.two_towers(known.walks, known.history.shape[0], known.known, chosen, seed, later)


_MAKERS: dict[str, Callable[..., Recommender]] = {
    POPULAR: _popular,
    SEGMENT: _segment,
    RECENT: _recent,
    RULES: _rules,
    CONTENT: _content,
    KNN: _knn,
    EASE: _ease,
    ALS: _als,
    NCF: _ncf,
    TOWERS: _towers,
}


def _met_later(known: Given, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and products of the views after the cut, in an order drawn from `seed`."""
    outcome = known.outcomes["views"]
    place, product = outcome.chosen.nonzero()
    order = np.random.default_rng(seed).permutation(len(place))
    return outcome.rows[place[order]], product[order]


@dataclass(frozen=True)
class Chosen:
    """What the validation part decided: all that is kept of the earlier cut.

    Attributes
    ----------
    validation : DataFrame, indexed by rung, the hybrid excepted: NDCG at 10 of the views between
        the cuts, ``all`` and ``new``, of the rung as of the earlier cut
    curves : network -> its epochs, the one kept marked
    order : how the hybrid orders its candidates
    """

    validation: pd.DataFrame
    curves: dict[str, pd.DataFrame]
    order: lightgbm.Booster

    @property
    def best(self) -> str:
        """The single rung that ranked the views of the validation part best."""
        return str(self.validation["all"].idxmax())

    @property
    def best_new(self) -> str:
        """The single rung that ranked its views of products new to the user best.

        `best`, where nobody viewed a product that was new to them.
        """
        new = self.validation["new"]
        return self.best if new.isna().all() else str(new.idxmax())

    @property
    def epochs(self) -> dict[str, int]:
        return {name: kept_epoch(curve) for name, curve in self.curves.items()}


def choose(known: Given, settings: dict, seed: int) -> Chosen:
    """Fit the single rungs on `known`'s history and choose by the views that came after it."""
    views = {"views": known.outcomes["views"]}
    learned, validation, curves = {}, {}, {}
    for name in _singles(SOURCES):
        model = fit(name, known, settings, seed)
        found = judge.judge(model, known.history, views).by_user["views"].mean()
        validation[name] = {kind: found[(kind, "ndcg", 10)] for kind in ("all", "new")}
        if name in (NCF, TOWERS):
            curves[name] = model.curve
        if name in SOURCES:
            learned[name] = model
        del model  # before the next is fitted
    order = hybrid.learn_order(
        sources(learned, known, settings), known.outcomes["views"], settings["hybrid"], seed
    )
    table = pd.DataFrame.from_dict(validation, orient="index")
    return Chosen(table.reindex(_singles()), curves, order)


def climb(
    known: Given, chosen: Chosen, settings: dict, seed: int
) -> tuple[dict[str, Recommender], dict[str, Judged]]:
    """Every rung, fitted on `known`'s history as chosen and judged by its outcomes.

    Returns
    -------
    rungs : name -> recommender, of those that anything is asked of once all are judged
    judged : name -> how it did, in the order of `RUNGS`
    """
    kept = {*SOURCES, *SERVED, chosen.best, chosen.best_new}
    rungs, judged = {}, {}
    for name in _singles(kept):
        model = fit(name, known, settings, seed, chosen.epochs)
        judged[name] = judge.judge(model, known.history, known.outcomes)
        if name in kept:
            rungs[name] = model
        del model  # before the next is fitted
    rungs[HYBRID] = hybrid.Hybrid(sources(rungs, known, settings), chosen.order)
    judged[HYBRID] = judge.judge(rungs[HYBRID], known.history, known.outcomes)
    return rungs, {name: judged[name] for name in RUNGS}


def _singles(kept: Collection[str] = RUNGS) -> list[str]:
    """All rungs but the hybrid; first those not kept: of a month's users a network is gigabytes."""
    return sorted((name for name in RUNGS if name != HYBRID), key=lambda name: name in kept)


def kept_epoch(curve: pd.DataFrame) -> int:
    return int(curve.loc[curve["kept"], "epoch"].iloc[0])


def sources(models: dict[str, Recommender], known: Given, settings: dict) -> hybrid.Sources:
    return hybrid.Sources(
        {name: models[name] for name in SOURCES},
        known.history,
        known.known,
        settings["popular_days"],
        settings["hybrid"]["candidates"],
    )
