"""The section `sampling` of `params.yaml`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from trackway.params.values import Duration, Section, Share, ShareOrAll, Timestamp, Zone

EventType = Literal["view", "cart", "favorite", "remove", "purchase", "return"]
Id = Literal["user_id", "product_id", "category_id", "order_id"]
Column = Annotated[str, Field(min_length=1)] | Annotated[int, Field(ge=1)]


class Columns(Section):
    """Which column of a user's own table holds what: its name, or its place from 1; null: none."""

    event_time: Column
    product_id: Column
    event_type: Column | None = None
    user_id: Column | None = None
    category_id: Column | None = None
    category_code: Column | None = None
    brand: Column | None = None
    title: Column | None = None
    price: Column | None = None
    quantity: Column | None = None
    order_id: Column | None = None
    session: Column | None = None


class Mapping(Section):
    columns: Columns
    event_types: dict[str, EventType | Literal["ignore"]] = Field(
        default={}, description="the source's event names"
    )
    event_type: EventType | None = Field(
        default=None, description="what every row is, where no column says it"
    )
    format: Literal["text", "jsonl", "baskets"] | None = Field(
        default=None, description="of files that are no Parquet; null: as their name ends"
    )
    header: list[str] | None = Field(
        default=None, min_length=1, description="names of the columns of files without a header"
    )
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    time_unit: Literal["text", "s", "ms", "us", "ns"] = "text"
    time_formats: list[str] = Field(
        default=[], description="of strptime, tried in this order; none: ISO 8601"
    )
    timezone: Zone = "UTC"
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    price_unit: float | None = Field(
        default=None,
        gt=0,
        description="what 1 in the price column is, in shop currency; prices are then rounded to "
        "the cent. null: they are exact to it as they stand",
    )
    absent: list[str] = Field(
        default=[], description="texts that stand for no value, beside those that always do"
    )
    kinds: dict[Id, Literal["number", "text"]] = Field(
        default={}, description="what ids are; where nothing is said, their values decide"
    )
    missing_user: Literal["reject", "session", "order_id"] = Field(
        default="reject", description="what stands in for a user that is missing"
    )
    duplicates: Literal["drop", "keep"] | list[str] | None = Field(
        default=None, description="rows alike in all, or in these columns, are one event"
    )

    @model_validator(mode="after")
    def _says_what_a_row_is(self):
        named = self.columns.event_type is not None
        if named == (self.event_type is not None):
            raise ValueError(
                "say what a row is, by columns.event_type and event_types or, where all rows are "
                "the same, by event_type alone"
            )
        if named and not self.event_types:
            raise ValueError("event_types is empty; it says what the source's event names mean")
        if not named and self.event_types:
            raise ValueError("event_types has no meaning where event_type says what every row is")
        return self

    @model_validator(mode="after")
    def _says_who_did_it(self):
        stand_in = self.missing_user
        if stand_in != "reject" and getattr(self.columns, stand_in) is None:
            raise ValueError(f"missing_user is {stand_in}, but columns.{stand_in} is not set")
        if stand_in == "reject" and self.columns.user_id is None:
            raise ValueError(
                "columns.user_id is not set; say which column holds the user, or by missing_user "
                "what stands in: session or order_id"
            )
        if stand_in != "reject" and self.columns.user_id and self.kinds.get("user_id") == "number":
            raise ValueError("kinds.user_id is number, but what stands in for a user is a text")
        return self

    @model_validator(mode="after")
    def _numbers_can_be_told(self):
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}")
        if self.time_formats and self.time_unit != "text":
            raise ValueError(f"time_formats are of texts, but time_unit is {self.time_unit}")
        return self


class Window(Section):
    start: Timestamp | None
    end: Timestamp | None


class Fill(Section):
    brand: list[Literal["product", "mode", "unknown"]]
    category: list[Literal["product", "category", "predicted", "mode", "unknown"]]


class Sampling(Section):
    raw: str | list[str] | None
    mapping: Mapping | None
    users: ShareOrAll
    window: Window
    sessions: Literal["source", "gap"]
    gap: Duration
    fill: Fill
    max_rejects: Share
    compared: list[Share]
