"""What the model reaches beside what could be reached, at every moment, on the same test sessions.

The oracle is the simulated shop's own (`shopsim.oracle`); of a real shop there is none.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopsim.oracle import beside
from shopsim.oracle.replay import Replay
from trackway.evaluation import bootstrap
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent import plots, wording
from trackway.intent.data import Examples
from trackway.intent.models import PREVALENCE, Scored
from trackway.report import Page, truth_table

BAYES = "Bayes-optimal; told taste and which visits belong together"
KNOWS = "knows the kind and the habit as well: a looser bound"
SHOWN = {"roc_auc": "ROC AUC", "pr_auc": "average precision", "log_loss": "log-loss, nats"}


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
    chosen: str,
    ladders: dict[str, dict[str, Scored]],
    examples: dict[str, Examples],
    shop: Replay | str,
    settings: dict,
    seed: int,
) -> dict[str, Ceiling] | str:
    """Rate `chosen` and the oracle on the same sessions, or say why it cannot be done.

    Of many users some are drawn by a seeded hash, at most ``settings["oracle_users"]``.
    """
    if isinstance(shop, str):
        return shop
    users = drawn([examples[m].of("test") for m in ladders], settings["oracle_users"], seed)
    inside = {m: examples[m].of("test")["user_id"].isin(users).to_numpy() for m in ladders}
    rows = {m: examples[m].of("test")[inside[m]] for m in ladders}
    said = beside.purchases(shop, rows)
    found = {
        m: _one(chosen, ladder, inside[m], rows[m], said[m], settings, seed)
        for m, ladder in ladders.items()
    }
    kept = {m: one for m, one in found.items() if one is not None}
    return kept or "The oracle knows no moment's test sessions of which some buy and some do not."


def drawn(tests: list[pd.DataFrame], n: int, seed: int) -> np.ndarray:
    """At most `n` of the users, in the order of a seeded hash, whatever else is studied."""
    users = np.unique(np.concatenate([test["user_id"] for test in tests]))
    order = [hashlib.md5(f"{seed}:{user}".encode()).hexdigest() for user in users]
    return users[np.argsort(order, kind="stable")[:n]]


def _one(chosen, ladder, inside, rows, oracle, settings, seed) -> Ceiling | None:
    known = oracle["probability"].notna().to_numpy()
    rows, oracle = rows[known], oracle[known]
    bought = rows["bought"].to_numpy(dtype=bool)
    if bought.all() or not bought.any():
        return None
    said = {
        "model": (ladder[chosen].test[inside][known], ladder[chosen].threshold),
        "chance": (ladder[PREVALENCE].test[inside][known], 0.5),
        "oracle": (oracle["probability"].to_numpy(), 0.5),
        "knowing": (oracle["knowing"].to_numpy(), 0.5),
    }
    rated = PairedEvaluation.of(bought, said, rows["user_id"], settings["replicates"], seed)
    return Ceiling(
        asked=int(inside.sum()),
        known=len(rows),
        achieved=rated.scores().loc["model"],
        attainable=rated.value["oracle"],
        knowing=rated.value["knowing"],
        chance=rated.value["chance"],
        ahead=rated.differences("oracle").loc["model"],
        said=float(oracle["probability"].mean()),
        bought=float(bought.mean()),
    )


def by_moment(found: dict[str, Ceiling]) -> pd.DataFrame:
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
        | {"ahead": bootstrap.Interval(*one.ahead.loc["roc_auc"])}
        for moment, one in found.items()
    ]
    return pd.DataFrame(rows)


def show(
    page: Page, number: int, found: dict[str, Ceiling] | str, chosen: str | None, main: str
) -> None:
    """The table "Beside the truth": the main moment in full, of the others the ROC AUC."""
    if isinstance(found, str):
        return truth_table.table(page, number, None, reason=found)
    order = [main, *[m for m in found if m != main]] if main in found else list(found)
    lines = [line for m in order for line in _lines(found[m], m, full=m == order[0])]
    first = found[order[0]]
    truth_table.table(
        page,
        number,
        lines,
        caption=(
            f"{wording.named(chosen)} on test sessions that the oracle knows: "
            f"{wording.when(order[0])} {first.known:,} of {first.asked:,}, to whom the oracle gives "
            f"{first.said:.1%} on average, and {first.bought:.1%} bought. Chance of the log-loss "
            "is the share of buyers in the training part, said of everyone."
        ),
    )


def _lines(one: Ceiling, moment: str, full: bool) -> list[truth_table.Line]:
    bounds = [(one.attainable, BAYES, list(SHOWN) if full else ["roc_auc"])]
    bounds += [(one.knowing, KNOWS, ["roc_auc", "log_loss"])] if full else []
    return [
        truth_table.Line(
            f"{SHOWN[m]} {wording.when(moment)}", *one.achieved.loc[m], best[m], what, one.chance[m]
        )
        for best, what, metrics in bounds
        for m in metrics
    ]


def draw(page: Page, number: int, found: dict[str, Ceiling] | str, chosen: str | None) -> None:
    """The figure of the ceiling at every moment."""
    if isinstance(found, str):
        return page.cannot("Figure", number, "ceiling", found)
    table = by_moment(found)
    page.figure(
        number,
        plots.ceiling(table, chosen),
        "ceiling",
        caption=(
            f"{wording.named(chosen)} at each moment, with 95 % intervals over users, beside what a "
            "filter of the planted truth reaches. The grey area is what can be told at best. "
            f"{table['sessions'].min():,} to {table['sessions'].max():,} test "
            "sessions a moment."
        ),
        alt="ROC AUC at each moment: the model's, the Bayes-optimal one's, and chance.",
    )


def sentence(found: dict[str, Ceiling] | str, main: str, table: int, figure: int) -> list[str]:
    """How far the model is from the ceiling; nothing where there is none."""
    if isinstance(found, str) or main not in found:
        return []
    one = found[main]
    lead = bootstrap.Interval(*one.ahead.loc["roc_auc"])
    return [
        f"Of the ROC AUC that a filter of the planted truth reaches {wording.when(main)}, "
        f"{one.attainable['roc_auc']:.3f}, the model reaches "
        f"{one.achieved.loc['roc_auc', 'value']:.3f}; the filter is ahead by {lead} (Table "
        f"{table}, Figure {figure})."
    ]


def metrics(found: dict[str, Ceiling] | str) -> dict:
    """For `page.metrics`."""
    if isinstance(found, str):
        return {}
    return {"ceiling": {moment: _numbers(one) for moment, one in found.items()}}


def _numbers(one: Ceiling) -> dict:
    rated = {name: one.attainable[name] for name in SHOWN}
    ahead = {f"ahead_{name}": dict(one.ahead.loc[name]) for name in SHOWN}
    return rated | ahead | {"sessions": one.known}
