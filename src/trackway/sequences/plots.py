"""The figures of this step: learning curves, log-loss by model, precision against recall."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from trackway import figures
from trackway.sequences.examples import Examples
from trackway.sequences.ladder import Ladder, Rung
from trackway.sequences.scores import precision_recall

BASELINE, MODEL = figures.COLORS["baseline"], figures.COLORS["model"]
COLOR = {"simple": BASELINE, "chain": BASELINE, "network": MODEL, "actions only": MODEL}
MARKER = {"simple": "s", "chain": "o", "network": "D", "actions only": "d"}
MEANING = {
    "simple": "without or with one action of memory",
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


def log_losses(rates: pd.DataFrame, ladder: Ladder) -> Figure:
    """Log-loss of every model on the test part with its interval, the plainest on top."""
    rated = rates.xs(("log_loss", ""), level=("metric", "action"))
    fig, ax = figures.new(height=0.9 + 0.26 * len(ladder.rungs))
    labelled = set()
    for place, (name, rung) in enumerate(ladder.rungs.items()):
        value, low, high = rated.loc[name, ["value", "low", "high"]]
        style = {"color": COLOR[rung.family], "marker": MARKER[rung.family]}
        hollow = {"markerfacecolor": "white"} if rung.family == "actions only" else {}
        label = None if rung.family in labelled else MEANING[rung.family]
        ax.plot([low, high], [place, place], color=style["color"], lw=1.5)
        ax.plot(value, place, ls="", label=label, **style, **hollow)
        labelled.add(rung.family)
    chain = rated.loc[ladder.best("chain").name, "value"]
    ax.axvline(chain, color="black", lw=1, ls=":", label="best chain")
    ax.set(xlabel="log-loss on the test part (nats)", yticks=range(len(ladder.rungs)))
    ax.set_yticklabels(list(ladder.rungs))
    ax.invert_yaxis()
    fig.legend(loc="outside lower center", ncols=3)
    return fig


def precision_recalls(ladder: Ladder, test: Examples, actions: list[str]) -> Figure:
    """Precision against recall, a panel per action, for the best chain and the best network."""
    columns = min(len(actions), 3)
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
    ax.plot(curve["recall"], curve["precision"], color=color, label=rung.name)
