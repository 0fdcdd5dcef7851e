"""What goes wrong in real files, in about the shares it does in the head of REES46's 2019-Oct.csv.

Those counts (17,434 rows) are in the words of `shared/data/README.md`.
"""

import numpy as np

from shopsim.files import NO_BRAND, NO_CODE, NO_PRICE, RECORD
from shopsim.world import World

DUPLICATE = 3e-4  # rows written twice; there 5 rows
PRICE_ZERO = 1e-3  # rows without a price; there 19 rows
BRAND_LOST = 0.016  # rows without the brand their product has elsewhere
CODE_LOST = 0.002  # rows without the code their category has elsewhere
LATE = 3e-4  # rows written up to `LATE_BY` places after their time
LATE_BY = 60
SHARED = 1e-4  # sessions whose id another user goes on with; there 1 session of 5,066
BOTS = 1e-4  # of all users; two at least
BOT_EVENTS = (150, 500)
BOT_PAUSE_S = (2, 6)


def share_sessions(rng, user, row, step) -> np.ndarray:
    """The users of events, where a few sessions (one at least, if it can be) change hands."""
    second = row[step == 1]
    if not len(second):
        return user
    count = max(1, round(SHARED * len(second)))
    stranger = np.full(row.max() + 1, -1, dtype=user.dtype)
    stranger[rng.choice(second, count, replace=False)] = rng.choice(user, count)
    taken = (stranger[row] >= 0) & (step >= 1)
    return np.where(taken, stranger[row], user)


def bots(world: World, calendar, catalogue) -> np.ndarray:
    """Users who view the catalogue product by product, at an even pace: records."""
    rng = world.random("noise", 0)
    n = max(2, round(BOTS * world.users))
    lengths = rng.integers(*BOT_EVENTS, n)
    begins = calendar.draw(rng.random(n), np.zeros(n), np.full(n, float(world.end_s)))
    pause, product = rng.integers(*BOT_PAUSE_S, n), rng.integers(0, len(catalogue.product_id), n)
    bot = np.repeat(np.arange(n), lengths)
    inside = np.arange(len(bot)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    events = np.zeros(len(bot), RECORD)
    events["at_s"] = begins[bot].astype(int) + inside * pause[bot]
    events["product"] = (product[bot] + inside) % len(catalogue.product_id)
    events["user"] = world.users + bot
    events["session"] = -1 - bot
    return events[events["at_s"] < world.end_s]


def soil(rng: np.random.Generator, events: np.ndarray, late: bool) -> np.ndarray:
    """Records (in order) that lose brands, codes and prices, come twice, or (if `late`) late."""
    n = len(events)
    for share, what in ((BRAND_LOST, NO_BRAND), (CODE_LOST, NO_CODE), (PRICE_ZERO, NO_PRICE)):
        events["lacks"] |= np.where(rng.random(n) < share, what, 0).astype(np.int8)
    behind = np.where(rng.random(n) < LATE * late, rng.integers(3, LATE_BY, n), 0)
    twice = np.repeat(np.arange(n), 1 + (rng.random(n) < DUPLICATE))
    order = np.argsort((np.arange(n) + behind)[twice], kind="stable")
    return events[twice[order]]
