"""What the flaws of copied recipes add to a session, and how much of it they see: all mistakes.

Nothing here may reach a model outside `leakage`. None of these columns is declared, so what loads
the examples of models refuses them.

`all_sessions`, `all_orders`
    The user's totals over the whole data, this session and all later ones among them.
`item_code`, `category_code_fitted`
    The share of buyers among all sessions with the same last product (category): an encoding
    fitted on every row, the row's own label and the test part among them.
`session_events`
    Events of the whole session: the canary, a column from the future and nothing else.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
from sklearn.preprocessing import TargetEncoder

from trackway import engine
from trackway.intent import features, prefixes
from trackway.intent.features import Context

TOTALS = {"past_sessions": "all_sessions", "past_orders": "all_orders"}
CODES = {"item_rate": "item_code", "category_rate": "category_code_fitted"}
ENCODED = ["product_id", "category_id"]  # of the last event seen
CANARY = "session_events"
MAX = ibis._.event_id.max()


@dataclass(frozen=True)
class Looks:
    """Sessions as the recipes look at them, in pandas.

    Columns of `features.moment_examples`, and those of the head of this module.

    Attributes
    ----------
    with_purchase : up to and including the first purchase, others whole
    before_purchase : strictly before it, others whole
    at_moment : at one moment, those who have bought by then among them
    """

    with_purchase: pd.DataFrame
    before_purchase: pd.DataFrame
    at_moment: pd.DataFrame


def looks(context: Context, moment: str) -> Looks:
    """Every session in the three ways; one pass over the events serves all of them."""
    known = engine.store(features.known(context))
    whole = [prefixes.up_to_first_purchase, prefixes.before_first_purchase]
    ends = [way(context.events).group_by("session_id").agg(event_id=MAX) for way in whole]
    closed = context.sessions.filter(~context.sessions.open_at_end)
    at_moment = prefixes.at_moments(known, [moment]).semi_join(closed, "session_id")
    return Looks(
        *(_load(known.semi_join(end, "event_id"), context) for end in ends),
        _load(at_moment, context),
    )


def encoded(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the encodings, fitted on all of `rows` at once."""
    if rows.empty:  # nobody is left to be asked about
        return rows.assign(**dict.fromkeys(CODES.values(), 0.0))
    # fit and transform, as copied: fit_transform would keep a row's own label out of it
    fitted = TargetEncoder().fit(rows[ENCODED], rows["bought"])
    codes = fitted.transform(rows[ENCODED])
    return rows.assign(**dict(zip(CODES.values(), codes.T, strict=True)))


def _load(rows: ir.Table, context: Context) -> pd.DataFrame:
    products = context.events.select("event_id", *ENCODED)
    whole = context.events.group_by("session_id").agg(**{CANARY: ibis._.count()})
    totals = context.sessions.group_by("user_id").agg(
        all_sessions=ibis._.count(), all_orders=ibis._.count(where=ibis._.bought)
    )
    joined = rows.inner_join(products, "event_id").inner_join(whole, "session_id")
    loaded = joined.inner_join(totals, "user_id").order_by("session_id").to_pandas()
    return encoded(loaded.fillna(dict.fromkeys(ENCODED, -1)))
