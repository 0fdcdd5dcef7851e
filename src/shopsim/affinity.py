"""How a user takes to a product, in truth: whether they come to see it, and whether it suits them.

From ``truth/users`` and ``truth/products`` the full matrix of users and products can be computed,
so it is written nowhere. Take few users at a time: 1,000 of them are 24 MB.
"""

import numpy as np
import pandas as pd

from shopsim import choice, visits
from shopsim.stock import MOVES

FAVOURITES = ["favourite_1", "favourite_2", "favourite_3"]


def affinity(
    users: pd.DataFrame, products: pd.DataFrame, *, drifted: bool = False, focus: bool = True
) -> np.ndarray:
    """Chance that a new want opens with a product *and* that it suits greatly: `reach` x `taste`.

    Parameters
    ----------
    users, products : rows of the truth's tables; all products, as chances are shares of them all
    drifted : from the date ``interest`` on, rather than before it
    focus : as `demo.effects.focus` in `params.yaml`

    Returns
    -------
    float array, shape (users, products)
    """
    reached = reach(users, products, drifted=drifted, focus=focus)
    return reached * taste(users, products)


def taste(users: pd.DataFrame, products: pd.DataFrame) -> np.ndarray:
    """Chance that a product suits greatly when seen at its usual price, shape (users, products)."""
    own = users["tier"].to_numpy()[:, None] == products["tier"].to_numpy()
    liked = choice.APPEAL * (products["appeal"].to_numpy() - choice.MEAN_APPEAL)
    return np.maximum(choice.GREAT + choice.OWN_TIER * own + liked, choice.LEAST)


def reach(
    users: pd.DataFrame, products: pd.DataFrame, *, drifted: bool = False, focus: bool = True
) -> np.ndarray:
    """Chance that a new want (no habit) opens with a product; rows sum to 1."""
    popularity = products["popularity"].to_numpy() / products["popularity"].sum()
    if not focus:
        return np.tile(popularity, (len(users), 1))
    ids, category = np.unique(products["category_id"], return_inverse=True)
    shelf = category * 3 + products["tier"].to_numpy()
    of_category = np.bincount(category, popularity)
    of_shelf = np.bincount(shelf, popularity, minlength=3 * len(ids))
    favourites = np.searchsorted(ids, users[FAVOURITES].to_numpy())
    moves = _moves(products, ids) if drifted else None
    wanted = category_weights(favourites, of_category, moves)[:, category]
    own = users["tier"].to_numpy()[:, None] == products["tier"].to_numpy()
    on_shelf = own * popularity / of_shelf[shelf]
    anywhere = popularity / of_category[category]
    return wanted * (choice.TO_OWN_TIER * on_shelf + (1 - choice.TO_OWN_TIER) * anywhere)


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
    first, second = visits.FIRST_FAVOURITE, visits.SECOND_FAVOURITE
    weights = np.tile((1 - visits.FAVOURITE) * popularity, (len(favourites), 1))
    rows = np.arange(len(favourites))
    for i, share in enumerate([first, second, 1 - first - second]):
        weights[rows, favourites[:, i]] += visits.FAVOURITE * share
    if moves is not None:
        leaves, goes_to = moves
        moved = visits.MOVED * weights[:, leaves]
        weights[:, goes_to] += moved
        weights[:, leaves] -= moved
    return weights


def _moves(products: pd.DataFrame, ids: np.ndarray) -> tuple[int, int]:
    of_code = products.drop_duplicates("category_code").set_index("category_code")["category_id"]
    leaves, goes_to = np.searchsorted(ids, of_code[list(MOVES)])
    return int(leaves), int(goes_to)
