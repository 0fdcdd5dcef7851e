"""A GRU that reads the events of a session themselves, one by one, up to the moment it is scored.

Before the first event its state is what is known at the start: the hour, the weekday and the
user's past sessions. Each event then tells its type, the pause before it, whether product and
category are new, its price within the category and the product's rate on earlier days. One
network serves all moments, as one that reads events needs no table per moment.

Examples of one length are learned from together, so nothing is padded.

Source: K. Cho et al., EMNLP 2014, arXiv:1406.1078.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from trackway.evaluation.determinism import adam, device, reproducible
from trackway.intent.data import Examples
from trackway.intent.features.history import HISTORY
from trackway.intent.features.registry import CALENDAR
from trackway.intent.models import GRU, Ladders, Scored, circle, ratio, with_threshold
from trackway.params.intent import Gru
from trackway.tables.events import EVENT_TYPES

FLAGS = ["same_item", "new_item", "other_category", "met"]
RATIOS = ["last_pause_s", "price_level", "item_rate"]
LONGEST_STEP = 1.0  # norm a gradient is cut to: recurrent networks are known to jump
AT_ONCE = 8192  # examples predicted in one call


@dataclass(frozen=True)
class Sequences:
    """The events of sessions, and which of them each example has seen.

    Attributes
    ----------
    events : float tensor, shape (E, F), in order of session and event
    start : float tensor, shape (N, S), what was known when the session started
    last : int array, shape (N,), row in `events` of the last event seen
    length : int array, shape (N,), events seen and read
    bought : float tensor, shape (N,)
    part, moment : object arrays, shape (N,)
    """

    events: Tensor
    start: Tensor
    last: np.ndarray
    length: np.ndarray
    bought: Tensor
    part: np.ndarray
    moment: np.ndarray

    def batches(self, rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
        """`rows` in groups of one length, at most `size` each, the order of rows kept within."""
        for length in np.unique(self.length[rows]):
            alike = rows[self.length[rows] == length]
            yield from np.split(alike, range(size, len(alike), size))

    def read(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        """Start and events of examples of one length; shapes (B, S) and (B, L, F)."""
        steps = np.arange(1 - self.length[rows[0]], 1)
        return self.start[rows], self.events[torch.from_numpy(self.last[rows][:, None] + steps)]


class Reader(nn.Module):
    """Log-odds of a purchase from what was known at the start and the events seen."""

    def __init__(self, n_start: int, n_event: int, hidden: int):
        super().__init__()
        self.begin = nn.Linear(n_start, hidden)
        self.memory = nn.GRU(n_event, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, start: Tensor, events: Tensor) -> Tensor:
        """Shape (B,), of `start`, shape (B, S), and `events`, shape (B, L, F)."""
        state = torch.tanh(self.begin(start))[None]  # (1, B, H)
        _, state = self.memory(events, state)
        return self.head(state[0])[:, 0]


def sequences(known: ir.Table, examples: dict[str, Examples], window: int) -> Sequences:
    """Bring the events of all `examples` into memory, in numbers of like size.

    Parameters
    ----------
    known : lazy table, what `features.known_to` returned
    examples : by moment
    window : int
        Events of a session the network looks back on, at most.
    """
    rows = pd.concat(one.rows for one in examples.values())
    columns = ["session_id", "nth", "event_type", *FLAGS, *RATIOS]
    read = known.filter(known.nth <= int(rows["n_seen"].max())).select(columns)
    events = read.order_by(["session_id", "nth"]).to_pandas()
    first = pd.Series(np.arange(len(events)), events["session_id"]).groupby(level=0).first()
    last = first[rows["session_id"]].to_numpy() + rows["n_seen"].to_numpy() - 1
    length = np.minimum(rows["n_seen"].to_numpy(), window)
    train = rows["part"].to_numpy() == "train"
    learned = np.zeros(len(events), dtype=bool)
    learned[last[train]] = True
    return Sequences(
        events=_standard(_event_numbers(events), learned),
        start=_standard(_start_numbers(rows), train),
        last=last,
        length=length,
        bought=torch.from_numpy(rows["bought"].to_numpy(dtype=np.float32)),
        part=rows["part"].to_numpy(dtype=object),
        moment=rows["moment"].to_numpy(dtype=object),
    )


def _event_numbers(events: pd.DataFrame) -> np.ndarray:
    types = np.column_stack([events["event_type"] == name for name in EVENT_TYPES])
    flags = events[FLAGS].fillna(False).to_numpy(dtype=float)
    return np.column_stack([types, flags, ratio(events[RATIOS])])


def _start_numbers(rows: pd.DataFrame) -> np.ndarray:
    circles = [circle(rows[name], period) for name, period in CALENDAR.items()]
    return np.column_stack([*circles, rows["days_since_last"].isna(), ratio(rows[HISTORY])])


def _standard(numbers: np.ndarray, learned: np.ndarray) -> Tensor:
    """Mean 0 and deviation 1 in the training part; what is missing is at the mean."""
    of_train = numbers[learned] if learned.any() else numbers
    missing = ~np.isfinite(of_train)
    held = np.ma.masked_array(of_train, missing)
    mean, spread = held.mean(axis=0).filled(0), held.std(axis=0).filled(0)
    scaled = (numbers - mean) / np.where(spread > 0, spread, 1)
    return torch.from_numpy(np.where(np.isfinite(scaled), scaled, 0).astype(np.float32))


def with_network(
    ladders: Ladders, known: ir.Table, examples: dict[str, Examples], settings: Gru, seed: int
) -> Ladders:
    """`ladders` with the network at every moment."""
    if not ladders:
        return ladders
    scored = score(known, {moment: examples[moment] for moment in ladders}, settings, seed)
    return {moment: ladder | {GRU: scored[moment]} for moment, ladder in ladders.items()}


def score(
    known: ir.Table, examples: dict[str, Examples], settings: Gru, seed: int
) -> dict[str, Scored]:
    """Train one network on the training part of all moments, and score each moment.

    Training ends after `patience` epochs without a lower log-loss on validation; the weights of
    the best epoch are kept.
    """
    data = sequences(known, examples, settings.window)
    y_proba = predict(fit(data, settings, seed), data)
    scored = {}
    for moment, one in examples.items():
        parts = {
            part: y_proba[(data.moment == moment) & (data.part == part)]
            for part in ("validation", "test")
        }
        scored[moment] = with_threshold(GRU, None, parts["validation"], parts["test"], one)
    return scored


def fit(data: Sequences, settings: Gru, seed: int) -> Reader:
    """The network as it was after its best epoch."""
    train, validation = (np.flatnonzero(data.part == part) for part in ("train", "validation"))
    with reproducible(seed):
        where = device(settings.device, "intent.gru.device")
        network = Reader(data.start.shape[1], data.events.shape[1], settings.hidden).to(where)
        optimiser = adam(network.parameters(), settings.learning_rate)
        losses, kept = [], None
        for _ in range(settings.epochs):
            _one_epoch(network, optimiser, data, train, settings.batch)
            losses.append(_loss(_logits(network, data, validation), data.bought[validation]))
            if losses[-1] == min(losses):
                kept = copy.deepcopy(network.state_dict())
            if len(losses) - int(np.argmin(losses)) > settings.patience:
                break
        network.load_state_dict(kept)
    return network.eval()


def predict(network: Reader, data: Sequences) -> np.ndarray:
    """Probability of a purchase for every example; float64, shape (N,)."""
    with reproducible(0):
        logits = _logits(network, data, np.arange(len(data.last)))
    return torch.sigmoid(logits.double()).numpy()


def _one_epoch(network, optimiser, data: Sequences, rows: np.ndarray, size: int) -> None:
    where = next(network.parameters()).device
    shuffled = rows[torch.randperm(len(rows)).numpy()]
    batches = list(data.batches(shuffled, size))
    network.train()
    for place in torch.randperm(len(batches)).tolist():
        start, events = data.read(batches[place])
        logits = network(start.to(where), events.to(where))
        loss = nn.functional.binary_cross_entropy_with_logits(
            logits, data.bought[batches[place]].to(where)
        )
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), LONGEST_STEP)
        optimiser.step()


@torch.no_grad()
def _logits(network: Reader, data: Sequences, rows: np.ndarray) -> Tensor:
    where = next(network.parameters()).device
    network.eval()
    out = torch.empty(len(data.last))
    for batch in data.batches(rows, AT_ONCE):
        start, events = data.read(batch)
        out[batch] = network(start.to(where), events.to(where)).cpu()
    return out[rows]


def _loss(logits: Tensor, bought: Tensor) -> float:
    return nn.functional.binary_cross_entropy_with_logits(logits.double(), bought.double()).item()
