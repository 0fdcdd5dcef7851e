"""Models trained on rows evened out, and two ways to mend what they then say.

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
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.linear_model import LogisticRegression

from trackway.intent import models
from trackway.intent.data import Examples
from trackway.intent.models import Scored
from trackway.params.intent import Intent

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


def balanced(name: str, balance: str, examples: Examples, settings: Intent, seed: int) -> Pipeline:
    """One model with one way of balancing, not yet fitted.

    Trees get scaled and filled features here, too: SMOTE needs neighbours, and all ways of one
    model start alike.
    """
    weight = "balanced" if balance == "class weights" else None
    drawn = sampler(balance, int(examples.of("train")["bought"].sum()), seed)
    model = models.estimator(name, settings, seed, class_weight=weight)
    return models.pipeline(models.preparation(examples.features), model, drawn)


def train_all(examples: Examples, settings: Intent, seed: int) -> dict[tuple[str, str], Trained]:
    """Every model with every way of balancing."""
    return {
        (name, balance): train(name, balance, examples, settings, seed)
        for name in MODELS
        for balance in BALANCES
    }


def train(name: str, balance: str, examples: Examples, settings: Intent, seed: int) -> Trained:
    """Fit on balanced training rows, and mend what is said in both ways."""
    unfitted = balanced(name, balance, examples, settings, seed)
    one = models.score(name, unfitted, examples, stopped=False)
    share = float(examples.of("train")["bought"].mean())
    prior = one.test if balance == NONE else correct_prior(one.test, share)
    y_true = examples.of("validation")["bought"]
    return Trained(one, prior, calibrate(one.validation, y_true, one.test))


def correct_prior(y_proba: np.ndarray, share: float, trained_at: float = HALF) -> np.ndarray:
    """Probabilities of a model trained at another share of buyers, brought back to `share`.

    Examples
    --------
    Half at 1:1 means no evidence either way, which is the natural share itself:

    >>> correct_prior(np.array([0.5]), share=0.1)
    array([0.1])
    """
    yes = y_proba * share / trained_at
    no = (1 - y_proba) * (1 - share) / (1 - trained_at)
    return yes / (yes + no)


def calibrate(on_validation: np.ndarray, y_true: object, on_test: np.ndarray) -> np.ndarray:
    """Test probabilities by the sigmoid of the log-odds that fits the validation part best.

    It keeps the ranking, as long as what is said rises with what happens.
    """
    fitted = LogisticRegression(C=np.inf).fit(_log_odds(on_validation), y_true)
    return fitted.predict_proba(_log_odds(on_test))[:, 1]


def _log_odds(y_proba: np.ndarray) -> np.ndarray:
    inside = np.clip(y_proba, 1e-6, 1 - 1e-6)  # a forest may say 0
    return np.log(inside / (1 - inside))[:, None]
