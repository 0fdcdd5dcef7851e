"""The sources we know, by their columns: REES46, Taobao `UserBehavior`, or a table of your own."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from trackway.core.errors import InputError
from trackway.params.sampling import Mapping

TYPES = {  # our columns, as Ibis calls their types; an id that is a text stays one
    "event_time": "timestamp('UTC', 6)",
    "event_type": "string",
    "product_id": "int64",
    "category_id": "int64",
    "category_code": "string",
    "brand": "string",
    "price": "decimal(12, 2)",
    "user_id": "int64",
    "session": "string",
    "order_id": "int64",
    "quantity": "int64",
    "title": "string",
}
ORDERS = ("order_id", "quantity", "title")  # these there are only where the source has them
REQUIRED = ("event_time", "event_type", "product_id", "user_id")
OPTIONAL = ("category_id", "price", "quantity", "order_id")  # a value may be there and be none
IDS = ("user_id", "product_id", "category_id", "order_id")


@dataclass(frozen=True)
class Schema:
    """How one source writes its events.

    Attributes
    ----------
    columns : our name -> the source's name, or its place from 1
        A column the source has not is absent.
    event_types : the source's event names -> ours, or 'ignore'
    event_type : what every row is, where no column says it
    format : 'text', 'jsonl' or 'baskets', of files that are no Parquet; None: as their name ends
    header : the source's column names when its files carry none, else None
    time_unit : 'text', or 's', 'ms', 'us', 'ns' since 1970
    time_formats : of texts, as `strptime` has them; none: ISO 8601
    decimal, thousands : the signs in numbers
    price_unit : what 1 in the price column is, in shop currency; None: prices are exact to the cent
    absent : texts that stand for no value, beside `ABSENT`
    kinds : our name of an id -> 'number' or 'text'; of others their values decide
    missing_user : 'reject', or the column that stands in for a user that is missing
    duplicates : 'drop', 'keep', or the columns in which duplicates agree; None: not said
    zone : IANA zone of times written without one
    timezone : IANA zone of the shop's own days and hours
    window : (inclusive, exclusive) UTC texts between which the source says its events lie
    """

    name: str
    label: str
    columns: dict[str, str | int]
    event_types: dict[str, str]
    event_type: str | None = None
    format: str | None = None
    header: tuple[str, ...] | None = None
    delimiter: str = ","
    time_unit: str = "text"
    time_formats: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    price_unit: float | None = None
    absent: tuple[str, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)
    missing_user: str = "reject"
    duplicates: str | tuple[str, ...] | None = None
    zone: str = "UTC"
    timezone: str = "UTC"
    window: tuple[str | None, str | None] = field(default=(None, None))


REES46 = Schema(
    name="rees46",
    label="REES46",
    columns={
        **{name: name for name in TYPES if name not in ("session", *ORDERS)},
        "session": "user_session",
    },
    event_types={
        "view": "view",
        "cart": "cart",
        "remove_from_cart": "remove",
        "purchase": "purchase",
    },
)

# The embedded shop writes as REES46 does, and lives by a clock of its own.
DEMO = replace(REES46, timezone="Europe/Berlin")

TAOBAO = Schema(
    name="taobao",
    label="Taobao UserBehavior",
    columns={
        "user_id": "user",
        "product_id": "item",
        "category_id": "category",
        "event_type": "behavior",
        "event_time": "time",
    },
    event_types={"pv": "view", "fav": "favorite", "cart": "cart", "buy": "purchase"},
    header=("user", "item", "category", "behavior", "time"),
    time_unit="s",
    timezone="Asia/Shanghai",
    # 25 November to 3 December 2017, Beijing days (Tianchi data set 649); a few rows lie elsewhere.
    window=("2017-11-24T16:00:00Z", "2017-12-03T16:00:00Z"),
)


def present(schema: Schema) -> list[str]:
    """Our columns of what a source of `schema` is read into."""
    return [name for name in TYPES if name in schema.columns or name not in ORDERS]


def places(schema: Schema, names: Sequence[str]) -> dict[str, int]:
    """Our name -> the place from 0 of the column among `names`, the source's."""
    return {
        ours: theirs - 1 if isinstance(theirs, int) else list(names).index(theirs)
        for ours, theirs in schema.columns.items()
    }


def recognise(names: list[str], first_row: list[str], file: str, mapping: Mapping | None) -> Schema:
    """The schema of a file, from its column names and first row.

    Parameters
    ----------
    names : column names: a CSV file's first line, a Parquet file's schema
    first_row : the first line again for CSV, else empty; Taobao files carry no header
    file : how messages name it
    mapping : `sampling.mapping`, which goes before what we recognise ourselves

    Raises
    ------
    InputError
        If it is none we know, or the mapping names columns that are not there.
    """
    if mapping is not None:
        return _mapped(names, file, mapping)
    if set(REES46.columns.values()) <= set(names):
        return REES46
    if len(first_row) == len(TAOBAO.header) and first_row[3] in TAOBAO.event_types:
        return TAOBAO
    missing = sorted(set(REES46.columns.values()) - set(names))
    raise InputError(
        f"{file}: its columns are {_listed(names)}. This is not REES46 (it lacks "
        f"{_listed(missing)}), and not Taobao UserBehavior (five columns without a header: user, "
        "item, category, pv/cart/fav/buy, seconds). For a table of your own, say in params.yaml "
        "which column holds what, under sampling.mapping; data/README.md shows how."
    )


def _mapped(names: list[str], file: str, mapping: Mapping) -> Schema:
    columns = {ours: theirs for ours, theirs in mapping.columns if theirs is not None}
    if absent := {ours: theirs for ours, theirs in columns.items() if not _there(theirs, names)}:
        wrong = ", ".join(f"{ours}: {theirs}" for ours, theirs in absent.items())
        raise InputError(
            f"{file}: sampling.mapping.columns names columns that are not there ({wrong}); "
            f"there are {_listed(names)}."
        )
    duplicates = mapping.duplicates
    return Schema(
        name="mapped",
        label="own shop",
        columns=columns,
        event_types=mapping.event_types,
        event_type=mapping.event_type,
        format=mapping.format,
        header=mapping.header and tuple(mapping.header),
        delimiter=mapping.delimiter,
        time_unit=mapping.time_unit,
        time_formats=tuple(mapping.time_formats),
        decimal=mapping.decimal,
        thousands=mapping.thousands,
        price_unit=mapping.price_unit,
        absent=tuple(mapping.absent),
        kinds=mapping.kinds,
        missing_user=mapping.missing_user,
        duplicates=tuple(duplicates) if isinstance(duplicates, list) else duplicates,
        zone=mapping.timezone,
        timezone=mapping.timezone,
    )


def _there(column: str | int, names: list[str]) -> bool:
    return column <= len(names) if isinstance(column, int) else column in names


def _listed(names: list[str], most: int = 12) -> str:
    shown = ", ".join(repr(name[:40]) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "") or "none"
