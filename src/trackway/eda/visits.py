"""What was done, how much of it in a visit, and how often users come back to buy."""

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.tables.events import IN_ORDER

MANY_OPEN = 0.05  # share of sessions still open from which conversion is called a lower bound
STEPS_PER_DECADE = 10  # of the logarithmic grid on which durations are counted


def event_mix(events: ir.Table) -> pd.DataFrame:
    """Count events, and the users, sessions and products that have them, by type.

    Returns
    -------
    DataFrame, indexed by ``event_type``, in the order of a visit
        events, sessions, users, products : int; share : float, of all events
    """
    counted = events.group_by("event_type").aggregate(events=events.count())
    table = counted.to_pandas().set_index("event_type")
    table = table.reindex([name for name in IN_ORDER if name in table.index])
    for name in ["session", "user", "product"]:
        # Grouped twice: a count of distinct values would hold them all in memory.
        pairs = events.select("event_type", f"{name}_id").distinct()
        per_type = pairs.group_by("event_type").aggregate(n=pairs.count()).to_pandas()
        table[f"{name}s"] = per_type.set_index("event_type")["n"]
    table.insert(1, "share", table["events"] / table["events"].sum())
    return table


def totals(sessions: ir.Table) -> pd.Series:
    """The whole in numbers: sessions, users, those that bought, those still open; int."""
    per_user = sessions.group_by("user_id").aggregate(
        sessions=sessions.count(),
        bought_sessions=sessions.bought.sum().cast("int64"),
        without_cart=(sessions.bought & (sessions.n_carts == 0)).sum().cast("int64"),
        still_open=sessions.open_at_end.sum().cast("int64"),
        closed_bought=(sessions.bought & ~sessions.open_at_end).sum().cast("int64"),
    )
    sums = {c: per_user[c].sum().cast("int64") for c in per_user.columns if c != "user_id"}
    counted = per_user.aggregate(
        users=per_user.count(),
        buyers=(per_user.bought_sessions > 0).sum().cast("int64"),
        **sums,
    )
    return counted.to_pandas().fillna(0).astype("int64").iloc[0]


def is_censored(totals: pd.Series) -> bool:
    """Whether the end of the data cuts so many sessions that conversion is a lower bound."""
    return bool(totals["still_open"] > MANY_OPEN * totals["sessions"])


def events_per_session(sessions: ir.Table) -> pd.Series:
    """How many sessions have 1, 2, 3 ... events; indexed by that number."""
    counted = sessions.group_by("n_events").aggregate(sessions=sessions.count())
    return counted.order_by("n_events").to_pandas().set_index("n_events")["sessions"]


def orders_per_user(sessions: ir.Table) -> pd.Series:
    """How many users have 0, 1, 2 ... orders; an order is a session with a purchase."""
    per_user = sessions.group_by("user_id").aggregate(orders=sessions.bought.sum().cast("int64"))
    counted = per_user.group_by("orders").aggregate(users=per_user.count())
    return counted.order_by("orders").to_pandas().set_index("orders")["users"]


def quantile(counts: pd.Series, share: float) -> int:
    """The smallest value that at least `share` of the counted things do not exceed.

    >>> quantile(pd.Series({1: 50, 2: 49, 90: 1}), 0.99)
    2
    """
    reached = counts.cumsum() >= share * counts.sum() - 1e-9
    return int(counts.index[np.argmax(reached)])


def durations(sessions: ir.Table) -> pd.DataFrame:
    """Cumulative shares of sessions by duration, on a logarithmic grid.

    Returns
    -------
    DataFrame, indexed by ``duration_s``, the upper edge of a step of the grid
        no purchase, whole session : float, sessions without and with a purchase
        to first purchase : float, the latter up to their first purchase only

    Notes
    -----
    Only the last column could have been known when the purchase was made.
    """
    to_purchase = (
        sessions.first_purchase_at.epoch_seconds() - sessions.started.epoch_seconds()
    ).cast("float64")
    parts = {
        "no purchase": sessions.filter(~sessions.bought).select(seconds=sessions.duration_s),
        "whole session": sessions.filter(sessions.bought).select(seconds=sessions.duration_s),
        "to first purchase": sessions.filter(sessions.bought).select(seconds=to_purchase),
    }
    counted = pd.DataFrame({name: _on_grid(part) for name, part in parts.items()}).sort_index()
    cumulative = counted.fillna(0).cumsum()
    shares = cumulative / cumulative.iloc[-1:].to_numpy() if len(counted) else cumulative
    shares.index = (10.0 ** (shares.index / STEPS_PER_DECADE)).rename("duration_s")
    return shares


def _on_grid(part: ir.Table) -> pd.Series:
    """Count by the number of steps above 1 s; what is shorter is counted at 0."""
    step = (part.seconds.clip(lower=1).log10() * STEPS_PER_DECADE).round(9).ceil().cast("int64")
    counted = part.group_by(step=step).aggregate(sessions=part.count())
    return counted.order_by("step").to_pandas().set_index("step")["sessions"]
