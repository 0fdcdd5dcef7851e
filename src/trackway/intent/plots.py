"""The figures of `05_intent`."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn import metrics

from trackway import figures
from trackway.intent import audit
from trackway.intent.models import BOOSTING, FOREST, LOGISTIC, PREVALENCE, RULE, Scored

LINES = {  # colour and dashes, so that grey print tells them apart too
    PREVALENCE: (figures.COLORS["null"], ":"),
    RULE: (figures.COLORS["baseline"], "--"),
    LOGISTIC: (figures.SEQUENCE[1], "-."),
    FOREST: (figures.SEQUENCE[0], (0, (5, 1))),
    BOOSTING: (figures.SEQUENCE[2], "-"),
}
MARKS = ["o", "s", "^", "D", "v"]


def ranking(scored: dict[str, Scored], bought: pd.Series) -> Figure:
    """ROC and precision-recall curves of every model on test."""
    fig, (roc, pr) = figures.new(height=3.6, ncols=2)
    for name, one in scored.items():
        colour, dashes = LINES[name]
        style = {"color": colour, "linestyle": dashes, "linewidth": 1.5, "label": name}
        fpr, tpr, _ = metrics.roc_curve(bought, one.test, drop_intermediate=False)
        roc.plot(fpr, tpr, **style)
        precision, recall, _ = metrics.precision_recall_curve(bought, one.test)
        precision[-1] = precision[-2]  # scikit-learn ends at 1, which no threshold reaches
        pr.step(recall, precision, where="post", **style)
    roc.set(xlabel="share of non-buyers told yes", ylabel="share of buyers told yes", title="ROC")
    pr.set(
        xlabel="recall: share of buyers told yes",
        ylabel="precision: share of yes that buy",
        title="precision and recall",
        ylim=(0, None),
    )
    fig.legend(*roc.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig


def calibration(said: dict[str, pd.DataFrame], mended: dict[str, pd.DataFrame]) -> Figure:
    """Share that bought against the probability said, as trained and with the prior corrected.

    Both arguments: calibration tables by way of balancing.
    """
    fig, axes = figures.new(height=3.8, ncols=2)
    for ax, tables, title in zip(
        axes, [said, mended], ["as the model says it", "with the prior corrected"], strict=True
    ):
        _calibration(ax, tables)
        ax.set(xlabel="probability said (mean of a bin)", title=title)
    axes[0].set_ylabel("share that bought")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return fig


def _calibration(ax: Axes, tables: dict[str, pd.DataFrame]) -> None:
    top = max(max(table["said"].max(), table["high"].max()) for table in tables.values()) * 1.05
    ax.plot([0, top], [0, top], color=figures.COLORS["null"], linewidth=1, label="truthful")
    for (name, table), mark, colour in zip(tables.items(), MARKS, figures.SEQUENCE, strict=False):
        around = [table["happened"] - table["low"], table["high"] - table["happened"]]
        ax.errorbar(
            table["said"],
            table["happened"],
            yerr=np.clip(around, 0, None),
            color=colour,
            marker=mark,
            markersize=4,
            linewidth=1,
            label=name,
        )


def confusion(table: pd.DataFrame) -> Figure:
    """Counts of test sessions by what was said and what happened, with the share of each row."""
    fig, ax = figures.new(width=4.6, height=2.6)
    counts = table.to_numpy()
    shares = counts / counts.sum(axis=1, keepdims=True)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        ax.text(
            column,
            row,
            f"{count:,}\n{shares[row, column]:.1%} of the row",
            ha="center",
            va="center",
            color="white" if shares[row, column] > 0.5 else "black",
        )
    ax.set_xticks(range(2), table.columns)
    ax.set_yticks(range(2), table.index)
    ax.grid(visible=False)
    ax.set(xlabel="what was said", ylabel="what happened")
    return fig


def importance(table: pd.DataFrame) -> Figure:
    """ROC AUC lost by shuffling each feature, with intervals, the largest loss on top."""
    fig, ax = figures.new(height=0.5 + 0.28 * len(table))
    _dots(ax, table["value"], table["low"], table["high"], np.arange(len(table)), marker="o")
    ax.axvline(0, color=figures.COLORS["null"], linewidth=1)
    ax.set_yticks(range(len(table)), table.index)
    ax.invert_yaxis()
    ax.set(xlabel="ROC AUC lost when the feature is shuffled")
    return fig


def leaks(shop: pd.DataFrame, null: pd.DataFrame) -> Figure:
    """ROC AUC of every rung of the audit, in this shop and where nothing can be told."""
    fig, ax = figures.new(height=3.2)
    places = np.arange(len(audit.RUNGS))
    wrong, right = slice(None, -1), slice(-1, None)
    for table, rungs, shift, colour, mark, label in [
        (shop, wrong, -0.12, figures.COLORS["mistake"], "o", "this shop, a mistake"),
        (shop, right, -0.12, figures.COLORS["model"], "D", "this shop, honest"),
        (null, slice(None), 0.12, figures.COLORS["baseline"], "s", "nothing can be told"),
    ]:
        value, low, high = (table[f"roc_auc{end}"][rungs] for end in ("", "_low", "_high"))
        _dots(ax, value, low, high, places[rungs] + shift, color=colour, marker=mark, label=label)
    ax.axvline(0.5, color=figures.COLORS["null"], linewidth=1)
    ax.set_yticks(places, [textwrap.fill(rung, 38) for rung in audit.RUNGS])
    ax.set(xlabel="ROC AUC claimed (0.5 is chance)", ylim=(len(places) - 0.5, -0.5))
    fig.legend(loc="outside lower center", ncols=3)
    return fig


def _dots(ax: Axes, value, low, high, places, color=None, **style) -> None:
    color = color or figures.COLORS["model"]
    around = np.clip([value - low, high - value], 0, None)
    ax.errorbar(value, places, xerr=around, fmt=style.pop("marker"), color=color, **style)
