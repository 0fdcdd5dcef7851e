"""What acting on the likeliest sessions brings, when, and under which uplift; all asked once."""

from dataclasses import dataclass

import pandas as pd

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.intent.data import Examples
from trackway.intent.models import Scored
from trackway.intent.profit import evaluate
from trackway.intent.study import Study
from trackway.params.intent import Worth
from trackway.report.run import Run


@dataclass(frozen=True)
class ModelProfit:
    """What acting by the probabilities of one model brings, on one set of test rows.

    Attributes
    ----------
    worth : the margin, the assumed uplift and the costs of `params.yaml`
    model : str
    tested : int
        Test rows.
    gains : DataFrame, see `evaluate.gains`
    ways : DataFrame, see `evaluate.compare`
    curves : DataFrame, see `evaluate.by_threshold`
    """

    worth: Worth
    model: str
    tested: int
    gains: pd.DataFrame
    ways: pd.DataFrame
    curves: pd.DataFrame


@dataclass(frozen=True)
class Profit:
    """The chosen model's probabilities in money.

    Attributes
    ----------
    at_main : ModelProfit or Cannot
        At the moment that is looked at closely.
    by_moment : DataFrame or Cannot, see `evaluate.by_moment`
    by_uplift : DataFrame or Cannot, see `evaluate.by_uplift`
    """

    at_main: ModelProfit | Cannot
    by_moment: pd.DataFrame | Cannot
    by_uplift: pd.DataFrame | Cannot


def study(run: Run, result: Study) -> Profit:
    """What the model that `result` chose is worth; moments may be judged where the main is not."""
    return Profit(_at_main(run, result), _by_moment(run, result), _by_uplift(run, result))


def of_model(worth: Worth, scored: Scored, examples: Examples, n: int, seed: int) -> ModelProfit:
    """What acting by one model's probabilities brings; sessions or users, as `examples` hold."""
    asked = scored, examples, n, seed
    return ModelProfit(
        worth=worth,
        model=scored.name,
        tested=len(scored.test),
        gains=evaluate.gains(*asked),
        ways=evaluate.compare(worth, *asked),
        curves=evaluate.by_threshold(worth, *asked),
    )


@or_cannot
def _at_main(run: Run, result: Study) -> ModelProfit:
    kept, examples = need(result.kept), need(result.main_examples)
    return of_model(run.settings.worth, kept, examples, *run.bootstrap)


@or_cannot
def _by_moment(run: Run, result: Study) -> pd.DataFrame:
    ladders, chosen = need(result.ladders), need(result.chosen)
    return evaluate.by_moment(run.settings.worth, ladders, chosen, result.examples, *run.bootstrap)


@or_cannot
def _by_uplift(run: Run, result: Study) -> pd.DataFrame:
    kept, examples = need(result.kept), need(result.main_examples)
    return evaluate.by_uplift(run.settings.worth, kept, examples, *run.bootstrap)
