"""Open the shop: simulate a world and write its files."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from trackway.demo import dirt, files, people, visits
from trackway.demo.calendar import Calendar
from trackway.demo.catalogue import stock
from trackway.demo.truth import Truth
from trackway.demo.world import DAY_S, START, World

CHUNK_USERS = 40_000  # simulated at once


def make(world: World, folder: Path) -> None:
    """Write the files of `world` into `folder`, which is replaced only when all are whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".demo-") as making:
        new, spill = Path(making) / "new", Path(making) / "spill"
        new.mkdir()
        spill.mkdir()
        _simulate(world, new, spill)
        old = Path(making) / "old"
        if folder.exists():
            folder.rename(old)
        new.rename(folder)


def _simulate(world: World, new: Path, spill: Path) -> None:
    calendar, catalogue = Calendar.of(world), stock(world)
    buckets = files.Buckets(spill, world)
    with Truth(new / "truth", world, calendar, catalogue) as truth:
        for first in range(0, world.users, CHUNK_USERS):
            n = min(CHUNK_USERS, world.users - first)
            chunk = people.arrive(world, catalogue, first, n)
            truth.add_people(chunk)
            rng = world.random("dirt", 1, first)
            for wants, walked in visits.sessions_of(world, calendar, catalogue, chunk):
                events = records(world, rng, chunk, wants, walked)
                buckets.add(events)
                truth.add_sessions(chunk, wants, walked)
    if world.dirt:
        buckets.add(dirt.bots(world, calendar, catalogue))
    write(world, files.Lines(catalogue, calendar), buckets, new)


def records(world, rng, chunk, wants, walked) -> np.ndarray:
    """The events within the data, as records."""
    user = chunk.first + wants.user[walked.row]
    if world.dirt:
        dirt.share_sessions(rng, user, walked.row, walked.step)
    events = np.zeros(len(user), files.RECORD)
    events["at_s"] = np.clip(walked.at_s, -1, world.end_s).astype(np.int64)
    events["product"] = walked.product
    events["user"] = user
    events["session"] = walked.number[walked.row]
    events["type"] = walked.type
    return events[(walked.at_s >= 0) & (walked.at_s < world.end_s)]


def write(world: World, lines: files.Lines, buckets: files.Buckets, folder: Path) -> None:
    """The monthly files; the last one ends torn, as a download that broke off."""
    name, file = None, None
    for i, begin_s, events in buckets:
        month = (pd.Timestamp(START) + pd.Timedelta(begin_s, "s")).strftime("%Y-%m")
        if month != name:
            if file:
                file.close()
            name, file = month, (folder / f"{month}.csv").open("wb")
            file.write(files.HEADER)
        if world.dirt:
            events = dirt.soil(world.random("dirt", 2, i), events)
        for start in range(0, len(events), files.SLICE_ROWS):
            file.write(lines.of(events[start : start + files.SLICE_ROWS]))
    if world.dirt and file.tell() > 200:
        file.truncate(file.tell() - 40)
    file.close()
