"""What each user can be expected to spend after the data, given who they are.

Expected wants are known in closed form. What one want comes to is not: it is the mean of many,
simulated after the end of the data, by the shop's own laws, for each kind, tier and category.
"""

import functools
from dataclasses import dataclass, replace

import numpy as np

from shopsim import visits
from shopsim.affinity import category_weights
from shopsim.calendar import NEVER_S, Calendar
from shopsim.catalogue import Catalogue
from shopsim.people import LIFE_DAYS, People, present
from shopsim.steps import PURCHASE
from shopsim.stock import stock
from shopsim.visits import COMPARE, FETCH, LOOK, Wants
from shopsim.world import DAY_S, World

PERIOD_DAYS = 30  # after the end of the data
SERIOUS_EACH, OTHER_EACH, HABITS_EACH = 40, 60, 40  # wants simulated for each cell
FIRST = 2**30  # beyond any user: streams of random numbers of their own


@dataclass(frozen=True)
class Spend:
    """Mean spend, in the shop's currency.

    Attributes
    ----------
    want : float array, shape (kinds, 3, C), of one new want, by kind, tier and its category
    habit_own : float array, shape (kinds, 3), purchases of the habitual product, of one habit
    habit_other : float array, shape (kinds, 3, C), what else one habit comes to
    """

    want: np.ndarray
    habit_own: np.ndarray
    habit_other: np.ndarray


def of(world: World) -> Spend:
    """What one want comes to in `world`; its size and its noise make no difference."""
    return _of(replace(world, events=1, noise=False))


@functools.cache
def _of(world: World) -> Spend:
    """The same.

    Serious wants are simulated apart, as the others seldom buy. The effect of the kind and that of
    tier and category are taken to multiply, so that all kinds tell of the prices.
    """
    rng, kinds = world.random("spend"), present(world)
    shop, every = (world, rng, Calendar.of(world), stock(world)), np.arange(len(kinds))
    serious, _ = _means(*shop, every, SERIOUS_EACH, _serious)
    other, _ = _means(*shop, every, OTHER_EACH, _not_serious)
    share = np.array([(1 - kind.look) * kind.serious for kind in kinds])
    by_kind = share * serious.mean(axis=(1, 2)) + (1 - share) * other.mean(axis=(1, 2))
    of_tiers = serious.mean(axis=0)
    want = by_kind[:, None, None] * of_tiers / max(of_tiers.mean(), 1e-9)
    own, beyond = np.zeros(want.shape[:2]), np.zeros(want.shape)
    with_habits = np.array([i for i, kind in enumerate(kinds) if kind.rhythm], int)
    if len(with_habits):
        beyond[with_habits], bought = _means(*shop, with_habits, HABITS_EACH, _habits)
        own[with_habits] = bought.mean(axis=2)
    return Spend(want, own, beyond)


def expected(world: World, people: People, catalogue: Catalogue) -> np.ndarray:
    """Expected spend of the wants that arise in the `PERIOD_DAYS` after the end of the data.

    Given kind, tier, favourites, habit and pace, and whether a user is still there; not given what
    they have done. Who passes by comes for no more. Purchases count whenever they fall.
    """
    spend, drifted = of(world), world.effects.drift
    there = people.stays & (people.ends_s >= world.end_s)
    days = there * LIFE_DAYS * (1 - np.exp(-PERIOD_DAYS / LIFE_DAYS))
    wants = people.of_kind("wants") * people.pace * days / 30
    popularity = np.diff(catalogue.category_mass)
    moves = catalogue.moves if drifted else None
    weights = category_weights(people.favourites, popularity, moves)
    of_want = (weights * spend.want[people.kind, people.tier]).sum(axis=1)
    low, high = visits.RHYTHM
    rhythm = people.of_kind("rhythm")
    habits = days * np.log(high / low) / (high - low) / np.where(rhythm > 0, rhythm, np.inf)
    price = catalogue.prices[people.habit, 2 * drifted] / 100
    category = catalogue.category[people.habit]
    of_habit = spend.habit_own[people.kind, people.tier] * price
    of_habit += spend.habit_other[people.kind, people.tier, category]
    return wants * of_want + habits * of_habit


def _means(world, rng, calendar, catalogue, kinds, each, drawn) -> tuple[np.ndarray, np.ndarray]:
    """Mean spend of the wants `drawn` for each kind, tier and category, `each` for one of these.

    Purchases of the product a want began with are no part of it; their mean number comes second.
    """
    cells = len(kinds), 3, len(catalogue.shelf), each
    kind, tier, category, _ = (place.ravel() for place in np.indices(cells))
    people = _strangers(world, kinds[kind], tier)
    wants = drawn(world, rng, catalogue, people, category)
    spent, own = np.zeros(len(people)), np.zeros(len(people))
    for now, walked in visits.follow(world, rng, calendar, catalogue, people, wants, NEVER_S):
        bought = np.flatnonzero(walked.type == PURCHASE)
        user, product = now.user[walked.row[bought]], walked.product[bought]
        price = catalogue.prices[product, calendar.prices(walked.at_s[bought])] / 100
        same = product == wants.product[user]
        np.add.at(spent, user, np.where(same, 0, price))
        np.add.at(own, user, same)
    return spent.reshape(cells).mean(axis=-1), own.reshape(cells).mean(axis=-1)


def _serious(world, rng, catalogue, people, category) -> Wants:
    n = len(people)
    compares = people.of_kind("compare") / (1 - people.of_kind("look"))
    goal = np.where(rng.random(n) < compares, COMPARE, FETCH)
    return _begun(world, rng, people, goal, category, np.full(n, -1), True)


def _not_serious(world, rng, catalogue, people, category) -> Wants:
    n = len(people)
    look, compare, serious = (people.of_kind(name) for name in ("look", "compare", "serious"))
    rest = look + (1 - look) * (1 - serious)
    looks, compares = look / rest, (look + compare * (1 - serious)) / rest
    u = rng.random(n)
    goal = np.where(u < looks, LOOK, np.where(u < compares, COMPARE, FETCH))
    return _begun(world, rng, people, goal, category, np.full(n, -1), False)


def _habits(world, rng, catalogue, people, category) -> Wants:
    n = len(people)
    product = catalogue.pick(rng.random(n), category, people.tier)
    return _begun(world, rng, people, np.full(n, FETCH), category, product, True)


def _begun(world, rng, people, goal, category, product, serious) -> Wants:
    """Wants that arise at any moment of the period."""
    n = len(people)
    at_s = np.floor(world.end_s + PERIOD_DAYS * DAY_S * rng.random(n))
    source = np.where(product >= 0, visits.HABIT, visits.CHANCE)
    user, seriously = np.arange(n), np.full(n, serious)
    return visits.begun(world, rng, people, user, at_s, source, goal, category, product, seriously)


def _strangers(world, kind, tier) -> People:
    """People of whom nothing but kind and tier matters."""
    none = np.zeros(len(kind))
    return People(
        first=FIRST,
        kinds=present(world),
        kind=kind,
        tier=tier,
        favourites=np.zeros((len(kind), 3), int),
        habit=np.zeros(len(kind), int),
        pace=none,
        stays=none > 0,
        begins_s=none,
        ends_s=none,
    )
