"""Rules and their measures, computed from integer counts.

Definitions as in M. Hahsler et al., "arules", J. Stat. Soft. 14 (2005), doi:10.18637/jss.v014.i15.
With N baskets, n(X), n(Y), n(XY) of them holding the left side, the right side and both:

| measure    | definition                        | reads                                     |
|------------|-----------------------------------|-------------------------------------------|
| support    | n(XY) / N                         | share of baskets the rule is about        |
| confidence | n(XY) / n(X)                      | share of the left side's baskets it holds |
| lift       | n(XY) N / (n(X) n(Y))             | 1 where both sides are independent        |
| leverage   | n(XY) / N - n(X) n(Y) / N^2       | share of baskets beyond independence      |
| conviction | (1 - n(Y) / N) / (1 - confidence) | 1 if independent, inf if it never fails   |
"""

from fractions import Fraction
from functools import partial, reduce
from itertools import combinations

import numpy as np
import pandas as pd

from trackway.rules.baskets import Baskets
from trackway.rules.itemsets import Itemsets
from trackway.rules.thresholds import Thresholds

COUNTS = ["count", "n_antecedent", "n_consequent"]


def all_rules(sets: Itemsets, longest_consequent: int = 1) -> pd.DataFrame:
    """Every way to read a frequent set as a rule, strong or not.

    Returns
    -------
    DataFrame, in order of the sets, the consequent's length and codes
        antecedent, consequent : tuple of item codes
        count, n_antecedent, n_consequent : int, baskets
    """
    rows = []
    for items, count in sets.items():
        for length in range(1, min(longest_consequent, len(items) - 1) + 1):
            for right in combinations(items, length):
                left = tuple(item for item in items if item not in right)
                rows.append((left, right, count, sets[left], sets[right]))
    return pd.DataFrame(rows, columns=["antecedent", "consequent", *COUNTS]).astype(
        dict.fromkeys(COUNTS, "int64")
    )


def add_measures(rules: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return `rules` with the five measures, for `n` baskets in all.

    Each is one division of whole numbers, so equal ratios are equal floats.
    """
    both, left, right = (rules[name].astype(object) for name in COUNTS)
    never_fails = (left == both).to_numpy(dtype=bool)
    convictions = (left * (n - right)) / (n * (left - both).mask(never_fails, 1))
    return rules.assign(
        support=(both / n).astype(float),
        confidence=(both / left).astype(float),
        lift=(both * n / (left * right)).astype(float),
        leverage=((both * n - left * right) / n**2).astype(float),
        conviction=np.where(never_fails, np.inf, convictions.astype(float)),
    )


def reaches(rules: pd.DataFrame, n: int, thresholds: Thresholds) -> pd.Series:
    """Which `rules` have the least confidence and lift, compared exactly."""
    both, left, right = (rules[name].astype(object) for name in COUNTS)
    confident = _at_least(both, left, thresholds.min_confidence)
    return confident & _at_least(both * n, left * right, thresholds.min_lift)


def _at_least(above: pd.Series, below: pd.Series, least: Fraction) -> pd.Series:
    return (above * least.denominator >= below * least.numerator).astype(bool)


def add_users(rules: pd.DataFrame, baskets: Baskets) -> pd.DataFrame:
    """Return `rules` with ``n_users``: how many different users' baskets hold both sides.

    Baskets of one user are no independent witnesses: five may be one person's five looks.
    """
    columns = baskets.matrix.tocsc()
    holding = np.split(columns.indices, columns.indptr[1:-1])

    def users(items: tuple[int, ...]) -> int:
        rows = reduce(partial(np.intersect1d, assume_unique=True), [holding[i] for i in items])
        return len(np.unique(baskets.users[rows]))

    n_users = [users(x + y) for x, y in zip(rules["antecedent"], rules["consequent"], strict=True)]
    return rules.assign(n_users=np.array(n_users, dtype="int64"))


def redundant(rules: pd.DataFrame) -> pd.Series:
    """Which `rules` a more general one among them makes needless.

    A rule is redundant if another has the same right side, only some of its left side's items, and
    at least its confidence: the further items then tell nothing. A consequent's most confident
    rule of fewest items is never redundant.
    """
    known = {
        (row.antecedent, row.consequent): (row.count_, row.n_antecedent)
        for row in rules.rename(columns={"count": "count_"}).itertuples(index=False)
    }

    def needless(antecedent, consequent) -> bool:
        both, left = known[antecedent, consequent]
        general = (
            known.get((fewer, consequent))
            for length in range(1, len(antecedent))
            for fewer in combinations(antecedent, length)
        )
        return any(other and other[0] * left >= both * other[1] for other in general)

    pairs = zip(rules["antecedent"], rules["consequent"], strict=True)
    return pd.Series([needless(*pair) for pair in pairs], index=rules.index, dtype=bool)
