"""Moments and models drawn: small tables to figures, none of which knows a page."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn import metrics

from trackway.intent.data import DECIDED, SCORED, SHORT
from trackway.intent.models import (
    BOOSTING,
    FOREST,
    GRU,
    LIGHTGBM,
    LOGISTIC,
    PREVALENCE,
    RULE,
)
from trackway.intent.prefixes import CART
from trackway.report import figures

LINES = {  # colour, dashes and mark, so that grey print tells them apart too
    PREVALENCE: (figures.COLORS["null"], ":", None),
    RULE: (figures.COLORS["baseline"], "--", "x"),
    LOGISTIC: (figures.SEQUENCE[1], "-.", "s"),
    FOREST: (figures.SEQUENCE[0], (0, (5, 1)), "^"),
    BOOSTING: (figures.SEQUENCE[3], (0, (3, 1, 1, 1)), "v"),
    LIGHTGBM: (figures.SEQUENCE[2], "-", "o"),
    GRU: (figures.SEQUENCE[7], (0, (1, 1)), "D"),
}
OTHER = (figures.SEQUENCE[6], "-", ".")  # a model that is none of these
FATES = {  # of a session, from the top of its bar
    SHORT: "#dcdcdc",
    DECIDED: figures.COLORS["purchase"],
    SCORED: figures.COLORS["model"],
}


def ticks(ax: Axes, moments: list[str]) -> None:
    """Moments along the x axis, at equal distances."""
    ax.set_xticks(range(len(moments)), ["first\ncart" if m == CART else m for m in moments])
    ax.set_xlim(-0.6, len(moments) - 0.4)
    ax.set_xlabel("events after which a session is scored")
    ax.grid(visible=False, axis="x")


def plot_population(ledger: pd.DataFrame) -> Figure:
    """Who is still there at each moment, and how many of those buy later.

    Parameters
    ----------
    ledger : DataFrame, what `data.ledger` returns
    """
    fig, (left, right) = figures.new(height=3.4, ncols=2)
    moments = list(ledger["moment"].unique())
    counts = ledger.pivot(index="moment", columns="sessions", values="n").loc[moments]
    shares = counts[list(FATES)].div(counts[list(FATES)].sum(axis=1), axis=0)
    bottom = np.zeros(len(moments))
    for fate in reversed(FATES):
        left.bar(range(len(moments)), shares[fate], bottom=bottom, color=FATES[fate], label=fate)
        bottom += shares[fate].to_numpy()
    left.set(ylabel="share of all closed sessions", ylim=(0, 1), title="who is still there")
    scored = ledger[ledger["sessions"] == SCORED].set_index("moment").loc[moments]
    share = scored["buyers"] / scored["n"].where(scored["n"] > 0)
    right.bar(range(len(moments)), share, color=figures.COLORS["purchase"], width=0.6)
    for place, value in enumerate(share):
        if np.isfinite(value):
            right.annotate(f"{value:.1%}", (place, value), ha="center", va="bottom", fontsize=8)
    right.set(ylabel="share that buys later", title="of those scored", ylim=(0, None))
    right.margins(y=0.12)
    for ax in (left, right):
        ticks(ax, moments)
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig


def plot_curves(bought: object, y_proba: Mapping[str, object]) -> Figure:
    """ROC and precision-recall curves of every model, on the same rows.

    Parameters
    ----------
    bought : bool array, shape (N,)
    y_proba : model to its probabilities, shape (N,)
        Each is drawn as `LINES` has it, others as `OTHER`.

    Examples
    --------
    >>> fig = plot_curves([False, True, True], {"mine": [0.2, 0.9, 0.4]})
    >>> [ax.get_title(loc="left") for ax in fig.axes]
    ['ROC', 'precision and recall']
    """
    fig, (roc, pr) = figures.new(height=4, ncols=2)
    for name, one in y_proba.items():
        colour, dashes, _ = LINES.get(name, OTHER)
        style = {"color": colour, "linestyle": dashes, "linewidth": 1.5, "label": name}
        fpr, tpr, _ = metrics.roc_curve(bought, one, drop_intermediate=False)
        roc.plot(fpr, tpr, **style)
        precision, recall, _ = metrics.precision_recall_curve(bought, one)
        precision[-1] = precision[-2]  # scikit-learn ends at 1, which no threshold reaches
        pr.step(recall, precision, where="post", **style)
    roc.set(xlabel="share of non-buyers told yes", ylabel="share of buyers told yes", title="ROC")
    pr.set(
        xlabel="recall: share of buyers told yes",
        ylabel="precision: share of yes that buy",
        title="precision and recall",
        ylim=(0, None),
    )
    fig.legend(*roc.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return fig


def plot_calibration(tables: dict[str, pd.DataFrame]) -> Figure:
    """Share that bought against the probability said, one panel per model.

    Parameters
    ----------
    tables : model to what `evaluation.calibration.calibration_table` returns
    """
    fig, axes = figures.new(height=3, ncols=len(tables), sharex=True, sharey=True)
    top = figures.calibration_top(tables.values())
    for ax, (name, table) in zip(np.atleast_1d(axes), tables.items(), strict=True):
        colour, _, mark = LINES.get(name, OTHER)
        style = {"color": colour, "marker": mark, "markersize": 4}
        figures.calibration(ax, {name: table}, [style], top)
        ax.set(xlabel="probability said", title=name)
    np.atleast_1d(axes)[0].set_ylabel("share that bought")
    return fig


def plot_by_moment(
    tables: dict[str, pd.DataFrame], chosen: str, chance: dict[str, float]
) -> Figure:
    """How each metric goes from moment to moment, one panel per metric.

    Parameters
    ----------
    tables : label of an axis to what `evaluation.by_moment` returns
    chosen : the model whose intervals are drawn
    chance : label to the value of chance
    """
    fig, axes = figures.new(height=3.8, ncols=len(tables))
    for ax, (label, table) in zip(axes, tables.items(), strict=True):
        moments = list(table["moment"].unique())
        for name, (colour, dashes, mark) in LINES.items():
            mine = table[table["model"] == name].set_index("moment").reindex(moments)
            if name == PREVALENCE or mine["value"].isna().all():
                continue
            style = {"color": colour, "linestyle": dashes, "marker": mark, "markersize": 4}
            ax.plot(range(len(moments)), mine["value"], label=name, linewidth=1.3, **style)
            if name == chosen:
                ax.fill_between(
                    range(len(moments)), mine["low"], mine["high"], color=colour, alpha=0.15,
                    linewidth=0,
                )  # fmt: skip
        ax.axhline(chance[label], color=figures.COLORS["null"], linewidth=1)
        ax.set_ylabel(label)
        ticks(ax, moments)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig


def plot_confusion(table: pd.DataFrame) -> Figure:
    """Counts of test sessions by what was said and what happened, with the share of each row.

    Parameters
    ----------
    table : DataFrame, shape (2, 2), what `evaluation.confusion` returns
    """
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


def plot_ceiling(table: pd.DataFrame, chosen: str) -> Figure:
    """What is reached at each moment, between chance and what could be reached at best.

    Parameters
    ----------
    table : DataFrame, what `truth.by_moment` returns
    chosen : label of what is achieved
    """
    fig, ax = figures.new(height=3.4)
    moments = list(table["moment"])
    places = np.arange(len(moments))
    ax.fill_between(
        places, 0.5, table["attainable"], color=figures.COLORS["null"], alpha=0.25, linewidth=0
    )
    ax.plot(
        places, table["knowing"], color=figures.COLORS["baseline"], linestyle=":", marker="v",
        label="knows the kind as well",
    )  # fmt: skip
    ax.plot(
        places, table["attainable"], color=figures.COLORS["highlight"], marker="D",
        label="Bayes-optimal",
    )  # fmt: skip
    figures.error_bars(
        ax, places, table["achieved"], table["low"], table["high"],
        color=figures.COLORS["model"], marker="o", label=chosen,
    )  # fmt: skip
    ax.axhline(0.5, color=figures.COLORS["null"], linewidth=1, label="chance")
    ax.set_ylabel("ROC AUC")
    ticks(ax, moments)
    fig.legend(loc="outside lower center", ncols=4)
    return fig
