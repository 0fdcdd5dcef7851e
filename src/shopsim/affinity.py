"""How a user takes to a product, in truth: whether they come to see it, and whether it suits them.

That a new want opens with a product is the chance of its category (`wants`), for who has these
favourites, times the product's share of the category (`shares`), for who likes this price tier.
Both are written beside the truth, so that the matrix of users and products, which is written
nowhere, can be had from them.
"""

import numpy as np
import pandas as pd

from shopsim import choice, visits

FAVOURITES = [
    visits.FAVOURITE * share
    for share in (
        visits.FIRST_FAVOURITE,
        visits.SECOND_FAVOURITE,
        1 - visits.FIRST_FAVOURITE - visits.SECOND_FAVOURITE,
    )
]  # share of new wants that each of a user's three favourite categories gets by being one


def shares(products: pd.DataFrame, *, focus: bool = True) -> pd.DataFrame:
    """Chance that a new want for its category opens with a product.

    Parameters
    ----------
    products : DataFrame, all rows of the truth's table of this name
        ``category_id``, ``tier`` and ``popularity``.
    focus : as `demo.effects.focus` in `params.yaml`

    Returns
    -------
    DataFrame, index as `products`
        share_own_tier, share_other_tier : float, of who likes the product's price tier, or another
    """
    _, category, popularity = _popularity(products)
    anywhere = popularity / np.bincount(category, popularity)[category]
    own = other = anywhere
    if focus:
        shelf = category * 3 + products["tier"].to_numpy()
        on_shelf = popularity / np.bincount(shelf, popularity)[shelf]
        other = (1 - choice.TO_OWN_TIER) * anywhere
        own = choice.TO_OWN_TIER * on_shelf + other
    return pd.DataFrame({"share_own_tier": own, "share_other_tier": other}, products.index)


def _popularity(products: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids of the categories, rising; each product's, by its place among them, and popularity."""
    ids, category = np.unique(products["category_id"], return_inverse=True)
    return ids, category, (products["popularity"] / products["popularity"].sum()).to_numpy()


def wants(
    products: pd.DataFrame, moves: tuple[int, int] | None, *, focus: bool = True
) -> pd.DataFrame:
    """Share of a user's new wants that are for each category.

    Parameters
    ----------
    products : as for `shares`
    moves : ids of the category that interest leaves in the drift and of the one it goes to, if any

    Returns
    -------
    DataFrame, one row per category, in order of ``category_id``
        popular : float, share of everyone's
        favourite_1, favourite_2, favourite_3 : float
            What is added for users whose first, second or third favourite it is.
        goes_to : id of another category, or null
        moved : float, share of the wants for it that are for that one from the drift on
    """
    ids, category, popularity = _popularity(products)
    everyones = (1 - visits.FAVOURITE if focus else 1.0) * np.bincount(category, popularity)
    table = pd.DataFrame({"category_id": ids, "popular": everyones})
    for i, share in enumerate(FAVOURITES):
        table[f"favourite_{i + 1}"] = share if focus else 0.0
    leaves, goes_to = (moves if focus else None) or (None, None)
    left = table["category_id"].eq(leaves)
    table["goes_to"] = pd.Series(goes_to, table.index, dtype="Int64").where(left)
    return table.assign(moved=np.where(left, visits.MOVED, 0.0))


def taste(users: pd.DataFrame, products: pd.DataFrame) -> np.ndarray:
    """Chance that a product suits greatly when seen at its usual price, shape (users, products)."""
    own = users["tier"].to_numpy()[:, None] == products["tier"].to_numpy()
    liked = choice.APPEAL * (products["appeal"].to_numpy() - choice.MEAN_APPEAL)
    return np.maximum(choice.GREAT + choice.OWN_TIER * own + liked, choice.LEAST)


def category_weights(
    favourites: np.ndarray, popularity: np.ndarray, moves: tuple[int, int] | None
) -> np.ndarray:
    """Share of a user's new wants that are for each category.

    Parameters
    ----------
    favourites : int array, shape (U, 3), numbers of categories
    popularity : float array, shape (C,)
    moves : the category that interest leaves and the one it goes to, once it has drifted

    Returns
    -------
    float array, shape (U, C)
    """
    weights = np.tile((1 - visits.FAVOURITE) * popularity, (len(favourites), 1))
    rows = np.arange(len(favourites))
    for i, share in enumerate(FAVOURITES):
        weights[rows, favourites[:, i]] += share
    if moves is not None:
        leaves, goes_to = moves
        moved = visits.MOVED * weights[:, leaves]
        weights[:, goes_to] += moved
        weights[:, leaves] -= moved
    return weights
