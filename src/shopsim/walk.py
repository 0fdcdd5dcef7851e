"""What people do in a session: they look, find, decide, and perhaps buy.

A session has a hidden mode, and a patience drawn beforehand, in events. Each view is of a product
that suits the visitor or does not; what suits is evidence, and enough of it is a decision. An
onlooker sees the products, the moments and the few acts, and none of the rest.
"""

from dataclasses import dataclass, fields

import numpy as np

from shopsim import choice
from shopsim.steps import BACK, BUY, EXTRA, LEAVE, PUT, SAME, TAKE_OUT, TYPE_OF

LOOKING, SEARCHING, DECIDED, CARTED, SATISFIED = range(5)

_ANYWHERE = [0.08, 0.04, 0.48, 0.40, 0, 0, 0, 0, 0]
_COMPARING = [0.12, 0.09, 0.68, 0.11, 0, 0, 0, 0, 0]
_FETCHING = [0.16, 0.12, 0.64, 0.08, 0, 0, 0, 0, 0]
_DECIDED = [0.10, 0.10, 0.08, 0.02, 0, 0, 0, 0.58, 0.12]  # to buy may mean the cart first
_CARTED = [0.08, 0.00, 0.10, 0.04, 0, 0, 0.012, 0.548, 0.22]
_SATISFIED = [0.06, 0.02, 0.12, 0.14, 0, 0, 0, 0, 0.66]
# Chances of each step, by goal (look, compare, fetch) and mode. Who searches and who only compares
# step alike: what tells them apart is what they find. Both leave when patience is spent.
STEPS = np.array(
    [
        [_ANYWHERE, _COMPARING, _DECIDED, _CARTED, _SATISFIED],
        [_COMPARING, _COMPARING, _DECIDED, _CARTED, _SATISFIED],
        [_FETCHING, _FETCHING, _DECIDED, _CARTED, _SATISFIED],
    ]
)
BEGIN_WITH_KNOWN = 0.9  # chance that a session with a product in mind opens with a view of it
MEDIAN_PATIENCE = np.array([1.35, 3.0, 2.3])  # events, by goal; lognormal
SIGMA_PATIENCE = np.array([1.15, 0.95, 0.95])
MARATHON = 0.005  # share of sessions whose patience follows a Pareto law from 40 events on
LONGEST = 250  # events of patience
WITH_COMPLEMENT = 0.42  # chance to buy the complement, too
ONE_MORE = 0.08  # chance to buy any other product, too

# Without the effect `intent`: memoryless patience, and purchases and carts by lottery.
LOTTERY_PATIENCE, LOTTERY_PURCHASE, LOTTERY_CART = 4.1, 0.068, 0.024


@dataclass
class Walkers:
    """The sessions still under way; arrays of one length, changed in place by each step.

    Attributes
    ----------
    row : place among all sessions of this walk
    goal, mode, need, left : hidden: why, in which mode, evidence missing, patience left
    category, product, best : where they are, what they see, the best so far; -1 for none
    fit : 0, 1, 2: how the last view suited
    extra : product to be bought with the first, or -1
    bought : purchases made
    decided_at : step of the decision, or -1
    tier, cart, casual, turn : of the user (see `people`)
    ticket : whether the lottery gives this session a purchase
    at_s : moment of the next step
    """

    row: np.ndarray
    goal: np.ndarray
    mode: np.ndarray
    need: np.ndarray
    left: np.ndarray
    category: np.ndarray
    product: np.ndarray
    best: np.ndarray
    fit: np.ndarray
    extra: np.ndarray
    bought: np.ndarray
    decided_at: np.ndarray
    tier: np.ndarray
    cart: np.ndarray
    casual: np.ndarray
    turn: np.ndarray
    ticket: np.ndarray
    at_s: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    def keep(self, stay: np.ndarray) -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name)[stay])


@dataclass(frozen=True)
class Walked:
    """The sessions as they ended, and their events, step by step.

    Attributes
    ----------
    number, mode, need, best, bought, decided_at, end_s : per session
    row, type, product, at_s, step : per event; `row` is the session's place
    """

    number: np.ndarray
    mode: np.ndarray
    need: np.ndarray
    best: np.ndarray
    bought: np.ndarray
    decided_at: np.ndarray
    end_s: np.ndarray
    row: np.ndarray
    type: np.ndarray
    product: np.ndarray
    at_s: np.ndarray
    step: np.ndarray


def walk(world, calendar, catalogue, people, wants, number, link) -> Walked:
    """Walk one session of each want, all at once: the loop is over steps, not over sessions."""
    rng = world.random("walk", people.first, link)
    walkers = _begin(rng, world, people, wants)
    ended = {
        name: np.empty_like(getattr(walkers, name))
        for name in ("mode", "need", "best", "bought", "decided_at", "at_s")
    }
    events, step = [], 0
    while len(walkers):
        action = _drawn(rng, chances(world, walkers, step))
        leaves = action == LEAVE
        if leaves.any():
            for name, values in ended.items():
                values[walkers.row[leaves]] = getattr(walkers, name)[leaves]
            walkers.keep(~leaves)
            action = action[~leaves]
        events.append(_take(rng, world, calendar, catalogue, walkers, action, step))
        step += 1
    row, type_, product, at_s = (np.concatenate(parts) for parts in zip(*events, strict=True))
    steps = np.repeat(np.arange(len(events)), [len(event[0]) for event in events])
    end_s = ended.pop("at_s")
    return Walked(
        number=number, end_s=end_s, **ended,
        row=row, type=type_, product=product, at_s=at_s, step=steps,
    )  # fmt: skip


def _begin(rng, world, people, wants) -> Walkers:
    n = len(wants)
    lottery = LOTTERY_PURCHASE * (not world.effects.intent)
    return Walkers(
        row=np.arange(n),
        goal=wants.goal,
        mode=wants.mode.copy(),
        need=wants.need.copy(),
        left=patience(rng, world, wants.goal),
        category=wants.category,
        product=wants.product,
        best=wants.product.copy(),
        fit=np.zeros(n, int),
        extra=np.full(n, -1),
        bought=np.zeros(n, int),
        decided_at=np.full(n, -1),
        tier=people.tier[wants.user],
        cart=people.of_kind("cart", wants.user),
        casual=people.of_kind("casual", wants.user),
        turn=people.of_kind("turn", wants.user),
        ticket=rng.random(n) < lottery,
        at_s=wants.at_s.copy(),
    )


def patience(rng, world, goal) -> np.ndarray:
    """How many events a session lasts unless a decision ends it: not memoryless."""
    n = len(goal)
    if not world.effects.intent:
        return rng.geometric(1 / LOTTERY_PATIENCE, n)
    drawn = MEDIAN_PATIENCE[goal] * np.exp(SIGMA_PATIENCE[goal] * rng.standard_normal(n))
    marathon = rng.random(n) < MARATHON
    drawn = np.where(marathon, 40 * (1 + rng.pareto(1.0, n)), drawn)
    return np.ceil(drawn).clip(1, LONGEST).astype(int)


def chances(world, walkers: Walkers, step: int) -> np.ndarray:
    """The true chance of each next step given the hidden state, shape (n, 9); rows sum to 1."""
    p = STEPS[walkers.goal, walkers.mode]
    (_by_intent if world.effects.intent else _by_lottery)(p, walkers, step)
    return _first(p, walkers) if step == 0 else p


def _by_intent(p, w, step) -> None:
    open_, wanted = w.mode <= SEARCHING, w.extra >= 0
    to_cart = np.where(w.mode == DECIDED, p[:, BUY] * w.cart, 0)
    p[:, BUY] -= to_cart
    p[:, PUT] += to_cart
    _tempt(p, np.where(open_ & (w.fit == 2), w.casual, 0))
    _certain(p, open_ & (w.left <= 0), LEAVE)
    _certain(p, wanted, EXTRA)
    _certain(p, wanted & (w.product == w.extra), BUY)


def _by_lottery(p, w, step) -> None:
    """The purchase comes last and by the ticket alone, so nothing before it tells of it."""
    looks = w.mode == LOOKING
    _tempt(p, np.where(looks & (step > 0), LOTTERY_CART, 0))
    _certain(p, ~looks | (w.left <= 0), LEAVE)
    _certain(p, looks & (w.left <= 0) & w.ticket | (w.extra >= 0), BUY)


def _tempt(p, chance) -> None:
    p *= (1 - chance)[:, None]
    p[:, PUT] += chance


def _certain(p, rows, action) -> None:
    p[rows] = 0
    p[rows, action] = 1


def _first(p, walkers) -> np.ndarray:
    """Sessions open with a view, and seldom with the act their visitor came for."""
    p[:, LEAVE] = 0
    p *= (1 - BEGIN_WITH_KNOWN) / p.sum(axis=1, keepdims=True)
    p[:, BACK] += BEGIN_WITH_KNOWN
    _certain(p, walkers.best < 0, SAME)
    return p


def _drawn(rng, p) -> np.ndarray:
    u = rng.random(len(p))
    return (u[:, None] >= np.cumsum(p[:, :-1], axis=1)).sum(axis=1)


def _take(rng, world, calendar, catalogue, walkers, action, step):
    """Take the step: what the shop sees of it, and how it moves the hidden state on."""
    w, views = walkers, action <= EXTRA
    product = choice.choose(rng, world, catalogue, w, action)
    seen = w.row, TYPE_OF[action].astype(np.int8), product, w.at_s
    w.product = product
    w.category = np.where(views, catalogue.category[product], w.category)
    w.fit = choice.fit(rng, calendar, catalogue, w) * views
    w.best = np.where((w.fit == 2) | (w.best < 0), product, w.best)
    if world.effects.intent:
        _learn(rng, w, step)
    w.mode = np.where((action == PUT) & (w.mode == DECIDED), CARTED, w.mode)
    w.mode = np.where(action == TAKE_OUT, LOOKING, w.mode)
    w.mode = np.where(action == BUY, SATISFIED, w.mode)
    w.bought = w.bought + (action == BUY)
    w.extra = np.where(action == BUY, _also(rng, catalogue, w), w.extra)
    w.left = np.where(action == TAKE_OUT, 0, w.left - 1)  # who takes it out again gives up
    w.at_s = w.at_s + choice.stay_s(rng, w.fit, views)
    return seen


def _learn(rng, w, step) -> None:
    """What is found is evidence to who searches, and may turn one who only looks."""
    searching = w.mode == SEARCHING
    turned = (w.mode == LOOKING) & (w.fit == 2) & (rng.random(len(w)) < w.turn)
    w.need = w.need - w.fit * searching
    decided = searching & (w.need <= 0)
    w.mode = np.where(turned, SEARCHING, np.where(decided, DECIDED, w.mode))
    w.decided_at = np.where(decided, step, w.decided_at)


def _also(rng, catalogue, w) -> np.ndarray:
    """After the first purchase: the product to be bought with it, or -1."""
    u, first = rng.random(len(w)), w.bought == 1
    other = catalogue.complement[w.product]
    more = np.where(u > 1 - ONE_MORE, catalogue.any_product(rng.random(len(w))), -1)
    with_it = np.where((other >= 0) & (u < WITH_COMPLEMENT), other, more)
    return np.where(first, with_it, -1)
