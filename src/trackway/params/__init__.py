"""What `params.yaml` may say: one class per section, every number with its bounds.

An unknown or missing name, a wrong type or a value out of bounds is refused with the place, the
value and what is allowed, all faults at once.
"""

from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
import yaml
from pydantic import Field, ValidationError, model_validator

from trackway import ROOT
from trackway.errors import InputError
from trackway.params.intent import Intent
from trackway.params.kinds import MEANT, SIZE, Duration, Section, Share, ShareOrAll, Timestamp, Zone


class Split(Section):
    train: Share
    validation: Share

    @model_validator(mode="after")
    def _leaves_a_test_part(self):
        if self.train + self.validation >= 1:
            raise ValueError(
                f"train {self.train} + validation {self.validation} leave nothing to test on; "
                "their sum must be below 1"
            )
        return self


class Shared(Section):
    seed: int = Field(ge=0, lt=2**32)
    timezone: Zone | None
    split: Split


class Engine(Section):
    memory: str = Field(pattern=SIZE)
    threads: int = Field(ge=1)


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


class Fill(Section):
    brand: list[Literal["product", "mode", "unknown"]]
    category: list[Literal["product", "category", "mode", "unknown"]]


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


class Supports(Section):
    purchases: ShareOrAll = Field(description="of the baskets of things bought")
    views: ShareOrAll = Field(description="of the baskets of things viewed")


class Rules(Section):
    min_support: Supports = Field(description="least share of baskets a set of items lies in")
    min_count: int = Field(ge=2, description="least number of baskets it lies in")
    min_confidence: ShareOrAll = Field(description="of the left side's baskets, holding the right")
    min_lift: float = Field(ge=0, description="that share over the right side's own")
    longest_basket: int = Field(ge=2, le=1000, description="items kept of a basket")
    longest_itemset: int = Field(ge=2, le=8, description="items of a rule, both sides together")
    longest_consequent: int = Field(ge=1, le=7, description="items on the right")
    memory_gb: float = Field(gt=0, description="estimated memory above which mining is refused")
    fdr: Share = Field(description="false finds allowed among rules called beyond chance")
    min_users: int = Field(ge=1, description="users whose baskets hold a rule, at least")
    shuffles: int = Field(ge=1, le=1000, description="times the baskets are shuffled")
    network: int = Field(ge=1, le=100, description="strongest rules drawn")


class Sequences(Section):
    window: int = Field(ge=2, le=200, description="events a prediction may look back on")
    max_examples: int = Field(ge=100, le=5_000_000, description="examples, at most; whole users")
    gaps: list[Duration] = Field(min_length=1, max_length=50, description="classes of pauses")
    orders: list[Annotated[int, Field(ge=1, le=5)]] = Field(
        min_length=1, description="actions the Markov chains look back on"
    )
    strengths: list[Annotated[float, Field(gt=0)]] = Field(
        min_length=1, description="weight of the shorter chain, in examples"
    )
    networks: list[Literal["rnn", "gru", "lstm"]] = Field(min_length=1, description="kinds")
    embedding: int = Field(ge=1, le=512, description="numbers that stand for one input")
    hidden: int = Field(ge=1, le=1024, description="numbers remembered from event to event")
    batch: int = Field(ge=1, description="examples per step of learning")
    learning_rate: float = Field(gt=0, le=1, description="of Adam")
    epochs: int = Field(ge=1, le=1000, description="passes over the training part, at most")
    patience: int = Field(ge=1, description="epochs without a better validation log-loss")
    device: Literal["auto", "cpu", "cuda"] = Field(description="auto: a GPU when there is one")
    min_users: int = Field(ge=2, description="users with an example each part of time needs")
    min_positives: int = Field(ge=1, description="test examples an action needs to be judged")
    replicates: int = Field(ge=20, le=10_000, description="draws of users behind an interval")

    @model_validator(mode="after")
    def _lists_are_in_order(self):
        durations = [pd.Timedelta(gap) for gap in self.gaps]
        if sorted(set(durations)) != durations:
            raise ValueError(f"gaps must rise, each longer than the one before; got {self.gaps}")
        for name in ["orders", "networks", "strengths"]:
            values = getattr(self, name)
            if len(set(values)) != len(values):
                raise ValueError(f"{name} names a value twice: {values}")
        return self


class Params(Section):
    shared: Shared
    engine: Engine
    demo: Demo
    sampling: Sampling
    eda: Eda
    rfm: Rfm
    rules: Rules
    intent: Intent
    sequences: Sequences


def settings(section: str) -> dict:
    """One section of `params.yaml`, checked, as plain values.

    Raises
    ------
    InputError
        If `params.yaml` holds an unknown name, misses one, or a value cannot be used.
    """
    return read(ROOT / "params.yaml").model_dump()[section]


def read(file: Path) -> Params:
    """The checked contents of `file`.

    Raises
    ------
    InputError
        If the file is no YAML, or a name or value in it cannot be used. All faults are named.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{file.name} is missing; restore it: git checkout {file.name}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{file.name} is not readable as YAML: {error}") from None
    if not isinstance(content, dict):
        raise InputError(
            f"{file.name} holds {content!r}, not sections; see git show HEAD:params.yaml"
        )
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        faults = "\n".join(f"  - {_fault(one)}" for one in error.errors())
        raise InputError(f"{file.name} cannot be used:\n{faults}") from None


def _fault(error) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{name}: no such parameter (a typing error?); it is set to {error['input']!r}"
    if error["type"] == "missing":
        return f"{name}: is missing; data/README.md and `git diff params.yaml` show what there was"
    if error["type"] == "string_pattern_mismatch":
        meant = MEANT.get(error["ctx"]["pattern"], error["msg"])
        return f"{name}: {meant} is meant, got {error['input']!r}"
    return f"{name}: {error['msg']}, got {error['input']!r}"
