"""Wilson's interval of a share, at as many independent trials as there are in effect.

Trials of one user resemble each other, so they tell less than as many of different users would.
The *effective* number is that of the independent trials that would leave the share as uncertain as
it is between users. The interval then holds for a share of 0 or 1, too, where others have no width.

Sources: E. B. Wilson, JASA 22 (1927) 209-212. Effective size: E. L. Korn and B. I. Graubard,
Survey Methodology 24 (1998) 193-201.
"""

import numpy as np
from scipy.stats import norm


def wilson(share: float, size: float, level: float) -> tuple[float, float]:
    """Ends of the interval of `share`, seen in `size` independent trials; both within 0 to 1.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(0.0, 10, level=0.95)]
    [0.0, 0.2775]
    """
    z = deviations(level)
    centre = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z / (1 + z**2 / size) * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    return min(share, max(0.0, float(centre - half))), max(share, min(1.0, float(centre + half)))


def wilson_of_counts(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Ends of the interval of the share `k` of `n` independent trials.

    Examples
    --------
    >>> [round(end, 4) for end in wilson_of_counts(0, 10)]
    [0.0, 0.2775]
    """
    return wilson(k / n, n, level)


def deviations(level: float) -> float:
    """Standard deviations to either side that hold `level` of a normal law."""
    return float(norm.ppf((1 + level) / 2))
