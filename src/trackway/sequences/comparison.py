"""The models compared on the test part, each difference with its interval over users."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from trackway.evaluation.bootstrap import Interval, mean_interval
from trackway.evaluation.splits import TimeSplit
from trackway.sequences import networks
from trackway.sequences.examples import Examples, shortfall
from trackway.sequences.ladder import SHARES, Ladder, climb
from trackway.sequences.scores import differences, losses, rate

NETWORK = "network - chain"  # is a network worth it?
CHAIN = "chain - class shares"  # does looking back help at all?
NARROW = "actions only - network"  # what do pauses and products add?


@dataclass(frozen=True)
class Comparison:
    """All models on the test part, or the reason why there is nothing to compare.

    Attributes
    ----------
    why_not : str
        Empty if the data can carry a comparison; else the rest is empty.
    test : Examples
    ladder : Ladder
    rates : DataFrame, a row per model, metric and action
        See `scores.rate`.
    paired : DataFrame, a row per model
        Log-loss minus that of the best chain.
    contrasts : DataFrame, a row per contrast, metric and action
        `NETWORK`, `CHAIN` and `NARROW`; see `scores.differences`.
    """

    why_not: str
    test: Examples | None = None
    ladder: Ladder | None = None
    rates: pd.DataFrame = field(default_factory=pd.DataFrame)
    paired: pd.DataFrame = field(default_factory=pd.DataFrame)
    contrasts: pd.DataFrame = field(default_factory=pd.DataFrame)

    def name(self, family: str) -> str:
        """The best model of `family` on the validation part."""
        return self.ladder.best(family).name

    @property
    def judged(self) -> list[str]:
        """Actions with enough test examples to be judged by themselves, in a visit's order."""
        keys = self.contrasts.loc[NETWORK].index
        return [action for metric, action in keys if metric == "average_precision"]


def compare(examples: Examples, settings: dict, seed: int) -> Comparison:
    """Fit the ladder and rate it, if the data can carry it."""
    if why_not := shortfall(examples, settings["min_users"]):
        return Comparison(why_not)
    return judge(climb(examples, settings, seed), examples.of("test"), settings, seed)


def judge(ladder: Ladder, test: Examples, settings: dict, seed: int) -> Comparison:
    """Rate every model of `ladder` on `test`, and the differences that matter."""
    again = {"n": settings["replicates"], "seed": seed}
    least = settings["min_positives"]
    network, chain, narrow = (ladder.best(f) for f in ("network", "chain", "actions only"))
    pairs = {
        NETWORK: (network, chain),
        CHAIN: (chain, ladder.rungs[SHARES]),
        NARROW: (narrow, network),
    }
    contrasts = {
        name: differences(a.probabilities, b.probabilities, test, least, **again)
        for name, (a, b) in pairs.items()
    }
    return Comparison(
        why_not="",
        test=test,
        ladder=ladder,
        rates=rate(ladder.probabilities, test, least, **again),
        paired=against_chain(ladder, test, **again),
        contrasts=pd.concat(contrasts, names=["contrast"]),
    )


def hand_on(compared: Comparison, file: Path, split: TimeSplit, seed: int) -> None:
    """Write the best network to `file`, or why there is none."""
    if compared.why_not:
        return networks.save_none(file, compared.why_not)
    best = compared.ladder.best("network")
    notes = {
        "name": best.name,
        "seed": seed,
        "trained_before": split.train_end.isoformat(),
        "chosen_before": split.validation_end.isoformat(),
    }
    networks.save(best.model.network, file, **notes)


def against_chain(ladder: Ladder, test: Examples, n: int, seed: int) -> pd.DataFrame:
    """Every model's log-loss minus that of the best chain, with 95 % intervals over users.

    Paired: what is hard for all models does not widen the interval.

    Returns
    -------
    DataFrame, indexed by model
        value, low, high : float, nats
            Below 0 is better than the best chain.
    """
    bar = losses(ladder.best("chain").probabilities, test.target)
    intervals = {
        name: mean_interval(losses(p, test.target) - bar, test.user_id, n, seed)
        for name, p in ladder.probabilities.items()
    }
    return pd.DataFrame.from_dict(intervals, orient="index", columns=list(Interval._fields))
