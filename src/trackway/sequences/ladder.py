"""From the class shares to the networks: every rung fitted on the same examples.

Fitted on the training part; strengths, the stopping epoch and the best of each family chosen on
the validation part; the test part is only looked at by `scores`.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from trackway.evaluation.splits import PARTS
from trackway.sequences import markov, training
from trackway.sequences.examples import Examples
from trackway.sequences.networks import NAMES, Shape
from trackway.sequences.scores import log_loss

SHARES = "class shares"
REPEAT = "repeat last"
FAMILIES = ("simple", "chain", "network", "actions only")


class Model(Protocol):
    """Anything that gives probabilities, shape (N, C), for examples."""

    def predict(self, examples: Examples) -> np.ndarray: ...


@dataclass(frozen=True)
class Rung:
    """One fitted model of the ladder.

    Attributes
    ----------
    family : 'simple', 'chain', 'network' or 'actions only'
    validation_log_loss : float, nats
        What choices are made by.
    probabilities : float array, shape (N, C)
        On the test part.
    """

    name: str
    family: str
    model: Model
    validation_log_loss: float
    probabilities: np.ndarray


@dataclass(frozen=True)
class Ladder:
    """All models on the same parts of time, from the plainest on.

    Attributes
    ----------
    rungs : by name
    strengths : DataFrame
        See `markov.choose`.
    curves : DataFrame, a row per network and epoch
        network, and the columns of `training.Trained.curve`.
    """

    rungs: dict[str, Rung]
    strengths: pd.DataFrame
    curves: pd.DataFrame

    def best(self, family: str) -> Rung:
        """The rung of `family` with the lowest log-loss on the validation part."""
        members = [rung for rung in self.rungs.values() if rung.family == family]
        return min(members, key=lambda rung: rung.validation_log_loss)

    @property
    def probabilities(self) -> dict[str, np.ndarray]:
        """On the test part, by model."""
        return {name: rung.probabilities for name, rung in self.rungs.items()}


def climb(examples: Examples, settings: dict, seed: int) -> Ladder:
    """Fit every model of the ladder.

    The best kind of network is trained once more on the actions alone: what it then still gains
    on a chain comes from its longer memory, the rest from pauses and products.
    """
    train, validation, test = (examples.of(part) for part in PARTS)
    chains, strengths = markov.choose(train, validation, settings["orders"], settings["strengths"])
    recipe = training.Recipe.of(settings)
    networks = {
        NAMES[kind]: training.fit(_shape(kind, examples, settings), train, validation, recipe, seed)
        for kind in settings["networks"]
    }
    simple = {SHARES: markov.Markov.fit(train, 0, 1.0), REPEAT: markov.RepeatLast.fit(train)}
    rungs = {
        name: _rung(name, family, model, validation, test)
        for family, models in zip(FAMILIES, [simple, chains, networks], strict=False)
        for name, model in models.items()
    }
    best = Ladder(rungs, strengths, pd.DataFrame()).best("network")
    name, narrow = f"{best.name}, actions only", replace(best.model.shape, inputs=("action",))
    networks[name] = training.fit(narrow, train, validation, recipe, seed)
    rungs[name] = _rung(name, "actions only", networks[name], validation, test)
    curves = [trained.curve.assign(network=label) for label, trained in networks.items()]
    return Ladder(rungs, strengths, pd.concat(curves, ignore_index=True))


def _shape(kind: str, examples: Examples, settings: dict) -> Shape:
    return Shape(
        kind=kind,
        actions=examples.actions,
        window=settings["window"],
        gaps=tuple(settings["gaps"]),
        inputs=("action", "gap", "relation"),
        embedding=settings["embedding"],
        hidden=settings["hidden"],
    )


def _rung(name: str, family: str, model: Model, validation: Examples, test: Examples) -> Rung:
    loss = log_loss(model.predict(validation), validation.target)
    return Rung(name, family, model, loss, model.predict(test))
