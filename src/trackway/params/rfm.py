"""The section `rfm` of `params.yaml`."""

from typing import Literal

from pydantic import Field

from trackway.params.values import Duration, Section, Timestamp


class Rfm(Section):
    as_of: Timestamp | None
    scores: Literal["together", "apart", "quantile", "rfm-package"]
    k: int | None = Field(ge=2, le=20)
    k_max: int = Field(ge=2, le=20)
    max_clustered: int = Field(ge=100)
    max_compared: int = Field(ge=100, le=10_000)
    null_draws: int = Field(ge=1, le=1000)
    frequent_orders: int = Field(ge=2)
    browse_views: int = Field(ge=1)
    undecided: Duration
