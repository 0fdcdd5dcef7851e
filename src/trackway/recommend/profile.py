"""What is known of a product without anybody having met it: category, brand, price level.

Everything learned here - which names there are, where price levels begin - is learned from products
that had an event before the cut. A name that is new after it counts as unknown.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

UNKNOWN = 0
LEVELS = 8  # price levels within a category


@dataclass(frozen=True)
class Profile:
    """Attributes as codes from 1; 0 is unknown.

    Attributes
    ----------
    codes : int64 array, shape (N, 3): category, brand, price level
    sizes : how many codes each has, the unknown included
    """

    codes: np.ndarray
    sizes: tuple[int, int, int]


def profile(products: pd.DataFrame) -> Profile:
    """Encode the columns of `data.catalogue`."""
    known = products["known"].to_numpy(dtype=bool)
    category = _codes(products["category_id"], known)
    brand = _codes(products["brand"], known)
    level = price_levels(products["price"].to_numpy(dtype=float), category, known)
    codes = np.column_stack([category, brand, level]).astype(np.int64)
    sizes = (int(category.max(initial=0)) + 1, int(brand.max(initial=0)) + 1, LEVELS + 1)
    return Profile(codes, sizes)


def _codes(names: pd.Series, known: np.ndarray) -> np.ndarray:
    vocabulary = pd.Index(sorted(names[known].dropna().unique()))
    return vocabulary.get_indexer(names) + 1


def price_levels(price: np.ndarray, category: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which eighth of its category's known prices a price lies in, from 1; 0 without a price.

    Prices of a category without a known one are compared with all products'.
    """
    usable = known & np.isfinite(price)
    level = np.zeros(len(price), dtype=np.int64)
    for group in np.unique(category):
        inside = (category == group) & np.isfinite(price)
        some = price[inside & usable] if (inside & usable).any() else price[usable]
        if not len(some):
            continue
        edges = np.quantile(some, np.arange(1, LEVELS) / LEVELS)
        level[inside] = np.searchsorted(edges, price[inside], side="right") + 1
    return level
