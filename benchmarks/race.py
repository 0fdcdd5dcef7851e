"""Run the contenders in turn, each in a process of its own, and measure what each takes.

A machine shared with others is never twice the same. So the contenders take turns, several times
over, and of each the median counts; CPU seconds say more than the clock on the wall.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import answers
from benchmarks.tasks import TASKS, Inputs

FLOOR = "floor"  # finds nothing
EVERY_S = 0.1  # between two looks at the memory
LAST_WORDS = 300  # characters of an error that are told


@dataclass(frozen=True)
class Run:
    """One contender's one go at one task.

    Attributes
    ----------
    cpu_s, wall_s : float, seconds
        Of the task alone.
    start_cpu_s : float, seconds
        Before it: imports, and the start of an engine.
    peak_gb : float, GB
        The most memory resident at once, of the process and all it started.
    answer : str
        What it found, in one number; see `answers`.
    failed : str
        Why there is nothing of all this; else empty.
    """

    rows: int
    task: str
    contender: str
    cpu_s: float = float("nan")
    wall_s: float = float("nan")
    start_cpu_s: float = float("nan")
    peak_gb: float = float("nan")
    answer: str = ""
    failed: str = ""


@dataclass(frozen=True)
class Limits:
    """What a contender may take: GB of memory, and seconds."""

    most_gb: float
    most_s: float


def race(
    rows: int,
    inputs: Inputs,
    entries: list[tuple[str, str]],
    repeats: int,
    limits: Limits,
    out: Path,
) -> Iterator[Run]:
    """All `entries` (task, contender), one after the other, `repeats` times over.

    A contender that fails once is out.
    """
    out_of_race = set()
    for _ in range(repeats):
        for task, contender in entries:
            if (task, contender) in out_of_race:
                continue
            run = once(rows, task, contender, inputs, limits, out)
            if run.failed:
                out_of_race.add((task, contender))
            yield run


def once(rows: int, task: str, contender: str, inputs: Inputs, limits: Limits, out: Path) -> Run:
    """Let `contender` do `task` in a new process."""
    place = out / task / contender
    place.mkdir(parents=True, exist_ok=True)
    files = [str(file) for file in (inputs.raw, inputs.events, inputs.sessions, place)]
    command = [sys.executable, "-m", "benchmarks.child", task, contender, *files]
    with (place / "said.txt").open("w+") as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
        watch = Watch(process.pid, limits)
        told, _ = process.communicate()
        watch.stop()
        said.seek(0)
        words = said.read().strip()[-LAST_WORDS:]
    if process.returncode or watch.stopped:
        return Run(rows, task, contender, failed=watch.stopped or words or "it was killed")
    measured = json.loads(told.strip().splitlines()[-1])
    measured["peak_gb"] = max(measured["peak_gb"], watch.peak_gb)  # between two looks, or together
    found = "" if contender == FLOOR else answers.digest(TASKS[task], place)
    return Run(rows, task, contender, **measured, answer=found)


class Watch(threading.Thread):
    """Look at the memory of a process and of all it started; stop them beyond the limits."""

    def __init__(self, pid: int, limits: Limits):
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.limits = limits
        self.peak_gb, self.stopped = 0.0, ""
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        begun = time.monotonic()
        while not self._over.wait(EVERY_S):
            family = self._family()
            self.peak_gb = max(self.peak_gb, sum(map(_resident, family)) / 1e9)
            if self.peak_gb > self.limits.most_gb:
                self.stopped = f"stopped: over {self.limits.most_gb:g} GB of memory"
            elif time.monotonic() - begun > self.limits.most_s:
                self.stopped = f"stopped: over {self.limits.most_s:g} s"
            if self.stopped:
                _kill(family)
                return

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _family(self) -> list[psutil.Process]:
        try:
            return [self.process, *self.process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def _kill(family: list[psutil.Process]) -> None:
    for process in reversed(family):
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


def machine() -> str:
    """The machine in neutral words."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory"
