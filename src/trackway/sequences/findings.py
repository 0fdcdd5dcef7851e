"""What was found, in sentences that are true of whatever data they were computed from."""

import numpy as np

from trackway.core.cannot import Cannot
from trackway.evaluation.bootstrap import Interval
from trackway.report import phrases, references
from trackway.report.claims import Claim
from trackway.report.phrases import NOT_TOLD_APART
from trackway.sequences.data import Examples
from trackway.sequences.evaluation import CHAIN, NARROW, NETWORK
from trackway.sequences.models.ladder import SHARES
from trackway.sequences.study import Study
from trackway.sequences.truth import Floor


def side(row: Interval) -> int:
    """-1 or 1 if the whole interval of a difference lies below or above 0, else 0."""
    return int(row.low > 0) - int(row.high < 0)


def difference(row: Interval, better: str = "lower", form: str = ".4f") -> str:
    """A difference in words: is lower by ..., is higher by ..., or cannot be told apart.

    Examples
    --------
    >>> difference(Interval(-0.02, -0.03, -0.01), form=".2f")
    'is lower, that is better, by 0.02 [0.01,\xa00.03]'
    >>> difference(Interval(0.01, -0.01, 0.03), form=".2f")
    'cannot be told apart (difference 0.01 [-0.01,\xa00.03])'
    """
    where = side(row)
    if not where:
        return f"{NOT_TOLD_APART} (difference {phrases.interval(*row, form)})"
    word = {-1: "lower", 1: "higher"}[where]
    judged = "better" if word == better else "worse"
    ends = sorted([abs(row.low), abs(row.high)])
    size = phrases.interval(abs(row.value), *ends, form)
    return f"is {word}, that is {judged}, by {size}"


def verdict(study: Study) -> str:
    """Whether a network tells better than a chain, in a few words."""
    words = {-1: "better than", 0: f"{NOT_TOLD_APART} from", 1: "worse than"}
    network, chain = (study.ladder.best(family).name for family in ("network", "chain"))
    return f"{network} {words[side(study.evaluation.contrast(NETWORK))]} {chain}"


def network_sentence(study: Study) -> str:
    """Is a network worth it?"""
    network, chain = (study.ladder.best(family).name for family in ("network", "chain"))
    loss = Interval(*study.evaluation.log_losses.loc[network])
    return (
        f"The {network}, best network on the validation part, has a test log-loss of "
        f"{loss} nats; against {chain}, the best chain, it "
        f"{difference(study.evaluation.contrast(NETWORK))} ({references.figure('log-loss')})."
    )


def memory_sentence(study: Study) -> str:
    """Does looking back help at all?"""
    return (
        f"Looking back over a few actions: the log-loss of {study.ladder.best('chain').name} "
        f"against the {SHARES} alone {difference(study.evaluation.contrast(CHAIN))} "
        f"({references.table('differences')})."
    )


def inputs_sentence(study: Study) -> str:
    """What do pauses and products add?"""
    return (
        f"On the actions alone, without pauses and products, the log-loss of the "
        f"{study.ladder.best('network').name}, against that with all inputs, "
        f"{difference(study.evaluation.contrast(NARROW))} "
        f"({references.table('differences')})."
    )


def action_sentence(study: Study) -> str:
    """How well a purchase is told, or else the rarest action that can be judged."""
    evaluation, test = study.evaluation, study.evaluation.test
    if not evaluation.judged:
        where = references.table("average-precision")
        return f"No action has enough test examples to be judged by itself ({where})."
    share = {a: float((test.target == test.actions.index(a)).mean()) for a in evaluation.judged}
    named = "purchase" if "purchase" in share else min(share, key=share.__getitem__)
    network = study.ladder.best("network").name
    rated = Interval(*evaluation.scores.loc[(network, "average_precision", named)])
    ahead = evaluation.contrast(NETWORK, "average_precision", named)
    return (
        f"`{named}` is {share[named]:.1%} of the test examples; the network's average "
        f"precision for it is {rated}, and against the chain's it "
        f"{difference(ahead, 'higher', '.3f')} ({references.figure('precision-recall')})."
    )


def most_frequent(test: Examples) -> str:
    """What accuracy alone would be worth."""
    shares = np.bincount(test.target, minlength=len(test.actions)) / len(test)
    most = int(shares.argmax())
    return (
        f"Always naming `{test.actions[most]}` is right in {shares[most]:.1%} of the "
        f"{len(test):,} test examples: any share of right answers is to be held against that"
    )


def floor_sentence(floor: Floor) -> str:
    """How much of the way from the class shares to the floor is gone."""
    *names, last = floor.behind
    shares, where = floor.behind[last], references.table("truth")
    if shares.low <= 0:
        return (
            "Even the filtered truth tells no more than the class shares do: their log-losses "
            f"differ by {shares} nats ({where})."
        )
    gone = {name: 1 - floor.behind[name].value / shares.value for name in names}
    each = " and ".join(f"{name} {share:.0%}" for name, share in gone.items())
    return (
        f"Of the way from the class shares down to the filtered truth, {shares} nats, "
        f"go: {each} ({where})."
    )


def findings(study: Study) -> list[str]:
    """What we saw, one sentence each."""
    if isinstance(study.evaluation, Cannot):
        return [f"These data cannot carry a comparison. {study.evaluation.reason}"]
    most = most_frequent(study.evaluation.test)
    return [
        network_sentence(study),
        memory_sentence(study),
        inputs_sentence(study),
        action_sentence(study),
        f"{most} ({references.table('expected')}).",
        *([] if isinstance(study.floor, Cannot) else [floor_sentence(study.floor)]),
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


def claims(study: Study) -> list[Claim]:
    """The three questions, answered as they were when this was written."""
    return [_claim(study, contrast, *written) for contrast, written in CLAIMS.items()]


def _claim(study: Study, contrast: str, name: str, text: str, wanted: int) -> Claim:
    if isinstance(study.evaluation, Cannot):
        return Claim(name, text, None, study.evaluation.reason)
    row = study.evaluation.contrast(contrast)
    where = references.table("differences")
    return Claim(
        name,
        text,
        side(row) == wanted,
        f"Log-loss, {contrast}: {phrases.interval(*row, '.4f')} nats ({where}).",
    )


def headlines(study: Study) -> dict[str, str]:
    """What the index page shows of this step."""
    if isinstance(study.evaluation, Cannot):
        return {"Next action": "not compared"}
    network, chain = (study.ladder.best(family).name for family in ("network", "chain"))
    loss = study.evaluation.log_losses["value"]
    return {
        "Next action, log-loss": f"{loss[network]:.3f} nats ({network})",
        "Best Markov chain": f"{loss[chain]:.3f} nats ({chain})",
        "Network against chain": verdict(study),
    }


def metrics(study: Study) -> dict:
    """The numbers later runs are compared by."""
    counted = {"examples": {"all": len(study.examples)}}
    if isinstance(study.evaluation, Cannot):
        return counted
    counted["examples"]["test"] = len(study.evaluation.test)
    for (model, metric, action), row in study.evaluation.scores.iterrows():
        name = f"{metric}_{action}" if action else metric
        counted.setdefault(key(model), {})[name] = row[["value", "low", "high"]].to_dict()
    for contrast, row in study.evaluation.contrasts.xs("log_loss", level="metric").iterrows():
        counted.setdefault("log_loss_difference", {})[key(contrast[0])] = row.to_dict()
    return counted | _floor_metrics(study.floor)


def _floor_metrics(floor: Floor | Cannot) -> dict:
    if isinstance(floor, Cannot):
        return {}
    network, chain, _ = floor.behind.values()
    return {
        "ceiling": {
            "entropy": floor.entropy,
            "oracle_log_loss": floor.oracle,
            "network_above": network.value,
            "chain_above": chain.value,
            "examples": floor.known,
        }
    }


def key(name: str) -> str:
    """`name` as one word: "GRU, actions only" is gru_actions_only."""
    return name.lower().replace(",", "").replace(" - ", "_minus_").replace(" ", "_")
