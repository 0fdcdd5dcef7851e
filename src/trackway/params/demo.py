"""The section `demo` of `params.yaml`."""

from typing import Literal

from pydantic import Field

from trackway.params.values import Section


class Effects(Section):
    kinds: bool
    complements: bool
    intent: bool
    calendar: bool
    sale: bool
    focus: bool
    drift: bool


class Demo(Section):
    events: int = Field(ge=1000)
    days: int = Field(ge=7)
    shape: Literal["rees46", "taobao"]
    effects: Effects
