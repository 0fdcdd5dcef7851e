"""What is written down: events, gathered on disk and put in order span by span."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from shopsim.world import World

RECORD = np.dtype(
    [
        ("at_s", "<i4"),  # since the start
        ("product", "<i4"),  # place in the catalogue
        ("user", "<i4"),  # number in the world
        ("session", "<i8"),
        ("type", "i1"),  # place in `steps.TYPES`, or FAVORITE
        ("lacks", "i1"),  # a sum of ...
    ]
)
FAVORITE = 4
NO_BRAND, NO_CODE, NO_PRICE = 1, 2, 4
BUCKET_EVENTS = 400_000  # sorted at once, on average; a busy hour may hold more
SLICE_EVENTS = 250_000  # turned into text at once


class Buckets:
    """Events on disk, apart by their `key`, so that each span of it can be sorted in memory.

    Attributes
    ----------
    key : the field of `RECORD` by whose spans the events are apart; then they are in order of time
    edges : where the spans begin, and the end of the last
    """

    def __init__(self, folder: Path, key: str, edges: np.ndarray):
        self.folder, self.key, self.edges = folder, key, edges

    def add(self, events: np.ndarray) -> None:
        """Append records; those of one instant keep the order they came in."""
        place = np.searchsorted(self.edges, events[self.key], side="right") - 1
        order = np.argsort(place, kind="stable")
        events, place = events[order], place[order]
        bounds = np.searchsorted(place, np.arange(len(self.edges)))
        for i in np.flatnonzero(np.diff(bounds)):
            with self._file(i).open("ab") as file:
                file.write(events[bounds[i] : bounds[i + 1]].tobytes())

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Begin and records, in order, of each span; read once."""
        for i, begins in enumerate(self.edges[:-1]):
            file = self._file(i)
            events = np.fromfile(file, RECORD) if file.exists() else np.empty(0, RECORD)
            file.unlink(missing_ok=True)
            yield int(begins), events[np.lexsort((events["at_s"], events[self.key]))]

    def _file(self, i: int) -> Path:
        return self.folder / f"{i:05}.bin"


def spans_of_time(world: World) -> np.ndarray:
    """Seconds that part the events: whole hours, every first of a month, and the end."""
    hours = max(1, int(24 * world.days * BUCKET_EVENTS / world.events))
    regular = np.arange(0, world.days * 24, hours) * 3600
    months = pd.date_range(world.start, periods=world.days // 28 + 2, freq="MS")
    months = ((months - world.start) // pd.Timedelta("1s")).to_numpy()
    return np.append(np.union1d(regular, months[months < world.end_s]), world.end_s)


def spans_of_users(world: World) -> np.ndarray:
    """Numbers that part the users; the last span holds the bots, too."""
    users = max(1, int(world.users * BUCKET_EVENTS / world.events))
    return np.append(np.arange(0, world.users, users), 2**31 - 1)
