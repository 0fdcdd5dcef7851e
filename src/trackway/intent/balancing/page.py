"""The exhibits of balancing: what it changes in the ranking, in what is said, and in saying yes."""

import pandas as pd

from trackway.core.cannot import Cannot, need
from trackway.intent import wording
from trackway.intent.balancing import plots
from trackway.intent.balancing.models import NONE, SAID
from trackway.intent.balancing.study import Balancing
from trackway.report import exhibits
from trackway.report.exhibits import Figure, Table


@exhibits.table("balancing")
def rankings(study: Balancing | Cannot) -> Table:
    """What balancing changes in the ranking."""
    compared = need(study).compared
    names = ["roc_auc", "pr_auc"]
    values = {name: [f"{one.value:.3f}" for one in compared[name]] for name in names}
    shown = _texts(compared, ["roc_auc_gain", "pr_auc_gain"]).assign(**values)
    return Table(
        shown[["model", "balancing", "roc_auc", "roc_auc_gain", "pr_auc", "pr_auc_gain"]],
        caption=(
            "The ranking, where training rows are evened out at 1:1 and test rows stay as they "
            "came. Gains are over the same model trained on the rows as they are, on the same "
            "draws of users. In brackets: 95 % intervals over users."
        ),
    )


@exhibits.table("said")
def probabilities(study: Balancing | Cannot) -> Table:
    """What balancing changes in what is said."""
    compared = need(study).compared
    losses = ["log_loss", "log_loss_prior", "log_loss_calibrated"]
    gain = _texts(compared, ["log_loss_gain"])
    return Table(
        compared[["model", "balancing", "mean_said", *losses]].join(gain["log_loss_gain"]),
        caption=(
            "The probabilities. `mean_said`, their mean as the model says them, should be the "
            f"share that bought, {study.bought:.1%}. `log_loss` is of the probabilities as said; "
            "`_prior` with the odds divided back; `_calibrated` fitted to what happened on "
            "validation, and the gain is of those (below 0 is better), with its 95 % interval "
            "over users."
        ),
    )


@exhibits.figure("balanced")
def calibration(study: Balancing | Cannot) -> Figure:
    """Does it happen as often as was said?"""
    calibrations = need(study).calibrations
    rows = calibrations[SAID][NONE]["rows"]
    return Figure(
        plots.plot_calibrations(calibrations),
        caption=(
            f"What {wording.named(study.chosen)} says, by way of balancing. A point is a bin of "
            f"{rows.min():,} to {rows.max():,} test sessions for the rows as they are, about as "
            "many for the others; bars are 95 % intervals over users. On the grey line what was "
            "said came true. The left scale is not that of the others."
        ),
        alt=(
            "Share that bought against the probability said: as said, with the prior corrected, "
            "and calibrated."
        ),
    )


@exhibits.table("thresholds")
def decisions(study: Balancing | Cannot) -> Table:
    """What balancing changes in saying yes."""
    return Table(
        need(study).decisions,
        caption=(
            "Saying yes, on test. `f1_half` from one half on, as is usual; `f1` from `threshold`, "
            "the best on validation. The last three are what would have been claimed from one half "
            "on had the test part been evened out at 1:1 as well."
        ),
    )


def _texts(compared: pd.DataFrame, intervals: list[str]) -> pd.DataFrame:
    """Model and way, and some columns of intervals as text."""
    text = {
        name: ["–" if one is None else str(one) for one in compared[name]] for name in intervals
    }
    return compared[["model", "balancing"]].assign(**text)
