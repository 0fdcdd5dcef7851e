"""Account for every line of a text file: what the parser passed over is found again.

A parser that meets an unbalanced quote takes all lines up to the next quote for one field, and one
that meets bytes that are no UTF-8 may drop the row without a word. So the rows read and the rows
rejected are held against the lines there are, and where they differ the file is read once more.
What the parser cannot cope with at all is mended: each line is looked at by itself.
"""

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow as pa

NOT_UTF8 = "not UTF-8"
UNBALANCED = "unbalanced quotes"
BREAK = ord("\n")
CONTROL = "a NUL or a lone carriage return"
COMPRESSION = {".gz": "gzip", ".zst": "zstd"}
Reject = tuple[int, str, str]  # line, reason, text


class Unaccounted(Exception):
    """Rows and rejects are not all the lines of the file."""


def opened(file: Path) -> pa.NativeFile:
    """The bytes of `file`, decompressed."""
    return pa.input_stream(str(file), compression=COMPRESSION.get(file.suffix))


def count(file: Path) -> int:
    """Lines of `file`, empty ones included; the last one need not end."""
    breaks, last = 0, BREAK
    with opened(file) as stream:
        # NumPy counts three times as fast as `bytes.count`.
        while len(chunk := np.frombuffer(stream.read(1 << 20), np.uint8)):
            breaks += int(np.count_nonzero(chunk == BREAK))
            last = chunk[-1]
    return breaks + int(last != BREAK)


def account(
    file: Path, headers: int, rows: int, rejects: list[Reject], *, trusted: bool
) -> list[Reject]:
    """`rejects`, completed so that headers, rows and rejects are all the lines of `file`.

    Parameters
    ----------
    headers : lines at the top that are no rows
    rows : how many rows were read
    rejects : what the parser says it could not read; a text may hold several lines
    trusted : whether the parser's line numbers are true

    Returns
    -------
    list of (line, reason, text)
        One per line that is no row.

    Raises
    ------
    Unaccounted
        If there are lines of which it cannot be told whether they were read.
    """
    plain = all("\n" not in text and reason != NOT_UTF8 for _, reason, text in rejects)
    if trusted and plain and count(file) == headers + rows + len(rejects):
        return rejects
    return _survey(file, headers, rows, rejects)


def _survey(file: Path, headers: int, rows: int, rejects: list[Reject]) -> list[Reject]:
    single = {t: r for _, r, t in rejects if "\n" not in t and r != NOT_UTF8}
    swallowed = [(t.splitlines(), r) for _, r, t in rejects if "\n" in t]
    found: list[Reject] = []
    filled, left, why = 0, 0, ""
    with io.BufferedReader(opened(file)) as lines:
        for number, raw in enumerate(lines, start=1):
            text = raw.rstrip(b"\r\n").decode("utf-8", "replace").removeprefix("\ufeff")
            starts = bool(swallowed) and not left and text == swallowed[0][0][0]
            if starts:
                parts, why = swallowed.pop(0)
                left = len(parts)
            inside, left = left > 0, max(left - 1, 0)
            if not text:
                continue
            filled += 1
            reason = why if inside else single.get(text, NOT_UTF8 if _broken(raw) else None)
            if reason and number > headers:
                found.append((number, reason, text))
    if filled != headers + rows + len(found):
        raise Unaccounted
    return found


def mend(file: Path, delimiter: str, mended: Path) -> list[Reject]:
    """Copy `file` to `mended`, line by line, as any parser can read it; the lines left out.

    A line left out stays as an empty one, so that lines keep their numbers. Left out are lines
    that are not UTF-8, hold a NUL or a lone carriage return, or whose quotes do not close.
    """
    rejects: list[Reject] = []
    with io.BufferedReader(opened(file)) as lines, mended.open("w", encoding="utf-8") as out:
        for number, raw in enumerate(lines, start=1):
            raw = raw.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
            text = raw.decode("utf-8", "replace")
            fault = _fault(raw, text, delimiter)
            if fault and text:
                rejects.append((number, fault, text))
            out.write("\n" if fault else f"{text}\n")
    return rejects


def _fault(raw: bytes, text: str, delimiter: str) -> str | None:
    """Why a line cannot stand by itself; None if it can."""
    if not text:
        return "empty"
    if _broken(raw):
        return NOT_UTF8
    if "\x00" in text or "\r" in text:
        return CONTROL
    if '"' in text:
        try:
            next(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error:
            return UNBALANCED
    return None


def _broken(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False
