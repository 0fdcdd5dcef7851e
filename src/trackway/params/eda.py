"""The section `eda` of `params.yaml`."""

from typing import Annotated

from pydantic import Field

from trackway.params.values import Section, Share


class Enough(Section):
    """What a figure of 02 needs before it is drawn; the reasons stand in `eda/limits.py`."""

    hour_days: int = Field(ge=1, description="whole local days, to compare hours")
    weekday_days: int = Field(ge=7, description="whole local days, to compare weekdays")
    month_days: int = Field(ge=1, le=28, description="whole days in each of two months")
    cohort_weeks: int = Field(ge=2, description="whole weeks, to follow cohorts")
    purchases: int = Field(ge=1, description="to tell shares of purchases")
    users: int = Field(ge=1, description="to tell how much hangs on few, and who comes back")
    closed: Share = Field(description="share of sessions that are over")


class Eda(Section):
    night: list[Annotated[int, Field(ge=0, le=24)]] = Field(
        min_length=2, max_length=2, description="local hours, from inclusive to exclusive"
    )
    top: int = Field(ge=3, le=50, description="categories and brands shown")
    level: Share = Field(description="of the intervals")
    enough: Enough
