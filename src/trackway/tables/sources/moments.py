"""When something happened: times as text, or as a count of seconds or finer units since 1970."""

import ibis
import ibis.expr.types as ir

from trackway.core.errors import InputError
from trackway.tables.sources.schemas import Schema

# As REES46 writes times: by this form alone they are read at less than half the cost.
UTC_FORM = "%Y-%m-%d %H:%M:%S UTC"
ISO = (
    r"^[0-9]{4}-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])"
    r"([ T]([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?)?"
    r" ?(Z|[+-][0-9]{2}(:?[0-9]{2})?|[A-Z][A-Za-z]*(/[A-Za-z_]+)*)?$"
)
FINER = "^(.*[.][0-9]{6})[0-9]+(.*)$"  # than a microsecond
DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}  # by which a unit is finer than a second
NAMED = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
COUNT = r"^[+-]?[0-9]{1,18}([.][0-9]*)?$|^[+-]?[0-9]{19}([.]0*)?$"
# Seconds from 1994 to 2100: a number that lies there in one unit lies outside in all others.
LIKELY = (757_382_400, 4_102_444_800)
LAST = 253_402_300_800  # the year 10000
ZONED = "timestamp('UTC', 6)"


@ibis.udf.scalar.builtin(signature=(("string", "string"), "timestamp(6)"))
def try_strptime(text, form): ...


@ibis.udf.scalar.builtin(signature=(("timestamp(6)",), "int64"))
def epoch_us(moment): ...


@ibis.udf.scalar.builtin(signature=(("int64",), ZONED))
def make_timestamptz(microseconds): ...


def moment(column: ir.Value, schema: Schema) -> ir.TimestampValue:
    """The time of `column`, to the microsecond; null where it is none.

    Raises
    ------
    InputError
        If times without a zone, or in a form of the mapping's own, are not for this engine to read.
    """
    kind = column.type()
    if schema.year is not None:
        return _of_day(column.cast("string").strip(), schema.year)
    if schema.time_unit != "text" and not kind.is_temporal():
        return _at(_microseconds(column, schema.time_unit), column)
    if kind.is_string():
        return _of_text(column, schema)
    if not kind.is_temporal():
        raise InputError(
            "times are numbers; say their unit, sampling.mapping.time_unit: s, ms, us, ns"
        )
    if not getattr(kind, "timezone", None):
        _refuse_zone(column, schema)
    return column.cast(ZONED)


def _of_text(column: ir.StringValue, schema: Schema) -> ir.TimestampValue:
    none = ibis.null(ZONED)
    if schema.time_formats:
        if not _on_duckdb(column):
            raise InputError(
                "sampling.mapping.time_formats are of files; give the table's times a type"
            )
        forms = [try_strptime(column.strip(), form).cast(ZONED) for form in schema.time_formats]
        return ibis.coalesce(*forms) if len(forms) > 1 else forms[0]
    text = column.strip()
    # By parts: how a replacement names a group, no two engines agree.
    parts = [text.re_extract(FINER, group) for group in (1, 2)]
    text = text.re_search(FINER).ifelse(parts[0] + parts[1], text)
    if not _on_duckdb(column):
        _refuse_zone(column, schema)
        return text.re_search(ISO).ifelse(text.try_cast(ZONED), none)
    # A cast would ask a calendar, though both count from 1970.
    in_utc = make_timestamptz(epoch_us(try_strptime(column, UTC_FORM)))
    other = column.strip().re_search(ISO).ifelse(text.try_cast(ZONED), none)
    return ibis.coalesce(in_utc, other)


def _of_day(text: ir.StringValue, year: int) -> ir.TimestampValue:
    """The start of a day that is written as month and day, 0511 or 511."""
    day = ibis.literal(str(year)) + text.lpad(4, "0")
    known = text.re_search("^[0-9]{3,4}$")
    return known.ifelse(try_strptime(day, "%Y%m%d").cast(ZONED), ibis.null(ZONED))


def later(moment: ir.TimestampValue, passed: ir.IntegerValue, unit: str) -> ir.TimestampValue:
    """`moment` and what has `passed` since, in `unit`; null where that is below 0, or a year."""
    micros = passed * 10 ** (6 - DIGITS[unit])
    known = passed.between(0, 366 * 86_400 * 10 ** DIGITS[unit])
    return known.ifelse(moment + micros.as_interval("us"), ibis.null(ZONED))


def _refuse_zone(column: ir.Value, schema: Schema) -> None:
    if schema.zone != "UTC" and not _on_duckdb(column):
        raise InputError(
            f"sampling.mapping.timezone is {schema.zone}, but a table's times without a zone are "
            "taken for UTC; give the column a zone"
        )


def _on_duckdb(column: ir.Value) -> bool:
    return column._find_backend().name == "duckdb"


def _at(microseconds: ir.IntegerValue, column: ir.Value) -> ir.TimestampValue:
    if _on_duckdb(column):
        return make_timestamptz(microseconds)
    return microseconds.as_timestamp("us").cast(ZONED)


def _microseconds(column: ir.Value, unit: str) -> ir.IntegerValue:
    """Since 1970, cut; null where `column` is no such number, or one of another unit."""
    finer = 6 - DIGITS[unit]
    if column.type().is_floating():
        exact = column.abs() < LAST * 10.0 ** DIGITS[unit]
        scaled = column.cast("float64") * 10.0**finer
        return _in_unit(exact.ifelse((scaled + 0.5).floor(), None).cast("int64"), "us", unit)
    whole = _whole(column)
    counted = _in_unit(whole, unit, unit)
    micros = counted * 10**finer if finer >= 0 else (counted / 10**-finer).floor().cast("int64")
    if finer <= 0 or not column.type().is_string():
        return micros
    part = (column.re_extract(r"[.]([0-9]+)\s*$", 1) + "0" * finer).left(finer)
    return column.contains(".").ifelse(micros + part.try_cast("int64").fill_null(0), micros)


def _whole(column: ir.Value) -> ir.IntegerValue:
    number = column.try_cast("int64")
    if not column.type().is_string():
        return number
    text = column.strip()
    digits = text.re_replace("[.][0-9]*$", "").re_replace("^[+]", "")
    other = text.re_search(COUNT).ifelse(digits.try_cast("int64"), ibis.null("int64"))
    return (number.cast("string") == column).ifelse(number, other)


def _in_unit(number: ir.IntegerValue, counted: str, unit: str) -> ir.IntegerValue:
    """`number`, null where it is beyond all years, or likely in another unit than `unit`."""
    scale = 10 ** DIGITS[counted]
    others = [_likely(number, name) for name in DIGITS if name != unit and counted == unit]
    last = min(LAST * scale, 2**63 - 1)
    beyond = ~number.between(-last, last)
    refused = ibis.or_(beyond, *others).ifelse(ibis.null("int64"), number)
    return _likely(number, counted).ifelse(number, refused)


def _likely(number: ir.IntegerValue, unit: str) -> ir.BooleanValue:
    first, last = (edge * 10 ** DIGITS[unit] for edge in LIKELY)
    return number.between(first, last)


def reasons(text: ir.StringValue, schema: Schema, base: str) -> list[tuple]:
    """Which unit a number is likely in, as cases for `ibis.cases`; of what `moment` gave null."""
    if schema.time_unit == "text":
        return []
    number = _whole(text)
    return [
        (_likely(number, unit), f"{base}: no number of {NAMED[schema.time_unit]}; {name}?")
        for unit, name in NAMED.items()
        if unit != schema.time_unit
    ]
