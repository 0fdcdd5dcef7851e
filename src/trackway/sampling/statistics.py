"""What is studied, in a few numbers."""

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import binomtest

from trackway.core.escaping import safe
from trackway.report.claims import Claim
from trackway.sampling import compared
from trackway.tables.events import EVENT_TYPES
from trackway.tables.facts import Facts


def data_set(events: ir.Table, sessions: ir.Table) -> dict:
    """Counts and sums of the data set: integers, Decimals and Timestamps, null where absent."""
    of_events = events.agg(
        products=events.product_id.nunique().cast("int64"),
        categories=events.category_id.nunique().cast("int64"),
        brands=events.brand.nunique(where=events.brand != "unknown").cast("int64"),
        category_codes=events.category_code.nunique(where=events.category_code != "unknown").cast(
            "int64"
        ),
        priced=events.price.count().cast("int64"),
        free=events.event_id.count(where=events.price == 0).cast("int64"),
    )
    # Distinct users are counted where there are fewest rows of them.
    of_sessions = sessions.agg(
        events=sessions.n_events.sum().cast("int64"),
        users=sessions.user_id.nunique().cast("int64"),
        purchases=sessions.n_purchases.sum().cast("int64"),
        buyers=sessions.user_id.nunique(where=sessions.bought).cast("int64"),
        revenue=sessions.revenue.sum(),
        first=sessions.started.min(),
        last=sessions.ended.max(),
        sessions=sessions.count().cast("int64"),
        sessions_with_purchase=sessions.bought.sum().cast("int64"),
        events_max=sessions.n_events.max(),
        open_at_end=sessions.open_at_end.sum().cast("int64"),
    )
    median, p90, p99 = lengths(sessions, [0.5, 0.9, 0.99])
    quantiles = {"events_median": median, "events_p90": p90, "events_p99": p99}
    return _record(of_events) | _record(of_sessions) | quantiles


def lengths(sessions: ir.Table, levels: list[float]) -> list[float]:
    """Quantiles of the number of events a session, exact, between two numbers interpolated."""
    # Sessions are many, their lengths few: these are counted, and nothing is held per session.
    counts = sessions.group_by("n_events").agg(sessions=sessions.count()).order_by("n_events")
    counts = counts.to_pandas()
    up_to = counts["sessions"].cumsum().to_numpy()
    place = np.asarray(levels) * (up_to[-1] - 1)
    below, above = (
        counts["n_events"].to_numpy()[np.searchsorted(up_to, edge(place), side="right")]
        for edge in (np.floor, np.ceil)
    )
    return (below + (above - below) * (place - np.floor(place))).tolist()


def _record(one_row: ir.Table) -> dict:
    # By column: a row of a DataFrame has one type, and counts would turn into floats.
    return one_row.to_pandas().to_dict("records")[0]


def event_types(events: ir.Table) -> list[str]:
    """The event types present, in the order of a visit."""
    present = events.select("event_type").distinct().to_pandas()["event_type"]
    return [name for name in EVENT_TYPES if name in set(present)]


def described(known: dict) -> pd.DataFrame:
    """`known`, from `data_set`, as a table to read: quantity, value, unit."""
    money = known["revenue"] if known["priced"] else None
    lines = [
        ("events", f"{known['events']:,}", ""),
        ("users", f"{known['users']:,}", "accounts or browsers"),
        ("sessions", f"{known['sessions']:,}", ""),
        ("products", f"{known['products']:,}", "with an event"),
        ("categories", f"{known['categories'] or known['category_codes']:,}", "with an event"),
        ("brands", f"{known['brands']:,}", "known by name") if known["brands"] else None,
        ("purchases", f"{known['purchases']:,}", "items"),
        ("buyers", f"{known['buyers']:,}", "users"),
        ("sessions with a purchase", f"{known['sessions_with_purchase']:,}", ""),
        ("revenue", f"{money:,.2f}", "shop currency") if money is not None else None,
        ("events at price 0", f"{known['free']:,}", "") if known["priced"] else None,
        ("first event", f"{known['first']:%Y-%m-%d %H:%M:%S}", "UTC"),
        ("last event", f"{known['last']:%Y-%m-%d %H:%M:%S}", "UTC"),
        ("events a session, median", f"{known['events_median']:.0f}", ""),
        ("events a session, 90 % of sessions up to", f"{known['events_p90']:.0f}", ""),
        ("events a session, 99 % of sessions up to", f"{known['events_p99']:.0f}", ""),
        ("events a session, most", f"{known['events_max']:,.0f}", ""),
        ("sessions open at the end", f"{known['open_at_end']:,}", "may have gone on"),
    ]
    return pd.DataFrame([x for x in lines if x], columns=["quantity", "value", "unit"])


def percent(known: dict) -> str:
    """The share of sessions with a purchase, in words for the index."""
    return f"{known['sessions_with_purchase'] / known['sessions']:.1%}"


def findings(book: pd.DataFrame, known: dict, source: Facts, shares: pd.DataFrame) -> list[str]:
    """What the tables and figures of the notebook show, as sentences true of these data."""
    rows, studied = int(book["rows"].iloc[0]), int(book["rows"].iloc[-1])
    largest = book.iloc[1:-1].nlargest(1, "rows").iloc[0]
    said = [f"Of {rows:,} rows, {studied:,} ({studied / rows:.2%}) are studied (Table 3)."]
    if largest["rows"]:
        said.append(
            f"The largest loss, {largest['rows']:,} rows, has the reason "
            f"“{safe(largest['reason'])}” (Table 3)."
        )
    said.append(
        f"{known['open_at_end']:,} of {known['sessions']:,} sessions were still open when the data "
        "end; their outcome is not known (Table 5)."
    )
    return said + compared.finding(shares)


def claims(known: dict, shares: pd.DataFrame) -> list[Claim]:
    """What later steps lean on: few visits cut short, and samples that tell what all users tell."""
    parts = shares[shares["figure"] == "share of users who buy"]
    told = [
        f"{row.share:.0%} of the users: {row.value:.2%} [{row.low:.2%}, {row.high:.2%}]"
        for row in parts.itertuples()
    ]
    told += [f"all: {whole:.2%}" for whole in parts["whole"].head(1)]
    still_open = known["open_at_end"] / known["sessions"]
    return [
        Claim(
            name="few-visits-are-cut-short",
            text="The end of the data cuts short fewer than one visit in a hundred.",
            holds=still_open < 0.01,
            evidence=f"{still_open:.3%} of {known['sessions']:,} sessions (Table 5).",
        ),
        Claim(
            name="a-sample-tells-the-buyers",
            text="A sample of the users tells the share of buyers as well as its interval says.",
            holds=bool(parts["within"].all()) if len(parts) else None,
            evidence=f"{'; '.join(told)} (Table 6).",
        ),
    ]


def metrics(book: pd.DataFrame, known: dict) -> dict:
    """The numbers worth comparing between two runs."""
    counts = ["events", "users", "sessions", "products", "purchases", "buyers"]
    return {
        "rows_in": int(book["rows"].iloc[0]),
        "rows_unreadable": int(book.loc[book["item"] == "cannot be read", "rows"].sum()),
        "rows_set_aside": int(book.loc[book["item"] == "set aside", "rows"].sum()),
        **{name: int(known[name]) for name in counts},
        "buyers_share": _wilson(known["buyers"], known["users"]),
        "bought_share": known["sessions_with_purchase"] / known["sessions"],
        "open_at_end_share": known["open_at_end"] / known["sessions"],
    }


def _wilson(hits: int, n: int) -> dict[str, float]:
    interval = binomtest(hits, n).proportion_ci(method="wilson")
    return {"value": hits / n, "low": interval.low, "high": interval.high}
