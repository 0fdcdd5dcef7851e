"""The oracle's answers: will this visit buy, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shopsim import steps, visits, walk
from shopsim.oracle import purchase_probability, visitor
from shopsim.oracle.filter import Filter, Filtered
from shopsim.oracle.laws import Laws, laws
from shopsim.oracle.replay import Replay
from shopsim.oracle.visit import CARTED, DECIDED, LEFT_CARTED, LEFT_DECIDED, _opening
from shopsim.steps import BUY, TAKE_OUT

ACTIONS = ("view", "cart", "remove", "purchase")
_NEVER = np.iinfo(np.int64).max
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


def purchases(shop: Replay, users: np.ndarray, moments: Sequence[str]) -> dict[str, Answers]:
    """P(buys later) of every visit of `users`, at each moment at which it has not bought.

    A moment is a number of events, or "cart", the first of something put into the cart.
    `knowing` knows the kind, and whether the want is a habit.
    """
    rows = np.flatnonzero(np.isin(shop.user, users))
    asked = {moment: undecided(shop, rows, moment) for moment in moments}
    if not shop.world.effects.intent:  # a ticket drawn beforehand, whatever is seen
        lottery = walk.LOTTERY_PURCHASE
        return {
            moment: Answers(visits_, *(np.full(len(visits_), lottery) for _ in range(2)))
            for moment, (visits_, _) in asked.items()
        }
    law = laws(shop.world)
    running = Filter(shop, law, np.concatenate([events for _, events in asked.values()]))
    filtered = running.run(rows)
    answers = _after(shop, law, running, filtered)
    order = np.argsort(filtered.events)
    place = {
        moment: order[np.searchsorted(filtered.events, events, sorter=order)]
        for moment, (_, events) in asked.items()
    }
    return {
        moment: Answers(asked[moment][0], *(part[at] for part in answers))
        for moment, at in place.items()
    }


def _after(shop: Replay, law: Laws, running: Filter, filtered: Filtered) -> tuple:
    """P(buys) after each event that was asked about, and that of one who knows more."""
    posterior, rows = filtered.posterior, filtered.rows
    t = filtered.events - shop.first[rows] + 1
    distinct, of = np.unique(rows, return_inverse=True)
    weight = visitor.prior(shop, law, filtered, distinct)[0][of]
    place = np.arange(len(shop.type))
    viewed = np.maximum.accumulate(np.where(shop.type == steps.VIEW, place, 0))[filtered.events]
    # a visit that has shown no view yet is where its first product lies
    viewed = np.maximum(viewed, shop.first[rows])
    category = running.catalogue.category[shop.product[viewed]]
    tier = shop.people.tier[shop.user[rows]]
    home, away = purchase_probability.suits(
        shop, running.catalogue, category, tier, shop.event_s[filtered.events]
    )
    buys = purchase_probability.of_visits(posterior, home, away, running.moves, law, t)
    mass = posterior.next(running.moves, t - 1).sum(axis=-1)
    kind = shop.people.kind[shop.user[rows]]
    column = np.where(shop.source[rows] == visits.HABIT, law.habit, kind)
    at = np.arange(len(rows))
    probability = (weight * buys).sum(axis=1) / (weight * mass).sum(axis=1)
    return probability, buys[at, column] / mass[at, column]


def undecided(shop: Replay, rows: np.ndarray, moment: str) -> tuple[np.ndarray, np.ndarray]:
    """Those of `rows` that get to `moment` without a purchase, and the event they are then at."""
    if moment == "cart":
        last = _first(shop, steps.CART)[rows]
    else:
        last = np.where(
            shop.length[rows] >= int(moment), shop.first[rows] + int(moment) - 1, _NEVER
        )
    kept = (last < _NEVER) & (_first(shop, steps.PURCHASE)[rows] > last)
    return rows[kept], last[kept]


def _first(shop: Replay, type_: int) -> np.ndarray:
    """The first event of a type of each visit; `_NEVER` where there is none."""
    out = np.full(len(shop), _NEVER)
    events = np.flatnonzero(shop.type == type_)
    np.minimum.at(out, np.searchsorted(shop.first, events, side="right") - 1, events)
    return out


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
        filtered = Filter(shop, law).run(rows)
        weight, no_more = visitor.prior(shop, law, filtered, rows)
        mass = filtered.next[events] * weight[place][:, :, None]
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
    bought = shop.type[events] == steps.PURCHASE
    second = bought & (within > 0) & (shop.type[np.maximum(events - 1, 0)] == steps.PURCHASE)
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
