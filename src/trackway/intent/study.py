"""Who is scored when, from what, by which models, and how well: the main result of `05_intent`."""

from dataclasses import dataclass
from functools import cached_property, partial

import ibis.expr.types as ir
import pandas as pd

from trackway import engine
from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.paired import PairedEvaluation
from trackway.evaluation.splits import TimeSplit
from trackway.intent import data, evaluation, features, leakage_check, models, network, prefixes
from trackway.intent.data import Examples
from trackway.intent.features import registry
from trackway.intent.models import GRU, LIGHTGBM, LOGISTIC, RULE, Ladders, Scored
from trackway.params.intent import Intent
from trackway.report.run import Run


@dataclass(frozen=True)
class Study:
    """Sessions scored at several moments, the models fitted at each, and how good they are.

    Attributes
    ----------
    run : settings, seed, bootstrap and the facts of the source
    main : the moment that is looked at closely
    split : the cut in time
    features : names of those these data can carry
    n_checked : int
        Sessions whose features were computed again without the future, and found equal.
    ledger : DataFrame, see `data.ledger`
    parts : DataFrame, see `data.by_part`, of the main moment
    examples : moment to `Examples`
    ladders : moment to model to `Scored`, of the moments that hold enough buyers

    What follows from these is computed when it is first asked for.
    """

    run: Run[Intent]
    main: str
    split: TimeSplit
    features: list[str]
    n_checked: int
    ledger: pd.DataFrame
    parts: pd.DataFrame
    examples: dict[str, Examples]
    ladders: Ladders | Cannot

    @property
    @or_cannot
    def tells_moments(self) -> str | Cannot:
        """'minute', if the log tells what of a session comes before a purchase."""
        return need(_moments(self.run))

    @property
    @or_cannot
    def main_examples(self) -> Examples | Cannot:
        """The examples of the main moment, if moments can be told and they are enough."""
        need(self.tells_moments)
        return self.examples[self.main].judgeable(self.run.settings.min_buyers)

    @property
    @or_cannot
    def ladder(self) -> dict[str, Scored] | Cannot:
        """The models of the main moment, by name."""
        return need(self.ladders)[need(self.main_examples).moment]

    @property
    @or_cannot
    def kept(self) -> Scored | Cannot:
        """The chosen model of the main moment."""
        return need(self.ladder)[need(self.chosen)]

    @cached_property
    @or_cannot
    def described(self) -> pd.DataFrame | Cannot:
        """The features among the training rows of the main moment; see `registry.describe`."""
        train = self.examples[self.main].of("train")
        if train.empty:
            return Cannot(f"No session to learn from. {self.main_examples.reason}")
        return registry.describe(self.features, train)

    @cached_property
    @or_cannot
    def evaluated(self) -> dict[str, PairedEvaluation] | Cannot:
        """Every model on test, by moment."""
        return evaluation.evaluate_all(need(self.ladders), self.examples, *self.run.bootstrap)

    @cached_property
    @or_cannot
    def by_moment(self) -> pd.DataFrame | Cannot:
        """The chosen model at every moment; see `evaluation.chosen_by_moment`."""
        return evaluation.chosen_by_moment(need(self.evaluated), need(self.chosen), self.examples)

    @cached_property
    @or_cannot
    def against_others(self) -> pd.DataFrame | Cannot:
        """Its log-loss minus that of others, at every moment; see `evaluation.losses_over`."""
        others = {GRU: "GRU", LOGISTIC: "logistic", RULE: "rule"}
        return evaluation.losses_over(need(self.evaluated), need(self.chosen), others)

    @property
    @or_cannot
    def main_evaluation(self) -> PairedEvaluation | Cannot:
        """Every model on test, at the main moment."""
        return need(self.evaluated)[need(self.main_examples).moment]

    @cached_property
    @or_cannot
    def losses(self) -> pd.DataFrame | Cannot:
        """What the model that is kept was chosen by; see `evaluation.validation_loss`."""
        return evaluation.validation_loss(need(self.ladders), self.examples)

    @property
    @or_cannot
    def chosen(self) -> str | Cannot:
        """The name of the model that is kept."""
        return evaluation.choose(need(self.losses))

    @cached_property
    @or_cannot
    def calibration(self) -> dict[str, pd.DataFrame] | Cannot:
        """The `calibration_table` of the chosen model and of others, at the main moment."""
        chosen = need(self.chosen)
        names = [chosen, *(name for name in (LOGISTIC, LIGHTGBM, GRU) if name != chosen)]
        of_main = need(self.ladder), names, need(self.main_examples)
        return evaluation.calibration(*of_main, self.run.settings.bins, *self.run.bootstrap)

    @cached_property
    @or_cannot
    def brier(self) -> pd.DataFrame | Cannot:
        """The Brier score of every model taken apart, at the main moment."""
        of_main = need(self.ladder), need(self.main_examples)
        return evaluation.brier_parts(*of_main, self.run.settings.bins)

    @cached_property
    @or_cannot
    def confusion(self) -> pd.DataFrame | Cannot:
        """What the chosen model says, and what happened; see `evaluation.confusion`."""
        return evaluation.confusion(need(self.kept), need(self.main_examples))


def study(run: Run[Intent], events: ir.Table, sessions: ir.Table) -> Study:
    """Score the sessions, hold the features to the past, and fit the models.

    Parameters
    ----------
    events, sessions : lazy tables, as 01_sampling writes them

    Raises
    ------
    FutureKnown
        If a feature changes once the future is taken away.
    """
    settings, zone = run.settings, run.facts.timezone
    moments, main = prefixes.names(settings.moments), str(settings.main)
    ledger = data.ledger(events, sessions, moments)
    split = TimeSplit.of_table(sessions, **run.shared.split.model_dump())
    names = registry.usable(run.facts, split.train_end)
    asked = engine.store(data.draw(sessions, split, settings.max_rows, run.seed))
    context = features.Context(events, sessions, zone, settings.smoothing)
    seen = engine.store(features.known_to(asked, context))
    scored = features.at_moments(seen, asked, context, moments)
    examples = data.load(scored, asked, names, split, moments)
    build = partial(
        features.of_events, timezone=zone, smoothing=settings.smoothing, moments=moments
    )
    n_checked = leakage_check.refuse_the_future(
        build, events, names, zone, settings.guard_users, run.seed
    )
    return Study(
        run=run,
        main=main,
        split=split,
        features=names,
        n_checked=n_checked,
        ledger=ledger,
        parts=data.by_part(sessions, split, examples[main]),
        examples=examples,
        ladders=_fit(run, main, examples, seen),
    )


@or_cannot
def _moments(run: Run) -> str | Cannot:
    """Whether a log tells what of a session comes before a purchase."""
    need(run.facts.converts())
    return need(run.facts.times_tell("minute"))


@or_cannot
def _fit(run: Run, main: str, examples: dict[str, Examples], seen: ir.Table) -> Ladders | Cannot:
    """Every model at every moment that holds enough buyers, or why there is no such moment."""
    need(_moments(run))
    ladders = models.ladders(examples, run.settings, run.seed)
    if not ladders:
        return examples[main].judgeable(run.settings.min_buyers)
    return network.with_network(ladders, seen, examples, run.settings.gru, run.seed)
