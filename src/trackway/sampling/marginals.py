"""Is the simulated shop like a real one? Its marginals beside the published ones of REES46."""

import ibis.expr.types as ir
import pandas as pd

from trackway.report import Page
from trackway.sampling.published import MARGINALS
from trackway.sampling.statistics import lengths
from trackway.tables.facts import Facts


def show(
    page: Page,
    number: int,
    source: Facts,
    catalogue: ir.Table,
    events: ir.Table,
    sessions: ir.Table,
) -> None:
    """Show "Table `number`.", or say why these data have none.

    Parameters
    ----------
    catalogue : of the rows, before anything was filled in
    events, sessions : the event table and the session table
    """
    if why := _why_not(source):
        page.cannot("Table", number, "marginals", why)
        return
    beside = table(measured(catalogue, events, sessions))
    within = (beside["within"] == "yes").sum()
    caption = (
        f"The simulated shop beside published figures of REES46: {within} of {len(beside)} lie "
        "within their tolerance. Sources: the `month` of October 2019, 42.4 million events, and "
        "its `head`, 17,434. They differ in extent, so that no shop meets all of them at once "
        "(docs/demo.md)."
    )
    page.table(number, beside, "marginals", caption=caption, digits=2)


def _why_not(source: Facts) -> str | None:
    if not source.simulated:
        return "These are a real shop's data, not the simulated one's: there is nothing to hold up."
    if source.schema != "rees46":
        return (
            f"The simulated shop writes here in the form of {source.schema}; the published figures "
            "it was calibrated to are REES46's."
        )
    return None


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


def table(ours: dict[str, float | None]) -> pd.DataFrame:
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


def _within(value: float | None, marginal) -> str:
    if value is None:
        return "none"
    return "yes" if abs(value - marginal.published) <= marginal.tolerance else "no"
