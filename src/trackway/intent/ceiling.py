"""What the best model reaches beside what could be reached, on the same test sessions.

The oracle is the simulated shop's own (`trackway.demo.oracle`); of a real shop there is none.
"""

from dataclasses import dataclass

import pandas as pd

from trackway import evaluation, truth
from trackway.demo.oracle import beside
from trackway.demo.oracle.replay import Replay
from trackway.intent.models import PREVALENCE, Scored
from trackway.intent.parts import Examples
from trackway.report import Page

BAYES = "Bayes-optimal; told taste and which visits belong together"
KNOWS = "knows the kind and the habit as well: a looser bound"
SHOWN = {"roc_auc": "ROC AUC", "pr_auc": "average precision", "log_loss": "log-loss, nats"}


@dataclass(frozen=True)
class Ceiling:
    """The chosen model, the oracle and chance on the test sessions that the oracle knows.

    Attributes
    ----------
    asked, known : int
        Test sessions, and those of them that the oracle knows.
    achieved : DataFrame, see `evaluation.scores`
    attainable, knowing, chance : metric to value
    ahead : DataFrame, see `evaluation.score_differences`: the oracle minus the model
    said, bought : float
        Mean probability of the oracle, and share that bought.
    """

    asked: int
    known: int
    achieved: pd.DataFrame
    attainable: dict[str, float]
    knowing: dict[str, float]
    chance: dict[str, float]
    ahead: pd.DataFrame
    said: float
    bought: float


def compare(
    chosen: Scored,
    ladder: dict[str, Scored],
    examples: Examples,
    shop: Replay | str,
    settings: dict,
    seed: int,
) -> Ceiling | str:
    """Rate `chosen` and the oracle on the same sessions, or say why it cannot be done."""
    if isinstance(shop, str):
        return shop
    test = examples.of("test")
    oracle = beside.purchases(shop, test, settings["prefix"])
    known = oracle["probability"].notna().to_numpy()
    rows, oracle = test[known], oracle[known]
    bought, users = rows["bought"].to_numpy(dtype=bool), rows["user_id"].to_numpy()
    if bought.all() or not bought.any():
        return f"The oracle knows {len(rows):,} test sessions, and all of them end alike."
    again = {"n": settings["replicates"], "seed": seed}
    model, best = chosen.test[known], oracle["probability"].to_numpy()
    cuts = chosen.threshold, 0.5
    return Ceiling(
        asked=len(test),
        known=len(rows),
        achieved=evaluation.scores(bought, model, users, cuts[0], **again),
        attainable=evaluation.point_scores(bought, best, 0.5),
        knowing=evaluation.point_scores(bought, oracle["knowing"].to_numpy(), 0.5),
        chance=evaluation.point_scores(bought, ladder[PREVALENCE].test[known], 0.5),
        ahead=evaluation.score_differences(bought, (best, model), users, cuts[::-1], **again),
        said=float(best.mean()),
        bought=float(bought.mean()),
    )


def show(page: Page, number: int, found: Ceiling | str, chosen: Scored | None) -> None:
    """The table "Beside the truth"."""
    if isinstance(found, str):
        return truth.table(page, number, None, reason=found)
    lines = [
        truth.Line(name, *found.achieved.loc[metric], best[metric], what, found.chance[metric])
        for best, what, metrics in (
            (found.attainable, BAYES, SHOWN),
            (found.knowing, KNOWS, ["roc_auc", "log_loss"]),
        )
        for metric in metrics
        for name in [SHOWN[metric]]
    ]
    truth.table(
        page,
        number,
        lines,
        caption=(
            f"The {chosen.name} on the {found.known:,} of {found.asked:,} test sessions that the "
            f"oracle knows. It gives them {found.said:.1%} on average, and {found.bought:.1%} "
            "bought. Chance of the log-loss is the share of buyers in the training part, said of "
            "everyone."
        ),
    )


def sentence(found: Ceiling | str, number: int) -> list[str]:
    """How far the model is from the ceiling; nothing where there is none."""
    if isinstance(found, str):
        return []
    lead = evaluation.Interval(*found.ahead.loc["roc_auc"])
    reach = found.achieved.loc["roc_auc", "value"]
    return [
        f"Of the ROC AUC that a filter of the planted truth reaches, "
        f"{found.attainable['roc_auc']:.3f}, the model reaches {reach:.3f}; the filter is ahead by "
        f"{lead} (Table {number})."
    ]


def metrics(found: Ceiling | str) -> dict:
    """For `page.metrics`."""
    if isinstance(found, str):
        return {}
    rated = {name: found.attainable[name] for name in SHOWN}
    ahead = {f"ahead_{name}": float(found.ahead.loc[name, "value"]) for name in SHOWN}
    return {"ceiling": rated | ahead | {"sessions": found.known}}
