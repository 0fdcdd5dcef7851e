"""One task done once by one contender, in a process of its own; see `race`.

``python -m benchmarks.child TASK CONTENDER RAW EVENTS SESSIONS OUT`` writes the answer to OUT and,
as its last line, what the work took: without the start of Python and of the engine, which is told
apart.
"""

import importlib
import json
import sys
import time
from pathlib import Path

import psutil

from benchmarks.tasks import Inputs


def run(task: str, contender: str, inputs: Inputs, out: Path) -> dict[str, float]:
    """Do it, and return ``start_cpu_s``, ``cpu_s`` and ``wall_s``, in seconds.

    A contender is a module with ``start()``, which opens its engine, ``stop(engine)``, and a
    function ``task(engine, inputs, out)`` for each task it can do.
    """
    module = importlib.import_module(f"benchmarks.with_{contender}")
    engine = module.start()
    begun, started = time.perf_counter(), cpu_s()
    getattr(module, task)(engine, inputs, out)
    spent = {
        "start_cpu_s": started,
        "cpu_s": cpu_s() - started,
        "wall_s": time.perf_counter() - begun,
    }
    module.stop(engine)
    return spent


def cpu_s() -> float:
    """CPU seconds of this process and of those it started, such as Spark's virtual machine."""
    me = psutil.Process()
    times = [process.cpu_times() for process in [me, *me.children(recursive=True)]]
    ended = me.cpu_times()
    return sum(t.user + t.system for t in times) + ended.children_user + ended.children_system


if __name__ == "__main__":
    task, contender, *places = sys.argv[1:]
    *files, out = map(Path, places)
    print(json.dumps(run(task, contender, Inputs(*files), out)))
