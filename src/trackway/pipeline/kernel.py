"""The process that runs a notebook's cells, for the runner.

It is started as ``python -m trackway.pipeline.kernel -f FILE``.

An ordinary IPython kernel that is watched as its stage is, and ends when the runner ends.
"""

import os
import sys

import duckdb  # noqa: F401 - before IPython is there: in its presence progress asks for widgets

from trackway.pipeline import declared, stage


def main() -> None:
    stage.end_with_parent()
    if os.environ.get("JPY_PARENT_PID", str(os.getppid())) != str(os.getppid()):
        sys.exit("the runner has ended before its kernel began")
    declared.watch()
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()


if __name__ == "__main__":
    main()
