"""What each step of an ablation claims, as a figure."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from trackway.intent.leakage.models import HONEST
from trackway.intent.wording import CHANCE
from trackway.report import figures


def plot_ablation(shop: pd.DataFrame, null: pd.DataFrame) -> Figure:
    """ROC AUC and F1 of every step, in this shop and where nothing can be told.

    Parameters
    ----------
    shop, null : DataFrame, one row per step, both of the same steps
        question, key : str
        roc_auc, f1 : float, each with its ends <metric>_low and <metric>_high
    """
    fig, axes = figures.new(height=4.2, ncols=2, sharey=True, width_ratios=[3, 2])
    places = np.arange(len(shop))
    honest = (shop["key"] == HONEST).to_numpy()
    for ax, metric in zip(axes, ["roc_auc", "f1"], strict=True):
        for ablation, mine, shift, colour, mark, label in [
            (shop, ~honest, -0.13, "mistake", "o", "this shop, a mistake"),
            (shop, honest, -0.13, "model", "D", "this shop, honest"),
            (null, honest | ~honest, 0.13, "baseline", "s", "a shop where nothing can be told"),
        ]:
            value, low, high = (ablation.loc[mine, metric + end] for end in ("", "_low", "_high"))
            style = {"color": figures.COLORS[colour], "marker": mark, "label": label}
            figures.dots(ax, value, low, high, places[mine] + shift, **style)
        ax.axhline(len(shop) - 1.5, color="#7a7a7a", linewidth=0.7, linestyle=":")
    axes[0].axvline(CHANCE, color=figures.COLORS["null"], linewidth=1)
    axes[0].set_yticks(places, [textwrap.fill(question, 31) for question in shop["question"]])
    axes[0].set(xlabel="ROC AUC claimed (0.5 is chance)", ylim=(len(shop) - 0.5, -0.5))
    axes[1].set(xlabel="F1 claimed", xlim=(0, 1.02))
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig
