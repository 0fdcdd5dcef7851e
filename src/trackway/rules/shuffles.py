"""Baskets as chance would fill them: the same lengths, the same items, who lies with whom anew.

Swapping items between baskets keeps every basket's length and every item's count, and destroys all
else. A. Gionis et al., "Assessing Data Mining Results via Swap Randomization", TKDD 1 (2007),
doi:10.1145/1297332.1297338. Rules that are found in such baskets are found for nothing.
"""

from dataclasses import replace

import numpy as np
from scipy import sparse

from trackway.rules.baskets import Baskets

SWEEPS = 12  # each tries to swap every entry once; margins are kept exactly by any number of them


def chance_lift(baskets: Baskets) -> float:
    """The lift two frequent items have on average if only lengths and counts are at work.

    The pairs in the baskets over the pairs expected if every item were thrown in independently;
    both are fixed by the baskets' lengths and the items' counts, so it is the same before and
    after shuffling. Below 1 in thin baskets, above it where some are much longer than others; NaN
    with fewer than two items.
    """
    lengths = np.diff(baskets.matrix.indptr).astype("int64")
    counts = baskets.counts
    expected = int(counts.sum()) ** 2 - int((counts**2).sum())
    if expected == 0:
        return float("nan")
    return int((lengths * (lengths - 1)).sum()) * baskets.n / expected


def shuffled(baskets: Baskets, rng: np.random.Generator) -> Baskets:
    """The same lengths and item counts, who lies with whom drawn anew."""
    row, column = baskets.matrix.nonzero()
    width = max(baskets.matrix.shape[1], 1)
    for _ in range(SWEEPS):
        column = _sweep(row, column, width, rng)
    matrix = sparse.csr_array((np.ones(len(row), dtype=bool), (row, column)), baskets.matrix.shape)
    matrix.sort_indices()
    return replace(baskets, matrix=matrix)


def _sweep(row, column, width: int, rng: np.random.Generator) -> np.ndarray:
    """Pair the entries at random and let half the pairs exchange their items, where they can.

    A pair can if neither its two entries nor the two they would become are any other pair's. What
    the pairs hold together does not change by a swap, so a sweep undone is as likely as done, and
    every table with these margins is equally likely in the end. Were every pair to swap, an odd
    number of sweeps would never reach what an even number does.
    """
    order = rng.permutation(len(row))
    half = len(row) // 2
    one, other, odd = order[:half], order[half : 2 * half], order[2 * half :]
    now = [row[one] * width + column[one], row[other] * width + column[other]]
    then = [row[one] * width + column[other], row[other] * width + column[one]]
    keys = np.concatenate([*now, *then, row[odd] * width + column[odd]])
    _, place, times = np.unique(keys, return_inverse=True, return_counts=True)
    alone = (times[place] == 1)[: 4 * half].reshape(4, half).all(axis=0)
    alone &= rng.random(half) < 0.5
    swapped = column.copy()
    swapped[one[alone]], swapped[other[alone]] = column[other[alone]], column[one[alone]]
    return swapped
