"""Train a network on one part of time and stop when the next part is predicted no better.

The same examples give the same weights; see `determinism`.
"""

import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from trackway.core import progress
from trackway.evaluation.determinism import adam, device, reproducible
from trackway.params.sequences import Sequences
from trackway.sequences.data import Examples
from trackway.sequences.models.networks import NextAction, Shape

LONGEST_STEP = 1.0  # norm a gradient is cut to: recurrent networks are known to jump
AT_ONCE = 4096  # examples predicted in one call


@dataclass(frozen=True)
class Trained:
    """A network as it was after its best epoch, and how it came there.

    Attributes
    ----------
    curve : DataFrame, one row per epoch
        epoch (from 1), train_log_loss (nats; mean over the epoch's batches, while it learns),
        validation_log_loss (nats; after the epoch), kept (the epoch whose weights we keep).
    """

    network: NextAction
    curve: pd.DataFrame

    @property
    def shape(self) -> Shape:
        """What the network was built as."""
        return self.network.shape

    @property
    def where(self) -> str:
        """On what it was trained, as a sentence."""
        if next(self.network.parameters()).device.type == "cpu":
            return "Trained on the CPU."
        return "Trained on a GPU; the CPU, which is the reference, gives other last digits."

    def predict(self, examples: Examples) -> np.ndarray:
        """Probability of each class; float64, shape (N, C)."""
        where = next(self.network.parameters()).device
        with reproducible(0):
            logits = _logits(self.network, examples, where)
        return torch.softmax(logits.double(), dim=1).cpu().numpy()


def fit(
    shape: Shape, train: Examples, validation: Examples, settings: Sequences, seed: int
) -> Trained:
    """Train on `train`; keep the weights of the epoch that predicts `validation` best.

    Training ends after `settings.patience` epochs without a lower validation log-loss, or after
    `settings.epochs`.
    """
    with reproducible(seed):
        where = device(settings.device, "sequences.device")
        network = _begin(shape, train).to(where)
        optimiser = adam(network.parameters(), settings.learning_rate)
        kept, rows = None, []
        for epoch in range(1, settings.epochs + 1):
            progress.tell(f"{shape.kind}: epoch {epoch} of at most {settings.epochs}")
            learnt = _one_epoch(network, optimiser, train, settings.batch, where)
            rows.append((epoch, learnt, _loss(network, validation, where)))
            best_epoch = min(rows, key=lambda row: row[2])[0]
            if best_epoch == epoch:
                kept = copy.deepcopy(network.state_dict())
            if epoch - best_epoch >= settings.patience:
                break
        network.load_state_dict(kept)
        progress.tell("")
    curve = pd.DataFrame(rows, columns=["epoch", "train_log_loss", "validation_log_loss"])
    return Trained(network.eval(), curve.assign(kept=curve["epoch"] == best_epoch))


def _begin(shape: Shape, train: Examples) -> NextAction:
    """A network that starts from the class shares, so that it need not learn them first."""
    network = NextAction(shape)
    counts = np.bincount(train.target, minlength=len(shape.actions)) + 1.0
    with torch.no_grad():
        network.head.bias.copy_(torch.tensor(np.log(counts / counts.sum())))
    return network


def _tensors(examples: Examples, where: torch.device) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(examples.inputs).to(where), torch.from_numpy(examples.target).to(where)


def _one_epoch(network, optimiser, train: Examples, batch: int, where: torch.device) -> float:
    inputs, target = _tensors(train, where)
    order = torch.randperm(len(target)).to(where)  # drawn on the CPU: one order on any device
    network.train()
    total = 0.0
    for rows in order.split(batch):
        loss = nn.functional.cross_entropy(network(inputs[rows].long()), target[rows])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), LONGEST_STEP)
        optimiser.step()
        total += loss.item() * len(rows)
    return total / len(target)


@torch.no_grad()
def _logits(network: NextAction, examples: Examples, where: torch.device) -> Tensor:
    inputs, _ = _tensors(examples, where)
    network.eval()
    return torch.cat([network(part.long()) for part in inputs.split(AT_ONCE)])  # (N, C)


def _loss(network: NextAction, examples: Examples, where: torch.device) -> float:
    target = torch.from_numpy(examples.target).to(where)
    logits = _logits(network, examples, where).double()
    return nn.functional.cross_entropy(logits, target).item()
