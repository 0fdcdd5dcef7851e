"""What the later steps read: one row per user, as known at the moment of the study."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway import engine
from trackway.rfm.study import Study

SCORED = ["r_score", "f_score", "m_score", "segment", "cluster"]


def per_user(users: ir.Table, customers: ir.Table, as_of: pd.Timestamp) -> ir.Table:
    """One row per user for the later steps, buyers or not, as known at `as_of`.

    Parameters
    ----------
    users : lazy table, one row per user
        What `data.users` returns, with ``behaviour``.
    customers : lazy table, one row per buyer
        What `data.customers` returns, with scores, ``segment`` and ``cluster``.

    Returns
    -------
    lazy table, one row per user
        All columns of `users`; and for buyers, null for others, recency_days, frequency, r_score,
        f_score, m_score, segment, cluster. ``money`` is null for those who bought nothing.
        as_of : timestamp, UTC, the same in every row: nothing later is in the table.
    """
    bought = customers.select("user_id", "recency_days", "frequency", "money", *SCORED)
    joined = users.drop("money").left_join(bought, "user_id").drop("user_id_right")
    when = ibis.literal(as_of).cast("timestamp('UTC', 6)")
    return joined.relocate("money", after="frequency").mutate(as_of=when)


def write(study: Study) -> None:
    """Write ``data/processed/customers.parquet``, in order of ``user_id``."""
    table = per_user(study.users, study.customers, study.as_of)
    engine.write(table, "processed/customers", ["user_id"])
