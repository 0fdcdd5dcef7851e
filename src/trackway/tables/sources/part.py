"""What one file was read into: a Parquet file in the spill folder, and what could not be read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend
from ibis.util import gen_name

from trackway.engine import embedded
from trackway.engine.embedded import quoted
from trackway.tables.sources.schemas import Schema, present
from trackway.tables.sources.values import FAULT, LOST, REJECTED, STOOD_IN

MOST_REJECTS = 1_000_000  # of a file or table; beyond it something else is wrong


@dataclass(frozen=True)
class Written:
    """What `write` has written: the bits of all faults, and how many rows have which."""

    bits: int
    rows: int
    refused: int
    stood_in: int

    @classmethod
    def of(cls, faults: pd.DataFrame) -> Self:
        """From the number of ``rows`` by their `FAULT`."""
        bits = 0
        for fault in faults[FAULT]:
            bits |= int(fault)
        having = {
            bit: int(faults.loc[faults[FAULT] & bit > 0, "rows"].sum())
            for bit in (REJECTED, STOOD_IN)
        }
        return cls(bits, int(faults["rows"].sum()), having[REJECTED], having[STOOD_IN])


@dataclass(frozen=True)
class Part:
    """What was read of one file; the tables are those of `read.Raw`."""

    written: Written
    rejects: pd.DataFrame
    lost: pd.DataFrame


def write(backend: Backend, rows: ir.Table, schema: Schema, typed: Path) -> Written:
    """Write rows as `values.parsed` gives them, those that cannot be used included."""
    with embedded.setting(backend, TimeZone=schema.zone):
        wanted = rows.select(*present(schema), FAULT)
        embedded.copy_unordered(backend, backend.compile(wanted), typed)
    query = f"SELECT {FAULT}, count(*) AS rows FROM {quoted(str(typed))} GROUP BY ALL"
    return Written.of(backend.con.sql(query).df())


def faulty(backend: Backend, rows: ir.Table, written: Written, schema: Schema) -> ir.Table | None:
    """Those of `rows` that have a fault, computed once; None if there are none."""
    if not written.bits & (REJECTED | LOST):
        return None
    some, name = rows.filter(rows[FAULT] != 0), gen_name("faulty")
    with embedded.setting(backend, TimeZone=schema.zone):
        backend.raw_sql(f'CREATE TEMPORARY TABLE "{name}" AS {backend.compile(some)}')
    return backend.table(name)


def bits(rows: ir.Table) -> int:
    """The bits of the faults of `rows`, a few."""
    return Written.of(rows.group_by(FAULT).agg(rows=rows.count()).to_pandas()).bits


def drop_refused(backend: Backend, typed: Path) -> None:
    """Take the rows that cannot be used out of `typed`."""
    cleaned = typed.with_suffix(".valid")
    usable = f"SELECT * FROM read_parquet({quoted(str(typed))}) WHERE {FAULT} & {REJECTED} = 0"
    embedded.copy_unordered(backend, usable, cleaned)
    cleaned.replace(typed)
