"""The first place where two files differ, with both values; and whether they differ by rounding.

The bytes decide. Only where they differ are the contents read, to say where.
"""

import base64
import math
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from trackway.study.contents import UNREADABLE, Place, lines, places

LONGEST = 160  # characters told of a value
BEFORE = 40  # characters told before the first that differs
BLOCK = 1 << 20  # bytes compared at once
NOTHING = ("nothing", None)  # where one of the two has ended
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")
EMBEDDED = re.compile(r"(?<=;base64,)[A-Za-z0-9+/=]+")


def same(one: Path, other: Path) -> bool:
    """Whether both files are there and hold the same bytes."""
    if not (one.exists() and other.exists()) or one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as a, other.open("rb") as b:
        return all(x == b.read(BLOCK) for x in iter(lambda: a.read(BLOCK), b""))


def first(one: Path, other: Path) -> str:
    """Where two files whose bytes differ do so first, and both values, `one`'s first."""
    for file, who in [(one, "here"), (other, "there")]:
        if not file.exists():
            return f"is not {who}"
    try:
        return _first(places(one), places(other))
    except UNREADABLE as error:
        by_line = _first(lines(one), lines(other))
        return f"is no whole {one.suffix} here or there ({type(error).__name__}); {by_line}"


def _first(here: Iterator[Place], there: Iterator[Place]) -> str:
    for (place, a), (elsewhere, b) in zip_longest(here, there, fillvalue=NOTHING):
        if place != elsewhere:
            return f"{place} here, {elsewhere} there"
        if not _equal(a, b):
            return f"{place}: {' / '.join(_told(a, b))}"
    return "holds the same in other bytes"


def deviation(one: Path, other: Path) -> float | None:
    """By how much the numbers in two files differ at most, relative to the larger of each pair.

    None if anything but numbers differs: a word, a place, the count of rows. Numbers in texts
    count, those in embedded figures too; checksums (of `dvc.lock`) are not numbers.
    """
    if not (one.exists() and other.exists()):
        return None
    largest = 0.0
    for (place, a), (elsewhere, b) in zip_longest(places(one), places(other), fillvalue=NOTHING):
        difference = _apart(a, b) if place == elsewhere else None
        if difference is None:
            return None
        largest = max(largest, difference)
    return largest


def _equal(a: object, b: object) -> bool:
    return a == b or (a != a and b != b)


def _apart(a: object, b: object) -> float | None:
    if _equal(a, b):
        return 0.0
    if isinstance(a, str) and isinstance(b, str):
        return _texts_apart(a, b)
    if isinstance(a, int | float) and isinstance(b, int | float):
        return _numbers_apart(float(a), float(b))
    return None


def _numbers_apart(a: float, b: float) -> float | None:
    if not (math.isfinite(a) and math.isfinite(b)):
        return None
    return abs(a - b) / max(abs(a), abs(b)) if a != b else 0.0


def _texts_apart(a: str, b: str) -> float | None:
    a, b = (EMBEDDED.sub(_decoded, text) for text in (a, b))
    if NUMBER.split(a) != NUMBER.split(b):
        return None
    pairs = zip(NUMBER.findall(a), NUMBER.findall(b), strict=True)
    apart = [_numbers_apart(float(x), float(y)) for x, y in pairs]
    return None if None in apart else max(apart, default=0.0)


def _decoded(match: re.Match) -> str:
    return base64.b64decode(match[0]).decode("utf-8", errors="backslashreplace")


def _told(a: object, b: object) -> tuple[str, str]:
    """Both values; of long texts, the part around the first character that differs."""
    if not (isinstance(a, str) and isinstance(b, str)):
        return repr(a), repr(b)
    same_so_far = zip(a, b, strict=False)
    start = next((i for i, (x, y) in enumerate(same_so_far) if x != y), min(len(a), len(b)))
    return _excerpt(a, start), _excerpt(b, start)


def _excerpt(text: str, start: int) -> str:
    begin = max(0, start - BEFORE) if len(text) > LONGEST else 0
    end = begin + LONGEST
    return repr(f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}")
