"""The ladder judged: every rung on the same users, the same catalogue, the same cut.

And beside it, what a category can be told by.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.categories import evaluation as categories
from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.splits import TimeSplit
from trackway.params.recommend import Recommend
from trackway.params.sampling import Fill
from trackway.recommend import data, evaluation, lists, selection, snapshot, users
from trackway.recommend.data import DONE
from trackway.recommend.evaluation import MAIN, Evaluation, K
from trackway.recommend.models import ladder
from trackway.recommend.models.ladder import BASELINE, HYBRID, TOWERS
from trackway.recommend.models.recommender import Recommender
from trackway.recommend.next_basket import study as next_baskets
from trackway.recommend.selection import Selection
from trackway.recommend.snapshot import Snapshot
from trackway.recommend.tradeoff import tradeoff
from trackway.report.run import Run


@dataclass(frozen=True)
class Comparison:
    """The ladder on the test part.

    Attributes
    ----------
    protocol : DataFrame, by what is counted; a column per part of time
    snapshot : what was known at the cut before the test part, and what came after it
    selection : what the validation part decided
    rungs : rung -> recommender, of those asked again; see `selection.evaluate_ladder`
    evaluations : rung -> how it did on the test part
    scores : DataFrame, indexed by (model, outcome, kind, metric, k)
        users, and value, low, high from 0 to 1.
    differences : DataFrame, likewise: each rung minus the best single one on validation
    lists : DataFrame, indexed by model: coverage, diversity, novelty, popularity; see `lists`
    by_warmth, by_segment : DataFrame, indexed by (group, model); see `evaluation.by_group`
    by_novelty : DataFrame, indexed by (products, model); see `evaluation.by_novelty`
    tradeoff : DataFrame, indexed by weight, of the lists of `best_new`; see `tradeoff`
    users : DataFrame, some users and what they would have been shown; see `users.table`
    """

    protocol: pd.DataFrame
    snapshot: Snapshot
    selection: Selection
    rungs: dict[str, Recommender]
    evaluations: dict[str, Evaluation]
    scores: pd.DataFrame
    differences: pd.DataFrame
    lists: pd.DataFrame
    by_warmth: pd.DataFrame
    by_segment: pd.DataFrame
    by_novelty: pd.DataFrame
    tradeoff: pd.DataFrame
    users: pd.DataFrame

    @property
    def act(self) -> str:
        """What the rungs are chosen by: 'views', or 'purchases' where no views are recorded."""
        return self.snapshot.act

    @property
    def did(self) -> str:
        """What the users did by it: 'viewed' or 'bought'."""
        return DONE[self.act]

    @property
    def models(self) -> list[str]:
        """The rungs, in the order of the ladder."""
        return list(self.evaluations)

    @property
    def best(self) -> str:
        """The single rung that ranked the validation part best."""
        return self.selection.best

    @property
    def best_new(self) -> str:
        """The same of the products new to the user."""
        return self.selection.best_new

    def score(self, model: str, *key: object) -> pd.Series:
        """`scores` of one model, by `act` and the rest of a question; `MAIN` without one."""
        return self.scores.loc[(model, self.act, *(key or MAIN))]

    def difference(self, model: str, *key: object) -> pd.Series:
        """`differences`, likewise."""
        return self.differences.loc[(model, self.act, *(key or MAIN))]


@dataclass(frozen=True)
class Study:
    """What the notebook shows.

    Attributes
    ----------
    run : its settings, the seed, the bootstrap
    comparison : the ladder
    popular : DataFrame, as `Comparison.scores`: `BASELINE` alone, which needs nobody's history
        Asked only where there is no ladder; else None.
    next_basket : what the next basket of a customer can be told by, where there are orders
    categories : known categories hidden and told again
    """

    run: Run[Recommend]
    comparison: Comparison | Cannot
    popular: pd.DataFrame | Cannot | None
    next_basket: next_baskets.Evaluation | Cannot
    categories: categories.Evaluation | Cannot


def study(run: Run[Recommend], events: ir.Table, sessions: ir.Table, fill: Fill) -> Study:
    """The ladder, fitted and judged, and categories hidden and told again.

    Parameters
    ----------
    events, sessions : lazy tables, from `01_sampling`
    fill : the policies that `events` were filled with, `sampling.fill` of params.yaml
    """
    split = TimeSplit.of_table(sessions, run.shared.split.train, run.shared.split.validation)
    settings = run.settings.categories
    compared = compare(run, events, split)
    return Study(
        run,
        compared,
        popular(run, events, split) if isinstance(compared, Cannot) else None,
        next_baskets.evaluate(run, events, split),
        categories.evaluate(events, fill.category, settings, run.bootstrap),
    )


@or_cannot
def compare(run: Run[Recommend], events: ir.Table, split: TimeSplit) -> Comparison | Cannot:
    """Every rung fitted and judged."""
    settings, seed = run.settings, run.seed
    known = settings, run.facts.has_price, seed, data.outcomes(run.facts)
    earlier = snapshot.take(events, split.train_end, split.validation_end, *known)
    need(returning(need(enough(earlier, settings.min_users))))
    protocol = {"validation": earlier.counts}
    selected = selection.select(earlier, settings, seed)
    del earlier  # before the later is read: of a month's users either takes more than a gigabyte
    later = snapshot.take(events, split.validation_end, None, *known)
    need(returning(need(enough(later, settings.min_users))))
    protocol["test"] = later.counts
    rungs, evaluations = selection.evaluate_ladder(later, selected, settings, seed)
    bootstrap, best = run.bootstrap, evaluations[selected.best]
    shown = {name: lists.summary(one.lists[:, :K], later) for name, one in evaluations.items()}
    return Comparison(
        pd.DataFrame(protocol).rename_axis("what"),
        later,
        selected,
        rungs,
        evaluations,
        evaluation.scores(evaluations, bootstrap),
        evaluation.scores(evaluations, bootstrap, minus=best),
        pd.DataFrame.from_dict(shown, orient="index").rename_axis("model"),
        evaluation.by_warmth(evaluations, later, bootstrap),
        evaluation.by_segment(evaluations, later, bootstrap),
        evaluation.by_novelty(evaluations, later),
        tradeoff(rungs[selected.best_new], later, bootstrap),
        _some_users(run, later, evaluations, selected.best),
    )


@or_cannot
def popular(run: Run[Recommend], events: ir.Table, split: TimeSplit) -> pd.DataFrame | Cannot:
    """What is most popular, judged on the test part: it needs nobody's history."""
    settings, seed = run.settings, run.seed
    given = settings, run.facts.has_price, seed, data.outcomes(run.facts)
    known = snapshot.take(events, split.validation_end, None, *given)
    need(enough(known, settings.min_users))
    model = ladder.fit(BASELINE, known, settings, seed)
    judged = evaluation.evaluate(model, known.history, known.outcomes)
    return evaluation.scores({BASELINE: judged}, run.bootstrap)


def enough(known: Snapshot, least: int) -> Snapshot | Cannot:
    """`known`, if a recommender can be judged by it."""
    choosing, warm = np.diff(known.target.chosen.indptr) > 0, int(known.warm.sum())
    if min(choosing.sum(), warm) >= least:
        return known
    do = {"views": "view", "purchases": "buy"}[known.act]
    return Cannot(
        f"To be judged, {least:,} users must come before and {least:,} {do} something after the "
        f"cut at {known.history.cut:%Y-%m-%d %H:%M:%S} UTC; {warm:,} came and {choosing.sum():,} "
        "did."
    )


def returning(known: Snapshot) -> Snapshot | Cannot:
    """`known`, if anybody came before the cut and chose something after it."""
    choosing = np.diff(known.target.chosen.indptr) > 0
    if known.warm[known.target.rows[choosing]].any():
        return known
    return Cannot(
        f"None of the {choosing.sum():,} users who {DONE[known.act]} something after the cut at "
        f"{known.history.cut:%Y-%m-%d %H:%M:%S} UTC was among the {known.warm.sum():,} known "
        "before it: what rests on a user's history can be neither learned nor judged."
    )


def _some_users(
    run: Run[Recommend], known: Snapshot, evaluations: dict[str, Evaluation], best: str
) -> pd.DataFrame:
    drawn = users.draw(known, run.settings.users_shown, run.seed)
    return users.table(known, {name: evaluations[name] for name in shown_to_users(best)}, drawn)


def shown_to_users(best: str) -> list[str]:
    """The rungs whose lists are shown user by user, each once."""
    return list(dict.fromkeys([BASELINE, best, TOWERS, HYBRID]))
