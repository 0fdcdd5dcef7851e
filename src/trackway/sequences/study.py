"""Runs the step once: examples, models, how good they are, and how good anyone could be."""

from dataclasses import dataclass
from functools import cached_property

import ibis.expr.types as ir
import pandas as pd

from trackway import engine
from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.splits import TimeSplit
from trackway.params.sequences import Sequences
from trackway.report.run import Run
from trackway.sequences import data, evaluation, truth
from trackway.sequences.data import Examples
from trackway.sequences.evaluation import Evaluation
from trackway.sequences.models import ladder as ladders
from trackway.sequences.models.ladder import Fitted, Ladder
from trackway.sequences.truth import Floor
from trackway.tables import user_sampling


@dataclass(frozen=True)
class Study:
    """What can be told of users' next actions from the recent ones.

    Attributes
    ----------
    run : settings, seed, bootstrap and the facts of the source
    split : the cut in time
    totals : int by name: `users` of the data, those `with_example`, and `examples` there are
    examples : those studied
    parts : DataFrame, examples by part of time and action (`data.part_table`)
    ladder : the fitted models; Cannot where they could not be compared
    evaluation : how good they are on the test part
    floor : the same beside what the oracle reaches

    What follows from these is computed when it is first asked for.
    """

    run: Run[Sequences]
    split: TimeSplit
    totals: dict[str, int]
    examples: Examples
    parts: pd.DataFrame
    ladder: Ladder | Cannot
    evaluation: Evaluation | Cannot
    floor: Floor | Cannot

    @cached_property
    @or_cannot
    def precision_recall(self) -> pd.DataFrame | Cannot:
        """Curves of the best chain and network; see `evaluation.precision_recall`."""
        return evaluation.precision_recall(*self._best_on_test())

    @cached_property
    @or_cannot
    def average_precision(self) -> pd.DataFrame | Cannot:
        """The same two by action; see `evaluation.average_precision`."""
        return evaluation.average_precision(*self._best_on_test())

    @cached_property
    @or_cannot
    def expected(self) -> pd.DataFrame | Cannot:
        """How often the best network expected each action; see `evaluation.expected_counts`."""
        _, network, judged = self._best_on_test()
        return evaluation.expected_counts(network.y_proba, judged.test)

    def _best_on_test(self) -> tuple[Fitted, Fitted, Evaluation]:
        ladder = need(self.ladder)
        return ladder.best("chain"), ladder.best("network"), need(self.evaluation)


def study(run: Run[Sequences], events: ir.Table, sessions: ir.Table) -> Study:
    """Fit and judge every model on examples of the lazy tables that `01_sampling` writes."""
    settings = run.settings
    split = TimeSplit.of_table(sessions, **run.shared.split.model_dump())
    sizes = engine.store(user_sampling.histories(events))
    users = data.draw_users(sizes, settings.max_examples, run.seed)
    stream = data.stream(events, users)
    examples = data.build(stream, split, settings.window, settings.gaps)
    ladder = ladders.fit(_comparable(run, examples), settings, run.seed)
    test = examples.of("test")
    return Study(
        run=run,
        split=split,
        totals=data.totals(sizes),
        examples=examples,
        parts=data.part_table(examples),
        ladder=ladder,
        evaluation=evaluation.evaluate(ladder, test, settings.min_positives, *run.bootstrap),
        floor=truth.floor(ladder, test, stream, truth.answers(), *run.bootstrap),
    )


@or_cannot
def _comparable(run: Run[Sequences], examples: Examples) -> Examples | Cannot:
    """The examples, if the times tell which event is the next, and they are enough."""
    need(run.facts.times_tell("minute"))
    return examples.comparable(run.settings.min_users)
