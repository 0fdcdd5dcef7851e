"""Are the probabilities to be believed? In bins of like probability, and the Brier score apart.

brier = reliability - resolution + uncertainty + within, exactly. *Reliability* is how far what was
said lies from what happened, in bins of like probability; *resolution* how far the bins lie from
the mean; *uncertainty* the score of one who knows only the mean. *Within* is what differs inside a
bin, and vanishes where a bin holds one probability.

Sources: A. Murphy, Journal of Applied Meteorology 12 (1973) 595-600; for the term within, D.
Stephenson, C. Coelho and I. Jolliffe, Weather and Forecasting 23 (2008) 752-757.
"""

import numpy as np
import pandas as pd

from trackway.evaluation.bootstrap import mean_interval


def calibration_table(
    y_true: object, y_proba: object, groups: object, bins: int, n: int, seed: int
) -> pd.DataFrame:
    """Does it happen as often as was said? Rows in bins of equal size by probability.

    Returns
    -------
    DataFrame, one row per bin, from low to high probability
        rows : int
        said : float
            Mean probability.
        happened, low, high : float
            Share that came true, with its 95 % interval over users.

    Notes
    -----
    Rows of one probability are never torn apart, so there may be fewer bins than asked for.
    """
    y_true, y_proba = np.asarray(y_true, dtype=float), np.asarray(y_proba, dtype=float)
    bin_of = _bin_of(y_proba, bins)
    rows = [
        _calibration_row(y_true, y_proba, groups, bin_of == b, n, seed) for b in np.unique(bin_of)
    ]
    return pd.DataFrame(rows)


def _calibration_row(y_true, y_proba, groups, inside, n, seed) -> dict[str, float]:
    observed = mean_interval(y_true[inside], np.asarray(groups)[inside], n, seed)
    row = {"rows": int(inside.sum()), "said": y_proba[inside].mean()}
    return row | {"happened": observed.value, "low": observed.low, "high": observed.high}


def brier_decomposition(y_true: object, y_proba: object, bins: int) -> dict[str, float]:
    """Reliability, resolution, uncertainty and within, of bins of equal size.

    Examples
    --------
    Said 0.2 of four, of whom one came, and 0.8 of four, of whom three came:

    >>> parts = brier_decomposition([1, 0, 0, 0, 1, 1, 1, 0], [0.2] * 4 + [0.8] * 4, bins=2)
    >>> {name: round(value, 4) for name, value in parts.items()}
    {'reliability': 0.0025, 'resolution': 0.0625, 'uncertainty': 0.25, 'within': 0.0}
    """
    y_true, y_proba = np.asarray(y_true, dtype=float), np.asarray(y_proba, dtype=float)
    _, bin_of = np.unique(_bin_of(y_proba, bins), return_inverse=True)
    rows = np.bincount(bin_of)
    predicted, observed = np.bincount(bin_of, y_proba) / rows, np.bincount(bin_of, y_true) / rows
    share = rows / len(y_true)
    mean = y_true.mean()
    parts = {
        "reliability": float(share @ (predicted - observed) ** 2),
        "resolution": float(share @ (observed - mean) ** 2),
        "uncertainty": float(mean * (1 - mean)),
    }
    brier = ((y_proba - y_true) ** 2).mean()
    within = brier - parts["reliability"] + parts["resolution"] - parts["uncertainty"]
    # the last bits of a difference of sums are no term
    return parts | {"within": float(within) if abs(within) > 1e-12 else 0.0}


def _bin_of(y_proba: np.ndarray, bins: int) -> np.ndarray:
    """The bin of each row, of bins of equal size; rows of one probability share a bin."""
    edges = np.unique(np.quantile(y_proba, np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(edges, y_proba, side="left")
