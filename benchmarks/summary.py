"""What the runs come to: medians, ratios, and who found something else."""

import pandas as pd

from benchmarks.race import Run
from benchmarks.tasks import TASKS

OURS, SQL = "trackway", "duckdb"
MEASURED = ["cpu_s", "wall_s", "start_cpu_s", "peak_gb"]


def table(runs: list[Run], contenders: list[str]) -> pd.DataFrame:
    """One row per size, task and contender.

    Returns
    -------
    DataFrame
        rows, task, contender
        cpu_s, wall_s, start_cpu_s : float, seconds, medians over the repetitions
        low_s, high_s : float, seconds, the least and the most CPU
        peak_gb : float, GB, the highest
        ratio : float
            CPU over that of the SQL by hand; of the raw file's tasks, over the bare conversion.
        answer : 'same', or 'other' where it is not what most found
        failed : str, why there is nothing else; empty if it did not
    """
    every = pd.DataFrame([vars(run) for run in runs])
    groups = every.groupby(["rows", "task", "contender"], sort=False)
    found = groups[MEASURED].median()
    found["peak_gb"] = groups["peak_gb"].max()
    found["low_s"], found["high_s"] = groups["cpu_s"].min(), groups["cpu_s"].max()
    found["failed"] = groups["failed"].max()
    found = found.reset_index()
    most = every[every["answer"] != ""].groupby(["rows", "task"])["answer"].agg(_most_frequent)
    alike = groups["answer"].agg(lambda answers: len(set(answers)) == 1 and answers.iloc[0])
    keys = pd.MultiIndex.from_frame(found[["rows", "task"]])
    same = alike.to_numpy() == most.reindex(keys).to_numpy()
    found["answer"] = ["same" if one else "other" for one in same]
    found["ratio"] = found["cpu_s"] / _yardsticks(found)
    order = {name: place for place, name in enumerate([*TASKS, *contenders])}
    return found.sort_values(["rows", "task", "contender"], key=lambda c: c.map(order).fillna(c))


def _most_frequent(answers: pd.Series) -> str:
    return answers.mode().iloc[0]


def _yardsticks(found: pd.DataFrame) -> pd.Series:
    sql = found[found["contender"] == SQL].set_index(["rows", "task"])["cpu_s"]
    yardstick = ["convert" if TASKS[task].raw else task for task in found["task"]]
    keys = pd.MultiIndex.from_arrays([found["rows"], yardstick])
    return pd.Series(sql.reindex(keys).to_numpy(), index=found.index)
