"""The figures of this step: learning curves, log-loss by model, precision against recall."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackway.report import figures

BASELINE, MODEL = figures.COLORS["baseline"], figures.COLORS["model"]
COLOR = {"simple": BASELINE, "chain": BASELINE, "network": MODEL, "actions only": MODEL}
MARKER = {"simple": "s", "chain": "o", "network": "D", "actions only": "d"}
MEANING = {
    "simple": "class shares, last action",
    "chain": "Markov chain",
    "network": "network",
    "actions only": "network, actions only",
}


def plot_learning_curves(curves: pd.DataFrame, chain: float) -> Figure:
    """Log-loss after each epoch, a panel per network; the line is the best chain's.

    Parameters
    ----------
    curves : DataFrame, one row per network and epoch
        network : str; epoch : int, from 1; train_log_loss, validation_log_loss : float, nats;
        kept : bool, the epoch whose weights are kept.
    chain : log-loss of the best chain on the validation part, nats

    Examples
    --------
    >>> losses = {"train_log_loss": [0.7, 0.5], "validation_log_loss": [0.8, 0.6]}
    >>> curve = pd.DataFrame({"network": "GRU", "epoch": [1, 2], "kept": [False, True]} | losses)
    >>> plot_learning_curves(curve, chain=0.65).axes[0].get_title("left")
    'GRU'
    """
    networks = list(curves["network"].unique())
    fig, axes = figures.new(height=2.7, ncols=len(networks), sharey=True, squeeze=False)
    for ax, name in zip(axes[0], networks, strict=True):
        _learning_curve(ax, curves[curves["network"] == name])
        ax.axhline(chain, color="black", lw=1, ls=":")
        ax.set(title=name.replace(", ", ",\n"), xlabel="epoch")
        ax.xaxis.get_major_locator().set_params(integer=True)
    axes[0, 0].set_ylabel("log-loss (nats)")
    lines = [*axes[0, 0].get_lines()]
    names = ["training part", "validation part", "epoch kept", "best chain, validation part"]
    fig.legend(lines, names, loc="outside lower center", ncols=4)
    return fig


def _learning_curve(ax: Axes, curve: pd.DataFrame) -> None:
    ax.plot(curve["epoch"], curve["train_log_loss"], color=BASELINE, ls="--")
    ax.plot(curve["epoch"], curve["validation_log_loss"], color=MODEL)
    kept = curve[curve["kept"]]
    ax.plot(kept["epoch"], kept["validation_log_loss"], "o", color=figures.COLORS["highlight"])


def plot_log_losses(
    scores: pd.DataFrame, against_chain: pd.DataFrame, chain: str, far: str
) -> Figure:
    """Log-loss of every model with its interval, and its paired difference to the best chain.

    Parameters
    ----------
    scores, against_chain : DataFrames, one row per model, the plainest first; indexed by its name
        family : str, a key of `MEANING`; value, low, high : float, nats.
    chain : the best chain
    far : a model so much worse that the difference may leave it out of view; its value is written
    """
    fig, (left, right) = figures.new(height=1.1 + 0.26 * len(scores), ncols=2, sharey=True)
    _dots(left, scores)
    _dots(right, against_chain)
    _keep_in_view(right, against_chain, far)
    right.axvline(0, color="black", lw=1, ls=":", label="best chain")
    left.axvline(scores.loc[chain, "value"], color="black", lw=1, ls=":")
    left.set(xlabel="log-loss, test part (nats)", yticks=range(len(scores)))
    left.set_yticklabels(list(scores.index))
    right.set(xlabel="minus that of the best chain (nats)")
    left.invert_yaxis()
    fig.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig


def _keep_in_view(ax: Axes, differences: pd.DataFrame, far: str) -> None:
    """Let the other models fill the axis; if the `far` one then lies beyond, write its value."""
    intervals, outlier = differences.drop(index=far), differences.loc[far, "value"]
    low, high = min(intervals["low"].min(), 0), max(intervals["high"].max(), 0)
    margin = 0.15 * (high - low)
    if outlier > high + margin:
        ax.set_xlim(low - margin, high + margin)
        beyond = {"xycoords": ("axes fraction", "data"), "ha": "right", "va": "center"}
        place = (1, differences.index.get_loc(far))
        ax.annotate(f"beyond, at {outlier:.3f} \N{RIGHTWARDS ARROW}", place, **beyond)


def _dots(ax: Axes, intervals: pd.DataFrame) -> None:
    """One row per model, the plainest on top; a label per family."""
    labelled = set()
    for place, row in enumerate(intervals.itertuples()):
        color, family = COLOR[row.family], row.family
        face = "white" if family == "actions only" else color
        label = None if family in labelled else MEANING[family]
        labelled.add(family)
        ax.plot([row.low, row.high], [place, place], color=color, lw=1.5)
        ax.plot(row.value, place, MARKER[family], color=color, markerfacecolor=face, label=label)


def plot_precision_recalls(curves: pd.DataFrame, shares: pd.Series) -> Figure:
    """Precision against recall, a panel per action, for a baseline and a model.

    Parameters
    ----------
    curves : DataFrame, points of the curves
        action, model : str, the baseline first; recall, precision : float, recall rising.
    shares : Series of float, by action
        What chance gives.
    """
    columns = {1: 1, 2: 2, 4: 2}.get(len(shares), 3)
    rows = -(-len(shares) // columns)
    fig, axes = figures.new(height=2.5 * rows + 0.5, ncols=columns, nrows=rows, squeeze=False)
    for ax in axes.flat[len(shares) :]:
        ax.remove()
    for ax, (action, share) in zip(axes.flat, shares.items(), strict=False):
        of_models = curves[curves["action"] == action].groupby("model", sort=False)
        for color, (model, curve) in zip([BASELINE, MODEL], of_models, strict=True):
            # steps, so that the area under the line is the average precision
            ax.step(curve["recall"], curve["precision"], where="pre", color=color, label=model)
        ax.axhline(share, color="black", lw=1, ls=":", label="share of the action")
        ax.set(title=action, xlabel="recall", xlim=(0, 1), ylim=(0, 1.02))
    for ax in axes[:, 0]:
        ax.set_ylabel("precision")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=3)
    return fig
