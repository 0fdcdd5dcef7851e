"""What `imbalance` shows, and its sentences; true of any data."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from trackway.intent.imbalance import NONE

from trackway.evaluation.bootstrap import Interval
from trackway.intent import imbalance, wording
from trackway.report import Page, figures

GAIN = ["log_loss_gain"]
MARKS = ["o", "s", "^", "D", "v"]


def rankings(page: Page, number: int, table: pd.DataFrame) -> None:
    """What balancing changes in the ranking."""
    page.table(
        number,
        _texts(table, ["roc_auc_gain", "pr_auc_gain"]).assign(
            **{name: [f"{one.value:.3f}" for one in table[name]] for name in ("roc_auc", "pr_auc")}
        )[["model", "balancing", "roc_auc", "roc_auc_gain", "pr_auc", "pr_auc_gain"]],
        "balancing",
        caption=(
            "The ranking, where training rows are evened out at 1:1 and test rows stay as they "
            "came. Gains are over the same model trained on the rows as they are, on the same "
            "draws of users. In brackets: 95 % intervals over users."
        ),
    )


def probabilities(page: Page, number: int, table: pd.DataFrame, bought: float) -> None:
    """What balancing changes in what is said."""
    gain = _texts(table, GAIN)
    losses = ["log_loss", "log_loss_prior", "log_loss_calibrated"]
    page.table(
        number,
        gain[["model", "balancing"]].join(table[["mean_said", *losses]]).join(gain[GAIN]),
        "said",
        caption=(
            "The probabilities. `mean_said`, their mean as the model says them, should be the "
            f"share that bought, {bought:.1%}. `log_loss` is of the probabilities as said; "
            "`_prior` with the odds divided back; `_calibrated` fitted to what happened on "
            "validation, and the gain is of those (below 0 is better), with its 95 % interval "
            "over users."
        ),
    )


def _texts(table: pd.DataFrame, intervals: list[str]) -> pd.DataFrame:
    text = {name: ["–" if one is None else str(one) for one in table[name]] for name in intervals}
    return table[["model", "balancing"]].assign(**text)


def decisions(page: Page, number: int, table: pd.DataFrame) -> None:
    """What balancing changes in saying yes."""
    page.table(
        number,
        table,
        "thresholds",
        caption=(
            "Saying yes, on test. `f1_half` from one half on, as is usual; `f1` from `threshold`, "
            "the best on validation. The last three are what would have been claimed from one half "
            "on had the test part been evened out at 1:1 as well."
        ),
    )


def calibration(page: Page, number: int, tables: dict, name: str) -> None:
    """Does it happen as often as was said?"""
    rows = tables[imbalance.SAID][NONE]["rows"]
    page.figure(
        number,
        draw_calibration(tables),
        "balanced",
        caption=(
            f"What {wording.named(name)} says, by way of balancing. A point is a bin of "
            f"{rows.min():,} to {rows.max():,} test sessions for the rows as they are, about as "
            "many for the others; bars are 95 % intervals over users. On the grey line what was "
            "said came true. The left scale is not that of the others."
        ),
        alt=(
            "Share that bought against the probability said: as said, with the prior corrected, "
            "and calibrated."
        ),
    )


def draw_calibration(tables: dict[str, dict[str, pd.DataFrame]]) -> Figure:
    """Share that bought against the probability said, one panel per stage of mending."""
    fig, axes = figures.new(height=3.7, ncols=len(tables))
    for ax, (stage, ways) in zip(axes, tables.items(), strict=True):
        _calibration(ax, ways)
        ax.set(xlabel="probability said\n(mean of a bin)", title=stage)
    axes[0].set_ylabel("share that bought")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig


def _calibration(ax: Axes, ways: dict[str, pd.DataFrame]) -> None:
    top = max(max(table["said"].max(), table["high"].max()) for table in ways.values()) * 1.05
    ax.plot([0, top], [0, top], color=figures.COLORS["null"], linewidth=1, label="truthful")
    for (name, table), mark, colour in zip(ways.items(), MARKS, figures.SEQUENCE, strict=False):
        around = [table["happened"] - table["low"], table["high"] - table["happened"]]
        ax.errorbar(
            table["said"],
            table["happened"],
            yerr=np.clip(around, 0, None),
            color=colour,
            marker=mark,
            markersize=3.5,
            linewidth=1,
            label=name,
        )


def findings(
    table: pd.DataFrame, decided: pd.DataFrame, name: str, bought: float, numbers: list[int]
) -> list[str]:
    """What balancing changed for the model called `name`; `numbers` are those of the tables."""
    rows = table[(table["model"] == name) & (table["balancing"] != NONE)]
    most = rows.loc[rows["mean_said"].idxmax()]
    claims = decided[decided["model"] == name].set_index("balancing")["f1_even"]
    claimed = claims.idxmax()
    (kept,) = decided[(decided["model"] == name) & (decided["balancing"] == claimed)].itertuples()
    return [
        f"Of {len(rows)} ways of balancing the training rows, judged by the average precision of "
        f"{wording.named(name)}: {_moved(rows, 'pr_auc_gain')}; by the log-loss after calibration: "
        f"{_moved(rows, 'log_loss_gain')} (Tables {numbers[0]} and {numbers[1]}).",
        f"After {most['balancing']} it says {most['mean_said']:.1%} on average, where {bought:.1%} "
        f"bought; calibrated on validation its log-loss comes from {most['log_loss']:.3f} to "
        f"{most['log_loss_calibrated']:.3f} (Table {numbers[1]}).",
        f"On a test part evened out too, {_way(claimed)} would have claimed F1 "
        f"{kept.f1_even:.2f}; on the sessions as they come it has {kept.f1:.2f} "
        f"(Table {numbers[2]}).",
    ]


def _way(balance: str) -> str:
    return "training on the rows as they are" if balance == NONE else balance


def _moved(rows: pd.DataFrame, gain: str) -> str:
    """Which ways moved a figure beyond their interval."""
    found: dict[str, list[str]] = {"raised": [], "lowered": []}
    for balance, one in zip(rows["balancing"], rows[gain], strict=True):
        if not Interval.holds(one, 0):
            found["raised" if one.low > 0 else "lowered"].append(balance)
    said = [f"{_listed(names, len(rows))} {verb} it" for verb, names in found.items() if names]
    return "; ".join(said) or "none of them changed it by more than chance may"


def _listed(names: list[str], of: int) -> str:
    return "all of them" if len(names) == of else ", ".join(names)
