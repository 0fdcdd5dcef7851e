"""The distributions the shop is simulated by, as tables."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtr

from shopsim import choice, visits, walk
from shopsim.people import Kind, present
from shopsim.world import World

N_NEED = 24  # evidence missing above it counts as this much; a chance of some 1e-3
ACT = 3  # row of `stays` after an act that is no view; rows 0 to 2 are after a view, by its fit


@dataclass(frozen=True)
class Laws:
    """One column per kind, and one more for a habit of the kind that has them.

    Attributes
    ----------
    kinds : the kinds there are
    kind_of : int array, shape (C,), the kind of each column
    habit : the column of the habit, or -1
    begins : float array, shape (C, 3, 2, N), P(goal, looking or searching, evidence missing)
    afresh : float array, shape (3, 2, N), the same after a purchase
    survives : float array, shape (3, LONGEST + 2), P(patience > t), by goal
    stays : float array, shape (4, D), P(seconds until the next event), by fit, and after an act
    """

    kinds: list[Kind]
    kind_of: np.ndarray
    habit: int
    begins: np.ndarray
    afresh: np.ndarray
    survives: np.ndarray
    stays: np.ndarray

    def of(self, name: str) -> np.ndarray:
        """A number of `Kind`, shape (C,)."""
        return np.array([getattr(kind, name) for kind in self.kinds])[self.kind_of]

    @property
    def columns(self) -> int:
        return len(self.kind_of)


def laws(world: World) -> Laws:
    kinds = present(world)
    rhythmic = [i for i, kind in enumerate(kinds) if kind.rhythm > 0]
    kind_of = np.array([*range(len(kinds)), *rhythmic])
    begins = [_begins(kind) for kind in kinds]
    if rhythmic:
        begins.append(np.zeros_like(begins[0]))
        begins[-1][visits.FETCH, 1, 0] = 1
    return Laws(
        kinds=kinds,
        kind_of=kind_of,
        habit=len(kinds) if rhythmic else -1,
        begins=np.array(begins),
        afresh=_afresh(),
        survives=np.array([_survives(goal) for goal in range(3)]),
        stays=_stays(),
    )


def _begins(kind: Kind) -> np.ndarray:
    goals = np.array([kind.look, kind.compare, 1 - kind.look - kind.compare])
    out = np.empty((3, 2, N_NEED))
    for goal, share in enumerate(goals):
        serious = kind.serious * (goal != visits.LOOK)
        mean = kind.evidence * (visits.FETCH_EVIDENCE if goal == visits.FETCH else 1.0)
        out[goal] = share * np.outer([1 - serious, serious], evidence(mean))
    return out


def _afresh() -> np.ndarray:
    out = np.zeros((3, 2, N_NEED))
    serious = visits.SERIOUS_AFTER
    out[visits.LOOK] = np.outer([1 - serious, serious], evidence(2.0))
    return out


def evidence(mean: float) -> np.ndarray:
    """P(evidence a decision takes = 1, 2, ...), shape (N,); the last entry is that and more."""
    n, size = np.arange(N_NEED), visits.DISPERSION
    p = size / (size + mean)
    log = gammaln(n + size) - gammaln(size) - gammaln(n + 1) + size * np.log(p) + n * np.log1p(-p)
    mass = np.exp(log)
    mass[-1] += 1 - mass.sum()
    return mass


def _survives(goal: int) -> np.ndarray:
    t = np.arange(walk.LONGEST + 2).astype(float)
    with np.errstate(divide="ignore"):
        z = np.log(t / walk.MEDIAN_PATIENCE[goal]) / walk.SIGMA_PATIENCE[goal]
    marathon = np.where(t > 40, 40 / np.maximum(t, 1), 1.0)
    survives = (1 - walk.MARATHON) * ndtr(-z) + walk.MARATHON * marathon
    return np.where(t >= walk.LONGEST, 0, survives)


def _stays() -> np.ndarray:
    longest = choice.LONGEST_STAY_S
    seconds = np.arange(longest + 1).astype(float)
    out = np.zeros((4, longest + choice.PAUSE_S[1] + 1))
    low, high = choice.PAUSE_S
    for row, median in enumerate([*choice.STAY_S, choice.ACT_S]):
        with np.errstate(divide="ignore"):
            below = ndtr(np.log(seconds / median) / choice.STAY_SIGMA)
        below[-1] = 1
        stay = np.append(0, np.diff(below))  # of whole seconds, from 0
        out[row, : longest + 1] = (1 - choice.PAUSE) * stay
        summed = np.concatenate([[0], np.cumsum(stay)])
        d = np.arange(out.shape[1])
        upto = summed[np.clip(d - low + 1, 0, longest + 1)]
        from_ = summed[np.clip(d - high + 1, 0, longest + 1)]
        out[row] += choice.PAUSE * (upto - from_) / (high - low)
    return out
