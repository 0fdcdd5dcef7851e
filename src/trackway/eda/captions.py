"""What is said of each figure and table: sentences computed from what is shown.

Words are chosen by the data, so that no sentence is untrue on other data.
"""

import pandas as pd

from trackway.eda import concentration, funnel
from trackway.eda.limits import count
from trackway.eda.visits import quantile

MANY_OPEN = 0.05  # share of sessions still open from which conversion is called a lower bound


def still_open(totals: pd.Series) -> str:
    """How far the end of the data cuts sessions short."""
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


def is_censored(totals: pd.Series) -> bool:
    """Whether the end of the data cuts so many sessions that conversion is a lower bound."""
    return bool(totals["still_open"] > MANY_OPEN * totals["sessions"])


def event_mix(table: pd.DataFrame, label: str) -> str:
    """Table 1."""
    parts = ", ".join(f"{row.share:.2%} {name}" for name, row in table.iterrows())
    return (
        f"{count(table['events'].sum(), 'event')} ({label}): {parts}. A session, user or "
        "product counts in each row in which it occurs."
    )


def funnel_figure(table: pd.DataFrame) -> str:
    """Figure 1."""
    buys = {unit: funnel.over(table, unit).set_index("step") for unit in ["session", "user"]}
    any_, ordered = (
        {unit: rows.at["purchase", c] for unit, rows in buys.items()}
        for c in ["any_share", "ordered_share"]
    )
    return (
        f"A purchase is reached by {any_['session']:.2%} of sessions and {any_['user']:.2%} of "
        "users (pale: any event of the step). In order, one product seen, then put into the cart, "
        f"then bought (full): {ordered['session']:.2%} and {ordered['user']:.2%}."
    )


def funnel_table(table: pd.DataFrame, no_months: str | None) -> str:
    """Table 2."""
    periods = no_months or "Months are local; a session belongs to the one in which it starts."
    without = (funnel.over(table, "session").set_index("step")["any"]).to_dict()
    return (
        f"Shares of units that reach each step; {without['cart']:,} sessions reach the cart, "
        f"{without['purchase']:,} the purchase. {periods}"
    )


def routes(counts: pd.Series, totals: pd.Series) -> str:
    """Figure 2."""
    return (
        f"{count(counts.sum(), 'purchase')} by what the same user had done with the same product "
        "before. Buy-now, without a cart event of the product earlier in the session: "
        f"{buy_now(counts):.1%} (dark). {totals['without_cart']:,} of "
        f"{totals['bought_sessions']:,} purchasing sessions have no cart event at all."
    )


def buy_now(counts: pd.Series) -> float:
    """The share of purchases without a cart event of the product earlier in the session."""
    return float(1 - counts["cart here"] / counts.sum())


def calendar(table: pd.DataFrame, what: str, days: int, timezone: str, level: float) -> str:
    """Figures 3 and 4."""
    overall = table["bought"].sum() / table["sessions"].sum()
    inside = int(((table["low"] <= overall) & (overall <= table["high"])).sum())
    return (
        f"Sessions by local {what} of their start ({timezone}), over {days} whole days. Right: "
        f"share with a purchase, {level:.0%} intervals; dashed, all together ({overall:.2%}). It "
        f"lies within {inside} of {len(table)} intervals; were all alike, about "
        f"{level * len(table):.0f} would hold it."
    )


def months(table: pd.DataFrame, timezone: str, level: float) -> str:
    """Table 3."""
    return (
        f"Sessions by local month of their start ({timezone}), and the share with a purchase, with "
        f"{level:.0%} intervals. `whole_days` of the month are covered by the data: where some are "
        "missing, compare shares, not totals."
    )


def night(gap: tuple[float, float, float] | None, hours: list[int], level: float) -> str:
    """Table 4."""
    span = f"Night is {hours[0]:02d}-{hours[1]:02d} local time, by the start of the session."
    if gap is None:
        return f"{span} Only one of the two occurs, so they are not compared."
    value, low, high = (100 * x for x in gap)
    return (
        f"{span} Night less day: {value:+.2f} percentage points, {level:.0%} interval {low:+.2f} "
        f"to {high:+.2f}. {night_verdict(gap)}"
    )


def night_verdict(gap: tuple[float, float, float]) -> str:
    """The comparison in words."""
    _, low, high = gap
    if low > 0:
        return "Sessions that start at night end in a purchase more often than those by day."
    if high < 0:
        return "Sessions that start at night end in a purchase less often than those by day."
    return "Conversion at night and by day cannot be told apart."


def durations(bands: pd.DataFrame, shares: pd.DataFrame, totals: pd.Series, level: float) -> str:
    """Figure 5."""
    over = totals["sessions"] - totals["still_open"]
    first, last = (bands["conversion"].iloc[place] for place in [0, -1])
    return (
        f"{over:,} sessions that were over when the data end. Left: share with a purchase by "
        f"duration, {level:.0%} intervals, from {first:.1%} in the shortest band to {last:.1%} in "
        "the longest; dashed, all together. Right: how long sessions last; dashed, only what came "
        "before the first purchase."
    )


def how_often(per_session: pd.Series, orders: pd.Series) -> str:
    """Figure 6."""
    buyers = orders[orders.index > 0]
    again = (
        f"{buyers[buyers.index > 1].sum() / buyers.sum():.1%} of {count(buyers.sum(), 'buyer')} "
        "have more than one order (a session with a purchase)."
        if len(buyers)
        else "Nobody bought."
    )
    return (
        f"The median session has {count(quantile(per_session, 0.5), 'event')} (dotted), 99 in 100 "
        f"at most {quantile(per_session, 0.99)}, the longest {per_session.index.max():,}. {again}"
    )


def lorenz(measured: dict[str, pd.Series]) -> str:
    """Figure 7."""
    users = measured["users by events"]
    return (
        "Lorenz curves; the further below the diagonal, the more uneven. The most active fifth of "
        f"users makes {concentration.top_share(users, 0.2):.1%} of all events. Thin dashed lines: "
        "what chance alone would give, had all the same mean."
    )


def concentration_table() -> str:
    """Table 5."""
    return (
        "What the top units hold of all events, and Gini's coefficient: 0 where all are alike, "
        "towards 1 where one has all. `gini_by_chance`: had all the same mean."
    )


def shares(table: pd.DataFrame, known: float, what: str, top: int, why_not: str | None) -> str:
    """Figures 8 and 9."""
    shown = table.head(top)
    of_all = f"{shown['of_purchases'].sum():.1%} of {table['purchases'].sum():,} purchases"
    bought = "" if why_not else f" and {of_all}"
    left_out = (
        f" Left out are the {1 - known:.1%} of events whose {what} are not known."
        if known < 1
        else ""
    )
    no_purchases = f" Shares of purchases are not shown. {why_not}" if why_not else ""
    return (
        f"The {len(shown)} most viewed of {len(table):,} {what}: together "
        f"{shown['of_views'].sum():.1%} of views{bought}.{left_out}{no_purchases}"
    )


def prices(table: pd.DataFrame) -> str:
    """Figure 10."""
    medians = ", ".join(f"{name} {row['median']:,.2f}" for name, row in table.iterrows())
    return (
        "Prices by event type, each event counted once: median (dot), middle half (thick), nine "
        f"tenths (thin). Medians: {medians}. {count(table['zero'].sum(), 'event')} with a price of "
        "zero left out."
    )


def transitions(pairs: pd.DataFrame) -> str:
    """Figure 11."""
    number, instant = pairs["pairs"].sum(), pairs["same_instant"].sum()
    return (
        f"{count(number, 'pair')} of neighbouring events of a session: what comes next, as a share "
        "of the row; in brackets, how many of the row are followed by another event. "
        f"{instant:,} of these pairs lie within one instant: their order is the declared one."
    )


def cohorts(table: pd.DataFrame, weeks: int) -> str:
    """Figure 12."""
    return (
        f"{table.loc[table['later'] == 0, 'users'].sum():,} users by the week in which these data "
        f"first see them ({weeks} whole weeks), and the share seen again later. "
        f"{next_week(table):.1%} come back in the week after, all cohorts together."
    )


def next_week(table: pd.DataFrame) -> float:
    """The share of users seen again in the week after their first, over cohorts that have one."""
    again = table[table["later"] == 1]
    sizes = table[(table["later"] == 0) & table["cohort"].isin(again["cohort"])]
    return float(again["users"].sum() / sizes["users"].sum())
