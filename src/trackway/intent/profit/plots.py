"""Profit, gain and lift, drawn."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from trackway.intent.profit.evaluate import PER
from trackway.report import figures

DEEPEST = 1.5  # a loss deeper than so many times the best profit is not drawn


def plot_gains(gains: pd.DataFrame, many: str = "sessions") -> Figure:
    """Left the share of buyers found, right how often more than by lot.

    Parameters
    ----------
    gains : share, value, low, high, lift, lift_low, lift_high; see `evaluate.gains`
    many : what was put in order
    """
    fig, (gain, lift) = figures.new(ncols=2)
    style = {"color": figures.COLORS["model"], "marker": "o", "markersize": 3}
    lifted = _columns(gains, "share", "lift", "lift_low", "lift_high")
    start = pd.DataFrame({"share": [0.0], "value": 0.0, "low": 0.0, "high": 0.0})
    whole = pd.concat([start, gains], ignore_index=True)
    figures.line_with_band(gain, *_columns(whole, "share", "value", "low", "high"), **style)
    gain.plot([0, 1], [0, 1], color=figures.COLORS["null"], linewidth=1)
    gain.set(ylabel="share of all buyers among them", title="gain")
    figures.line_with_band(lift, *lifted, **style)
    lift.axhline(1, color=figures.COLORS["null"], linewidth=1)
    lift.set(ylabel="times as many as by lot", title="lift", ylim=(0, None))
    for ax in (gain, lift):
        ax.set(xlabel=f"share of {many}, likeliest first", xlim=(0, 1.02))
    return fig


def plot_profit(curves: pd.DataFrame, ways: pd.DataFrame, many: str = "sessions") -> Figure:
    """One panel per action: profit against the threshold.

    Parameters
    ----------
    curves : action, threshold, value, low, high; see `evaluate.by_threshold`
    ways : the same with who, of which "chosen" and "break-even" are marked; see `evaluate.compare`
    many : of what `PER` are scored
    """
    names = list(curves["action"].unique())
    fig, axes = figures.new(ncols=len(names), squeeze=False)
    for ax, name in zip(axes[0], names, strict=True):
        _draw_curve(ax, curves[curves["action"] == name])
        mine = ways[ways["action"] == name].set_index("who")
        chosen, even = mine.loc["chosen"], mine.loc["break-even", "threshold"]
        if np.isfinite(chosen["threshold"]):
            ax.plot(chosen["threshold"], chosen["value"], "o", color=figures.COLORS["highlight"])
        if np.isfinite(even):
            ax.axvline(even, color=figures.COLORS["baseline"], linewidth=1, linestyle="--")
        ax.set(title=name, xlabel="acted on from this probability on (log)", xscale="log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter(NullFormatter())
    axes[0, 0].set_ylabel(f"profit per {PER:,} {many}\n(shop currency)")
    return fig


def _draw_curve(ax: Axes, curve: pd.DataFrame) -> None:
    curve = curve[curve["threshold"] > 0]
    band = _columns(curve, "threshold", "value", "low", "high")
    figures.line_with_band(ax, *band, color=figures.COLORS["model"])
    ax.axhline(0, color=figures.COLORS["null"], linewidth=1)
    top = max(curve["high"].max(), 0.0)
    if top > 0:
        ax.set_ylim(max(curve["low"].min(), -DEEPEST * top), 1.1 * top)


def plot_uplifts(by_uplift: pd.DataFrame, assumed: float) -> Figure:
    """Profit against the assumed uplift, one line per action.

    Parameters
    ----------
    by_uplift : action, uplift, value, low, high; see `evaluate.by_uplift`
    assumed : the uplift that is assumed elsewhere
    """
    fig, ax = figures.new(height=2.8)
    marks = zip(by_uplift.groupby("action", sort=False), figures.SEQUENCE, "os^Dv", strict=False)
    for (name, mine), colour, mark in marks:
        bars = _columns(mine, "uplift", "value", "low", "high")
        figures.error_bars(ax, *bars, color=colour, marker=mark, label=name)
    ax.axvline(assumed, color=figures.COLORS["null"], linewidth=1)
    ax.axhline(0, color=figures.COLORS["null"], linewidth=1)
    ax.set(
        xlabel="assumed uplift (purchases added per purchase seen)",
        ylabel=f"profit per {PER:,} sessions\n(shop currency)",
    )
    ax.legend(loc="upper left")
    return fig


def _columns(table: pd.DataFrame, *names: str) -> list[pd.Series]:
    return [table[name] for name in names]
