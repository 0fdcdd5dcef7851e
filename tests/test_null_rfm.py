"""Where users are of one kind, 03 finds no segments; where they are of several, it finds them."""

import pandas as pd
import pytest
import worlds

from shopsim import people
from shopsim.stock import stock
from shopsim.world import Effects, World
from trackway import engine
from trackway.rfm import clusters, data, findings, scores, segments, truth

SETTINGS = worlds.PARAMS["rfm"]
SEEDS = [1, 2, 3, 4]
EVENTS = 60_000


def world(seed: int, **effects: bool) -> World:
    return World(seed=seed, events=EVENTS, effects=Effects(**effects))


@pytest.fixture(scope="module")
def customers_of(tmp_path_factory):
    """The customers of a world, named and clustered as 03 does, each world once."""
    known = {}

    def grouped(seed: int, planted: bool):
        if (seed, planted) not in known:
            folder = tmp_path_factory.mktemp("world") / "shop"
            opened = worlds.opened(world(seed, kinds=planted), folder)
            known[seed, planted] = *group(opened, seed), opened.truth("users")
        return known[seed, planted]

    return grouped


def group(shop: worlds.Shop, seed: int):
    as_of = data.moment(None, shop.facts)
    customers = data.customers(data.users(shop.events, as_of, has_price=True), as_of)
    named = engine.store(segments.assign(scores.score(customers, SETTINGS["scores"])))
    compared, fitted = (
        data.sample(named, SETTINGS[most], seed) for most in ["max_compared", "max_clustered"]
    )
    draws = SETTINGS["null_draws"]
    choice = clusters.choose(compared, None, SETTINGS["k_max"], draws, seed)
    model = clusters.train(fitted, choice, seed)
    return fitted.assign(cluster=model.of(fitted)), choice, model


def told(customers, model, users, seed: int) -> truth.KindAgreement:
    return truth.compare(customers, model, users, SETTINGS["null_draws"], seed)


def would_be(seed: int) -> pd.DataFrame:
    """The kinds that the users of a world without kinds would have been of, had there been any."""
    planted = world(seed, kinds=True)
    everyone = people.arrive(planted, stock(planted), 0, planted.users)
    names = [kind.name for kind in everyone.kinds]
    return pd.DataFrame({"user_id": everyone.user_id, "kind": [names[i] for i in everyone.kind]})


@pytest.mark.slow  # four worlds are opened
def test_without_kinds_clusters_are_those_of_customers_without_groups(customers_of):
    """One world in about 20 lies above all draws by chance; two of these few hardly ever do."""
    choices = [customers_of(seed, planted=False)[1] for seed in SEEDS]
    above = [one for one in choices if one.at()["silhouette"] > one.at()["null_high"]]
    assert len(above) <= 1
    claims = [
        "no higher than customers drawn without groups" in findings.structure(c) for c in choices
    ]
    assert claims.count(False) == len(above)


@pytest.mark.slow
def test_without_kinds_no_grouping_agrees_with_them(customers_of):
    """Not even a forest told the kinds of others; of the 95 % intervals, few may miss 0."""
    lines = []
    for seed in SEEDS:
        customers, _, model, _ = customers_of(seed, planted=False)
        lines += told(customers, model, would_be(seed), seed).lines
    assert len(lines) == 2 * len(SEEDS)
    assert sum(not line.low <= 0 <= line.high for line in lines) <= 2
    for line in lines:
        assert abs(line.achieved) < 0.05
        assert abs(line.chance) < 0.015
        assert line.attainable < 0.03


@pytest.mark.slow
def test_the_truth_of_one_kind_is_said_to_be_one(customers_of):
    customers, _, model, users = customers_of(SEEDS[0], planted=False)
    assert set(users["kind"]) == {"everyone"}
    assert "of 1 latent kind," in told(customers, model, users, 1).reason


@pytest.mark.slow
def test_planted_kinds_are_found_and_no_better_than_they_could_be(customers_of):
    customers, _, model, users = customers_of(SEEDS[0], planted=True)
    beside = told(customers, model, users, SEEDS[0])
    found, named = beside.lines
    assert found.low > 0.03
    assert named.low > 0
    assert found.achieved < found.attainable
    assert abs(found.chance) < 0.01
