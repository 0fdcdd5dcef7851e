"""Why people come: wants that arise, and the chain of sessions each want takes."""

from dataclasses import dataclass, fields, replace

import numpy as np

from trackway.demo import walk
from trackway.demo.calendar import BURN_DAYS, Calendar
from trackway.demo.catalogue import Catalogue
from trackway.demo.people import GOALS, People, of_kind, present
from trackway.demo.world import DAY_S, World

LOOK, COMPARE, FETCH = range(len(GOALS))
CHAIN = 6  # sessions one want takes, at most
LIFE_DAYS = 100  # mean time until a user who stays is lost
NEWCOMERS = 0.4  # share of those who stay that come for the first time within the data


@dataclass(frozen=True)
class Wants:
    """One row per want; arrays of one length.

    Attributes
    ----------
    user : row in `People`
    at_s : when it leads to a first session
    goal : look, compare or fetch
    category : where it begins
    product : the product it begins with, or -1
    mode : `walk` mode its next session begins in
    need : evidence missing until the decision
    """

    user: np.ndarray
    at_s: np.ndarray
    goal: np.ndarray
    category: np.ndarray
    product: np.ndarray
    mode: np.ndarray
    need: np.ndarray

    def __len__(self) -> int:
        return len(self.user)

    def __getitem__(self, rows: np.ndarray) -> "Wants":
        return Wants(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def sessions_of(world: World, calendar: Calendar, catalogue: Catalogue, people: People):
    """All that a chunk of users does: yields (wants, walked) for the first sessions of all wants,
    then for the second sessions of those who come back, and so on."""
    rng = world.random("visits", people.first)
    wants = arise(world, rng, calendar, catalogue, people)
    numbered = 0
    for link in range(CHAIN):
        wants = wants[wants.at_s < world.end_s]
        if not len(wants):
            return
        number = (np.int64(people.first) << 32) + numbered + np.arange(len(wants))
        numbered += len(wants)
        walked = walk.walk(world, calendar, catalogue, people, wants, number, link)
        yield wants, walked
        wants = _come_back(world, rng, calendar, catalogue, people, wants, walked)


def arise(world, rng, calendar, catalogue, people) -> Wants:
    """The wants of a chunk of users."""
    kinds = present(world)
    begin, end, stays = _lives(rng, world, people, kinds)
    pace = of_kind(kinds, "wants")[people.kind] * people.pace / (30 * DAY_S)
    first = stays & (begin > -BURN_DAYS * DAY_S) | ~stays
    further = rng.poisson(np.where(stays, pace * (end - begin), 0.15))
    drawn = _times(rng, calendar, begin, end, first, further)
    habits = _habits(rng, world, people, kinds, begin, end)
    in_sale = _drawn_by_the_sale(rng, world, calendar, people, kinds, begin, end)
    user, at_s = (np.concatenate(parts) for parts in zip(drawn, in_sale, habits, strict=True))
    habitual = np.arange(len(user)) >= len(user) - len(habits[0])
    return _made(rng, world, catalogue, people, kinds, user, at_s, habitual)


def _lives(rng, world, people, kinds):
    """From when to when each user may come (s), and whether they stay beyond one want."""
    n = len(people)
    stays = rng.random(n) >= of_kind(kinds, "passing")[people.kind]
    new = rng.random(n) < NEWCOMERS
    early = -BURN_DAYS * DAY_S
    begin = np.where(stays & ~new, early, rng.uniform(0, world.end_s, n))
    life = rng.exponential(LIFE_DAYS * DAY_S, n)
    end = np.where(stays, np.minimum(begin + life, world.end_s), begin + 10 * DAY_S)
    return begin, end, stays


def _times(rng, calendar, begin, end, first, further):
    """User and moment of every want: one on arrival, the further ones at busy hours after it."""
    arrived = np.flatnonzero(first)
    on_arrival = calendar.draw(rng.random(len(arrived)), begin[arrived], begin[arrived] + DAY_S)
    later = np.repeat(np.arange(len(begin)), further)
    afterwards = calendar.draw(rng.random(len(later)), begin[later], end[later])
    return np.append(arrived, later), np.append(on_arrival, afterwards)


def _drawn_by_the_sale(rng, world, calendar, people, kinds, begin, end):
    if not world.effects.sale:
        return np.empty(0, int), np.empty(0)
    opens, closes = calendar.sale_s
    there = (begin < closes) & (end > opens)
    count = rng.poisson(of_kind(kinds, "sale")[people.kind] * there)
    user = np.repeat(np.arange(len(people)), count)
    n = len(user)
    return user, calendar.draw(rng.random(n), np.full(n, opens), np.full(n, closes))


def _habits(rng, world, people, kinds, begin, end):
    """Wants that return with a rhythm, each cycle a little early or late."""
    rhythm = of_kind(kinds, "rhythm")[people.kind] * DAY_S
    user = np.flatnonzero(rhythm > 0)
    if not len(user):
        return np.empty(0, int), np.empty(0)
    rhythm = rhythm[user] * rng.uniform(0.6, 1.6, len(user))
    cycles = int(np.ceil((world.days + BURN_DAYS) * DAY_S / rhythm.min())) + 1
    pauses = rhythm[:, None] * rng.uniform(0.75, 1.25, (len(user), cycles))
    at_s = begin[user][:, None] + np.cumsum(pauses, axis=1) - pauses[:, :1] * rng.random((len(user), 1))
    row, cycle = np.nonzero(at_s < end[user][:, None])
    return user[row], at_s[row, cycle]


def _made(rng, world, catalogue, people, kinds, user, at_s, habitual) -> Wants:
    n, kind = len(user), people.kind[user]
    u = rng.random((4, n))
    look = of_kind(kinds, "look")[kind]
    goal = np.where(u[0] < look, LOOK, np.where(u[0] < look + of_kind(kinds, "compare")[kind], COMPARE, FETCH))
    goal = np.where(habitual, FETCH, goal)
    favourite = people.favourites[user, np.searchsorted([0.6, 0.85], u[1] / 0.6, side="right").clip(0, 2)]
    category = np.where(u[1] < 0.6, favourite, catalogue.any_category(rng.random(n)))
    product = np.where(habitual, people.habit[user], -1)
    category = np.where(habitual, catalogue.category[people.habit[user]], category)
    serious = habitual | (goal != LOOK) & (u[2] < of_kind(kinds, "serious")[kind])
    mean = of_kind(kinds, "evidence")[kind] * np.where(goal == FETCH, 0.4, 1.0)
    need = 1 + rng.negative_binomial(2, 2 / (2 + mean))
    mode = np.where(serious & world.effects.intent, walk.SEARCHING, walk.LOOKING)
    return Wants(user, at_s, goal, category, product, mode, np.where(habitual, 1, need))


def _come_back(world, rng, calendar, catalogue, people, wants, walked) -> Wants:
    """The wants that take one more session, as that session finds them."""
    kinds = present(world)
    again = of_kind(kinds, "again")[people.kind[wants.user]]
    undecided = walked.mode <= walk.SEARCHING
    again = np.where(walked.bought > 0, 0.12, np.where(undecided, again, 0.65))
    back = np.flatnonzero(rng.random(len(wants)) < again)
    wants, bought = wants[back], walked.bought[back] > 0
    n = len(back)
    pause = rng.lognormal(np.log(14 * 3600), 1.3, n).clip(3600, 21 * DAY_S)
    soonest = walked.end_s[back] + pause
    at_s = calendar.draw(rng.random(n), soonest, soonest + np.where(pause < 6 * 3600, 3600, DAY_S))
    other = catalogue.complement[walked.target[back]]
    product = np.where(bought & (other >= 0), other, walked.target[back])
    need = np.where(bought, 1 + rng.negative_binomial(2, 0.4, n), np.maximum(walked.need[back], 1))
    mode = np.where(bought, np.where(rng.random(n) < 0.3, walk.SEARCHING, walk.LOOKING), walked.mode[back])
    return replace(
        wants,
        at_s=at_s,
        category=catalogue.category[product],
        product=product,
        mode=np.where(world.effects.intent, mode, walk.LOOKING),
        need=need,
        goal=np.where(bought, LOOK, wants.goal),
    )
