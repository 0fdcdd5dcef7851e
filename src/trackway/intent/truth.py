"""What the model reaches beside what could be reached, at every moment, on the same test sessions.

The oracle's answers are files of the stage `oracle`; of a real shop there are none.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.bootstrap import Bootstrap, Interval
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent import wording
from trackway.intent.data import Examples
from trackway.intent.models import PREVALENCE, Ladders, Scored
from trackway.intent.study import Study
from trackway.params.intent import Intent
from trackway.report.run import Run
from trackway.report.truth_table import Line
from trackway.tables import truth
from trackway.tables.user_sampling import users_in_order

BAYES = "Bayes-optimal; told taste and which visits belong together"
KNOWS = "knows the kind and the habit as well: a looser bound"
SHOWN = {"roc_auc": "ROC AUC", "pr_auc": "average precision", "log_loss": "log-loss, nats"}
Answers = dict[str, pd.DataFrame]  # moment to what the oracle says of its sessions


@dataclass(frozen=True)
class Ceiling:
    """A model, the oracle and chance on the test sessions of one moment that the oracle knows.

    Attributes
    ----------
    asked, known : int
        Test sessions of the users asked about, and those of them that the oracle knows.
    achieved : DataFrame, indexed by metric, with value, low and high
    attainable, knowing, chance : metric to value
    ahead : DataFrame, indexed by metric: the oracle minus the model
    expected, bought : float
        Mean probability of the oracle, and share that bought.
    """

    asked: int
    known: int
    achieved: pd.DataFrame
    attainable: dict[str, float]
    knowing: dict[str, float]
    chance: dict[str, float]
    ahead: pd.DataFrame
    expected: float
    bought: float


@dataclass(frozen=True)
class Truth:
    """The chosen model beside the oracle.

    Attributes
    ----------
    main : the moment that is looked at closely
    chosen : name of the model
    ceilings : moment to `Ceiling`, at least one
    """

    main: str
    chosen: str
    ceilings: dict[str, Ceiling]


@or_cannot
def study(run: Run[Intent], result: Study) -> Truth | Cannot:
    """Evaluate the chosen model and the oracle on the same sessions.

    Of many users some are drawn, at most ``oracle_users`` of the settings.
    """
    ladders, chosen = need(result.ladders), need(result.chosen)
    asked = ladders, result.examples, run.settings.oracle_users, run.bootstrap
    return Truth(result.main, chosen, need(compare(chosen, *asked, oracle)))


@or_cannot
def oracle(rows: dict[str, pd.DataFrame]) -> Answers | Cannot:
    """What the simulated shop's oracle says of scored sessions; of a real shop there is none.

    Parameters
    ----------
    rows : moment to DataFrame, one row per session scored then
        ``user_id`` and ``started``.

    Returns
    -------
    moment to DataFrame, as `rows`
        probability : float, of a later purchase
        knowing : float, the same of one who knows the kind, and whether this want is a habit
    """
    return truth.purchases(need(truth.oracle("purchases")), rows)


@or_cannot
def compare(
    chosen: str,
    ladders: Ladders,
    examples: dict[str, Examples],
    max_users: int,
    bootstrap: Bootstrap,
    ask: Callable[[dict[str, pd.DataFrame]], Answers | Cannot],
) -> dict[str, Ceiling] | Cannot:
    """The `Ceiling` of every moment of which it can be told.

    Parameters
    ----------
    max_users : whole users that are asked about, at most
    ask : such as `oracle`
    """
    tests = {moment: examples[moment].of("test") for moment in ladders}
    ids = np.concatenate([test["user_id"] for test in tests.values()])
    users = users_in_order(ids, bootstrap.seed)[:max_users]
    inside = {moment: test["user_id"].isin(users).to_numpy() for moment, test in tests.items()}
    rows = {moment: test[inside[moment]] for moment, test in tests.items()}
    answers = need(ask(rows))
    ceilings = {
        moment: _ceiling(chosen, ladder, inside[moment], rows[moment], answers[moment], bootstrap)
        for moment, ladder in ladders.items()
    }
    known = {moment: one for moment, one in ceilings.items() if not isinstance(one, Cannot)}
    return known or next(iter(ceilings.values()))


def _ceiling(
    chosen: str,
    ladder: dict[str, Scored],
    inside: np.ndarray,
    rows: pd.DataFrame,
    answers: pd.DataFrame,
    bootstrap: Bootstrap,
) -> Ceiling | Cannot:
    known = answers["probability"].notna().to_numpy()
    rows, answers = rows[known], answers[known]
    bought = rows["bought"].to_numpy(dtype=bool)
    if bought.all() or not bought.any():
        return Cannot(
            "The oracle knows no moment's test sessions of which some buy and some do not."
        )
    y_proba = {
        "model": (ladder[chosen].test[inside][known], ladder[chosen].threshold),
        "chance": (ladder[PREVALENCE].test[inside][known], 0.5),
        "oracle": (answers["probability"].to_numpy(), 0.5),
        "knowing": (answers["knowing"].to_numpy(), 0.5),
    }
    evaluated = PairedEvaluation.of(bought, y_proba, rows["user_id"], *bootstrap)
    return Ceiling(
        asked=int(inside.sum()),
        known=len(rows),
        achieved=evaluated.scores().loc["model"],
        attainable=evaluated.value["oracle"],
        knowing=evaluated.value["knowing"],
        chance=evaluated.value["chance"],
        ahead=evaluated.differences("oracle").loc["model"],
        expected=float(answers["probability"].mean()),
        bought=float(bought.mean()),
    )


def by_moment(ceilings: dict[str, Ceiling]) -> pd.DataFrame:
    """ROC AUC at each moment.

    Returns
    -------
    DataFrame
        moment : str; sessions : int; achieved, low, high, attainable, knowing : float
        ahead : Interval, of the oracle over the model
    """
    rows = [
        {"moment": moment, "sessions": one.known}
        | dict(zip(["achieved", "low", "high"], one.achieved.loc["roc_auc"], strict=True))
        | {"attainable": one.attainable["roc_auc"], "knowing": one.knowing["roc_auc"]}
        | {"ahead": Interval(*one.ahead.loc["roc_auc"])}
        for moment, one in ceilings.items()
    ]
    return pd.DataFrame(rows)


def in_order(truth: Truth) -> list[str]:
    """The moments, the one that is looked at closely first."""
    return sorted(truth.ceilings, key=lambda moment: moment != truth.main)


def lines(truth: Truth) -> list[Line]:
    """The first moment in full, of the others the ROC AUC."""
    first, *others = in_order(truth)
    of_first = _lines(truth.ceilings[first], first, full=True)
    return of_first + [line for m in others for line in _lines(truth.ceilings[m], m, full=False)]


def _lines(one: Ceiling, moment: str, full: bool) -> list[Line]:
    bounds = [(one.attainable, BAYES, list(SHOWN) if full else ["roc_auc"])]
    bounds += [(one.knowing, KNOWS, ["roc_auc", "log_loss"])] if full else []
    return [
        Line(
            f"{SHOWN[m]} {wording.when(moment)}", *one.achieved.loc[m], best[m], what, one.chance[m]
        )
        for best, what, metrics in bounds
        for m in metrics
    ]
