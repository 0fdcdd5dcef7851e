"""From the class shares to the networks: every model fitted on the same examples.

Fitted on the training part; strengths, the stopping epoch and the best of each family chosen on
the validation part; the test part is only looked at by `evaluation`.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.splits import PARTS
from trackway.params.sequences import Sequences
from trackway.sequences.data import INPUTS, Examples
from trackway.sequences.metrics import log_loss
from trackway.sequences.models import markov, training
from trackway.sequences.models.networks import NAMES, Shape

SHARES = "class shares"
REPEAT = "repeat last"
FAMILIES = ("simple", "chain", "network", "actions only")


class Model(Protocol):
    """Anything that gives probabilities, shape (N, C), for examples."""

    def predict(self, examples: Examples) -> np.ndarray: ...


@dataclass(frozen=True)
class Fitted:
    """One fitted model of the ladder.

    Attributes
    ----------
    family : 'simple', 'chain', 'network' or 'actions only'
    validation_log_loss : float, nats
        What choices are made by.
    y_proba : float array, shape (N, C)
        On the test part.
    """

    name: str
    family: str
    model: Model
    validation_log_loss: float
    y_proba: np.ndarray


@dataclass(frozen=True)
class Ladder:
    """All models on the same parts of time, from the plainest on.

    Attributes
    ----------
    models : by name
    strengths : DataFrame
        See `markov.choose`.
    curves : DataFrame, a row per network and epoch
        network, and the columns of `training.Trained.curve`.
    """

    models: dict[str, Fitted]
    strengths: pd.DataFrame
    curves: pd.DataFrame

    def best(self, family: str) -> Fitted:
        """The model of `family` with the lowest log-loss on the validation part."""
        members = [model for model in self.models.values() if model.family == family]
        return min(members, key=lambda model: model.validation_log_loss)

    @property
    def y_proba(self) -> dict[str, np.ndarray]:
        """On the test part, by model."""
        return {name: model.y_proba for name, model in self.models.items()}


@or_cannot
def fit(examples: Examples | Cannot, settings: Sequences, seed: int) -> Ladder | Cannot:
    """Fit every model of the ladder.

    The best kind of network is trained once more on the actions alone: what it then still gains
    on a chain comes from its longer memory, the rest from pauses and products.
    """
    examples = need(examples)
    train, validation, test = (examples.of(part) for part in PARTS)
    chains, strengths = markov.choose(train, validation, settings.orders, settings.strengths)
    networks = {
        NAMES[kind]: training.fit(
            _shape(kind, examples, settings), train, validation, settings, seed
        )
        for kind in settings.networks
    }
    simple = {SHARES: markov.Markov.fit(train, 0, 1.0), REPEAT: markov.RepeatLast.fit(train)}
    models = {
        name: _fitted(name, family, model, validation, test)
        for family, members in zip(FAMILIES, [simple, chains, networks], strict=False)
        for name, model in members.items()
    }
    best = Ladder(models, strengths, pd.DataFrame()).best("network")
    name, narrow = f"{best.name}, actions only", replace(best.model.shape, inputs=("action",))
    networks[name] = training.fit(narrow, train, validation, settings, seed)
    models[name] = _fitted(name, "actions only", networks[name], validation, test)
    curves = [trained.curve.assign(network=label) for label, trained in networks.items()]
    return Ladder(models, strengths, pd.concat(curves, ignore_index=True))


def _shape(kind: str, examples: Examples, settings: Sequences) -> Shape:
    return Shape(
        kind=kind,
        actions=examples.actions,
        window=settings.window,
        gaps=tuple(settings.gaps),
        inputs=INPUTS,
        embedding=settings.embedding,
        hidden=settings.hidden,
    )


def _fitted(name: str, family: str, model: Model, validation: Examples, test: Examples) -> Fitted:
    loss = log_loss(validation.target, model.predict(validation))
    return Fitted(name, family, model, loss, model.predict(test))
