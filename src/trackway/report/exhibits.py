"""How a step shows something: a function that gives a `Table` or a `Figure`, and its name.

::

    @exhibits.table("scores")
    def scores(study: Study) -> Table:
        '''Every model by every metric.'''
        rated = need(study.rated)
        return Table(rated.scores(), caption="...")

The notebook says ``shown.scores(page, result)``. The page counts it, writes it below `reports/`
under its name, and where something needed is a `Cannot`, or the function gives one, says the reason
in the exhibit's place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import pandas as pd
from matplotlib import figure as drawing

from trackway.core.cannot import Cannot, or_cannot
from trackway.report.page import Page


@dataclass(frozen=True)
class Table:
    """A table to be shown, and saved whole.

    Attributes
    ----------
    content : DataFrame
        A named index is shown and saved as the first columns; a nameless one is dropped.
    caption : str
        What to know beyond the columns; `code` is the only markup.
    digits : int, or column to int
        Decimals shown.
    rows : int
        Shown of a longer one.
    """

    content: pd.DataFrame
    caption: str
    digits: dict[str, int] | int = 3
    rows: int = 50


@dataclass(frozen=True)
class Figure:
    """A figure to be shown and saved.

    Attributes
    ----------
    drawing : matplotlib Figure
    caption : str
        What is seen, with the numbers that decide; `code` is the only markup.
    alt : str
        The same for who cannot see it.
    """

    drawing: drawing.Figure
    caption: str
    alt: str


def table(name: str) -> Callable:
    """Make a function that gives a `Table`, or a `Cannot`, the exhibit `name` of its step."""

    def show(page: Page, shown: Table | Cannot) -> None:
        if isinstance(shown, Cannot):
            page.cannot("table", name, shown)
        else:
            page.table(
                name, shown.content, caption=shown.caption, digits=shown.digits, rows=shown.rows
            )

    return _exhibit("table", name, show)


def figure(name: str) -> Callable:
    """Make a function that gives a `Figure`, or a `Cannot`, the exhibit `name` of its step."""

    def show(page: Page, shown: Figure | Cannot) -> None:
        if isinstance(shown, Cannot):
            page.cannot("figure", name, shown)
        else:
            page.figure(name, shown.drawing, caption=shown.caption, alt=shown.alt)

    return _exhibit("figure", name, show)


def _exhibit(kind: str, name: str, show: Callable) -> Callable:
    def mark(function: Callable) -> Callable:
        @wraps(function)
        def shown(page: Page, *args, **kwargs) -> None:
            show(page, or_cannot(function)(*args, **kwargs))

        shown.exhibit = (kind, name)
        return shown

    return mark
