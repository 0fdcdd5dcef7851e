"""The process that runs a notebook's cells: ``python -m trackway.kernel -f FILE``, for the runner.

An ordinary IPython kernel that is watched as its stage is, and ends when the runner ends.
"""

import os
import sys

from trackway import guard, stage


def main() -> None:
    stage.end_with_parent()
    if os.environ.get("JPY_PARENT_PID", str(os.getppid())) != str(os.getppid()):
        sys.exit("the runner has ended before its kernel began")
    guard.watch()
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()


if __name__ == "__main__":
    main()
