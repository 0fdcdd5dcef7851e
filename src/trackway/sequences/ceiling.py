"""The best network and chain beside the entropy of what is planted, on the same test examples.

The true distribution of the next action is the oracle's (`shopsim.oracle`); of a real shop
nobody knows it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopsim.oracle import beside
from shopsim.oracle.replay import Replay
from trackway.evaluation.bootstrap import Interval, mean_interval
from trackway.report import Page, truth_table
from trackway.sequences.comparison import Comparison
from trackway.sequences.examples import Examples, reach
from trackway.sequences.ladder import SHARES
from trackway.sequences.scores import losses

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


def last_before(stream: pd.DataFrame, event_id: np.ndarray) -> pd.DataFrame:
    """The user's last event strictly before the instant of each of the events `event_id`."""
    _, end = reach(stream)
    place = pd.Series(np.arange(len(stream)), stream["event_id"]).loc[event_id].to_numpy()
    return stream.iloc[end[place] - 1].reset_index(drop=True)


def compare(
    compared: Comparison, stream: pd.DataFrame, shop: Replay | str, settings: dict, seed: int
) -> Floor | str:
    """Rate models and oracle on the same test examples, or say why it cannot be done."""
    if compared.why_not or isinstance(shop, str):
        return compared.why_not or shop
    test: Examples = compared.test
    before = last_before(stream, test.event_id)
    oracle, knowing = beside.next_actions(shop, before, test.actions)
    known = np.isfinite(oracle).all(axis=1)
    if not known.any():
        return "The oracle knows none of the test examples."
    target, users = test.target[known], test.user_id[known]
    again = {"n": settings["replicates"], "seed": seed}
    said = {
        name: losses(compared.ladder.rungs[name].probabilities[known], target)
        for name in (compared.name("network"), compared.name("chain"), SHARES)
    }
    true = losses(oracle[known], target)
    return Floor(
        asked=len(test),
        known=int(known.sum()),
        achieved={name: mean_interval(loss, users, **again) for name, loss in said.items()},
        behind={name: mean_interval(loss - true, users, **again) for name, loss in said.items()},
        entropy=entropy(oracle[known]),
        knowing=entropy(knowing[known]),
        oracle=float(true.mean()),
    )


def entropy(p: np.ndarray) -> float:
    """Mean entropy of distributions, shape (N, C), in nats."""
    return float(-(p * np.log(np.where(p > 0, p, 1))).sum(axis=1).mean())


def show(page: Page, number: int, found: Floor | str) -> None:
    """The table "Beside the truth"."""
    if isinstance(found, str):
        return truth_table.table(page, number, None, reason=found)
    network, chain, shares = found.achieved
    chance = found.achieved[shares].value
    rows = [
        ("log-loss, nats", found.achieved, found.entropy, ENTROPY, chance),
        ("log-loss above the truth's", found.behind, 0.0, CAME, found.behind[shares].value),
    ]
    lines = [
        truth_table.Line(f"{what}: {name}", *values[name], best, how, least)
        for what, values, best, how, least in rows
        for name in (network, chain)
    ]
    looser = found.achieved[network]
    lines.append(
        truth_table.Line(f"log-loss, nats: {network}", *looser, found.knowing, KNOWS, chance)
    )
    truth_table.table(
        page,
        number,
        lines,
        digits=4,
        caption=(
            f"On the {found.known:,} of {found.asked:,} test examples that the oracle knows; small "
            f"is good, and chance is the class shares. On what came, the filtered truth has "
            f"{found.oracle:.4f} nats, its entropy is {found.entropy:.4f}."
        ),
    )


def sentence(found: Floor | str, number: int) -> list[str]:
    """How much of the way from the class shares to the floor is gone, where one is known."""
    if isinstance(found, str):
        return []
    *names, last = found.behind
    shares = found.behind[last]
    if shares.low <= 0:
        return [
            "Even the filtered truth tells no more than the class shares do: their log-losses "
            f"differ by {shares} nats (Table {number})."
        ]
    gone = {name: 1 - found.behind[name].value / shares.value for name in names}
    said = " and ".join(f"{name} {share:.0%}" for name, share in gone.items())
    return [
        f"Of the way from the class shares down to the filtered truth, {shares} nats, "
        f"go: {said} (Table {number})."
    ]


def metrics(found: Floor | str) -> dict:
    """For `page.metrics`."""
    if isinstance(found, str):
        return {}
    network, chain, _ = found.behind.values()
    return {
        "ceiling": {
            "entropy": found.entropy,
            "oracle_log_loss": found.oracle,
            "network_above": network.value,
            "chain_above": chain.value,
            "examples": found.known,
        }
    }
