"""What 02 shows: each figure and table, with sentences computed from what is shown.

Words are chosen by the data, so that no sentence is untrue on other data.
"""

import pandas as pd

from trackway.core.cannot import Cannot, need
from trackway.eda import catalogue, funnel, plots
from trackway.eda.cohorts import next_week, wide
from trackway.eda.concentration import top_share
from trackway.eda.findings import night_verdict
from trackway.eda.study import Study
from trackway.eda.transitions import matrix
from trackway.eda.visits import is_censored, quantile
from trackway.report import Page, exhibits
from trackway.report.exhibits import Figure, Table
from trackway.report.phrases import count


def still_open(study: Study) -> str:
    """How far the end of the data cuts sessions short."""
    totals = study.totals
    share = totals["still_open"] / totals["sessions"]
    verdict = (
        "what we say of whole sessions is what they had come to by then, and conversion a lower "
        "bound of what it came to."
        if is_censored(totals)
        else "too few to matter for the shares below."
    )
    return (
        f"{totals['still_open']:,} of {totals['sessions']:,} sessions ({share:.1%}) may still go "
        f"on when the data end: {verdict}"
    )


@exhibits.table("event_mix")
def event_mix(study: Study) -> Table:
    """Events by type."""
    mix = study.mix
    parts = ", ".join(f"{row.share:.2%} {name}" for name, row in mix.iterrows())
    caption = (
        f"{count(mix['events'].sum(), 'event')} ({study.run.facts.label}): {parts}. A session, "
        "user or product counts in each row in which it occurs."
    )
    return Table(mix, caption, digits=4)


@exhibits.figure("funnel")
def funnel_figure(study: Study) -> Figure:
    """How many sessions and users reach each step."""
    session, user = (funnel.whole(need(study.funnel), unit) for unit in ["session", "user"])
    any_, ordered = (
        [rows.at["purchase", share] for rows in [session, user]]
        for share in ["any_share", "ordered_share"]
    )
    caption = f"A purchase is reached by {any_[0]:.2%} of sessions and {any_[1]:.2%} of users"
    if isinstance(study.in_order, Cannot):
        caption += (
            f" (any event of the step). The order of steps is not told. {study.in_order.reason}"
        )
    else:
        caption += (
            f" (pale: any event of the step). In order, {funnel.in_words(session.index)} (full): "
            f"{ordered[0]:.2%} and {ordered[1]:.2%}."
        )
    alt = f"Bars: share of sessions, and of users, that reach {', '.join(session.index)}."
    drawing = plots.plot_funnel(session, user, not isinstance(study.in_order, Cannot))
    return Figure(drawing, caption, alt)


@exhibits.table("funnel")
def funnel_table(study: Study) -> Table:
    """The same over the whole data and, where they can be compared, by month."""
    steps = need(study.funnel)
    periods = "Months are local; a session belongs to the one in which it starts."
    if isinstance(study.months, Cannot):
        steps, periods = steps[steps["period"] == funnel.WHOLE], study.months.reason
    reached = funnel.whole(study.funnel, "session")["any"]
    sessions = ", ".join(f"{n:,} the {step}" for step, n in reached.items())
    caption = f"Shares of units that reach each step; of sessions, {sessions}. {periods}"
    table = funnel.wide(steps)
    if isinstance(study.in_order, Cannot):
        table = table.drop(columns=[name for name in table if name.endswith("_in_order")])
        caption += f" In which order is not told. {study.in_order.reason}"
    return Table(table, caption, digits=4)


@exhibits.figure("routes")
def routes(study: Study) -> Figure:
    """By which way a purchase is reached."""
    ways, totals = need(study.routes), study.totals
    caption = (
        f"{count(ways.sum(), 'purchase')} by what the same user had done with the same product "
        "before. Buy-now, without a cart event of the product earlier in the session: "
        f"{funnel.buy_now(ways):.1%} (dark). {totals['without_cart']:,} of "
        f"{totals['bought_sessions']:,} purchasing sessions have no cart event at all."
    )
    return Figure(
        plots.plot_routes(ways), caption, "Bars: share of purchases by what came before them."
    )


@exhibits.figure("hours")
def hours(study: Study) -> Figure:
    """Sessions and conversion by local hour."""
    table = need(study.hours)
    settings, converts = study.run.settings, not isinstance(study.conversion, Cannot)
    drawing = plots.plot_hours(table, len(study.days), settings.night, converts)
    return Figure(drawing, _calendar(study, table, "hour"), _calendar_alt("hour", converts))


@exhibits.figure("weekdays")
def weekdays(study: Study) -> Figure:
    """Sessions and conversion by local weekday."""
    table = need(study.weekdays)
    converts = not isinstance(study.conversion, Cannot)
    drawing = plots.plot_weekdays(table, study.days, converts)
    return Figure(drawing, _calendar(study, table, "weekday"), _calendar_alt("weekday", converts))


def _calendar(study: Study, table: pd.DataFrame, what: str) -> str:
    level = study.run.settings.level
    counted = (
        f"Sessions by local {what} of their start ({study.run.facts.timezone}), over "
        f"{len(study.days)} whole days."
    )
    if isinstance(study.conversion, Cannot):
        return f"{counted} How many end in a purchase is not told. {study.conversion.reason}"
    overall = table["bought"].sum() / table["sessions"].sum()
    inside = int(((table["low"] <= overall) & (overall <= table["high"])).sum())
    return (
        f"{counted} Right: share with a purchase, {level:.0%} intervals; dashed, all together "
        f"({overall:.2%}). It lies within {inside} of {len(table)} intervals; were all alike, "
        f"about {level * len(table):.0f} would hold it."
    )


def _calendar_alt(what: str, converts: bool) -> str:
    alt = f"Bars: sessions by {what}."
    return f"{alt} Points with intervals: conversion by {what}." if converts else alt


@exhibits.table("months")
def months(study: Study) -> Table:
    """Sessions and conversion by local month."""
    table = need(study.months)
    if isinstance(study.conversion, Cannot):
        caption = (
            f"Sessions by local month of their start ({study.run.facts.timezone}). `whole_days` of "
            f"the month are covered by the data. {study.conversion.reason}"
        )
        return Table(table[["whole_days", "users", "sessions"]], caption)
    caption = (
        f"Sessions by local month of their start ({study.run.facts.timezone}), and the share with "
        f"a purchase, with {study.run.settings.level:.0%} intervals. `whole_days` of the month are "
        "covered by the data: where some are missing, compare shares, not totals."
    )
    return Table(table, caption, digits=4)


@exhibits.table("night")
def night(study: Study) -> Table:
    """Conversion at night and by day."""
    start, end = study.run.settings.night
    span = f"Night is {start:02d}-{end:02d} local time, by the start of the session."
    table = need(study.night).rename(index={True: "night", False: "day"})
    if isinstance(study.gap, Cannot):
        return Table(table, f"{span} {study.gap.reason}", digits=4)
    value, low, high = (100 * x for x in study.gap)
    caption = (
        f"{span} Night less day: {value:+.2f} percentage points, "
        f"{study.run.settings.level:.0%} interval {low:+.2f} to {high:+.2f}. "
        f"{night_verdict(study.gap)}"
    )
    return Table(table, caption, digits=4)


@exhibits.figure("durations")
def durations(study: Study) -> Figure:
    """Conversion by duration, and how long sessions last."""
    bands, shares, totals = need(study.bands), need(study.durations), study.totals
    first, last = (bands["conversion"].iloc[place] for place in [0, -1])
    caption = (
        f"{totals['sessions'] - totals['still_open']:,} sessions that were over when the data end. "
        f"Left: share with a purchase by duration, {study.run.settings.level:.0%} intervals, from "
        f"{first:.1%} in the shortest band to {last:.1%} in the longest; dashed, all together. "
        "Right: how long sessions last; dashed, only what came before the first purchase."
    )
    alt = "Points: conversion by duration. Curves: durations with and without a purchase."
    return Figure(plots.plot_durations(bands, shares), caption, alt)


@exhibits.figure("how_often")
def how_often(study: Study) -> Figure:
    """Events per session, and orders per buyer."""
    per_session, orders = study.events_per_session, study.orders_per_user
    buyers = orders[orders.index > 0]
    again = (
        f"{buyers[buyers.index > 1].sum() / buyers.sum():.1%} of {count(buyers.sum(), 'buyer')} "
        "have more than one order (a session with a purchase)."
        if len(buyers)
        else _nobody(study)
    )
    caption = (
        f"The median session has {count(quantile(per_session, 0.5), 'event')} (dotted), 99 in 100 "
        f"at most {quantile(per_session, 0.99)}, the longest {per_session.index.max():,}. {again}"
    )
    alt = "Bars: events per session, and orders per buyer."
    return Figure(plots.plot_how_often(per_session, orders), caption, alt)


def _nobody(study: Study) -> str:
    recorded = study.run.facts.has("purchase")
    return recorded.reason if isinstance(recorded, Cannot) else "Nobody bought."


@exhibits.figure("lorenz")
def lorenz(study: Study) -> Figure:
    """How much hangs on few users and few products."""
    counts = need(study.counts)
    caption = (
        "Lorenz curves; the further below the diagonal, the more uneven. The most active fifth of "
        f"users makes {top_share(counts['users by events'], 0.2):.1%} of all events. Thin dashed "
        "lines: what chance alone would give, had all the same mean."
    )
    alt = "Lorenz curves of users and of products, each beside the curve by chance alone."
    return Figure(plots.plot_lorenz(counts), caption, alt)


@exhibits.table("concentration")
def concentration(study: Study) -> Table:
    """The same in numbers."""
    caption = (
        "What the top units hold of all events, and Gini's coefficient: 0 where all are alike, "
        "towards 1 where one has all. `gini_by_chance`: had all the same mean."
    )
    return Table(need(study.concentration), caption)


@exhibits.figure("categories")
def categories(study: Study) -> Figure:
    """What the most viewed categories have of views and purchases."""
    return _shares(study, need(study.categories), "categories")


@exhibits.figure("brands")
def brands(study: Study) -> Figure:
    """What the most viewed brands have of views and purchases."""
    return _shares(study, need(study.brands), "brands")


def _shares(study: Study, shares: catalogue.Shares, what: str) -> Figure:
    table, top, few = shares.table, study.run.settings.top, study.bought_sessions
    shown = table.head(top)
    bought = f" and {shown['of_purchases'].sum():.1%} of {table['purchases'].sum():,} purchases"
    no_purchases, left_out = "", ""
    if isinstance(few, Cannot):
        bought, no_purchases = "", f" Shares of purchases are not shown. {few.reason}"
    if shares.known < 1:
        left_out = f" Left out are the {1 - shares.known:.1%} of events whose {what} are not known."
    caption = (
        f"The {len(shown)} most viewed of {len(table):,} {what}: together "
        f"{shown['of_views'].sum():.1%} of views{bought}.{left_out}{no_purchases}"
    )
    drawing = plots.plot_shares(table, top, not isinstance(few, Cannot))
    alt = "Dots: shares of views." if no_purchases else "Dots: shares of views and purchases."
    return Figure(drawing, caption, alt)


@exhibits.figure("prices")
def prices(study: Study) -> Figure:
    """Prices of what is viewed, put into carts and bought."""
    table = need(study.prices)
    medians = ", ".join(f"{name} {row['median']:,.2f}" for name, row in table.iterrows())
    caption = (
        "Prices by event type, each event counted once: median (dot), middle half (thick), nine "
        f"tenths (thin). Medians: {medians}. {count(table['zero'].sum(), 'event')} with a price of "
        "zero left out."
    )
    alt = "For each event type: median, middle half and nine tenths of prices, log axis."
    return Figure(plots.plot_prices(table), caption, alt)


def returns(page: Page, study: Study) -> None:
    """What comes back, where the log tells of anything that does."""
    if not isinstance(study.returns, Cannot):
        returned(page, study)


@exhibits.table("returns")
def returned(study: Study) -> Table:
    """The products of which most came back."""
    table = need(study.returns)
    return Table(
        table,
        digits={"share": 3, "money": 2},
        caption=f"The {len(table)} products of which most pieces came back: pieces bought and "
        "returned, the share, and the money taken off (shop currency). What came back may have "
        "been bought before these data begin.",
    )


@exhibits.figure("transitions")
def transitions(study: Study) -> Figure:
    """What follows what within a session."""
    pairs = need(study.pairs)
    caption = (
        f"{count(pairs['pairs'].sum(), 'pair')} of neighbouring events of a session: what comes "
        "next, as a share of the row; in brackets, how many of the row are followed by another "
        f"event. {pairs['same_instant'].sum():,} of these pairs lie within one instant: their "
        "order is the declared one."
    )
    drawing = plots.plot_transitions(matrix(pairs), pairs.groupby("now")["pairs"].sum())
    return Figure(drawing, caption, "Grid: share of each next event type after each type.")


@exhibits.figure("cohorts")
def cohorts(study: Study) -> Figure:
    """Who comes back, by the week they were first seen."""
    table = need(study.cohorts)
    weeks = (table["cohort"] + table["later"]).max() + 1
    caption = (
        f"{table.loc[table['later'] == 0, 'users'].sum():,} users by the week in which these data "
        f"first see them ({weeks} whole weeks), and the share seen again later. "
        f"{next_week(table):.1%} come back in the week after, all cohorts together."
    )
    alt = "Grid: share of each weekly cohort seen again, by weeks since."
    return Figure(plots.plot_cohorts(wide(table)), caption, alt)
