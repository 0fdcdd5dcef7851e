"""What mining would take, estimated from the sizes of the baskets, before it is tried.

The bytes were measured on mlxtend 0.25 and CPython 3.11 and rounded up. Both algorithms make the
table of baskets and items dense, one byte a cell, and hold it twice. A node of FP-Growth's tree
takes 357 bytes, and there is at most one for each item of a basket. A set takes 1,800 through the
whole search, its rules of one item on the right and their tests included; with more on the right it
takes more. On four searches of the demo's views the estimate was 2.4 to 5.9 times the peak.

Where baskets are long the bound on the sets may be a hundred times too high. So before a search is
refused for its sets alone, these are counted, by sparse products, which takes seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import comb

import numpy as np
from scipy import sparse

BYTES_PER_CELL = 2
BYTES_PER_NODE = 400
BYTES_PER_SET = 2000
BYTES_PER_ENTRY = 12  # of a sparse table, such as that of how often two items meet


@dataclass(frozen=True)
class Cost:
    """An upper bound of what a search would hold.

    Attributes
    ----------
    items : int
        Items frequent on their own.
    baskets : int
        Baskets with at least two of them: the rows of the dense table.
    pairs, itemsets : int
        Upper bounds of the frequent pairs, and of all frequent sets; or their numbers, if counted.
    bytes : float
    """

    items: int
    baskets: int
    pairs: int
    itemsets: int
    bytes: float

    def __str__(self) -> str:
        return (
            f"{self.items:,} frequent items in {self.baskets:,} baskets of two or more of them: a "
            f"table of {self.items * self.baskets:,} cells, up to {self.pairs:,} frequent pairs "
            f"and {self.itemsets:,} frequent sets; {_size(self.bytes)} of memory"
        )

    @property
    def without_sets(self) -> float:
        """What a count of the sets, and the search but for its sets, takes at most; bytes."""
        meetings = BYTES_PER_ENTRY * float(self.items) ** 2
        return max(self.bytes - BYTES_PER_SET * self.itemsets, meetings)


def estimate(sizes: Mapping[int, int], n_items: int, needed: int, longest: int) -> Cost:
    """Bound the cost of finding all sets of up to `longest` items in at least `needed` baskets.

    A basket of s items holds C(s, k) sets of k items, and a frequent set uses up `needed` of
    these, so there are at most sum of C(s, k) / `needed` of them; nor are there more than C(m, k)
    for m items.

    Parameters
    ----------
    sizes : number of frequent items in a basket -> number of such baskets

    Examples
    --------
    Two baskets of the same three items, all sets wanted that lie in both: three pairs, one triple.

    >>> estimate({3: 2}, n_items=3, needed=2, longest=3).itemsets
    4
    """

    def sets(k: int) -> int:
        held = sum(comb(size, k) * baskets for size, baskets in sizes.items())
        return min(comb(n_items, k), held // needed)

    rows = sum(baskets for size, baskets in sizes.items() if size >= 2)
    nodes = sum(size * baskets for size, baskets in sizes.items())
    itemsets = sum(sets(k) for k in range(2, longest + 1))
    memory = BYTES_PER_CELL * rows * n_items + BYTES_PER_NODE * nodes + BYTES_PER_SET * itemsets
    return Cost(n_items, rows, sets(2), itemsets, float(memory))


def recounted(
    cost: Cost, matrix: sparse.csr_array, needed: int, longest: int, memory: float
) -> Cost:
    """`cost` with the sets counted: all of them, or more than fit into `memory`, bytes.

    Parameters
    ----------
    matrix : sparse bool array, baskets by frequent items

    Examples
    --------
    Of three items each two meet in a basket, and no three do.

    >>> each = sparse.csr_array(np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=bool))
    >>> recounted(estimate({2: 3}, 3, 1, 3), each, needed=1, longest=3, memory=1e9).itemsets
    3
    """
    found = dict.fromkeys(range(2, longest + 1), 0)
    for length, sets in _counts(matrix.astype("int32"), needed, 2, longest):
        found[length] += sets
        if BYTES_PER_SET * sum(found.values()) > memory:
            break
    itemsets = sum(found.values())
    saved = BYTES_PER_SET * (cost.itemsets - itemsets)
    return replace(cost, pairs=found[2], itemsets=itemsets, bytes=cost.bytes - saved)


def _counts(
    held: sparse.csr_array, needed: int, length: int, longest: int
) -> Iterator[tuple[int, int]]:
    """How many frequent sets of a length there are, a part of them at a time: depth first."""
    together = sparse.triu(held.T @ held, k=1).tocsr()
    together.data = together.data >= needed
    together.eliminate_zeros()
    yield length, together.nnz
    if length == longest:
        return
    ends = together.indptr
    for one in np.flatnonzero(np.diff(ends) >= 2):
        rows = held[:, [one]].nonzero()[0]
        others = np.sort(together.indices[ends[one] : ends[one + 1]])
        yield from _counts(held[rows][:, others], needed, length + 1, longest)


def _size(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:,.1f} MB"
