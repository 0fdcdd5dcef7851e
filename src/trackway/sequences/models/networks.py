"""Recurrent networks that name the next action: RNN, GRU and LSTM.

Each input (action, gap, relation) has a small embedding; the three are joined, read by one
recurrent layer, oldest event first, and the state after the newest event gives the logits.

Sources: J. Elman, Cognitive Science 14 (1990) 179-211; S. Hochreiter and J. Schmidhuber, Neural
Computation 9 (1997) 1735-1780; K. Cho et al., EMNLP 2014, arXiv:1406.1078.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from trackway.core.errors import InputError
from trackway.sequences.data import INPUTS, N_RELATIONS, PAD

LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
NAMES = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}


@dataclass(frozen=True)
class Shape:
    """Everything needed to build a network, and to read its inputs again.

    Attributes
    ----------
    kind : 'rnn', 'gru' or 'lstm'
    actions : names of the classes, C of them
    window : events a history holds, L
    gaps : edges between the classes of pauses
    inputs : which of `data.INPUTS` the network reads
    embedding, hidden : sizes of the embeddings and of the state, E and H
    """

    kind: str
    actions: tuple[str, ...]
    window: int
    gaps: tuple[str, ...]
    inputs: tuple[str, ...]
    embedding: int
    hidden: int

    @property
    def n_values(self) -> dict[str, int]:
        """How many codes each input has, padding included."""
        return {
            "action": len(self.actions) + 2,  # padding and unknown
            "gap": len(self.gaps) + 3,  # padding, first event, and a class beyond the last edge
            "relation": N_RELATIONS,
        }


class NextAction(nn.Module):
    """Logits of the next action from the last events."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.columns = [INPUTS.index(name) for name in shape.inputs]
        self.embeddings = nn.ModuleList(
            nn.Embedding(shape.n_values[name], shape.embedding, padding_idx=PAD)
            for name in shape.inputs
        )
        width = shape.embedding * len(shape.inputs)
        self.memory = LAYERS[shape.kind](width, shape.hidden, batch_first=True)
        self.head = nn.Linear(shape.hidden, len(shape.actions))

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits, shape (B, C), from integer `inputs`, shape (B, L, 3)."""
        columns = zip(self.columns, self.embeddings, strict=True)
        events = torch.cat([embed(inputs[:, :, c]) for c, embed in columns], dim=2)  # (B, L, 3E)
        states, _ = self.memory(events)  # (B, L, H)
        return self.head(states[:, -1])


def save(network: NextAction, file: Path, **notes: object) -> None:
    """Write the weights as safetensors, and beside them a JSON with the shape and `notes`."""
    weights = {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    _write(file, weights, {"shape": asdict(network.shape), **notes})


def save_none(file: Path, why: str) -> None:
    """Leave no weights, and say why: no earlier network may be taken for one of these data."""
    _write(file, {}, {"none": why})


def load(file: Path) -> NextAction:
    """The network that `save` wrote, on the CPU, ready to predict.

    Raises
    ------
    InputError
        If the data could not carry one.
    """
    notes = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    if "none" in notes:
        raise InputError(f"{file.name} holds no network: {notes['none']}")
    lists = {name: tuple(notes["shape"][name]) for name in ("actions", "gaps", "inputs")}
    network = NextAction(Shape(**{**notes["shape"], **lists}))
    network.load_state_dict(load_file(file))
    return network.eval()


def _write(file: Path, weights: dict[str, Tensor], notes: dict) -> None:
    file.write_bytes(to_bytes(weights))
    text = json.dumps(notes, indent=2, sort_keys=True, ensure_ascii=False)
    file.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
