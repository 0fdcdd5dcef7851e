"""The oracle's answers for examples of the event table, which numbers visits and events anew."""

import numpy as np
import pandas as pd

from shopsim.oracle import answers
from shopsim.oracle.answers import ACTIONS, next_action
from shopsim.oracle.replay import Replay, replay
from shopsim.world import Effects, World
from trackway import params
from trackway.core.errors import InputError
from trackway.report import truth_table
from trackway.tables import truth

SECOND = pd.Timedelta("1s")


def simulated() -> Replay | str:
    """The shop of the data under study, simulated again; or why there is no oracle for it."""
    sessions = truth.read("sessions")
    if sessions is None:
        return truth_table.UNKNOWN
    settings = params.settings("demo")
    if settings["shape"] != "rees46":
        return (
            f"The ceiling is not computed for files of the form `{settings['shape']}`: they tell "
            "no sessions, and hold marks of favourites that the oracle does not follow."
        )
    shop = replay(
        World(
            seed=params.settings("shared")["seed"],
            events=settings["events"],
            days=settings["days"],
            shape=settings["shape"],
            effects=Effects.of(settings["effects"]),
        )
    )
    refuse_another(shop, sessions)
    return shop


def refuse_another(shop: Replay, sessions: pd.DataFrame) -> None:
    """Stop if the truth that lies there is not that of `shop`."""
    inside = (shop.at_s >= 0) & (shop.at_s < shop.world.end_s)
    told = sessions[sessions["user_id"].isin(shop.people.user_id)]
    mine = _keys(shop, shop.user_id[inside], moments(shop, shop.at_s[inside]))
    if not np.array_equal(np.sort(mine), np.sort(_keys(shop, told["user_id"], told["started"]))):
        raise InputError(
            "data/raw/demo holds another shop than params.yaml describes; run: dvc repro demo"
        )


def purchases(shop: Replay, rows: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What the oracle says of scored sessions; null for those it does not know.

    Parameters
    ----------
    rows : moment to DataFrame, one row per session scored then
        ``user_id`` and ``started``.

    Returns
    -------
    moment to DataFrame, as `rows`
        probability : float, of a later purchase
        knowing : float, the same of one who knows the kind, and whether this want is a habit
    """
    users = _users(shop, np.concatenate([one["user_id"] for one in rows.values()]))
    said = answers.purchases(shop, users, list(rows))
    return {moment: _beside(shop, said[moment], one) for moment, one in rows.items()}


def _beside(shop: Replay, said: answers.Answers, rows: pd.DataFrame) -> pd.DataFrame:
    keys = _keys(shop, shop.user_id[said.rows], moments(shop, shop.at_s[said.rows]))
    table = pd.DataFrame({"probability": said.probability, "knowing": said.knowing}, keys)
    table = table[~table.index.duplicated(keep=False)]
    return table.reindex(_keys(shop, rows["user_id"], rows["started"])).set_axis(rows.index)


def next_actions(
    shop: Replay, before: pd.DataFrame, actions: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """P(next action) after events, of the oracle, and of one who knows whether the visit goes on.

    Parameters
    ----------
    before : DataFrame, one row per example: the user's last event before it
        ``user_id``, ``event_time``, ``event_type``.
    actions : names of the classes

    Returns
    -------
    two float arrays, shape (n, len(actions)); null for events the oracle does not know
    """
    found = next_action(shop, _users(shop, before["user_id"]))
    sessions = np.repeat(np.arange(len(shop)), shop.length)
    users = shop.user_id[sessions[found.rows]]
    keys = _keys(shop, users, moments(shop, shop.event_s[found.rows]))
    place = pd.Series(np.arange(len(keys)), keys)
    place = place[~place.index.duplicated(keep=False)]
    place = place.reindex(_keys(shop, before["user_id"], before["event_time"])).to_numpy()
    known = np.isfinite(place)
    at = np.where(known, place, 0).astype(int)
    type_ = np.array(ACTIONS)[shop.type[found.rows[at]]]
    known &= type_ == before["event_type"].to_numpy(dtype=str)
    columns = [ACTIONS.index(action) for action in actions]
    out = []
    for p in (found.probability, found.knowing):
        p = p[at][:, columns]
        out.append(np.where(known[:, None], p / p.sum(axis=1, keepdims=True), np.nan))
    return out[0], out[1]


def moments(shop: Replay, at_s: np.ndarray) -> pd.Series:
    start = pd.Timestamp(shop.world.start, tz="UTC")
    return pd.Series(start + pd.to_timedelta(at_s.astype(np.int64), unit="s"))


def _users(shop: Replay, user_id) -> np.ndarray:
    return np.flatnonzero(np.isin(shop.people.user_id, np.unique(user_id)))


def _keys(shop: Replay, user_id, moment: pd.Series) -> np.ndarray:
    """One number for a user and a second."""
    start = pd.Timestamp(shop.world.start, tz="UTC")
    seconds = ((pd.Series(moment) - start) // SECOND).to_numpy(np.int64)
    return np.asarray(user_id, np.int64) * 2**32 + seconds + 2**31
