"""Importance and partial dependence, drawn."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from trackway.report import figures


def plot_importance(importance: pd.DataFrame) -> Figure:
    """ROC AUC lost by shuffling each feature, with intervals, the largest loss on top.

    Parameters
    ----------
    importance : DataFrame, indexed by feature, in order of the loss
        value, low, high : float
    """
    fig, ax = figures.new(height=0.7 + 0.2 * len(importance))
    places = np.arange(len(importance))
    bars = importance["value"], importance["low"], importance["high"]
    figures.dots(ax, *bars, places, color=figures.COLORS["model"])
    ax.axvline(0, color=figures.COLORS["null"], linewidth=1)
    ax.set_yticks(places, importance.index)
    ax.set(xlabel="ROC AUC lost when the feature is shuffled", ylim=(len(importance) - 0.5, -0.5))
    return fig


def plot_dependence(dependence: pd.DataFrame, bought: float) -> Figure:
    """Mean probability against the value of a feature, one panel each, all on one scale.

    Parameters
    ----------
    dependence : feature, at, value, low, high; see `dependence.dependence`
    bought : share that bought, drawn as a line
    """
    names = list(dependence["feature"].unique())
    fig, axes = figures.new(height=2.6, ncols=len(names), sharey=True, squeeze=False)
    style = {"color": figures.COLORS["model"], "marker": "o", "markersize": 3}
    for ax, name in zip(axes[0], names, strict=True):
        mine = dependence[dependence["feature"] == name]
        band = (mine[column] for column in ("at", "value", "low", "high"))
        figures.line_with_band(ax, *band, **style)
        ax.axhline(bought, color=figures.COLORS["null"], linewidth=1)
        ax.set(xlabel=name)
        whole = bool((mine["at"] % 1 == 0).all())
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=whole))
    axes[0, 0].set(ylabel="mean probability", ylim=(0, 1.05 * dependence["high"].max()))
    return fig
