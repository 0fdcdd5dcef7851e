"""The oracle has the simulator's laws, what it says comes as often, and no model beats it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from planted import content
from worlds import PARAMS, opened

from shopsim import choice, steps, visits, walk
from shopsim.oracle import answers, laws, tables, visit
from shopsim.oracle.replay import replay
from shopsim.world import DAY_S, Effects, World
from trackway import engine, params
from trackway.core.cannot import Cannot
from trackway.core.errors import InputError
from trackway.evaluation.bootstrap import Bootstrap
from trackway.evaluation.splits import TimeSplit
from trackway.intent import data, features, models, network
from trackway.intent import findings as intent_findings
from trackway.intent import page as intent_page
from trackway.intent import truth as intent_truth
from trackway.intent.features import registry
from trackway.tables import truth

WORLD = World(seed=20240301, events=90_000, noise=False)
SEED = 7
INTENT = params.section("intent")


@pytest.fixture(scope="module")
def shop():
    return replay(WORLD)


@pytest.fixture(scope="module")
def users(shop):
    return np.flatnonzero(np.random.default_rng(0).random(len(shop.people)) < 0.5)


@pytest.fixture(scope="module")
def bought(shop, users):
    """What was said of visits begun long after the data begin, and whether they bought."""
    said = answers.purchases(shop, users, ["3"])["3"]
    asked = shop.at_s[said.rows] > 10 * DAY_S
    return said, asked, shop.purchases[said.rows] > 0


# Its laws are the simulator's


def test_pauses_follow_the_law_they_are_drawn_by():
    rng, n = np.random.default_rng(0), 200_000
    law = laws.laws(WORLD).stays
    np.testing.assert_allclose(law.sum(axis=1), 1)
    for row in range(4):
        fit = np.full(n, min(row, 2))
        drawn = choice.stay_s(rng, fit, np.full(n, row != laws.ACT)).astype(int)
        far = np.abs(np.cumsum(np.bincount(drawn, minlength=law.shape[1]) / n - law[row]))
        assert far.max() < 0.005


def test_patience_and_evidence_follow_the_laws_they_are_drawn_by():
    rng, n = np.random.default_rng(0), 200_000
    for goal, survives in enumerate(laws.laws(WORLD).survives):
        drawn = walk.patience(rng, WORLD, np.full(n, goal))
        lasting = [(drawn > t).mean() for t in (0, 1, 5, 30, 60, walk.LONGEST)]
        np.testing.assert_allclose(lasting, survives[[0, 1, 5, 30, 60, -1]], atol=0.005)
    drawn = visits._evidence(rng, np.full(n, 3.5))
    share = np.bincount(drawn.clip(max=laws.N_NEED), minlength=laws.N_NEED + 1)[1:] / n
    np.testing.assert_allclose(share, laws.evidence(3.5), atol=0.005)


def test_a_visit_with_a_product_in_mind_opens_as_it_is_simulated():
    for rows in (visit.DECIDED, visit.CARTED, *visit.OPEN.reshape(-1, 9)):
        simulated = rows[None].copy()
        simulated = walk._first(simulated, SimpleNamespace(best=np.array([3])))
        np.testing.assert_allclose(visit._opening(rows), simulated[0])


def test_it_sees_each_visit_and_event_of_the_shop_again(shop, tmp_path):
    made = opened(WORLD, tmp_path / "demo")
    rows = made.truth("sessions")
    tables.refuse_another(shop, rows)
    with pytest.raises(InputError, match="another shop"):
        tables.refuse_another(replay(replace(WORLD, seed=1)), rows)


# What it says comes true as often


@pytest.mark.slow
def test_a_purchase_comes_as_often_as_it_says(bought):
    said, asked, came = bought
    for p in (said.probability, said.knowing):
        assert z_scores(p[asked], came[asked]).max() < 3.5


@pytest.mark.slow
def test_so_it_does_at_every_moment(shop, users):
    said = answers.purchases(shop, users, ["1", "2", "5", "8", "cart"])
    for one in said.values():
        asked, came = shop.at_s[one.rows] > 10 * DAY_S, shop.purchases[one.rows] > 0
        assert len(np.unique(one.rows)) == len(one.rows)
        for p in (one.probability, one.knowing):
            assert z_scores(p[asked], came[asked]).max() < 4


def test_a_moment_asked_alone_is_answered_as_among_others(shop):
    some = np.arange(0, len(shop.people), 40)
    together = answers.purchases(shop, some, ["2", "3", "cart"])
    alone = answers.purchases(shop, some, ["3"])["3"]
    np.testing.assert_array_equal(alone.rows, together["3"].rows)
    np.testing.assert_allclose(alone.probability, together["3"].probability, atol=2e-3)
    carts = together["cart"]
    last = [
        shop.type[a : a + n]
        for a, n in zip(shop.first[carts.rows], shop.length[carts.rows], strict=True)
    ]
    assert all((types == steps.CART).any() for types in last)
    assert carts.probability.mean() > 2 * together["2"].probability.mean()


@pytest.mark.slow
def test_who_knows_the_visitor_tells_better_than_who_does_not(bought):
    said, asked, came = bought
    losses = [
        -np.log(np.where(came, p, 1 - p)[asked].clip(1e-12))
        for p in (said.probability, said.knowing)
    ]
    gain = losses[0] - losses[1]
    assert gain.mean() > 3 * gain.std() / np.sqrt(len(gain))


@pytest.mark.slow
def test_the_next_action_comes_as_often_as_it_says(shop, users):
    said = answers.next_action(shop, users)
    following = next_of_the_user(shop)[said.rows]
    asked = (following >= 0) & (shop.event_s[said.rows] > 10 * DAY_S)
    came = shop.type[following[asked]]
    p = said.probability[asked]
    np.testing.assert_allclose(p.sum(axis=1), 1)
    for action in (steps.CART, steps.PURCHASE):
        assert z_scores(p[:, action], came == action).max() < 4


@pytest.mark.slow
@pytest.mark.parametrize("effect", ["kinds", "complements", "calendar", "sale", "focus", "drift"])
def test_so_it_does_in_a_world_without_one_effect(effect):
    again = replay(replace(WORLD, events=40_000, effects=Effects(**{effect: False})))
    some = np.flatnonzero(np.random.default_rng(1).random(len(again.people)) < 0.5)
    said = answers.purchases(again, some, ["3"])["3"]
    asked = again.at_s[said.rows] > 10 * DAY_S
    truth = again.purchases[said.rows][asked] > 0
    assert z_scores(said.probability[asked], truth, bins=4).max() < 3.5


def z_scores(p: np.ndarray, truth: np.ndarray, bins: int = 8) -> np.ndarray:
    """How far off each bin of like probabilities is, in standard errors."""
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1]))
    bin_of = np.searchsorted(edges, p)
    missing, spread = (np.bincount(bin_of, v) for v in (truth - p, p * (1 - p)))
    return np.abs(missing) / np.sqrt(np.maximum(spread, 1))


def next_of_the_user(shop) -> np.ndarray:
    """The next event of the same user within the data, or -1."""
    user = shop.user[np.repeat(np.arange(len(shop)), shop.length)]
    inside = np.flatnonzero((shop.event_s >= 0) & (shop.event_s < shop.world.end_s))
    order = inside[np.lexsort([shop.event_s[inside], user[inside]])]
    same = user[order][1:] == user[order][:-1]
    out = np.full(len(user), -1)
    out[order[:-1][same]] = order[1:][same]
    return out


def test_without_intent_it_is_flat(tmp_path):
    world = replace(WORLD, events=20_000, effects=Effects(intent=False))
    again = replay(world)
    said = answers.purchases(again, np.arange(len(again.people)), ["3"])["3"]
    assert len(np.unique(said.probability)) == 1
    assert (again.purchases[said.rows] > 0).mean() == pytest.approx(
        said.probability[0], abs=3 * np.sqrt(0.068 / len(said.rows))
    )
    told = answers.next_action(again, np.arange(len(again.people)))
    following = next_of_the_user(again)[told.rows]
    asked = following >= 0
    came = again.type[following[asked]]
    for action in (steps.CART, steps.PURCHASE):
        assert z_scores(told.probability[asked][:, action], came == action).max() < 4


# No model beats it


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return opened(replace(WORLD, noise=True), tmp_path_factory.mktemp("ceiling") / "demo")


@pytest.fixture(scope="module")
def split(made):
    return TimeSplit.of_table(made.sessions, **PARAMS["shared"]["split"])


@pytest.mark.slow
def test_no_model_of_intent_is_ahead_of_it(made, split, shop):
    moments = ["1", "3", "cart"]
    context = features.Context(made.events, made.sessions, made.facts.timezone, 50.0)
    asked = data.draw(made.sessions, split, 10**6, SEED)
    seen = engine.store(features.known_to(asked, context))
    names = registry.usable(made.facts, split.train_end)
    table = features.at_moments(seen, asked, context, moments)
    loaded = data.load(table, asked, names, split, moments)
    ladders = models.ladders(loaded, INTENT, SEED)
    ladders = network.with_network(ladders, seen, loaded, INTENT.gru, SEED)
    tests = {moment: loaded[moment].of("test") for moment in moments}
    users = np.unique(np.concatenate([test["user_id"] for test in tests.values()]))
    once = truth.purchases(tables.purchases(shop, users, moments), tests)
    for name in models.MODELS:  # it says the same beside all
        asked_of = ladders, loaded, 10**6, Bootstrap(100, SEED)
        found = intent_truth.compare(name, *asked_of, lambda rows: once)
        for one in found.values():
            assert one.known > 0.97 * one.asked
            assert one.ahead.loc["roc_auc", "high"] > 0
            assert one.ahead.loc["log_loss", "low"] < 0
    assert found["3"].attainable["roc_auc"] > 0.7
    assert found["3"].knowing["roc_auc"] > found["3"].attainable["roc_auc"]


def test_of_a_real_shop_there_is_no_oracle(monkeypatch):
    unknown = Cannot(truth.UNKNOWN)
    monkeypatch.setattr(truth, "oracle", lambda name: unknown)
    assert intent_truth.oracle({}) == unknown
    for exhibit in (intent_page.truth, intent_page.ceiling):
        assert content(exhibit, unknown) == unknown
    assert intent_findings._beside_truth(unknown) == []
