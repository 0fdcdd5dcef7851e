"""What was planted in the simulated shop, as it lies beside the demo's raw files.

Only the rooms `truth` of the steps read it. Of a real shop nobody knows the truth; there a table of
the truth is None, and the oracle, who knows the shop's laws, is a `Cannot`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow.compute import field

from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.core.errors import InputError
from trackway.tables.facts import facts

TRUTH = "raw/demo/truth"
ORACLE = "interim/oracle"
UNKNOWN = (
    "The ceiling is unknown: these are data of a real shop, and nobody knows how well its "
    "visitors could be told. The simulated shop, whose truth is known, has this table."
)
FAVOURITES = ["favourite_1", "favourite_2", "favourite_3"]
NO_ORACLE = (
    "The ceiling is not computed for files of the form `taobao`: they tell no sessions, and hold "
    "marks of favourites that the oracle does not follow."
)


def read(name: str, users: pd.Series | None = None) -> pd.DataFrame | None:
    """A table of the truth: `users`, `sessions`, `products`, `complements`, `wants` or `dates`.

    Its users are those who might come: join by those seen, or ask for the rows of some `users`
    alone, who may be few of millions. None where the data under study are not simulated.

    Raises
    ------
    InputError
        If they are, but the truth is not there.
    """
    if not facts().simulated:
        return None
    rows = None if users is None else field("user_id").isin(pa.array(users, pa.int64()))
    return _table(f"{TRUTH}/{name}", "python -m shopsim", rows)


def oracle(name: str) -> pd.DataFrame | Cannot:
    """What could be known at best: `purchases` or `next_actions`, as the stage `oracle` wrote them.

    Returns
    -------
    DataFrame
        Columns as `shopsim.oracle.tables` has them; `purchases` and `next_actions` below read it.

    Raises
    ------
    InputError
        If the stage has not run.
    """
    known = facts()
    if not known.simulated:
        return Cannot(UNKNOWN)
    if known.schema == "taobao":
        return Cannot(NO_ORACLE)
    return _table(f"{ORACLE}/{name}", "python -m shopsim.oracle")


def _table(name: str, made_by: str, rows: pa.compute.Expression | None = None) -> pd.DataFrame:
    file = paths.path(f"{name}.parquet")
    if not file.exists():
        raise InputError(f"data/{name}.parquet is missing; run: {made_by}")
    return pd.read_parquet(file, filters=rows)


def purchases(answers: pd.DataFrame, rows: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What the oracle says of scored sessions; null for those it does not know.

    Parameters
    ----------
    answers : ``oracle("purchases")``
    rows : moment to DataFrame, one row per session scored then
        ``user_id`` and ``started`` (UTC).

    Returns
    -------
    moment to DataFrame, its index that of the rows
        probability : float, of a later purchase
        knowing : float, the same of one who knows the kind, and whether this want is a habit
    """
    of = answers.set_index(["moment", "user_id", "started"])[["probability", "knowing"]]
    return {
        moment: of.reindex(
            pd.MultiIndex.from_arrays([[moment] * len(one), one["user_id"], one["started"]])
        ).set_axis(one.index)
        for moment, one in rows.items()
    }


def next_actions(
    answers: pd.DataFrame, before: pd.DataFrame, actions: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """P(next action) after events, of the oracle, and of one who knows whether the visit goes on.

    Parameters
    ----------
    answers : ``oracle("next_actions")``
    before : DataFrame, one row per example: the user's last event before it
        ``user_id``, ``event_time`` (UTC), ``event_type``.
    actions : names of the classes; the chances of others are left out

    Returns
    -------
    two float arrays, shape (n, len(actions)); rows sum to 1, null for events it does not know
    """
    key = ["user_id", "event_time", "event_type"]
    of = answers.set_index(key).reindex(pd.MultiIndex.from_frame(before[key]))
    found = [
        of[[f"{who}_{action}" for action in actions]].to_numpy()
        for who in ("probability", "knowing")
    ]
    return tuple(p / p.sum(axis=1, keepdims=True) for p in found)


def reach(
    users: pd.DataFrame, products: pd.DataFrame, wants: pd.DataFrame, *, drifted: bool = False
) -> np.ndarray:
    """Chance that a new want (no habit) of a user opens with a product.

    Take few users at a time: 1,000 of them are 24 MB.

    Parameters
    ----------
    users, products : DataFrames, rows of the truth's tables
    wants : DataFrame, the truth's table of this name
    drifted : from the date ``interest`` on, rather than before it

    Returns
    -------
    float array, shape (users, products); rows sum to 1 over all products
    """
    place = pd.Index(wants["category_id"])
    weights = np.tile(wants["popular"].to_numpy(), (len(users), 1))  # (users, categories)
    for favourite in FAVOURITES:
        at = place.get_indexer(users[favourite])
        weights[np.arange(len(users)), at] += wants[favourite].to_numpy()[at]
    for left in np.flatnonzero(drifted & wants["goes_to"].notna()):
        moved = wants["moved"].iloc[left] * weights[:, left]
        weights[:, place.get_loc(wants["goes_to"].iloc[left])] += moved
        weights[:, left] -= moved
    own = users["tier"].to_numpy()[:, None] == products["tier"].to_numpy()
    share = np.where(own, products["share_own_tier"], products["share_other_tier"])
    return weights[:, place.get_indexer(products["category_id"])] * share
