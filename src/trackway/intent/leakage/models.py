"""The widely copied recipe, its flaws, and what it predicts with some of them mended.

The recipe keeps a session's events up to and including its first purchase, lets those who do not
buy run to their end, or to the end of the data, adds totals and encodings taken from all of the
data, evens the whole out at 1:1, cuts it at random, and says yes from one half on. One forest
with the recipe's own features takes every step, so what changes is the question asked of it.
What knows most of the future is mended first: while it is there it hides all else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from imblearn.under_sampling import RandomUnderSampler

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation import metrics
from trackway.evaluation.splits import PARTS, STRADDLES, TimeSplit
from trackway.intent import models
from trackway.intent.data import Examples
from trackway.intent.leakage import data
from trackway.intent.leakage.data import Looks
from trackway.params.intent import Intent

FEATURES = [  # what such recipes look at, of what is declared; the rates stand for encodings
    "view_count",
    "cart_count",
    "unique_items",
    "session_duration_s",
    "avg_price",
    "max_price",
    "hour",
    "weekday",
    "past_sessions",
    "past_orders",
    "item_rate",
    "category_rate",
]
COPIED, HONEST, CANARY = "copied", "honest", "canary"


@dataclass(frozen=True)
class Flaws:
    """What is wrong with a recipe; nothing, as it stands here.

    Attributes
    ----------
    future_totals : the user's sessions and orders are counted over the whole data
    fitted_on_all : products and categories are encoded by labels of all rows
    purchase_seen : the purchase itself is among the events seen
    buyers_cut : buyers are cut at their purchase, others run to the end of what there is
    random_rows : rows are dealt to the parts at random, not by time
    evened_test : every part is evened out at 1:1, and yes is said from one half on
    canary : a column from the future is added; no recipe's flaw, but a check on the ablation
    """

    future_totals: bool = False
    fitted_on_all: bool = False
    purchase_seen: bool = False
    buyers_cut: bool = False
    random_rows: bool = False
    evened_test: bool = False
    canary: bool = False


MENDS = {  # the flaw each step is rid of, in order
    "future_totals": "users' totals end where the session starts",
    "fitted_on_all": "products are rated by earlier days alone",
    "purchase_seen": "the purchase itself is not seen",
    "buyers_cut": "everyone is asked at the same moment, undecided",
    "random_rows": "the parts are cut in time, not at random",
    "evened_test": "tested at the natural share of buyers: honest",
}
ALONE = {  # each flaw, where it is spoken of by itself
    "future_totals": "users' totals over all of the data",
    "fitted_on_all": "encodings fitted on all rows",
    "purchase_seen": "the purchase among the events seen",
    "buyers_cut": "buyers cut at their purchase, and others not",
    "random_rows": "parts dealt at random",
    "evened_test": "a test set evened out",
}


@dataclass(frozen=True)
class Step:
    """One question of the ablation.

    Attributes
    ----------
    key : `COPIED`, the flaw it is rid of, `HONEST` when the last one is mended, or `CANARY`
    question : in words
    flaws : those it still has
    mended : the flaw it is rid of, if it is rid of one
    """

    key: str
    question: str
    flaws: Flaws
    mended: str | None = None


def steps() -> Iterator[Step]:
    """The copied recipe, the steps that are each rid of one flaw more, and the canary.

    Examples
    --------
    >>> [step.question for step in steps() if step.flaws == Flaws()]
    ['tested at the natural share of buyers: honest']
    """
    flaws = Flaws(**dict.fromkeys(MENDS, True))
    yield Step(COPIED, "the copied recipe", flaws)
    for mended, question in MENDS.items():
        flaws = replace(flaws, **{mended: False})
        yield Step(HONEST if flaws == Flaws() else mended, question, flaws, mended)
    yield Step(CANARY, "honest, but for a column of the future", Flaws(canary=True))


@dataclass(frozen=True)
class Predictions:
    """What a recipe says of its test set.

    Attributes
    ----------
    y_true : bool array, shape (N,)
    y_proba : float array, shape (N,)
    users : int array, shape (N,)
    threshold : from this probability on it says yes
    """

    y_true: np.ndarray
    y_proba: np.ndarray
    users: np.ndarray
    threshold: float


def examples_of(
    flaws: Flaws, seen: Looks, features: list[str], split: TimeSplit, seed: int
) -> Examples:
    """The rows, features and parts that a recipe with these flaws would take.

    Parameters
    ----------
    seen : the sessions, as recipes look at them
    features : declared ones that the data carry
    """
    if flaws.buyers_cut:
        rows = seen.with_purchase if flaws.purchase_seen else seen.before_purchase
    else:
        rows = seen.at_moment
        rows = rows if flaws.purchase_seen else rows[rows["undecided"]]
    parts = split.part(rows["started"], rows["ended"])
    if flaws.random_rows:
        parts = _dealt(parts, seed)
    rows = rows.assign(part=parts)[parts != STRADDLES]
    if flaws.evened_test:
        rows = pd.concat([_evened(rows[rows["part"] == part], seed) for part in PARTS])
    return Examples(rows.reset_index(drop=True), _features(flaws, features), split)


def _features(flaws: Flaws, honest: list[str]) -> list[str]:
    swapped = (data.TOTALS if flaws.future_totals else {}) | (
        data.CODES if flaws.fitted_on_all else {}
    )
    known = [name for name in FEATURES if name in honest]
    return [swapped.get(name, name) for name in known] + [data.CANARY] * flaws.canary


def _dealt(parts: np.ndarray, seed: int) -> np.ndarray:
    """The same sizes of the parts, dealt at random; sessions on a cut are dealt out too."""
    if not np.isin(parts, PARTS).any():  # nobody lies in a part of time
        return parts
    sizes = [(parts == part).mean() for part in PARTS]
    random = np.random.default_rng(seed)
    return random.choice(np.array(PARTS, dtype=object), len(parts), p=np.divide(sizes, sum(sizes)))


def _evened(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    if rows["bought"].nunique() < 2:
        return rows
    even, _ = RandomUnderSampler(random_state=seed).fit_resample(rows, rows["bought"])
    return even


@or_cannot
def predict(examples: Examples, evened: bool, settings: Intent, seed: int) -> Predictions | Cannot:
    """Fit the forest, and let it speak of the test set, where every part holds enough buyers.

    Parameters
    ----------
    evened : whether yes is said from one half on, not from the best F1 on validation
    """
    need(examples.judgeable(settings.min_buyers))
    train, validation, test = (examples.of(part) for part in PARTS)
    forest = models.unbalanced(models.FOREST, examples.features, settings, seed)
    forest.fit(train[examples.features], train["bought"])
    # asked directly, as `models.probability` would refuse rows from before the cut
    on_validation, on_test = (
        forest.predict_proba(part[examples.features])[:, 1] for part in (validation, test)
    )
    own = metrics.best_f1_threshold(validation["bought"], on_validation)
    y_true = test["bought"].to_numpy(dtype=bool)
    return Predictions(y_true, on_test, test["user_id"].to_numpy(), 0.5 if evened else own)
