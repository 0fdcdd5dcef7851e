"""Who comes: the kind, and whether this want is a habit, from what was seen before the visit.

`prior` joins how wants arose in time, and what the user's *other* wants showed. The want of the
visit itself is not in it: its earlier visits are in the filter's masses already.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp, ndtri

from shopsim import people, visits
from shopsim.calendar import BURN_DAYS, HOUR_S, Calendar
from shopsim.oracle.filter import Filtered
from shopsim.oracle.laws import Laws
from shopsim.oracle.replay import Replay
from shopsim.oracle.visit import LEFT_BOUGHT, LEFT_CARTED, LEFT_DECIDED, LEFT_OPEN
from shopsim.world import DAY_S

NODES = 32  # of the integrals over pauses, and over rhythms
PAUSES_S = (
    3600 * visits.PAUSE_H * np.exp(visits.PAUSE_SIGMA * ndtri((np.arange(NODES) + 0.5) / NODES))
)
RHYTHMS = visits.RHYTHM[0] + np.diff(visits.RHYTHM) * (np.arange(NODES) + 0.5) / NODES


def back_by(calendar: Calendar, left_s: np.ndarray, by_s: np.ndarray) -> np.ndarray:
    """P(the next visit for a want begins before `by_s` | there is one, and this one ended then)."""
    pause = PAUSES_S.clip(3600, visits.LONGEST_PAUSE_DAYS * DAY_S)
    slack = np.where(PAUSES_S < 6 * 3600, 3600, DAY_S)
    soonest = left_s[:, None] + pause
    low, high = (mass_at(calendar, soonest + more) for more in (0, slack))
    upto = mass_at(calendar, np.broadcast_to(by_s[:, None], soonest.shape))
    return ((upto - low) / np.maximum(high - low, 1e-12)).clip(0, 1).mean(axis=1)


def mass_at(calendar: Calendar, at_s: np.ndarray) -> np.ndarray:
    """Hours of mean intensity up to a moment; beyond the data the clock runs evenly."""
    beyond = np.maximum(at_s - calendar.edges_s[-1], 0) / HOUR_S
    return np.interp(at_s, calendar.edges_s, calendar.mass) + beyond


@dataclass(frozen=True)
class Past:
    """What is told of the visitor at the beginning of visits, without the want in progress.

    All arrays of shape (V,): wants by chance so far; wants in the sale; how far the time to come
    has run, by the calendar; the same of the sale; log-density of a chance want then, per second.
    """

    chance: np.ndarray
    sale: np.ndarray
    run: np.ndarray
    sale_run: np.ndarray
    log_density: np.ndarray
    open_to_habit: np.ndarray


def past(shop: Replay, rows: np.ndarray) -> Past:
    people_, calendar, user = shop.people, shop.calendar, shop.user[rows]
    begins, ends = people_.begins_s[user], people_.ends_s[user]
    at_s, arose = shop.at_s[rows], shop.arose_s[rows]
    low, high = mass_at(calendar, begins), mass_at(calendar, ends)
    whole = np.maximum(high - low, 1e-9)
    opens, closes = (np.array([float(s)]) for s in calendar.sale_s)
    sale_low, sale_high = mass_at(calendar, opens), mass_at(calendar, closes)
    intensity = mass_at(calendar, arose + 1) - mass_at(calendar, arose)
    firsts = np.flatnonzero(shop.link == 0)
    counts = [
        _so_far(shop, firsts[shop.source[firsts] == source], user, at_s)
        - ((shop.source[rows] == source) & (source == visits.CHANCE))
        for source in (visits.CHANCE, visits.SALE)
    ]
    return Past(
        chance=counts[0],
        sale=counts[1],
        run=((mass_at(calendar, at_s) - low) / whole).clip(0, 1),
        sale_run=(
            (mass_at(calendar, at_s) - sale_low) / np.maximum(sale_high - sale_low, 1e-9)
        ).clip(0, 1),
        log_density=np.log(np.maximum(intensity, 1e-12) / whole),
        open_to_habit=np.isin(shop.source[rows], [visits.CHANCE, visits.HABIT]),
    )


def _so_far(shop, firsts, user, at_s) -> np.ndarray:
    """How many of the wants that `firsts` began the users had had by `at_s`, inclusive."""
    span = 1e9
    keys = np.sort(shop.user[firsts] * span + shop.at_s[firsts])
    return np.searchsorted(keys, user * span + at_s, "right") - np.searchsorted(
        keys, user * span - span / 2
    )


def arrivals(shop: Replay, laws: Laws, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-chance of the times at which wants arose so far, and who might come again.

    Returns
    -------
    float arrays, shape (V, C)
        Log-chance, up to what all columns share; and P(no further want within the data).
    """
    p, user = past(shop, rows), shop.user[rows]
    days = (shop.people.ends_s[user] - shop.people.begins_s[user]) / DAY_S
    own = np.arange(laws.columns) == laws.habit
    n = p.chance[:, None] + (p.open_to_habit[:, None] & ~own)
    density = np.where(p.open_to_habit[:, None] & ~own, p.log_density[:, None], 0)
    shape = laws.of("uneven")
    whole = laws.of("wants") * days[:, None] / 30  # mean number in all the time
    ran = whole * p.run[:, None]
    staying = (
        n * np.log(np.maximum(whole, 1e-12))
        + gammaln(shape + n)
        - gammaln(shape)
        + shape * np.log(shape)
        - (shape + n) * np.log(shape + ran)
        + density
    )
    no_more = (shape + n) * (np.log(shape + ran) - np.log(shape + whole))
    mean = visits.PASSING_WANTS
    passing = n * np.log(mean) - mean * p.run[:, None] + density
    stays = _time_to_come(shop, laws, user)  # (V, C, 2)
    both = np.stack([passing, staying], axis=-1) + np.log(np.maximum(stays, 1e-300))
    none = np.stack([np.broadcast_to(-mean * (1 - p.run[:, None]), n.shape), no_more], axis=-1)
    log = logsumexp(both, axis=-1)
    no_more = logsumexp(both + none, axis=-1) - log
    if shop.world.effects.sale:
        opens, closes = shop.calendar.sale_s
        begins, ends = shop.people.begins_s[user], shop.people.ends_s[user]
        there = ((begins < closes) & (ends > opens))[:, None]
        sale = laws.of("sale") * there
        log += p.sale[:, None] * np.log(laws.of("sale")) - sale * p.sale_run[:, None]
        no_more += -sale * (1 - p.sale_run[:, None])
    if laws.habit >= 0:
        habit, none = _rhythm(shop, laws, rows, p.open_to_habit)
        log, no_more = log + habit, no_more + none
    return log, np.exp(no_more)


def _time_to_come(shop: Replay, laws: Laws, user: np.ndarray) -> np.ndarray:
    """P(passes by or stays, begin, end | kind), shape (V, C, 2), up to what all share."""
    begins, ends = shop.people.begins_s[user], shop.people.ends_s[user]
    end, life = float(shop.world.end_s), people.LIFE_DAYS * DAY_S
    early = begins <= -BURN_DAYS * DAY_S
    begin = [(~early) / end, np.where(early, 1 - people.NEWCOMERS, people.NEWCOMERS / end)]
    cut = ends >= end
    goes = np.abs(ends - begins - people.PASSING_DAYS * DAY_S) < 1
    lived = np.exp(-(ends - begins) / life)
    passed = np.where(cut, begins + people.PASSING_DAYS * DAY_S >= end, goes)
    # an end at just that distance is an atom for one and has no density for the other
    stayed = np.where(cut, lived, np.where(goes, 0.0, lived / life))
    passing = laws.of("passing")
    return np.stack(
        [passing * (begin[0] * passed)[:, None], (1 - passing) * (begin[1] * stayed)[:, None]],
        axis=-1,
    )


def _rhythm(shop, laws, rows, open_to_habit) -> tuple[np.ndarray, np.ndarray]:
    """Log-chance of the habits' times so far, and of none to come, shape (V, C)."""
    user, at_s, arose = shop.user[rows], shop.at_s[rows], shop.arose_s[rows]
    period = RHYTHMS * laws.kinds[laws.kind_of[laws.habit]].rhythm * DAY_S  # (R,)
    begins = shop.people.begins_s[user]
    firsts = np.flatnonzero((shop.link == 0) & (shop.source == visits.HABIT))
    times = _table(shop.user[firsts], shop.at_s[firsts], len(shop.people))[user]  # (V, M)
    mine = np.isclose(times, arose[:, None]) & (shop.source[rows] == visits.HABIT)[:, None]
    times = np.sort(np.where((times <= at_s[:, None]) & ~mine, times, np.inf), axis=1)
    log, last = _times_so_far(times, begins, period)
    n_before = np.isfinite(times).sum(axis=1)

    def both(gap, n):
        first, later = _first(gap, period), _pause(gap, period)
        return [np.where((n == 0)[:, None], a, b) for a, b in zip(first, later, strict=True)]

    _, until_now = both(at_s - last, n_before)
    now, _ = both(arose - last, n_before)
    _, since = both(at_s - arose, np.ones(len(rows)))
    end = np.minimum(shop.people.ends_s[user], shop.world.end_s)
    _, until_end = both(np.maximum(end - last, 0), n_before)
    _, since_end = both(np.maximum(end - arose, 0), np.ones(len(rows)))
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    mean = lambda values: np.log(np.maximum((weight * values).mean(axis=1), 1e-300))  # noqa: E731
    out = np.zeros((len(rows), laws.columns))
    none = np.zeros_like(out)
    kind = laws.kind_of[laws.habit]
    shift = log.max(axis=1)
    out[:, kind] = shift + mean(until_now)
    none[:, kind] = mean(until_end) - mean(until_now)
    out[:, laws.habit] = np.where(open_to_habit, shift + mean(now * since), -np.inf)
    none[:, laws.habit] = np.where(open_to_habit, mean(now * since_end) - mean(now * since), 0)
    others = ~np.isin(np.arange(laws.columns), [kind, laws.habit])
    out[np.ix_(n_before > 0, others)] = -np.inf
    return out, np.minimum(none, 0)


def _times_so_far(times, begins, period) -> tuple[np.ndarray, np.ndarray]:
    """Log-chance of the habits' times, shape (V, R), and the last of them, shape (V,)."""
    log, last = np.zeros((len(times), len(period))), begins.copy()
    for m in range(times.shape[1]):
        known = np.isfinite(times[:, m])
        gap = np.where(known, times[:, m] - last, 0)
        step = _first(gap, period)[0] if m == 0 else _pause(gap, period)[0]
        log += np.where(known[:, None], np.log(np.maximum(step, 1e-300)), 0)
        last = np.where(known, times[:, m], last)
    return log, last


def _pause(gap, period):
    """Density and survival of the time from a habit to the next, for each period; (V, R)."""
    low, high = 0.75 * period, 1.25 * period
    gap = gap[:, None]
    inside = (gap >= low) & (gap < high)
    return inside / (high - low), ((high - np.maximum(gap, low)) / (high - low)).clip(0, 1)


def _first(gap, period):
    """The same from the begin of the time to come to the first habit: a uniform part of a pause."""
    low, high = 0.75 * period, 1.25 * period
    gap = np.maximum(gap[:, None], 0)
    from_ = np.maximum(gap, low)
    inside = gap < high
    ratio = np.log(np.where(inside, high / np.minimum(from_, high), 1.0))
    density = ratio / (high - low)
    survival = np.where(inside, (high - from_ - gap * ratio) / (high - low), 0)
    return density, survival.clip(0, 1)


def _table(user, at_s, n_users) -> np.ndarray:
    """The times of each user, rising, padded with infinity."""
    order = np.lexsort([at_s, user])
    user, at_s = user[order], at_s[order]
    place = np.arange(len(user)) - np.searchsorted(user, user)
    out = np.full((n_users, place.max(initial=0) + 1), np.inf)
    out[user, place] = at_s
    return out


def others(shop: Replay, laws: Laws, filtered: Filtered, rows: np.ndarray) -> np.ndarray:
    """Log-evidence of the users' other wants for each kind, shape (V, K)."""
    log = np.zeros((len(rows), len(laws.kinds)))
    i, j = _pairs(shop, rows)
    if not len(i):
        return log
    mine = rows[i]
    gone_on = np.where(shop.after[j] >= 0, shop.at_s[np.maximum(shop.after[j], 0)], np.inf)
    kept = (shop.want[j] != shop.want[mine]) & (gone_on >= shop.at_s[mine])
    i, j, mine = i[kept], j[kept], mine[kept]
    left = filtered.next[shop.first[j] + shop.length[j] - 1]  # (P, C, 8)
    by = back_by(shop.calendar, shop.event_s[shop.first[j] + shop.length[j] - 1], shop.at_s[mine])
    by = by * (shop.link[j] < visits.CHAIN - 1)
    evidence = np.zeros((len(i), laws.columns))
    for state, again in again_chances(laws).items():
        evidence += left[..., state] * (1 - again * by[:, None])
    with np.errstate(divide="ignore"):
        evidence = np.log(evidence)
    of_kind = evidence[:, : len(laws.kinds)]
    if laws.habit >= 0:
        habit = shop.source[j] == visits.HABIT
        only = np.full_like(of_kind, -np.inf)
        only[:, laws.kind_of[laws.habit]] = evidence[:, laws.habit]
        of_kind = np.where(habit[:, None], only, of_kind)
    most = of_kind.max(axis=1, keepdims=True)
    of_kind = np.maximum(of_kind - np.where(np.isfinite(most), most, 0), -600)
    np.add.at(log, i, of_kind)
    return log


def again_chances(laws: Laws) -> dict[int, np.ndarray]:
    """Chance that a want takes one more visit, by how this one was left; shape (C,)."""
    again, ones = laws.of("again"), np.ones(laws.columns)
    return {
        LEFT_OPEN: again,
        LEFT_DECIDED: visits.DECIDED_AGAIN * ones,
        LEFT_CARTED: visits.DECIDED_AGAIN * ones,
        LEFT_BOUGHT: visits.AFTER_PURCHASE * ones,
    }


def _pairs(shop: Replay, rows) -> tuple[np.ndarray, np.ndarray]:
    """Every one of `rows` (by place) with every visit of the same user that began before it."""
    order = np.lexsort([shop.at_s, shop.user])
    keys = shop.user[order] * 1e9 + shop.at_s[order]
    mine = shop.user[rows] * 1e9 + shop.at_s[rows]
    low = np.searchsorted(shop.user[order], shop.user[rows])
    count = np.searchsorted(keys, mine, "left") - low
    i = np.repeat(np.arange(len(rows)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return i, order[np.repeat(low, count) + within]


def prior(shop: Replay, laws: Laws, filtered: Filtered, rows: np.ndarray):
    """Weights of the columns, but for the want in progress, and P(no further want); (V, C) each."""
    log, no_more = arrivals(shop, laws, rows)
    log = log + np.log([kind.share for kind in laws.kinds])[laws.kind_of]
    log = log + others(shop, laws, filtered, rows)[:, laws.kind_of]
    return np.exp(log - log.max(axis=1, keepdims=True)), no_more
