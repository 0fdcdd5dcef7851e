"""When visits happen: hours, weekdays, a weak trend, and one week of sale, in local time."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackway.demo.world import DAY_S, START, TIMEZONE, World

HOUR_S = 3600
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


@dataclass(frozen=True)
class Calendar:
    """How many visits each hour draws, and when the sale is.

    Attributes
    ----------
    edges_s : float array, shape (H + 1,), seconds from the start, hours from `-BURN_DAYS` on
    mass : float array, shape (H + 1,), visits up to each edge, in hours of mean intensity
    sale_s : first second of the sale and the first after it; both beyond the end without one
    """

    edges_s: np.ndarray
    mass: np.ndarray
    sale_s: tuple[int, int]

    @classmethod
    def of(cls, world: World) -> "Calendar":
        hours = np.arange(-BURN_DAYS * 24, world.days * 24)
        local = (pd.Timestamp(START, tz="UTC") + pd.to_timedelta(hours, unit="h")).tz_convert(
            TIMEZONE
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
        return cls(edges, mass, _sale(world))

    def draw(self, u: np.ndarray, first_s: np.ndarray, last_s: np.ndarray) -> np.ndarray:
        """Moments (s) in [first, last), busy hours oftener; `u` uniform, of the same shape.

        Beyond the end of the data the clock runs evenly: who would come then is not seen.
        """
        low, high = self._mass_at(first_s), self._mass_at(last_s)
        return self._moment_of(low + u * (high - low))

    def in_sale(self, at_s: np.ndarray) -> np.ndarray:
        return (at_s >= self.sale_s[0]) & (at_s < self.sale_s[1])

    def _mass_at(self, at_s):
        beyond = np.maximum(at_s - self.edges_s[-1], 0) / HOUR_S
        return np.interp(at_s, self.edges_s, self.mass) + beyond

    def _moment_of(self, mass):
        beyond = np.maximum(mass - self.mass[-1], 0) * HOUR_S
        return np.interp(mass, self.mass, self.edges_s) + beyond


def _sale(world: World) -> tuple[int, int]:
    """The seventh week's Monday to Sunday, or the middle of shorter data; local days."""
    if not world.effects.sale:
        return (2 * world.end_s, 2 * world.end_s)
    first_day = 42 if world.days >= 56 else 7 * (world.days // 14)
    length = 7 if world.days >= 14 else max(1, world.days // 3)
    local = pd.Timestamp(START).tz_localize(TIMEZONE) + pd.DateOffset(days=first_day)
    begin = int((local - pd.Timestamp(START, tz="UTC")).total_seconds())
    return (begin, begin + length * DAY_S)
