"""A shop where nothing can be told: purchase is independent of all that is seen before it.

Each session draws its length, its events, products and times without a look at whether it buys.
Whether it buys, and after which of its events, is a coin and a die of their own. Any recipe that
finds more than chance here has found its own mistake.

A purchase falls after any event of the session alike, so a longer session is no likelier to buy.
What a session shows after its purchase is what it would have shown without it, one pause later.
"""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from trackway import engine
from trackway.tables.facts import Facts

FIRST = pd.Timestamp("2024-01-01", tz="UTC")
DAYS = 60
MEAN_LENGTH = 8  # events besides the purchase
BOUGHT = 0.15  # share of sessions that buy
CART = 0.1  # share of events that put something into the cart
PAUSE_S = 40  # mean pause between two events
SESSIONS_PER_USER = 3
PRODUCTS = 500
CATEGORIES = 25

FACTS = Facts(
    schema="rees46",
    label="the null shop",
    simulated=True,
    timezone="UTC",
    has_price=True,
    has_brand=False,
    has_category_code=False,
    event_types=("view", "cart", "purchase"),
    first=FIRST,
    last=FIRST + pd.Timedelta(days=DAYS),
)


def tables(n_sessions: int, seed: int) -> tuple[ir.Table, ir.Table]:
    """Events and sessions of a null shop, as lazy tables in the usual form."""
    rows = pa.Table.from_pandas(simulate(n_sessions, seed), preserve_index=False)
    events = engine.connect().create_table("events", rows)
    return events, session_table(events)


def simulate(n_sessions: int, seed: int) -> pd.DataFrame:
    """The events of `n_sessions` sessions, in order of session and time."""
    random = np.random.default_rng(seed)
    length = random.geometric(1 / MEAN_LENGTH, n_sessions)
    session = np.repeat(np.arange(n_sessions), length)
    nth = np.arange(len(session)) - np.repeat(np.cumsum(length) - length, length)
    product = random.integers(PRODUCTS, size=len(session))
    events = pd.DataFrame(
        {
            "session_id": session,
            "nth": nth.astype(float),
            "event_type": np.where(random.random(len(session)) < CART, "cart", "view"),
            "product_id": product,
            "category_id": product % CATEGORIES,
            "price": random.lognormal(3, 1, PRODUCTS).round(2)[product],
            "pause_s": 1 + random.exponential(PAUSE_S, len(session)),
        }
    )
    buyers = random.random(n_sessions) < BOUGHT
    after = np.floor(random.random(n_sessions) * length)
    bought = events[buyers[session] & (nth == after[session])]
    # of the product just seen, half a place later
    pause_s = 1 + random.exponential(PAUSE_S, len(bought))
    purchases = bought.assign(event_type="purchase", nth=bought["nth"] + 0.5, pause_s=pause_s)
    both = pd.concat([events, purchases]).sort_values(["session_id", "nth"], ignore_index=True)
    return _dated(both, n_sessions, random)


def session_table(events: ir.Table) -> ir.Table:
    """One row per session, with the columns that intent reads."""
    return events.group_by("session_id", "user_id").agg(
        started=ibis._.event_time.min(),
        ended=ibis._.event_time.max(),
        first_purchase_at=ibis._.event_time.min(where=ibis._.event_type == "purchase"),
        bought=(ibis._.event_type == "purchase").any(),
        open_at_end=ibis.literal(False),
    )


def _dated(events: pd.DataFrame, n_sessions: int, random: np.random.Generator) -> pd.DataFrame:
    start_s = random.integers(DAYS * 86_400, size=n_sessions)
    users = random.integers(1, n_sessions // SESSIONS_PER_USER + 2, size=n_sessions)
    elapsed_s = events.groupby("session_id")["pause_s"].cumsum()
    seconds = start_s[events["session_id"]] + np.floor(elapsed_s)
    return events.assign(
        event_id=np.arange(len(events)),
        user_id=users[events["session_id"]],
        event_time=FIRST + pd.to_timedelta(seconds, unit="s"),
    ).drop(columns=["nth", "pause_s"])
