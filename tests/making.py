"""Raw files and tables, written out by hand."""

import gzip
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

HEADER = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
)


def rees46(*rows: str, header: str = HEADER, end: str = "\n") -> str:
    """A REES46 file from its rows; the header goes first."""
    return "".join(line + end for line in [header, *rows])


def row(
    time: str = "10:00:00",
    event: str = "view",
    product: int | str = 1,
    *,
    user: int | str = 7,
    session: str = "s",
    brand: str = "b",
    code: str = "c.d",
    price: str = "1.50",
) -> str:
    """One REES46 line, on 1 October 2019 unless `time` names another day."""
    moment = time if " " in time else f"2019-10-01 {time}"
    return f"{moment} UTC,{event},{product},2,{code},{brand},{price},{user},{session}"


def write(folder: Path, name: str, text: str) -> Path:
    """`text` as a file; compressed if its name ends in .gz."""
    file = folder / name
    content = text.encode()
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return file


def events(*rows: tuple[int, str, str], **columns: list) -> ir.Table:
    """Canonical events from (user, clock time, event type), each about a product of its own."""
    users, clock, types = zip(*rows, strict=True)
    frame = pd.DataFrame(
        {
            "event_time": pd.to_datetime(
                [f"2024-03-01 {t}" for t in clock], utc=True, format="ISO8601"
            ),
            "event_type": types,
            "product_id": range(len(rows)),
            "category_id": 1,
            "category_code": "c.d",
            "brand": "b",
            "price": 1.0,
            "user_id": users,
            "session": None,
        }
        | columns
    )
    table = ibis.memtable(
        frame.astype({"price": float}),
        schema={
            "event_time": "timestamp('UTC')",
            "event_type": "string",
            "product_id": "int64",
            "category_id": "int64",
            "category_code": "string",
            "brand": "string",
            "price": "float64",
            "user_id": "int64",
            "session": "string",
        },
    )
    return table.mutate(price=table.price.cast("decimal(12, 2)"))
