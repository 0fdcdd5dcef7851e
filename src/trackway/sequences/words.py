"""What was found, in sentences that are true of whatever data they were computed from."""

import numpy as np
import pandas as pd

from trackway.sequences.examples import Examples
from trackway.sequences.ladder import SHARES, Ladder


def interval(row: pd.Series, digits: int = 3) -> str:
    """`row` as "0.123 [0.100, 0.150]"."""
    return f"{row['value']:.{digits}f} [{row['low']:.{digits}f}, {row['high']:.{digits}f}]"


def side(row: pd.Series) -> int:
    """-1 or 1 if the whole interval of a difference lies below or above 0, else 0."""
    return int(row["low"] > 0) - int(row["high"] < 0)


def difference(row: pd.Series, better: str = "lower", digits: int = 4) -> str:
    """A difference in words: lower by ..., higher by ..., or not to be told from none.

    Examples
    --------
    >>> difference(pd.Series({"value": -0.02, "low": -0.03, "high": -0.01}))
    'lower, that is better, by 0.0200 [0.0100, 0.0300]'
    >>> difference(pd.Series({"value": 0.01, "low": -0.01, "high": 0.03}))
    'not distinguishable (difference 0.0100 [-0.0100, 0.0300])'
    """
    where = side(row)
    if not where:
        return f"not distinguishable (difference {interval(row, digits)})"
    word = {-1: "lower", 1: "higher"}[where]
    judged = "better" if word == better else "worse"
    size = row.abs()
    low, high = sorted([size["low"], size["high"]])
    bounds = f"[{low:.{digits}f}, {high:.{digits}f}]"
    return f"{word}, that is {judged}, by {size['value']:.{digits}f} {bounds}"


def share_sentence(test: Examples) -> str:
    """Why accuracy is no goal here."""
    shares = np.bincount(test.target, minlength=len(test.actions)) / len(test)
    most = int(shares.argmax())
    return (
        f"Always naming `{test.actions[most]}` is right in {shares[most]:.1%} of the "
        f"{len(test):,} test examples, so accuracy says next to nothing here."
    )


def network_sentence(ladder: Ladder, rates: pd.DataFrame, contrasts: pd.DataFrame) -> str:
    """Is a network worth it?"""
    network, chain = ladder.best("network").name, ladder.best("chain").name
    row = contrasts.loc[("network - chain", "log_loss", "")]
    return (
        f"The {network}, best network on the validation part, has a test log-loss of "
        f"{interval(rates.loc[(network, 'log_loss', '')])} nats; against {chain}, the best "
        f"chain, it is {difference(row)} (Figure 2)."
    )


def memory_sentence(ladder: Ladder, contrasts: pd.DataFrame) -> str:
    """Does looking back help at all?"""
    row = contrasts.loc[("chain - class shares", "log_loss", "")]
    return (
        f"Looking back over a few actions: the log-loss of {ladder.best('chain').name} against "
        f"the {SHARES} alone is {difference(row)} (Table 4)."
    )


def inputs_sentence(ladder: Ladder, contrasts: pd.DataFrame) -> str:
    """What do pauses and products add?"""
    row = contrasts.loc[("actions only - network", "log_loss", "")]
    return (
        f"Without pauses and products, on the actions alone, the log-loss of the "
        f"{ladder.best('network').name} is {difference(row)} (Table 4)."
    )


def action_sentence(
    ladder: Ladder, rates: pd.DataFrame, contrasts: pd.DataFrame, test: Examples
) -> str:
    """How well the rarest action that can be judged is told."""
    judged = [
        a for a in test.actions if ("network - chain", "average_precision", a) in contrasts.index
    ]
    if not judged:
        return "No action has enough test examples to be judged by itself (Table 5)."
    share = {a: float((test.target == test.actions.index(a)).mean()) for a in judged}
    rarest = "purchase" if "purchase" in judged else min(judged, key=share.__getitem__)
    rated = rates.loc[(ladder.best("network").name, "average_precision", rarest)]
    row = contrasts.loc[("network - chain", "average_precision", rarest)]
    return (
        f"A {rarest} is {share[rarest]:.1%} of the test examples; the network's average "
        f"precision for it is {interval(rated)}, against the chain {difference(row, 'higher', 3)} "
        "(Figure 3)."
    )


def judged_actions(contrasts: pd.DataFrame) -> list[str]:
    """Actions with enough test examples to be judged by themselves, in the order of a visit."""
    network = contrasts.loc["network - chain"]
    return [action for metric, action in network.index if metric == "average_precision"]


def findings(
    ladder: Ladder, rates: pd.DataFrame, contrasts: pd.DataFrame, test: Examples
) -> list[str]:
    """What we saw, one sentence each."""
    return [
        network_sentence(ladder, rates, contrasts),
        memory_sentence(ladder, contrasts),
        inputs_sentence(ladder, contrasts),
        action_sentence(ladder, rates, contrasts, test),
        share_sentence(test)[:-1] + " (Table 1).",
    ]
