"""Who comes: users of several latent kinds, each with tastes of their own."""

from dataclasses import dataclass

import numpy as np

from trackway.demo.catalogue import Catalogue
from trackway.demo.world import World

GOALS = ["look", "compare", "fetch"]


@dataclass(frozen=True)
class Kind:
    """How people of one kind behave.

    Attributes
    ----------
    share : of all users
    passing : share of them who come for one want, and are not seen again
    wants : wants in 30 days, of those who stay
    uneven : shape of the gamma law of `wants` over people; small is uneven
    look, compare, fetch : share of wants with this goal
    serious : share of wants (compare, fetch) that may end in a purchase
    turn : chance that a great find makes a mere look serious
    evidence : mean of what must be found before the decision, beyond one
    again : chance of coming back for the same want
    cart : chance to use the cart once decided, rather than to buy at once
    casual : chance to put a great find into the cart without having decided
    sale : further wants in the sale week
    rhythm : days between two purchases of a habit; 0 without
    """

    name: str
    share: float
    passing: float
    wants: float
    uneven: float
    look: float
    compare: float
    fetch: float
    serious: float
    turn: float
    evidence: float
    again: float
    cart: float
    casual: float
    sale: float
    rhythm: float = 0.0


KINDS = [
    Kind("passer-by", 0.38, 1.0, 0.2, 1.0, 0.75, 0.23, 0.02, 0.04, 0.01, 3.0, 0.10, 0.40, 0.04, 0.05),
    Kind("browser", 0.25, 0.0, 2.2, 0.8, 0.80, 0.18, 0.02, 0.08, 0.02, 3.5, 0.20, 0.45, 0.08, 0.15),
    Kind("comparer", 0.16, 0.2, 1.0, 1.0, 0.15, 0.80, 0.05, 0.30, 0.03, 4.0, 0.60, 0.50, 0.06, 0.15),
    Kind("deal hunter", 0.08, 0.0, 1.3, 0.8, 0.50, 0.40, 0.10, 0.25, 0.06, 2.5, 0.45, 0.85, 0.40, 1.2),
    Kind("loyal", 0.06, 0.0, 2.0, 1.5, 0.40, 0.25, 0.35, 0.45, 0.05, 1.5, 0.25, 0.35, 0.08, 0.25, 30.0),
    Kind("one-off buyer", 0.07, 1.0, 0.1, 1.0, 0.05, 0.45, 0.50, 0.75, 0.08, 2.0, 0.30, 0.50, 0.05, 0.05),
]


def present(world: World) -> list[Kind]:
    """The kinds of `world`; without the effect, one kind that is the average of all."""
    if world.effects.kinds:
        return KINDS
    share = np.array([k.share for k in KINDS])
    names = [n for n in Kind.__dataclass_fields__ if n not in ("name", "share", "rhythm")]
    mean = {n: float(np.dot(share, [getattr(k, n) for k in KINDS])) for n in names}
    return [Kind("everyone", 1.0, **mean)]


def of_kind(kinds: list[Kind], name: str) -> np.ndarray:
    """One number of every kind, to be looked up by a user's kind."""
    return np.array([getattr(k, name) for k in kinds])


@dataclass(frozen=True)
class People:
    """A chunk of users.

    Attributes
    ----------
    first : number of the first of them in the world
    kind, tier, habit : int arrays, shape (U,): latent kind, price tier they like, product they
        buy again and again
    favourites : int array, shape (U, 3), categories
    pace : float array, shape (U,), wants of this user against the kind's mean
    """

    first: int
    kind: np.ndarray
    tier: np.ndarray
    habit: np.ndarray
    favourites: np.ndarray
    pace: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def user_id(self) -> np.ndarray:
        return user_ids(self.first + np.arange(len(self)))


def user_ids(number: np.ndarray) -> np.ndarray:
    """Nine-digit ids, no two alike, in no order."""
    return 500_000_000 + (number.astype(np.int64) * 60_000_049 + 12_345_679) % 499_999_993


def arrive(world: World, catalogue: Catalogue, first: int, n: int) -> People:
    """Users `first` to `first + n` of `world`."""
    rng = world.random("people", first)
    kinds = present(world)
    kind = rng.choice(len(kinds), n, p=of_kind(kinds, "share"))
    shape = of_kind(kinds, "uneven")[kind]
    tier = rng.choice(3, n, p=[0.35, 0.4, 0.25])
    favourites = catalogue.any_category(rng.random((n, 3)))
    habit = catalogue.pick(rng.random(n), favourites[:, 0], tier)
    return People(first, kind, tier, habit, favourites, rng.gamma(shape) / shape)
