"""What people do in a session: they look, find, decide, and perhaps buy.

A session has a hidden mode, and a patience drawn beforehand, in events. Each view is of a product
that suits the visitor or does not; what suits is evidence, and enough of it is a decision. What an
onlooker sees of this is the product, the moment, and how long the visitor stayed.
"""

from dataclasses import dataclass

import numpy as np

from trackway.demo.people import of_kind, present

LOOKING, SEARCHING, DECIDED, CARTED, SATISFIED = range(5)
VIEW, CART, REMOVE, PURCHASE = range(4)
TYPES = ["view", "cart", "remove_from_cart", "purchase"]

# What a step may be. The first five are views, of ...
RELOOK, BACK, SAME, ELSEWHERE, EXTRA, PUT, TAKE_OUT, BUY, LEAVE = range(9)
# the same product, the best so far, the same category, anywhere, the product that goes with it

# Chances of each step by mode. LOOKING and SEARCHING leave when patience is spent.
STEPS = np.array(
    [
        #  relook back same elsew extra put  out  buy  leave
        [0.09, 0.05, 0.52, 0.34, 0.0, 0.0, 0.0, 0.0, 0.0],  # looking
        [0.13, 0.11, 0.70, 0.06, 0.0, 0.0, 0.0, 0.0, 0.0],  # searching
        [0.10, 0.10, 0.08, 0.02, 0.0, 0.0, 0.0, 0.58, 0.12],  # decided: 'buy' may mean the cart first
        [0.08, 0.00, 0.10, 0.04, 0.0, 0.0, 0.012, 0.548, 0.22],  # in the cart
        [0.06, 0.02, 0.12, 0.14, 0.0, 0.0, 0.0, 0.0, 0.66],  # satisfied
    ]
)
GREAT, FAIR = 0.10, 0.34  # chances of a view being a great or a fair find, before taste
PATIENCE = {"median": [1.6, 3.1, 2.3], "sigma": [1.12, 1.0, 0.95]}  # lognormal events, by goal
MARATHON = 0.008  # share of sessions with a patience beyond any law above: Pareto from 20 events
LONGEST = 250  # events
LOTTERY = {"patience": 4.1, "purchase": 0.068, "cart": 0.024}  # without the effect `intent`
DWELL_S = np.array([17.0, 30.0, 52.0])  # median stay with a poor, fair, great find
PAUSE = 0.004  # chance of a long break within a session, to an hour and a half
WITH_COMPLEMENT = 0.38  # chance to buy the complement, too
ONE_MORE = 0.06  # chance to buy something else, too
SEEN_WITH = 0.16  # chance that a view of a product leads to its complement


@dataclass(frozen=True)
class Walked:
    """The sessions, and their events in the order they were made, step by step.

    Attributes
    ----------
    number, kind, mode, need, target, bought, end_s : per session; how it ended
    row, type, product, at_s, step : per event; `row` is the session's place
    """

    number: np.ndarray
    mode: np.ndarray
    need: np.ndarray
    target: np.ndarray
    bought: np.ndarray
    decided_at: np.ndarray
    end_s: np.ndarray
    row: np.ndarray
    type: np.ndarray
    product: np.ndarray
    at_s: np.ndarray
    step: np.ndarray


def patience(rng, world, goal) -> np.ndarray:
    """How many events a session lasts unless a decision ends it: not memoryless."""
    n = len(goal)
    if not world.effects.intent:
        return rng.geometric(1 / LOTTERY["patience"], n)
    median, sigma = (np.array(PATIENCE[name])[goal] for name in ("median", "sigma"))
    drawn = median * np.exp(sigma * rng.standard_normal(n))
    drawn = np.where(rng.random(n) < MARATHON, 20 * (1 + rng.pareto(1.6, n)), drawn)
    return np.ceil(drawn).clip(1, LONGEST).astype(np.int64)


def walk(world, calendar, catalogue, people, wants, number, link) -> Walked:
    """Walk one session of each want, all at once: a loop over steps, not over sessions."""
    rng = world.random("walk", people.first, link)
    kinds = present(world)
    n = len(wants)
    kind = people.kind[wants.user]
    s = {
        "row": np.arange(n),
        "mode": wants.mode.astype(np.int8),
        "need": wants.need.copy(),
        "left": patience(rng, world, wants.goal),
        "at_s": wants.at_s.copy(),
        "category": wants.category,
        "tier": people.tier[wants.user],
        "product": wants.product,
        "best": wants.product.copy(),
        "extra": np.full(n, -1),
        "bought": np.zeros(n, int),
        "cart": of_kind(kinds, "cart")[kind],
        "casual": of_kind(kinds, "casual")[kind],
        "turn": of_kind(kinds, "turn")[kind],
        "decided_at": np.full(n, -1),
        "ticket": rng.random(n) < (0 if world.effects.intent else LOTTERY["purchase"]),
    }
    ended = {k: np.empty_like(s[k]) for k in ("mode", "need", "best", "bought", "at_s", "decided_at")}
    events = []
    for step in range(4 * LONGEST):
        action = _act(rng, world, s, step)
        stays = action != LEAVE
        if not stays.all():
            for name, values in ended.items():
                values[s["row"][~stays]] = s[name][~stays]
            s = {name: values[stays] for name, values in s.items()}
            action = action[stays]
        if not len(action):
            break
        events.append(_step(rng, world, calendar, catalogue, s, action, step))
    row, type_, product, at_s = (np.concatenate(parts) for parts in zip(*events, strict=True))
    counts = [len(e[0]) for e in events]
    return Walked(
        number, ended["mode"], ended["need"], np.maximum(ended["best"], 0), ended["bought"],
        ended["decided_at"], ended["at_s"], row, type_, product, at_s,
        np.repeat(np.arange(len(events), dtype=np.int16), counts),
    )


def _act(rng, world, s, step) -> np.ndarray:
    """What each session does next."""
    u = rng.random(len(s["mode"]))
    action = (u[:, None] >= np.cumsum(STEPS[:, :-1], axis=1)[s["mode"]]).sum(axis=1)
    open_ended = s["mode"] <= SEARCHING
    spent = s["left"] <= 0
    action = np.where(open_ended & spent, LEAVE, action)
    if not world.effects.intent:
        buys = s["ticket"] & spent & (s["bought"] == 0)
        action = np.where(buys, BUY, action)
        put = (rng.random(len(u)) < LOTTERY["cart"]) & (action < PUT) & (step > 0)
        return np.where(put, PUT, action)
    action = np.where(s["extra"] >= 0, np.where(s["product"] == s["extra"], BUY, EXTRA), action)
    to_cart = (action == BUY) & (s["mode"] == DECIDED)
    to_cart &= rng.random(len(u)) < s["cart"]
    action = np.where(to_cart, PUT, action)
    if step == 0:
        fresh = (s["best"] < 0) | (rng.random(len(u)) < 0.9)
        action = np.where((action == LEAVE) | fresh, np.where(s["best"] >= 0, BACK, SAME), action)
    elif "casual_now" in s:
        action = np.where(s["casual_now"] & (action < EXTRA), PUT, action)
    return action


def _step(rng, world, calendar, catalogue, s, action, step):
    """Do `action`: move the hidden state on, and return what the shop saw."""
    viewed = action <= EXTRA
    product = _choose(rng, world, catalogue, s, action)
    at_s = s["at_s"].copy()
    s["product"] = product
    s["category"] = np.where(viewed, catalogue.category[product], s["category"])
    fit = _fit(rng, calendar, catalogue, s, product, at_s) * viewed
    _find(rng, world, s, action, product, fit, step)
    buys = action == BUY
    type_ = np.where(viewed, VIEW, np.where(buys, PURCHASE, np.where(action == PUT, CART, REMOVE)))
    s["mode"] = np.where((action == PUT) & (s["mode"] == DECIDED), CARTED, s["mode"])
    s["mode"] = np.where(action == TAKE_OUT, LOOKING, s["mode"])
    s["mode"] = np.where(buys, SATISFIED, s["mode"])
    s["bought"] = s["bought"] + buys
    s["extra"] = np.where(buys, _also(rng, catalogue, s, product), s["extra"])
    s["left"] = s["left"] - 1
    s["at_s"] = at_s + _dwell(rng, fit, viewed)
    return s["row"], type_.astype(np.int8), product, at_s


def _choose(rng, world, catalogue, s, action):
    """The product each step is about."""
    n = len(action)
    u, v = rng.random(n), rng.random(n)
    current, best = s["product"], s["best"]
    known = np.where(best >= 0, best, current)
    action = np.where((action == RELOOK) & (current < 0), SAME, action)
    action = np.where((action == BACK) & (known < 0), SAME, action)
    category = np.where(action == ELSEWHERE, catalogue.any_category(rng.random(n)), s["category"])
    tier = np.where(v < 0.6, s["tier"], -1)
    if world.effects.focus:
        fresh = catalogue.pick(u, category, tier)
    else:
        fresh = catalogue.any_product(u)
    if world.effects.complements:
        other = catalogue.complement[current]
        led = (current >= 0) & (other >= 0) & (action >= SAME) & (action <= ELSEWHERE)
        fresh = np.where(led & (rng.random(n) < SEEN_WITH), other, fresh)
    about = np.where(action == RELOOK, current, fresh)
    about = np.where(action == BACK, known, about)
    about = np.where(action == EXTRA, s["extra"], about)
    acted = (action >= PUT) & (known >= 0)
    about = np.where(acted, np.where(s["extra"] >= 0, s["extra"], known), about)
    return about


def _fit(rng, calendar, catalogue, s, product, at_s):
    """0, 1 or 2: whether what is seen suits poorly, fairly or greatly. Nobody but we can tell."""
    u = rng.random(len(product))
    suits = (catalogue.tier[product] == s["tier"]) * 0.08 + 0.25 * (catalogue.appeal[product] - 0.33)
    reduced = catalogue.sale_cents[product] < catalogue.cents[product]
    suits = suits + 0.12 * (reduced & calendar.in_sale(at_s))
    great = np.maximum(GREAT + suits, 0.02)
    return (u < great).astype(np.int8) + (u < great + FAIR)


def _find(rng, world, s, action, product, fit, step):
    """Take in what was found: evidence while searching, temptation while looking."""
    u = rng.random(len(fit))
    great = fit == 2
    s["best"] = np.where(great | (s["best"] < 0), product, s["best"])
    if not world.effects.intent:
        return
    searching = s["mode"] == SEARCHING
    s["casual_now"] = great & (s["mode"] <= SEARCHING) & (u < s["casual"])
    turned = (s["mode"] == LOOKING) & great & (u > 1 - s["turn"])
    s["need"] = np.where(searching, s["need"] - fit, s["need"])
    s["mode"] = np.where(turned, SEARCHING, s["mode"])
    decided = searching & (s["need"] <= 0)
    s["mode"] = np.where(decided, DECIDED, s["mode"])
    s["decided_at"] = np.where(decided & (s["decided_at"] < 0), step, s["decided_at"])


def _also(rng, catalogue, s, product):
    """After a purchase: the product to be bought with it, or -1."""
    u, v = rng.random(len(product)), rng.random(len(product))
    first = s["bought"] == 1
    other = catalogue.complement[product]
    with_it = first & (other >= 0) & (u < WITH_COMPLEMENT)
    more = first & ~with_it & (u > 1 - ONE_MORE)
    return np.where(with_it, other, np.where(more, catalogue.any_product(v), -1))


def _dwell(rng, fit, viewed):
    """Seconds until the next event: longer with what suits, quick between cart and till."""
    n = len(fit)
    median = np.where(viewed, DWELL_S[fit], 24.0)
    stay = median * np.exp(1.15 * rng.standard_normal(n))
    pause = rng.random(n) < PAUSE
    return np.where(pause, stay + rng.uniform(600, 5400, n), np.minimum(stay, 1500))
