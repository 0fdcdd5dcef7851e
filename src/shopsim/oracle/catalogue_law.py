"""Chances that concern products: which is seen next, and whether it suits."""

from dataclasses import dataclass

import numpy as np

from shopsim import choice, visits
from shopsim.oracle.replay import Replay


@dataclass(frozen=True)
class CatalogueLaw:
    """Lookups by product number, and by category.

    Attributes
    ----------
    category, tier, complement : int arrays, shape (P,)
    share, of_category, of_shelf : float arrays, shape (P,)
        Popularity in the shop, in the category, on the shelf (category and tier).
    category_share : float array, shape (C,)
    """

    category: np.ndarray
    tier: np.ndarray
    complement: np.ndarray
    share: np.ndarray
    of_category: np.ndarray
    of_shelf: np.ndarray
    category_share: np.ndarray
    focus: bool

    @classmethod
    def of(cls, shop: Replay) -> "CatalogueLaw":
        c = shop.catalogue
        share = c.popularity / c.popularity.sum()
        in_category = np.bincount(c.category, share)
        shelf = c.category * 3 + c.tier
        return cls(
            category=c.category,
            tier=c.tier,
            complement=c.complement,
            share=share,
            of_category=share / in_category[c.category],
            of_shelf=share / np.bincount(shelf, share)[shelf],
            category_share=np.diff(c.category_mass) / c.category_mass[-1],
            focus=shop.world.effects.focus,
        )

    def within(self, x: np.ndarray, tier: np.ndarray) -> np.ndarray:
        """P(product x | a fresh view in its category, by one who likes `tier`)."""
        own = choice.TO_OWN_TIER
        return own * (self.tier[x] == tier) * self.of_shelf[x] + (1 - own) * self.of_category[x]

    def fresh(self, x, now, category, tier) -> tuple[np.ndarray, np.ndarray]:
        """P(x | a fresh view of the same category), and of any; `now` is in view, or -1."""
        if self.focus:
            inside = self.within(x, tier)
            same = (self.category[x] == category) * inside
            any_ = self.category_share[self.category[x]] * inside
        else:
            same = any_ = self.share[x]
        other = np.where(now >= 0, self.complement[now], -1)
        led = choice.SEEN_WITH * (other >= 0)
        to_it = led * (x == other)
        return to_it + (1 - led) * same, to_it + (1 - led) * any_


def great(shop: Replay, x: np.ndarray, tier: np.ndarray, at_s: np.ndarray) -> np.ndarray:
    """P(product x suits greatly); the law of `choice.fit`."""
    c = shop.catalogue
    chance = choice.GREAT + choice.OWN_TIER * (c.tier[x] == tier)
    chance = chance + choice.APPEAL * (c.appeal[x] - choice.MEAN_APPEAL)
    reduced = c.sale_cents[x] < c.cents[x]
    chance = chance + choice.REDUCED * (reduced & shop.calendar.in_sale(at_s))
    return np.maximum(chance, choice.LEAST)


def wanted_category(shop: Replay, catalogue: CatalogueLaw, rows: np.ndarray) -> np.ndarray:
    """P(category of the first view | favourites), for new wants: shape (rows,)."""
    x = shop.product[shop.first[rows]]
    favourites = shop.people.favourites[shop.user[rows]]
    late = shop.calendar.drifted(shop.at_s[rows])
    leaves, goes_to = shop.catalogue.moves
    category = catalogue.category[x]
    own = _wanted(catalogue, favourites, category)
    moved = visits.MOVED * late
    gained = moved * _wanted(catalogue, favourites, np.full(len(rows), leaves))
    return np.where(
        category == leaves, own * (1 - moved), own + np.where(category == goes_to, gained, 0)
    )


def _wanted(catalogue, favourites, category):
    first, second = visits.FIRST_FAVOURITE, visits.SECOND_FAVOURITE
    shares = np.array([first, second, 1 - first - second])
    own = ((favourites == category[:, None]) * shares).sum(axis=1)
    return visits.FAVOURITE * own + (1 - visits.FAVOURITE) * catalogue.category_share[category]
