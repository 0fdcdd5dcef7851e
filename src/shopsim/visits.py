"""Why people come: wants that arise, and the chain of sessions each want takes."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np

from shopsim.calendar import BURN_DAYS, Calendar
from shopsim.catalogue import Catalogue
from shopsim.people import People
from shopsim.walk import LOOKING, SEARCHING, Walked, walk
from shopsim.world import DAY_S, World

SOURCES = ["arrival", "chance", "sale", "habit"]
ARRIVAL, CHANCE, SALE, HABIT = range(4)
GOALS = ["look", "compare", "fetch"]
LOOK, COMPARE, FETCH = range(3)
CHAIN = 6  # sessions one want takes, at most
FAVOURITE = 0.6  # share of wants that begin in a favourite category ...
FIRST_FAVOURITE, SECOND_FAVOURITE = 0.60, 0.25  # ... and in which
PASSING_WANTS = 0.15  # mean number of further wants of one who passes by
MOVED = 0.3  # share of wants for the category of `moves` that go to the other, from the drift on
FETCH_EVIDENCE = 0.4  # who comes to fetch something needs this share of the evidence
RHYTHM = (0.6, 1.6)  # a user's own rhythm against the kind's; uniform
DISPERSION = 2  # of the negative binomial law of evidence

AFTER_PURCHASE = 0.12  # chance to come back after having bought ...
SERIOUS_AFTER = 0.3  # ... and then to be serious
DECIDED_AGAIN = 0.65  # chance to come back after having left decided, but without buying
PAUSE_H, PAUSE_SIGMA = 14, 1.3  # lognormal pause between two sessions of a want
LONGEST_PAUSE_DAYS = 21


@dataclass(frozen=True)
class Wants:
    """One row per want, as its next session finds it; arrays of one length.

    Attributes
    ----------
    user : row in `People`
    at_s : when the session begins
    goal : look, compare or fetch
    category : where it begins
    product : the product it begins with, or -1
    mode : the `walk` mode it begins in
    need : evidence missing until the decision
    want : which want, from 0 for each chunk of users; the same in all its sessions
    source : place in `SOURCES`: how the want arose
    """

    user: np.ndarray
    at_s: np.ndarray
    goal: np.ndarray
    category: np.ndarray
    product: np.ndarray
    mode: np.ndarray
    need: np.ndarray
    want: np.ndarray
    source: np.ndarray

    def __len__(self) -> int:
        return len(self.user)

    def __getitem__(self, rows: np.ndarray) -> "Wants":
        return Wants(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def sessions_of(
    world: World, calendar: Calendar, catalogue: Catalogue, people: People
) -> Iterator[tuple[Wants, Walked]]:
    """All that a chunk of users does: the first sessions of all wants, then the second, ..."""
    rng = world.random("visits", people.first)
    wants = arise(world, rng, calendar, catalogue, people)
    yield from follow(world, rng, calendar, catalogue, people, wants, world.end_s)


def follow(
    world, rng, calendar, catalogue, people, wants, until_s
) -> Iterator[tuple[Wants, Walked]]:
    """The sessions that `wants` take, link by link, as far as they begin before `until_s`."""
    numbered = np.int64(people.first) << 32
    for link in range(CHAIN):
        wants = wants[wants.at_s < until_s]
        if not len(wants):
            return
        number = numbered + np.arange(len(wants))
        numbered += len(wants)
        walked = walk(world, calendar, catalogue, people, wants, number, link)
        yield wants, walked
        wants = come_back(world, rng, calendar, catalogue, people, wants, walked)


def arise(world, rng, calendar, catalogue, people) -> Wants:
    """The wants of a chunk of users: on arrival, afterwards, in the sale, and by habit."""
    moments = [
        _on_arrival(rng, calendar, people),
        _afterwards(rng, calendar, people),
        _in_the_sale(rng, world, calendar, people),
        _by_habit(rng, world, people),
    ]
    user, at_s = (np.concatenate(parts) for parts in zip(*moments, strict=True))
    at_s = np.floor(at_s)  # the clock of the shop knows whole seconds
    source = np.repeat(range(len(SOURCES)), [len(part) for part, _ in moments])
    habitual = source == HABIT
    goal = _goals(rng, people, user, habitual)
    product = np.where(habitual, people.habit[user], -1)
    category = _moved(rng, calendar, catalogue, _categories(rng, catalogue, people, user), at_s)
    category = np.where(habitual, catalogue.category[product], category)
    serious = (goal != LOOK) & (rng.random(len(user)) < people.of_kind("serious", user))
    return begun(world, rng, people, user, at_s, source, goal, category, product, serious)


def begun(world, rng, people, user, at_s, source, goal, category, product, serious) -> Wants:
    """New wants, with the evidence that each takes: a habit takes little."""
    habitual = source == HABIT
    mean = people.of_kind("evidence", user) * np.where(goal == FETCH, FETCH_EVIDENCE, 1.0)
    return Wants(
        user=user,
        at_s=at_s,
        goal=goal,
        category=category,
        product=product,
        mode=np.where((serious | habitual) & world.effects.intent, SEARCHING, LOOKING),
        need=np.where(habitual, 1, _evidence(rng, mean)),
        want=np.arange(len(user)),
        source=source,
    )


def _on_arrival(rng, calendar, people):
    """The want that brings a user here: those who came before the data begin have had theirs."""
    user = np.flatnonzero(people.begins_s > -BURN_DAYS * DAY_S)
    begins = people.begins_s[user]
    return user, calendar.draw(rng.random(len(user)), begins, begins + DAY_S)


def _afterwards(rng, calendar, people):
    """A Poisson number of further wants, spread over the user's time at busy hours."""
    days = (people.ends_s - people.begins_s) / DAY_S
    staying = people.of_kind("wants") * people.pace * days / 30
    count = rng.poisson(np.where(people.stays, staying, PASSING_WANTS))
    user = np.repeat(np.arange(len(people)), count)
    u = rng.random(len(user))
    return user, calendar.draw(u, people.begins_s[user], people.ends_s[user])


def _in_the_sale(rng, world, calendar, people):
    opens, closes = calendar.sale_s
    there = world.effects.sale & (people.begins_s < closes) & (people.ends_s > opens)
    user = np.repeat(np.arange(len(people)), rng.poisson(people.of_kind("sale") * there))
    n = len(user)
    return user, calendar.draw(rng.random(n), np.full(n, opens), np.full(n, closes))


def _by_habit(rng, world, people):
    """Wants that return with a rhythm of the user's own, each cycle a little early or late."""
    user = np.flatnonzero(people.of_kind("rhythm") > 0)
    if not len(user):
        return user, np.empty(0)
    rhythm = people.of_kind("rhythm", user) * DAY_S * rng.uniform(*RHYTHM, len(user))
    cycles = int((world.days + BURN_DAYS) * DAY_S / (0.75 * rhythm.min())) + 2
    pauses = rhythm[:, None] * rng.uniform(0.75, 1.25, (len(user), cycles))
    begun = people.begins_s[user] - pauses[:, 0] * rng.random(len(user))
    at_s = begun[:, None] + np.cumsum(pauses, axis=1)
    row, cycle = np.nonzero(at_s < people.ends_s[user][:, None])
    return user[row], at_s[row, cycle]


def _goals(rng, people, user, habitual) -> np.ndarray:
    u, look = rng.random(len(user)), people.of_kind("look", user)
    compare = look + people.of_kind("compare", user)
    goal = np.where(u < look, LOOK, np.where(u < compare, COMPARE, FETCH))
    return np.where(habitual, FETCH, goal)


def _categories(rng, catalogue, people, user) -> np.ndarray:
    u, v = rng.random((2, len(user)))
    bounds = [FIRST_FAVOURITE, FIRST_FAVOURITE + SECOND_FAVOURITE]
    favourite = people.favourites[user, np.searchsorted(bounds, v, side="right")]
    return np.where(u < FAVOURITE, favourite, catalogue.any_category(rng.random(len(user))))


def _moved(rng, calendar, catalogue, category, at_s) -> np.ndarray:
    """The categories once interest has drifted, where it has by then."""
    leaves, goes_to = catalogue.moves
    moves = calendar.drifted(at_s) & (rng.random(len(category)) < MOVED)
    return np.where(moves & (category == leaves), goes_to, category)


def _evidence(rng, mean) -> np.ndarray:
    """What must be found before a decision: 1 and a negative binomial number of this mean."""
    return 1 + rng.negative_binomial(DISPERSION, DISPERSION / (DISPERSION + mean))


def come_back(world, rng, calendar, catalogue, people, wants, walked) -> Wants:
    """The wants that take one more session, and what that session begins with.

    Who has bought comes back for what goes with it; who has not, for the best found so far.
    """
    has_bought, undecided = walked.bought > 0, walked.mode <= SEARCHING
    again = np.where(undecided, people.of_kind("again", wants.user), DECIDED_AGAIN)
    again = np.where(has_bought, AFTER_PURCHASE, again)
    back = np.flatnonzero(rng.random(len(wants)) < again)
    wants, bought, best = wants[back], has_bought[back], walked.best[back]
    n = len(back)
    other = catalogue.complement[best]
    product = np.where(bought & (other >= 0), other, best)
    afresh = np.where(rng.random(n) < SERIOUS_AFTER, SEARCHING, LOOKING)
    mode = np.where(bought, afresh, walked.mode[back])
    need = np.where(bought, _evidence(rng, np.full(n, 2.0)), np.maximum(walked.need[back], 1))
    return replace(
        wants,
        at_s=_next_moment(rng, calendar, walked.end_s[back]),
        goal=np.where(bought, LOOK, wants.goal),
        category=catalogue.category[product],
        product=product,
        mode=np.where(world.effects.intent, mode, LOOKING),
        need=need,
    )


def _next_moment(rng, calendar, end_s) -> np.ndarray:
    n = len(end_s)
    pause = PAUSE_H * 3600 * np.exp(PAUSE_SIGMA * rng.standard_normal(n))
    soonest = end_s + pause.clip(3600, LONGEST_PAUSE_DAYS * DAY_S)
    slack = np.where(pause < 6 * 3600, 3600, DAY_S)  # the next day, at an hour that suits
    return np.floor(calendar.draw(rng.random(n), soonest, soonest + slack))
