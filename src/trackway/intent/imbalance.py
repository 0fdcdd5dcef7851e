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
BALANCES = [NONE, "undersampling 1:1", "class weights", "oversampling 1:1", "SMOTE 1:1"]
NEIGHBOURS = 5  # of a buyer, between whom SMOTE invents new ones; the default of its authors


def sampler(balance: str, n_buyers: int, seed: int):
    """What evens out the training rows; None where nothing is drawn or invented."""
    match balance:
        case "undersampling 1:1":
            return RandomUnderSampler(random_state=seed)
        case "oversampling 1:1":
            return RandomOverSampler(random_state=seed)
        case "SMOTE 1:1":
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
        roc_auc, pr_auc, f1 : text
            With 95 % intervals over users.
        mean_probability : float
            What the model expects on average; a truthful one, the share that bought.
        log_loss, log_loss_corrected : float, nats
            As the model says it, and after the prior is put right.
    """
    test = examples.of("test")
    rows = []
    for (name, balance), one in scored.items():
        rated = evaluation.scores(
            test["bought"], one.test, test["user_id"], one.threshold, n=n, seed=seed
        )
        mended = corrected(one, balance, examples)
        rows.append(
            {"model": name, "balancing": balance}
            | {m: str(evaluation.Interval(*rated.loc[m])) for m in ("roc_auc", "pr_auc", "f1")}
            | {
                "mean_probability": one.test.mean(),
                "log_loss": rated.loc["log_loss", "value"],
                "log_loss_corrected": evaluation.point_scores(test["bought"], mended, 0.5)[
                    "log_loss"
                ],
            }
        )
    return pd.DataFrame(rows)
