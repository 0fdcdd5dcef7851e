"""What the section `intent` of `params.yaml` may say."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from trackway.params.values import Section


class Forest(Section):
    trees: int = Field(ge=1, le=2000, description="trees, each on its own draw of rows")
    depth: int = Field(ge=1, le=50, description="questions asked in a row, at most")


class Boosting(Section):
    rounds: int = Field(ge=1, le=5000, description="trees, one after the other")
    leaves: int = Field(ge=2, le=1000, description="leaves per tree, at most")
    learning_rate: float = Field(gt=0, le=1, description="share of a tree's advice that is taken")
    leaf_rows: int = Field(ge=1, description="sessions a leaf rests on, at least")


class Gru(Section):
    window: int = Field(ge=1, le=200, description="events the network looks back on")
    hidden: int = Field(ge=1, le=2048, description="numbers it remembers from event to event")
    batch: int = Field(ge=1, description="sessions per step of learning")
    learning_rate: float = Field(gt=0, lt=1, description="of Adam")
    epochs: int = Field(ge=1, le=1000, description="passes over the training part, at most")
    patience: int = Field(ge=1, description="epochs without a better validation log-loss")
    device: Literal["auto", "cpu", "cuda"] = Field(description="auto: a GPU when there is one")


class Cost(Section):
    contact: float = Field(ge=0, description="cost of each one acted on, shop currency")
    per_order: float = Field(ge=0, description="cost of each order these then place")


class Worth(Section):
    margin: float = Field(gt=0, description="what one order leaves, shop currency")
    uplift: float = Field(gt=0, le=10, description="assumed: purchases added, per purchase without")
    uplifts: list[Annotated[float, Field(gt=0, le=10)]] = Field(
        min_length=1, description="what else it might be"
    )
    actions: dict[str, Cost] = Field(min_length=1, description="what a shop may do")


class Users(Section):
    history_days: int = Field(ge=1, le=3650, description="what a date knows, and needs")
    horizon_days: int = Field(ge=1, le=365, description="the days asked about")
    dates: int = Field(ge=3, le=100, description="at most; two are learned from and chosen at")
    max_users: int = Field(ge=100, description="users drawn, about")
    actions: dict[str, Cost] = Field(min_length=1, description="what reaches who is not there")


Moment = Annotated[int, Field(ge=1, le=50)] | Literal["cart"]


class Intent(Section):
    moments: list[Moment] = Field(min_length=1, description="when a session is scored")
    main: Moment = Field(description="the one of them that is looked at closely")
    max_rows: int = Field(ge=100, description="sessions of each part of time, at most")
    smoothing: float = Field(gt=0, description="views by which a rate is drawn to a steadier one")
    forest: Forest
    boosting: Boosting
    gru: Gru
    min_buyers: int = Field(ge=2, description="buyers, and others, each part needs")
    bins: int = Field(ge=2, le=50, description="points of a calibration curve")
    shuffles: int = Field(ge=1, le=100, description="times a feature is shuffled")
    replicates: int = Field(ge=20, le=10_000, description="draws of users behind an interval")
    guard_users: int = Field(ge=10, description="users on whom features are held to the past")
    oracle_users: int = Field(ge=10, description="users of whom the ceiling is computed, at most")
    null_sessions: int = Field(ge=1000, description="sessions of the shop of pure chance")
    audit_sessions: int = Field(ge=1000, description="sessions the audit of leaks is made on")
    categories: int = Field(ge=1, le=30, description="named in the table of errors")
    worth: Worth
    users: Users

    @model_validator(mode="after")
    def _main_is_a_moment(self):
        if len(set(self.moments)) != len(self.moments):
            raise ValueError(f"moments names a moment twice: {self.moments}")
        if self.main not in self.moments:
            raise ValueError(f"main is {self.main!r}, not one of the moments {self.moments}")
        return self
