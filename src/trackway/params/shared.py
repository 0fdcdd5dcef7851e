"""What all steps share: the seed, the shop's zone, the cut in time."""

from pydantic import Field, model_validator

from trackway.params.values import Section, Share, Zone


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
