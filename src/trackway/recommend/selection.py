"""Every rung of the ladder is given the same and judged alike, and fitted twice.

First on what lies before the end of the training part: what must be chosen (when a network stops,
how the hybrid orders its candidates) is chosen on the validation part. Then, with these choices, on
all that lies before the test part. Only the choices pass from the one to the other, so that what
is known at the two cuts is never held at once.
"""

from collections.abc import Collection
from dataclasses import dataclass

import lightgbm
import pandas as pd

from trackway.params.recommend import Recommend
from trackway.recommend import evaluation
from trackway.recommend.evaluation import Evaluation
from trackway.recommend.models import hybrid, ladder
from trackway.recommend.models.ladder import HYBRID, NCF, RUNGS, SERVED, SOURCES, TOWERS
from trackway.recommend.models.recommender import Recommender
from trackway.recommend.snapshot import Snapshot


@dataclass(frozen=True)
class Selection:
    """What the validation part decided: all that is kept of the earlier cut.

    Attributes
    ----------
    validation : DataFrame, indexed by rung, the hybrid excepted
        NDCG at 10 of the choices between the cuts, ``all`` and ``new``, of the rung as of the
        earlier cut.
    curves : network -> its epochs, the one kept marked; see `models.learning.train`
    order : how the hybrid orders its candidates
    """

    validation: pd.DataFrame
    curves: dict[str, pd.DataFrame]
    order: lightgbm.Booster

    @property
    def best(self) -> str:
        """The single rung that ranked the choices of the validation part best."""
        return str(self.validation["all"].idxmax())

    @property
    def best_new(self) -> str:
        """The single rung that ranked its choices of products new to the user best.

        `best`, where nobody chose a product that was new to them.
        """
        new = self.validation["new"]
        return self.best if new.isna().all() else str(new.idxmax())

    @property
    def epochs(self) -> dict[str, int]:
        """How long each network was trained."""
        return {name: ladder.kept_epoch(curve) for name, curve in self.curves.items()}


def select(snapshot: Snapshot, settings: Recommend, seed: int) -> Selection:
    """Fit the single rungs on the snapshot's history; choose by what came after it."""
    learned, validation, curves = {}, {}, {}
    for name in _singles(SOURCES):
        model = ladder.fit(name, snapshot, settings, seed)
        rated = evaluation.evaluate(model, snapshot.history, {snapshot.act: snapshot.target})
        means = rated.by_user[snapshot.act].mean()
        validation[name] = {kind: means[(kind, "ndcg", 10)] for kind in ("all", "new")}
        if name in (NCF, TOWERS):
            curves[name] = model.curve
        if name in SOURCES:
            learned[name] = model
        del model  # before the next is fitted
    sources = ladder.sources(learned, snapshot, settings)
    order = hybrid.learn_order(sources, snapshot.target, settings.hybrid, seed)
    table = pd.DataFrame.from_dict(validation, orient="index")
    return Selection(table.reindex(_singles()), curves, order)


def evaluate_ladder(
    snapshot: Snapshot, selected: Selection, settings: Recommend, seed: int
) -> tuple[dict[str, Recommender], dict[str, Evaluation]]:
    """Every rung, fitted on the snapshot's history as selected and judged by its outcomes.

    Returns
    -------
    rungs : name -> recommender, of those that anything is asked of once all are judged
    evaluations : name -> how it did, in the order of `RUNGS`
    """
    kept = {*SOURCES, *SERVED, selected.best, selected.best_new}
    rungs, evaluations = {}, {}
    for name in _singles(kept):
        model = ladder.fit(name, snapshot, settings, seed, selected.epochs)
        evaluations[name] = evaluation.evaluate(model, snapshot.history, snapshot.outcomes)
        if name in kept:
            rungs[name] = model
        del model  # before the next is fitted
    rungs[HYBRID] = hybrid.Hybrid(ladder.sources(rungs, snapshot, settings), selected.order)
    evaluations[HYBRID] = evaluation.evaluate(rungs[HYBRID], snapshot.history, snapshot.outcomes)
    return rungs, {name: evaluations[name] for name in RUNGS}


def _singles(kept: Collection[str] = RUNGS) -> list[str]:
    """All rungs but the hybrid; first those not kept: of a month's users a network is gigabytes."""
    return sorted((name for name in RUNGS if name != HYBRID), key=lambda name: name in kept)
