"""The figures of this step: learning curves, log-loss by model, precision against recall."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from trackway.report import figures
from trackway.sequences.examples import Examples
from trackway.sequences.ladder import REPEAT, Ladder, Rung
from trackway.sequences.scores import precision_recall

BASELINE, MODEL = figures.COLORS["baseline"], figures.COLORS["model"]
COLOR = {"simple": BASELINE, "chain": BASELINE, "network": MODEL, "actions only": MODEL}
MARKER = {"simple": "s", "chain": "o", "network": "D", "actions only": "d"}
MEANING = {
    "simple": "class shares, last action",
    "chain": "Markov chain",
    "network": "network",
    "actions only": "network, actions only",
}


def learning_curves(ladder: Ladder) -> Figure:
    """Log-loss after each epoch, a panel per network; the line is the best chain's."""
    networks = list(ladder.curves["network"].unique())
    fig, axes = figures.new(height=2.7, ncols=len(networks), sharey=True, squeeze=False)
    for ax, name in zip(axes[0], networks, strict=True):
        _learning_curve(ax, ladder.curves[ladder.curves["network"] == name])
        ax.axhline(ladder.best("chain").validation_log_loss, color="black", lw=1, ls=":")
        ax.set(title=name.replace(", ", ",\n"), xlabel="epoch")
        ax.xaxis.get_major_locator().set_params(integer=True)
    axes[0, 0].set_ylabel("log-loss (nats)")
    lines = [*axes[0, 0].get_lines()]
    names = ["training part", "validation part", "epoch kept", "best chain, validation part"]
    fig.legend(lines, names, loc="outside lower center", ncols=4)
    return fig


def _learning_curve(ax, curve: pd.DataFrame) -> None:
    ax.plot(curve["epoch"], curve["train_log_loss"], color=BASELINE, ls="--")
    ax.plot(curve["epoch"], curve["validation_log_loss"], color=MODEL)
    kept = curve[curve["kept"]]
    ax.plot(kept["epoch"], kept["validation_log_loss"], "o", color=figures.COLORS["highlight"])


def log_losses(rates: pd.DataFrame, paired: pd.DataFrame, ladder: Ladder) -> Figure:
    """Log-loss of every model with its interval, and its paired difference to the best chain."""
    rated = rates.xs(("log_loss", ""), level=("metric", "action"))
    fig, (left, right) = figures.new(height=1.1 + 0.26 * len(rated), ncols=2, sharey=True)
    _dots(left, rated, ladder)
    _dots(right, paired, ladder)
    _keep_in_view(right, paired, list(ladder.rungs).index(REPEAT))
    right.axvline(0, color="black", lw=1, ls=":", label="best chain")
    left.axvline(rated.loc[ladder.best("chain").name, "value"], color="black", lw=1, ls=":")
    left.set(xlabel="log-loss, test part (nats)", yticks=range(len(ladder.rungs)))
    left.set_yticklabels(list(ladder.rungs))
    right.set(xlabel="minus that of the best chain (nats)")
    left.invert_yaxis()
    fig.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig


def _keep_in_view(ax, paired: pd.DataFrame, place: int) -> None:
    """Let the other models fill the axis; if "repeat last" then lies beyond, write its value."""
    intervals, outlier = paired.drop(index=REPEAT), paired.loc[REPEAT, "value"]
    low, high = min(intervals["low"].min(), 0), max(intervals["high"].max(), 0)
    margin = 0.15 * (high - low)
    if outlier > high + margin:
        ax.set_xlim(low - margin, high + margin)
        beyond = {"xycoords": ("axes fraction", "data"), "ha": "right", "va": "center"}
        ax.annotate(f"beyond, at {outlier:.3f} \N{RIGHTWARDS ARROW}", (1, place), **beyond)


def _dots(ax, intervals: pd.DataFrame, ladder: Ladder) -> None:
    """One row per model, the plainest on top; a label per family."""
    labelled = set()
    for place, (name, rung) in enumerate(ladder.rungs.items()):
        value, low, high = intervals.loc[name, ["value", "low", "high"]]
        color, family = COLOR[rung.family], rung.family
        face = "white" if family == "actions only" else color
        label = None if family in labelled else MEANING[family]
        labelled.add(family)
        ax.plot([low, high], [place, place], color=color, lw=1.5)
        ax.plot(value, place, MARKER[family], color=color, markerfacecolor=face, label=label)


def precision_recalls(ladder: Ladder, test: Examples, actions: list[str]) -> Figure:
    """Precision against recall, a panel per action, for the best chain and the best network."""
    columns = {1: 1, 2: 2, 4: 2}.get(len(actions), 3)
    rows = -(-len(actions) // columns)
    fig, axes = figures.new(height=2.5 * rows + 0.5, ncols=columns, nrows=rows, squeeze=False)
    for ax in axes.flat[len(actions) :]:
        ax.remove()
    for ax, action in zip(axes.flat, actions, strict=False):
        truth = test.target == test.actions.index(action)
        _curve(ax, ladder.best("chain"), test.actions.index(action), truth, BASELINE)
        _curve(ax, ladder.best("network"), test.actions.index(action), truth, MODEL)
        ax.axhline(truth.mean(), color="black", lw=1, ls=":", label="share of the action")
        ax.set(title=action, xlabel="recall", xlim=(0, 1), ylim=(0, 1.02))
    for ax in axes[:, 0]:
        ax.set_ylabel("precision")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=3)
    return fig


def _curve(ax, rung: Rung, column: int, truth: np.ndarray, color: str) -> None:
    curve = precision_recall(rung.probabilities[:, column], truth)
    # steps, so that the area under the line is the average precision
    ax.step(curve["recall"], curve["precision"], where="pre", color=color, label=rung.name)
