"""What was planted in the simulated shop, and the table that sets a step's result beside it.

Only the sections "Beside the truth" read it. Of a real shop nobody knows the truth; there the
reading is None, and the table says that the ceiling is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
from pyarrow.compute import field

from trackway import data
from trackway.errors import InputError
from trackway.report import Page
from trackway.sources.facts import facts

TRUTH = "raw/demo/truth"
FROM_SEEN = "best from what was seen"  # no method could do better, given the same inputs
HIDDEN = "knows the hidden state: a looser bound"  # not even the best method reaches it
UNKNOWN = (
    "The ceiling is unknown: these are data of a real shop, and nobody knows how well its "
    "visitors could be told. The simulated shop, whose truth is known, has this table."
)


@dataclass(frozen=True)
class Line:
    """One result of a step between what chance reaches and what could be reached.

    Attributes
    ----------
    what : the measure, in words
    achieved, low, high : its value, and the ends of its 95 % interval; None where it has none
    attainable : what could be reached at best, on exactly the same examples
    attainable_is : what kind of bound that is, such as `FROM_SEEN` or `HIDDEN`, in a few words
    chance : what is reached where there is nothing to find
    """

    what: str
    achieved: float | None
    low: float | None
    high: float | None
    attainable: float | None
    attainable_is: str
    chance: float | None


def read(name: str, users: pd.Series | None = None) -> pd.DataFrame | None:
    """A table of the truth: `users`, `sessions`, `products`, `complements` or `dates`.

    Its users are those who might come: join by those seen, or ask for the rows of some `users`
    alone, who may be few of millions. None where the data under study are not simulated.

    Raises
    ------
    InputError
        If they are, but the truth is not there.
    """
    if not facts().simulated:
        return None
    file = data.path(f"{TRUTH}/{name}.parquet")
    if not file.exists():
        raise InputError(f"data/{TRUTH}/{name}.parquet is missing; run: python -m trackway.demo")
    rows = None if users is None else field("user_id").isin(pa.array(users, pa.int64()))
    return pd.read_parquet(file, filters=rows)


def table(
    page: Page,
    number: int,
    lines: Sequence[Line] | None,
    *,
    reason: str | None = None,
    caption: str = "",
    digits: int = 3,
) -> None:
    """Show `lines` as "Table `number`.", saved as ``truth.csv``, or say why there are none.

    Parameters
    ----------
    lines : most telling first, as the index shows the first; None or none if there is no result
    reason : why not; None for that the ceiling of real data is unknown
    caption : what to know beyond the columns
    """
    if not lines or reason:
        page.cannot("Table", number, "truth", reason or UNKNOWN)
        return
    said = (
        "Beside the truth: what was achieved, with its 95 % interval; what could be attained at "
        f"best, and in what sense; what chance reaches. {caption}"
    ).strip()
    rows = pd.DataFrame(lines)
    numbers = rows.select_dtypes("number")
    rows[numbers.columns] = numbers.mask(numbers.abs() < 0.5 * 10**-digits, 0.0)  # no -0.000
    page.table(number, rows, "truth", caption=said, digits=digits)
