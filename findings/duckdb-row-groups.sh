#!/usr/bin/env bash
# DuckDB: where row groups are cut depends on whether there is one thread or are several
#
# Version: duckdb 2.0.0.
# One would guess: with rows in a total order, preserve_insertion_order and a fixed ROW_GROUP_SIZE
#   a Parquet file is the same however many threads write it.
# What happens: it is, as long as each row that is sorted is written. Where rows are dropped
#   between the sort and the file, groups are larger than ROW_GROUP_SIZE (a least size, not a size)
#   and are cut elsewhere by one thread than by two; two and more agree. Rows and their order are
#   the same, bytes and hashes are not.
# Why it matters here: tables are promised byte by byte whatever `engine.threads` says.
#   `engine/embedded.py` drops doubles on the way to the file, and so writes with two threads at
#   least.
# Source: DuckDB docs, "Parquet Tips" (ROW_GROUP_SIZE is a minimum). That threads matter: own
#   trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" duckdb==2.0.0 <<'PY'
import hashlib
from pathlib import Path

import duckdb

SIZE = 20_480
SORTED = (
    "SELECT i // 2 AS key, i % 7 AS value FROM range(200000) r(i) "
    "WHERE hash(i) % 10 < 9 ORDER BY i"
)
DROPPED = (
    "SELECT * EXCLUDE again FROM (SELECT *, key IS NOT DISTINCT FROM lag(key) OVER () AS again "
    f"FROM ({SORTED})) WHERE NOT again"
)
print("duckdb", duckdb.__version__, "with ROW_GROUP_SIZE", SIZE)


def written(query: str, threads: int) -> tuple[list[int], str, str]:
    """The sizes of the row groups, the hash of the file, and that of its rows in order."""
    connection = duckdb.connect(config={"threads": threads})
    connection.execute(f"COPY ({query}) TO 'x.parquet' (FORMAT parquet, ROW_GROUP_SIZE {SIZE})")
    groups = connection.execute(
        "SELECT DISTINCT row_group_id, row_group_num_rows "
        "FROM parquet_metadata('x.parquet') ORDER BY 1"
    ).fetchall()
    rows = connection.execute("FROM 'x.parquet'").fetchall()
    file = hashlib.md5(Path("x.parquet").read_bytes()).hexdigest()
    return [size for _, size in groups], file, hashlib.md5(str(rows).encode()).hexdigest()


for name, query in [("every row", SORTED), ("rows dropped", DROPPED)]:
    one, two, four = (written(query, threads) for threads in [1, 2, 4])
    for threads, (groups, file, _) in zip([1, 2, 4], [one, two, four], strict=True):
        print(f"{name}, threads {threads}: file {file[:8]}, groups {groups}")
    assert one[2] == two[2] == four[2], "other rows, or another order"
    assert two[:2] == four[:2]
    if name == "every row":
        assert one[:2] == two[:2] and set(one[0][:-1]) == {SIZE}, one
    else:
        assert one[0] != two[0] and one[1] != two[1], "one thread cuts as two do"
        assert min(one[0][:-1]) >= SIZE < max(one[0]), one
PY
