"""Buyers are few. What training on an evened-out set changes, and what it does not.

Whatever is done is done to the training rows; the test part keeps its natural share of buyers. A
model trained at 1:1 thinks buyers are half of the world, and its probabilities say so. Two ways
mend that, and all ways of training are compared after both: dividing the odds by the factor they
were multiplied by, and fitting what is said to what happened on the validation part.

Sources: M. Saerens, P. Latinne and C. Decaestecker, Neural Computation 14 (2002) 21-41,
doi:10.1162/089976602753284446 (section 2.2, a new prior). J. Platt, in Advances in Large Margin
Classifiers, 1999, 61-74 (a sigmoid fitted on other data). SMOTE: N. Chawla et al., JAIR 16 (2002)
321-357, doi:10.1613/jair.953.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.linear_model import LogisticRegression

from trackway.evaluation import calibration, metrics
from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent import models
from trackway.intent.data import Examples
from trackway.intent.models import Scored

NONE = "none"
# all but the first make buyers as many, or weigh as much, as the others
BALANCES = [NONE, "undersampling", "class weights", "oversampling", "SMOTE"]
MODELS = [models.LOGISTIC, models.FOREST, models.LIGHTGBM]
NEIGHBOURS = 5  # of a buyer, between whom SMOTE invents new ones; the default of its authors
HALF = 0.5  # the share of buyers after balancing, and the threshold then usually taken
SAID, PRIOR, CALIBRATED = "as said", "prior corrected", "calibrated"


@dataclass(frozen=True)
class Trained:
    """A model trained with one way of balancing.

    Attributes
    ----------
    scored : as it says it
    prior, calibrated : float arrays, in the order of the test rows
        Its test probabilities with the prior put right, and fitted on validation.
    """

    scored: Scored
    prior: np.ndarray
    calibrated: np.ndarray

    @property
    def stages(self) -> dict[str, np.ndarray]:
        """Test probabilities, from the model's own to the mended ones."""
        return {SAID: self.scored.test, PRIOR: self.prior, CALIBRATED: self.calibrated}


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
    """One model with one way of balancing, not yet fitted.

    Trees get scaled and filled features here, too: SMOTE needs neighbours, and all ways of one
    model start alike.
    """
    weight = "balanced" if balance == "class weights" else None
    drawn = sampler(balance, int(examples.of("train")["bought"].sum()), seed)
    model = models.estimator(name, settings, seed, class_weight=weight)
    return models.pipeline(models.preparation(examples.features), model, drawn)


def train_all(examples: Examples, settings: dict, seed: int) -> dict[tuple[str, str], Trained]:
    """Every model with every way of balancing."""
    return {
        (name, balance): train(name, balance, examples, settings, seed)
        for name in MODELS
        for balance in BALANCES
    }


def train(name: str, balance: str, examples: Examples, settings: dict, seed: int) -> Trained:
    """Fit on balanced training rows, and mend what is said in both ways."""
    unfitted = balanced(name, balance, examples, settings, seed)
    one = models.score(name, unfitted, examples, stopped=False)
    share = float(examples.of("train")["bought"].mean())
    prior = one.test if balance == NONE else correct_prior(one.test, share)
    happened = examples.of("validation")["bought"]
    return Trained(one, prior, calibrate(one.validation, happened, one.test))


def correct_prior(probability: np.ndarray, share: float, trained_at: float = HALF) -> np.ndarray:
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


def calibrate(on_validation: np.ndarray, happened: object, on_test: np.ndarray) -> np.ndarray:
    """Test probabilities by the sigmoid of the log-odds that fits the validation part best.

    It keeps the ranking, as long as what is said rises with what happens.
    """
    fitted = LogisticRegression(C=np.inf).fit(_log_odds(on_validation), happened)
    return fitted.predict_proba(_log_odds(on_test))[:, 1]


def _log_odds(probability: np.ndarray) -> np.ndarray:
    inside = np.clip(probability, 1e-6, 1 - 1e-6)  # a forest may say 0
    return np.log(inside / (1 - inside))[:, None]


def table(
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
    said = {balance: (one.calibrated, one.scored.threshold) for balance, one in ways.items()}
    rivals = PairedEvaluation.of(test["bought"], said, test["user_id"], n=n, seed=seed)
    rated, over = rivals.scores(), -rivals.differences(NONE)
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
        reached = {m: Interval(*rated.loc[(balance, m)]) for m in ["roc_auc", "pr_auc"]}
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
    bought = examples.of("test")["bought"].to_numpy(dtype=bool)
    usual, own = (metrics.point_scores(bought, one.test, t) for t in (HALF, one.threshold))
    even = np.where(bought, HALF / bought.sum(), HALF / (~bought).sum())
    claimed = metrics.weighted_scores(bought, one.test, HALF, even[None])
    return {
        "f1_half": usual["f1"],
        "threshold": one.threshold,
        "f1": own["f1"],
        "precision_even": float(claimed["precision"][0]),
        "pr_auc_even": float(claimed["pr_auc"][0]),
        "f1_even": float(claimed["f1"][0]),
    }


def calibrations(
    trained: dict[tuple[str, str], Trained],
    name: str,
    examples: Examples,
    bins: int,
    n: int,
    seed: int,
) -> dict[str, dict[str, pd.DataFrame]]:
    """Calibration tables of one model: by stage, then by way of balancing."""
    test = examples.of("test")
    return {
        stage: {
            balance: calibration.calibration_table(
                test["bought"],
                trained[name, balance].stages[stage],
                test["user_id"],
                bins,
                n,
                seed,
            )
            for balance in BALANCES
        }
        for stage in (SAID, PRIOR, CALIBRATED)
    }
