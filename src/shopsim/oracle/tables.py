"""The oracle's answers in the event table's terms, which numbers sessions and events anew.

An answer is known by its user and second; where two of a user share one, none is told.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from shopsim.oracle import answers
from shopsim.oracle.answers import ACTIONS
from shopsim.oracle.replay import Replay
from trackway.core.errors import InputError

_MOMENT = pa.timestamp("us", tz="UTC")
SCHEMAS = {
    "purchases": pa.schema(
        {
            "user_id": pa.int64(),
            "started": _MOMENT,  # of the session
            "moment": pa.string(),  # when it is asked about: so many events, or "cart"
            "probability": pa.float64(),  # of a later purchase
            "knowing": pa.float64(),  # the same of one who knows the kind and the habit
        }
    ),
    "next_actions": pa.schema(
        {
            "user_id": pa.int64(),
            "event_time": _MOMENT,  # of the event after which it is asked
            "event_type": pa.string(),  # of the same event
            **{f"probability_{action}": pa.float64() for action in ACTIONS},
            # the same of one who knows whether the visit goes on
            **{f"knowing_{action}": pa.float64() for action in ACTIONS},
        }
    ),
}


def refuse_another(shop: Replay, sessions: pd.DataFrame) -> None:
    """Stop if the truth that lies there is not that of `shop`.

    Parameters
    ----------
    sessions : DataFrame, the truth's table of this name

    Raises
    ------
    InputError
        If a session begins when none does in `shop`, or the other way round.
    """
    theirs = sessions[sessions["user_id"].isin(shop.people.user_id)]
    mine = pd.DataFrame({"user_id": shop.user_id, "started": _times(shop, shop.at_s)})
    if not _in_order(mine[_inside(shop, shop.at_s)]).equals(_in_order(theirs)):
        raise InputError(
            "data/raw/demo holds another shop than params.yaml describes; run: dvc repro demo"
        )


def _in_order(sessions: pd.DataFrame) -> pd.DataFrame:
    begun = sessions[["user_id", "started"]].astype({"started": "datetime64[us, UTC]"})
    return begun.sort_values(["user_id", "started"], ignore_index=True)


def purchases(shop: Replay, user_id: np.ndarray, moments: list[str]) -> pd.DataFrame:
    """P(buys later) of every session of some users, at each moment it gets to without a purchase.

    Parameters
    ----------
    user_id : int array; users whom `shop` does not hold are left out
    moments : numbers of events, or "cart"

    Returns
    -------
    DataFrame, columns of `SCHEMAS`
    """
    users = np.flatnonzero(np.isin(shop.people.user_id, user_id))
    by_moment = answers.purchases(shop, users, moments)
    return pd.concat([_of_moment(shop, *one) for one in by_moment.items()])


def _of_moment(shop: Replay, moment: str, answer: answers.Answers) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "user_id": shop.user_id[answer.rows],
            "started": _times(shop, shop.at_s[answer.rows]),
            "moment": moment,
            "probability": answer.probability,
            "knowing": answer.knowing,
        }
    )
    return _unambiguous(table[_inside(shop, shop.at_s[answer.rows])], "started")


def next_actions(shop: Replay, user_id: np.ndarray) -> pd.DataFrame:
    """P(next action | something comes) after every event of some users.

    Returns
    -------
    DataFrame, columns of `SCHEMAS`
    """
    users = np.flatnonzero(np.isin(shop.people.user_id, user_id))
    answer = answers.next_action(shop, users)
    sessions = np.repeat(np.arange(len(shop)), shop.length)
    at_s = shop.event_s[answer.rows]
    table = pd.DataFrame(
        {
            "user_id": shop.user_id[sessions[answer.rows]],
            "event_time": _times(shop, at_s),
            "event_type": np.array(ACTIONS, dtype=object)[shop.type[answer.rows]],
            **{f"probability_{name}": answer.probability[:, i] for i, name in enumerate(ACTIONS)},
            **{f"knowing_{name}": answer.knowing[:, i] for i, name in enumerate(ACTIONS)},
        }
    )
    return _unambiguous(table[_inside(shop, at_s)], "event_time")


def _unambiguous(table: pd.DataFrame, time: str) -> pd.DataFrame:
    twice = table.duplicated(["user_id", time], keep=False)
    return table[~twice].sort_values(["user_id", time], ignore_index=True)


def _inside(shop: Replay, at_s: np.ndarray) -> np.ndarray:
    return (at_s >= 0) & (at_s < shop.world.end_s)


def _times(shop: Replay, at_s: np.ndarray) -> pd.DatetimeIndex:
    start = pd.Timestamp(shop.world.start, tz="UTC")
    return start + pd.to_timedelta(np.floor(at_s).astype(np.int64), unit="s")
