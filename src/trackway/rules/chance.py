"""What chance alone would bring, rule by rule.

A rule of two items says that they share more baskets than they should; one of three must do so in
the baskets of each of its items, or it only repeats a pair: G. Webb calls such rules *productive*
("Discovering Significant Patterns", Machine Learning 68 (2007), doi:10.1007/s10994-007-5006-x).

Fisher's exact test, the usual guard, takes all baskets to be alike. They are not: two items meet
more easily in long baskets, and in a large shop's views nearly all pairs of brands then pass. So
the count a rule is held against is the one that the baskets' lengths and the items' counts bring
about by themselves.

The p-values are corrected by Benjamini and Hochberg within each length of rule, for every set that
could have become frequent, not only those that did.
"""

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from scipy.special import gammainc

from trackway.rules.baskets import Baskets
from trackway.rules.itemsets import Itemsets

ROUNDS = 30  # of each fit
BATCH = 10_000  # rules tested at once: bounds the memory


class Lengths:
    """How items spread over baskets of each length, and meet there, if nothing else is at work.

    The most even law that keeps the baskets' lengths and the items' counts: an item's odds to be
    in a basket are its own times the length's. T. De Bie, "Maximum entropy models and subjective
    interestingness", DMKD 23 (2011), doi:10.1007/s10618-010-0209-3.
    """

    def __init__(self, baskets: Baskets):
        self._columns = baskets.matrix.tocsc()
        self._length = np.diff(baskets.matrix.indptr)  # of each basket, in frequent items
        self._lengths = np.arange(self._length.max(initial=0) + 1)
        n = np.bincount(self._length, minlength=1)[:, None]
        self._odds = baskets.counts / max(int(baskets.counts.sum()), 1)  # of the items, shape (m,)
        for _ in range(ROUNDS):
            law = _law(self._odds, self._lengths)
            self._odds = self._odds * baskets.counts / (n * law).sum(axis=0)

    def held(self, items: tuple[int, ...]) -> np.ndarray:
        """Baskets of each length that hold all `items`; shape (longest + 1,)."""
        rows = np.ones(len(self._length), dtype=bool)
        for item in items:
            rows &= self._columns[:, [item]].toarray().ravel()
        return np.bincount(self._length[rows], minlength=len(self._lengths))

    def places(self, taken: tuple[int, ...]) -> np.ndarray:
        """What `taken` items leave of a basket of each length; shape (longest + 1,)."""
        return np.maximum(self._lengths - len(taken), 0)

    def law(self, taken: tuple[int, ...]) -> np.ndarray:
        """Each item's probability to be in one of these places; shape (longest + 1, m)."""
        odds = self._odds.copy()
        odds[list(taken)] = 0
        return _law(odds, self.places(taken))


def _law(odds: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Probabilities with these odds up to a factor per row, whose rows sum to `places`."""
    factor = np.minimum(places, (odds > 0).sum())[:, None] / odds.sum()
    for _ in range(ROUNDS):
        factor = places[:, None] / (odds / (1 + factor * odds)).sum(axis=1, keepdims=True)
    return factor * odds / (1 + factor * odds)


def expected(rules: pd.DataFrame, sets: Itemsets, n: int, lengths: Lengths) -> np.ndarray:
    """Baskets that would hold each rule if one item of its left side told nothing.

    For each item of the left side: among the baskets that hold the others, it and the right side
    come as often as they do, and meet as baskets of these lengths make them. The largest of these
    is the rule's, so a rule of three items must beat its strongest pair.

    Parameters
    ----------
    rules : DataFrame of r rules, as `measures.all_rules` makes it
    sets : every frequent set with its count

    Returns
    -------
    float array, shape (r,)
    """
    known = {(): n, **sets}
    tests: dict[tuple, list] = {}  # the rest of the left side -> rule, item dropped, right side
    rows = zip(rules["antecedent"], rules["consequent"], strict=True)
    for rule, (left, right) in enumerate(rows):
        for item in left:
            rest = tuple(other for other in left if other != item)
            tests.setdefault(rest, []).append((rule, (item,), right))
    mean = np.zeros(len(rules))
    for rest, some in tests.items():
        rule, *sides = zip(*some, strict=True)
        together = meetings(lengths, rest, *sides)
        for side in sides:
            together *= [known[tuple(sorted(rest + items))] for items in side]
        np.maximum.at(mean, list(rule), together)
    return mean


def meetings(lengths: Lengths, rest: tuple[int, ...], ones: list, others: list) -> np.ndarray:
    """Mean meetings of two sets of items that lie in one basket each, of those that hold `rest`.

    In a basket with few places one item leaves less room for the other: J. Hajek, Ann. Math. Stat.
    35 (1964) 1491, for samples of a fixed size.

    Parameters
    ----------
    ones, others : k tuples of item codes

    Returns
    -------
    float array, shape (k,)
    """
    within = lengths.held(rest).astype(float)[:, None]  # (lengths, 1)
    law = lengths.law(rest)  # (lengths, items)
    spread = (law * (1 - law)).sum(axis=1, keepdims=True)
    shared = (lengths.places(rest)[:, None] >= 2) & (spread > 0)
    ratios = []
    for start in range(0, len(ones), BATCH):
        one, other = (
            np.stack([law[:, list(items)].prod(axis=1) for items in side[start : start + BATCH]], 1)
            for side in [ones, others]
        )  # (lengths, k)
        away = (1 - one) * (1 - other)
        room = 1 - np.divide(away, spread, out=np.ones_like(away), where=shared)
        together = (within * one * other * np.maximum(room, 0)).sum(axis=0)
        alone = (within * one).sum(axis=0) * (within * other).sum(axis=0)
        ratios.append(np.divide(together, alone, out=np.zeros_like(alone), where=alone > 0))
    return np.concatenate(ratios)


def p_values(count: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """How probable this `count` or a higher one is where `expected` is the mean.

    The Poisson tail. Counts of baskets that differ in their chances spread less (W. Hoeffding, Ann.
    Math. Stat. 27 (1956) 713), so it errs on the careful side.
    """
    return gammainc(count, expected)


def candidates(sets: Itemsets, length: int) -> int:
    """Sets of `length` items all of whose parts are frequent: those that were looked for.

    Their parts' counts are what the tests hold fixed, so counting them is not peeking.
    """
    if length == 2:
        return comb(sum(len(one) == 1 for one in sets), 2)
    parts = [one for one in sets if len(one) == length - 1]
    followers: dict[tuple, list] = {}
    for *start, last in parts:
        followers.setdefault(tuple(start), []).append(last)
    known = set(parts)
    return sum(
        all(part in known for part in combinations((*start, *two), length - 1))
        for start, lasts in followers.items()
        for two in combinations(lasts, 2)
    )


def q_values(p: np.ndarray, n_tests: int) -> np.ndarray:
    """Benjamini-Hochberg adjusted p-values; the tests not listed count as p = 1.

    >>> q_values(np.array([0.01, 0.04, 0.03]), n_tests=4).round(4).tolist()
    [0.04, 0.0533, 0.0533]
    """
    order = np.argsort(p, kind="stable")
    ratio = p[order] * n_tests / np.arange(1, len(p) + 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.minimum.accumulate(ratio[::-1])[::-1], 1.0)
    return adjusted


def add_tests(rules: pd.DataFrame, sets: Itemsets, baskets: Baskets) -> pd.DataFrame:
    """Return `rules`, all that the `sets` hold, with ``expected``, ``p_value`` and ``q_value``."""
    if rules.empty:
        return rules.assign(expected=0.0, p_value=1.0, q_value=1.0)
    mean = expected(rules, sets, baskets.n, Lengths(baskets))
    p = p_values(rules["count"].to_numpy(), mean)
    lengths = (rules["antecedent"].map(len) + rules["consequent"].map(len)).to_numpy(dtype=int)
    q = np.ones(len(rules))
    for length in np.unique(lengths):
        here = lengths == length
        readings = here.sum() // sum(len(one) == length for one in sets)
        q[here] = q_values(p[here], candidates(sets, int(length)) * int(readings))
    return rules.assign(expected=mean, p_value=p, q_value=q)
