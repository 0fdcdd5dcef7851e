"""A visit filtered event by event: the forward algorithm on its hidden state.

The state is (column, goal, mode, evidence missing, best product so far, how the last view suited).
A column is a kind, or the habit (`laws`). Patience needs no coordinate: while somebody looks or
searches it is only known to have lasted so far, and after a decision it matters no more. What may
be best is the product a visit began with (slot 0) or that of its i-th event (slot i).

Masses are joint with what was seen, up to a factor common to all columns of a visit.
"""

from dataclasses import dataclass

import numpy as np

from shopsim import choice, steps, walk
from shopsim.oracle.catalogue_law import CatalogueLaw
from shopsim.oracle.laws import ACT, N_NEED, Laws
from shopsim.steps import BACK, BUY, ELSEWHERE, LEAVE, PUT, RELOOK, SAME, TAKE_OUT
from shopsim.walk import STEPS

# What may come after an event; the masses of each are joint with what was seen so far
VIEW, CART, REMOVE, PURCHASE, LEFT_OPEN, LEFT_DECIDED, LEFT_CARTED, LEFT_BOUGHT = range(8)
FLOAT = np.float32  # masses are set to 1 at every event, so nothing gets too small
BATCH_CELLS = 400_000  # of the largest array held at once; it should lie in the cache
DECIDED, CARTED, SATISFIED = (STEPS[0, m] for m in (walk.DECIDED, walk.CARTED, walk.SATISFIED))
OPEN = STEPS[:, :2]  # goal, looking or searching


@dataclass
class State:
    """Masses of visits under way: V visits, C columns, B slots of what may be best."""

    poor: np.ndarray  # (V, C, 3, 2, N, B), looks or searches; the last view did not suit greatly
    suited: np.ndarray  # (V, C, 3, 2, N), ... did suit greatly, so that it is the best
    decided: np.ndarray  # (V, C, 3, B)
    carted: np.ndarray  # (V, C, 3, B)
    gave_up: np.ndarray  # (V, C, 3, B), took it out of the cart and is about to leave
    bought: np.ndarray  # (V, C, B)
    pair: np.ndarray  # (V, C, B), is about to view the complement of what was bought
    more: np.ndarray  # (V, C, B), is about to view some other product, to buy it too
    extra: np.ndarray  # (V, C, B), has it in view and is about to buy it

    @classmethod
    def empty(cls, v: int, c: int, b: int) -> "State":
        goal, plain = (v, c, 3, b), (v, c, b)
        shapes = [(v, c, 3, 2, N_NEED, b), (v, c, 3, 2, N_NEED), *[goal] * 3, *[plain] * 4]
        return cls(*(np.zeros(shape, FLOAT) for shape in shapes))

    def rows(self, which) -> "State":
        return State(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    def put(self, which, other: "State", scale: np.ndarray) -> None:
        """Set the visits `which`; `other` may hold fewer slots."""
        for name in self.__dataclass_fields__:
            new, mine = getattr(other, name), getattr(self, name)
            new = new * _as(scale, new.ndim)
            if name == "suited":
                mine[which] = new
            else:
                mine[which] = 0
                mine[which, ..., : new.shape[-1]] = new


@dataclass(frozen=True)
class Seen:
    """One event of each of V visits, the t-th from 0.

    Attributes
    ----------
    t : place of the event
    x, now, place, tier : the product, the one before (or -1), the category before, the tier liked
    kind : `steps.VIEW` and so on
    great : P(x suits greatly)
    stays : shape (4, V), chance of the pause that follows, by `Laws.stays`; 1 where none is seen
    match : shape (V, C, t + 1), P(x is what is in the slot)
    """

    t: int
    x: np.ndarray
    now: np.ndarray
    place: np.ndarray
    tier: np.ndarray
    kind: np.ndarray
    great: np.ndarray
    stays: np.ndarray
    match: np.ndarray

    def rows(self, which) -> "Seen":
        parts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Seen(
            **{
                name: part if name == "t" else part[:, which] if name == "stays" else part[which]
                for name, part in parts.items()
            }
        )


class Moves:
    """How one event moves the masses on."""

    def __init__(self, laws: Laws, catalogue: CatalogueLaw):
        self.catalogue = catalogue
        self.cart, self.casual, self.turn = (
            laws.of(n).astype(FLOAT) for n in ("cart", "casual", "turn")
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            lasts = laws.survives[:, 1:] / laws.survives[:, :-1]
        # P(patience > t | patience > t - 1), shape (T, 3); all are patient at the beginning
        self.lasts = np.vstack([np.ones(3), np.nan_to_num(lasts).T]).astype(FLOAT)

    def view(self, old: State, e: Seen, begins: np.ndarray | None) -> tuple[State, "Posterior"]:
        """After a view. `begins`: shape (V, C, 2), for the first view of a want, its chance where
        the product is not, and where it is, what they have in mind; else None."""
        wide = [(0, 0), (0, 0), (0, 0), (0, 1)]
        same, any_ = self.catalogue.fresh(e.x, e.now, e.place, e.tier)
        again = (e.x == e.now).astype(float)

        def chance(row):  # (..., V, 1, 1), (...): of x without and with its being the best
            row = _opening(row) if e.t == 0 else row
            fresh = np.multiply.outer(row[..., RELOOK], again)
            fresh += np.multiply.outer(row[..., SAME], same)
            fresh += np.multiply.outer(row[..., ELSEWHERE], any_)
            return fresh.astype(FLOAT), row[..., BACK].astype(FLOAT)

        if begins is None:
            plain, best = chance(OPEN)  # (3, 2, V), (3, 2)
            plain = np.moveaxis(plain, -1, 0)[:, None, :, :, None]  # (V, 1, 3, 2, 1)
            lasts = self.lasts[e.t][:, None, None]
            plain, best = plain * lasts, best[..., None] * lasts  # (3, 2, 1)
            likely = plain[..., None] + best[..., None] * e.match[:, :, None, None, None, :]
            seen = np.pad(old.poor * likely, [(0, 0)] * 5 + [(0, 1)])
            likely = plain + best * e.match[:, :, None, None, None, -1]
            calm = (1 - self.casual)[:, None, None, None]
            seen[..., e.t] += old.suited * likely * calm
        else:
            seen = old.poor * begins[:, :, None, None, None, :].astype(FLOAT)
        p2, p1 = e.great, np.full(len(e.x), choice.FAIR)
        p0 = 1 - p1 - p2
        w0, w1, w2 = p0 * e.stays[0], p1 * e.stays[1], p2 * e.stays[2]

        def moved(mass):  # a mass that does not learn, (V, ..., B) -> (V, ..., B + 1)
            mass = np.pad(mass, [*wide[: mass.ndim - 1], (0, 1)])
            found = mass.sum(axis=-1) * _as(w2, mass.ndim - 1)
            mass *= _as(w0 + w1, mass.ndim)
            mass[..., -1] += found
            return mass

        acts, masses = {}, {}
        for name, row in (("decided", DECIDED), ("carted", CARTED), ("bought", SATISFIED)):
            plain, best = chance(row)
            mass = getattr(old, name)
            match = e.match if mass.ndim == 3 else e.match[:, :, None]
            mass = mass * (_as(plain, mass.ndim) + best * match)
            acts[name], masses[name] = moved(mass), _total(mass)
        to_pair = (e.x == np.where(e.now >= 0, self.catalogue.complement[e.now], -1)).astype(float)
        mass = old.pair * _as(to_pair, 3) + old.more * _as(self.catalogue.share[e.x], 3)
        acts["extra"], masses["extra"] = moved(mass), _total(mass)

        look, search = seen[:, :, :, 0], seen[:, :, :, 1]  # (V, C, 3, N, B)
        poor = np.empty_like(seen)
        poor[:, :, :, 0] = look * _as(w0 + w1, 5)
        poor[:, :, :, 1] = search * _as(w0, 5)
        poor[:, :, :, 1, :-1] += search[:, :, :, 1:] * _as(w1, 5)
        acts["decided"] += search[:, :, :, 0] * _as(w1, 4)
        look, search = look.sum(axis=-1), search.sum(axis=-1)  # (V, C, 3, N)
        greatly = self._greatly(look, search)  # (V, C, 3, 2, N)
        ready = search[..., :2].sum(axis=-1)
        acts["decided"][..., -1] += ready * _as(w2, 3)
        zero = np.zeros_like(acts["extra"])
        new = State(
            poor=poor, suited=greatly * _as(w2, 5), **acts,
            gave_up=np.zeros_like(acts["decided"]), pair=zero, more=zero,
        )  # fmt: skip
        fairly = np.stack([look, _less(search, 1)], axis=3)
        plainly = np.stack([look, search], axis=3)
        calm = plainly * _as(p0, 5) + fairly * _as(p1, 5)
        masses["decided"] += (ready * _as(p2, 3) + search[..., 0] * _as(p1, 3)).sum(axis=-1)
        none = np.zeros_like(masses["extra"])
        posterior = Posterior(calm, greatly * _as(p2, 5), gave_up=none, about_to=none, **masses)
        return new, posterior

    def _greatly(self, look, search) -> np.ndarray:
        turn = self.turn[:, None, None]
        return np.stack([look * (1 - turn), look * turn + _less(search, 2)], axis=3)

    def act(self, old: State, e: Seen) -> tuple[State, "Posterior"]:
        """After something put into the cart, taken out, or bought."""
        v, c = e.match.shape[:2]
        new = State.empty(v, c, e.t + 2)
        put, take, buy = (e.kind == k for k in (steps.CART, steps.REMOVE, steps.PURCHASE))
        start = (1 - walk.BEGIN_WITH_KNOWN) if e.t == 0 else 1.0
        first = {m: start / (1 - row[LEAVE] if e.t == 0 else 1) for m, row in _ROWS.items()}
        match = e.match[:, :, None]  # (V, C, 1, B)
        cart, casual = self.cart[:, None, None], self.casual[:, None, None, None]
        lasts = self.lasts[e.t][:, None, None]
        tempted = old.suited * casual * lasts * _as(put * (e.x == e.now), 5)
        new.poor[..., e.t] = tempted
        to_cart = old.decided * (DECIDED[BUY] * first[walk.DECIDED] * cart) * match
        new.carted[..., :-1] = to_cart * _as(put, 4)
        out = old.carted * (CARTED[TAKE_OUT] * first[walk.CARTED]) * match
        new.gave_up[..., :-1] = out * _as(take, 4)
        paid = old.decided * (DECIDED[BUY] * first[walk.DECIDED] * (1 - cart))
        paid = (paid + old.carted * (CARTED[BUY] * first[walk.CARTED])) * match
        paid = paid.sum(axis=2) * _as(buy, 3)  # (V, C, B)
        second = old.extra * _as(buy * (e.x == e.now), 3)
        pair = walk.WITH_COMPLEMENT * (self.catalogue.complement[e.x] >= 0)
        lucky = self.catalogue.share[e.x]  # the one more is what was just bought, in view already
        new.pair[..., :-1] = paid * _as(pair, 3)
        new.more[..., :-1] = paid * _as(walk.ONE_MORE * (1 - lucky), 3)
        new.extra[..., :-1] = paid * _as(walk.ONE_MORE * lucky, 3)
        new.bought[..., :-1] = paid * _as(1 - pair - walk.ONE_MORE, 3) + second
        calm = new.poor.sum(axis=-1)
        names = ["decided", "carted", "gave_up", "bought", "extra"]
        posterior = Posterior(
            calm, np.zeros_like(calm), about_to=_total(new.pair) + _total(new.more),
            **{name: _total(getattr(new, name)) for name in names},
        )  # fmt: skip
        for name in new.__dataclass_fields__:
            array = getattr(new, name)
            array *= _as(e.stays[ACT], array.ndim)
        return new, posterior


@dataclass(frozen=True)
class Posterior:
    """Masses after an event, before the pause that follows is seen."""

    calm: np.ndarray  # (V, C, 3, 2, N), looks or searches, the last view did not suit greatly
    tempted: np.ndarray  # (V, C, 3, 2, N), ... did suit greatly
    decided: np.ndarray  # (V, C), as the others
    carted: np.ndarray
    gave_up: np.ndarray
    bought: np.ndarray
    about_to: np.ndarray  # view what they will buy, too
    extra: np.ndarray

    def rows(self, which) -> "Posterior":
        return Posterior(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    @classmethod
    def joined(cls, parts: list["Posterior"]) -> "Posterior":
        names = cls.__dataclass_fields__
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def next(self, moves: Moves, t: int | np.ndarray) -> np.ndarray:
        """Mass of each thing that may come next, shape (V, C, 8); `t` of all, or of each visit."""
        lasts = moves.lasts[np.asarray(t) + 1]
        lasts = lasts[:, None] if lasts.ndim == 2 else lasts  # (V, 1, 3), or (3,)
        calm, tempted = (part.sum(axis=(3, 4)) for part in (self.calm, self.tempted))
        leave = ((calm + tempted) * (1 - lasts)).sum(axis=-1) + self.gave_up
        calm, tempted = ((part * lasts).sum(axis=-1) for part in (calm, tempted))
        views = [
            part * row[:PUT].sum()
            for part, row in (
                (self.decided, DECIDED), (self.carted, CARTED), (self.bought, SATISFIED)
            )
        ]  # fmt: skip
        return np.stack(
            [
                calm + tempted * (1 - moves.casual) + sum(views) + self.about_to,
                tempted * moves.casual + self.decided * DECIDED[BUY] * moves.cart,
                self.carted * CARTED[TAKE_OUT],
                self.decided * DECIDED[BUY] * (1 - moves.cart)
                + self.carted * CARTED[BUY]
                + self.extra,
                leave,
                self.decided * DECIDED[LEAVE],
                self.carted * CARTED[LEAVE],
                self.bought * SATISFIED[LEAVE],
            ],
            axis=-1,
        )


_ROWS = {walk.DECIDED: DECIDED, walk.CARTED: CARTED}


def _opening(row: np.ndarray) -> np.ndarray:
    """Chances of the first step of somebody with a product in mind, as `walk._first` has them."""
    row = row.copy()
    row[..., LEAVE] = 0
    row *= (1 - walk.BEGIN_WITH_KNOWN) / row.sum(axis=-1, keepdims=True)
    row[..., BACK] += walk.BEGIN_WITH_KNOWN
    return row


def _less(mass: np.ndarray, evidence: int) -> np.ndarray:
    """Who still misses some after so much `evidence` was found; those who do not are left out."""
    out = np.zeros_like(mass)
    out[..., :-evidence] = mass[..., evidence:]
    return out


def _as(values: np.ndarray, ndim: int) -> np.ndarray:
    return np.asarray(values, FLOAT).reshape(-1, *[1] * (ndim - 1))


def _total(mass: np.ndarray) -> np.ndarray:
    return mass.sum(axis=tuple(range(2, mass.ndim)))
