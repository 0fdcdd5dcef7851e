"""Buyers are few. What training on an evened-out set changes, and what it does not.

Whatever is done is done to the training rows; the test part keeps its natural share of buyers. A
model trained at 1:1 thinks buyers are half of the world, and its probabilities say so. Where the
training odds of a purchase were multiplied by a known factor, dividing them again mends that.

Source: M. Saerens, P. Latinne and C. Decaestecker, Neural Computation 14 (2002) 21-41,
doi:10.1162/089976602753284446 (section 2.2, a new prior). SMOTE: N. Chawla et al., JAIR 16 (2002)
321-357, doi:10.1613/jair.953.
"""

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler

from trackway import evaluation
from trackway.intent import models
from trackway.intent.models import Scored
from trackway.intent.parts import Examples

NONE = "none"
# all but the first make buyers as many, or weigh as much, as the others
BALANCES = [NONE, "undersampling", "class weights", "oversampling", "SMOTE"]
NEIGHBOURS = 5  # of a buyer, between whom SMOTE invents new ones; the default of its authors


def sampler(balance: str, n_buyers: int, seed: int):
    """What evens out the training rows; None where nothing is drawn or invented."""
    match balance:
        case "undersampling":
            return RandomUnderSampler(random_state=seed)
        case "oversampling":
            return RandomOverSampler(random_state=seed)
        case "SMOTE":
            return SMOTE(random_state=seed, k_neighbors=min(NEIGHBOURS, n_buyers - 1))
        case "none" | "class weights":
            return None
    raise ValueError(f"no way of balancing {balance!r}; there are {BALANCES}")


def balanced(name: str, balance: str, examples: Examples, settings: dict, seed: int) -> Pipeline:
    """One model with one way of balancing, not yet fitted."""
    weight = "balanced" if balance == "class weights" else None
    drawn = sampler(balance, int(examples.of("train")["bought"].sum()), seed)
    model = models.estimator(name, settings, seed, class_weight=weight)
    return models.pipeline(models.preparation(examples.features), model, drawn)


def score_all(examples: Examples, settings: dict, seed: int) -> dict[tuple[str, str], Scored]:
    """Every model with every way of balancing."""
    return {
        (name, balance): models.score(
            name, balanced(name, balance, examples, settings, seed), examples
        )
        for name in models.MODELS
        for balance in BALANCES
    }


def correct_prior(probability: np.ndarray, share: float, trained_at: float = 0.5) -> np.ndarray:
    """Probabilities of a model trained at another share of buyers, brought back to `share`.

    Examples
    --------
    Half at 1:1 means no evidence either way, which is the natural share itself:

    >>> correct_prior(np.array([0.5]), share=0.1)
    array([0.1])
    """
    yes = probability * share / trained_at
    no = (1 - probability) * (1 - share) / (1 - trained_at)
    return yes / (yes + no)


def corrected(one: Scored, balance: str, examples: Examples) -> np.ndarray:
    """Test probabilities of `one`, for the share of buyers the training part had."""
    if balance == NONE:
        return one.test
    return correct_prior(one.test, float(examples.of("train")["bought"].mean()))


def table(
    scored: dict[tuple[str, str], Scored], examples: Examples, n: int, seed: int
) -> pd.DataFrame:
    """What balancing changes, on test at natural prevalence.

    Returns
    -------
    DataFrame, one row per model and way of balancing
        model, balancing : str
        roc_auc, pr_auc : float
        pr_auc_gain : Interval
            Over the same model with the training rows as they are; paired, over users.
        f1 : float
            At a threshold of its own, chosen on validation.
        mean_said : float
            What the model expects on average; a truthful one, the share that bought.
        log_loss, log_loss_mended : float, nats
            As the model says it, and with the prior put right.
    """
    rows = [_row(scored, name, balance, examples, n, seed) for name, balance in scored]
    return pd.DataFrame(rows)


def _row(scored: dict, name: str, balance: str, examples: Examples, n: int, seed: int) -> dict:
    one, untouched, test = scored[name, balance], scored[name, NONE], examples.of("test")
    rated = evaluation.point_scores(test["bought"], one.test, one.threshold)
    mended = corrected(one, balance, examples)
    gain = evaluation.score_differences(
        test["bought"],
        (one.test, untouched.test),
        test["user_id"],
        (one.threshold, untouched.threshold),
        n=n,
        seed=seed,
    )
    return {
        "model": name,
        "balancing": balance,
        "roc_auc": rated["roc_auc"],
        "pr_auc": rated["pr_auc"],
        "pr_auc_gain": evaluation.Interval(*gain.loc["pr_auc"]),
        "f1": rated["f1"],
        "mean_said": one.test.mean(),
        "log_loss": rated["log_loss"],
        "log_loss_mended": evaluation.point_scores(test["bought"], mended, 0.5)["log_loss"],
    }


def calibrations(
    scored: dict[tuple[str, str], Scored],
    name: str,
    examples: Examples,
    bins: int,
    n: int,
    seed: int,
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Calibration tables of one model by way of balancing: as said, and with the prior mended."""
    test = examples.of("test")

    def tables(probability) -> dict[str, pd.DataFrame]:
        return {
            balance: evaluation.calibration_table(
                test["bought"], probability(balance), test["user_id"], bins, n, seed
            )
            for balance in BALANCES
        }

    return (
        tables(lambda balance: scored[name, balance].test),
        tables(lambda balance: corrected(scored[name, balance], balance, examples)),
    )
