"""What follows what within a session."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.tables.events import IN_ORDER


def pairs(events: ir.Table) -> pd.DataFrame:
    """Count neighbouring events of a session by type.

    Returns
    -------
    DataFrame
        now, next : event type; pairs : int
        same_instant : int, of these; their order is the declared one, not an observed one
    """
    order = ibis.window(group_by="session_id", order_by=["event_time", "event_id"])
    followed = events.mutate(
        next=events.event_type.lead().over(order), next_at=events.event_time.lead().over(order)
    )
    followed = followed.filter(followed["next"].notnull())
    counted = followed.group_by(["event_type", "next"]).aggregate(
        pairs=followed.count(),
        same_instant=(followed.event_time == followed.next_at).sum().cast("int64"),
    )
    return counted.rename(now="event_type").order_by(["now", "next"]).to_pandas()


def matrix(counted: pd.DataFrame) -> pd.DataFrame:
    """Share of each next type after each type, in the order of a visit; a row adds up to 1."""
    wide = counted.pivot(index="now", columns="next", values="pairs").fillna(0)
    present = [name for name in IN_ORDER if name in {*wide.index, *wide.columns}]
    wide = wide.reindex(index=[n for n in present if n in wide.index], columns=present)
    wide = wide.fillna(0)
    return wide.div(wide.sum(axis=1), axis=0)
