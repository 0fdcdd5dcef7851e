"""How a network learns the same weights from the same examples.

Seeded, by deterministic algorithms and in one thread, so that the same examples give the same
weights to the last bit on one kind of processor, whatever its number of cores. A GPU gives
other last digits: the results of the CPU are the reference.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from trackway.core.errors import InputError

# cuBLAS is deterministic only with a workspace of fixed size; read when CUDA starts.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def device(wanted: str, parameter: str) -> torch.device:
    """The device for 'auto', 'cpu' or 'cuda'; auto takes a GPU when there is one.

    Raises
    ------
    InputError
        If `parameter` asks for a GPU and there is none.
    """
    there_is = torch.cuda.is_available()
    if wanted == "cuda" and not there_is:
        raise InputError(f"{parameter} is cuda, but torch sees no GPU here; use auto or cpu")
    return torch.device("cuda" if there_is and wanted != "cpu" else "cpu")


@contextmanager
def reproducible(seed: int) -> Iterator[None]:
    """Draw from `seed`, in one thread, by deterministic algorithms; then all is as it was."""
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory
    with torch.random.fork_rng():
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        # a tenth of the time, for memory that nothing here reads before it is written
        torch.utils.deterministic.fill_uninitialized_memory = False
        torch.manual_seed(seed)
        try:
            yield
        finally:
            torch.utils.deterministic.fill_uninitialized_memory = filled
            torch.use_deterministic_algorithms(deterministic)
            torch.set_num_threads(threads)
