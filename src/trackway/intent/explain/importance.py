"""What the chosen model rests on, and where it errs.

Importance and partial dependence describe the model, not the shop: that a value moves what is
said does not mean that changing it would move who buys.

Sources: L. Breiman, Machine Learning 45 (2001) 5-32 (shuffling a feature). J. Friedman, Annals of
Statistics 29 (2001) 1189-1232, section 8.2 (partial dependence).
"""

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from trackway.evaluation import bootstrap, metrics
from trackway.evaluation.bootstrap import column_means
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
    worse = {
        feature: [
            _said(chosen, test.assign(**{feature: random.permutation(test[feature])}), examples)
            for _ in range(repeats)
        ]
        for feature in examples.features
    }
    happened = test["bought"].to_numpy(dtype=bool)
    lost = _auc_lost(happened, chosen.test, worse, test["user_id"], n, seed)
    table = pd.DataFrame.from_dict(lost, orient="index", columns=["value", "low", "high"])
    return table.rename_axis("feature").sort_values("value", ascending=False, kind="stable")


def _auc_lost(happened, said, worse: dict[str, list], users, n: int, seed: int) -> dict:
    """ROC AUC of `said` minus the mean of that of each list of `worse`, on one draw of users."""
    batches = [np.ones((1, len(happened))), *bootstrap.replicate_weights(users, n, seed)]
    found: dict[str, list] = {name: [] for name in worse}
    for weights in batches:
        split = weights[:, happened], weights[:, ~happened]
        whole = _auc(happened, said, *split)
        for name, ways in worse.items():
            mean = np.mean([_auc(happened, one, *split) for one in ways], axis=0)
            found[name].append(whole - mean)
    drawn = {name: np.concatenate(parts) for name, parts in found.items()}
    return {name: bootstrap.interval(lost[0], lost[1:]) for name, lost in drawn.items()}


def _auc(happened, said, buyers: np.ndarray, others: np.ndarray) -> np.ndarray:
    """ROC AUC for every row of weights of the buyers, (B, P), and of the others, (B, N)."""
    order = np.argsort(said[~happened], kind="stable")
    ranked = said[~happened][order]
    below = np.pad(others[:, order].cumsum(axis=1), [(0, 0), (1, 0)])  # (B, N + 1)
    ends = [np.searchsorted(ranked, said[happened], side) for side in ("left", "right")]
    outranked = (below[:, ends[0]] + below[:, ends[1]]) / 2  # (B, P); ties count half
    with np.errstate(invalid="ignore"):  # no buyer drawn: left out of the interval
        return (outranked * buyers).sum(axis=1) / (buyers.sum(axis=1) * below[:, -1])


@threadpool_limits.wrap(limits=1)
def dependence(
    chosen: Scored, examples: Examples, features: list[str], points: int, n: int, seed: int
) -> pd.DataFrame:
    """What the model would say on average of the test sessions, had all of them one value.

    Returns
    -------
    DataFrame, one row per feature and value
        feature : str
        at : float
            A value the feature takes, between its 2nd and its 98th hundredth.
        value, low, high : float
            Mean probability; the interval is over users.
    """
    test = examples.of("test")
    tables = []
    for feature in features:
        values = grid(test[feature], points)
        said = [_said(chosen, test.assign(**{feature: at}), examples) for at in values]
        curve = column_means(np.column_stack(said), test["user_id"], n, seed)
        tables.append(curve.assign(feature=feature, at=values))
    return pd.concat(tables, ignore_index=True)[["feature", "at", "value", "low", "high"]]


def grid(values: pd.Series, points: int) -> np.ndarray:
    """At most `points` values that do occur, spread over the bulk of the rows.

    Examples
    --------
    >>> grid(pd.Series([0, 0, 0, 1, 1, 2, None]), points=5)
    array([0., 1., 2.])
    """
    known = values.dropna().astype(float)
    wanted = np.quantile(known, np.linspace(0.02, 0.98, points), method="nearest")
    return np.unique(wanted)


def errors(
    chosen: Scored, examples: Examples, groups: pd.DataFrame, n: int, seed: int
) -> pd.DataFrame:
    """How truthful and how sharp the chosen model is in each group of test sessions.

    Parameters
    ----------
    groups : DataFrame, one row per test session, in their order
        A column per way of grouping, such as ``hour``; the values are the groups' names.

    Returns
    -------
    DataFrame, one row per way and group, the groups in order of their names
        by, group : str
        sessions, buyers : int
        bought, said : float
            Share that bought, and mean probability said.
        gap, gap_low, gap_high : float
            ``said`` minus ``bought``: above 0 the model promises too much.
        roc_auc, roc_auc_low, roc_auc_high : float
            Null where all of a group end alike.
    """
    test = examples.of("test")
    happened = test["bought"].to_numpy(dtype=bool)
    tables = [
        _errors_by(by, groups[by].to_numpy(), happened, chosen.test, test["user_id"], n, seed)
        for by in groups
    ]
    return pd.concat(tables, ignore_index=True)


def _errors_by(by, names, happened, said, users, n, seed) -> pd.DataFrame:
    found = np.unique(names)
    inside = names[:, None] == found  # (N, groups)
    sessions, buyers = inside.sum(axis=0), (inside & happened[:, None]).sum(axis=0)
    gap = column_means(
        np.where(inside, (said - happened)[:, None], 0), users, n, seed, among=inside
    )
    rows = [_ranked(happened[mine], said[mine], users[mine], n, seed) for mine in inside.T]
    return pd.DataFrame(
        {
            "by": by,
            "group": found,
            "sessions": sessions,
            "buyers": buyers,
            "bought": buyers / sessions,
            "said": said @ inside / sessions,
        }
    ).join([gap.set_axis(["gap", "gap_low", "gap_high"], axis=1), pd.DataFrame(rows)])


def _ranked(happened, said, users, n, seed) -> dict[str, float]:
    names = ["roc_auc", "roc_auc_low", "roc_auc_high"]
    if happened.all() or not happened.any():
        return dict.fromkeys(names, np.nan)
    rated = metrics.scores(happened, said, users, 0.5, n=n, seed=seed)
    return dict(zip(names, rated.loc["roc_auc"], strict=True))


def _said(chosen: Scored, rows: pd.DataFrame, examples: Examples) -> np.ndarray:
    return models.probability(chosen.fitted, rows, examples, "validation_end")
