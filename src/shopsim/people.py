"""Who comes: users of several latent kinds, each with tastes of their own."""

from dataclasses import dataclass
from dataclasses import fields as fields_of

import numpy as np

from shopsim.calendar import BURN_DAYS
from shopsim.catalogue import Catalogue
from shopsim.world import DAY_S, World

LIFE_DAYS = 100  # mean time until one who stays is lost
NEWCOMERS = 0.4  # share of those who stay that come for the first time within the data
PASSING_DAYS = 10  # how long one who passes by may still come back
TIERS = [0.35, 0.40, 0.25]  # shares of people who like it cheap, middling, dear


@dataclass(frozen=True)
class Kind:
    """How people of one kind behave. Shares and chances lie in [0, 1].

    Attributes
    ----------
    share : of all users
    passing : share of them who come for one want, and are not seen again
    wants : wants in 30 days, of those who stay
    uneven : shape of the gamma law of `wants` over people; small is uneven
    look, compare : share of wants with this goal; the rest is to fetch something
    serious : share of wants (to compare, to fetch) that may end in a purchase
    turn : chance that a great find makes a mere look serious
    evidence : mean of what must be found before the decision, beyond one
    again : chance of coming back for the same want
    cart : chance to use the cart once decided, rather than to buy at once
    casual : chance to put a great find into the cart without having decided
    sale : further wants in the sale week
    rhythm : days between two purchases of a habit; 0 is no habit
    """

    name: str
    share: float
    passing: float
    wants: float
    uneven: float
    look: float
    compare: float
    serious: float
    turn: float
    evidence: float
    again: float
    cart: float
    casual: float
    sale: float
    rhythm: float


# fmt: off
KINDS = [
    Kind("passer-by",     share=.38, passing=1.0, wants=0.2, uneven=1.0, look=.75, compare=.23,
         serious=.04, turn=.01, evidence=3.5, again=.10, cart=.55, casual=.04, sale=.03, rhythm=0),
    Kind("browser",       share=.25, passing=0.0, wants=2.2, uneven=0.8, look=.80, compare=.18,
         serious=.08, turn=.02, evidence=4.0, again=.20, cart=.60, casual=.08, sale=.10, rhythm=0),
    Kind("comparer",      share=.16, passing=0.2, wants=1.0, uneven=1.0, look=.15, compare=.80,
         serious=.28, turn=.03, evidence=4.5, again=.60, cart=.70, casual=.07, sale=.10, rhythm=0),
    Kind("deal hunter",   share=.08, passing=0.0, wants=1.3, uneven=0.8, look=.50, compare=.40,
         serious=.25, turn=.06, evidence=3.0, again=.45, cart=.95, casual=.32, sale=.80, rhythm=0),
    Kind("loyal",         share=.06, passing=0.0, wants=2.0, uneven=1.5, look=.40, compare=.25,
         serious=.45, turn=.05, evidence=2.0, again=.25, cart=.46, casual=.07, sale=.20, rhythm=30),
    Kind("one-off buyer", share=.07, passing=1.0, wants=0.1, uneven=1.0, look=.05, compare=.45,
         serious=.70, turn=.08, evidence=2.5, again=.30, cart=.60, casual=.06, sale=.03, rhythm=0),
]
# fmt: on


def present(world: World) -> list[Kind]:
    """The kinds of `world`; without the effect, one kind that is the average of all."""
    return KINDS if world.effects.kinds else [_average(KINDS)]


def _average(kinds: list[Kind]) -> Kind:
    """One kind whose wants, taken together, are like those of all; a habit counts as a want.

    How many come is averaged over users, how often over those who stay, what they want over their
    wants, and what serious wants are like over the serious ones.
    """
    k = {f.name: np.array([getattr(kind, f.name) for kind in kinds]) for f in fields_of(Kind)}
    habits = np.divide(30, k["rhythm"], out=np.zeros(len(kinds)), where=k["rhythm"] > 0)
    staying = k["share"] * (1 - k["passing"])
    wants = k["share"] * k["passing"] + staying * (NEWCOMERS + 2 * k["wants"])
    fetched = staying * 2 * habits
    not_look = wants * (1 - k["look"]) + fetched
    serious = wants * (1 - k["look"]) * k["serious"] + fetched
    mean = {
        "passing": np.dot(k["share"], k["passing"]),
        "wants": np.average(k["wants"] + habits, weights=staying),
        "look": np.dot(wants, k["look"]) / (wants + fetched).sum(),
        "compare": np.dot(wants, k["compare"]) / (wants + fetched).sum(),
        "serious": serious.sum() / not_look.sum(),
        "evidence": np.dot(serious - fetched, k["evidence"]) / serious.sum(),
    }
    weights = {"uneven": staying, "sale": staying, "cart": serious, "turn": wants}
    for name in ("uneven", "sale", "cart", "turn", "again", "casual"):
        mean[name] = np.average(k[name], weights=weights.get(name, wants + fetched))
    return Kind("everyone", share=1.0, rhythm=0, **{n: float(v) for n, v in mean.items()})


@dataclass(frozen=True)
class People:
    """A chunk of users; arrays of shape (U,) where nothing else is said.

    Attributes
    ----------
    first : number of the first of them in the world
    kinds : the kinds there are
    kind : index into `kinds`
    tier : price tier they like, 0 cheap to 2 dear
    favourites : shape (U, 3), categories
    habit : the product bought again and again by those with a rhythm
    pace : wants of this user against the kind's mean
    stays : whether they may come for more than one want
    begins_s, ends_s : from when to when they may come
    """

    first: int
    kinds: list[Kind]
    kind: np.ndarray
    tier: np.ndarray
    favourites: np.ndarray
    habit: np.ndarray
    pace: np.ndarray
    stays: np.ndarray
    begins_s: np.ndarray
    ends_s: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def user_id(self) -> np.ndarray:
        return user_ids(self.first + np.arange(len(self)))

    def of_kind(self, name: str, users: np.ndarray | None = None) -> np.ndarray:
        """One number of `Kind`, for each user, or for each of `users`."""
        kind = self.kind if users is None else self.kind[users]
        return np.array([getattr(k, name) for k in self.kinds])[kind]


def user_ids(number: np.ndarray) -> np.ndarray:
    """Nine-digit ids in no order; no two alike, as the modulus is prime."""
    return 500_000_000 + (number.astype(np.int64) * 60_000_049 + 12_345_679) % 499_999_993


def arrive(world: World, catalogue: Catalogue, first: int, n: int) -> People:
    """Users `first` to `first + n` of `world`."""
    rng = world.random("people", first)
    kinds = present(world)
    kind = rng.choice(len(kinds), n, p=[k.share for k in kinds])
    shape = np.array([k.uneven for k in kinds])[kind]
    tier = rng.choice(3, n, p=TIERS)
    favourites = catalogue.any_category(rng.random((n, 3)))
    stays = rng.random(n) >= np.array([k.passing for k in kinds])[kind]
    already = stays & (rng.random(n) >= NEWCOMERS)
    begins = np.where(already, -BURN_DAYS * DAY_S, rng.uniform(0, world.end_s, n))
    life = np.where(stays, rng.exponential(LIFE_DAYS * DAY_S, n), PASSING_DAYS * DAY_S)
    return People(
        first=first,
        kinds=kinds,
        kind=kind,
        tier=tier,
        favourites=favourites,
        habit=catalogue.pick(rng.random(n), favourites[:, 0], tier),
        pace=rng.gamma(shape) / shape,
        stays=stays,
        begins_s=begins,
        ends_s=np.minimum(begins + life, world.end_s),
    )
