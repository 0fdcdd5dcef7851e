"""Open the shop: simulate a world and write its files."""

import shutil
from pathlib import Path

import numpy as np

from shopsim import noise, people, taobao, visits
from shopsim.calendar import Calendar
from shopsim.files import RECORD, SLICE_EVENTS, Buckets
from shopsim.rees46 import Rees46
from shopsim.stock import stock
from shopsim.taobao import Taobao
from shopsim.truth import Truth
from shopsim.world import World

CHUNK_USERS = 40_000  # simulated at once
FORMS = {"rees46": Rees46, "taobao": Taobao}


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
    form = FORMS[world.shape](world, calendar, catalogue)
    buckets = form.buckets(spill)
    with Truth(folder / "truth", world, calendar, catalogue) as truth:
        for first in range(0, world.users, CHUNK_USERS):
            if first and 10 * first // world.users > 10 * (first - CHUNK_USERS) // world.users:
                print(f"demo: {first:,} of {world.users:,} users have come", flush=True)
            chunk = people.arrive(world, catalogue, first, min(CHUNK_USERS, world.users - first))
            truth.add_people(chunk)
            rng = world.random("noise", 1, first)
            for wants, walked in visits.sessions_of(world, calendar, catalogue, chunk):
                truth.add_sessions(chunk, wants, walked)
                events = records(world, rng, chunk, wants, walked)
                buckets.add(events)
                if world.shape == "taobao":
                    buckets.add(taobao.favourites(rng, world, catalogue, events))
    if world.noise:
        buckets.add(noise.bots(world, calendar, catalogue))
    write(world, form, buckets, folder)


def records(world, rng, chunk, wants, walked) -> np.ndarray:
    """The events of a walk that fall within the data."""
    user = chunk.first + wants.user[walked.row]
    if world.noise and world.shape == "rees46":
        user = noise.share_sessions(rng, user, walked.row, walked.step)
    inside = np.flatnonzero((walked.at_s >= 0) & (walked.at_s < world.end_s))
    events = np.zeros(len(inside), RECORD)
    events["at_s"] = walked.at_s[inside]
    events["product"] = walked.product[inside]
    events["user"] = user[inside]
    events["session"] = walked.number[walked.row[inside]]
    events["type"] = walked.type[inside]
    return events


def write(world: World, form: Rees46 | Taobao, buckets: Buckets, folder: Path) -> None:
    """The files; the last line of the last one is torn, as by a broken download."""
    for begins, events in buckets:
        if world.noise:
            events = noise.soil(world.random("noise", 2, begins), events, form.in_time)
            if world.shape == "taobao":
                events = taobao.astray(world.random("noise", 4, begins), world, events)
        with (folder / form.file(begins)).open("ab") as file:
            if file.tell() == 0:
                file.write(form.header)
            for i in range(0, len(events), SLICE_EVENTS):
                file.write(form.lines(events[i : i + SLICE_EVENTS]))
            size, written = file.tell(), len(events)
    if world.noise and written:
        with (folder / form.file(begins)).open("r+b") as file:
            file.truncate(size - form.torn_bytes)
