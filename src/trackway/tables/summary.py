"""The event table and the session table in a few numbers."""

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.tables import orders
from trackway.tables.events import IN_ORDER


def data_set(events: ir.Table, sessions: ir.Table) -> dict:
    """Counts and sums of the data set: integers, Decimals and Timestamps, null where absent.

    Parameters
    ----------
    events, sessions : lazy tables, as `build.write` leaves them
        Where they tell of pieces and returns, so does what is counted.
    """
    brought = _brought(events) if "quantity" in events.columns else {}
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
    return _record(of_events) | _record(of_sessions) | quantiles | brought


def _brought(events: ir.Table) -> dict:
    """Pieces bought, and what came back: lines, pieces, and money where there are prices."""
    back = events.event_type == orders.RETURN
    money, pieces = orders.money(events), orders.pieces(events)
    of_lines = events.agg(
        pieces=pieces.sum(where=~back).fill_null(0).cast("decimal(18, 0)").cast("int64"),
        returns=events.event_id.count(where=back).cast("int64"),
        returned_pieces=(-pieces).sum(where=back).fill_null(0).cast("decimal(18, 0)").cast("int64"),
        returned=(-money).sum(where=back).fill_null(0).cast("decimal(14, 2)"),
    )
    return _record(of_lines)


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
    return [name for name in IN_ORDER if name in set(present)]


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
        *_purchases(known),
        ("buyers", f"{known['buyers']:,}", "users"),
        ("sessions with a purchase", f"{known['sessions_with_purchase']:,}", ""),
        ("revenue", f"{money:,.2f}", _net(known)) if money is not None else None,
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


def _purchases(known: dict) -> list[tuple[str, str, str]]:
    if "pieces" not in known:
        return [("purchases", f"{known['purchases']:,}", "items")]
    lines = [
        ("purchases", f"{known['purchases']:,}", "lines"),
        ("bought", f"{known['pieces']:,}", "pieces"),
    ]
    if not known["returns"]:
        return lines
    lines.append(("returns", f"{known['returns']:,}", "lines"))
    lines.append(("returned", f"{known['returned_pieces']:,}", "pieces"))
    if known["priced"]:
        lines.append(("returned", f"{known['returned']:,.2f}", "shop currency"))
    return lines


def _net(known: dict) -> str:
    return "shop currency, returns taken off" if known.get("returns") else "shop currency"
