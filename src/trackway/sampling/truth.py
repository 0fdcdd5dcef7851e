"""Is the simulated shop like a real one? Its marginals beside the published ones of REES46.

The sources differ in extent (a whole month, or its first minutes), so that no shop can meet all of
them at once: with 6.8 % of sessions buying 1.2 items, and 1.7 % of the events purchases, a session
has 4.8 events on average, while a median of 2, a p90 of 8 and a p99 of 21 leave it about 4. The
tolerances hold that tension, and the scatter of the default size.
"""

from typing import NamedTuple

import ibis.expr.types as ir
import pandas as pd

from trackway.core.cannot import Cannot
from trackway.tables.facts import Facts
from trackway.tables.summary import lengths

MONTH = "month"  # REES46 multi-category, October 2019, 42.4 million events
HEAD = "head"  # the first 17,434 events of the same file


class Marginal(NamedTuple):
    """One published figure; ours must lie within `tolerance` of it, in the same unit."""

    name: str
    published: float
    tolerance: float
    unit: str
    source: str


MARGINALS = [
    Marginal("views", 96.1, 0.5, "% of events", MONTH),
    Marginal("carts", 2.2, 0.25, "% of events", MONTH),
    Marginal("purchases", 1.7, 0.2, "% of events", MONTH),
    Marginal("sessions_that_buy", 6.8, 0.6, "% of sessions", MONTH),
    Marginal("purchases_without_cart", 53.5, 4.0, "% of purchases", MONTH),
    Marginal("items_a_basket", 1.2, 0.1, "purchases a buying session", MONTH),
    Marginal("session_length_median", 2, 0.5, "events", HEAD),
    Marginal("session_length_p90", 8, 1.5, "events", HEAD),
    Marginal("session_length_p99", 21, 6, "events", HEAD),
    Marginal("brand_missing", 14.2, 1.2, "% of events", HEAD),
    Marginal("category_code_missing", 33.0, 2.5, "% of events", HEAD),
]


def likeness(
    source: Facts, catalogue: ir.Table, events: ir.Table, sessions: ir.Table
) -> pd.DataFrame | Cannot:
    """The marginals of these data beside the published ones, where they are to be like them.

    Parameters
    ----------
    catalogue : of the rows, before anything was filled in
    events, sessions : the event table and the session table
    """
    if not source.simulated:
        return Cannot(
            "These are a real shop's data, not the simulated one's: there is nothing to hold up."
        )
    if source.schema != "rees46":
        return Cannot(
            f"The simulated shop writes here in the form of {source.schema}; the published figures "
            "it was calibrated to are REES46's."
        )
    return beside(measured(catalogue, events, sessions))


def measured(catalogue: ir.Table, events: ir.Table, sessions: ir.Table) -> dict[str, float | None]:
    """The marginals of `MARGINALS` in the data, by their names; None where none can be told."""
    types = events.agg(
        views=100 * (events.event_type == "view").mean(),
        carts=100 * (events.event_type == "cart").mean(),
        purchases=100 * (events.event_type == "purchase").mean(),
    )
    missing = catalogue.agg(
        **{f"{name}_missing": _missing(catalogue, name) for name in ("brand", "category_code")}
    )
    visits = sessions.agg(
        sessions_that_buy=100 * sessions.bought.mean(),
        items_a_basket=sessions.n_purchases.mean(where=sessions.bought),
    )
    names = [f"session_length_{name}" for name in ("median", "p90", "p99")]
    record = dict(zip(names, lengths(sessions, [0.5, 0.9, 0.99]), strict=True))
    for part in (types, missing, visits, _without_cart(events)):
        record |= part.to_pandas().to_dict("records")[0]
    return {name: None if pd.isna(value) else float(value) for name, value in record.items()}


def _missing(catalogue: ir.Table, name: str) -> ir.Value:
    """The share of rows, in per cent, that do not say `name`."""
    rows = catalogue.rows
    return 100 * rows.sum(where=catalogue[name].isnull()).fill_null(0) / rows.sum()


def _without_cart(events: ir.Table) -> ir.Table:
    """The share of purchases that no cart event goes before, in the same session."""
    carts = events.filter(events.event_type == "cart")
    first = carts.group_by("session_id").agg(first_cart=carts.event_time.min())
    bought = events.filter(events.event_type == "purchase").left_join(first, "session_id")
    after_cart = (bought.first_cart <= bought.event_time).fill_null(False)
    return bought.agg(purchases_without_cart=100 * (~after_cart).mean())


def beside(ours: dict[str, float | None]) -> pd.DataFrame:
    """One row per published figure: ours beside it, its tolerance, and whether we lie within."""
    rows = [
        {
            "what": marginal.name.replace("_", " "),
            "published": marginal.published,
            "demo": ours[marginal.name],
            "tolerance": marginal.tolerance,
            "within": _within(ours[marginal.name], marginal),
            "unit": marginal.unit,
            "source": marginal.source,
        }
        for marginal in MARGINALS
    ]
    return pd.DataFrame(rows)


def _within(value: float | None, marginal: Marginal) -> str:
    if value is None:
        return "none"
    return "yes" if abs(value - marginal.published) <= marginal.tolerance else "no"
