"""Events in a table that the engine reads itself, where they lie: no file of ours to open.

Parquet at a path that Spark reads, a folder by day or otherwise (``s3a://bucket/events``,
``file:///data/events``), or a table of its catalogue or of a warehouse (``table://shop.events``).
Such rows have no line numbers; a rejected one is told by its values.
"""

import ibis
import ibis.expr.types as ir

from trackway import engine
from trackway.core.errors import InputError
from trackway.tables.sources import values
from trackway.tables.sources.part import MOST_REJECTS, Part, Written
from trackway.tables.sources.schemas import Schema, places, present
from trackway.tables.sources.values import FAULT, REJECTED


def columns(place: str) -> list[str]:
    """The names of its columns."""
    return list(engine.at(engine.connect(), place).columns)


def parse(source: ir.Table, place: str, schema: Schema, kinds: dict) -> tuple[ir.Table, Part]:
    """The readable rows in our columns, lazily, and what could not be read.

    Raises
    ------
    InputError
        If more than a million rows cannot be used.
    """
    names = {f"c{n}": source[name] for n, name in enumerate(source.columns)}
    named = {ours: f"c{n}" for ours, n in places(schema, source.columns).items()}
    rows = values.parsed(source.select(**names, text=_as_text(source)), named, schema, kinds)
    rows = engine.store(rows)
    written = Written.of(rows.group_by(FAULT).agg(rows=rows.count()).to_pandas())
    if written.refused > MOST_REJECTS:
        raise InputError(
            f"{place}: {written.refused:,} rows cannot be read as {schema.label}; the right table?"
        )
    rejects = values.faults(rows, schema).order_by(["reason", "text"]).to_pandas()
    lost = values.lost(rows, schema)
    usable = rows.filter((rows[FAULT].cast("int64") & REJECTED) == 0).select(*present(schema))
    return usable, Part(written, rejects.assign(line=None), lost)


def _as_text(source: ir.Table) -> ir.StringValue:
    """A row as text: ``user_id=7, price=null, ...``."""
    pieces = [f"{name}=" + source[name].cast("string").fill_null("null") for name in source.columns]
    return ibis.literal(", ").join(pieces)
