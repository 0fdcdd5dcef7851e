"""Open the shop: simulate a world and write its files."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from trackway.demo import dirt, people, visits
from trackway.demo.calendar import Calendar
from trackway.demo.files import HEADER, RECORD, SLICE_EVENTS, Buckets, Lines
from trackway.demo.stock import stock
from trackway.demo.truth import Truth
from trackway.demo.world import START, World

CHUNK_USERS = 40_000  # simulated at once


def make(world: World, folder: Path) -> None:
    """Write the files of `world` into `folder`, which is replaced only when all are whole."""
    making = folder.parent / f".{folder.name}-in-the-making"
    shutil.rmtree(making, ignore_errors=True)  # of a run that was killed
    try:
        for name in ("new", "spill"):
            (making / name).mkdir(parents=True)
        _simulate(world, making / "new", making / "spill")
        if folder.exists():
            folder.rename(making / "old")
        (making / "new").rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _simulate(world: World, folder: Path, spill: Path) -> None:
    calendar, catalogue = Calendar.of(world), stock(world)
    buckets = Buckets(spill, world)
    with Truth(folder / "truth", world, calendar, catalogue) as truth:
        for first in range(0, world.users, CHUNK_USERS):
            if first:
                print(f"demo: {first:,} of {world.users:,} users have come", flush=True)
            chunk = people.arrive(world, catalogue, first, min(CHUNK_USERS, world.users - first))
            truth.add_people(chunk)
            rng = world.random("dirt", 1, first)
            for wants, walked in visits.sessions_of(world, calendar, catalogue, chunk):
                truth.add_sessions(chunk, wants, walked)
                buckets.add(records(world, rng, chunk, wants, walked))
    if world.dirt:
        buckets.add(dirt.bots(world, calendar, catalogue))
    write(world, Lines(catalogue, calendar), buckets, folder)


def records(world, rng, chunk, wants, walked) -> np.ndarray:
    """The events of a walk that fall within the data."""
    user = chunk.first + wants.user[walked.row]
    if world.dirt:
        user = dirt.share_sessions(rng, user, walked.row, walked.step)
    inside = np.flatnonzero((walked.at_s >= 0) & (walked.at_s < world.end_s))
    events = np.zeros(len(inside), RECORD)
    events["at_s"] = walked.at_s[inside]
    events["product"] = walked.product[inside]
    events["user"] = user[inside]
    events["session"] = walked.number[walked.row[inside]]
    events["type"] = walked.type[inside]
    return events


def write(world: World, lines: Lines, buckets: Buckets, folder: Path) -> None:
    """The monthly files; the last line of the last one is torn, as by a broken download."""
    for begins_s, events in buckets:
        month = (pd.Timestamp(START) + pd.Timedelta(begins_s, "s")).strftime("%Y-%m")
        if world.dirt:
            events = dirt.soil(world.random("dirt", 2, begins_s), events)
        with (folder / f"{month}.csv").open("ab") as file:
            if file.tell() == 0:
                file.write(HEADER)
            for i in range(0, len(events), SLICE_EVENTS):
                file.write(lines.of(events[i : i + SLICE_EVENTS]))
            size, written = file.tell(), len(events)
    if world.dirt and written:
        with (folder / f"{month}.csv").open("r+b") as file:
            file.truncate(size - dirt.TORN_BYTES)
