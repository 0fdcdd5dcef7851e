"""What `params.yaml` may say: one class per section, every number with its bounds.

An unknown or missing name, a wrong type or a value out of bounds is refused with the place, the
value and what is allowed, all faults at once.
"""

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

import pandas as pd
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from trackway import ROOT
from trackway.errors import InputError

Share = Annotated[float, Field(gt=0, lt=1)]
ShareOrAll = Annotated[float, Field(gt=0, le=1)]
DURATION = r"^\d+ ?(s|min|h)$"
TIMESTAMP = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?Z?$"
SIZE = r"^\d+ ?(MB|GB)$"
MEANT = {  # said in place of the regular expression
    DURATION: "a number and s, min or h, such as 30min",
    TIMESTAMP: "a date or a moment in UTC, such as 2019-10-01 or 2024-03-15T00:00Z",
    SIZE: "a size such as 4GB",
}
Duration = Annotated[str, Field(pattern=DURATION)]
Timestamp = Annotated[str, Field(pattern=TIMESTAMP)]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"no time zone is called {name!r}; an IANA name is meant: Europe/Berlin")
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class Section(BaseModel):
    """A section of `params.yaml`: nothing unknown, nothing missing, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True)


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
    """Who computes the tables; `trackway/engine` and docs/engines.md say more."""

    name: Literal["duckdb", "spark", "warehouse"]
    memory: str = Field(pattern=SIZE)
    threads: int = Field(ge=1)
    master: str | None = Field(description="of the Spark cluster; null: this machine's threads")
    settings: dict[str, str | int | bool] = Field(description="further ones of Spark, by name")
    tables: str | None = Field(description="where event-level tables lie; null: data/")
    partition: Literal["day"] | None = Field(description="how Spark cuts tables of events")

    @model_validator(mode="after")
    def _fits_the_engine(self):
        if self.name != "spark" and (self.master or self.settings or self.partition):
            raise ValueError(
                f"master, settings and partition are Spark's; name is {self.name}: leave them "
                "null, {} and null"
            )
        if self.partition and not self.tables:
            raise ValueError("folders by day need a place of their own: name it in tables")
        if self.name == "duckdb" and self.tables and "://" in self.tables:
            raise ValueError(f"DuckDB keeps tables in a folder, not at {self.tables!r}")
        if self.name == "warehouse" and not self.tables:
            raise ValueError("a warehouse keeps tables in a schema of its own: name it in tables")
        return self


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


class Forest(Section):
    trees: int = Field(ge=1, le=2000, description="trees, each on its own draw of rows")
    depth: int = Field(ge=1, le=50, description="questions asked in a row, at most")


class Boosting(Section):
    rounds: int = Field(ge=1, le=5000, description="trees, one after the other")
    leaves: int = Field(ge=2, le=1000, description="leaves per tree, at most")


class Intent(Section):
    prefix: int = Field(ge=1, le=50, description="events after which a session is scored")
    forest: Forest
    boosting: Boosting
    max_rows: int = Field(ge=100, description="sessions of each part of time, at most")
    min_buyers: int = Field(ge=2, description="buyers, and others, each part needs")
    bins: int = Field(ge=2, le=50, description="points of a calibration curve")
    shuffles: int = Field(ge=1, le=100, description="times a feature is shuffled")
    replicates: int = Field(ge=20, le=10_000, description="draws of users behind an interval")
    null_sessions: int = Field(ge=1000, description="sessions of the shop of pure chance")


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
