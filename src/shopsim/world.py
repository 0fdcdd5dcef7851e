"""What is wanted of a simulated shop: its size, its form, and which effects are planted."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from trackway.params.demo import Demo
from trackway.tables.sources.schemas import DEMO, TAOBAO

DAY_S = 86_400


@dataclass(frozen=True)
class Shape:
    """Whose files the shop's look like, and so when and where it is.

    Attributes
    ----------
    start : UTC; time is counted in seconds from here
    timezone : the shop's local time: its hours, weekdays, sale and drift follow it
    most_days : that the source covers
    """

    start: np.datetime64
    timezone: str
    most_days: int


SHAPES = {
    "rees46": Shape(np.datetime64("2024-01-01T00:00:00"), DEMO.timezone, 10_000),
    # the nine Beijing days that Taobao's `UserBehavior` is of
    "taobao": Shape(np.datetime64(TAOBAO.window[0].rstrip("Z")), TAOBAO.timezone, 9),
}

# Independent streams of random numbers: a change in one part leaves the others as they were.
PARTS = ["catalogue", "people", "visits", "walk", "noise", "spend"]
STREAMS = {name: i for i, name in enumerate(PARTS)}


@dataclass(frozen=True)
class Effects:
    """What is planted; a world without an effect is a null world for the claim that leans on it.

    Attributes
    ----------
    kinds : users are of several latent kinds; else all are of one, their average
    complements : some pairs of products are seen and bought together
    intent : what a session does early tells of a purchase; else purchases are a lottery
    calendar : hours, weekdays and a weak trend; else all moments are alike
    sale : one week of lower prices and more visits
    focus : a session keeps to a category, a user to favourites; else each view is of any product
    drift : from a day on some prices are higher, and some interest goes elsewhere
    """

    kinds: bool = True
    complements: bool = True
    intent: bool = True
    calendar: bool = True
    sale: bool = True
    focus: bool = True
    drift: bool = True


@dataclass(frozen=True)
class World:
    """One simulated shop. The same world is the same bytes.

    Attributes
    ----------
    events : rows to write, within some 7 %
    days : from `start`
    shape : one of `SHAPES`
    noise : the faults of real files, and the bots; else neither
    """

    seed: int
    events: int = 250_000
    days: int = 60
    shape: str = "rees46"
    effects: Effects = Effects()
    noise: bool = True

    @classmethod
    def of(cls, demo: Demo, seed: int) -> Self:
        """The world that the section `demo` of `params.yaml` wants; no longer than its source."""
        return cls(
            seed=seed,
            events=demo.events,
            days=min(demo.days, SHAPES[demo.shape].most_days),
            shape=demo.shape,
            effects=Effects(**demo.effects.model_dump()),
        )

    @property
    def start(self) -> np.datetime64:
        return SHAPES[self.shape].start

    @property
    def timezone(self) -> str:
        return SHAPES[self.shape].timezone

    @property
    def users(self) -> int:
        """People who might come; some few of them never do."""
        return max(1, round(self.events / events_per_user(self.days)))

    @property
    def end_s(self) -> int:
        return self.days * DAY_S

    def random(self, stream: str, *more: int) -> np.random.Generator:
        """The random numbers of one part (and of one chunk of users, or one bucket of time)."""
        return np.random.default_rng([self.seed, STREAMS[stream], *more])


def events_per_user(days: int) -> float:
    """Events a user leaves within `days`: a power law through what this model gives, for sizing."""
    return 2.38 * days**0.372
