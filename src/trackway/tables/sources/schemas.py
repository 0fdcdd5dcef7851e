"""The sources we know, by their columns: REES46, Taobao `UserBehavior`, or a table of your own."""

from dataclasses import dataclass, field, replace

from trackway.core.errors import InputError
from trackway.params.sampling import Mapping

TYPES = {  # our columns, and the DuckDB type their text is read as
    "event_time": "TIMESTAMPTZ",
    "event_type": "VARCHAR",
    "product_id": "BIGINT",
    "category_id": "BIGINT",
    "category_code": "VARCHAR",
    "brand": "VARCHAR",
    "price": "DECIMAL(12,2)",
    "user_id": "BIGINT",
    "session": "VARCHAR",
}
REQUIRED = ["event_time", "event_type", "product_id", "user_id"]


@dataclass(frozen=True)
class Schema:
    """How one source writes its events.

    Attributes
    ----------
    columns : our name -> the source's name; a column the source has not is absent
    event_types : the source's event names -> ours, or 'ignore'
    header : the source's column names when its files carry none, else None
    time_unit : 'text', or 's' / 'ms' since 1970
    zone : IANA zone of times written without one
    timezone : IANA zone of the shop's own days and hours
    window : (inclusive, exclusive) UTC texts between which the source says its events lie
    """

    name: str
    label: str
    columns: dict[str, str]
    event_types: dict[str, str]
    header: tuple[str, ...] | None = None
    delimiter: str = ","
    time_unit: str = "text"
    zone: str = "UTC"
    timezone: str = "UTC"
    window: tuple[str | None, str | None] = field(default=(None, None))


REES46 = Schema(
    name="rees46",
    label="REES46",
    columns={
        **{name: name for name in TYPES if name != "session"},
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
    absent = {ours: theirs for ours, theirs in columns.items() if theirs not in names}
    if absent:
        wrong = ", ".join(f"{ours}: {theirs}" for ours, theirs in absent.items())
        raise InputError(
            f"{file}: sampling.mapping.columns names columns that are not there ({wrong}); "
            f"there are {_listed(names)}."
        )
    return Schema(
        name="mapped",
        label="own shop",
        columns=columns,
        event_types=mapping.event_types,
        delimiter=mapping.delimiter,
        time_unit=mapping.time_unit,
        zone=mapping.timezone,
        timezone=mapping.timezone,
    )


def _listed(names: list[str], most: int = 12) -> str:
    shown = ", ".join(repr(name[:40]) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "") or "none"
