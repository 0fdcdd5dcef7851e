"""In a world without intent 05 finds nothing, by its own functions; a leak is seen at once."""

import ibis
import pytest
from worlds import PARAMS, opened

from trackway import evaluation
from trackway.demo.oracle.replay import replay
from trackway.demo.world import Effects, World
from trackway.intent import ceiling, features, models, parts
from trackway.splits import TimeSplit

WORLD = World(seed=3, events=120_000, effects=Effects(intent=False))
SEED = 11
INTENT = PARAMS["intent"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return opened(WORLD, tmp_path_factory.mktemp("without-intent") / "demo")


@pytest.fixture(scope="module")
def split(shop):
    return TimeSplit.of_table(shop.sessions, **PARAMS["shared"]["split"])


def scored(shop, split, table, names):
    loaded = parts.load(table, names, split, INTENT["max_rows"], SEED)
    assert not loaded.too_few(INTENT["min_buyers"])
    return loaded, models.ladder(loaded, INTENT, SEED)


def told_apart(loaded, ladder) -> list[str]:
    """The models whose ROC AUC is not chance within its interval: what 05 would claim.

    Of three models on one test set one or the other may be so by chance; the interval is widened
    to three times its tail (Bonferroni), so that all of them together err once in twenty worlds.
    """
    test = loaded.of("test")

    def auc(truth, said, sample_weight):
        drawn = evaluation.weighted_scores(truth, said, 0.5, sample_weight[None])
        return float(drawn["roc_auc"][0])

    found = {
        name: evaluation.bootstrap_interval(
            auc, test["bought"].to_numpy(dtype=bool), ladder[name].test,
            groups=test["user_id"], n=400, seed=SEED, level=1 - 0.05 / len(models.MODELS),
        )
        for name in models.MODELS
    }  # fmt: skip
    return [name for name, interval in found.items() if not interval.holds(0.5)]


def assert_nothing_told(found: list[str]) -> None:
    assert found == [], f"{found} tell a purchase in a world where nothing tells of it"


@pytest.fixture(scope="module")
def honest(shop, split):
    names = features.usable(shop.facts, split.train_end)
    table = features.prefix_examples(
        shop.events, shop.sessions, INTENT["prefix"], shop.facts.timezone
    )
    return table, names, *scored(shop, split, table, names)


def test_no_model_tells_a_purchase(honest):
    _, _, loaded, ladder = honest
    assert_nothing_told(told_apart(loaded, ladder))


def test_neither_does_the_oracle(honest):
    _, _, loaded, ladder = honest
    best = models.best(ladder, loaded)
    found = ceiling.compare(best, ladder, loaded, replay(WORLD), INTENT, SEED)
    assert found.attainable["roc_auc"] == 0.5
    assert found.achieved.loc["roc_auc", "low"] < 0.5 < found.achieved.loc["roc_auc", "high"]


LEAKS = {
    "whole_session_events": "events of the whole session, the purchase among them",
    "orders_to_date": "the user's orders, that of this session counted too early",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_is_seen(honest, shop, split, leak):
    """What has seen the purchase makes the claim of `test_no_model_tells_a_purchase` fail."""
    table, names, *_ = honest
    whole = shop.sessions.select("session_id", whole_session_events="n_events")
    leaking = table.inner_join(whole, "session_id").mutate(
        orders_to_date=ibis._.past_orders + ibis._.bought.cast("int64")
    )
    found = told_apart(*scored(shop, split, leaking, [*names, leak]))
    assert found, "the null test would not have noticed the leak"
    with pytest.raises(AssertionError):
        assert_nothing_told(found)
