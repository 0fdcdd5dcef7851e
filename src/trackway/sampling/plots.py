"""The figures of `01_sampling`."""

import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from trackway.report import figures

BINS_PER_DECADE = 5  # of the pauses
MARKS = {1: "1 s", 60: "1 min", 3600: "1 h", 86_400: "1 day", 604_800: "1 week"}


def plot_over_time(counts: pd.DataFrame, unit: str, timezone: str) -> Figure:
    """Number of events per `unit`, as steps; a unit without an event is drawn as 0."""
    fig, ax = figures.new(height=2.6)
    letter = {"day": "D", "hour": "h", "minute": "min"}[unit]
    whole = counts.set_index("time")["events"].asfreq(letter, fill_value=0)
    ax.fill_between(whole.index, whole, step="post", color=figures.COLORS["view"], linewidth=0)
    ax.set(xlabel=f"time ({timezone})", ylabel=f"events per {unit}", ylim=(0, None))
    ax.set_xlim(whole.index[0], whole.index[-1])
    locator = AutoDateLocator(minticks=3, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    return fig


def plot_pauses(bins: pd.DataFrame, gap: pd.Timedelta) -> Figure:
    """Pauses by length on a log axis, with a line at `gap`."""
    fig, ax = figures.new(height=2.8)
    some = bins[bins["from_s"] > 0]
    width = some["from_s"] * (10 ** (1 / BINS_PER_DECADE) - 1)
    ax.bar(
        some["from_s"],
        some["pauses"],
        width,
        align="edge",
        color=figures.COLORS["view"],
        edgecolor="white",
        linewidth=0.5,
    )
    ax.axvline(gap.total_seconds(), color="black", linewidth=1)
    ax.annotate(
        f"gap {gap / pd.Timedelta('1min'):g} min",
        (gap.total_seconds(), 0.95),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0),
        textcoords="offset points",
        va="top",
    )
    ax.set(xscale="log", xlabel="pause (log scale)", ylabel="number of pauses")
    longest = some["from_s"].max() * 2
    ticks = [second for second in MARKS if second <= longest]
    ax.set_xticks(ticks, [MARKS[second] for second in ticks])
    ax.minorticks_off()
    return fig


def plot_subsamples(table: pd.DataFrame) -> Figure:
    """Each figure on part of the users over that on all, with its interval, one row each."""
    names = list(dict.fromkeys(table["figure"]))
    shares = sorted(table["share"].unique())
    fig, ax = figures.new(height=0.9 + 0.26 * len(names))
    for i, share in enumerate(shares):
        part = table[table["share"] == share]
        place = part["figure"].map(names.index) + 0.22 * (i - (len(shares) - 1) / 2)
        low, high = (part[end] / part["whole"] - 1 for end in ["low", "high"])
        color = figures.SEQUENCE[i % len(figures.SEQUENCE)]
        style = {"fmt": "o", "markersize": 4, "color": color, "label": f"{share:.0%} of the users"}
        figures.error_bars(ax, place, part["off"], low, high, along="x", **style)
    ax.axvline(0, color=figures.COLORS["baseline"], linewidth=1)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    ax.set(xlabel="difference from the figure of all users")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(shares))
    return fig
