"""Every way of balancing, trained and compared once."""

from dataclasses import dataclass

import pandas as pd

from trackway.core.cannot import need, or_cannot
from trackway.intent import evaluation
from trackway.intent.balancing import evaluate, models
from trackway.intent.balancing.models import Trained
from trackway.intent.study import Study
from trackway.report.run import Run


@dataclass(frozen=True)
class Balancing:
    """What evening out the training rows changes, at the moment that is looked at closely.

    Attributes
    ----------
    trained : (model, way of balancing) to Trained
    chosen : str
        The model that is kept, of which the figure and the sentences speak.
    bought : float
        Share of the test sessions that bought.
    compared : DataFrame, see `evaluate.compare`
    decisions : DataFrame, see `evaluate.decisions`
    calibrations : stage of mending to way of balancing to DataFrame
        Of the model that is kept; see `evaluate.calibrations`.
    """

    trained: dict[tuple[str, str], Trained]
    chosen: str
    bought: float
    compared: pd.DataFrame
    decisions: pd.DataFrame
    calibrations: dict[str, dict[str, pd.DataFrame]]


@or_cannot
def study(run: Run, result: Study) -> Balancing:
    """Train with every way of balancing on the sessions of `result`, and compare."""
    examples, chosen = need(result.main_examples), need(result.chosen)
    trained = models.train_all(examples, run.settings, run.seed)
    ways = {balance: trained[chosen, balance] for balance in models.BALANCES}
    return Balancing(
        trained=trained,
        chosen=chosen,
        bought=evaluation.bought_share(examples),
        compared=evaluate.compare(trained, examples, *run.bootstrap),
        decisions=evaluate.decisions(trained, examples),
        calibrations=evaluate.calibrations(ways, examples, run.settings.bins, *run.bootstrap),
    )
