"""Shares of sessions with a purchase, with intervals that know whose sessions they are.

Sessions of one user are no independent trials: who bought once comes back and buys again. The
interval is Wilson's, at the *effective* number of sessions: the number of independent ones that
would leave the share as uncertain as it is between users. It is never more than the number of
sessions, and where no session bought, or all did, it is what is left if a user's sessions were
all alike. Unlike the bootstrap it holds for zero purchases, needs no random draws, and is
computed from counts of counts. `tests/test_eda_rates.py` holds it against the bootstrap.

Sources: those of `intervals`. Difference: G. Y. Zou and A. Donner, Statistics in Medicine
27 (2008) 1693-1702.
"""

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot
from trackway.evaluation import intervals
from trackway.evaluation.bootstrap import Interval


def conversion(trials: ir.Table, level: float) -> pd.DataFrame:
    """The share of trials with a hit in each group.

    Parameters
    ----------
    trials : lazy table, one row per session
        Columns ``group``, ``user_id`` and ``hit`` (bool).
    level : float
        Of the interval, as 0.95.

    Returns
    -------
    DataFrame, indexed by ``group``, in its order
        users, sessions, bought : int
        conversion, low, high : float, of the sessions
    """
    counted = profiles(trials)
    rows = {group: _row(part, level) for group, part in counted.groupby("group")}
    columns = ["users", "sessions", "bought", "conversion", "low", "high"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis("group").astype(dict.fromkeys(columns[:3], "int64"))


def profiles(trials: ir.Table) -> pd.DataFrame:
    """How many `users` of each group have `n` sessions, `hits` of them with a hit."""
    per_user = trials.group_by(["group", "user_id"]).aggregate(
        n=trials.count(), hits=trials.hit.sum().cast("int64")
    )
    counted = per_user.group_by(["group", "n", "hits"]).aggregate(users=per_user.count())
    return counted.order_by(["group", "n", "hits"]).to_pandas()


def difference(trials: ir.Table, level: float) -> Interval | Cannot:
    """One group's share less the other's, with its interval, where both occur.

    Expects two groups, True and False: True less False. Users found in both are followed in
    both.
    """
    per_user = trials.group_by("user_id").aggregate(
        n_a=trials.count(where=trials.group),
        hits_a=trials.hit.sum(where=trials.group).fill_null(0).cast("int64"),
        n_b=trials.count(where=~trials.group),
        hits_b=trials.hit.sum(where=~trials.group).fill_null(0).cast("int64"),
    )
    columns = ["n_a", "hits_a", "n_b", "hits_b"]
    counted = per_user.group_by(columns).aggregate(users=per_user.count()).order_by(columns)
    table = counted.to_pandas()
    if not (table["n_a"].sum() and table["n_b"].sum()):
        return Cannot("Only one of the two occurs, so they are not compared.")
    a, b = (table.rename(columns={f"n_{x}": "n", f"hits_{x}": "hits"}) for x in "ab")
    (share_a, low_a, high_a), (share_b, low_b, high_b) = wilson(a, level), wilson(b, level)
    r = _correlation(a, b)
    gap = share_a - share_b
    return Interval(
        gap,
        gap - _reach(share_a - low_a, high_b - share_b, r),
        gap + _reach(high_a - share_a, share_b - low_b, r),
    )


def wilson(counted: pd.DataFrame, level: float) -> Interval:
    """The share of sessions with a hit, from the profiles of one group."""
    n, hits = (int((counted[c] * counted["users"]).sum()) for c in ["n", "hits"])
    share = hits / n
    return Interval(share, *intervals.wilson(share, effective_sessions(counted), level))


def effective_sessions(counted: pd.DataFrame) -> float:
    """How many independent sessions would tell as much as these do."""
    users = counted["users"].where(counted["n"] > 0, 0)
    n = (counted["n"] * users).sum()
    alike = n**2 / (counted["n"] ** 2 * users).sum()
    share = (counted["hits"] * users).sum() / n
    if users.sum() < 2:
        return float(alike)
    variance = (_residuals(counted) ** 2 * users).sum() / n**2 * users.sum() / (users.sum() - 1)
    return float(min(n, share * (1 - share) / variance)) if variance else float(alike)


def _row(counted: pd.DataFrame, level: float) -> tuple:
    totals = [int((counted[c] * counted["users"]).sum()) for c in ["n", "hits"]]
    return int(counted["users"].sum()), *totals, *wilson(counted, level)


def _residuals(counted: pd.DataFrame) -> pd.Series:
    weight = counted["users"]
    share = (counted["hits"] * weight).sum() / (counted["n"] * weight).sum()
    return counted["hits"] - share * counted["n"]


def _correlation(a: pd.DataFrame, b: pd.DataFrame) -> float:
    left, right, users = _residuals(a), _residuals(b), a["users"]
    spread = np.sqrt((left**2 * users).sum() * (right**2 * users).sum())
    return float((left * right * users).sum() / spread) if spread else 0.0


def _reach(one: float, other: float, r: float) -> float:
    return float(np.sqrt(max(0.0, one**2 + other**2 - 2 * r * one * other)))
