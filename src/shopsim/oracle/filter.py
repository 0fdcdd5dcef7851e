"""The visits of many wants filtered, link by link, as each begins where the one before ended."""

from dataclasses import dataclass

import numpy as np

from shopsim import steps, visits, walk
from shopsim.oracle.catalogue_law import CatalogueLaw, great, wanted_category
from shopsim.oracle.laws import N_NEED, Laws
from shopsim.oracle.replay import Replay
from shopsim.oracle.visit import (
    BATCH_CELLS,
    CARTED,
    DECIDED,
    FLOAT,
    SATISFIED,
    Moves,
    Posterior,
    Seen,
    State,
)
from shopsim.steps import BACK, ELSEWHERE, LEAVE, RELOOK, SAME
from shopsim.walk import STEPS


@dataclass(frozen=True)
class Filtered:
    """What the filter says; of visits it was not run on, 0.

    Attributes
    ----------
    next : float array, shape (E, C, 8), after each event: mass of what may come next (`visit`)
    posterior : after each event asked about, the whole state
    rows, events : int arrays, the visits and events of `posterior`
    """

    next: np.ndarray
    posterior: Posterior | None
    rows: np.ndarray
    events: np.ndarray


class Filter:
    """Filters visits of `shop`.

    A habit's product is known once an earlier want was by habit; before, it is drawn from the
    visitor's first favourite category, in the tier they like.

    `asked`, int array: the events after which the whole state is kept.
    """

    def __init__(self, shop: Replay, laws: Laws, asked: np.ndarray = ()):
        self.shop, self.laws = shop, laws
        self.asked = np.zeros(len(shop.type), dtype=bool)
        self.asked[np.asarray(asked, dtype=int)] = True
        self.catalogue = CatalogueLaw.of(shop)
        self.moves = Moves(laws, self.catalogue)
        habits = (shop.source == visits.HABIT) & (shop.link == 0)
        first = np.full(len(shop.people), np.inf)
        np.minimum.at(first, shop.user[habits], shop.at_s[habits])
        self.habit_since_s = first

    def run(self, rows: np.ndarray) -> Filtered:
        """Filter the visits `rows`, among which are those before them for the same want."""
        shop = self.shop
        self.next = np.zeros((len(shop.type), self.laws.columns, 8))
        self.posterior, self.posterior_rows, self.posterior_events = [], [], []
        self.place_of = np.full(len(shop), -1)
        carry = None
        for link in range(shop.link[rows].max(initial=-1) + 1):
            now = rows[shop.link[rows] == link]
            now = now[np.argsort(-shop.length[now], kind="stable")]
            following = shop.after[now][shop.after[now] >= 0]
            self._place_before = self.place_of.copy()
            self.place_of[following] = np.arange(len(following))
            self.carry = State.empty(len(following), self.laws.columns, 1)
            start = 0
            while start < len(now):
                cells = self.laws.columns * 6 * N_NEED * (shop.length[now[start]] + 2)
                size = max(1, BATCH_CELLS // cells)
                self._batch(now[start : start + size], carry)
                start += size
            carry = self.carry
        if not self.posterior:
            return Filtered(self.next, None, np.empty(0, int), np.empty(0, int))
        rows, events = np.concatenate(self.posterior_rows), np.concatenate(self.posterior_events)
        return Filtered(self.next, Posterior.joined(self.posterior), rows, events)

    def _batch(self, rows: np.ndarray, carry: State | None) -> None:
        shop, laws, catalogue = self.shop, self.laws, self.catalogue
        length = shop.length[rows]
        state = State.empty(len(rows), laws.columns, length[0] + 1)
        if carry is None:
            state.poor[..., 0] = laws.begins
        else:
            state.put(slice(None), carry.rows(self.place_of_now(rows)), np.ones(len(rows)))
        slot = np.full((len(rows), length[0] + 1), -2)
        slot[:, 0] = shop.begins_with[rows] if carry is not None else -2
        now = slot[:, 0].copy() if carry is not None else np.full(len(rows), -1)
        place = np.where(now >= 0, catalogue.category[now], -1)
        for t in range(length[0]):
            n = int((length > t).sum())
            rows, length, slot, now, place = rows[:n], length[:n], slot[:n], now[:n], place[:n]
            state = state.rows(slice(0, n))
            at = shop.first[rows] + t
            seen = self._seen(rows, at, t, now, place, slot, length == t + 1, carry is None)
            slot[:, t + 1] = np.where(seen.kind == steps.VIEW, seen.x, -2)
            self._step(state, seen, rows, at, fresh=carry is None and t == 0)
            now = seen.x
            place = np.where(seen.kind == steps.VIEW, catalogue.category[now], place)
            ends = np.flatnonzero((length == t + 1) & (shop.after[rows] >= 0))
            if len(ends):
                self._leave(state.rows(ends), rows[ends], slot[ends], t, carry is None)

    def place_of_now(self, rows):
        return self._place_before[rows]

    def _seen(self, rows, at, t, now, place, slot, last, fresh) -> Seen:
        shop, laws = self.shop, self.laws
        x, tier = shop.product[at], shop.people.tier[shop.user[rows]]
        following = np.where(last, at, at + 1)
        pause = (shop.event_s[following] - shop.event_s[at]).astype(int)
        match = (slot[:, : t + 1] == x[:, None])[:, None].repeat(laws.columns, axis=1)
        match = match.astype(FLOAT)
        if fresh and laws.habit >= 0:
            match[:, laws.habit, 0] = self._habit_is(rows, x)
        return Seen(
            t=t, x=x, now=now, place=place, tier=tier, kind=shop.type[at],
            great=great(shop, x, tier, shop.event_s[at]),
            stays=np.where(last, 1.0, laws.stays[:, pause]), match=match,
        )  # fmt: skip

    def _step(self, state: State, seen: Seen, rows, at, fresh) -> None:
        views = seen.kind == steps.VIEW
        for which in (np.flatnonzero(views), np.flatnonzero(~views)):
            if not len(which):
                continue
            old, part = state.rows(which), seen.rows(which)
            slots = seen.t + 1 + fresh
            old = State(
                *(
                    getattr(old, name)[..., :slots] if name != "suited" else old.suited
                    for name in old.__dataclass_fields__
                )
            )
            if views[which[0]]:
                begins = self._begins(rows[which], part) if fresh else None
                if fresh:
                    old.poor[..., 1] = old.poor[..., 0]
                    old = State(
                        *(
                            getattr(old, name)[..., :1]
                            if name not in ("suited", "poor")
                            else getattr(old, name)
                            for name in old.__dataclass_fields__
                        )
                    )
                new, posterior = self.moves.view(old, part, begins)
            else:
                new, posterior = self.moves.act(old, part)
            chances = posterior.next(self.moves, seen.t)
            total = chances.sum(axis=(1, 2))
            state.put(which, new, 1 / np.where(total > 0, total, 1))
            self.next[at[which]] = chances / np.where(total > 0, total, 1)[:, None, None]
            kept = self.asked[at[which]]
            if kept.any():
                self.posterior.append(posterior.rows(kept))
                self.posterior_rows.append(rows[which][kept])
                self.posterior_events.append(at[which][kept])

    def _begins(self, rows, seen: Seen) -> np.ndarray:
        """Chance of a want's first view; shape (V, C, 2): not what they have in mind, or it is."""
        catalogue = self.catalogue
        inside = catalogue.within(seen.x, seen.tier) if catalogue.focus else catalogue.share[seen.x]
        wanted = wanted_category(self.shop, catalogue, rows) if catalogue.focus else 1.0
        out = np.zeros((len(rows), self.laws.columns, 2))
        out[..., 1] = (wanted * inside)[:, None]
        if self.laws.habit >= 0:
            row = (1 - walk.BEGIN_WITH_KNOWN) * STEPS[visits.FETCH, walk.SEARCHING]
            home = self.shop.people.favourites[self.shop.user[rows], 0]
            same, any_ = catalogue.fresh(seen.x, np.full(len(rows), -1), home, seen.tier)
            fresh = row[SAME] * same + row[ELSEWHERE] * any_
            to_it = walk.BEGIN_WITH_KNOWN + row[RELOOK] + row[BACK] + fresh
            it = self._habit_is(rows, seen.x)
            out[:, self.laws.habit] = np.stack([(1 - it) * fresh, it * to_it], axis=1)
        return out

    def _habit_is(self, rows, x) -> np.ndarray:
        """P(x is the product of the visitor's habit)."""
        shop, catalogue, user = self.shop, self.catalogue, self.shop.user[rows]
        known = self.habit_since_s[user] < shop.arose_s[rows]
        home = shop.people.favourites[user, 0]
        guess = (catalogue.category[x] == home) * (catalogue.tier[x] == shop.people.tier[user])
        return np.where(known, x == shop.people.habit[user], guess * catalogue.of_shelf[x])

    def _leave(self, state: State, rows, slot, t, fresh) -> None:
        """Hand on to the want's next visit what is left of those who leave and come again."""
        shop, laws, catalogue = self.shop, self.laws, self.catalogue
        b = t + 2
        after = shop.after[rows]
        with_ = shop.begins_with[after]
        slot = slot[:, :b]
        best = np.repeat((slot == with_[:, None])[:, None], laws.columns, axis=1).astype(float)
        if fresh and laws.habit >= 0:
            best[:, laws.habit, 0] = self._habit_is(rows, with_)
        other = np.where(slot >= 0, catalogue.complement[slot], -1)
        after_it = (np.where(other >= 0, other, slot) == with_[:, None])[:, None]
        after_it = after_it.repeat(laws.columns, axis=1).astype(float)
        if fresh and laws.habit >= 0:
            pair = catalogue.complement[with_]
            after_it[:, laws.habit, 0] = self._habit_is(rows, np.where(pair >= 0, pair, with_))
        again = laws.of("again")
        poor = (state.poor[..., :b] * best[:, :, None, None, None]).sum(axis=-1)
        open_ = poor + state.suited * best[:, :, None, None, None, -1]
        leaves = 1 - self.moves.lasts[t + 1]
        open_ = open_ * leaves[:, None, None] * again[:, None, None, None]
        gave_up = (state.gave_up[..., :b] * best[:, :, None]).sum(axis=-1)
        open_[:, :, :, 0, 0] += gave_up * again[:, None]
        bought = (state.bought[..., :b] * after_it).sum(axis=-1)
        bought = bought * SATISFIED[LEAVE] * visits.AFTER_PURCHASE
        open_ += bought[:, :, None, None, None] * laws.afresh
        decided, carted = (
            (mass[..., :b] * best[:, :, None]).sum(axis=-1) * row[LEAVE] * visits.DECIDED_AGAIN
            for mass, row in ((state.decided, DECIDED), (state.carted, CARTED))
        )
        total = open_.sum(axis=(1, 2, 3, 4)) + decided.sum(axis=(1, 2)) + carted.sum(axis=(1, 2))
        scale = 1 / np.where(total > 0, total, 1)
        place = self.place_of[after]
        self.carry.poor[place, ..., 0] = open_ * scale[:, None, None, None, None]
        self.carry.decided[place, ..., 0] = decided * scale[:, None, None]
        self.carry.carted[place, ..., 0] = carted * scale[:, None, None]
