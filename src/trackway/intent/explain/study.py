"""What the model that is kept rests on, what moves it, and where it errs; all asked once."""

from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from trackway.core.cannot import need, or_cannot
from trackway.intent import evaluation
from trackway.intent.explain import groups
from trackway.intent.explain.dependence import dependence
from trackway.intent.explain.errors import errors
from trackway.intent.explain.importance import importance
from trackway.intent.study import Study
from trackway.report.run import Run

MAIN = 4  # features whose partial dependence is asked, the most important ones


@dataclass(frozen=True)
class Explanation:
    """What the model that is kept rests on, at the moment that is looked at closely.

    Attributes
    ----------
    model : str
    shuffles : int
        How often each feature was shuffled.
    bought : float
        Share of the test sessions that bought.
    importance, dependence, errors : DataFrame
        See the functions of these names.
    """

    model: str
    shuffles: int
    bought: float
    importance: pd.DataFrame
    dependence: pd.DataFrame
    errors: pd.DataFrame


@or_cannot
def study(run: Run, result: Study, events: ir.Table) -> Explanation:
    """Explain the model that `result` keeps; the events tell the kinds of session."""
    kept, examples = need(result.kept), need(result.main_examples)
    settings, asked = run.settings, (kept, examples)
    lost = importance(*asked, settings.shuffles, *run.bootstrap)
    test = examples.of("test")
    kinds = groups.of_sessions(test, events, settings.categories)
    known = [name for name in lost.index if test[name].notna().any()]
    return Explanation(
        model=kept.name,
        shuffles=settings.shuffles,
        bought=evaluation.bought_share(examples),
        importance=lost,
        dependence=dependence(*asked, known[:MAIN], settings.bins, *run.bootstrap),
        errors=errors(*asked, kinds, *run.bootstrap),
    )
