"""Where nothing of the next action is planted, 06 finds nothing, by its own functions.

A world without intent still has first-order habits: a purchase ends the visit or is followed by
another one, and no visit opens with a cart. A chain may know them, and a network no more than that.
Where the actions are dealt out anew among all events, not even a chain has anything to know.
"""

import numpy as np
import pandas as pd
import pytest
from worlds import PARAMS, opened

from shopsim.oracle import tables
from shopsim.oracle.replay import replay
from shopsim.world import Effects, World
from trackway.evaluation.splits import TimeSplit
from trackway.params.sequences import Sequences
from trackway.sequences import data, evaluation, findings, truth
from trackway.sequences.data import Examples
from trackway.sequences.models import ladder
from trackway.tables import user_sampling

SEED = 5
SEQUENCES = Sequences.model_validate(
    PARAMS["sequences"]
    | {"networks": ["gru"], "max_examples": 40_000, "epochs": 6, "orders": [1, 2, 3]}
)
WORLD = World(seed=4, events=60_000, noise=False, effects=Effects(intent=False))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return opened(WORLD, tmp_path_factory.mktemp("without-intent") / "demo")


@pytest.fixture(scope="module")
def stream(shop) -> pd.DataFrame:
    sizes = user_sampling.histories(shop.events)
    drawn = data.draw_users(sizes, SEQUENCES.max_examples, SEED)
    return data.stream(shop.events, drawn)


def fitted(shop, stream) -> tuple[ladder.Ladder, Examples]:
    """The models, and the test examples."""
    split = TimeSplit.of_table(shop.sessions, **PARAMS["shared"]["split"])
    built = data.build(stream, split, SEQUENCES.window, SEQUENCES.gaps)
    return ladder.fit(built.comparable(SEQUENCES.min_users), SEQUENCES, SEED), built.of("test")


def sides(models, test, *contrasts) -> list[int]:
    again = SEQUENCES.min_positives, SEQUENCES.replicates, SEED
    evaluated = evaluation.evaluate(models, test, *again)
    return [findings.side(evaluated.contrast(contrast)) for contrast in contrasts]


def test_without_intent_no_network_is_better_than_the_best_chain(shop, stream):
    models, test = fitted(shop, stream)
    assert sides(models, test, evaluation.NETWORK)[0] >= 0
    answers = tables.next_actions(replay(WORLD), test.user_id)
    floor = truth.floor(models, test, stream, answers, SEQUENCES.replicates, SEED)
    chain = floor.behind[models.best("chain").name]
    assert chain.high > 0
    assert chain.value < 0.01, "a chain of order 1 knows nearly all there is to know"


def test_without_any_order_a_chain_is_no_better_than_the_class_shares(shop, stream):
    dealt = np.random.default_rng(SEED).permutation(stream["event_type"].to_numpy())
    models, test = fitted(shop, stream.assign(event_type=dealt))
    chain, network = sides(models, test, evaluation.CHAIN, evaluation.NETWORK)
    assert chain >= 0
    assert network >= 0
