"""What a network must beat: the class shares, the last action again, and Markov chains.

A chain of order k looks at the last k actions. Where it has seen them often it trusts its counts,
where seldom it leans on the chain of order k-1, down to the class shares and at last to equal
shares (a Dirichlet prior at each level; what Witten-Bell and PPM smoothing do in other words):

    P_k(a | c) = (n(c, a) + strength * P_{k-1}(a | shorter c)) / (n(c) + strength)

Source: D. MacKay and L. Bauman Peto, "A Hierarchical Dirichlet Language Model", Natural Language
Engineering 1 (1995) 289-308, doi:10.1017/S1351324900000218.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from trackway.sequences.data import PAD, Examples
from trackway.sequences.metrics import log_loss


@dataclass(frozen=True)
class Markov:
    """Back-off Markov chain; order 0 is the class shares alone.

    Attributes
    ----------
    counts : float arrays, one per order 0..k, shape (S**order, C)
        How often each class followed each context. A context is a number in base S, the newest
        action its lowest digit; S counts the padding (before the first action) and the unknown.
    strength : float
        Weight of the shorter chain, in examples.
    """

    counts: tuple[np.ndarray, ...]
    strength: float

    @classmethod
    def fit(cls, train: Examples, order: int, strength: float) -> Self:
        """Count the classes of `train` after each context of up to `order` actions."""
        counts = [_count(train, k) for k in range(order + 1)]
        return cls(tuple(counts), strength)

    def predict(self, examples: Examples) -> np.ndarray:
        """Probability of each class; shape (N, C), no zero."""
        n_classes = len(examples.actions)
        p = np.full((len(examples), n_classes), 1 / n_classes)
        for order, counts in enumerate(self.counts):
            seen = counts[_contexts(examples, order)]  # (N, C)
            p = (seen + self.strength * p) / (seen.sum(axis=1, keepdims=True) + self.strength)
        return p


def _base(examples: Examples) -> int:
    return len(examples.actions) + 2


def _contexts(examples: Examples, order: int) -> np.ndarray:
    """The last `order` actions as one number each; a history too short is padded."""
    missing = max(order - examples.history.shape[1], 0)
    history = np.pad(examples.history, ((0, 0), (missing, 0)), constant_values=PAD)
    newest_first = history[:, ::-1][:, :order].astype(np.int64)  # (N, order)
    return newest_first @ (_base(examples) ** np.arange(order, dtype=np.int64))


def _count(train: Examples, order: int) -> np.ndarray:
    n_classes = len(train.actions)
    cell = _contexts(train, order) * n_classes + train.target
    n_contexts = _base(train) ** order
    return np.bincount(cell, minlength=n_contexts * n_classes).reshape(n_contexts, n_classes) * 1.0


@dataclass(frozen=True)
class RepeatLast:
    """The last action again, but for a share of cases that is split like the class shares.

    Attributes
    ----------
    shares : Markov
        The class shares of the training part.
    changes : float
        Share of the training examples whose action differs from the one before.
    """

    shares: Markov
    changes: float

    @classmethod
    def fit(cls, train: Examples) -> Self:
        """Measure on `train` how often the action changes; never quite 0 or 1."""
        n_changed = int((train.history[:, -1] != train.target + 1).sum())
        return cls(Markov.fit(train, 0, 1.0), (n_changed + 1) / (len(train) + 2))

    def predict(self, examples: Examples) -> np.ndarray:
        """Probability of each class; shape (N, C). After an unknown action: the class shares."""
        p = self.shares.predict(examples)
        last = examples.history[:, -1].astype(np.int64) - 1
        known = np.flatnonzero(last < len(examples.actions))
        others = p[known]
        others[np.arange(len(known)), last[known]] = 0
        others *= self.changes / np.maximum(others.sum(axis=1, keepdims=True), 1e-12)
        others[np.arange(len(known)), last[known]] = 1 - self.changes
        p[known] = others
        return p


def choose(
    train: Examples, validation: Examples, orders: list[int], strengths: list[float]
) -> tuple[dict[str, Markov], pd.DataFrame]:
    """Per order the chain whose strength does best on `validation`.

    Returns
    -------
    chains : dict of 'Markov <order>' to chain
    tried : DataFrame, a row per order and strength
        order, strength, validation_log_loss (nats), chosen (the best strength of its order).
    """
    tried, chains = [], {}
    for order in orders:
        options = [Markov.fit(train, order, strength) for strength in strengths]
        losses = [log_loss(validation.target, chain.predict(validation)) for chain in options]
        best = int(np.argmin(losses))
        chains[f"Markov {order}"] = options[best]
        tried.append(
            pd.DataFrame(
                {
                    "order": order,
                    "strength": strengths,
                    "validation_log_loss": losses,
                    "chosen": np.arange(len(strengths)) == best,
                }
            )
        )
    return chains, pd.concat(tried, ignore_index=True)
