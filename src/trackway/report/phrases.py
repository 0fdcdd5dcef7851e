"""How numbers and verdicts are worded, everywhere the same."""

from math import isnan

from trackway.evaluation.bootstrap import Interval

SPACE = "\N{NO-BREAK SPACE}"  # an interval stays together in a narrow table
NOT_TOLD_APART = "cannot be told apart"


def interval(value: float, low: float, high: float, form: str = ".3f") -> str:
    """A value with its interval, or that there is none.

    Parameters
    ----------
    form : how each of the three is written, such as '.3f', '.1%' or ',.0f'

    Examples
    --------
    >>> interval(0.0512, 0.04, 0.06, ".1%"), interval(0.5, float("nan"), float("nan"))
    ('5.1% [4.0%,\xa06.0%]', '0.500 [no interval]')
    """
    if isnan(value):
        return "not told"
    if isnan(low) or isnan(high):
        return f"{value:{form}} [no interval]"
    return f"{value:{form}} [{low:{form}},{SPACE}{high:{form}}]"


def verdict(difference: Interval, form: str = ".4f", small_is_good: bool = False) -> str:
    """Whether one is better than another, by the interval of their paired difference.

    Parameters
    ----------
    difference : of the one minus the other

    Examples
    --------
    >>> verdict(Interval(0.02, 0.01, 0.03), ".2f"), verdict(Interval(0.0, -0.1, 0.1), ".1f")
    ('better by 0.02 [0.01,\xa00.03]', 'cannot be told apart (difference 0.0 [-0.1,\xa00.1])')
    >>> verdict(Interval(float("nan"), float("nan"), float("nan")))
    'cannot be told apart (too few for an interval)'
    """
    value, low, high = difference
    if isnan(low) or isnan(high):
        return f"{NOT_TOLD_APART} (too few for an interval)"
    if low <= 0 <= high:
        return f"{NOT_TOLD_APART} (difference {interval(value, low, high, form)})"
    word = "better" if (high < 0) == small_is_good else "worse"
    ends = sorted([abs(low), abs(high)])
    return f"{word} by {interval(abs(value), *ends, form)}"


def count(number: int, noun: str) -> str:
    """A number with its noun, in the singular for one.

    Examples
    --------
    >>> count(1, "purchase"), count(1234, "purchase")
    ('1 purchase', '1,234 purchases')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
