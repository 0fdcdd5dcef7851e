#!/usr/bin/env bash
# DuckDB's CSV reader drops rows in silence where a few bytes of a buffer are left over
#
# Version: duckdb 2.0.0 (and 1.5.0, 1.4.4).
# One would guess: `buffer_size` is a matter of speed and memory; rows that are not in the result
#   are errors, or stand in reject_errors when that was asked for.
# What happens: a buffer is read in pieces of `max_line_size` bytes. If some bytes are left over,
#   fewer than a row has, no row begins in the last piece, and rows about it are lost. Without
#   options the reader notices and refuses the file, with a message that does not name the sizes;
#   with `store_rejects` or `ignore_errors` it says nothing, and reject_errors is empty. A buffer
#   that is a multiple of `max_line_size` keeps all rows, and so does the default, which is 32
#   times it.
# Why it matters here: `tables/sources/read.py` sets both and stores rejects. Its buffer is exactly two of
#   the longest lines; neither number may be changed alone. That rows and rejects are counted
#   against the lines of the file (`tables/sources/lines.py`) is what would notice.
# Source: own trial; duckdb issue 25825 has another case of `buffer_size` and lost rows.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" duckdb==2.0.0 <<'PY'
from pathlib import Path

import duckdb

ROWS, PIECE = 20_000, 25_000
Path("x.csv").write_text("\n".join(["user,event", *(f"{n},view" for n in range(ROWS)), ""]))
print("duckdb", duckdb.__version__)


def read(buffer: int, option: str = "") -> int | str:
    """How many rows are read, or why none."""
    connection = duckdb.connect()
    query = (
        "SELECT count(DISTINCT user_id) "
        "FROM read_csv('x.csv', auto_detect = false, header = true, "
        "delim = ',', quote = '\"', columns = {'user_id': 'BIGINT', 'event': 'VARCHAR'}, "
        f"buffer_size = {buffer}, max_line_size = {PIECE}{option})"
    )
    try:
        [(rows,)] = connection.execute(query).fetchall()
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    if "store_rejects" in option:
        noted = connection.execute("SELECT count(*) FROM reject_errors").fetchall()
        assert noted == [(0,)], noted
    return rows


for over in [0, 1, 3, 1_000]:
    buffer = 2 * PIECE + over
    plain = read(buffer)
    options = ["store_rejects", "ignore_errors"]
    kept = {option: read(buffer, f", {option} = true") for option in options}
    print(f"2 x {PIECE} + {over}: {plain}; {kept}")
    if 0 < over < len("10000,view\n"):
        assert isinstance(plain, str) and "does not support a full read" in plain, plain
        assert all(isinstance(rows, int) and rows < ROWS for rows in kept.values()), kept
    else:
        assert {plain, *kept.values()} == {ROWS}, kept
PY
