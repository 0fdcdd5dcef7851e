"""Why data do not carry a result, standing in the result's place.

Not an error: half an hour of events has no weekdays, and a report says so where they would be. A
computation gives its result or a `Cannot`; what rests on it asks with `need`, and the reason
travels on until an exhibit of the page says it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

P, T = ParamSpec("P"), TypeVar("T")


@dataclass(frozen=True)
class Cannot:
    """Stands where a result would, had the data carried it.

    Attributes
    ----------
    reason : str
        A whole sentence, with the count that decided.
    """

    reason: str


class Missing(Exception):
    """Raised by `need`, caught by `or_cannot`; it never leaves a public function."""

    def __init__(self, cannot: Cannot):
        super().__init__(cannot.reason)
        self.cannot = cannot


def need(result: T | Cannot) -> T:
    """`result`, or the end of what asks for it: a function marked `or_cannot` gives the reason."""
    if isinstance(result, Cannot):
        raise Missing(result)
    return result


def or_cannot(function: Callable[P, T]) -> Callable[P, T | Cannot]:
    """Let `function` give the `Cannot` of the first thing it needs and cannot have.

    Examples
    --------
    >>> @or_cannot
    ... def mean(values):
    ...     return sum(need(values)) / len(values)
    >>> mean([1, 2]), mean(Cannot("Nobody bought."))
    (1.5, Cannot(reason='Nobody bought.'))
    """

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T | Cannot:
        try:
            return function(*args, **kwargs)
        except Missing as missing:
            return missing.cannot

    return asked
