"""How models of users keep, as a figure."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from trackway.intent.users.models import ANEW, FROZEN, LAST_SEEN
from trackway.report import figures

WAYS = {  # colour, mark and place beside the date
    ANEW: ("model", "o", -0.12),
    FROZEN: ("highlight", "D", 0.0),
    LAST_SEEN: ("baseline", "s", 0.12),
}


def plot_drift(drift: pd.DataFrame, calibration: pd.DataFrame) -> Figure:
    """The ranking over the dates, what is said beside what happens, and the last date's bins.

    Parameters
    ----------
    drift : DataFrame, one row per date and way of `WAYS`
        date, way : str
        bought, said, roc_auc, roc_auc_low, roc_auc_high : float
    calibration : DataFrame, one row per bin
        said, happened, low, high : float
    """
    fig, (auc, share, bins) = figures.new(ncols=3, height=3.2)
    dates = sorted(drift["date"].unique())
    places = np.arange(len(dates))
    anew = drift[drift["way"] == ANEW]
    share.bar(places, anew["bought"], width=0.5, color=figures.COLORS["null"], label="bought")
    for way, (colour, mark, shift) in WAYS.items():
        rows = drift[drift["way"] == way]
        style = {"color": figures.COLORS[colour], "marker": mark, "markersize": 4.5, "label": way}
        style["linestyle"] = "none"
        around = rows["roc_auc_low"], rows["roc_auc_high"]
        figures.error_bars(auc, places + shift, rows["roc_auc"], *around, **style)
        share.plot(places + shift, rows["said"], **style)
    auc.axhline(0.5, color=figures.COLORS["null"], linewidth=1)
    for ax in (auc, share):
        # the year on a line of its own, or the dates run into each other
        ax.set_xticks(places, [date.replace("-", "\n", 1) for date in dates])
        ax.set(xlim=(-0.6, len(dates) - 0.4), xlabel="date")
    auc.set_title("ROC AUC")
    share.set(title="share, mean probability", ylim=(0, None))
    style = {"color": figures.COLORS["model"], "marker": "o", "markersize": 4}
    figures.calibration(bins, {"last date": calibration}, [style])
    bins.set(title="share that bought", xlabel="probability said")
    fig.legend(*share.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return fig
