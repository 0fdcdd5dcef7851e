"""Baskets: the different items of one session, bought or looked at; cut, counted and pruned."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

import ibis
import ibis.expr.types as ir
import numpy as np
from scipy import sparse

from trackway.core.errors import InputError
from trackway.rules.cost import Cost, estimate, recounted
from trackway.rules.thresholds import Thresholds


@dataclass(frozen=True)
class Baskets:
    """Baskets cut to size and freed of items that cannot be part of a frequent set.

    Attributes
    ----------
    n : int
        All baskets: what every support is a share of.
    sizes : dict, number of items -> number of baskets
        As they came, neither cut nor pruned.
    n_cut : int
        Baskets that were longer than allowed and lost their later items.
    needed : int
        Baskets a frequent set must lie in.
    items : m texts
        The frequent items, in order of their text. An item's code is its place here.
    counts : int64 array, shape (m,)
        Baskets each lies in.
    matrix : sparse bool array, shape (b, m)
        The b baskets with a frequent item, in order of session.
    users : int array, shape (b,)
        Whose they are.
    cost : Cost
        What mining them takes at most.
    """

    n: int
    sizes: dict[int, int]
    n_cut: int
    needed: int
    items: tuple[str, ...]
    counts: np.ndarray
    matrix: sparse.csr_array
    users: np.ndarray
    cost: Cost

    @property
    def n_multi(self) -> int:
        """Baskets with at least two items: only these can show what goes together."""
        return sum(n for size, n in self.sizes.items() if size >= 2)

    @property
    def mean_size(self) -> float:
        """Items per basket, as they came; 0 without baskets."""
        return sum(size * n for size, n in self.sizes.items()) / max(self.n, 1)


def gather(items: ir.Table, thresholds: Thresholds, n_empty: int = 0) -> Baskets:
    """Cut, count and prune the baskets in the engine; bring home what mining needs.

    Pruning loses nothing: a set cannot be more frequent than its rarest item.

    Parameters
    ----------
    items : lazy table, one row per basket and item, as `data.items` makes it
    n_empty : int
        Baskets without any item that supports are to be a share of as well.

    Raises
    ------
    InputError
        If mining would take more memory than `thresholds` allow, with what to set instead.
        Where the sets decide, they have been counted by then, else nothing has left the engine.
    """
    with items.cache() as held:
        sizes = _sizes(held)
        n = sum(sizes.values()) + n_empty
        kept = held.filter(held.place < thresholds.longest_basket)
        needed = thresholds.needed(n)
        cost = _cost(kept, needed, thresholds)
        if cost.without_sets > thresholds.memory:
            raise InputError(_refusal(kept, n, needed, cost, thresholds))
        counts = _frequent(kept, needed).order_by("item").to_pandas()
        order = ["basket", "item"]
        entries = kept.semi_join(_frequent(kept, needed), "item").order_by(order).to_pandas()
        names, held_by = tuple(counts["item"]), counts["n"].to_numpy("int64")
        matrix, users = _matrix(entries, names)
        if cost.bytes > thresholds.memory:
            longest, memory = thresholds.longest_itemset, thresholds.memory
            bound, cost = cost, recounted(cost, matrix, needed, longest, memory)
            if cost.bytes > memory:
                raise InputError(_refusal(kept, n, needed, bound, thresholds))
    n_cut = sum(k for size, k in sizes.items() if size > thresholds.longest_basket)
    return Baskets(n, sizes, n_cut, needed, names, held_by, matrix, users, cost)


def _sizes(held: ir.Table) -> dict[int, int]:
    sizes = held.group_by("basket").aggregate(size=ibis._.count())
    table = sizes.group_by("size").aggregate(n=ibis._.count()).order_by("size").to_pandas()
    return dict(zip(table["size"].tolist(), table["n"].tolist(), strict=True))


def _frequent(kept: ir.Table, needed: int) -> ir.Table:
    counts = kept.group_by("item").aggregate(n=ibis._.count())
    return counts.filter(counts.n >= needed)


def _cost(kept: ir.Table, needed: int, thresholds: Thresholds) -> Cost:
    frequent = _frequent(kept, needed)
    sizes = _sizes(kept.semi_join(frequent, "item"))
    return estimate(sizes, frequent.count().execute(), needed, thresholds.longest_itemset)


def _refusal(kept: ir.Table, n: int, needed: int, cost: Cost, thresholds: Thresholds) -> str:
    enough = needed
    while enough < n and _cost(kept, enough, thresholds).bytes > thresholds.memory:
        enough = min(2 * enough, n)
    name = f"rules.min_support.{thresholds.kind}"
    return (
        f"{name} = {float(thresholds.min_support):g} with rules.min_count = "
        f"{thresholds.min_count} asks for too much: with {needed:,} of {n:,} baskets enough for a "
        f"frequent set, there are {cost}. That is above rules.memory_gb = "
        f"{thresholds.memory / 1e9:g}. Set {name} to {_rounded_up(enough / n)} or more "
        f"({enough:,} baskets fit), or lower rules.longest_itemset = {thresholds.longest_itemset}, "
        f"rules.longest_basket = {thresholds.longest_basket} or rules.max_baskets."
    )


def _rounded_up(share: float) -> str:
    """`share` with two digits, never below it.

    >>> _rounded_up(0.125), _rounded_up(0.12), _rounded_up(0.00001234)
    ('0.13', '0.12', '0.000013')
    """
    exact = Decimal(str(share))
    two_digits = Decimal(1).scaleb(exact.adjusted() - 1)
    return f"{exact.quantize(two_digits, ROUND_CEILING):f}"


def _matrix(entries, names: tuple[str, ...]) -> tuple[sparse.csr_array, np.ndarray]:
    """Baskets and items as a table, and each basket's user."""
    sessions, first, row = np.unique(
        entries["basket"].to_numpy(), return_index=True, return_inverse=True
    )
    code = {name: i for i, name in enumerate(names)}
    column = entries["item"].map(code).to_numpy("int64")
    ones = np.ones(len(entries), dtype=bool)
    matrix = sparse.csr_array((ones, (row, column)), shape=(len(sessions), len(names)))
    return matrix, entries["user"].to_numpy()[first]
