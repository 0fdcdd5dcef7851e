"""The figures of this step."""

import pandas as pd
from matplotlib.figure import Figure

from trackway.recommend.ladder import HYBRID, NCF, POPULAR, SEGMENT, TOWERS
from trackway.report import figures

GREY, BLUE, STRONG = (figures.COLORS[name] for name in ("baseline", "model", "highlight"))
LEARNED = {NCF, TOWERS, HYBRID}
KINDS = {"all": "o", "new": "D", "repeat": "s"}
KIND_NAMES = {"all": "all", "new": "new to the user", "repeat": "met before"}


def _color(model: str) -> str:
    if model in (POPULAR, SEGMENT):
        return GREY
    return STRONG if model in LEARNED else BLUE


def ladder(rated: pd.DataFrame, models: list[str]) -> Figure:
    """NDCG at 10 of every rung, views left and purchases right, by kind."""
    fig, axes = figures.new(height=0.9 + 0.3 * len(models), ncols=2, sharey=True)
    for ax, (outcome, title) in zip(
        axes, [("views", "what they viewed"), ("purchases", "what they bought")], strict=True
    ):
        for place, model in enumerate(models):
            for shift, (kind, marker) in zip((-0.22, 0, 0.22), KINDS.items(), strict=True):
                value, low, high = rated.loc[
                    (model, outcome, kind, "ndcg", 10), ["value", "low", "high"]
                ]
                at, face = place + shift, "white" if kind != "all" else _color(model)
                ax.plot([low, high], [at, at], color=_color(model), lw=1.4)
                ax.plot(value, at, marker, color=_color(model), markerfacecolor=face, ms=4.5)
        ax.set(title=title, xlabel="NDCG at 10", xlim=(0, None))
    axes[0].set_yticks(range(len(models)), models)
    axes[0].invert_yaxis()
    marks = [
        axes[0].plot(
            [], [], marker, color="black", ls="", markerfacecolor="black" if kind == "all" else "w"
        )[0]
        for kind, marker in KINDS.items()
    ]
    fig.legend(marks, [KIND_NAMES[k] for k in KINDS], loc="outside lower center", ncols=3)
    return fig


def differences(paired: pd.DataFrame, models: list[str], best: str) -> Figure:
    """Each rung minus the best single one, user by user."""
    fig, axes = figures.new(height=0.8 + 0.24 * len(models), ncols=2, sharey=True)
    for ax, kind in zip(axes, ("all", "new"), strict=True):
        for place, model in enumerate(models):
            value, low, high = paired.loc[
                (model, "views", kind, "ndcg", 10), ["value", "low", "high"]
            ]
            ax.plot([low, high], [place, place], color=_color(model), lw=1.5)
            ax.plot(value, place, "o", color=_color(model), ms=4.5)
        ax.axvline(0, color="black", lw=1, ls=":")
        ax.set(title=f"views, {KIND_NAMES[kind]}", xlabel=f"NDCG at 10 minus that of {best}")
    axes[0].set_yticks(range(len(models)), models)
    axes[0].invert_yaxis()
    return fig


def curves(found: dict[str, pd.DataFrame]) -> Figure:
    """Loss by epoch of each network."""
    fig, axes = figures.new(height=2.6, ncols=len(found), squeeze=False)
    for ax, (name, curve) in zip(axes[0], found.items(), strict=True):
        (learning,) = ax.plot(curve["epoch"], curve["train_loss"], color=GREY, ls="--")
        (told,) = ax.plot(curve["epoch"], curve["validation_loss"], color=BLUE)
        kept = curve[curve["kept"]]
        (dot,) = ax.plot(kept["epoch"], kept["validation_loss"], "o", color=STRONG)
        ax.set(title=name, xlabel="epoch", ylabel="loss (nats)")
        ax.xaxis.get_major_locator().set_params(integer=True)
    names = ["training part", "validation part", "epoch kept"]
    fig.legend([learning, told, dot], names, loc="outside lower center", ncols=3)
    return fig


def tradeoff(table: pd.DataFrame, name: str) -> Figure:
    """What diversity costs in NDCG and what it brings."""
    fig, axes = figures.new(height=2.9, ncols=2, sharey=True)
    for ax, bought, label in zip(
        axes,
        ("diversity", "coverage"),
        ("diversity (1 \N{MINUS SIGN} mean likeness)", "coverage (share of the catalogue shown)"),
        strict=True,
    ):
        ax.errorbar(
            table[bought],
            table["ndcg"],
            yerr=[table["ndcg"] - table["low"], table["high"] - table["ndcg"]],
            color=BLUE,
            marker="o",
            ms=4,
            lw=1.2,
            elinewidth=0.8,
        )
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
    found: list[list[float]] = []
    for weight, place in places.items():
        if found and abs(place - places[found[-1][-1]]) < near:
            found[-1].append(weight)
        else:
            found.append([weight])
    return [
        (f"{some[0]:g} to {some[-1]:g}" if len(some) > 1 else f"{some[0]:g}", some[0])
        for some in found
    ]


def segments(table: pd.DataFrame, models: list[str]) -> Figure:
    """The gain over what is popular with all, by segment, a panel per model."""
    groups = list(table.index.unique("group"))
    fig, axes = figures.new(height=0.9 + 0.24 * len(groups), ncols=len(models), sharey=True)
    for ax, model in zip(axes, models, strict=True):
        for place, group in enumerate(groups):
            row = table.loc[(group, model)]
            ax.plot(
                [row["gain_low"], row["gain_high"]], [place, place], color=_color(model), lw=1.5
            )
            ax.plot(row["gain"], place, "o", color=_color(model), ms=4.5)
        ax.axvline(0, color="black", lw=1, ls=":")
        ax.set(title=model, xlabel="NDCG at 10 gained")
    named = [f"{group} ({table.loc[(group, models[0]), 'users']:,.0f})" for group in groups]
    axes[0].set_yticks(range(len(groups)), named)
    axes[0].invert_yaxis()
    return fig
