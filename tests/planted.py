"""Scored sessions with a planted law, for the tests of what comes after the models."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot, or_cannot
from trackway.evaluation.splits import TimeSplit
from trackway.intent import models
from trackway.intent.data import Examples
from trackway.intent.leakage.null_shop import FACTS
from trackway.intent.models import Ladders, Scored
from trackway.intent.study import Study
from trackway.report.exhibits import Figure, Table
from trackway.report.run import Run

RUN = Run.of("intent", known=FACTS).with_settings(
    forest={"trees": 10, "depth": 4},
    boosting={"rounds": 15, "leaves": 5, "learning_rate": 0.1, "leaf_rows": 20},
    min_buyers=20,
    replicates=50,
    smoothing=50,
    main=3,
)
SETTINGS = RUN.settings


def planted(n: int = 2400, seed: int = 1, signal: float = 2.5) -> Examples:
    """Sessions of which those with a cart event are likelier to buy."""
    random = np.random.default_rng(seed)
    carts = random.integers(0, 2, n)
    rows = pd.DataFrame(
        {
            "session_id": range(n),
            "user_id": random.integers(0, n // 2, n),
            "started": pd.date_range("2024-01-01", periods=n, freq="20min", tz="UTC"),
            "cart_count": carts,
            "view_count": random.integers(1, 4, n),
            "avg_price": np.where(random.random(n) < 0.1, np.nan, random.random(n)),
            "hour": random.integers(0, 24, n),
            "past_sessions": random.integers(0, 2, n),
            "bought": random.random(n) < 1 / (1 + np.exp(2.5 - signal * carts)),
        }
    )
    split = TimeSplit.of(rows["started"])
    rows["part"] = split.part(rows["started"], rows["started"])
    features = ["view_count", "cart_count", "avg_price", "hour"]
    return Examples(rows, features, split, moment="3")


def told(examples: Examples, validation: list | np.ndarray, test: list | np.ndarray) -> Scored:
    """A model that says just this."""
    return Scored("told", None, np.asarray(validation, float), np.asarray(test, float), 0.5)


def planted_ladder(examples: Examples) -> dict[str, Scored]:
    """Every model; in place of the network, which needs events, one more forest."""
    ladder = models.ladder(examples, SETTINGS, seed=1)
    return ladder | {models.GRU: replace(ladder[models.FOREST], name=models.GRU, fitted=None)}


def planted_study(examples: dict[str, Examples], ladders: Ladders | Cannot) -> Study:
    """The step's result, of these examples and models; of the rest nothing was computed."""
    rest = dict.fromkeys((field.name for field in fields(Study)), Cannot("Not computed."))
    known = {"run": RUN, "main": "3", "examples": examples, "ladders": ladders}
    return Study(**rest | known)


def content(exhibit, study: object) -> Table | Figure | Cannot:
    """What an exhibit would have a page show."""
    return or_cannot(exhibit.__wrapped__)(study)
