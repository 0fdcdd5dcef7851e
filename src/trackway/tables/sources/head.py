"""The first lines of a text file: which of them are no rows, and what the columns are called."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from trackway.core.errors import InputError
from trackway.tables.sources import lines

LONGEST = 1_000_000  # bytes of a line that may be a header
MOST_BLANK = 100  # lines above the header
SEPARATOR = "sep="  # a spreadsheet's word for the delimiter, in a line of its own


@dataclass(frozen=True)
class Head:
    """The top of a text file.

    Attributes
    ----------
    names : what the columns are called, in their places; '' where a place has no name
    first : fields of the first line below blank ones and `sep=`
    has_header : whether that line holds the names
    delimiter : the file's own where its first line says so
    skip : lines at the top that are no rows
    filled : those of them that are not empty
    """

    names: tuple[str, ...]
    first: tuple[str, ...]
    has_header: bool
    delimiter: str
    skip: int
    filled: int


def read(file: Path, shown: str, delimiter: str, header: tuple[str, ...] | None = None) -> Head:
    """The top of `file`.

    Parameters
    ----------
    shown : how messages name it
    header : the names of a file that carries none; carries it them all the same, they are skipped

    Raises
    ------
    InputError
        If the file is empty, is not what its name says, or has not as many columns as `header`.
    """
    top, second = _top(file, shown)
    line = top[-1]
    if "\ufffd" in line or "\x00" in line:
        raise InputError(
            f"{shown}: its first line is not UTF-8; save it in that encoding, e.g. with "
            "iconv -f UTF-16 -t UTF-8 (or -f LATIN1)."
        )
    declared = next((text for text in top[:-1] if text.lower().startswith(SEPARATOR)), "")
    delimiter = declared[len(SEPARATOR) :] or delimiter
    first = _fields(line, delimiter)
    names = header or first
    has_header = header is None or first == header
    if header and len(header) != len(first):
        raise InputError(
            f"{shown}: sampling.mapping.header names {len(header)} columns, but its first line has "
            f"{len(first)}: {line[:200]!r}. Is the delimiter {delimiter!r}?"
        )
    below = _fields(second, delimiter)
    if has_header and len(below) == len(names) + 1 and not below[-1]:
        names = (*names, "")  # a delimiter ends each row, but not the header
    skip = len(top) if has_header else len(top) - 1
    return Head(names, first, has_header, delimiter, skip, sum(map(bool, top[:skip])))


def _top(file: Path, shown: str) -> tuple[list[str], str]:
    """The lines up to the first that holds fields, and the one below it."""
    top: list[str] = []
    try:
        with open_text(file) as text:
            while len(top) <= MOST_BLANK and (line := text.readline(LONGEST)):
                top.append(line.rstrip("\r\n"))
                if line.strip() and not _is_separator(top[-1]):
                    return top, text.readline(LONGEST).rstrip("\r\n")
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{shown} cannot be read: {error}") from None
    blank = f"; its first {len(top)} lines are blank" if top else ""
    raise InputError(f"{shown} is empty{blank}; is the download complete?")


def _is_separator(line: str) -> bool:
    return len(line) == len(SEPARATOR) + 1 and line.lower().startswith(SEPARATOR)


def _fields(line: str, delimiter: str) -> tuple[str, ...]:
    rows = csv.reader([line], delimiter=delimiter)
    return tuple(field.strip() for field in next(rows, []))


def open_text(file: Path) -> io.TextIOWrapper:
    """`file`, decompressed, as lines of text; bytes that are no UTF-8 become U+FFFD."""
    return io.TextIOWrapper(
        lines.opened(file), encoding="utf-8-sig", errors="replace", newline="\n"
    )
