"""What the model would say on average, had all sessions one value of a feature.

That a value moves what is said does not mean that changing it would move who buys.

Source: J. Friedman, Annals of Statistics 29 (2001) 1189-1232, section 8.2 (partial dependence).
"""

from functools import partial

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from trackway.evaluation.bootstrap import column_means
from trackway.intent import models
from trackway.intent.data import Examples
from trackway.intent.models import Scored


@threadpool_limits.wrap(limits=1)
def dependence(
    chosen: Scored, examples: Examples, features: list[str], points: int, n: int, seed: int
) -> pd.DataFrame:
    """What the model would say on average of the test sessions, had all of them one value.

    Returns
    -------
    DataFrame, one row per feature and value
        feature : str
        at : float
            A value the feature takes, between its 2nd and its 98th hundredth.
        value, low, high : float
            Mean probability; the interval is over users.
    """
    test = examples.of("test")
    probability = partial(
        models.probability, chosen.fitted, examples=examples, cut="validation_end"
    )
    tables = []
    for feature in features:
        values = grid(test[feature], points)
        y_proba = [probability(test.assign(**{feature: at})) for at in values]
        curve = column_means(np.column_stack(y_proba), test["user_id"], n, seed)
        tables.append(curve.assign(feature=feature, at=values))
    return pd.concat(tables, ignore_index=True)[["feature", "at", "value", "low", "high"]]


def grid(values: pd.Series, points: int) -> np.ndarray:
    """At most `points` values that do occur, spread over the bulk of the rows.

    Examples
    --------
    >>> grid(pd.Series([0, 0, 0, 1, 1, 2, None]), points=5)
    array([0., 1., 2.])
    """
    known = values.dropna().astype(float)
    wanted = np.quantile(known, np.linspace(0.02, 0.98, points), method="nearest")
    return np.unique(wanted)
