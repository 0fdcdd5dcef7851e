"""What moved between two states: parameters, metrics, rows of tables, claims.

A metric moved if the interval of its difference leaves out 0; else the difference is no more than
other users might have brought, and is called noise. That interval is computed from the two
metrics' own, as if they came from different users; two runs on the same users share their errors,
so it is rather too wide: "moved" can be trusted, "noise" may hide little.

Source: G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008) 1693-1702.
"""

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from math import hypot
from typing import NamedTuple

from trackway.study.status import flat, shown


class Metric(NamedTuple):
    """A value and the ends of its interval; None where it has none."""

    value: float
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        interval = "" if self.low is None else f" [{self.low:.4g}, {self.high:.4g}]"
        return f"{self.value:.6g}{interval}"


class Change(NamedTuple):
    """What a name stands for in one state and in the other, as text; "(none)" where it is not."""

    name: str
    before: str
    after: str
    verdict: str = ""


def params(before: dict, after: dict) -> list[Change]:
    """Every parameter that differs.

    >>> params({"rfm": {"k": 5, "as_of": None}}, {"rfm": {"k": 6, "as_of": None}})
    [Change(name='rfm.k', before='5', after='6', verdict='')]
    """
    old, new = ({n: v for key in tree for n, v in flat(tree[key], key)} for tree in (before, after))
    names = list(dict.fromkeys([*old, *new]))
    changes = [Change(name, shown(old, name), shown(new, name)) for name in names]
    return [change for change in changes if change.before != change.after]


def measures(tree: dict, name: str = "") -> dict[str, Metric]:
    """The metrics of a file by dotted name, with their intervals where it holds them.

    Both ways of keeping an interval are read.

    >>> measures({"auc": {"value": 0.7, "low": 0.6, "high": 0.8}, "n": 3})
    {'auc': Metric(value=0.7, low=0.6, high=0.8), 'n': Metric(value=3, low=None, high=None)}
    >>> measures({"f1": 0.3, "f1_low": 0.2, "f1_high": 0.4})
    {'f1': Metric(value=0.3, low=0.2, high=0.4)}
    """
    if set(tree) == {"value", "low", "high"}:
        return {name: Metric(tree["value"], tree["low"], tree["high"])}
    metrics_by_name = {}
    for key, inner in tree.items():
        full = f"{name}.{key}" if name else key
        if isinstance(inner, dict):
            metrics_by_name |= measures(inner, full)
        elif not (key.endswith(("_low", "_high")) and key.rsplit("_", 1)[0] in tree):
            metrics_by_name[full] = Metric(inner, tree.get(f"{key}_low"), tree.get(f"{key}_high"))
    return metrics_by_name


def metrics(before: dict[str, Metric], after: dict[str, Metric]) -> list[Change]:
    """Every metric that differs, those that moved first, with the verdict."""
    changes = [
        Change(
            name,
            _text(before, name),
            _text(after, name),
            judge(before.get(name), after.get(name)),
        )
        for name in dict.fromkeys([*before, *after])
        if _value(before, name) != _value(after, name)
    ]
    return sorted(changes, key=lambda change: VERDICTS.index(change.verdict))


MOVED, GONE, PLAIN, NOISE = "moved", "in one only", "no interval", "noise"
VERDICTS = [MOVED, GONE, PLAIN, NOISE]


def judge(before: Metric | None, after: Metric | None) -> str:
    """Whether a difference is more than noise; one of `VERDICTS`."""
    if before is None or after is None:
        return GONE
    if None in (*before, *after):
        return PLAIN
    low, high = difference(before, after)
    return NOISE if low <= 0 <= high else MOVED


def difference(before: Metric, after: Metric) -> tuple[float, float]:
    """The interval of `after` - `before`, as if they were independent."""
    gap = after.value - before.value
    low = gap - hypot(after.value - after.low, before.high - before.value)
    return low, gap + hypot(after.high - after.value, before.value - before.low)


def _value(values: dict[str, Metric], name: str) -> float | None:
    return values[name].value if name in values else None


def _text(values: dict[str, Metric], name: str) -> str:
    return str(values[name]) if name in values else "(none)"


@dataclass(frozen=True)
class Table:
    """How one table changed.

    Attributes
    ----------
    name : its path
    key : the columns that name a row: the fewest first ones that do so in both
    added, removed : keys of rows
    cells : changed cells, named by their row's key and their column
    columns : what happened to columns that only one of the two has
    """

    name: str
    key: list[str]
    added: list[str]
    removed: list[str]
    cells: list[Change]
    columns: list[str] = field(default_factory=list)

    @property
    def counts(self) -> str:
        """In a few words."""
        rows = len({change.name.rpartition(", ")[0] for change in self.cells})
        parts = [f"{len(self.added)} rows new", f"{len(self.removed)} gone", f"{rows} changed"]
        return ", ".join([*parts, *self.columns])


def table(name: str, before: bytes | None, after: bytes | None) -> Table | None:
    """What changed between two versions of a CSV, None where there was none; None if nothing."""
    if before == after:
        return None
    (header, old), (other_header, new) = _rows(before), _rows(after)
    if before is None or after is None:
        header = other_header = header or other_header
    common = [column for column in header if column in other_header]
    key = _key(common, old, new)
    left, right = _by_key(old, key), _by_key(new, key)
    return Table(
        name,
        key,
        added=[row for row in right if row not in left],
        removed=[row for row in left if row not in right],
        cells=[
            Change(f"{row}, {column}", left[row][column], right[row][column])
            for row in left
            for column in common
            if row in right and left[row][column] != right[row][column]
        ],
        columns=[
            *(f"column {column} new" for column in other_header if column not in common),
            *(f"column {column} gone" for column in header if column not in common),
        ],
    )


def _rows(content: bytes | None) -> tuple[list[str], list[dict[str, str]]]:
    reader = csv.DictReader(io.StringIO((content or b"").decode("utf-8"), newline=""))
    rows = list(reader)
    return list(reader.fieldnames or []), rows


def _key(common: list[str], old: list[dict], new: list[dict]) -> list[str]:
    """The fewest first columns that name each row, in both; all of them if even those do not."""
    for n in range(1, len(common) + 1):
        key = common[:n]
        if all(len({_named(row, key) for row in rows}) == len(rows) for rows in (old, new)):
            return key
    return common


def _named(row: dict[str, str], key: list[str]) -> str:
    return " · ".join(row[column] or "–" for column in key)


def _by_key(rows: list[dict], key: list[str]) -> dict[str, dict]:
    """Rows by name; of rows that are alike, each but the first is numbered."""
    seen: Counter[str] = Counter()
    named = {}
    for row in rows:
        name = _named(row, key)
        seen[name] += 1
        named[name if seen[name] == 1 else f"{name} ({seen[name]})"] = row
    return named


FLIPPED, REWORDED = "flipped", "reworded"


def claims(before: dict[str, dict], after: dict[str, dict]) -> list[Change]:
    """Every claim that flipped, was reworded, or is made in one state only; by name.

    Parameters
    ----------
    before, after : claims as ``summary.json`` keeps them, by name
    """
    changes = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            verdict = GONE
        elif old["holds"] != new["holds"]:
            verdict = FLIPPED
        elif old["text"] != new["text"]:
            verdict = REWORDED
        else:
            continue
        changes.append(Change((new or old)["text"], _told(old), _told(new), verdict))
    return changes


def _told(claim: dict | None) -> str:
    if claim is None:
        return "(none)"
    word = {True: "Holds", False: "Does not hold", None: "Cannot be told"}[claim["holds"]]
    return f"{word}. {claim['evidence']}"
