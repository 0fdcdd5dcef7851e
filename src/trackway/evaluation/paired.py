"""Several models rated on the same rows: one draw of users for all, so that differences are fair.

What two models share does not widen the interval of their difference, as both meet the same
users in every replicate. See `evaluation` for the metrics and the bootstrap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from trackway.evaluation import bootstrap, metrics
from trackway.evaluation.metrics import METRICS


@dataclass(frozen=True)
class PairedEvaluation:
    """What each model reaches, on the rows as they are and on every replicate.

    Attributes
    ----------
    value : model to metric to float
    drawn : model to metric to float array, shape (B,)
    """

    value: dict[str, dict[str, float]]
    drawn: dict[str, dict[str, np.ndarray]]

    @classmethod
    def of(
        cls,
        y_true: object,
        y_proba: Mapping[str, tuple[object, float]],
        groups: object,
        n: int,
        seed: int,
    ) -> Self:
        """Rate probabilities by every metric of `metrics.METRICS`.

        Parameters
        ----------
        y_true : bool array, shape (N,)
        y_proba : model to its probabilities, shape (N,), and the threshold from which it says yes
        groups : array, shape (N,)
            The user of each row.
        n, seed : int
            Replicates, B; where the draws start.
        """
        y_true = np.asarray(y_true, dtype=bool)
        y_proba = {name: (np.asarray(p, dtype=float), cut) for name, (p, cut) in y_proba.items()}
        value = {name: metrics.point_scores(y_true, *one) for name, one in y_proba.items()}
        batches: dict[str, list] = {name: [] for name in y_proba}
        for weights in bootstrap.replicate_weights(groups, n, seed):
            for name, (one, cut) in y_proba.items():
                batches[name].append(metrics.weighted_scores(y_true, one, cut, weights))
        drawn = {
            name: {m: np.concatenate([batch[m] for batch in parts]) for m in METRICS}
            for name, parts in batches.items()
        }
        return cls(value, drawn)

    def scores(self) -> pd.DataFrame:
        """Every metric of every model, with its 95 % interval over users.

        Returns
        -------
        DataFrame, indexed by model and metric
            value, low, high : float
        """
        return _table(
            {
                name: {m: bootstrap.interval(value[m], self.drawn[name][m]) for m in METRICS}
                for name, value in self.value.items()
            }
        )

    def differences(self, first: str) -> pd.DataFrame:
        """`first` minus each of the others; for log-loss and Brier, below 0 is better.

        Returns
        -------
        DataFrame, indexed by model and metric
            value, low, high : float
        """
        return _table(
            {
                name: {
                    m: bootstrap.interval(
                        self.value[first][m] - value[m],
                        self.drawn[first][m] - self.drawn[name][m],
                    )
                    for m in METRICS
                }
                for name, value in self.value.items()
                if name != first
            }
        )


def _table(intervals: dict[str, dict[str, bootstrap.Interval]]) -> pd.DataFrame:
    rows = {(model, m): tuple(one) for model, of in intervals.items() for m, one in of.items()}
    index = pd.MultiIndex.from_tuples(rows, names=["model", "metric"])
    return pd.DataFrame(list(rows.values()), index=index, columns=bootstrap.Interval._fields)
