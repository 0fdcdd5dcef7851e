"""What was found, in sentences that are true of whatever data they were computed from."""

import numpy as np
import pandas as pd

from trackway.report.claims import Claim
from trackway.sequences.comparison import CHAIN, NARROW, NETWORK, Comparison
from trackway.sequences.examples import Examples
from trackway.sequences.ladder import SHARES


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
    low, high = sorted([abs(row["low"]), abs(row["high"])])
    size = interval(pd.Series({"value": abs(row["value"]), "low": low, "high": high}), digits)
    return f"{word}, that is {judged}, by {size}"


def verdict(compared: Comparison) -> str:
    """Whether a network tells better than a chain, in a few words."""
    words = {-1: "better than", 0: "not distinguishable from", 1: "worse than"}
    where = side(compared.contrasts.loc[(NETWORK, "log_loss", "")])
    return f"{compared.name('network')} {words[where]} {compared.name('chain')}"


def network_sentence(compared: Comparison) -> str:
    """Is a network worth it?"""
    network = compared.name("network")
    row = compared.contrasts.loc[(NETWORK, "log_loss", "")]
    return (
        f"The {network}, best network on the validation part, has a test log-loss of "
        f"{interval(compared.rates.loc[(network, 'log_loss', '')])} nats; against "
        f"{compared.name('chain')}, the best chain, it is {difference(row)} (Figure 2)."
    )


def memory_sentence(compared: Comparison) -> str:
    """Does looking back help at all?"""
    row = compared.contrasts.loc[(CHAIN, "log_loss", "")]
    return (
        f"Looking back over a few actions: the log-loss of {compared.name('chain')} against the "
        f"{SHARES} alone is {difference(row)} (Table 4)."
    )


def inputs_sentence(compared: Comparison) -> str:
    """What do pauses and products add?"""
    row = compared.contrasts.loc[(NARROW, "log_loss", "")]
    return (
        f"On the actions alone, without pauses and products, the log-loss of the "
        f"{compared.name('network')} is {difference(row)} (Table 4)."
    )


def action_sentence(compared: Comparison) -> str:
    """How well a purchase is told, or else the rarest action that can be judged."""
    if not compared.judged:
        return "No action has enough test examples to be judged by itself (Table 5)."
    test = compared.test
    share = {a: float((test.target == test.actions.index(a)).mean()) for a in compared.judged}
    named = "purchase" if "purchase" in share else min(share, key=share.__getitem__)
    rated = compared.rates.loc[(compared.name("network"), "average_precision", named)]
    row = compared.contrasts.loc[(NETWORK, "average_precision", named)]
    return (
        f"`{named}` is {share[named]:.1%} of the test examples; the network's average "
        f"precision for it is {interval(rated)}, and against the chain's it is "
        f"{difference(row, 'higher', 3)} (Figure 3)."
    )


def share_sentence(test: Examples) -> str:
    """What accuracy alone would be worth."""
    shares = np.bincount(test.target, minlength=len(test.actions)) / len(test)
    most = int(shares.argmax())
    return (
        f"Always naming `{test.actions[most]}` is right in {shares[most]:.1%} of the "
        f"{len(test):,} test examples: any share of right answers is to be held against that"
    )


def findings(compared: Comparison) -> list[str]:
    """What we saw, one sentence each."""
    if compared.why_not:
        return [f"These data cannot carry a comparison. {compared.why_not}"]
    return [
        network_sentence(compared),
        memory_sentence(compared),
        inputs_sentence(compared),
        action_sentence(compared),
        f"{share_sentence(compared.test)} (Table 6).",
    ]


CLAIMS = {  # contrast: name and text of the claim, and the side its interval must lie on
    NETWORK: (
        "network-beats-chain",
        "A network tells the next action better than the best Markov chain.",
        -1,
    ),
    CHAIN: (
        "the-past-tells-something",
        "The last few actions tell something of the next: a chain beats the class shares.",
        -1,
    ),
    NARROW: (
        "pauses-and-products-tell-more",
        "Pauses and products tell the network more than the actions alone.",
        1,
    ),
}


def claims(compared: Comparison) -> list[Claim]:
    """The three questions, answered as they were when this was written."""
    return [_claim(compared, contrast, *written) for contrast, written in CLAIMS.items()]


def _claim(compared: Comparison, contrast: str, name: str, text: str, wanted: int) -> Claim:
    if compared.why_not:
        return Claim(name, text, None, compared.why_not)
    row = compared.contrasts.loc[(contrast, "log_loss", "")]
    told = f"Log-loss, {contrast}: {interval(row, 4)} nats (Table 4)."
    return Claim(name, text, side(row) == wanted, told)


def headlines(compared: Comparison) -> dict[str, str]:
    """What the index page shows of this step."""
    if compared.why_not:
        return {"Next action": "not compared"}
    network, chain = compared.name("network"), compared.name("chain")
    loss = compared.rates.xs(("log_loss", ""), level=("metric", "action"))["value"]
    return {
        "Next action, log-loss": f"{loss[network]:.3f} nats ({network})",
        "Best Markov chain": f"{loss[chain]:.3f} nats ({chain})",
        "Network against chain": verdict(compared),
    }


def metrics(examples: Examples, compared: Comparison) -> dict:
    """The numbers later runs are compared by."""
    counted = {"examples": {"all": len(examples)}}
    if compared.why_not:
        return counted
    counted["examples"]["test"] = len(compared.test)
    for (model, metric, action), row in compared.rates.iterrows():
        name = f"{metric}_{action}" if action else metric
        counted.setdefault(key(model), {})[name] = row[["value", "low", "high"]].to_dict()
    for contrast, row in compared.contrasts.xs("log_loss", level="metric").iterrows():
        counted.setdefault("log_loss_difference", {})[key(contrast[0])] = row.to_dict()
    return counted


def key(name: str) -> str:
    """`name` as one word: "GRU, actions only" is gru_actions_only."""
    return name.lower().replace(",", "").replace(" - ", "_minus_").replace(" ", "_")
