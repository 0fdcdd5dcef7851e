"""Account for every line of a text file: what the parser passed over is found again.

A parser that meets an unbalanced quote takes all lines up to the next quote for one field, and one
that meets bytes that are no UTF-8 may drop the row without a word. So the rows read and the rows
rejected are held against the lines there are, and where they differ the file is read once more.
What the parser cannot cope with at all is mended: each line is looked at by itself.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

NOT_UTF8 = "not UTF-8"
UNBALANCED = "unbalanced quotes"
BREAK, RETURN = b"\n\r"
CONTROL = "a NUL or a lone carriage return"
COMPRESSION = {".gz": "gzip", ".zst": "zstd"}
Refused = tuple[int, str, str]  # where its line begins, in bytes from 0; reason, text
Reject = tuple[int, str, str]  # line, reason, text


class Unaccounted(Exception):
    """Rows and rejects are not all the lines of the file."""


def opened(file: Path) -> pa.NativeFile:
    """The bytes of `file`, decompressed."""
    return pa.input_stream(str(file), compression=COMPRESSION.get(file.suffix.lower()))


def count(file: Path) -> int:
    """Lines of `file`, empty ones included; the last one need not end."""
    return number(file, [])[0]


def number(file: Path, starts: Sequence[int]) -> tuple[int, list[int]]:
    """Lines of `file`, and which of them begin at `starts`; the bytes are read once.

    Parameters
    ----------
    starts : bytes of the decompressed file, counted from 0, ascending; where there is a line end,
        possibly of an empty line, the line below is meant
    """
    breaks, before, last = 0, 0, BREAK
    sought, numbers = np.asarray(starts, np.int64), []
    with opened(file) as stream:
        # NumPy counts three times as fast as `bytes.count`.
        while len(chunk := np.frombuffer(stream.read(1 << 20), np.uint8)):
            if here := int(np.searchsorted(sought, before + len(chunk))):
                filled = np.flatnonzero((chunk != BREAK) & (chunk != RETURN))
                places = np.searchsorted(filled, sought[:here] - before)
                places = filled[places[places < len(filled)]]
                above = np.searchsorted(np.flatnonzero(chunk == BREAK), places)
                numbers += (breaks + above + 1).tolist()
                sought = sought[len(places) :]
            breaks += int(np.count_nonzero(chunk == BREAK))
            before += len(chunk)
            last = chunk[-1]
    return breaks + int(last != BREAK), numbers


def account(file: Path, skip: int, headers: int, rows: int, refused: list[Refused]) -> list[Reject]:
    """What was `refused`, completed so that headers, rows and rejects are all the lines of `file`.

    Parameters
    ----------
    skip : lines at the top that are no rows
    headers : those of them that are not empty
    rows : how many rows were read
    refused : what the parser says it could not read, from the top; a text may hold several lines

    Returns
    -------
    list of (line, reason, text)
        One per line that is no row.

    Raises
    ------
    Unaccounted
        If there are lines of which it cannot be told whether they were read.
    """
    if any(why == UNBALANCED and '"' not in text for _, why, text in refused):
        raise Unaccounted  # the parser names the line before, which it has read
    plain = all("\n" not in text and why != NOT_UTF8 for _, why, text in refused)
    if plain:
        total, numbers = number(file, [start for start, _, _ in refused])
        if len(set(numbers)) == len(refused) == total - skip - rows:
            return [(n, why, text) for n, (_, why, text) in zip(numbers, refused, strict=True)]
    return _survey(file, skip, headers, rows, refused)


def _survey(file: Path, skip: int, headers: int, rows: int, refused: list[Refused]) -> list[Reject]:
    single = {t: r for _, r, t in refused if "\n" not in t and r != NOT_UTF8}
    swallowed = [(t.splitlines(), r) for _, r, t in refused if "\n" in t]
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
            if reason and number > skip:
                found.append((number, reason, text))
    if filled != headers + rows + len(found):
        raise Unaccounted
    return found


def rows_at(
    file: Path, skip: int, rejects: set[int], places: Sequence[int]
) -> dict[int, tuple[int, str]]:
    """Which lines the rows at `places` are, with their texts.

    Parameters
    ----------
    skip : lines at the top that are no rows
    rejects : the lines below that are none
    places : of rows among the rows, from 1, ascending
    """
    found, row, sought = {}, 0, iter(places)
    place = next(sought, None)
    with io.BufferedReader(opened(file)) as lines:
        for number, raw in enumerate(lines, start=1):
            if place is None:
                break
            if number <= skip or number in rejects or raw in (b"\n", b"\r\n"):
                continue
            row += 1
            if row == place:
                text = raw.rstrip(b"\r\n").decode("utf-8", "replace").removeprefix("\ufeff")
                found[place] = (number, text)
                place = next(sought, None)
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
