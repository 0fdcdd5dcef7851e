"""What goes wrong in real files, in about the shares it does there."""

import numpy as np

from trackway.demo.files import RECORD
from trackway.demo.world import World

DUPLICATE = 3e-4  # REES46 head of 2019-Oct: 5 of 17,434 rows
PRICE_ZERO = 1e-3  # there: 19 of 17,434 rows
BRAND_LOST = 0.016  # rows whose product has a brand elsewhere
CODE_LOST = 0.002
LATE = 3e-4  # rows written some places after their time
SHARED = 1e-4  # sessions whose id another user goes on with; there: 1 of 5,066
BOTS = 1e-4  # users; at least two
NO_BRAND, NO_CODE, NO_PRICE = 1, 2, 4


def share_sessions(rng: np.random.Generator, user: np.ndarray, session: np.ndarray, step) -> None:
    """Let a few sessions (one at least, where there is one to share) change hands midway."""
    second = np.flatnonzero(step == 1)
    if not len(second):
        return
    chosen = rng.choice(second, max(1, round(SHARED * len(second))), replace=False)
    for event in chosen:
        rows = (session == session[event]) & (step >= 1)
        user[rows] = user[(event + 7919) % len(user)]


def bots(world: World, calendar, catalogue) -> np.ndarray:
    """Users who view hundreds of products in a row, at an even pace."""
    rng = world.random("dirt", 0)
    n = max(2, round(BOTS * world.users))
    lengths = rng.integers(150, 500, n)
    at = calendar.draw(rng.random(n), np.zeros(n), np.full(n, float(world.end_s)))
    bot = np.repeat(np.arange(n), lengths)
    inside = np.arange(len(bot)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    events = np.zeros(len(bot), RECORD)
    events["at_s"] = (at[bot] + inside * rng.integers(2, 6, n)[bot]).astype(np.int64)
    events["product"] = (rng.integers(0, 3000, n)[bot] + inside) % len(catalogue.product_id)
    events["user"] = world.users + bot
    events["session"] = -1 - bot
    return events[events["at_s"] < world.end_s]


def soil(rng: np.random.Generator, events: np.ndarray) -> np.ndarray:
    """Lose brands, codes and prices, write rows twice and late. Events are in order of time."""
    n = len(events)
    events["look"] |= np.where(rng.random(n) < BRAND_LOST, NO_BRAND, 0).astype(np.int8)
    events["look"] |= np.where(rng.random(n) < CODE_LOST, NO_CODE, 0).astype(np.int8)
    events["look"] |= np.where(rng.random(n) < PRICE_ZERO, NO_PRICE, 0).astype(np.int8)
    late = np.arange(n) + np.where(rng.random(n) < LATE, rng.integers(3, 60, n), 0)
    rows = np.repeat(np.arange(n), 1 + (rng.random(n) < DUPLICATE))
    return events[rows[np.argsort(late[rows], kind="stable")]]
