"""The truth that later steps need is what the simulated shop does: affinity, spend, drift."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shopsim import choice, people, shop, spend, steps, truth, visits
from shopsim.affinity import taste
from shopsim.calendar import Calendar
from shopsim.stock import stock
from shopsim.world import DAY_S, Effects, World
from trackway.tables.truth import reach

WORLD = World(seed=20240301, events=60_000, noise=False)
CATALOGUE, CALENDAR = stock(WORLD), Calendar.of(WORLD)
PEOPLE = people.arrive(WORLD, CATALOGUE, 0, WORLD.users)
PRODUCTS = truth.products(WORLD, CATALOGUE).to_pandas()
WANTS = truth.wants(WORLD, CALENDAR, CATALOGUE).to_pandas()


@pytest.fixture(scope="module")
def users() -> pd.DataFrame:
    return truth.users(WORLD, PEOPLE, CATALOGUE).to_pandas()


@pytest.fixture(scope="module")
def opened() -> pd.DataFrame:
    """The first view of every new want that is no habit: user, product, drifted."""
    wants, walked = next(visits.sessions_of(WORLD, CALENDAR, CATALOGUE, PEOPLE))
    first = walked.step == 0
    product = np.empty(len(wants), int)
    product[walked.row[first]] = walked.product[first]
    drifted = CALENDAR.drifted(wants.at_s)
    table = pd.DataFrame({"user": wants.user, "product": product, "drifted": drifted})
    return table[wants.source != visits.HABIT]


# Affinity


@pytest.mark.parametrize("drifted", [False, True])
def test_reach_is_the_law_of_the_product_a_want_opens_with(drifted, users, opened):
    told = opened[opened["drifted"] == drifted]
    chance = np.zeros(len(PRODUCTS))
    for part in np.array_split(told["user"].to_numpy(), 10):
        rows = reach(users.iloc[part], PRODUCTS, WANTS, drifted=drifted)
        np.testing.assert_allclose(rows.sum(axis=1), 1)
        chance += rows.sum(axis=0)
    seen = np.bincount(told["product"], minlength=len(PRODUCTS))
    well_known = chance > 8
    z = (seen - chance)[well_known] / np.sqrt(chance[well_known])
    assert well_known.sum() > 50
    assert np.abs(z).max() < 4.5
    assert 0.8 < z.std() < 1.2


def test_reach_is_each_users_own(users, opened):
    """Each want is told better by its own user's chances than by another's."""
    told = opened[~opened["drifted"]].head(4000)
    own = reach(users.iloc[told["user"]], PRODUCTS, WANTS)[np.arange(len(told)), told["product"]]
    others = np.roll(told["user"].to_numpy(), 1)
    foreign = reach(users.iloc[others], PRODUCTS, WANTS)[np.arange(len(told)), told["product"]]
    assert np.log(own).mean() > np.log(foreign).mean() + 0.5


def test_without_focus_everyone_reaches_what_is_popular(users):
    world = replace(WORLD, effects=Effects(focus=False))
    products = truth.products(world, CATALOGUE).to_pandas()
    wants = truth.wants(world, CALENDAR, CATALOGUE).to_pandas()
    rows = reach(users.head(3), products, wants, drifted=True)
    np.testing.assert_allclose(rows, np.tile(CATALOGUE.popularity, (3, 1)), rtol=1e-4)


def test_interest_drifts_from_one_category_to_another(opened):
    category = CATALOGUE.category[opened["product"]]
    leaves, goes_to = CATALOGUE.moves
    share = pd.crosstab(opened["drifted"], category, normalize="index")
    moved = visits.MOVED * share.loc[False, leaves]
    assert share.loc[True, leaves] == pytest.approx(share.loc[False, leaves] - moved, rel=0.12)
    assert share.loc[True, goes_to] == pytest.approx(share.loc[False, goes_to] + moved, rel=0.12)


def test_taste_is_how_often_a_product_suits_greatly(users):
    rng = np.random.default_rng(0)
    user, product = rng.integers(0, len(users), 60_000), rng.integers(0, len(PRODUCTS), 60_000)

    class View:
        tier, at_s = PEOPLE.tier[user], np.zeros(len(user))

        def __len__(self):
            return len(user)

    view = View()
    view.product = product
    great = choice.fit(rng, CALENDAR, CATALOGUE, view) == 2
    told = np.empty(len(user))
    for part in np.array_split(np.arange(len(user)), 100):
        rows = taste(users.iloc[user[part]], PRODUCTS)
        told[part] = rows[np.arange(len(part)), product[part]]
    tenth = pd.qcut(told, 10, labels=False, duplicates="drop")
    seen = pd.DataFrame({"told": told, "great": great}).groupby(tenth).mean()
    np.testing.assert_allclose(seen["great"], seen["told"], atol=0.015)


def test_without_drift_interest_stays_where_it_is():
    world = replace(WORLD, effects=Effects(drift=False))
    wants = truth.wants(world, Calendar.of(world), CATALOGUE).to_pandas()
    assert wants["goes_to"].isna().all()
    assert (wants["moved"] == 0).all()
    assert WANTS["goes_to"].notna().sum() == 1


# Spend


def spent_afterwards(times: int) -> np.ndarray:
    """Mean spend of each user's wants that arise after the data, simulated `times` over."""
    total = np.zeros(len(PEOPLE))
    there = PEOPLE.stays & (PEOPLE.ends_s >= WORLD.end_s)
    for i in range(times):
        rng = np.random.default_rng(i)
        days = np.minimum(rng.exponential(people.LIFE_DAYS, len(PEOPLE)), spend.PERIOD_DAYS)
        ends_s = WORLD.end_s + np.where(there, days, 0) * DAY_S
        begins_s = np.full(len(PEOPLE), float(WORLD.end_s))
        after = replace(PEOPLE, first=10**6 + i, begins_s=begins_s, ends_s=ends_s, stays=there)
        wants = visits.arise(WORLD, rng, CALENDAR, CATALOGUE, after)
        wants = wants[there[wants.user] & (wants.source != visits.ARRIVAL)]
        follow = visits.follow(WORLD, rng, CALENDAR, CATALOGUE, after, wants, 2**31 - 1)
        for now, walked in follow:
            bought = np.flatnonzero(walked.type == steps.PURCHASE)
            user, product = now.user[walked.row[bought]], walked.product[bought]
            np.add.at(total, user, CATALOGUE.prices[product, 2] / 100)
    return total / times


@pytest.mark.slow
def test_expected_spend_is_the_mean_of_what_users_spend(users):
    simulated = pd.Series(spent_afterwards(times=25))
    expected = users["expected_spend"]
    assert expected.sum() == pytest.approx(simulated.sum(), rel=0.06)
    by_kind = pd.DataFrame({"told": expected, "seen": simulated}).groupby(users["kind"]).sum()
    assert by_kind.loc[["passer-by", "one-off buyer"]].eq(0).all(axis=None)
    some = by_kind[by_kind["told"] > 0]
    np.testing.assert_allclose(some["told"], some["seen"], rtol=0.25)
    tenth = pd.qcut(expected[expected > 0], 5, labels=False)
    told, seen = expected.groupby(tenth).mean(), simulated.groupby(tenth).mean()
    np.testing.assert_allclose(told[2:], seen[2:], rtol=0.25)


def test_who_is_lost_is_expected_to_spend_nothing(users):
    lost = users["ends"] < users["ends"].max()
    assert users.loc[lost | ~users["stays"], "expected_spend"].eq(0).all()
    assert users.loc[~lost & users["stays"], "expected_spend"].gt(0).all()


@pytest.mark.parametrize("effect", ["kinds", "intent", "focus", "drift"])
def test_in_any_null_world_spend_is_expected(effect):
    world = replace(WORLD, effects=Effects(**{effect: False}))
    told = spend.expected(world, people.arrive(world, stock(world), 0, 5000), stock(world))
    assert np.isfinite(told).all()
    assert 0 < told.mean() < 100


# Drift


@pytest.mark.parametrize("days", [7, 9, 14, 21, 28, 31, 60, 110, 120, 365])
def test_the_drift_begins_at_local_midnight_within_the_data_and_outside_the_sale(days):
    world = World(seed=1, days=days)
    calendar = Calendar.of(world)
    begins = pd.Timestamp(world.start, tz="UTC") + pd.Timedelta(calendar.drift_s, "s")
    assert begins.tz_convert(world.timezone).strftime("%H:%M:%S") == "00:00:00"
    assert 0 < calendar.drift_s < world.end_s
    assert not calendar.in_sale(np.array([calendar.drift_s])).any()


def test_the_truth_dates_both_kinds_of_drift(tmp_path):
    shop.make(replace(WORLD, events=5000), tmp_path / "demo")
    dates = pd.read_parquet(tmp_path / "demo/truth/dates.parquet").set_index("what")
    assert dates.index.tolist() == ["data", "sale", "prices", "interest"]
    assert dates.loc["prices", "begins"] == dates.loc["interest", "begins"]
    assert dates.loc[["data", "prices", "interest"], "ends"].nunique() == 1
    prices = PRODUCTS["later_price"] / PRODUCTS["price"]
    assert (prices > 1.05).mean() == pytest.approx(0.4, abs=0.03)
    assert prices.between(0.99, 1.27).all()
