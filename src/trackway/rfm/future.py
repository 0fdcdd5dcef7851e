"""Do the segments foretell what customers spend next?

The time studied is cut into three equal parts. At the end of the first, customers are grouped,
and each group's mean spend in the second part is learned; at the end of the second they are
grouped anew, by the same rules and the same clusters, and each is expected to spend in the third
part what their group spent before. Nothing looks ahead. What is compared is only the *grouping*:
one group for all, recency scores alone, segments, clusters.

Spend is taken as log(1 + money), as a handful of large orders would decide everything else.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.evaluation import mean_interval
from trackway.rfm import clusters, scores, segments, table
from trackway.sources.facts import Facts

MIN_CUSTOMERS = 100  # in each of the two periods; below, intervals say nothing
REPLICATES = 500
GROUPINGS = {
    "everybody": "one group for all",
    "recency": "recency score alone",
    "segment": "segments",
    "cluster": "clusters",
}


@dataclass(frozen=True)
class Forecast:
    """How well each grouping foretells spend.

    Attributes
    ----------
    learned, judged : int
        Customers of the first cut, and of the second.
    came_back : float
        Share of the second who bought in the last part.
    errors : DataFrame, one row per grouping
        grouping; groups; error, low, high: mean squared error of log(1 + money), 95 % interval
        over customers; gain, gain_low, gain_high: how much less than with recency alone.
    """

    learned: int
    judged: int
    came_back: float
    errors: pd.DataFrame


def cuts(known: Facts, end: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The ends of the first two of three equal parts of the time before `end`."""
    part = (end - known.first) / 3
    return (known.first + part).floor("s"), (known.first + 2 * part).floor("s")


def forecast(
    events: ir.Table,
    known: Facts,
    end: pd.Timestamp,
    rule: str,
    choice: clusters.Choice | None,
    max_fitted: int,
    seed: int,
) -> Forecast | None:
    """Learn in the first two parts, judge in the last; None with too few customers.

    Parameters
    ----------
    events : lazy table, one row per event
    end : Timestamp, UTC
        Where the last part ends; itself excluded.
    rule : one of `scores.RULES`
    choice : Choice or None
        Number of clusters.
    """
    first, second = cuts(known, end)
    learned = _followed(events, first, second, known.has_price)
    judged = _followed(events, second, end, known.has_price)
    few = min(len(learned), len(judged)) < MIN_CUSTOMERS
    if few or choice is None or clusters.most(learned) < choice.k:
        return None
    for customers in [learned, judged]:
        scored = scores.score(customers, rule)
        customers["everybody"] = 0
        customers["recency"] = scored["r_score"]
        customers["segment"] = segments.assign(scored)
    model = clusters.train(learned, choice, max_fitted, seed)
    learned["cluster"], judged["cluster"] = model.of(learned), model.of(judged)
    errors = _errors(learned, judged, seed)
    return Forecast(len(learned), len(judged), float((judged["next"] > 0).mean()), errors)


def _followed(events, start, end, has_price) -> pd.DataFrame:
    """Customers as of `start`, with ``next``: log(1 + money) between `start` and `end`."""
    known_then = table.customers(table.users(events, start, has_price), start)
    later = events.filter(events.event_time >= start)
    spent = table.customers(table.users(later, end, has_price), end).set_index("user_id")["money"]
    next_spend = known_then["user_id"].map(spent).fillna(0.0).clip(lower=0)
    return known_then.assign(next=np.log1p(next_spend))


def _errors(learned: pd.DataFrame, judged: pd.DataFrame, seed: int) -> pd.DataFrame:
    truth, users = judged["next"].to_numpy(), judged["user_id"]
    squared = {}
    for name in GROUPINGS:
        means = learned.groupby(name)["next"].mean()
        expected = judged[name].map(means).fillna(learned["next"].mean()).to_numpy()
        squared[name] = (truth - expected) ** 2
    rows = [
        {"grouping": words, "groups": judged[name].nunique()}
        | _named("error", mean_interval(squared[name], users, REPLICATES, seed))
        | _named("gain", mean_interval(squared["recency"] - squared[name], users, REPLICATES, seed))
        for name, words in GROUPINGS.items()
    ]
    return pd.DataFrame(rows)


def _named(name: str, interval) -> dict[str, float]:
    low, high = ("low", "high") if name == "error" else (f"{name}_low", f"{name}_high")
    return {name: interval.value, low: interval.low, high: interval.high}
