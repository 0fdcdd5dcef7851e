"""What counts as often, as strong and as too much: the parameters, kept exact.

A share such as .8 has no exact binary form. Rules that lie just on it are lost when floats are
compared (39 of the 410 of the Groceries data), so shares are fractions here, taken from the text
of the number, and are compared with integer counts.
"""

from dataclasses import dataclass
from fractions import Fraction

from trackway.params.rules import Rules

GIGABYTE = 1e9


def exact(number: float) -> Fraction:
    """The fraction that the shortest text of `number` stands for.

    >>> exact(0.8), exact(1e-05)
    (Fraction(4, 5), Fraction(1, 100000))
    """
    return Fraction(str(number))


@dataclass(frozen=True)
class Thresholds:
    """What a frequent itemset and a rule must reach, and what the search may take.

    Attributes
    ----------
    min_support : Fraction
        Least share of baskets that hold the itemset.
    min_count : int, baskets
        Least number of baskets that hold it, whatever the share says.
    min_confidence, min_lift : Fraction
        Least share of the left side's baskets that hold the right side, and the least ratio of
        that share to the right side's own. Both are reached by a rule that lies just on them.
    longest_basket, longest_itemset, longest_consequent : int, items
        A basket is cut to its first items; sets and right sides are no longer than this.
    memory : float, bytes
        What mining may take, by the estimate of `cost`.
    fdr : float
        Share of false finds allowed among the rules called beyond chance.
    min_users : int
        Least number of different users whose baskets hold a rule.
    kind : str
        Named in messages: ``rules.min_support.<kind>`` is what to change.
    """

    min_support: Fraction
    min_count: int
    min_confidence: Fraction
    min_lift: Fraction = Fraction(1)
    longest_basket: int = 10**6
    longest_itemset: int = 3
    longest_consequent: int = 1
    memory: float = 2 * GIGABYTE
    fdr: float = 0.05
    min_users: int = 1
    kind: str = "views"

    @classmethod
    def of(cls, settings: Rules, kind: str) -> "Thresholds":
        """The section `rules` of `params.yaml`, for one kind of basket."""
        return cls(
            min_support=exact(getattr(settings.min_support, kind)),
            min_count=settings.min_count,
            min_confidence=exact(settings.min_confidence),
            min_lift=exact(settings.min_lift),
            longest_basket=settings.longest_basket,
            longest_itemset=settings.longest_itemset,
            longest_consequent=settings.longest_consequent,
            memory=settings.memory_gb * GIGABYTE,
            fdr=settings.fdr,
            min_users=settings.min_users,
            kind=kind,
        )

    def needed(self, n_baskets: int) -> int:
        """Baskets a frequent itemset must lie in: the share, rounded up, or the least count.

        >>> Thresholds(exact(0.001), 5, exact(0.8)).needed(9835)
        10
        """
        share = self.min_support * n_baskets
        return max(self.min_count, -(-share.numerator // share.denominator))
