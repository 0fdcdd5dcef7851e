"""What `why` shows, and its sentences; true of any data."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from trackway.evaluation.bootstrap import Interval
from trackway.intent import wording
from trackway.intent.models import Scored
from trackway.report import Page, figures

MAIN = 4  # features whose partial dependence is drawn


def importance(page: Page, number: int, table: pd.DataFrame, chosen: Scored, shuffles: int) -> None:
    """What each feature is worth."""
    idle = [f"`{name}`" for name, row in table.iterrows() if row["low"] <= 0 <= row["high"]]
    of_none = f" Not to be told from nothing: {', '.join(idle)}." if idle else ""
    page.figure(
        number,
        draw_importance(table),
        "importance",
        caption=(
            f"What {wording.named(chosen.name)} loses on test; mean of {shuffles} shuffles, with "
            f"95 % intervals over users.{of_none}"
        ),
        alt="ROC AUC lost when each feature is shuffled, the largest loss on top.",
    )


def draw_importance(table: pd.DataFrame) -> Figure:
    """ROC AUC lost by shuffling each feature, with intervals, the largest loss on top."""
    fig, ax = figures.new(height=0.7 + 0.2 * len(table))
    places = np.arange(len(table))
    style = {"color": figures.COLORS["model"]}
    figures.dots(ax, table["value"], table["low"], table["high"], places, **style)
    ax.axvline(0, color=figures.COLORS["null"], linewidth=1)
    ax.set_yticks(places, table.index)
    ax.set(xlabel="ROC AUC lost when the feature is shuffled", ylim=(len(table) - 0.5, -0.5))
    return fig


def dependence(page: Page, number: int, table: pd.DataFrame, chosen: Scored, bought: float) -> None:
    """What the main features move."""
    page.figure(
        number,
        draw_dependence(table, bought),
        "dependence",
        caption=(
            f"Mean probability that {wording.named(chosen.name)} would say of the test sessions, had "
            f"all of them the value below. The grey line is the share that bought, {bought:.1%}. "
            "Bands are 95 % intervals over users; values between the 2nd and the 98th hundredth "
            "that do occur. Combinations that never occur are averaged over, too."
        ),
        alt="Partial dependence of the probability on the features that matter most.",
    )


def draw_dependence(table: pd.DataFrame, bought: float) -> Figure:
    """One panel per feature, all on one scale."""
    names = list(table["feature"].unique())
    fig, axes = figures.new(height=2.6, ncols=len(names), sharey=True, squeeze=False)
    for ax, name in zip(axes[0], names, strict=True):
        mine = table[table["feature"] == name]
        ax.plot(mine["at"], mine["value"], color=figures.COLORS["model"], marker="o", markersize=3)
        band = mine["low"], mine["high"]
        ax.fill_between(mine["at"], *band, color=figures.COLORS["model"], alpha=0.2)
        ax.axhline(bought, color=figures.COLORS["null"], linewidth=1)
        ax.set(xlabel=name)
        whole = bool((mine["at"] % 1 == 0).all())
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=whole))
    axes[0, 0].set(ylabel="mean probability", ylim=(0, 1.05 * table["high"].max()))
    return fig


def errors(page: Page, number: int, table: pd.DataFrame, chosen: Scored) -> None:
    """Where the model errs."""
    gaps, aucs = (
        [_interval(row, name) for _, row in table.iterrows()] for name in ("gap", "roc_auc")
    )
    page.table(
        number,
        table[["by", "group", "sessions", "buyers", "bought", "said"]].assign(
            gap=gaps, roc_auc=aucs
        ),
        "errors",
        caption=(
            f"What {wording.named(chosen.name)} says on test, by kind of session, all known at its "
            "start: the user's first session or a later one, the local hour, the category of the "
            "first event. `gap` is the mean probability said minus the share that bought: above 0 "
            "the model promises too much. In brackets: 95 % intervals over users, of each group by "
            "itself."
        ),
    )


def _interval(row: pd.Series, name: str) -> str:
    found = Interval(*row[[name, f"{name}_low", f"{name}_high"]])
    return str(found) if np.isfinite(found.value) else "–"


def findings(
    lost: pd.DataFrame, table: pd.DataFrame, chosen: Scored, numbers: tuple[int, int]
) -> list[str]:
    """What carries the model, and where it is off; `numbers` of the figure and of the table."""
    carrying = [f"`{name}`" for name, row in lost.iterrows() if row["low"] > 0][:MAIN]
    what = ", ".join(carrying) or "no feature surely"
    name = wording.named(chosen.name)
    return [
        f"The ranking by {name} rests most on {what} (Figure {numbers[0]}).",
        _off(table, numbers[1]),
    ]


def _off(table: pd.DataFrame, number: int) -> str:
    off = table[(table["gap_low"] > 0) | (table["gap_high"] < 0)]
    expected = 0.05 * len(table)
    if off.empty:
        return (
            f"In none of the {len(table)} kinds of session is what it says off by more than chance "
            f"may (Table {number})."
        )
    worst = off.loc[off["gap"].abs().idxmax()]
    how = "too much" if worst["gap"] > 0 else "too little"
    return (
        f"In {len(off)} of {len(table)} kinds of session what it says is off by more than its "
        f"interval, where chance alone would give {expected:.1f}; most where {worst['by']} is "
        f"{worst['group']}: it promises {how}, by {abs(worst['gap']):.1%} (Table {number})."
    )
