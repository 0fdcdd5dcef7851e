"""What mining would take, estimated from the sizes of the baskets, before it is tried.

The bytes were measured on mlxtend 0.25 and CPython 3.11 and rounded up. Both algorithms make the
table of baskets and items dense, one byte a cell, and hold it twice. A node of FP-Growth's tree
takes 357 bytes, and there is at most one for each item of a basket. A set takes 1,800 through the
whole search, its rules of one item on the right and their tests included; with more on the right it
takes more. On four searches of the demo's views the estimate was 2.4 to 5.9 times the peak.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb

BYTES_PER_CELL = 2
BYTES_PER_NODE = 400
BYTES_PER_SET = 2000


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
        Upper bounds of the frequent pairs, and of all frequent sets.
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


def _size(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:,.1f} MB"
