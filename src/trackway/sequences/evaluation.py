"""The models on the test part, and the differences that answer a question, with intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.bootstrap import Interval, bootstrap_interval, mean_interval
from trackway.sequences import metrics
from trackway.sequences.data import Examples
from trackway.sequences.metrics import Score
from trackway.sequences.models.ladder import SHARES, Fitted, Ladder

NETWORK = "network - chain"  # is a network worth it?
CHAIN = "chain - class shares"  # does looking back help at all?
NARROW = "actions only - network"  # what do pauses and products add?


@dataclass(frozen=True)
class Evaluation:
    """How good the models are on the test part; intervals are over users.

    Attributes
    ----------
    test : Examples
    scores : DataFrame, a row per model, metric and action
        See `score_models`.
    against_chain : DataFrame, a row per model
        Its log-loss minus that of the best chain; see `against_chain`.
    contrasts : DataFrame, a row per contrast, metric and action
        `NETWORK`, `CHAIN` and `NARROW`; see `differences`.
    """

    test: Examples
    scores: pd.DataFrame
    against_chain: pd.DataFrame
    contrasts: pd.DataFrame

    @property
    def judged(self) -> list[str]:
        """Actions with enough test examples to be judged by themselves, in a visit's order."""
        keys = self.contrasts.loc[NETWORK].index
        return [action for metric, action in keys if metric == "average_precision"]

    @property
    def log_losses(self) -> pd.DataFrame:
        """Log-loss of each model, in nats: value, low, high."""
        return self.scores.xs(("log_loss", ""), level=("metric", "action"))

    def contrast(self, name: str, metric: str = "log_loss", action: str = "") -> Interval:
        """One of `contrasts`."""
        return Interval(*self.contrasts.loc[(name, metric, action)])


@or_cannot
def evaluate(
    ladder: Ladder | Cannot, test: Examples, min_positives: int, n: int, seed: int
) -> Evaluation | Cannot:
    """Score every model of `ladder` on `test`, and the differences that matter.

    Parameters
    ----------
    min_positives : examples an action needs to be judged by itself
    n, seed : draws of users behind an interval; where they start
    """
    ladder = need(ladder)
    network, chain, narrow = (ladder.best(f) for f in ("network", "chain", "actions only"))
    pairs = {
        NETWORK: (network, chain),
        CHAIN: (chain, ladder.models[SHARES]),
        NARROW: (narrow, network),
    }
    contrasts = {
        name: differences(a.y_proba, b.y_proba, test, min_positives, n, seed)
        for name, (a, b) in pairs.items()
    }
    return Evaluation(
        test=test,
        scores=score_models(ladder.y_proba, test, min_positives, n, seed),
        against_chain=against_chain(ladder, test, n, seed),
        contrasts=pd.concat(contrasts, names=["contrast"]),
    )


def score_models(
    models: dict[str, np.ndarray], test: Examples, min_positives: int, n: int, seed: int
) -> pd.DataFrame:
    """Score every model on the same examples, with 95 % intervals over users.

    Parameters
    ----------
    models : name to probabilities, shape (N, C)

    Returns
    -------
    DataFrame, a row per model, metric and action
        value, low, high : float
            log_loss in nats (small is good); macro_f1 and average_precision up to 1.
    """
    scored = {name: _scores(p, test, min_positives) for name, p in models.items()}
    intervals = {
        (name, *key): bootstrap_interval(score, groups=test.user_id, n=n, seed=seed)
        for name, scores in scored.items()
        for key, score in scores.items()
    }
    return _table(intervals, ["model", "metric", "action"])


def differences(
    first: np.ndarray, second: np.ndarray, test: Examples, min_positives: int, n: int, seed: int
) -> pd.DataFrame:
    """First model minus second, on the same examples and the same draws of users.

    Parameters
    ----------
    first, second : their probabilities, shape (N, C)

    Returns
    -------
    DataFrame, a row per metric and action
        value, low, high : float
            Below 0 the first has the lower value: better for log-loss, worse for the others.
    """
    a, b = (_scores(p, test, min_positives) for p in (first, second))
    intervals = {
        key: bootstrap_interval(_minus(a[key], b[key]), groups=test.user_id, n=n, seed=seed)
        for key in a
    }
    return _table(intervals, ["metric", "action"])


def against_chain(ladder: Ladder, test: Examples, n: int, seed: int) -> pd.DataFrame:
    """Every model's log-loss minus that of the best chain, with 95 % intervals over users.

    Paired: what is hard for all models does not widen the interval.

    Returns
    -------
    DataFrame, indexed by model
        value, low, high : float, nats
            Below 0 is better than the best chain.
    """
    chain = metrics.losses(test.target, ladder.best("chain").y_proba)
    intervals = {
        name: mean_interval(metrics.losses(test.target, p) - chain, test.user_id, n, seed)
        for name, p in ladder.y_proba.items()
    }
    return pd.DataFrame.from_dict(intervals, orient="index", columns=list(Interval._fields))


def precision_recall(
    chain: Fitted, network: Fitted, evaluation: Evaluation
) -> pd.DataFrame | Cannot:
    """Curves of two models, for each action that can be judged by itself; Cannot if none can.

    Returns
    -------
    DataFrame, columns of `metrics.precision_recall`, and action, model : str
    """
    if not evaluation.judged:
        return Cannot("No action has enough test examples to be judged by itself.")
    test = evaluation.test
    curves = [
        metrics.precision_recall(
            test.came(action), model.y_proba[:, test.actions.index(action)]
        ).assign(action=action, model=model.name)
        for action in evaluation.judged
        for model in (chain, network)
    ]
    return pd.concat(curves)


def average_precision(chain: Fitted, network: Fitted, evaluation: Evaluation) -> pd.DataFrame:
    """Average precision of two models and their difference, by action.

    Returns
    -------
    DataFrame
        action : str; examples : int; share : float; model : str, null where not judged
        value, low, high : float
    """
    rows = [_by_action(chain.name, network.name, evaluation, a) for a in evaluation.test.actions]
    columns = ["action", "examples", "share", "model", "value", "low", "high"]
    return pd.concat(rows, ignore_index=True).reindex(columns=columns)


def _by_action(chain: str, network: str, evaluation: Evaluation, action: str) -> pd.DataFrame:
    came = evaluation.test.came(action)
    counted = {"action": action, "examples": int(came.sum()), "share": float(came.mean())}
    if action not in evaluation.judged:
        none = {"model": None, "value": float("nan"), "low": float("nan"), "high": float("nan")}
        return pd.DataFrame([counted | none])
    tables = {name: evaluation.scores.xs(name, level="model") for name in (chain, network)}
    tables[f"{network} minus {chain}"] = evaluation.contrasts.loc[NETWORK]
    rated = [table.loc[("average_precision", action)] for table in tables.values()]
    return pd.DataFrame(rated).reset_index(drop=True).assign(**counted, model=list(tables))


def expected_counts(y_proba: np.ndarray, test: Examples) -> pd.DataFrame:
    """Per action how often it came, and how often a model expected it on the whole.

    Returns
    -------
    DataFrame
        action : str; came : int; expected : float, the sum of its probabilities
    """
    return pd.DataFrame(
        {
            "action": test.actions,
            "came": np.bincount(test.target, minlength=len(test.actions)),
            "expected": y_proba.sum(axis=0),
        }
    )


def _scores(
    y_proba: np.ndarray, test: Examples, min_positives: int
) -> dict[tuple[str, str], Score]:
    """Every score of one model, by metric and action (empty where it concerns all).

    An action with fewer than `min_positives` examples gets no average precision.
    """
    target = test.target
    positives = np.bincount(target, minlength=len(test.actions))
    by_class = {
        ("average_precision", action): metrics.score_average_precision(target == c, y_proba[:, c])
        for c, action in enumerate(test.actions)
        if positives[c] >= min_positives
    }
    return {
        ("log_loss", ""): metrics.score_log_loss(target, y_proba),
        ("macro_f1", ""): metrics.score_macro_f1(target, y_proba),
        **by_class,
    }


def _minus(a: Score, b: Score) -> Score:
    return lambda sample_weight: a(sample_weight=sample_weight) - b(sample_weight=sample_weight)


def _table(intervals: dict[tuple, Interval], names: list[str]) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples(list(intervals), names=names)
    return pd.DataFrame(list(intervals.values()), index=index, columns=list(Interval._fields))
