"""The section `sampling` of `params.yaml`."""

from typing import Literal

from pydantic import Field

from trackway.params.values import Duration, Section, Share, ShareOrAll, Timestamp, Zone


class Columns(Section):
    """Which column of a user's own table holds what; null where it has none."""

    event_time: str
    event_type: str
    product_id: str
    user_id: str
    category_id: str | None = None
    category_code: str | None = None
    brand: str | None = None
    price: str | None = None
    session: str | None = None


class Mapping(Section):
    columns: Columns
    event_types: dict[str, Literal["view", "cart", "favorite", "remove", "purchase", "ignore"]]
    time_unit: Literal["text", "s", "ms"] = "text"
    timezone: Zone = "UTC"
    delimiter: str = Field(default=",", min_length=1, max_length=1)


class Window(Section):
    start: Timestamp | None
    end: Timestamp | None


class Far(Section):
    """When the time of few rows is far from all others; `tables/extent.py` says why."""

    hole_days: int = Field(ge=1, description="of a hole longer than all other rows span")
    share: float = Field(gt=0, lt=0.5, description="of the rows beyond it, at most")
    silence_days: int = Field(ge=1, description="of a hole, whatever the other rows span")
    silence_share: Share = Field(description="of the rows beyond it, at most")


class Fill(Section):
    brand: list[Literal["product", "mode", "unknown"]]
    category: list[Literal["product", "category", "predicted", "mode", "unknown"]]


class Sampling(Section):
    raw: str | list[str] | None
    mapping: Mapping | None
    users: ShareOrAll
    window: Window
    far: Far | None
    resolution: Share = Field(description="of the events, in whole units of time")
    heavy: Share = Field(description="of the events, that one user, session or product holds")
    sessions: Literal["source", "gap"]
    gap: Duration
    fill: Fill
    max_rejects: Share
    compared: list[Share]
