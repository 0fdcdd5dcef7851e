"""What no contender can do without: the columns a task needs are read, and next to nothing else."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.tasks import TASKS, Inputs
from benchmarks.with_duckdb import start, stop

__all__ = ["start", "stop"]


def _scan(task: str) -> Callable:
    columns = ", ".join(TASKS[task].reads)

    def read(connection, inputs: Inputs, out: Path) -> None:
        connection.execute(f"SELECT sum(hash({columns})) FROM '{inputs.events}'").fetchall()

    return read


sessions, plain = _scan("sessions"), _scan("plain")
features, prefixes = _scan("features"), _scan("prefixes")
rfm, baskets, pairs = _scan("rfm"), _scan("baskets"), _scan("pairs")
