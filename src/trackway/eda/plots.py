"""The figures of 02_eda. Each takes the small table it shows and returns the figure."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from trackway.eda import concentration
from trackway.eda.clock import WEEKDAYS, is_night
from trackway.eda.data import BANDS
from trackway.eda.funnel import ROUTES
from trackway.eda.visits import quantile
from trackway.report import figures

COLORS = figures.COLORS
LONGEST = 36  # characters of a label
PERCENT = FuncFormatter(lambda share, _: f"{100 * share:.4g}%")
MONEY = FuncFormatter(lambda price, _: f"{price:,g}")
LUMPED = 20  # events per session from which bars are put together; orders: a quarter


def plot_funnel(per_session: pd.DataFrame, per_user: pd.DataFrame, in_order: bool = True) -> Figure:
    """Share of sessions, and of users, that reach each step: any (pale) and ordered (full).

    Parameters
    ----------
    per_session, per_user : DataFrames, indexed by the steps of a funnel
        units : int; any_share, ordered_share : float, of the units
    in_order : whether the order of the steps is known, and shown
    """
    fig, axes = figures.new(height=2.6, ncols=2, sharey=True)
    for ax, table, unit in zip(axes, [per_session, per_user], ["sessions", "users"], strict=True):
        steps, colors = list(table.index), [COLORS[step] for step in table.index]
        ax.barh(steps, table["any_share"], height=0.72, color=colors, alpha=0.35)
        if in_order:
            ax.barh(steps, table["ordered_share"], height=0.36, color=colors)
        for place, row in enumerate(table.itertuples()):
            text = f"{row.any_share:.1%}"
            if in_order and f"{row.ordered_share:.1%}" != text:
                text += f"\nin order {row.ordered_share:.1%}"
            ax.text(row.any_share + 0.02, place, text, va="center", fontsize="small")
        ax.set(xlim=(0, 1.32), xlabel=f"share of {unit}", xticks=[0, 0.25, 0.5, 0.75, 1])
        ax.set_title(f"{table['units'].iloc[0]:,} {unit}")
        ax.xaxis.set_major_formatter(PERCENT)
        ax.grid(axis="y", visible=False)
    axes[0].invert_yaxis()
    return fig


def plot_routes(counts: pd.Series) -> Figure:
    """Purchases by what came before them; buy-now is everything but the first bar.

    Parameters
    ----------
    counts : Series, purchases by the names of `funnel.ROUTES`

    Examples
    --------
    >>> ways = pd.Series({"cart here": 40, "cart earlier": 10, "view only": 45, "neither": 5})
    >>> [len(ax.patches) for ax in plot_routes(ways).axes]
    [4]
    """
    fig, ax = figures.new(height=2.2)
    colors, share = [COLORS["cart"], *[COLORS["purchase"]] * 3], counts / counts.sum()
    ax.barh([ROUTES[name] for name in counts.index], share, color=colors, height=0.66)
    for place, (number, part) in enumerate(zip(counts, share, strict=True)):
        ax.text(part + 0.008, place, f"{part:.1%}  ({number:,})", va="center")
    ax.set(xlabel="share of purchases", xlim=(0, min(1.0, share.max()) * 1.25))
    ax.xaxis.set_major_formatter(PERCENT)
    ax.grid(axis="y", visible=False)
    ax.invert_yaxis()
    return fig


def plot_hours(table: pd.DataFrame, days: int, night: list[int], converts: bool = True) -> Figure:
    """Sessions a day, and conversion with its interval, by local hour; nights are shaded.

    Parameters
    ----------
    table : DataFrame, indexed by hour, 0 to 23, as `rates.conversion` gives it
    days : whole days covered
    night : the first hour of the night, and the first after it
    converts : whether conversion is told
    """
    label = "local hour of the start"
    fig, axes = _calendar(table.reindex(range(24)), np.full(24, days), label, converts)
    for ax in axes:
        ax.set(xticks=range(0, 24, 3), xlim=(-0.7, 23.7))
        for hour in range(24):
            if is_night(hour, night):
                ax.axvspan(hour - 0.5, hour + 0.5, color="#e9edf1", zorder=0, linewidth=0)
    return fig


def plot_weekdays(table: pd.DataFrame, days: pd.DatetimeIndex, converts: bool = True) -> Figure:
    """Sessions a day, and conversion with its interval, by local weekday.

    Parameters
    ----------
    table : DataFrame, indexed by weekday, 0 is Monday, as `rates.conversion` gives it
    days : the whole days covered
    converts : whether conversion is told
    """
    times = np.bincount(days.day_of_week, minlength=7)
    fig, axes = _calendar(table.reindex(range(7)), times, "local weekday of the start", converts)
    for ax in axes:
        ax.set_xticks(range(7), WEEKDAYS)
    return fig


def plot_durations(bands: pd.DataFrame, shares: pd.DataFrame) -> Figure:
    """Conversion by band of duration; and how long sessions last, with and without a purchase.

    Parameters
    ----------
    bands : DataFrame, indexed by the place in `data.BANDS`, as `rates.conversion` gives it
    shares : DataFrame, indexed by seconds, as `visits.durations` gives it
    """
    fig, (left, right) = figures.new(ncols=2)
    _intervals(left, bands.reindex(range(len(BANDS))))
    left.set_xticks(range(len(BANDS)), BANDS, rotation=35, ha="right")
    left.set(ylabel="sessions with a purchase", xlabel="duration of the session")
    styles = {
        "no purchase": ("no purchase", COLORS["view"], "-"),
        "whole session": ("purchase: whole session", COLORS["purchase"], "-"),
        "to first purchase": ("purchase: up to it", COLORS["purchase"], "--"),
    }
    for column, (label, color, style) in styles.items():
        right.step(shares.index, shares[column], style, color=color, label=label)
    right.set(xscale="log", xlabel="at most so long (log axis)", ylabel="share of sessions")
    right.set_xticks([1, 10, 60, 600, 3600], ["1 s", "10 s", "1 min", "10 min", "1 h"])
    right.set_xticks([], minor=True)
    right.set_ylim(0, 1)
    right.yaxis.set_major_formatter(PERCENT)
    right.legend(loc="lower right", bbox_to_anchor=(1, 1), fontsize="small")
    return fig


def plot_how_often(per_session: pd.Series, orders: pd.Series) -> Figure:
    """Events per session, and orders per buyer; the right-most bars hold all that is above.

    Parameters
    ----------
    per_session : Series, sessions by their number of events
    orders : Series, users by their number of orders
    """
    fig, (left, right) = figures.new(ncols=2, height=2.8)
    _counts(left, per_session, LUMPED, COLORS["view"])
    left.axvline(quantile(per_session, 0.5), color="#444444", linewidth=1, linestyle=":")
    left.set(xlabel="events in the session", ylabel="share of sessions")
    buyers = orders[orders.index > 0]
    if len(buyers):
        _counts(right, buyers, LUMPED // 4, COLORS["purchase"])
    else:
        right.text(0.5, 0.5, "no user bought", ha="center", transform=right.transAxes)
    right.set(xlabel="orders of the user", ylabel="share of buyers")
    return fig


def plot_lorenz(measured: dict[str, pd.Series]) -> Figure:
    """Lorenz curves of users and products; dashed, what chance alone would give.

    Parameters
    ----------
    measured : counts of counts by name, as `concentration.measure` gives them
    """
    fig, axes = figures.new(ncols=2, height=3.4, sharey=True)
    panels = {
        "users": ["users by events", "buyers by purchases"],
        "products": ["products by views", "products by purchases"],
    }
    for ax, (panel, names) in zip(axes, panels.items(), strict=True):
        ax.plot([0, 1], [0, 1], color="#444444", linewidth=0.8)
        colors = {name: COLORS[of] for name, of in zip(names, ["view", "purchase"], strict=True)}
        there = [name for name in names if name in measured]
        for name in there:
            _lorenz_pair(ax, measured[name], name, colors[name])
        ax.set(xlabel=f"share of {panel}, the least first", xlim=(0, 1), ylim=(0, 1))
        ax.xaxis.set_major_formatter(PERCENT)
        if there:
            ax.legend(loc="upper left", fontsize="small")
        else:
            ax.text(0.5, 0.6, "no view and no purchase", ha="center", transform=ax.transAxes)
    axes[0].set_ylabel("share of what they do or draw")
    axes[0].yaxis.set_major_formatter(PERCENT)
    return fig


def plot_shares(table: pd.DataFrame, top: int, with_purchases: bool) -> Figure:
    """Share of views, and of purchases, of the `top` most viewed labels.

    Parameters
    ----------
    table : DataFrame, indexed by label, most viewed first
        of_views, of_purchases : float
    """
    shown = table.head(top).iloc[::-1]
    fig, ax = figures.new(height=0.9 + 0.24 * len(shown))
    places, above = np.arange(len(shown)), {"clip_on": False, "zorder": 3}
    views, purchases = shown["of_views"], shown["of_purchases"]
    if with_purchases:
        ax.hlines(places, views, purchases, color="#c9c9c9", linewidth=2)
        ax.plot(purchases, places, "D", color=COLORS["purchase"], label="of purchases", **above)
    ax.plot(views, places, "o", color=COLORS["view"], label="of views", markersize=7, **above)
    ax.set_yticks(places, [_label(name) for name in shown.index])
    ax.set(xlabel="share", xlim=(0, None), ylim=(-0.6, len(shown) - 0.4))
    ax.xaxis.set_major_formatter(PERCENT)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)  # inside it would look like points
    return fig


def plot_prices(table: pd.DataFrame) -> Figure:
    """Prices by event type: median, the middle half (thick) and nine tenths (thin), log axis.

    Parameters
    ----------
    table : DataFrame, indexed by event type
        p5, p25, median, p75, p95 : float, shop currency
    """
    fig, ax = figures.new(height=0.9 + 0.4 * len(table))
    for place, (name, row) in enumerate(table.iterrows()):
        color = COLORS[name]
        ax.hlines(place, row["p5"], row["p95"], color=color, linewidth=2)
        ax.hlines(place, row["p25"], row["p75"], color=color, linewidth=9)
        ax.plot(row["median"], place, "o", color="white", markeredgecolor="#333333", zorder=3)
        text = {"ha": "center", "textcoords": "offset points", "fontsize": "small"}
        ax.annotate(f"{row['median']:,.2f}", (row["median"], place), (0, 9), **text)
    ax.set_yticks(range(len(table)), table.index)
    ax.set(xscale="log", xlabel="price (shop currency, log axis)", ylim=(len(table) - 0.4, -0.7))
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(MONEY)
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.grid(axis="y", visible=False)
    return fig


def plot_transitions(matrix: pd.DataFrame, pairs: pd.Series) -> Figure:
    """Share of each next event type after each type; a row adds up to 100 %.

    Parameters
    ----------
    matrix : DataFrame, a row and a column per event type
    pairs : Series, how many of each type are followed by another event
    """
    fig, ax = figures.new(width=5.4, height=1.4 + 0.42 * len(matrix))
    rows = [f"{name} ({pairs[name]:,})" for name in matrix.index]
    _heat(ax, matrix, rows, list(matrix.columns))
    ax.set(xlabel="next event", ylabel="event now")
    return fig


def plot_cohorts(shares: pd.DataFrame) -> Figure:
    """Share of each weekly cohort seen again, by weeks since it was first seen.

    Parameters
    ----------
    shares : DataFrame, a row per cohort, a column per week since; null beyond the data
    """
    fig, ax = figures.new(height=1.3 + 0.3 * len(shares))
    _heat(ax, shares, list(shares.index), [str(week) for week in shares.columns])
    ax.set(xlabel="weeks after the first", ylabel="first seen in the week of (users)")
    return fig


def _calendar(
    table: pd.DataFrame, times: np.ndarray, xlabel: str, converts: bool
) -> tuple[Figure, np.ndarray]:
    fig, axes = figures.new(ncols=1 + converts, height=2.8)
    left, *right = axes = np.atleast_1d(axes)
    left.bar(table.index, table["sessions"].fillna(0) / times, color=COLORS["view"], width=0.8)
    left.set(xlabel=xlabel, ylabel="sessions a day")
    for ax in right:
        _intervals(ax, table)
        ax.set(xlabel=xlabel, ylabel="sessions with a purchase")
    return fig, axes


def _intervals(ax: Axes, table: pd.DataFrame) -> None:
    ends = (table[name] for name in ["conversion", "low", "high"])
    style = {"fmt": "o", "markersize": 4, "color": COLORS["purchase"], "elinewidth": 1.2}
    figures.error_bars(ax, table.index, *ends, **style)
    overall = table["bought"].sum() / table["sessions"].sum()
    ax.axhline(overall, color=COLORS["baseline"], linewidth=1, linestyle="--")
    ax.set_ylim(0, None)
    ax.yaxis.set_major_formatter(PERCENT)


def _counts(ax: Axes, counts: pd.Series, most: int, color: str) -> None:
    lumped = counts.groupby(counts.index.to_numpy().clip(max=most)).sum()
    ax.bar(lumped.index, lumped / lumped.sum(), color=color, width=0.8)
    above = counts.index.max() > most
    ticks = [1, *range(5, most + 1, 5)] if most > 5 else range(1, most + 1)
    ax.set_xticks(ticks, [f"{t}+" if above and t == most else str(t) for t in ticks])
    ax.set_xlim(0.3, most + 0.7)
    ax.yaxis.set_major_formatter(PERCENT)
    ax.grid(axis="x", visible=False)


def _lorenz_pair(ax: Axes, counts: pd.Series, name: str, color: str) -> None:
    seen = concentration.lorenz(counts)
    expected = concentration.lorenz(concentration.chance(counts))
    ax.plot(seen["of_units"], seen["of_events"], color=color, linewidth=2, label=name)
    ax.plot(expected["of_units"], expected["of_events"], "--", color=color, linewidth=1)


def _heat(ax: Axes, shares: pd.DataFrame, rows: list[str], columns: list[str]) -> None:
    values = shares.to_numpy(float)
    top = np.nanmax(values)
    ax.pcolormesh(values, cmap="GnBu", vmin=0, vmax=top * 1.15, edgecolor="white", linewidth=1.5)
    for (row, column), value in np.ndenumerate(values):
        if not np.isnan(value):
            text = f"{value:.1%}" if value < 0.1 else f"{value:.0%}"
            color = "white" if value > 0.7 * top else "#222222"
            ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=color)
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns)
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows)
    ax.tick_params(length=0)
    ax.invert_yaxis()
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def _label(text: str) -> str:
    """Data as a label: `$` starts no formula, long names lose their front, the general part."""
    text = figures.label(text)
    return (text if len(text) <= LONGEST else "…" + text[-LONGEST + 1 :]).replace("$", r"\$")
