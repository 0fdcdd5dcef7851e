"""What the shop calls its users, products and categories.

Ids that are numbers are their own names. Text ids, such as SKUs, are studied as numbers that stand
for them; `01_sampling` keeps the texts in ``interim/ids``, and whoever shows an id asks here.
"""

import hashlib
from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis.backends.sql import SQLBackend

from trackway import engine
from trackway.core import paths
from trackway.params import section

TABLE = "interim/ids"  # kind, id, text: `events.text_ids`
DIGITS = 15  # hexadecimal ones, of the MD5 of a text: 60 bits
LONGEST = len(str(16**DIGITS))  # decimal digits of such a number, at most


def number(text: str) -> int:
    """The number that stands for a text id.

    Examples
    --------
    >>> number("sku-17")
    1091796072131013730
    """
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:DIGITS], 16)


def texts(backend: SQLBackend, kind: str, numbers: Iterable[int]) -> dict[int, str]:
    """The text ids that `numbers` stand for; without those that are their own names.

    Parameters
    ----------
    backend : where the tables of `01_sampling` are read
    kind : 'user_id', 'product_id' or 'category_id'
    numbers : of those that are asked for
    """
    table = _table(backend, kind)
    asked = np.unique([one for one in map(int, numbers) if 0 <= one < 16**DIGITS]).astype(int)
    if table is None or not len(asked):
        return {}
    wanted = ibis.memtable({"id": asked}, schema={"id": "int64"})
    found = table.semi_join(wanted, "id").to_pandas()
    return dict(zip(found["id"], found["text"], strict=True))


def called(backend: SQLBackend, kind: str, items: Iterable[str]) -> dict[str, str]:
    """What the shop calls each of `items`: the number of a text id by its text, all else as it is.

    Parameters
    ----------
    backend, kind : as in `texts`
    items : ids or names, as text
    """
    own = {item: item for item in items}
    numbers = [int(item) for item in own if item.isdecimal() and len(item) <= LONGEST]
    return own | {str(one): text for one, text in texts(backend, kind, numbers).items()}


def with_text(rows: ir.Table, kind: str, name: str) -> ir.Table:
    """`rows` with a text column `name`: what the shop calls each one's `kind`."""
    table = _table(rows.get_backend(), kind)
    if table is None:
        return rows.mutate(**{name: rows[kind].cast("string")})
    joined = rows.left_join(table, rows[kind] == table.id)
    text = joined.text.fill_null(joined[kind].cast("string"))
    return joined.mutate(**{name: text}).drop("id", "text")


def _table(backend: SQLBackend, kind: str) -> ir.Table | None:
    """The text ids of one kind; None where none are kept."""
    if not section("engine").tables:
        reads_files = backend.name in ("duckdb", "pyspark")
        if not reads_files or not paths.path(f"{TABLE}.parquet").exists():
            return None
    table = engine.read(backend, TABLE)
    return table.filter(table.kind == kind).select("id", "text")
