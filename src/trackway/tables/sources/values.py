"""What the values of a table are, read strictly and by one rule for every kind of source.

A value is what its text says in plain digits. `7`, `+7` and, as pandas saves numbers beside a
missing one, `7.0` are the number 7; `1_000`, `0x7B`, `1e3` and a fraction count nothing. Whether an
id is a number or a text is one decision over all rows of all files (docs/decisions/values.md).
DuckDB, Spark and PostgreSQL compute the same expressions.
"""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.tables.sources import moments
from trackway.tables.sources.schemas import IDS, OPTIONAL, REQUIRED, TYPES, Schema, present

# In lower case. Names of brands and categories are read by their catalogue (`events.NO_NAME`).
ABSENT = ("", "na", "n/a", "<na>", "nan", "nat", "null", "none", r"\n", "(not set)")
LONGEST_ABSENT = 9  # characters
PLAIN = r"^[+-]?(0|[1-9][0-9]*)([.]0+)?$"
PADDED = r"^[+-]?[0-9]+([.]0+)?$"  # zeros in front are part of a name, and not of a number
ROUNDED = r"^[+-]?[0-9]([.,][0-9]+)?[eE][+][0-9]+$"  # as spreadsheets write what is long
CENTS = r"^[+-]?([0-9]+([.][0-9]{0,2}0*)?|[.][0-9]{1,2}0*)$"
FRACTION = r"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$"
EXACT = 2**53  # whole numbers below it are exact in a float
STANDS_IN = {"session": "session ", "order_id": "order "}  # before the key: no user is called so

NAMES = ("session", "title")
OTHERS = "*"  # among a mapping's event types: all that are not named
CARRIED = ("line", "text")  # where a row stands, and what it says
FAULT = "fault"
LOST, REJECTED, STOOD_IN = 1, 2, 4  # its bits; those above say which id is no number
NO_NUMBER = {name: 8 << place for place, name in enumerate(IDS)}


def kinds(schema: Schema) -> dict[str, str | None]:
    """'number' or 'text' of each id that is read; None where its values are to decide."""
    known = dict.fromkeys(IDS, None if schema.name == "mapped" else "number") | schema.kinds
    read = {*schema.columns, "user_id"}
    return {name: kind if name in read else "number" for name, kind in known.items()}


def no_numbers(bits: int) -> list[str]:
    """The ids of which some values are no numbers, by the bits of `FAULT` of all rows together."""
    return [name for name, bit in NO_NUMBER.items() if bits & bit]


def parsed(
    source: ir.Table, columns: dict[str, str], schema: Schema, kinds: dict[str, str | None]
) -> ir.Table:
    """The rows of `source` in our columns.

    Parameters
    ----------
    columns : our name -> the name of the column in `source`
    kinds : of ids; where one is None it is read as a number, and `FAULT` says which are none

    Returns
    -------
    lazy table
        Our columns, with null for a value that cannot be read; ``<name>_text``, as `source` has
        it; `FAULT`, 0 where all is well; the columns `CARRIED`, where `source` has them.
    """
    carried = [name for name in CARRIED if name in source.columns]
    texts = [name for name in columns if name in NAMES or kinds.get(name) == "text"]
    source = source.mutate(**{name: _stripped(source[name]) for name in map(columns.get, texts)})
    raw = _raw_values(source, columns, schema)
    if "user_id" in columns and schema.missing_user != "reject":
        # A column of its own: written out wherever it is used, it would be a hundred times the SQL.
        source = source.mutate(u=raw["user_id"])
        raw = {ours: source[theirs] for ours, theirs in columns.items()} | {"user_id": source.u}
    source = source.mutate(**{f"{ours}_cast": cast for ours, cast in _casts(raw, kinds, schema)})
    raw |= {ours: source[column.get_name()] for ours, column in raw.items()}
    casts = {ours: source[f"{ours}_cast"] for ours in raw if f"{ours}_cast" in source.columns}
    read = {
        ours: _value(ours, raw.get(ours), casts.get(ours), schema, kinds)
        for ours in present(schema)
    }
    if "elapsed" in raw:
        passed = integer(raw["elapsed"], PADDED)
        read["event_time"] = moments.later(read["event_time"], passed, schema.elapsed_unit)
    texts = {f"{ours}_text": raw[ours] for ours in [*REQUIRED, *OPTIONAL] if ours in raw}
    rows = source.select(**read, **texts, **{name: source[name] for name in carried})
    return rows.mutate(**{FAULT: _fault(rows, schema, kinds)})


def _casts(raw: dict[str, ir.Value], kinds: dict, schema: Schema) -> Iterator[tuple]:
    """Our names and what the engine takes the texts of numbers for, each computed once."""
    as_written = not schema.absent and (schema.decimal, schema.thousands) == (".", "")
    numbers = [name for name in IDS if kinds.get(name) != "text"]
    for ours in [*numbers, *(["price"] if as_written and schema.price_unit is None else [])]:
        if ours in raw and raw[ours].type().is_string():
            yield ours, raw[ours].try_cast(TYPES[ours])


def _stripped(column: ir.Value) -> ir.Value:
    return column.strip() if column.type().is_string() else column


def _raw_values(source: ir.Table, columns: dict[str, str], schema: Schema) -> dict[str, ir.Value]:
    """What the source says; what stands in for a user that is missing included."""
    raw = {ours: source[theirs] for ours, theirs in columns.items()}
    if schema.missing_user != "reject":
        instead = raw[schema.missing_user]
        if "user_id" not in raw:
            return raw | {"user_id": instead}
        user, key = raw["user_id"].cast("string"), instead.cast("string").strip()
        name = ibis.literal(STANDS_IN[schema.missing_user]) + key
        absent = _is_absent(user, schema) & ~_is_absent(key, schema)
        raw["user_id"] = absent.ifelse(name, user)
    return raw


def _value(
    ours: str, column: ir.Value | None, cast: ir.Value | None, schema: Schema, kinds: dict
) -> ir.Value:
    if column is None:
        constant = schema.event_type if ours == "event_type" else None
        kind = "string" if kinds.get(ours) == "text" else TYPES[ours]
        return ibis.literal(constant) if constant else ibis.null(kind)
    if ours == "event_time":
        return moments.moment(column, schema)
    if ours == "event_type":
        return _event_type(column.cast("string"), schema)
    if ours == "price":
        return _price(_unmarked(column, schema), schema, cast)
    if ours == "quantity":
        return integer(_plain_signs(_unmarked(column, schema), schema), PADDED)
    if ours in IDS and kinds[ours] == "text":
        return _text_id(column, schema)
    if ours in IDS:
        return _unmarked(integer(column, PADDED if kinds[ours] else PLAIN, cast), schema)
    return _name(ours, column.cast("string"), schema)


def _event_type(text: ir.StringValue, schema: Schema) -> ir.StringValue:
    known, stripped = list(schema.event_types), text.strip()
    other = ibis.null("string")
    if OTHERS in known:
        other = _is_absent(stripped, schema).ifelse(other, OTHERS)
    again = stripped.isin(known).ifelse(stripped, other)
    return text.isin(known).ifelse(text, again)


def _name(ours: str, text: ir.StringValue, schema: Schema) -> ir.StringValue:
    if ours in NAMES:
        return _is_absent(text, schema).ifelse(ibis.null("string"), text)
    return _unmarked(text, schema)  # the catalogue strips it, and knows the usual words for none


def _is_absent(text: ir.StringValue, schema: Schema) -> ir.BooleanValue:
    """Whether a text stands for no value."""
    long = text.length() > LONGEST_ABSENT
    always = long.ifelse(ibis.literal(False), text.strip().lower().isin(ABSENT).fill_null(True))
    return always | text.strip().isin(schema.absent).fill_null(True) if schema.absent else always


def _unmarked(value: ir.Value, schema: Schema) -> ir.Value:
    """`value`, or null where it is one of the marks of the mapping's own."""
    if not schema.absent:
        return value
    marked = value.cast("string").strip().isin(schema.absent)
    return marked.ifelse(ibis.null(value.type()), value)


def integer(column: ir.Value, form: str, cast: ir.Value | None = None) -> ir.IntegerValue:
    """A whole number of 64 bits, of a text in `form` or of a number; null if it is none.

    `cast` is what the engine takes `column` for, where that is computed already.
    """
    number, none = column.try_cast("int64") if cast is None else cast, ibis.null("int64")
    if column.type().is_integer():
        return number
    if not column.type().is_string():
        same = number.cast("float64") == column.cast("float64")
        return (same & number.between(-EXACT, EXACT)).ifelse(number, none)
    text = column.strip()
    digits = text.re_replace("[.]0+$", "").re_replace("^[+]", "")
    other = text.re_search(form).ifelse(digits.try_cast("int64"), none)
    # What is as the engine would write it is in plain digits: no need to look at each of them.
    return (number.cast("string") == column).ifelse(number, other)


def _text_id(column: ir.Value, schema: Schema) -> ir.StringValue:
    if column.type().is_string():
        pointed = column.contains(".").ifelse(column.re_search(r"^[+-]?[0-9]+[.]0+$"), False)
        whole = pointed.ifelse(column.re_replace("[.]0+$", ""), column)
    else:
        whole = integer(column, PLAIN).cast("string").coalesce(column.cast("string"))
    none = _is_absent(whole, schema) | _is_rounded(whole)
    return none.ifelse(ibis.null("string"), whole)


def _is_rounded(text: ir.StringValue) -> ir.BooleanValue:
    return text.strip().re_search(ROUNDED)


def _price(column: ir.Value, schema: Schema, cast: ir.Value | None) -> ir.DecimalValue:
    """Exact to the cent or null; in another unit, rounded to the cent."""
    kind, none = TYPES["price"], ibis.null(TYPES["price"])
    text = _plain_signs(column, schema)
    if schema.price_unit is not None:
        if column.type().is_string():
            text = text.strip()
            number = text.re_search(FRACTION).ifelse(text.try_cast("float64"), None)
        else:
            number = column.cast("float64")
        cents = (number * (schema.price_unit * 100) + 0.5).floor()
        return (cents.abs() < 10**12).ifelse((cents / 100.0).try_cast(kind), none)
    price = text.try_cast(kind) if cast is None else cast
    if not column.type().is_string():
        return (price.cast("float64") == column.cast("float64")).ifelse(price, none)
    other = text.strip().re_search(CENTS).ifelse(text.strip().try_cast(kind), none)
    return (price.cast("string") == text).ifelse(price, other)


def _plain_signs(column: ir.Value, schema: Schema) -> ir.Value:
    """A number with a point and nothing between its thousands; null where the signs do not fit."""
    if not column.type().is_string() or (schema.decimal, schema.thousands) == (".", ""):
        return column
    groups = f"[0-9]{{1,3}}([{schema.thousands}][0-9]{{3}})+|" if schema.thousands else ""
    text = column.strip()
    fits = text.re_search(f"^[+-]?({groups}[0-9]*)([{schema.decimal}][0-9]*)?$")
    plain = text.replace(schema.thousands, "") if schema.thousands else text
    return fits.ifelse(plain.replace(schema.decimal, "."), ibis.null("string"))


def _fault(rows: ir.Table, schema: Schema, kinds: dict) -> ir.IntegerValue:
    """The bits of what is wrong with a row; only of rows that lack a value it is asked what."""
    needed = [_is_wanting(rows, name, schema) for name in REQUIRED]
    optional = [name for name in OPTIONAL if f"{name}_text" in rows.columns]
    bits = ibis.or_(*needed).ifelse(REJECTED, 0)
    if optional:
        bits += ibis.or_(*(is_lost(rows, name, schema) for name in optional)).ifelse(LOST, 0)
    # A row that is refused for its time or type, a header that is repeated say, decides no kind.
    usable = ~ibis.or_(*(rows[name].isnull() for name in REQUIRED if name not in IDS))
    for name, kind in kinds.items():
        if kind is None and f"{name}_text" in rows.columns:
            text = rows[f"{name}_text"].cast("string")
            no_number = usable & is_lost(rows, name, schema) & ~_is_rounded(text)
            bits += no_number.ifelse(NO_NUMBER[name], 0)
    lacks = ibis.or_(*needed, *(rows[name].isnull() for name in optional))
    fault = lacks.ifelse(bits, 0)
    word = STANDS_IN.get(schema.missing_user, "")
    if word and rows.user_id.type().is_string() and "user_id" in schema.columns:
        fault += rows.user_id.startswith(word).ifelse(STOOD_IN, 0)
    return fault.cast("int16")


def _is_wanting(rows: ir.Table, name: str, schema: Schema) -> ir.BooleanValue:
    """Whether a value is missing without which a row cannot be used."""
    ignored = [theirs for theirs, ours in schema.event_types.items() if ours == "ignore"]
    if not ignored or name not in ("user_id", "product_id"):
        return rows[name].isnull()
    # What is left out need not be about a product: a search, say.
    return rows[name].isnull() & ~rows.event_type.isin(ignored).fill_null(False)


def is_lost(rows: ir.Table, name: str, schema: Schema) -> ir.BooleanValue:
    """Whether the source has a value where we have none."""
    text = rows[f"{name}_text"].cast("string")
    return rows[name].isnull() & ~_is_absent(text, schema)


def reason(rows: ir.Table, name: str, schema: Schema) -> ir.StringValue:
    """Why a value of the column `name` could not be read; of rows as `parsed` gives them."""
    base = f"no valid {name}"
    if f"{name}_text" not in rows.columns:
        return ibis.literal(base)
    text = rows[f"{name}_text"].cast("string").strip()
    cases = [(_is_absent(text, schema), ibis.literal(base))]
    if name == "event_type":
        named = ibis.literal("unknown event type '") + text.left(40) + "'"
        return ibis.cases(*cases, else_=named)
    cases.append((_is_rounded(text), ibis.literal(f"{base}: rounded by a spreadsheet")))
    if name == "event_time":
        cases += moments.reasons(text, schema, base)
    if name == "price":
        fine = (_plain_signs(text, schema).re_search(FRACTION), f"{base}: finer than a cent")
        cases += [fine] if schema.price_unit is None else []
    return ibis.cases(*cases, else_=ibis.literal(base))


def faults(rows: ir.Table, schema: Schema, header: dict[str, str] | None = None) -> ir.Table:
    """The rows that cannot be used: ``reason``, and the columns `CARRIED` that `rows` have.

    Parameters
    ----------
    header : our name -> the source's, where a row may be a header that is repeated
    """
    refused = rows.filter((rows[FAULT].cast("int64") & REJECTED) != 0)
    first = [(refused[name].isnull(), reason(refused, name, schema)) for name in REQUIRED]
    named = [name for name in REQUIRED if header and name in header]
    if named:
        alike = [refused[f"{name}_text"].strip() == header[name] for name in named]
        first.insert(0, (ibis.and_(*alike), ibis.literal("repeated header")))
    carried = [name for name in CARRIED if name in rows.columns]
    return refused.select(*carried, reason=ibis.cases(*first))


def lost(rows: ir.Table, schema: Schema) -> pd.DataFrame:
    """Values that need not be there, and cannot be read, of rows that can.

    Returns
    -------
    DataFrame
        column, reason, values (how many), line (the first; null where `rows` have none), value
        (there).
    """
    has = rows.filter((rows[FAULT].cast("int64") & (LOST | REJECTED)) == LOST)
    parts = []
    for name in [name for name in OPTIONAL if f"{name}_text" in rows.columns]:
        some = has.filter(is_lost(has, name, schema))
        value = some[f"{name}_text"].cast("string").name("value")
        line = some.line if "line" in rows.columns else ibis.null("int64")
        some = some.select(value, line=line, reason=reason(some, name, schema))
        first = some.value.argmin(some.line) if "line" in rows.columns else some.value.min()
        parts.append(
            some.group_by("reason")
            .agg(values=some.count(), line=some.line.min(), value=first)
            .mutate(column=ibis.literal(name))
        )
    table = ibis.union(*parts).order_by(["column", "reason"]).to_pandas() if parts else NONE_LOST
    return table[list(NONE_LOST)].astype(NONE_LOST.dtypes)


NONE_LOST = pd.DataFrame(
    {"column": [], "reason": [], "values": [], "line": [], "value": []}
).astype({"column": "str", "reason": "str", "values": "int64", "line": "Int64", "value": "str"})
