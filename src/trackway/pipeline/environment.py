"""What the environment of a process that computes must say so that the same input gives the same
bytes: threads, seeds of hashes, zone, language, and the processor's instructions.
"""

import os
import sys

from trackway.params.engine import Engine
from trackway.pipeline import processor

THREADED = ["OMP", "NUMEXPR", "POLARS"]
# A product of matrices, cut among threads, is summed in another order.
ALONE = ["OPENBLAS", "MKL"]


def variables(engine: Engine) -> dict[str, str]:
    """They go over whatever is there.

    Raises
    ------
    InputError
        If this processor cannot do what the libraries are pinned to.
    """
    return {
        **{f"{name}_NUM_THREADS": str(engine.threads) for name in THREADED},
        **{f"{name}_NUM_THREADS": "1" for name in ALONE},
        **processor.environment(engine.instructions),
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYTHONSTARTUP": "",  # nobody's own start-up file takes part
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # torch's deterministic algorithms ask for it
    }


def begin_anew(engine: Engine) -> None:
    """Start this program again in that environment, unless it is in it already.

    Libraries, glibc and Python read their variables when they start: it is too late to set them.
    """
    needed = variables(engine)
    if any(os.environ.get(name) != value for name, value in needed.items()):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | needed)
