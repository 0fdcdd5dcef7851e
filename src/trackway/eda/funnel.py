"""How far they come: view -> cart -> purchase, and by which way a purchase is reached.

Two readings of a funnel differ, and both are counted:

- **any**: the unit has an event of that type, in whatever order, of whatever product. Steps need
  not nest: who buys without a cart has reached the purchase and not the cart.
- **ordered**: one and the same product was seen, then put into the cart, then bought, each after
  the one before. Steps nest.

A unit is a session, or a user over all their sessions. Events of one instant count in the
declared order of the event table: view, favorite, cart, remove, purchase.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.core.cannot import Cannot
from trackway.tables.facts import Facts

STEPS = ["view", "cart", "purchase"]
ROUTES = {
    "cart here": "cart in the same session",
    "cart earlier": "cart before, in another session",
    "view only": "seen in the same session, no cart",
    "neither": "neither cart nor view before it",
    "no cart": "no cart before it",  # where no views are recorded
}
WHOLE = "whole"


def steps(known: Facts) -> list[str] | Cannot:
    """Those of `STEPS` that are recorded, if they are a way: two at least, to a purchase."""
    present = [step for step in STEPS if step in known.event_types]
    if len(present) > 1 and present[-1] == STEPS[-1]:
        return present
    only = ", ".join(known.event_types)
    return Cannot(
        f"There is no way to a purchase to be followed: all {known.events:,} events are of type "
        f"{only}."
    )


def in_words(steps: Sequence[str]) -> str:
    """The way through `steps`, such as 'one product seen, then bought'."""
    done = {"view": "seen", "cart": "put into the cart", "purchase": "bought"}
    return "one product " + ", then ".join(done[step] for step in steps)


def tabulate(
    events: ir.Table, sessions: ir.Table, steps: Sequence[str] = tuple(STEPS)
) -> pd.DataFrame:
    """The funnel of sessions and of users, over the whole data and by month.

    A session belongs to the local month in which it starts. Within a month a user has reached
    what their sessions of that month reached.

    Parameters
    ----------
    events, sessions : lazy tables
        The latter with ``month``.
    steps : those of `STEPS` that are recorded

    Returns
    -------
    DataFrame, one row per unit, period and step
        unit ('session' or 'user'), then the columns of `funnel`, `group` named ``period``
    """
    months = sessions.select("session_id", group=sessions.month)
    periods = [events.mutate(group=ibis.literal(WHOLE)), events.join(months, "session_id")]
    follow = {"session": by_session, "user": by_user}
    tables = [
        funnel(by_unit(period), steps).assign(unit=unit)
        for unit, by_unit in follow.items()
        for period in periods
    ]
    table = pd.concat(tables, ignore_index=True).rename(columns={"group": "period"})
    return table[["unit", *table.columns.drop("unit")]]


def whole(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The steps of `unit` over the whole data, from what `tabulate` gave, indexed by ``step``."""
    return table[(table["unit"] == unit) & (table["period"] == WHOLE)].set_index("step")


def wide(table: pd.DataFrame) -> pd.DataFrame:
    """What `tabulate` gave, a row per unit and period: shares that reach each step."""
    keys = ["unit", "period", "units"]
    shares = table.pivot(index=keys, columns="step", values=["any_share", "ordered_share"])
    shares.columns = [
        step if reading == "any_share" else f"{step}_in_order" for reading, step in shares.columns
    ]
    steps = [step for step in STEPS if step in shares]
    columns = [*steps, *(f"{step}_in_order" for step in steps[1:])]
    return shares.reset_index()[["unit", "period", "units", *columns]]


def by_session(events: ir.Table) -> ir.Table:
    """Follow sessions: a step counts if the session reached it."""
    return events.mutate(unit=events.session_id)


def by_user(events: ir.Table) -> ir.Table:
    """Follow users: a step counts if the user reached it, in any of the sessions of the group."""
    return events.mutate(unit=events.user_id)


def funnel(events: ir.Table, steps: Sequence[str] = tuple(STEPS)) -> pd.DataFrame:
    """Count the units that reach each step, in both readings.

    Parameters
    ----------
    events : lazy table, one row per event
        With ``unit`` and ``group``; a unit found in two groups counts in each.

    Returns
    -------
    DataFrame, one row per group and step, in order of both
        group, step; units, any, ordered : int; any_share, ordered_share : float, of the units
    """
    loose = _has_any(events, steps).to_pandas().set_index("group")
    strict = (
        _in_order(events, steps).to_pandas().set_index("group").reindex(loose.index, fill_value=0)
    )
    parts = [
        pd.DataFrame(
            {
                "step": step,
                "units": loose["units"],
                "any": loose[step],
                # the first step has nothing before it: both readings agree
                "ordered": loose[step] if step == steps[0] else strict[step],
            }
        )
        for step in steps
    ]
    table = pd.concat(parts).reset_index()
    table = table.sort_values("group", kind="stable", ignore_index=True)
    return table.assign(
        any_share=table["any"] / table["units"], ordered_share=table["ordered"] / table["units"]
    )


def _has_any(events: ir.Table, steps: Sequence[str]) -> ir.Table:
    reached = events.group_by(["group", "unit"]).aggregate(
        **{step: (events.event_type == step).any() for step in steps}
    )
    counts = {step: reached[step].sum().cast("int64") for step in steps}
    return reached.group_by("group").aggregate(units=reached.count(), **counts).order_by("group")


def _in_order(events: ir.Table, steps: Sequence[str]) -> ir.Table:
    path = ["group", "unit", "product_id"]
    # Most products are only looked at; they cannot get beyond the first step.
    beyond = events.filter(events.event_type.isin(steps[1:])).select(path).distinct()
    followed = events.semi_join(beyond, path)
    order = ibis.window(group_by=path, order_by=["event_time", "event_id"])
    followed = followed.mutate(at=ibis.row_number().over(order), before=ibis.literal(-1))
    whole_path = ibis.window(group_by=path, preceding=None, following=None)
    for step in steps:
        here = (followed.event_type == step) & (followed["at"] > followed.before)
        followed = followed.mutate(before=followed["at"].min(where=here).over(whole_path))
        followed = followed.mutate(**{step: followed.before.notnull()})
    reached = followed.group_by(["group", "unit"]).aggregate(
        **{step: followed[step].any() for step in steps}
    )
    counts = {step: reached[step].sum().cast("int64") for step in steps}
    return reached.group_by("group").aggregate(**counts).order_by("group")


def routes(events: ir.Table) -> pd.Series:
    """Count purchases by what came before them, of the same product and user.

    Returns
    -------
    Series, indexed by the names of `ROUTES`, int
        Each purchase is in exactly one. *Buy-now* are all but the first: no cart event of the
        product came before the purchase in its session.
    """
    pair = ["user_id", "product_id"]
    bought = events.filter(events.event_type == "purchase").select(pair).distinct()
    followed = events.semi_join(bought, pair)
    by_user = _before(group_by=pair)
    in_session = _before(group_by=["session_id", "product_id"])
    is_cart, is_view = followed.event_type == "cart", followed.event_type == "view"
    marked = followed.mutate(
        cart_here=is_cart.any().over(in_session).fill_null(False),
        cart_ever=is_cart.any().over(by_user).fill_null(False),
        view_here=is_view.any().over(in_session).fill_null(False),
    ).filter(followed.event_type == "purchase")
    route = ibis.cases(
        (marked.cart_here, "cart here"),
        (marked.cart_ever, "cart earlier"),
        (marked.view_here, "view only"),
        else_="neither",
    )
    counts = marked.group_by(route=route).aggregate(purchases=marked.count()).to_pandas()
    return counts.set_index("route")["purchases"].reindex(list(ROUTES)[:-1], fill_value=0)


def without_views(routes: pd.Series) -> pd.Series:
    """`routes` of a log that records no views: nothing is said of them."""
    carts = routes.drop(["view only", "neither"])
    return pd.concat([carts, pd.Series({"no cart": routes["view only"] + routes["neither"]})])


def buy_now(routes: pd.Series) -> float:
    """The share of purchases without a cart event of the product earlier in the session."""
    return float(1 - routes["cart here"] / routes.sum())


def _before(group_by: list[str]):
    """Everything of the group that came before the row itself."""
    return ibis.window(group_by=group_by, order_by=["event_time", "event_id"], preceding=(None, 1))
