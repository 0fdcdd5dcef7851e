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
from types import ModuleType

import psutil

from benchmarks.tasks import Inputs


def run(task: str, contender: str, inputs: Inputs, out: Path) -> dict[str, float]:
    """Do it, and say what it took.

    Returns
    -------
    dict
        start_cpu_s, cpu_s, wall_s : float, seconds
        peak_gb : float, GB, of this process without those it started

    Notes
    -----
    A contender is a module with ``start()``, which opens its engine, ``stop(engine)``, and a
    function ``task(engine, inputs, out)`` for each task it can do.
    """
    module = _module(contender)
    engine = module.start()
    begun, started = time.perf_counter(), cpu_s()
    getattr(module, task)(engine, inputs, out)
    spent = {
        "start_cpu_s": started,
        "cpu_s": cpu_s() - started,
        "wall_s": time.perf_counter() - begun,
        "peak_gb": own_peak_gb(),
    }
    module.stop(engine)
    return spent


def can(task: str, contender: str) -> bool:
    """Whether `contender` does `task` at all."""
    return hasattr(_module(contender), task)


def _module(contender: str) -> ModuleType:
    return importlib.import_module(f"benchmarks.with_{contender}")


def cpu_s() -> float:
    """CPU seconds of this process and of those it started, such as Spark's virtual machine."""
    me = psutil.Process()
    times = [process.cpu_times() for process in [me, *me.children(recursive=True)]]
    ended = me.cpu_times()
    return sum(t.user + t.system for t in times) + ended.children_user + ended.children_system


def own_peak_gb() -> float:
    """GB; not `getrusage`, whose peak may be that of the process this one was forked from."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e9


if __name__ == "__main__":
    task, contender, *places = sys.argv[1:]
    *files, out = map(Path, places)
    print(json.dumps(run(task, contender, Inputs(*files), out)))
