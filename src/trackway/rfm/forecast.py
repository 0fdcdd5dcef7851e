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

from trackway import engine
from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.bootstrap import Interval, mean_interval
from trackway.params.rfm import Rfm
from trackway.report.run import Run
from trackway.rfm import clusters, data, scores, segments
from trackway.tables.facts import Facts

MIN_CUSTOMERS = 100  # in each of the two periods; below, intervals say nothing
TOO_FEW = (
    f"To judge a forecast we ask for {MIN_CUSTOMERS} customers known at the end of the first third "
    "of the time and at the end of the second, and enough different ones to cluster; these data "
    "have fewer."
)
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
    learned, judged : str
        Customers of the first cut, and of the second; where only a part of them was taken, of how
        many.
    came_back : float
        Share of the second who bought in the last part.
    errors : DataFrame, one row per grouping
        grouping; groups; error, low, high: mean squared error of log(1 + money), 95 % interval
        over customers; gain, gain_low, gain_high: how much less than with recency alone.
    """

    learned: str
    judged: str
    came_back: float
    errors: pd.DataFrame


def cuts(known: Facts, end: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The ends of the first two of three equal parts of the time before `end`."""
    part = (end - known.first) / 3
    return (known.first + part).floor("s"), (known.first + 2 * part).floor("s")


@or_cannot
def forecast(
    run: Run[Rfm], events: ir.Table, end: pd.Timestamp, choice: clusters.Choice | Cannot
) -> Forecast | Cannot:
    """Learn in the first two parts, judge in the last.

    Parameters
    ----------
    events : lazy table, one row per event
    end : Timestamp, UTC
        Where the last part ends; itself excluded.
    choice : number of clusters

    Notes
    -----
    Of either part ``rfm.max_clustered`` customers are taken, drawn by the hash; all are scored.
    """
    first, second = cuts(run.facts, end)
    parts = [(first, second), (second, end)]
    everyone = [engine.store(_followed(events, *part, run.facts.has_price)) for part in parts]
    numbers = [int(customers.count().execute()) for customers in everyone]
    if min(numbers) < MIN_CUSTOMERS or isinstance(choice, Cannot):
        return Cannot(TOO_FEW)
    learned, judged = (_grouped(run, customers) for customers in everyone)
    if clusters.most(learned) < choice.k:
        return Cannot(TOO_FEW)
    for some in everyone:
        need(scores.differing(some))
    model = clusters.train(learned, choice, run.seed)
    learned["cluster"], judged["cluster"] = model.of(learned), model.of(judged)
    taken = [_of(len(some), n) for some, n in zip([learned, judged], numbers, strict=True)]
    came_back = float((judged["next"] > 0).mean())
    return Forecast(*taken, came_back, _errors(learned, judged, run.seed))


def _of(taken: int, n: int) -> str:
    return f"{taken:,}" if taken == n else f"{taken:,} of {n:,}"


def _followed(events, start, end, has_price) -> ir.Table:
    """Customers as of `start`, with ``spent``: money between `start` and `end`, null for none."""
    known_then = data.customers(data.users(events, start, has_price), start)
    later = events.filter(events.event_time >= start)
    after = data.customers(data.users(later, end, has_price), end)
    spent = after.select(later_user="user_id", spent="money")
    return known_then.left_join(spent, known_then.user_id == spent.later_user).drop("later_user")


def _grouped(run: Run[Rfm], customers: ir.Table) -> pd.DataFrame:
    """Some of the customers in their groups, with ``next``: log(1 + money) spent later."""
    scored = segments.assign(engine.store(scores.score(customers, run.settings.scores)))
    some = data.sample(scored, run.settings.max_clustered, run.seed)
    spent = some["spent"].fillna(0.0).clip(lower=0)
    return some.assign(everybody=0, recency=some["r_score"], next=np.log1p(spent))


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


def _named(name: str, interval: Interval) -> dict[str, float]:
    low, high = ("low", "high") if name == "error" else (f"{name}_low", f"{name}_high")
    return {name: interval.value, low: interval.low, high: interval.high}
