"""What balancing changes in the ranking, in the probabilities and in saying yes, on test."""

import numpy as np
import pandas as pd

from trackway.evaluation import metrics
from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.calibration import calibration_table
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent.balancing.models import (
    BALANCES,
    CALIBRATED,
    HALF,
    MODELS,
    NONE,
    PRIOR,
    SAID,
    Trained,
)
from trackway.intent.data import Examples
from trackway.intent.models import Scored


def compare(
    trained: dict[tuple[str, str], Trained], examples: Examples, n: int, seed: int
) -> pd.DataFrame:
    """What balancing changes in the ranking and in the probabilities, at natural prevalence.

    Returns
    -------
    DataFrame, one row per model and way of balancing
        model, balancing : str
        roc_auc, pr_auc : Interval
        roc_auc_gain, pr_auc_gain, log_loss_gain : Interval
            Over the same model with the training rows as they are, paired over users; null for
            that one itself. The last is of the calibrated probabilities; below 0 is better.
        mean_said : float
            What the model expects on average; a truthful one, the share that bought.
        log_loss, log_loss_prior, log_loss_calibrated : float, nats
            As the model says it, with the prior put right, and calibrated on validation.
    """
    return pd.concat(
        [_of_model(name, trained, examples, n, seed) for name in MODELS], ignore_index=True
    )


def _of_model(name: str, trained: dict, examples: Examples, n: int, seed: int) -> pd.DataFrame:
    test = examples.of("test")
    ways = {balance: trained[name, balance] for balance in BALANCES}
    y_proba = {balance: (one.calibrated, one.scored.threshold) for balance, one in ways.items()}
    paired = PairedEvaluation.of(test["bought"], y_proba, test["user_id"], n=n, seed=seed)
    scores, over = paired.scores(), -paired.differences(NONE)
    over = over.set_axis(["value", "high", "low"], axis=1)[["value", "low", "high"]]
    rows = []
    for balance, one in ways.items():
        losses = {
            stage: metrics.point_scores(test["bought"], p, HALF)["log_loss"]
            for stage, p in one.stages.items()
        }
        gains = {
            f"{metric}_gain": None if balance == NONE else Interval(*over.loc[(balance, metric)])
            for metric in ["roc_auc", "pr_auc", "log_loss"]
        }
        reached = {m: Interval(*scores.loc[(balance, m)]) for m in ["roc_auc", "pr_auc"]}
        rows.append(
            {"model": name, "balancing": balance}
            | reached
            | gains
            | {"mean_said": one.scored.test.mean(), "log_loss": losses[SAID]}
            | {"log_loss_prior": losses[PRIOR], "log_loss_calibrated": losses[CALIBRATED]}
        )
    return pd.DataFrame(rows)


def decisions(trained: dict[tuple[str, str], Trained], examples: Examples) -> pd.DataFrame:
    """What balancing changes in saying yes, and what a test set at 1:1 would have claimed.

    Returns
    -------
    DataFrame, one row per model and way of balancing
        model, balancing : str
        f1_half : float
            F1 on test where yes is said from one half on, as is usual.
        threshold, f1 : float
            The threshold with the best F1 on validation, and F1 on test from there.
        precision_even, pr_auc_even, f1_even : float
            What would be claimed if test were evened out at 1:1 too, saying yes from one half.
            Computed by weights, so that no luck of a draw is in it.
    """
    rows = [
        {"model": name, "balancing": balance} | _decided(one.scored, examples)
        for (name, balance), one in trained.items()
    ]
    return pd.DataFrame(rows)


def _decided(one: Scored, examples: Examples) -> dict[str, float]:
    y_true = examples.of("test")["bought"].to_numpy(dtype=bool)
    usual, own = (metrics.point_scores(y_true, one.test, t) for t in (HALF, one.threshold))
    even = np.where(y_true, HALF / y_true.sum(), HALF / (~y_true).sum())
    claimed = metrics.weighted_scores(y_true, one.test, HALF, even[None])
    return {
        "f1_half": usual["f1"],
        "threshold": one.threshold,
        "f1": own["f1"],
        "precision_even": float(claimed["precision"][0]),
        "pr_auc_even": float(claimed["pr_auc"][0]),
        "f1_even": float(claimed["f1"][0]),
    }


def calibrations(
    ways: dict[str, Trained], examples: Examples, bins: int, n: int, seed: int
) -> dict[str, dict[str, pd.DataFrame]]:
    """Calibration tables of one model: by stage of mending, then by way of balancing.

    Parameters
    ----------
    ways : way of balancing to the model so trained

    Returns
    -------
    dict of dict of DataFrame, see `calibration_table`
    """
    test = examples.of("test")

    def table(y_proba: np.ndarray) -> pd.DataFrame:
        return calibration_table(test["bought"], y_proba, test["user_id"], bins, n, seed)

    return {
        stage: {balance: table(one.stages[stage]) for balance, one in ways.items()}
        for stage in (SAID, PRIOR, CALIBRATED)
    }
