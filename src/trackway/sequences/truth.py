"""The best network and chain beside the entropy of what is planted, on the same test examples.

The true distribution of the next action is told by the oracle, who knows the simulated shop's laws
and has seen what the shop saw; of a real shop nobody knows it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.bootstrap import Interval, mean_interval
from trackway.report.truth_table import Line
from trackway.sequences import data
from trackway.sequences.data import Examples
from trackway.sequences.metrics import entropy, losses
from trackway.sequences.models.ladder import SHARES, Ladder
from trackway.tables.truth import next_actions, oracle

ENTROPY = "entropy of the filtered truth; told taste and which visits belong together"
CAME = "0: the filtered truth on what came"
KNOWS = "entropy when told, too, whether the visit goes on: a looser bound"


@dataclass(frozen=True)
class Floor:
    """Log-losses (nats) on the test examples that the oracle knows.

    Attributes
    ----------
    asked, known : int, test examples, and those of them that the oracle knows
    achieved : model to its log-loss, with an interval over users
    behind : model to its log-loss minus the oracle's on the same examples, likewise
    entropy, knowing : float, expected log-loss of the oracle, and of one who knows more
    oracle : float, its log-loss on what came
    """

    asked: int
    known: int
    achieved: dict[str, Interval]
    behind: dict[str, Interval]
    entropy: float
    knowing: float
    oracle: float


def answers() -> pd.DataFrame | Cannot:
    """What the oracle says of the next actions of the data under study."""
    return oracle("next_actions")


@or_cannot
def floor(
    ladder: Ladder | Cannot,
    test: Examples,
    stream: pd.DataFrame,
    answers: pd.DataFrame | Cannot,
    n: int,
    seed: int,
) -> Floor | Cannot:
    """Rate models and oracle on the same test examples.

    Parameters
    ----------
    stream : DataFrame, the events that the examples were made of (`data.stream`)
    answers : DataFrame, as `answers` gives it
    n, seed : draws of users behind an interval; where they start
    """
    ladder, answers = need(ladder), need(answers)
    before = data.last_before(stream, test.event_id)
    oracle, knowing = next_actions(answers, before, test.actions)
    known = np.isfinite(oracle).all(axis=1)
    if not known.any():
        return Cannot("The oracle knows none of the test examples.")
    target, users = test.target[known], test.user_id[known]
    names = (ladder.best("network").name, ladder.best("chain").name, SHARES)
    loss = {name: losses(target, ladder.y_proba[name][known]) for name in names}
    least = losses(target, oracle[known])
    return Floor(
        asked=len(test),
        known=int(known.sum()),
        achieved={name: mean_interval(one, users, n, seed) for name, one in loss.items()},
        behind={name: mean_interval(one - least, users, n, seed) for name, one in loss.items()},
        entropy=entropy(oracle[known]),
        knowing=entropy(knowing[known]),
        oracle=float(least.mean()),
    )


def lines(floor: Floor) -> list[Line]:
    """Network and chain between the class shares and the floor, for the table of the truth."""
    network, chain, shares = floor.achieved
    chance = floor.achieved[shares].value
    rows = [
        ("log-loss, nats", floor.achieved, floor.entropy, ENTROPY, chance),
        ("log-loss above the truth's", floor.behind, 0.0, CAME, floor.behind[shares].value),
    ]
    found = [
        Line(f"{what}: {name}", *values[name], best, how, least)
        for what, values, best, how, least in rows
        for name in (network, chain)
    ]
    looser = floor.achieved[network]
    return [*found, Line(f"log-loss, nats: {network}", *looser, floor.knowing, KNOWS, chance)]
