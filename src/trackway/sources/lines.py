"""Account for every line of a text file: what the parser passed over is found again.

A parser that meets an unbalanced quote takes all lines up to the next quote for one field, and one
that meets bytes that are no UTF-8 may drop the row without a word. So the rows read and the rows
rejected are held against the lines there are, and where they differ the file is read once more.
"""

import io
from pathlib import Path

import pyarrow as pa

NOT_UTF8 = "not UTF-8"
LOST = "belongs to no row (swallowed by a stray quote?)"
COMPRESSION = {".gz": "gzip", ".zst": "zstd"}
Reject = tuple[int | None, str, str]  # line, reason, text


def opened(file: Path) -> pa.NativeFile:
    """The bytes of `file`, decompressed."""
    return pa.input_stream(str(file), compression=COMPRESSION.get(file.suffix))


def count(file: Path) -> int:
    """Lines of `file`, empty ones included; the last one need not end."""
    breaks, last = 0, b"\n"
    with opened(file) as stream:
        while chunk := stream.read(1 << 24):
            breaks += chunk.count(b"\n")
            last = chunk[-1:]
    return breaks + (last != b"\n")


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
        One per line that is no row. `line` is None where it cannot be told.
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
            if not text.strip():
                continue
            filled += 1
            reason = why if inside else single.get(text, NOT_UTF8 if _broken(raw) else None)
            if reason and number > headers:
                found.append((number, reason, text))
    lost = filled - headers - rows - len(found)
    return found + [(None, LOST, "")] * max(lost, 0)


def _broken(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False
