"""In a world without intent 05 finds nothing, by its own functions; a leak is seen at once."""

from functools import partial

import ibis
import numpy as np
import pytest
from worlds import PARAMS, opened

from shopsim.oracle import tables
from shopsim.oracle.replay import replay
from shopsim.world import Effects, World
from trackway import engine, params
from trackway.evaluation import bootstrap, metrics
from trackway.evaluation.bootstrap import Bootstrap
from trackway.evaluation.splits import TimeSplit
from trackway.intent import data, features, models, network, truth
from trackway.intent.features import registry
from trackway.intent.features.registry import SO_FAR, Feature
from trackway.tables import truth as of_truth

WORLD = World(seed=3, events=120_000, effects=Effects(intent=False))
SEED = 11
INTENT = params.section("intent")
MOMENTS = ["1", "3", "5"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return opened(WORLD, tmp_path_factory.mktemp("without-intent") / "demo")


@pytest.fixture(scope="module")
def split(shop):
    return TimeSplit.of_table(shop.sessions, **PARAMS["shared"]["split"])


@pytest.fixture(scope="module")
def context(shop):
    return features.Context(shop.events, shop.sessions, shop.facts.timezone, INTENT.smoothing)


@pytest.fixture(scope="module")
def asked(shop, split):
    return engine.store(data.draw(shop.sessions, split, INTENT.max_rows, SEED))


@pytest.fixture(scope="module")
def seen(asked, context):
    return engine.store(features.known_to(asked, context))


def told_apart(loaded, ladder) -> list[str]:
    """The models whose ROC AUC is not chance within its interval: what 05 would claim.

    Of five models at three moments one or the other may be so by chance; the interval is widened
    to so many times its tail (Bonferroni), that all of them together err once in twenty worlds.
    """
    test, n_tried = loaded.of("test"), len(models.MODELS) * len(MOMENTS)

    def auc(truth, said, sample_weight):
        drawn = metrics.weighted_scores(truth, said, 0.5, sample_weight[None])
        return float(drawn["roc_auc"][0])

    found = {
        name: bootstrap.bootstrap_interval(
            auc, test["bought"].to_numpy(dtype=bool), ladder[name].test,
            groups=test["user_id"], n=2000, seed=SEED, level=1 - 0.05 / n_tried,
        )
        for name in models.MODELS
        if name in ladder
    }  # fmt: skip
    return [name for name, interval in found.items() if not interval.holds(0.5)]


def assert_nothing_told(found: list[str]) -> None:
    assert found == [], f"{found} tell a purchase in a world where nothing tells of it"


@pytest.fixture(scope="module")
def honest(shop, split, context, asked, seen):
    names = registry.usable(shop.facts, split.train_end)
    table = engine.store(features.at_moments(seen, asked, context, MOMENTS))
    loaded = data.load(table, asked, names, split, MOMENTS)
    ladders = models.ladders(loaded, INTENT, SEED)
    return table, names, loaded, network.with_network(ladders, seen, loaded, INTENT.gru, SEED)


@pytest.mark.parametrize("moment", MOMENTS)
def test_no_model_tells_a_purchase(honest, moment):
    _, _, loaded, ladders = honest
    assert_nothing_told(told_apart(loaded[moment], ladders[moment]))


def test_neither_does_the_oracle(honest):
    _, _, loaded, ladders = honest
    asked_of = ladders, loaded, INTENT.oracle_users, Bootstrap(INTENT.replicates, SEED)
    users = np.unique(loaded["1"].rows["user_id"])
    answers = tables.purchases(replay(WORLD), users, MOMENTS)
    found = truth.compare(models.LIGHTGBM, *asked_of, partial(of_truth.purchases, answers))
    # What is achieved is asked above, with an interval that allows for so many tries.
    assert [one.attainable["roc_auc"] for one in found.values()] == [0.5] * len(MOMENTS)


LEAKS = {
    "whole_session_events": "events of the whole session, the purchase among them",
    "orders_to_date": "the user's orders, that of this session counted too early",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_is_seen(honest, shop, split, asked, monkeypatch, leak):
    """What has seen the purchase makes the claim of `test_no_model_tells_a_purchase` fail."""
    table, names, *_ = honest
    monkeypatch.setitem(registry.REGISTRY, leak, Feature(LEAKS[leak], SO_FAR))
    whole = shop.sessions.select("session_id", whole_session_events="n_events")
    leaking = table.inner_join(whole, "session_id").mutate(
        orders_to_date=ibis._.past_orders + ibis._.bought.cast("int64")
    )
    loaded = data.load(leaking, asked, [*names, leak], split, ["3"])
    found = told_apart(loaded["3"], models.ladders(loaded, INTENT, SEED)["3"])
    assert found, "the null test would not have noticed the leak"
    with pytest.raises(AssertionError):
        assert_nothing_told(found)
