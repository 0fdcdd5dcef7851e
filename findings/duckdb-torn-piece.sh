#!/usr/bin/env bash
# DuckDB's CSV reader loses the last piece of a file that begins with a torn line
#
# Version: duckdb 2.0.0.
# One would guess: with `store_rejects` each line is a row of the result or stands in reject_errors,
#   and `parallel` is a matter of speed.
# What happens: a file is read in pieces of `max_line_size` bytes. If the first line that begins in
#   the last piece has too few or too many fields, all of that piece is lost: the torn line, and
#   each good row below it; reject_errors is empty. A piece that is not the last is not lost, nor
#   one that begins at the very border, and nothing is lost with `parallel = false`.
# Why it matters here: `sources/read.py` stores rejects. That rows and rejects are counted against
#   the lines of the file (`sources/lines.py`) notices, and the file is read again without pieces.
# Source: own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" duckdb==2.0.0 <<'PY'
from pathlib import Path

import duckdb

PIECE, ROW = 50_000, "2019-10-01,7,view\n"
print("duckdb", duckdb.__version__)


def lost(over: int, torn: str, after: int, parallel: bool) -> tuple[int, int]:
    """Rows and rejects that are missing; the torn line begins `over` bytes past a border."""
    above = (PIECE + over) // len(ROW) - 2
    first = "time,user,event\n"
    wide = ROW[:-1].ljust(PIECE + over - len(first) - above * len(ROW) - 1, "s") + "\n"
    content = first + above * ROW + wide
    assert len(content) == PIECE + over
    Path("x.csv").write_text(content + torn + after * ROW)
    connection = duckdb.connect()
    [(rows,)] = connection.execute(
        "SELECT count(*) FROM read_csv('x.csv', auto_detect = false, header = true, "
        "delim = ',', quote = '\"', store_rejects = true, "
        "columns = {'time': 'DATE', 'user': 'BIGINT', 'event': 'VARCHAR'}, "
        f"parallel = {parallel}, buffer_size = {2 * PIECE}, max_line_size = {PIECE})"
    ).fetchall()
    query = "SELECT count(DISTINCT line_byte_position) FROM reject_errors"
    [(rejects,)] = connection.execute(query).fetchall()
    return above + 1 + after - rows, 1 - rejects


for torn in ["2019-10-01,7\n", "2019-10-01,7,view,more\n"]:
    for after in [0, 1, 1_000, 5_000]:
        for over in [0, 1, 9]:
            pieces, whole = lost(over, torn, after, True), lost(over, torn, after, False)
            print(f"{torn[:-1]!r}, {over} past a border, {after} below: lost {pieces}; {whole}")
            assert whole == (0, 0), whole
            assert pieces == ((after, 1) if over and after < 5_000 else (0, 0)), pieces
PY
