"""From a state to the purchase: the chance that this visit buys, by recursion from its end.

From a decision on it is a closed form. Before, it hangs on what will be found, so on products not
yet seen: a view in the category suits as the category's products do on average for one who likes
this tier, and a view after straying elsewhere as all products do. That a product seen again suits
as *it* does, and the few views led to a complement, are left out. It is the oracle's one
approximation of the visit itself.
"""

import numpy as np

from shopsim import choice, walk
from shopsim.oracle.catalogue_law import CatalogueLaw, great
from shopsim.oracle.laws import N_NEED, Laws
from shopsim.oracle.replay import Replay
from shopsim.oracle.visit import CARTED, DECIDED, OPEN, Moves, Posterior
from shopsim.steps import BUY, ELSEWHERE, PUT

LEVELS = 9  # of the chance that a view in the category suits greatly; between them linear


def from_decided(moves: Moves) -> tuple[np.ndarray, np.ndarray]:
    """P(buys) once decided, and once that is put into the cart; shape (C,) each."""
    carted = CARTED[BUY] / (1 - CARTED[:PUT].sum())
    put, buy = DECIDED[BUY] * moves.cart, DECIDED[BUY] * (1 - moves.cart)
    return (buy + put * carted) / (1 - DECIDED[:PUT].sum()), np.full(len(moves.cart), carted)


def from_open(
    home: np.ndarray, away: np.ndarray, moves: Moves, laws: Laws, after: np.ndarray
) -> dict[int, np.ndarray]:
    """P(buys) of who looks or searches after so many events; each of shape (Q, C, 3, 2, N, 2).

    Parameters
    ----------
    home, away : float arrays, shape (Q,)
        P(a view suits greatly), in the category they are in, and elsewhere.
    after : int array
        Numbers of events, each of which is a key of what is returned.

    Returns
    -------
    dict of float arrays
        By column, goal, mode, evidence missing, and whether the last view suited greatly.
    """
    suits = np.stack([home, away], axis=1)[:, None, None, None, :]  # (Q, 1, 1, 1, 2)
    decided = from_decided(moves)[0][:, None, None, None]  # (C, 1, 1, 1)
    casual = moves.casual[:, None, None, None, None]
    turn = moves.turn[:, None, None, None]
    strays = OPEN[:, :, None, ELSEWHERE]  # (3, 2, 1)
    ahead = np.zeros((2, len(home), laws.columns, 3, 2, N_NEED, 2))  # suited?, ..., home or away
    ahead_after = {t: np.moveaxis(ahead[..., 0], 0, -1) for t in after if t >= walk.LONGEST}
    for step in range(walk.LONGEST - 1, min(after) - 1, -1):
        calm, tempted = ahead
        look, search = calm[:, :, :, 0], calm[:, :, :, 1]  # (Q, C, 3, N, 2)
        found_look, found_search = tempted[:, :, :, 0], tempted[:, :, :, 1]
        turned = found_look * (1 - turn) + found_search * turn
        seen_look = suits * turned + (1 - suits) * look
        great_, fair = (np.empty_like(search) for _ in range(2))
        great_[..., :2, :], great_[..., 2:, :] = decided, found_search[..., :-2, :]
        fair[..., :1, :], fair[..., 1:, :] = decided, search[..., :-1, :]
        poor = 1 - choice.FAIR - suits
        seen_search = suits * great_ + choice.FAIR * fair + poor * search
        seen = np.stack([seen_look, seen_search], axis=3)  # (Q, C, 3, 2, N, 2)
        view = np.stack(
            [seen[..., 0] * (1 - strays) + seen[..., 1] * strays, seen[..., 1]], axis=-1
        )
        lasts = moves.lasts[step][:, None, None, None]
        ahead = lasts * np.stack([view, casual * calm + (1 - casual) * view])
        if step in after:
            ahead_after[step] = np.moveaxis(ahead[..., 0], 0, -1)
    return ahead_after


def suits(
    shop: Replay, catalogue: CatalogueLaw, category, tier, at_s
) -> tuple[np.ndarray, np.ndarray]:
    """P(a view suits greatly), in `category` and anywhere, for one who likes `tier`, then."""
    sale = shop.calendar.in_sale(at_s).astype(int)
    products = np.arange(len(catalogue.share))
    inside = np.empty((3, 2, len(catalogue.category_share)))
    for t in range(3):
        weight = catalogue.within(products, np.full(len(products), t))
        for s, moment in enumerate((-1.0, float(shop.calendar.sale_s[0]))):
            chance = great(shop, products, t, np.full(len(products), moment))
            inside[t, s] = np.bincount(catalogue.category, weight * chance)
            if not catalogue.focus:
                inside[t, s] = catalogue.share @ chance
    return inside[tier, sale, category], (inside @ catalogue.category_share)[tier, sale]


def of_visits(
    posterior: Posterior, home, away, moves: Moves, laws: Laws, t: np.ndarray
) -> np.ndarray:
    """Mass of those who will buy, shape (V, C), of states each after `t` events."""
    out = posterior.decided * from_decided(moves)[0] + posterior.carted * from_decided(moves)[1]
    for elsewhere in np.unique(away):
        of = np.flatnonzero(away == elsewhere)
        levels = np.linspace(home[of].min(), home[of].max() + 1e-9, LEVELS)
        values = from_open(levels, np.full(LEVELS, elsewhere), moves, laws, np.unique(t[of]))
        for after, value in values.items():
            mine = of[t[of] == after]
            place = (home[mine] - levels[0]) / (levels[1] - levels[0])
            out[mine] += _between(posterior.rows(mine), value, place)
    return out


def _between(posterior: Posterior, value: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Mass of those who will buy, with `value` taken linearly between its levels; (V, C)."""
    low = place.astype(int).clip(0, LEVELS - 2)
    above = _wide(place - low)
    out = 0.0
    for mass, f in ((posterior.calm, 0), (posterior.tempted, 1)):
        level = value[..., f]
        chance = level[low] * (1 - above) + level[low + 1] * above  # (V, C, 3, 2, N)
        out = out + (mass * chance).sum(axis=(2, 3, 4))
    return out


def _wide(values: np.ndarray) -> np.ndarray:
    return values[:, None, None, None, None]
