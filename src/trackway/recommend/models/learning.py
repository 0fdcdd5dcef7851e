"""What the networks share: training that stops when the later part is predicted no better."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import torch
from torch import nn

from trackway.evaluation.determinism import SparseAdam, adam


class Optimisers:
    """Adam for what is dense, its lazy form for embeddings whose gradients are sparse.

    D. Kingma and J. Ba, ICLR 2015, arXiv:1412.6980. A dense step over a large catalogue would move
    every product's vector for the few that a batch has met.
    """

    def __init__(self, network: nn.Module, rate: float):
        sparse = {
            id(part.weight)
            for part in network.modules()
            if isinstance(part, nn.Embedding) and part.sparse
        }
        parameters = list(network.parameters())
        groups = [
            ([p for p in parameters if id(p) in sparse], SparseAdam),
            ([p for p in parameters if id(p) not in sparse], adam),
        ]
        self.optimisers = [kind(some, rate) for some, kind in groups if some]

    def step(self, loss: torch.Tensor) -> None:
        for one in self.optimisers:
            one.zero_grad()
        loss.backward()
        for one in self.optimisers:
            one.step()


def place_of(network: nn.Module) -> torch.device:
    return next(network.parameters()).device


def train(
    network: nn.Module,
    batches: Callable[[], Iterator[torch.Tensor]],
    validation_loss: Callable[[], float] | None,
    rate: float,
    epochs: int,
    patience: int,
) -> pd.DataFrame:
    """Train in place; with a `validation_loss`, keep the weights of its best epoch.

    Parameters
    ----------
    batches : gives the losses of one epoch, one batch after the other
    validation_loss : after an epoch; None trains all `epochs`

    Returns
    -------
    DataFrame, one row per epoch
        epoch (from 1), train_loss, validation_loss (NaN without), kept : bool
    """
    optimisers, rows, kept = Optimisers(network, rate), [], None
    for epoch in range(1, epochs + 1):
        network.train()
        losses = []
        for loss in batches():
            optimisers.step(loss)
            losses.append(loss.item())
        network.eval()
        if validation_loss is None:
            rows.append((epoch, float(np.mean(losses)), np.nan))
            continue
        rows.append((epoch, float(np.mean(losses)), validation_loss()))
        best = min(rows, key=lambda row: row[2])[0]
        if best == epoch:
            kept = {name: value.clone() for name, value in network.state_dict().items()}
        if epoch - best >= patience:
            break
    if kept is not None:
        network.load_state_dict(kept)
    curve = pd.DataFrame(rows, columns=["epoch", "train_loss", "validation_loss"])
    return curve.assign(kept=curve["epoch"] == (epoch if kept is None else best))
