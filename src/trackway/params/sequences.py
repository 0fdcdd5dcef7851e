"""The section `sequences` of `params.yaml`."""

from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, model_validator

from trackway.params.values import Duration, Section


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
