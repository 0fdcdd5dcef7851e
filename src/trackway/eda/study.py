"""All that 02 counts, once, as far as the data carry it."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.eda import (
    catalogue,
    clock,
    cohorts,
    concentration,
    data,
    funnel,
    limits,
    rates,
    returns,
    transitions,
    visits,
)
from trackway.evaluation.bootstrap import Interval
from trackway.params.eda import Eda
from trackway.report.run import Run

NO_PRICES = Cannot("The source has no prices.")
ONE_PRICE = Cannot("Prices tell nothing apart: there is 1 in all events that have one.")
NO_PAIRS = Cannot("No session has two events, so nothing follows anything.")


@dataclass(frozen=True)
class Study:
    """What happens in the shop; small tables, each a `Cannot` where the data do not carry it.

    Attributes
    ----------
    run : Run
    days : DatetimeIndex, the whole local days covered
    totals, mix : what `visits.totals` and `visits.event_mix` counted
    conversion : event types, if some sessions have a purchase and others none
    in_order : 'minute', if the times tell the order of events within a session
    funnel, routes : what `funnel.tabulate` and `funnel.routes` counted
    hours, weekdays, months, night, bands : DataFrames, what `rates.conversion` gave
        By local hour, weekday, month (with ``whole_days``), by whether it is night, and by the
        place of the duration's band in `data.BANDS`.
    gap : conversion at night less that by day
    durations : what `visits.durations` counted
    events_per_session, orders_per_user : Series, counts of counts
    counts, concentration : what `concentration.measure` counted and `concentration.tabulate` made
    bought_sessions : int, sessions with a purchase, if shares of purchases can be told
    categories, brands : catalogue.Shares
    prices, returns, pairs, cohorts : what `catalogue.prices`, `returns.by_product`,
        `transitions.pairs` and `cohorts.retention` counted
    """

    run: Run[Eda]
    days: pd.DatetimeIndex
    totals: pd.Series
    mix: pd.DataFrame
    conversion: tuple[str, ...] | Cannot
    in_order: str | Cannot
    funnel: pd.DataFrame | Cannot
    routes: pd.Series | Cannot
    hours: pd.DataFrame | Cannot
    weekdays: pd.DataFrame | Cannot
    months: pd.DataFrame | Cannot
    night: pd.DataFrame | Cannot
    gap: Interval | Cannot
    bands: pd.DataFrame | Cannot
    durations: pd.DataFrame | Cannot
    events_per_session: pd.Series
    orders_per_user: pd.Series
    counts: dict[str, pd.Series] | Cannot
    concentration: pd.DataFrame | Cannot
    bought_sessions: int | Cannot
    categories: catalogue.Shares | Cannot
    brands: catalogue.Shares | Cannot
    prices: pd.DataFrame | Cannot
    returns: pd.DataFrame | Cannot
    pairs: pd.DataFrame | Cannot
    cohorts: pd.DataFrame | Cannot


def study(run: Run[Eda], events: ir.Table, sessions: ir.Table) -> Study:
    """Count all of it.

    Parameters
    ----------
    run : settings, and the facts of the source
    events, sessions : lazy tables, as 01_sampling writes them
    """
    facts, settings, enough = run.facts, run.settings, run.settings.enough
    sessions = data.add_local_start(sessions, facts.timezone)
    days = clock.whole_days(facts.first, facts.last, facts.timezone)
    totals = visits.totals(sessions)
    over, converts = sessions.filter(~sessions.open_at_end), facts.converts()
    in_order = facts.times_tell("minute")
    lasting = _all(in_order, converts, limits.closed(totals, enough))
    users = limits.users(totals["users"], enough)
    counts = _given(users, concentration.measure, events)
    return Study(
        run=run,
        days=days,
        totals=totals,
        mix=visits.event_mix(events),
        conversion=converts,
        in_order=in_order,
        funnel=_given(steps := funnel.steps(facts), funnel.tabulate, events, sessions, steps),
        routes=_routes(events, run),
        **_in_time(sessions, days, run),
        bands=_given(lasting, rates.conversion, data.by_duration(over), settings.level),
        durations=_given(lasting, visits.durations, over),
        events_per_session=visits.events_per_session(sessions),
        orders_per_user=visits.orders_per_user(sessions),
        counts=counts,
        concentration=_given(users, concentration.tabulate, counts),
        bought_sessions=_all(
            facts.has("purchase"), limits.purchases(totals["bought_sessions"], enough)
        ),
        categories=_shares(
            catalogue.by_category(events, facts.has_category_code), "categories", run
        ),
        brands=_shares(catalogue.by_brand(events), "brands", run),
        prices=_prices(events, run),
        returns=returns.by_product(events),
        pairs=_pairs(events, run),
        cohorts=_cohorts(events, days, users, run),
    )


@or_cannot
def _given(enough: object | Cannot, count: Callable, *args: object) -> object | Cannot:
    """What `count` makes of `args`, where there is `enough`."""
    need(enough)
    return count(*args)


@or_cannot
def _all(*enough: object | Cannot) -> object | Cannot:
    """The last of `enough`, if there is each of them."""
    return [need(one) for one in enough][-1]


def _in_time(sessions: ir.Table, days: pd.DatetimeIndex, run: Run[Eda]) -> dict:
    """Conversion by the clock and by the calendar; whole days only, but for months."""
    settings = run.settings
    level, regular = settings.level, data.on_days(sessions, days)
    at_night = data.by_night(regular, settings.night)
    for_hours = _all(run.facts.times_tell("hour"), limits.hours(days, settings.enough))
    for_night = _all(run.facts.converts(), for_hours)
    for_weekdays = limits.weekdays(days, settings.enough)
    for_months = limits.months(days, settings.enough)
    months = _given(for_months, rates.conversion, data.by_month(sessions), level)
    return {
        "hours": _given(for_hours, rates.conversion, data.by_hour(regular), level),
        "weekdays": _given(for_weekdays, rates.conversion, data.by_weekday(regular), level),
        "months": _given(for_months, clock.count_days, months, days),
        "night": _given(for_night, rates.conversion, at_night, level),
        "gap": _given(for_night, rates.difference, at_night, level),
    }


@or_cannot
def _routes(events: ir.Table, run: Run[Eda]) -> pd.Series | Cannot:
    need(run.facts.has("cart", "purchase"))
    need(run.facts.times_tell("minute"))
    routes = funnel.routes(events)
    if "view" not in run.facts.event_types:
        routes = funnel.without_views(routes)
    need(limits.purchases(routes.sum(), run.settings.enough))
    return routes


@or_cannot
def _shares(labelled: ir.Table, what: str, run: Run[Eda]) -> catalogue.Shares | Cannot:
    need(run.facts.has("view"))
    known = catalogue.known_share(labelled)
    if not known:
        return Cannot(f"The source has no {what}.")
    return catalogue.Shares(catalogue.shares(labelled), known)


def _prices(events: ir.Table, run: Run[Eda]) -> pd.DataFrame | Cannot:
    if not run.facts.has_price:
        return NO_PRICES
    return ONE_PRICE if run.facts.resolution.prices == 1 else catalogue.prices(events)


@or_cannot
def _pairs(events: ir.Table, run: Run[Eda]) -> pd.DataFrame | Cannot:
    need(run.facts.times_tell("minute"))
    pairs = transitions.pairs(events)
    return NO_PAIRS if pairs.empty else pairs


@or_cannot
def _cohorts(
    events: ir.Table, days: pd.DatetimeIndex, users: int | Cannot, run: Run[Eda]
) -> pd.DataFrame | Cannot:
    first, timezone = run.facts.first, run.facts.timezone
    weeks = cohorts.whole_weeks(days, first, timezone)
    need(limits.cohorts(weeks, run.settings.enough))
    need(users)
    return cohorts.retention(events, first, weeks, timezone)
