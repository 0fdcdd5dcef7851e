"""How truthful and how sharp the model is, group by group of sessions; see `groups`."""

import numpy as np
import pandas as pd

from trackway.evaluation import metrics
from trackway.evaluation.bootstrap import column_means
from trackway.intent.data import Examples
from trackway.intent.models import Scored


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
    y_true = test["bought"].to_numpy(dtype=bool)
    tables = [
        _errors_by(by, groups[by].to_numpy(), y_true, chosen.test, test["user_id"], n, seed)
        for by in groups
    ]
    return pd.concat(tables, ignore_index=True)


def _errors_by(by, groups, y_true, y_proba, users, n, seed) -> pd.DataFrame:
    names = np.unique(groups)
    inside = groups[:, None] == names  # (N, groups)
    sessions, buyers = inside.sum(axis=0), (inside & y_true[:, None]).sum(axis=0)
    gap = column_means(
        np.where(inside, (y_proba - y_true)[:, None], 0), users, n, seed, among=inside
    )
    rows = [_ranked(y_true[mine], y_proba[mine], users[mine], n, seed) for mine in inside.T]
    return pd.DataFrame(
        {
            "by": by,
            "group": names,
            "sessions": sessions,
            "buyers": buyers,
            "bought": buyers / sessions,
            "said": y_proba @ inside / sessions,
        }
    ).join([gap.set_axis(["gap", "gap_low", "gap_high"], axis=1), pd.DataFrame(rows)])


def _ranked(y_true, y_proba, users, n, seed) -> dict[str, float]:
    names = ["roc_auc", "roc_auc_low", "roc_auc_high"]
    if y_true.all() or not y_true.any():
        return dict.fromkeys(names, np.nan)
    scores = metrics.scores(y_true, y_proba, users, 0.5, n=n, seed=seed)
    return dict(zip(names, scores.loc["roc_auc"], strict=True))
