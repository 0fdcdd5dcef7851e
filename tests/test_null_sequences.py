"""Where nothing of the next action is planted, 06 finds nothing, by its own functions.

A world without intent still has first-order habits: a purchase ends the visit or is followed by
another one, and no visit opens with a cart. A chain may know them, and a network no more than that.
Where the actions are dealt out anew among all events, not even a chain has anything to know.
"""

import numpy as np
import pandas as pd
import pytest
from worlds import PARAMS, opened

from shopsim.oracle.replay import replay
from shopsim.world import Effects, World
from trackway.evaluation.splits import TimeSplit
from trackway.sequences import ceiling, comparison, examples, words

SEED = 5
SEQUENCES = PARAMS["sequences"] | {
    "networks": ["gru"], "max_examples": 40_000, "epochs": 6, "orders": [1, 2, 3],
}  # fmt: skip
WORLD = World(seed=4, events=60_000, dirt=False, effects=Effects(intent=False))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return opened(WORLD, tmp_path_factory.mktemp("without-intent") / "demo")


@pytest.fixture(scope="module")
def stream(shop) -> pd.DataFrame:
    sizes = examples.user_sizes(shop.events)
    drawn = examples.draw_users(sizes, SEQUENCES["max_examples"], SEED)
    return examples.stream(shop.events, drawn)


def compared(shop, stream) -> comparison.Comparison:
    split = TimeSplit.of_table(shop.sessions, **PARAMS["shared"]["split"])
    built = examples.build(stream, split, SEQUENCES["window"], SEQUENCES["gaps"])
    return comparison.compare(built, SEQUENCES, SEED)


def side(found, contrast) -> int:
    return words.side(found.contrasts.loc[(contrast, "log_loss", "")])


def test_without_intent_no_network_is_better_than_the_best_chain(shop, stream):
    found = compared(shop, stream)
    assert side(found, comparison.NETWORK) >= 0
    floor = ceiling.compare(found, stream, replay(WORLD), SEQUENCES, SEED)
    chain = floor.behind[found.name("chain")]
    assert chain.high > 0
    assert chain.value < 0.01, "a chain of order 1 knows nearly all there is to know"


def test_without_any_order_a_chain_is_no_better_than_the_class_shares(shop, stream):
    dealt = np.random.default_rng(SEED).permutation(stream["event_type"].to_numpy())
    found = compared(shop, stream.assign(event_type=dealt))
    assert side(found, comparison.CHAIN) >= 0
    assert side(found, comparison.NETWORK) >= 0
