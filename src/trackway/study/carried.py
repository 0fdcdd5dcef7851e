"""What rows that were read can carry of a study, and what not, in plain sentences."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from trackway.tables.events import EVENT_TYPES
from trackway.tables.sources.schemas import Schema

# What hangs on an event type, said where there is none.
LACKS = {
    "view": "nothing is said of the way from view to purchase, or of what is seen together",
    "cart": "nothing is said of carts left behind",
    "purchase": "nothing is said of customers, baskets, or who will buy",
}
UNITS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def kind(column: pd.Series) -> str:
    """What a column holds, in a word."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return "time"
    values = column.dropna()
    number = pd.api.types.is_numeric_dtype(column) or not isinstance(next(iter(values), ""), str)
    return "number" if number else "text"


def sentences(rows: pd.DataFrame, schema: Schema) -> Iterator[str]:
    """One line for each thing a study asks for.

    Parameters
    ----------
    rows : DataFrame
        Readable rows in our columns, with `fate`; those that are not kept are passed over.
    """
    kept = rows[rows["fate"] == "kept"]
    if kept.empty:
        yield "nothing: no row is kept"
        return
    yield from _types(kept)
    yield _users(kept, schema)
    yield _sessions(schema)
    yield from _orders(kept, schema)
    yield from _products(kept)
    yield _times(kept["event_time"], schema)


def _types(kept: pd.DataFrame) -> Iterator[str]:
    counts = kept["event_type"].value_counts()
    for name in dict.fromkeys([*EVENT_TYPES, *counts.index]):
        if n := int(counts.get(name, 0)):
            yield f"{name}: {n:,} of {len(kept):,}"
        elif name in LACKS:
            yield f"{name}: none; {LACKS[name]}"


def _users(kept: pd.DataFrame, schema: Schema) -> str:
    days = kept.groupby("user_id")["event_time"].agg(lambda times: times.dt.date.nunique())
    again = int((days > 1).sum())
    stand_in = {"session": "the session", "order_id": "the order"}.get(schema.missing_user)
    instead = ""
    if stand_in and "user_id" in schema.columns:
        instead = f"; {stand_in} stands in where there is none"
    elif stand_in:
        instead = f"; {stand_in} stands in for them: who comes back is not known"
    return f"users: {len(days):,}, {again:,} of them on more than one day{instead}"


def _sessions(schema: Schema) -> str:
    own = "the source's own" if "session" in schema.columns else "cut by sampling.gap"
    return f"sessions: {own}"


def _orders(kept: pd.DataFrame, schema: Schema) -> Iterator[str]:
    if kept["event_type"].isin(["purchase", "return"]).any():
        yield "orders: " + (
            "the source's own" if "order_id" in schema.columns else "none named; sessions stand in"
        )
        yield "quantities: " + (
            "yes; below zero they are returns" if "quantity" in schema.columns else "none; 1 each"
        )


def _products(kept: pd.DataFrame) -> Iterator[str]:
    yield f"products: {kept['product_id'].nunique():,}"
    for name, column in {
        "prices": "price",
        "titles": "title",
        "brands": "brand",
        "categories": "category_id",
        "categories' names": "category_code",
    }.items():
        share = kept[column].notna().mean() if column in kept else 0
        yield f"{name}: " + (f"on {share:.1%} of the rows" if share else "none")


def _times(times: pd.Series, schema: Schema) -> str:
    if times.nunique() == 1:
        return f"times: one instant, {times.iloc[0]}; nothing that needs time can be told"
    span = f"times: {times.min():%Y-%m-%d %H:%M} to {times.max():%Y-%m-%d %H:%M}, UTC; by "
    if "elapsed" in schema.columns:
        return span + "days, and within a session by what has passed; no hours of the day"
    local = times.dt.tz_convert(schema.timezone).dt.tz_localize(None)
    unit = resolution(local)
    return (
        span + unit + ("; no hours of the day, and no order within one" if unit == "days" else "")
    )


def resolution(local: pd.Series) -> str:
    """The largest unit that divides all times of day: 'days' to 'microseconds'."""
    of_day = (local - local.dt.normalize()) // pd.Timedelta("1us")
    common = np.gcd.reduce(of_day.to_numpy())
    for name, seconds in UNITS.items():
        if common % (seconds * 1_000_000) == 0:
            return name
    return "milliseconds" if common % 1_000 == 0 else "microseconds"
