"""When visits happen, in local time: hours, weekdays, a weak trend, a sale, and a drift."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopsim.world import DAY_S, World

HOUR_S = 3600
NEVER_S = 2**31 - 1
BURN_DAYS = 14  # visits are simulated from before the data begin, so that the first day is like any

# Visits by local hour, 0 to 23. Two crests, noon and evening, as in most shops' published rhythms.
BY_HOUR = np.array(
    [9, 5, 3, 2, 2, 4, 9, 17, 27, 36, 42, 45, 47, 46, 44, 43, 44, 48, 54, 60, 62, 54, 38, 20]
)
BY_HOUR_WEEKEND = np.array(
    [13, 8, 5, 3, 2, 3, 5, 9, 17, 29, 41, 49, 53, 54, 53, 52, 52, 54, 57, 60, 59, 50, 36, 22]
)
BY_WEEKDAY = np.array([1.04, 1.0, 0.98, 0.97, 0.95, 1.0, 1.1])  # Monday first
TREND_A_DAY = 0.002  # visits grow by this share of the first day's
DRIFT_AFTER = 0.4  # of the days; where that lies in the sale, the drift begins when it ends


@dataclass(frozen=True)
class Calendar:
    """How many visits each hour draws, when the sale is, and from when on things have drifted.

    Attributes
    ----------
    edges_s : float array, shape (H + 1,), seconds from the start, hours from `-BURN_DAYS` on
    mass : float array, shape (H + 1,), visits up to each edge, in hours of mean intensity
    sale_s : first second of the sale and the first after it; `NEVER_S` without one
    drift_s : first second of the drift, which lasts; `NEVER_S` without one
    """

    edges_s: np.ndarray
    mass: np.ndarray
    sale_s: tuple[int, int]
    drift_s: int

    @classmethod
    def of(cls, world: World) -> "Calendar":
        hours = np.arange(-BURN_DAYS * 24, world.days * 24)
        local = (pd.Timestamp(world.start, tz="UTC") + pd.to_timedelta(hours, unit="h")).tz_convert(
            world.timezone
        )
        weight = np.ones(len(hours))
        if world.effects.calendar:
            weekend = local.day_of_week >= 5
            by_hour = np.where(
                weekend,
                (BY_HOUR_WEEKEND / BY_HOUR_WEEKEND.mean())[local.hour],
                (BY_HOUR / BY_HOUR.mean())[local.hour],
            )
            weight = by_hour * BY_WEEKDAY[local.day_of_week] * (1 + TREND_A_DAY * hours / 24)
        edges = np.append(hours, world.days * 24) * float(HOUR_S)
        mass = np.concatenate([[0.0], np.cumsum(weight)])
        return cls(edges, mass, _sale(world), _drift(world))

    def draw(self, u: np.ndarray, first_s: np.ndarray, last_s: np.ndarray) -> np.ndarray:
        """Moments (s) in [first, last), busy hours oftener; `u` uniform, of the same shape.

        Beyond the end of the data the clock runs evenly: who would come then is not seen.
        """
        low, high = self._mass_at(first_s), self._mass_at(last_s)
        return self._moment_of(low + u * (high - low))

    def in_sale(self, at_s: np.ndarray) -> np.ndarray:
        return (at_s >= self.sale_s[0]) & (at_s < self.sale_s[1])

    def prices(self, at_s: np.ndarray) -> np.ndarray:
        """Which column of `Catalogue.prices` holds at each moment."""
        return self.in_sale(at_s) + 2 * self.drifted(at_s)

    def drifted(self, at_s: np.ndarray) -> np.ndarray:
        return at_s >= self.drift_s

    def _mass_at(self, at_s):
        beyond = np.maximum(at_s - self.edges_s[-1], 0) / HOUR_S
        return np.interp(at_s, self.edges_s, self.mass) + beyond

    def _moment_of(self, mass):
        beyond = np.maximum(mass - self.mass[-1], 0) * HOUR_S
        return np.interp(mass, self.mass, self.edges_s) + beyond


def _sale(world: World) -> tuple[int, int]:
    if not world.effects.sale:
        return NEVER_S, NEVER_S
    first, days = _sale_days(world)
    begins_s = _midnight(world, first)
    return begins_s, begins_s + days * DAY_S


def _sale_days(world: World) -> tuple[int, int]:
    """First day and length: the seventh week, or the middle of shorter data."""
    first = 42 if world.days >= 56 else 7 * (world.days // 14)
    return first, 7 if world.days >= 14 else max(1, world.days // 3)


def _drift(world: World) -> int:
    if not world.effects.drift:
        return NEVER_S
    day, (first, length) = int(DRIFT_AFTER * world.days), _sale_days(world)
    return _midnight(world, first + length if first <= day < first + length else day)


def _midnight(world: World, day: int) -> int:
    """The second at which a local day begins; the first of the data is day 0."""
    start = pd.Timestamp(world.start, tz="UTC")
    local = start.tz_convert(world.timezone).tz_localize(None).normalize()
    begins = (local + pd.DateOffset(days=day)).tz_localize(world.timezone)
    return int((begins - start).total_seconds())
