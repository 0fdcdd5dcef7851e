#!/usr/bin/env bash
# DuckDB's CSV reader: the line of a reject is not always the line of the file
#
# Version: duckdb 2.0.0.
# One would guess: `line` in reject_errors, documented as the line number in the CSV file, is that.
# What happens: it counts rows. A quoted line break further up makes it too small, by one for each.
#   In a file with Windows line ends it is too large, by one for each border between two of the
#   reader's buffers that falls between \r and \n; so a small file is right, and a large one
#   seldom. It does not matter whether fields are missing or a value does not convert, nor how many
#   threads read. `line_byte_position` stays true; in such a file it is the \n before the line.
# Why it matters here: the ledger promises file, line and reason of each row that cannot be used;
#   `sources/read.py` and `sources/lines.py` must not take these numbers on trust.
# Source: DuckDB docs, "Reading Faulty CSV Files" (what the column is said to be). Own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" duckdb==2.0.0 <<'PY'
from pathlib import Path

import duckdb

BUFFER = 100_000  # bytes; small, so that a small file has many
TORN, LATE = "2019-11-01 00:00:00,7", "a day in May,7,view"
print("duckdb", duckdb.__version__)


def lines(end: str, bad: str, rows: int, inner_breaks: int = 0) -> tuple[int, int, int]:
    """Of the bad row: the line, the line DuckDB says, and how far off its byte is."""
    texts = [f"2019-10-01 00:00:{row % 60:02d},{row % 6000},view" for row in range(rows)]
    texts[10 : 10 + inner_breaks] = [f'2019-10-01 00:00:00,7,"a{end}b"'] * inner_breaks
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
            f"buffer_size = {BUFFER}, max_line_size = {BUFFER // 2})"
        )
        said += connection.execute("SELECT line, line_byte_position FROM reject_errors").fetchall()
    assert len(said) == 2 and said[0] == said[1], said
    place = content.index(bad)
    return content[:place].count("\n") + 1, said[0][0], said[0][1] - place


for name, end, bad, rows, breaks, wrong in [
    ("\\n, many buffers, torn row", "\n", TORN, 200_000, 0, 0),
    ("\\n, 3 quoted breaks, torn row", "\n", TORN, 2_000, 3, -3),
    ("\\n, 3 quoted breaks, no time", "\n", LATE, 2_000, 3, -3),
    ("\\r\\n, one buffer, torn row", "\r\n", TORN, 2_000, 0, 0),
    ("\\r\\n, many buffers, torn row", "\r\n", TORN, 200_000, 0, None),
    ("\\r\\n, many buffers, no time", "\r\n", LATE, 200_000, 0, None),
]:
    true, said, off = lines(end, bad, rows, breaks)
    print(f"{name:30} line {true}, DuckDB says {said} ({said - true:+d}); byte {off:+d}")
    assert said - true == wrong if wrong is not None else said > true, (true, said)
    assert off == (1 if end == "\n" else 0), off
PY
