"""How a network learns the same weights from the same examples.

Seeded, by deterministic algorithms and in one thread, so that the same examples give the same
weights to the last bit on every processor that `pipeline.processor` is for, whatever its number of
cores. A GPU gives other last digits: the results of the CPU are the reference.

torch's own square root is MKL's, which is not rounded correctly, and not alike on processors of
Intel and of others. The optimisers here come without it.
"""

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

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


def adam(parameters: Iterable[nn.Parameter], rate: float) -> torch.optim.Adam:
    """Adam, whose fused form takes the processor's own square root.

    D. Kingma and J. Ba, ICLR 2015, arXiv:1412.6980.
    """
    return torch.optim.Adam(parameters, lr=rate, fused=True)


class SparseAdam(torch.optim.Optimizer):
    """Adam's lazy form, for embeddings with sparse gradients: a step moves the rows it has met.

    `torch.optim.SparseAdam`, but for the square root.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], rate: float):
        super().__init__(parameters, {"rate": rate, "betas": (0.9, 0.999), "eps": 1e-8})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    _lazy_step(weight, self.state[weight], **group)


def _lazy_step(
    weight: nn.Parameter,
    state: dict,
    rate: float,
    betas: tuple[float, float],
    eps: float,
    **_: object,
) -> None:
    if not state:
        state |= {"step": 0, "mean": torch.zeros_like(weight), "square": torch.zeros_like(weight)}
    state["step"] += 1
    grad = weight.grad.coalesce()
    rows, values = grad.indices()[0], grad.values()
    mean, square = (state[name].index_select(0, rows) for name in ("mean", "square"))
    mean += (values - mean) * (1 - betas[0])
    square += (values * values - square) * (1 - betas[1])
    state["mean"].index_copy_(0, rows, mean)
    state["square"].index_copy_(0, rows, square)
    biases = [1 - beta ** state["step"] for beta in betas]
    size = rate * math.sqrt(biases[1]) / biases[0]
    weight.index_add_(0, rows, mean / (_root(square) + eps), alpha=-size)


def _root(x: Tensor) -> Tensor:
    """The square root of `x`, not below 0, by a kernel that is torch's own."""
    return x.rsqrt().reciprocal()
