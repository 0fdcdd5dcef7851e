"""The oracle's answers: will this visit buy, and what comes next."""

from dataclasses import dataclass

import numpy as np

from trackway.demo import visits, walk
from trackway.demo.oracle import ahead, visitor
from trackway.demo.oracle.filter import Filter
from trackway.demo.oracle.laws import laws
from trackway.demo.oracle.replay import Replay
from trackway.demo.oracle.visit import (
    CARTED,
    DECIDED,
    LEFT_CARTED,
    LEFT_DECIDED,
    _opening,
)
from trackway.demo.walk import BUY, TAKE_OUT

ACTIONS = ("view", "cart", "remove", "purchase")
BETWEEN = 2e-4  # share of events between which one of another visit of the user comes


@dataclass(frozen=True)
class Answers:
    """Answers for visits, or for events, of a replay.

    Attributes
    ----------
    rows : int array, the visits, or the events
    probability : float array, shape (n,) or (n, 4)
    knowing : float array, the same of one who knows more: a looser bound
    """

    rows: np.ndarray
    probability: np.ndarray
    knowing: np.ndarray


def purchase(shop: Replay, users: np.ndarray, prefix: int) -> Answers:
    """P(buys later) of every visit of `users` that has not bought after `prefix` events.

    `knowing` knows the kind, and whether the want is a habit.
    """
    rows = np.flatnonzero(np.isin(shop.user, users))
    asked = undecided(shop, rows, prefix)
    if not shop.world.effects.intent:  # a ticket drawn beforehand, whatever is seen
        flat = np.full(len(asked), walk.LOTTERY_PURCHASE)
        return Answers(asked, flat, flat)
    law = laws(shop.world)
    running = Filter(shop, law, prefix)
    found = running.run(rows)
    kept = np.isin(found.rows, asked)
    told = type(found.told)(
        *(getattr(found.told, name)[kept] for name in found.told.__dataclass_fields__)
    )
    asked = found.rows[kept]
    weight, _ = visitor.prior(shop, law, found, asked)
    last = shop.first[asked] + prefix - 1
    viewed = np.maximum.accumulate(np.where(shop.type == walk.VIEW, np.arange(len(shop.type)), 0))[
        last
    ]
    category = running.goods.category[shop.product[viewed]]
    tier = shop.people.tier[shop.user[asked]]
    home, away = ahead.suits(shop, running.goods, category, tier, shop.event_s[last])
    buys = ahead.of_visits(told, home, away, running.moves, law, prefix)
    mass = told.next(running.moves, prefix - 1).sum(axis=-1)
    kind = shop.people.kind[shop.user[asked]]
    column = np.where(shop.source[asked] == visits.HABIT, law.habit, kind)
    at = np.arange(len(asked))
    return Answers(
        asked,
        (weight * buys).sum(axis=1) / (weight * mass).sum(axis=1),
        buys[at, column] / mass[at, column],
    )


def undecided(shop: Replay, rows: np.ndarray, prefix: int) -> np.ndarray:
    """Those of `rows` that have so many events and no purchase among them."""
    rows = rows[shop.length[rows] >= prefix]
    events = shop.first[rows][:, None] + np.arange(prefix)
    return rows[~(shop.type[events] == walk.PURCHASE).any(axis=1)]


def next_action(shop: Replay, users: np.ndarray) -> Answers:
    """P(what the user does next | that something comes), after every event of `users`.

    `knowing` knows, too, whether the next event belongs to this visit.
    """
    rows = np.flatnonzero(np.isin(shop.user, users))
    place = np.repeat(np.arange(len(rows)), shop.length[rows])
    within = np.arange(len(place)) - np.searchsorted(place, place)
    visit = rows[place]
    events = shop.first[visit] + within
    law = laws(shop.world)
    if shop.world.effects.intent:
        found = Filter(shop, law).run(rows)
        weight, no_more = visitor.prior(shop, law, found, rows)
        mass = found.next[events] * weight[place][:, :, None]
    else:
        log, no_more = visitor.arrivals(shop, law, rows)
        weight = np.exp(log - log.max(axis=1, keepdims=True))
        weight = weight * np.array([kind.share for kind in law.kinds])[law.kind_of]
        mass = _by_lottery(shop, events, within)[:, None, :] * weight[place][:, :, None]
    stays = mass[..., :4].sum(axis=1)
    comes = _comes_again(shop, law, mass, visit, events, no_more[place])
    goes_on = within + 1 < shop.length[visit]
    knowing = np.where(goes_on[:, None], stays, comes)
    return Answers(events, _normal(stays + comes), _normal(knowing))


def _comes_again(shop, law, mass, visit, events, no_more) -> np.ndarray:
    """Mass of those who leave and come again, by what they then open with; shape (E, 4)."""
    end = np.full(len(events), float(shop.world.end_s))
    back = visitor.back_by(shop.calendar, shop.event_s[events], end)
    back = back * (shop.link[visit] < visits.CHAIN - 1)
    out = np.zeros((len(events), 4))
    for state, again in visitor.again_chances(law).items():
        chain = again * back[:, None]
        left = mass[..., state]
        out += np.einsum("ec,ca->ea", left * chain, _opens(state, law.of("cart")))
        out[:, 0] += (left * (1 - chain) * (1 - no_more)).sum(axis=1)
    return out


def _by_lottery(shop: Replay, events: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Without intent: chance of what comes next, by `walk._by_lottery`; shape (E, 8)."""
    ends, wins = 1 / walk.LOTTERY_PATIENCE, walk.LOTTERY_PURCHASE
    cart = walk.LOTTERY_CART
    looks = [(1 - ends) * (1 - cart), (1 - ends) * cart, 0, ends * wins, ends * (1 - wins)]
    out = np.tile([*looks, 0, 0, 0], (len(events), 1))
    bought = shop.type[events] == walk.PURCHASE
    second = bought & (within > 0) & (shop.type[np.maximum(events - 1, 0)] == walk.PURCHASE)
    pair = walk.WITH_COMPLEMENT * (shop.catalogue.complement[shop.product[events]] >= 0)
    too = np.where(second, 0, pair + walk.ONE_MORE)[bought]
    out[bought] = 0
    out[bought, 3], out[bought, 7] = too, 1 - too
    return out


def _opens(state: int, cart: np.ndarray) -> np.ndarray:
    """What a want's next visit opens with, by how the last was left; shape (C, 4)."""
    out = np.zeros((len(cart), 4))
    if state == LEFT_DECIDED:
        row = _opening(DECIDED)
        out[:, 1], out[:, 3] = row[BUY] * cart, row[BUY] * (1 - cart)
    if state == LEFT_CARTED:
        row = _opening(CARTED)
        out[:, 2], out[:, 3] = row[TAKE_OUT], row[BUY]
    out[:, 0] = 1 - out.sum(axis=1)
    return out


def _normal(p: np.ndarray) -> np.ndarray:
    """Rows that sum to 1; a little is left for an event of another visit in between."""
    total = p.sum(axis=1, keepdims=True)
    usual = p.mean(axis=0) / p.mean(axis=0).sum()
    p = np.where(total > 0, p / np.where(total > 0, total, 1), usual)
    return (1 - BETWEEN) * p + BETWEEN * usual
