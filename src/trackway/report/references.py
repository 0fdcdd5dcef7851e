"""Sentences point at exhibits by name; the page, which counts them, writes the number.

``f"Few come back ({references.table('cohorts')})."`` is shown with the word and the number of that
table. A name that the page has not shown by then is an error, so no sentence points at nothing.
"""

import re
from collections.abc import Mapping

from trackway.core.escaping import REFERENCE_CLOSE, REFERENCE_OPEN

KINDS = {"figure": "Figure", "table": "Table"}
_MARK = re.compile(f"{REFERENCE_OPEN}(figure|table):([^{REFERENCE_CLOSE}]*){REFERENCE_CLOSE}")


def figure(name: str) -> str:
    """A reference to the figure `name` of the same page."""
    return f"{REFERENCE_OPEN}figure:{name}{REFERENCE_CLOSE}"


def table(name: str) -> str:
    """A reference to the table `name` of the same page."""
    return f"{REFERENCE_OPEN}table:{name}{REFERENCE_CLOSE}"


def resolve(text: str, numbers: Mapping[tuple[str, str], int]) -> str:
    """`text` with each reference as the word and the number of its exhibit.

    Parameters
    ----------
    numbers : (kind, name) to the number of the exhibit

    Raises
    ------
    KeyError
        If a name is not among `numbers`: shown later, or not at all.

    Examples
    --------
    >>> resolve(f"Few ({table('cohorts')}).", {("table", "cohorts"): 5}).split()
    ['Few', '(Table', '5).']
    """

    def numbered(mark: re.Match) -> str:
        kind, name = mark.groups()
        if (kind, name) not in numbers:
            shown = ", ".join(f"{kind} {name}" for kind, name in numbers) or "nothing"
            raise KeyError(f"a sentence points at {kind} {name!r}; the page has shown {shown}")
        return f"{KINDS[kind]} {numbers[kind, name]}"

    return _MARK.sub(numbered, text)


def named(text: str) -> list[tuple[str, str]]:
    """The (kind, name) of each reference in `text`."""
    return _MARK.findall(text)
