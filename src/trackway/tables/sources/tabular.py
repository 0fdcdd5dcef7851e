"""Events in a table that the engine reads itself, where they lie: no file of ours to open.

Parquet at a path that Spark reads, a folder by day or otherwise (``s3a://bucket/events``,
``file:///data/events``), or a table of its catalogue or of a warehouse (``table://shop.events``).
Such rows have no line numbers; a rejected one is told by its values.
"""

import ibis
import ibis.expr.types as ir

from trackway import engine
from trackway.core.errors import InputError
from trackway.tables.sources.schemas import REQUIRED, Schema

TYPES = {
    "event_time": "timestamp('UTC', 6)",
    "event_type": "string",
    "product_id": "int64",
    "category_id": "int64",
    "category_code": "string",
    "brand": "string",
    "price": "decimal(12, 2)",
    "user_id": "int64",
    "session": "string",
}
MOST_REJECTS = 1_000_000  # beyond it something else is wrong


def columns(place: str) -> list[str]:
    """The names of its columns."""
    return list(engine.at(engine.connect(), place).columns)


def parse(source: ir.Table, place: str, schema: Schema) -> tuple[ir.Table, ir.Table]:
    """The readable rows in our columns, and the others with their reasons; both lazy.

    Returns
    -------
    lazy table
        The columns of `TYPES`; ids that are texts stay texts.
    lazy table
        file, line (null), reason, text.

    Raises
    ------
    InputError
        If more than a million rows cannot be used.
    """
    typed = {ours: _typed(source, schema, ours) for ours in TYPES}
    typed["session"] = typed["session"].nullif("")
    parsed = engine.store(source.select(**typed, text=_said(source)).pipe(_with_reason, schema))
    unusable = parsed.filter(parsed.reason.notnull())
    if (n := int(unusable.count().execute())) > MOST_REJECTS:
        raise InputError(f"{place}: {n:,} rows cannot be read as {schema.label}; the right table?")
    rejects = unusable.select(
        file=ibis.literal(place), line=ibis.null("int64"), reason="reason", text="text"
    )
    return parsed.filter(parsed.reason.isnull()).select(*TYPES), rejects


def _with_reason(rows: ir.Table, schema: Schema) -> ir.Table:
    missing = [(rows[name].isnull(), f"no valid {name}") for name in REQUIRED]
    strange = ~rows.event_type.isin(list(schema.event_types))
    named = ibis.literal("unknown event type '") + rows.event_type.left(40) + "'"
    return rows.mutate(reason=ibis.cases(*missing, (strange, named), else_=ibis.null("string")))


def _said(source: ir.Table) -> ir.StringValue:
    """A row as text: ``user_id=7, price=null, ...``."""
    pieces = [f"{name}=" + source[name].cast("string").fill_null("null") for name in source.columns]
    return ibis.literal(", ").join(pieces)


def _typed(source: ir.Table, schema: Schema, ours: str) -> ir.Value:
    theirs = schema.columns.get(ours)
    if theirs is None:
        return ibis.null(TYPES[ours])
    column = source[theirs]
    if ours == "event_time":
        return _moment(column, schema)
    if column.type().is_string() and (TYPES[ours] == "string" or schema.name == "mapped"):
        return column
    convert = column.try_cast if column.type().is_string() else column.cast
    return convert(TYPES[ours])


def _moment(column: ir.Value, schema: Schema) -> ir.TimestampValue:
    kind = TYPES["event_time"]
    if schema.time_unit != "text":
        return column.cast("int64").as_timestamp(schema.time_unit).cast(kind)
    zoned = column.type().is_timestamp() and column.type().timezone
    if not zoned and schema.zone != "UTC":
        raise InputError(
            f"sampling.mapping.timezone is {schema.zone}, but a table's times without a zone are "
            "taken for UTC; give the column a zone"
        )
    return column.try_cast(kind) if column.type().is_string() else column.cast(kind)
