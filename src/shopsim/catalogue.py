"""What the shop sells, as the walk asks for it: a product of this category, of that price."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Catalogue:
    """Products sorted by category and price tier, so that each such shelf is one slice.

    Attributes
    ----------
    product_id, category_id : int64 arrays, shape (P,)
    category : int array, shape (P,), number of the category
    code, brand : object arrays, shape (P,), None where the shop has none
    cents : int64 array, shape (P,), the price outside the sale
    sale_cents : int64 array, shape (P,), the price in the sale
    raised : int array, shape (P,), prices from the drift on, in per cent of these
    tier : int array, shape (P,), 0 cheap, 1 middle, 2 dear within its category
    appeal : float array, shape (P,), share of people who take to it, in [0, 1]
    mass : float array, shape (P + 1,), popularity up to each product
    shelf : int array, shape (C, 4), where each category's tiers begin, and its end
    complement : int array, shape (P,), the product that belongs to it, or -1
    category_mass : float array, shape (C + 1,), popularity up to each category
    moves : numbers of the category that interest leaves in the drift, and of the one it goes to
    """

    product_id: np.ndarray
    category_id: np.ndarray
    category: np.ndarray
    code: np.ndarray
    brand: np.ndarray
    cents: np.ndarray
    sale_cents: np.ndarray
    raised: np.ndarray
    tier: np.ndarray
    appeal: np.ndarray
    mass: np.ndarray
    shelf: np.ndarray
    complement: np.ndarray
    category_mass: np.ndarray
    moves: tuple[int, int]

    @property
    def category_id_of(self) -> np.ndarray:
        """The id of each category, by its number."""
        return self.category_id[self.shelf[:, 0]]

    @property
    def popularity(self) -> np.ndarray:
        return np.diff(self.mass)

    @property
    def prices(self) -> np.ndarray:
        """Cents, shape (P, 4): usual, in the sale, and both from the drift on."""
        before = np.column_stack([self.cents, self.sale_cents])
        return np.hstack([before, before * self.raised[:, None] // 100])

    def any_category(self, u: np.ndarray) -> np.ndarray:
        """A category by popularity, for each uniform number."""
        return np.searchsorted(self.category_mass[1:-1], u, side="right")

    def pick(self, u: np.ndarray, category: np.ndarray, tier: np.ndarray) -> np.ndarray:
        """A product by popularity, from a category's tier, or from all of it where tier is -1."""
        own = tier >= 0
        shelf = np.where(own, tier, 0)
        low = self.mass[self.shelf[category, shelf]]
        high = self.mass[np.where(own, self.shelf[category, shelf + 1], self.shelf[category, 3])]
        return self.any_product(low + u * (high - low))

    def any_product(self, u: np.ndarray) -> np.ndarray:
        """A product by popularity, for each uniform number."""
        return np.searchsorted(self.mass[1:-1], u, side="right")
