"""The table that sets a step's result beside the simulated shop's truth.

Only the sections "Beside the truth" show it. Of a real shop nobody knows the truth; there the
table says that the ceiling is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.report.exhibits import Table
from trackway.tables.truth import UNKNOWN


@dataclass(frozen=True)
class Line:
    """One result of a step between what chance reaches and what could be reached.

    Attributes
    ----------
    what : the measure, in words
    achieved, low, high : its value, and the ends of its 95 % interval; None where it has none
    attainable : what could be reached at best, on exactly the same examples
    attainable_is : what kind of bound that is, in a few words
    chance : what is reached where there is nothing to find
    """

    what: str
    achieved: float | None
    low: float | None
    high: float | None
    attainable: float | None
    attainable_is: str
    chance: float | None


@or_cannot
def beside(
    lines: Sequence[Line] | Cannot | None, *, caption: str = "", digits: int = 3
) -> Table | Cannot:
    """The exhibit ``truth`` of a step: its `lines`, or why there are none.

    Parameters
    ----------
    lines : most telling first, as the index shows the first
        None or none where the data are real, so that the ceiling is unknown.
    caption : what to know beyond the columns
    """
    lines = need(lines)
    if not lines:
        return Cannot(UNKNOWN)
    meaning = (
        "Beside the truth: what was achieved, with its 95 % interval; what could be attained at "
        f"best, and in what sense; what chance reaches. {caption}"
    ).strip()
    rows = pd.DataFrame(lines)
    numbers = rows.select_dtypes("number")
    rows[numbers.columns] = numbers.mask(numbers.abs() < 0.5 * 10**-digits, 0.0)  # no -0.000
    return Table(rows, caption=meaning, digits=digits)
