"""Whether what is said holds, by way of balancing and stage of mending."""

import pandas as pd
from matplotlib.figure import Figure

from trackway.report import figures

MARKS = ["o", "s", "^", "D", "v"]


def plot_calibrations(calibrations: dict[str, dict[str, pd.DataFrame]]) -> Figure:
    """Share that bought against the probability said, one panel per stage of mending.

    Parameters
    ----------
    calibrations : stage to way of balancing to said, happened, low, high
        As `evaluation.calibration.calibration_table` returns them.
    """
    fig, axes = figures.new(height=3.7, ncols=len(calibrations))
    styles = [
        {"color": colour, "marker": mark, "markersize": 3.5}
        for colour, mark in zip(figures.SEQUENCE, MARKS, strict=False)
    ]
    for ax, (stage, ways) in zip(axes, calibrations.items(), strict=True):
        figures.calibration(ax, ways, styles)
        ax.set(xlabel="probability said\n(mean of a bin)", title=stage)
    axes[0].set_ylabel("share that bought")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig
