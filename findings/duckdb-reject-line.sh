#!/usr/bin/env bash
# DuckDB's CSV reader: the line of a reject is not always the line of the file
#
# Version: duckdb 2.0.0.
# One would guess: `line` in reject_errors, documented as the line number in the CSV file, is that.
# What happens: it counts rows. A quoted line break further up makes it too small, by one for each.
#   In a file with Windows line ends it is too large, by one for each border between two pieces of
#   a buffer (one piece has max_line_size bytes) that falls between \r and \n; so a small file is
#   right, and of large ones the more are wrong the larger they are. Whether fields are missing or
#   a value does not convert is all one, and so is the number of threads. `line_byte_position`
#   stays true; with Windows line ends it is the \n before the line, or before empty lines above it.
#   It does not stay true where a value does not convert to TIMESTAMPTZ (not shown here).
# Why it matters here: the ledger promises file, line and reason of each row that cannot be used;
#   `tables/sources/read.py` and `tables/sources/lines.py` must not take these numbers on trust.
# Source: DuckDB docs, "Reading Faulty CSV Files" (what the column is said to be). Own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" duckdb==2.0.0 <<'PY'
from pathlib import Path

import duckdb

PIECE, BUFFER = 50_000, 100_000  # bytes; small, so that a small file has many
TORN, LATE = "2019-11-01 00:00:00,7", "a day in May,7,view"
print("duckdb", duckdb.__version__)


def rejected(end: str, bad: str, rows: int, breaks: int, longer: int) -> tuple[str, int, int, int]:
    """The text before the bad row; its line, the line DuckDB says, and how far off its byte is."""
    texts = [f"2019-10-01 00:00:{row % 60:02d},{row % 6000:04d},view" for row in range(rows)]
    texts[0] += "s" * longer
    texts[10 : 10 + breaks] = [f'2019-10-01 00:00:00,7,"a{end}b"'] * breaks
    texts[-50] = bad
    content = end.join(["time,user,event", *texts, ""])
    Path("x.csv").write_text(content, newline="")
    said = []
    for threads in [1, 4]:
        connection = duckdb.connect()
        connection.execute(f"SET threads = {threads}")
        connection.execute(
            "CREATE TABLE x AS FROM read_csv('x.csv', auto_detect = false, header = true, "
            "delim = ',', quote = '\"', store_rejects = true, "
            "columns = {'time': 'TIMESTAMP', 'user': 'BIGINT', 'event': 'VARCHAR'}, "
            f"buffer_size = {BUFFER}, max_line_size = {PIECE})"
        )
        said += connection.execute("SELECT line, line_byte_position FROM reject_errors").fetchall()
    assert len(said) == 2 and said[0] == said[1], said
    before = content[: content.index(bad)]
    return before, before.count("\n") + 1, said[0][0], said[0][1] - len(before)


def split(text: str, every: int) -> int:
    """How many borders fall between \\r and \\n."""
    return sum(text[at - 1 : at + 1] == "\r\n" for at in range(every, len(text), every))


for end, bad, rows, breaks, longer in [
    ("\n", TORN, 20_000, 0, 0),
    ("\n", TORN, 2_000, 3, 0),
    ("\n", LATE, 2_000, 3, 0),
    ("\r\n", TORN, 1_000, 0, 0),
    *(("\r\n", bad, 20_000, 0, longer) for bad in [TORN, LATE] for longer in [0, 1, 3, 12]),
]:
    before, true, said, off = rejected(end, bad, rows, breaks, longer)
    between = split(before, PIECE) - split(before, BUFFER)
    print(
        f"ends {end!r}, {len(before):7,} bytes, {breaks} quoted breaks, {between} pieces cut in a "
        f"line end: line {true}, DuckDB says {said} ({said - true:+d}); byte {off:+d}"
    )
    assert said - true == between - breaks, (true, said)
    assert off == (1 if end == "\n" else 0), off
PY
