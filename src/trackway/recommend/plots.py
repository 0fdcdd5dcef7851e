"""The figures of this step."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackway.categories.evaluation import HIDDEN
from trackway.recommend.data import DONE
from trackway.recommend.evaluation import KINDS
from trackway.recommend.models.ladder import HYBRID, NCF, POPULAR, SEGMENT, TOWERS
from trackway.report import figures

GREY, BLUE, STRONG = (figures.COLORS[name] for name in ("baseline", "model", "highlight"))
LEARNED = {NCF, TOWERS, HYBRID}
MARKS = dict(zip(KINDS, "oDs", strict=True))
KIND_NAMES = dict(zip(KINDS, ["all", "new to the user", "met before"], strict=True))
HIDDEN_COLORS = dict(zip(HIDDEN, [BLUE, STRONG], strict=True))


def _color(model: str) -> str:
    if model in (POPULAR, SEGMENT):
        return GREY
    return STRONG if model in LEARNED else BLUE


def _dot(ax: Axes, place: float, row: pd.Series, model: str, lw: float = 1.5, **style) -> None:
    """A value with its ends, in this order in `row`, at `place` of the vertical axis."""
    value, low, high = row
    ax.plot([low, high], [place, place], color=_color(model), lw=lw)
    ax.plot(value, place, **{"marker": "o", "ls": "", "color": _color(model), "ms": 4.5} | style)


def _name_rows(ax: Axes, names: list[str]) -> None:
    """The first on top."""
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()


def plot_ladder(scores: pd.DataFrame, models: list[str]) -> Figure:
    """NDCG at 10 of every rung by kind, a panel for each outcome there is.

    Parameters
    ----------
    scores : DataFrame, indexed by (model, outcome, kind, metric, k)
        Columns ``value``, ``low`` and ``high``.
    models : those to be drawn, the first on top
    """
    outcomes = scores.index.unique("outcome")
    size = {"height": 0.9 + 0.3 * len(models), "ncols": len(outcomes)}
    fig, axes = figures.new(**size, sharey=True, squeeze=False)
    axes = axes.ravel()
    for ax, outcome in zip(axes, outcomes, strict=True):
        for place, model in enumerate(models):
            for shift, (kind, marker) in zip((-0.22, 0, 0.22), MARKS.items(), strict=True):
                row = scores.loc[(model, outcome, kind, "ndcg", 10), ["value", "low", "high"]]
                face = "white" if kind != "all" else _color(model)
                _dot(ax, place + shift, row, model, 1.4, marker=marker, markerfacecolor=face)
        ax.set(title=f"what they {DONE[outcome]}", xlabel="NDCG at 10", xlim=(0, None))
    _name_rows(axes[0], models)
    marks = [
        axes[0].plot(
            [], [], marker, color="black", ls="", markerfacecolor="black" if kind == "all" else "w"
        )[0]
        for kind, marker in MARKS.items()
    ]
    fig.legend(marks, list(KIND_NAMES.values()), loc="outside lower center", ncols=3)
    return fig


def plot_differences(paired: pd.DataFrame, act: str, models: list[str], best: str) -> Figure:
    """Each rung minus the best single one, user by user.

    Parameters
    ----------
    paired : DataFrame, indexed and with columns as that of `ladder`
    """
    fig, axes = figures.new(height=0.8 + 0.24 * len(models), ncols=2, sharey=True)
    for ax, kind in zip(axes, ("all", "new"), strict=True):
        for place, model in enumerate(models):
            row = paired.loc[(model, act, kind, "ndcg", 10), ["value", "low", "high"]]
            _dot(ax, place, row, model)
        ax.axvline(0, color="black", lw=1, ls=":")
        ax.set(title=f"{act}, {KIND_NAMES[kind]}", xlabel=f"NDCG at 10 minus that of {best}")
    _name_rows(axes[0], models)
    return fig


def plot_curves(by_network: Mapping[str, pd.DataFrame]) -> Figure:
    """Loss by epoch of each network.

    Parameters
    ----------
    by_network : name -> DataFrame, one row per epoch
        Columns ``epoch`` (from 1), ``train_loss`` and ``validation_loss`` (nats), and ``kept``:
        whether its weights were.

    Examples
    --------
    >>> losses = {"train_loss": [2.0, 1.5], "validation_loss": [2.1, 1.9]}
    >>> curve = pd.DataFrame({"epoch": [1, 2], **losses, "kept": [False, True]})
    >>> plot_curves({"a network": curve}).axes[0].get_title("left")
    'a network'
    """
    fig, axes = figures.new(height=2.6, ncols=len(by_network), squeeze=False)
    for ax, (name, curve) in zip(axes[0], by_network.items(), strict=True):
        (training,) = ax.plot(curve["epoch"], curve["train_loss"], color=GREY, ls="--")
        (validation,) = ax.plot(curve["epoch"], curve["validation_loss"], color=BLUE)
        kept = curve[curve["kept"]]
        (dot,) = ax.plot(kept["epoch"], kept["validation_loss"], "o", color=STRONG)
        ax.set(title=name, xlabel="epoch", ylabel="loss (nats)")
        ax.xaxis.get_major_locator().set_params(integer=True)
    names = ["training part", "validation part", "epoch kept"]
    fig.legend([training, validation, dot], names, loc="outside lower center", ncols=3)
    return fig


def plot_tradeoff(table: pd.DataFrame, name: str) -> Figure:
    """What diversity costs in NDCG and what it brings.

    Parameters
    ----------
    table : DataFrame, indexed by weight
        Columns ``ndcg``, ``low``, ``high``, ``diversity`` and ``coverage``.
    name : of the model
    """
    fig, axes = figures.new(height=2.9, ncols=2, sharey=True)
    for ax, bought, label in zip(
        axes,
        ("diversity", "coverage"),
        ("diversity (1 \N{MINUS SIGN} mean likeness)", "coverage (share of the catalogue shown)"),
        strict=True,
    ):
        style = {"color": BLUE, "marker": "o", "ms": 4, "lw": 1.2, "elinewidth": 0.8}
        ends = table["low"], table["high"]
        figures.error_bars(ax, table[bought], table["ndcg"], *ends, **style)
        for side, (label_of, weight) in enumerate(_apart(table[bought])):
            ax.annotate(
                label_of,
                table.loc[weight, [bought, "ndcg"]],
                xytext=(4, -12 if side % 2 else 5),  # below and above by turns
                textcoords="offset points",
                fontsize=8,
            )
        ax.set(xlabel=label)
    axes[0].set(ylabel=f"NDCG at 10, {name}", ylim=(0, None))
    return fig


def _apart(places: pd.Series) -> list[tuple[str, float]]:
    """The labels of points, and where they stand: points too near to be told apart share one."""
    near = 0.08 * (places.max() - places.min())
    shared: list[list[float]] = []
    for weight, place in places.items():
        if shared and abs(place - places[shared[-1][-1]]) < near:
            shared[-1].append(weight)
        else:
            shared.append([weight])
    return [
        (f"{some[0]:g} to {some[-1]:g}" if len(some) > 1 else f"{some[0]:g}", some[0])
        for some in shared
    ]


def plot_segments(table: pd.DataFrame, models: list[str]) -> Figure:
    """The gain over what is popular with all, by segment, a panel per model.

    Parameters
    ----------
    table : DataFrame, indexed by (group, model)
        Columns ``users``, ``gain``, ``gain_low`` and ``gain_high``.
    """
    groups = list(table.index.unique("group"))
    fig, axes = figures.new(height=0.9 + 0.24 * len(groups), ncols=len(models), sharey=True)
    for ax, model in zip(axes, models, strict=True):
        for place, group in enumerate(groups):
            _dot(ax, place, table.loc[(group, model), ["gain", "gain_low", "gain_high"]], model)
        ax.axvline(0, color="black", lw=1, ls=":")
        ax.set(title=model, xlabel="NDCG at 10 gained")
    _name_rows(axes[0], [f"{one} ({table.loc[(one, models[0]), 'users']:,.0f})" for one in groups])
    return fig


def plot_confidence(
    coverage: Mapping[str, pd.DataFrame],
    calibration: Mapping[str, pd.DataFrame],
    floor: Mapping[str, float],
) -> Figure:
    """What is right by how much is answered, and whether the confidence is what it says.

    Parameters
    ----------
    coverage : key of `HIDDEN` -> DataFrame with columns ``answered`` and ``right``
    calibration : key of `HIDDEN` -> `calibration.calibration_table`
    floor : key of `HIDDEN` -> share right of a simpler way
    """
    fig, (left, right) = figures.new(height=3.1, ncols=2)
    for hidden, curve in coverage.items():
        color, bins = HIDDEN_COLORS[hidden], calibration[hidden]
        left.plot(curve["answered"], curve["right"], color=color, label=HIDDEN[hidden])
        left.axhline(floor[hidden], color=color, lw=1, ls=":")
        ends = bins["happened"], bins["low"], bins["high"]
        figures.error_bars(right, bins["said"], *ends, fmt="o", ms=4, color=color)
    right.plot([0, 1], [0, 1], color="black", lw=1, ls=":")
    left.set(xlabel="share answered", ylabel="share right", xlim=(0, 1), ylim=(-0.03, 1.03))
    right.set(xlabel="confidence", ylabel="share right", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    fig.legend(loc="outside lower center", ncols=2)
    return fig
