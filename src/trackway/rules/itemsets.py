"""Frequent itemsets: Apriori and FP-Growth of mlxtend, told in counts.

R. Agrawal and R. Srikant, VLDB 1994, and J. Han, J. Pei and Y. Yin, SIGMOD 2000. Both give the same
sets; two ways to one answer are a check on either. A third, plain and sparse, counts the shuffled
baskets, of which there are many.
"""

import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from scipy import sparse

from trackway.rules.baskets import Baskets

with warnings.catch_warnings():  # on import mlxtend switches every DeprecationWarning on, for all
    from mlxtend.frequent_patterns import apriori, fpgrowth

Itemsets = dict[tuple[int, ...], int]  # codes of items, rising -> baskets that hold them all

ALGORITHMS: dict[str, Callable] = {
    # Without low_memory Apriori holds all candidates of a length at once: 16 GB for 2,000 items.
    "Apriori": partial(apriori, low_memory=True),
    "FP-Growth": fpgrowth,
}


def mine(baskets: Baskets, longest: int, algorithm: str = "FP-Growth") -> Itemsets:
    """All sets of up to `longest` items in at least ``baskets.needed`` baskets, by length and code.

    Only baskets with two frequent items or more are handed to the algorithm; single items have
    been counted already, over all baskets.
    """
    sets = {(code,): int(count) for code, count in enumerate(baskets.counts)}
    rows = np.diff(baskets.matrix.indptr) >= 2
    n = int(rows.sum())
    if n >= baskets.needed and longest >= 2:
        dense = pd.DataFrame(baskets.matrix[rows].toarray())
        # Half a basket below the count: mlxtend compares floats, and rounds c / n * n up to c + 1.
        least = (baskets.needed - 0.5) / n
        mined = ALGORITHMS[algorithm](dense, min_support=least, max_len=longest)
        for support, codes in zip(mined["support"], mined["itemsets"], strict=True):
            if len(codes) >= 2:
                sets[tuple(sorted(int(code) for code in codes))] = round(support * n)
    return in_order(sets)


def count(baskets: Baskets, longest: int) -> Itemsets:
    """The same sets as `mine`, by sparse products: a set's baskets, crossed, count its pairs."""
    sets = {(code,): int(n) for code, n in enumerate(baskets.counts)}
    level = {(): (baskets.matrix.astype("int32"), np.arange(len(baskets.items)))}
    for length in range(2, longest + 1):
        longer = {}
        for beside, (held, codes) in level.items():
            one, other, n = _pairs(held, baskets.needed)
            pairs = zip(codes[one].tolist(), codes[other].tolist(), n.tolist(), strict=True)
            sets |= {(*beside, a, b): together for a, b, together in pairs}
            if length < longest:
                longer |= {
                    (*beside, int(codes[a])): _beside(held, codes, a, other[one == a])
                    for a in np.unique(one)
                    if (one == a).sum() >= 2
                }
        level = longer
    return in_order(sets)


def _pairs(held: sparse.csr_array, needed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns that share at least `needed` rows: the one, the later other, and the rows."""
    together = sparse.triu(held.T @ held, k=1).tocoo()
    enough = together.data >= needed
    return together.row[enough], together.col[enough], together.data[enough]


def _beside(held: sparse.csr_array, codes: np.ndarray, one: int, others: np.ndarray) -> tuple:
    """The rows that hold column `one`, only the columns `others` kept; and their codes."""
    others = np.sort(others)
    rows = held[:, [one]].nonzero()[0]
    return held[rows][:, others], codes[others]


def in_order(sets: Itemsets) -> Itemsets:
    """`sets` by length, then by their codes."""
    return dict(sorted(sets.items(), key=lambda one: (len(one[0]), one[0])))
