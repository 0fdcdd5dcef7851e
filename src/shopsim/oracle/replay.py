"""The shop simulated again: every visit and event, in memory, with what belongs together."""

from dataclasses import dataclass

import numpy as np

from shopsim import people, visits
from shopsim.calendar import Calendar
from shopsim.catalogue import Catalogue
from shopsim.people import People
from shopsim.shop import CHUNK_USERS
from shopsim.stock import stock
from shopsim.world import World


@dataclass(frozen=True)
class Replay:
    """The visits of the first `CHUNK_USERS` users of a world, before any noise.

    Attributes
    ----------
    user, want, link, source : int arrays, shape (S,)
        Whose visit it is, for which want, the how manieth for it, and how the want arose.
    at_s : float array, shape (S,), when it begins
    arose_s : float array, shape (S,), when its want's first visit began
    begins_with : int array, shape (S,), the product in mind, or -1
    before, after : int arrays, shape (S,), the want's visit before and after this one, or -1
    first, length : int arrays, shape (S,), its events, as a range of the arrays below
    type, product : int arrays, shape (E,)
    event_s : float array, shape (E,)
    purchases : int array, shape (S,)
    """

    world: World
    calendar: Calendar
    catalogue: Catalogue
    people: People
    user: np.ndarray
    want: np.ndarray
    link: np.ndarray
    source: np.ndarray
    at_s: np.ndarray
    arose_s: np.ndarray
    begins_with: np.ndarray
    before: np.ndarray
    after: np.ndarray
    first: np.ndarray
    length: np.ndarray
    type: np.ndarray
    product: np.ndarray
    event_s: np.ndarray
    purchases: np.ndarray

    def __len__(self) -> int:
        return len(self.user)

    @property
    def user_id(self) -> np.ndarray:
        return self.people.user_id[self.user]


def replay(world: World) -> Replay:
    """Simulate `world` again; the same seeds make the same shop."""
    calendar, catalogue = Calendar.of(world), stock(world)
    chunk = people.arrive(world, catalogue, 0, min(CHUNK_USERS, world.users))
    parts = [_one(*part) for part in visits.sessions_of(world, calendar, catalogue, chunk)]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    link = np.repeat(np.arange(len(parts)), [len(part["user"]) for part in parts])
    before, after = _chain(whole["want"], link)
    arose = np.full(whole["want"].max() + 1, np.nan)
    arose[whole["want"][link == 0]] = whole["at_s"][link == 0]
    return Replay(
        world=world, calendar=calendar, catalogue=catalogue, people=chunk, link=link,
        before=before, after=after, arose_s=arose[whole["want"]],
        first=np.cumsum(whole["length"]) - whole["length"], **whole,
    )  # fmt: skip


def _one(wants, walked) -> dict[str, np.ndarray]:
    order = np.argsort(walked.row, kind="stable")  # by visit; within it they are in order
    return {
        "user": wants.user,
        "want": wants.want,
        "source": wants.source,
        "at_s": wants.at_s,
        "begins_with": wants.product,
        "length": np.bincount(walked.row, minlength=len(wants)),
        "purchases": walked.bought,
        "type": walked.type[order].astype(int),
        "product": walked.product[order],
        "event_s": walked.at_s[order],
    }


def _chain(want, link) -> tuple[np.ndarray, np.ndarray]:
    before, after = np.full((2, len(want)), -1)
    order = np.lexsort([link, want])
    goes_on = np.flatnonzero(want[order][1:] == want[order][:-1])
    before[order[goes_on + 1]] = order[goes_on]
    after[order[goes_on]] = order[goes_on + 1]
    return before, after
