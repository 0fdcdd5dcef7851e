"""The ways to foretell a basket: chosen on the validation part, judged on the test part."""

from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway import engine
from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.bootstrap import Bootstrap, column_means
from trackway.evaluation.splits import TimeSplit
from trackway.params.recommend import Recommend
from trackway.recommend.next_basket import data, models
from trackway.recommend.next_basket.data import Baskets
from trackway.recommend.next_basket.models import BASELINE, MODELS, Chosen
from trackway.report.run import Run

K = 10
METRICS = ["recall", "ndcg", "hit", "repeats", "explores"]
NO_ORDERS = "The source tells of views and names no orders; baskets are not foretold."


@dataclass(frozen=True)
class Evaluation:
    """How well each way foretells the next basket.

    Attributes
    ----------
    protocol : DataFrame, by what is counted; a column per part of time
    chosen : what the validation part decided, by recall
    scores, differences : DataFrames, indexed by (model, metric)
        customers; value, low, high. `differences` are to `models.BASELINE`, customer by customer.
        recall, ndcg, hit : of the first `K`, whether any is in the basket; repeats, explores :
        recall of what the customer had bought before, and of what not.
    again : share of the products of a next basket that the customer had bought before
    next : DataFrame, `models.lists` at the end of the data, with that moment as ``as_of``
    """

    protocol: pd.DataFrame
    chosen: Chosen
    scores: pd.DataFrame
    differences: pd.DataFrame
    again: float
    next: pd.DataFrame


def are_told(run: Run[Recommend], events: ir.Table) -> bool:
    """Whether these are order data: orders have names, or nothing is known but purchases."""
    return "order_id" in events.columns or "view" not in run.facts.event_types


@or_cannot
def evaluate(run: Run[Recommend], events: ir.Table, split: TimeSplit) -> Evaluation | Cannot:
    """Choose, judge, and foretell the baskets after the end of the data."""
    if not are_told(run, events):
        return Cannot(NO_ORDERS)
    settings = run.settings
    baskets = engine.store(data.held(events))
    drawn = settings.max_tested, run.seed
    earlier = data.take(baskets, split.train_end, split.validation_end, *drawn)
    need(enough(earlier, settings.min_users))
    chosen = _choose(earlier, models.choices(settings.next_basket))
    later = data.take(baskets, split.validation_end, None, *drawn)
    need(enough(later, settings.min_users))
    by_user = {name: rated(later, models.lists(later, name, chosen, K)) for name in MODELS}
    minus = {name: one - by_user[BASELINE] for name, one in by_user.items() if name != BASELINE}
    over = run.facts.last.floor("s") + pd.Timedelta("1s")
    end = data.take(baskets, over, None, *drawn, judged=False)
    return Evaluation(
        protocol=pd.DataFrame({"validation": _counts(earlier), "test": _counts(later)}),
        chosen=chosen,
        scores=_means(by_user, run.bootstrap),
        differences=_means(minus, run.bootstrap),
        again=float(later.targets["again"].mean()),
        next=models.lists(end, models.MIXTURE, chosen, K).assign(as_of=over),
    )


def enough(known: Baskets, least: int) -> Baskets | Cannot:
    """`known`, if a list can be judged by it."""
    if known.asked >= least:
        return known
    return Cannot(
        f"To be judged, {least:,} customers must have {data.LEAST} baskets before the cut at "
        f"{known.cut:%Y-%m-%d %H:%M:%S} UTC and buy after it: {known.known:,} have, and "
        f"{known.asked:,} of them do."
    )


def _choose(known: Baskets, tried: list[Chosen]) -> Chosen:
    """The one with the best recall of `LATELY`, then of `MIXTURE`; of equals the first."""

    def recall(model: str, one: Chosen) -> float:
        return float(rated(known, models.lists(known, model, one, K))["recall"].mean())

    days = {one.days: one for one in tried}
    best = max(days, key=lambda day: recall(models.LATELY, days[day]))
    shares = [replace(one, days=best) for one in tried if one.days == best]
    return max(shares, key=lambda one: recall(models.MIXTURE, one))


def rated(known: Baskets, shown: pd.DataFrame) -> pd.DataFrame:
    """`METRICS` of each customer asked, in order of their ids; null where there is no such product.

    Parameters
    ----------
    shown : lists of `K`, as `models.lists` makes them
    """
    hits = known.targets.merge(shown, how="left", on=["user_id", "product_id"])
    found = hits["place"].notna()
    gain = np.where(found, 1 / np.log2(1 + hits["place"].fillna(1)), 0.0)
    hits = hits.assign(found=found, gain=gain)
    of_user = hits.groupby("user_id")
    whole = of_user.agg(size=("found", "size"), n=("found", "sum"), g=("gain", "sum"))
    ideal = np.cumsum(1 / np.log2(np.arange(2, K + 2)))
    repeats, explores = (
        hits[hits["again"] == again].groupby("user_id")["found"].mean().reindex(whole.index)
        for again in (True, False)
    )
    return pd.DataFrame(
        {
            "recall": whole["n"] / whole["size"],
            "ndcg": whole["g"] / ideal[np.minimum(whole["size"], K) - 1],
            "hit": (whole["n"] > 0).astype(float),
            "repeats": repeats,
            "explores": explores,
        }
    )[METRICS]


def _means(by_user: dict[str, pd.DataFrame], bootstrap: Bootstrap) -> pd.DataFrame:
    tables = {}
    for name, one in by_user.items():
        values = one.to_numpy(dtype=float)
        there = np.isfinite(values)
        means = column_means(values, np.arange(len(values)), *bootstrap, among=there)
        means.insert(0, "customers", there.sum(axis=0))
        tables[name] = means.set_index(pd.Index(METRICS, name="metric"))
    return pd.concat(tables, names=["model"])


def _counts(known: Baskets) -> pd.Series:
    repeats = known.targets["again"]
    return pd.Series(
        {
            "baskets before the cut": known.n,
            "products in them": len(known.popular),
            f"customers with {data.LEAST} of them or more": known.known,
            "customers who bought after it": known.buyers,
            "customers asked, who did both": known.asked,
            "products in their next baskets": len(repeats),
            "of these, bought before by the customer": int(repeats.sum()),
        }
    )
