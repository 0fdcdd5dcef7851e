"""The first place where two files differ, with both values.

The bytes decide. Only where they differ are the contents read, to say where.
"""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from trackway.study.contents import UNREADABLE, Place, lines, places

LONGEST = 160  # characters told of a value
BEFORE = 40  # characters told before the first that differs
BLOCK = 1 << 20  # bytes compared at once
NOTHING = ("nothing", None)  # where one of the two has ended


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


def _equal(a: object, b: object) -> bool:
    return a == b or (a != a and b != b)


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
