"""A feature may not change when the future is taken away. Here that is tried, on the data.

A day is chosen, and sessions that began on it, one per user. The features of each are computed
twice: from all events, and from what there was when the session was scored - earlier days of all
users, and of this day each user's own events up to that moment. Whatever differs has looked ahead,
whatever it was declared to be.
"""

import datetime
from collections.abc import Callable, Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway import engine
from trackway.intent.features.registry import REGISTRY, refuse_undeclared
from trackway.intent.prefixes import IN_ORDER
from trackway.tables.local_time import local
from trackway.tables.user_sampling import first_users

KEY = ["session_id", "moment"]
DAYS = (0.5, 0.9)  # quantiles of the days on which sessions began: within training, and after it


class FutureKnown(ValueError):
    """A feature that differs once the future is taken away."""


def refuse_the_future(
    build: Callable[[ir.Table], ir.Table],
    events: ir.Table,
    features: Sequence[str],
    timezone: str,
    users: int,
    seed: int,
) -> int:
    """Compute `features` again without the future, and stop if one of them changes.

    Parameters
    ----------
    build : callable
        From events to one row per session and moment, as `features.of_events` does.
    events : lazy table
    timezone : str
        The shop's local time.
    users : int
        Users, drawn by a seeded hash, on whose events this is tried.

    Returns
    -------
    int
        Sessions that were scored again, and found equal.

    Raises
    ------
    FutureKnown
        Names every feature that differs, how often, and how it was declared.
    ValueError
        If a feature is not declared, or declared as known too late.
    """
    refuse_undeclared(features)
    shop = engine.store(_of_some_users(events, users, seed))
    known = ["user_id", "started", "scored_at", "n_seen"]
    built = engine.store(build(shop).select(*KEY, *known, *features))
    whole = built.mutate(day=local(built.started, timezone).date())
    days = whole.day.to_pandas().sort_values(ignore_index=True)
    chosen_days = sorted({days.iloc[int(q * (len(days) - 1))] for q in DAYS if len(days)})
    tried = [_differ(build, shop, whole, day, features, timezone) for day in chosen_days]
    differ = pd.concat([pd.DataFrame(columns=[*features], dtype=bool), *tried])
    if differ.to_numpy(dtype=bool).any():
        raise FutureKnown(_named(differ))
    return len(differ)


def _of_some_users(events: ir.Table, users: int, seed: int) -> ir.Table:
    drawn = first_users(events.select("user_id").distinct(), users, seed)
    return events.semi_join(drawn, "user_id")


def _differ(
    build: Callable[[ir.Table], ir.Table],
    shop: ir.Table,
    whole: ir.Table,
    day: datetime.date,
    features: Sequence[str],
    timezone: str,
) -> pd.DataFrame:
    """Whether each feature of each session tried differs once the future is taken away."""
    tried = _tried(whole.filter(whole.day == ibis.literal(day, "date")))
    past = engine.store(_without_future(shop, tried, day, timezone))
    one, other = (
        table.select(*KEY, *features).to_pandas().set_index(KEY)
        for table in (tried, build(past).semi_join(tried, KEY))
    )
    other = other.reindex(one.index)
    return ~((one == other) | (one.isna() & other.isna()))


def _tried(of_day: ir.Table) -> ir.Table:
    """One session per user, at one of its moments; of different sessions at different ones."""
    one = of_day.mutate(
        first=of_day.session_id.min().over(group_by="user_id"),
        place=ibis.row_number().over(group_by="session_id", order_by="moment"),
        n=of_day.moment.count().over(group_by="session_id"),
    )
    return one.filter((one.session_id == one.first) & (one.place == one.session_id % one.n))


def _without_future(shop: ir.Table, tried: ir.Table, day: datetime.date, timezone: str) -> ir.Table:
    """Earlier days of all users; of `day`, what a user did until their session is scored."""
    numbered = shop.mutate(nth=ibis.row_number().over(IN_ORDER) + 1)
    cuts = tried.select("user_id", "scored_at", "n_seen", cut_session="session_id")
    joined = numbered.left_join(cuts, "user_id")
    earlier = local(joined.event_time, timezone).date() < ibis.literal(day, "date")
    own = joined.session_id == joined.cut_session
    # events of the instant of scoring were seen if they are among the session's first
    seen = ibis.ifelse(own, joined.nth <= joined.n_seen, joined.event_time < joined.scored_at)
    return joined.filter(earlier | seen.fill_null(False)).select(shop.columns)


def _named(differ: pd.DataFrame) -> str:
    counts = differ.sum()
    named = [
        f"{name} (declared as known: {REGISTRY[name].available}; differs for {counts[name]:,} of "
        f"{len(differ):,} sessions)"
        for name in counts.index[np.asarray(counts) > 0]
    ]
    return (
        "features that change when the future is taken away: " + "; ".join(named) + ". They must "
        "not feed a model; mend them, or take them out of intent/features/registry.py"
    )
