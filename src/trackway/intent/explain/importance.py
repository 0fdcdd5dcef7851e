"""How much of the ranking is lost when a feature is shuffled.

Importance describes the model, not the shop: that a feature carries the ranking does not mean that
changing it would change who buys.

Source: L. Breiman, Machine Learning 45 (2001) 5-32.
"""

from functools import partial

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from trackway.evaluation import bootstrap
from trackway.intent import models
from trackway.intent.data import Examples
from trackway.intent.models import Scored


@threadpool_limits.wrap(limits=1)
def importance(chosen: Scored, examples: Examples, repeats: int, n: int, seed: int) -> pd.DataFrame:
    """How much ROC AUC is lost on test when a feature's values are shuffled among the rows.

    Returns
    -------
    DataFrame, indexed by feature, the largest loss first
        value, low, high : float
            Mean over `repeats` shuffles; the interval is over users.
    """
    test = examples.of("test")
    random = np.random.default_rng(seed)
    probability = partial(
        models.probability, chosen.fitted, examples=examples, cut="validation_end"
    )
    worse = {
        feature: [
            probability(test.assign(**{feature: random.permutation(test[feature])}))
            for _ in range(repeats)
        ]
        for feature in examples.features
    }
    y_true = test["bought"].to_numpy(dtype=bool)
    lost = _auc_lost(y_true, chosen.test, worse, test["user_id"], n, seed)
    table = pd.DataFrame.from_dict(lost, orient="index", columns=["value", "low", "high"])
    return table.rename_axis("feature").sort_values("value", ascending=False, kind="stable")


def _auc_lost(y_true, y_proba, worse: dict[str, list], users, n: int, seed: int) -> dict:
    """ROC AUC of `y_proba` minus the mean of that of each list of `worse`, on one draw of users."""
    batches = [np.ones((1, len(y_true))), *bootstrap.replicate_weights(users, n, seed)]
    losses: dict[str, list] = {name: [] for name in worse}
    for weights in batches:
        split = weights[:, y_true], weights[:, ~y_true]
        whole = _auc(y_true, y_proba, *split)
        for name, ways in worse.items():
            mean = np.mean([_auc(y_true, one, *split) for one in ways], axis=0)
            losses[name].append(whole - mean)
    drawn = {name: np.concatenate(parts) for name, parts in losses.items()}
    return {name: bootstrap.interval(lost[0], lost[1:]) for name, lost in drawn.items()}


def _auc(y_true, y_proba, buyers: np.ndarray, others: np.ndarray) -> np.ndarray:
    """ROC AUC for every row of weights of the buyers, (B, P), and of the others, (B, N)."""
    order = np.argsort(y_proba[~y_true], kind="stable")
    ranked = y_proba[~y_true][order]
    below = np.pad(others[:, order].cumsum(axis=1), [(0, 0), (1, 0)])  # (B, N + 1)
    ends = [np.searchsorted(ranked, y_proba[y_true], side) for side in ("left", "right")]
    outranked = (below[:, ends[0]] + below[:, ends[1]]) / 2  # (B, P); ties count half
    with np.errstate(invalid="ignore"):  # no buyer drawn: left out of the interval
        return (outranked * buyers).sum(axis=1) / (buyers.sum(axis=1) * below[:, -1])
