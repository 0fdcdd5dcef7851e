"""How every figure looks, and how the same figure becomes the same file."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font

from trackway.core.escaping import CLOSE, OPEN, UNKNOWN, visible

# One colour, one meaning, in every notebook; ordered so that they also differ in grey.
COLORS = {
    "view": "#9db4c8",
    "favorite": "#c77d9b",
    "cart": "#e0973c",
    "remove": "#8a6d5a",
    "purchase": "#1f5a5f",
    "return": "#7a7a7a",
    "baseline": "#8c8c8c",  # what a model must beat
    "model": "#2f6f9f",
    "mistake": "#b5443a",  # what is shown as an error
    "null": "#bdbdbd",  # what chance alone gives
    "highlight": "#c2582e",
}
SEQUENCE = ["#1f5a5f", "#e0973c", "#2f6f9f", "#c77d9b", "#7a9a3d", "#8a6d5a", "#5c5f97", "#b5443a"]

STYLE = {
    "svg.hashsalt": "trackway",
    "svg.fonttype": "path",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.7,
    "axes.edgecolor": "#7a7a7a",
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same letters on every machine
    "font.size": 9,
    "legend.frameon": False,
    "axes.prop_cycle": mpl.cycler(color=SEQUENCE),
}


def use_style() -> None:
    """Apply the project's style. Called by `report.Page`, and after yellowbrick is imported."""
    sns.reset_orig()
    plt.rcParams.update(STYLE)


def new(width: float = 7, height: float = 3.2, ncols: int = 1, nrows: int = 1, **options):
    """A figure and its axes, in inches, in the project's style: ``fig, ax = new()``."""
    use_style()
    return plt.subplots(nrows, ncols, figsize=(width, height), **options)


def error_bars(ax: Axes, places, value, low, high, *, along: str = "y", **style) -> None:
    """Points with bars from `low` to `high`, as `Axes.errorbar` draws them.

    Parameters
    ----------
    places, value, low, high : arrays, shape (n,)
    along : {'y', 'x'}
        The axis of the values; `places` are those of the other one.
    style : what `Axes.errorbar` takes
    """
    with np.errstate(invalid="ignore"):  # some NumPys warn of what is missing; it stays so
        reach = np.clip([value - low, high - value], 0, None)  # rounding may leave a bar below 0
    if along == "x":
        ax.errorbar(value, places, xerr=reach, **style)
    else:
        ax.errorbar(places, value, yerr=reach, **style)


def dots(ax: Axes, value, low, high, places, **style) -> None:
    """Points at `places` of the vertical axis, with bars from `low` to `high`."""
    mark = style.pop("marker", "o")
    error_bars(ax, places, value, low, high, along="x", fmt=mark, markersize=4.5, **style)


def line_with_band(ax: Axes, x, value, low, high, *, color: str, **style) -> None:
    """A line through `value`, and a band of its colour from `low` to `high`.

    Parameters
    ----------
    x, value, low, high : arrays, shape (n,)
    style : of the line, what `Axes.plot` takes
    """
    ax.plot(x, value, color=color, **style)
    ax.fill_between(x, low, high, color=color, alpha=0.2)


def calibration(
    ax: Axes,
    tables: Mapping[str, pd.DataFrame],
    styles: Sequence[dict],
    top: float | None = None,
) -> None:
    """What came true against what was said, with bars; on the grey line both are alike.

    Parameters
    ----------
    tables : label to what `evaluation.calibration.calibration_table` returns
    styles : of each table, what `Axes.errorbar` takes
    top : where the grey line ends; by default just beyond all that is drawn
    """
    top = calibration_top(tables.values()) if top is None else top
    ax.plot([0, top], [0, top], color=COLORS["null"], linewidth=1, label="truthful")
    for (name, one), style in zip(tables.items(), styles, strict=False):
        around = one["low"], one["high"]
        error_bars(ax, one["said"], one["happened"], *around, linewidth=1, label=name, **style)


def calibration_top(tables: Iterable[pd.DataFrame]) -> float:
    """Where the grey line of calibration tables drawn to one scale ends."""
    return 1.05 * max(max(one["said"].max(), one["high"].max()) for one in tables)


def label(text: str) -> str:
    """Data as a label: its letters, as far as the font has them, and nothing that acts."""
    font = get_font(findfont(STYLE["font.family"]))
    letters = visible(text).replace(OPEN, "").replace(CLOSE, "")
    return "".join(c if font.get_char_index(ord(c)) else UNKNOWN for c in letters)


def save(fig: Figure, file: Path) -> None:
    """Write `fig` as SVG, byte for byte the same on every run, and close it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "trackway", "svg.fonttype": "path"}):
        fig.savefig(file, format="svg", metadata={"Date": None})
    plt.close(fig)
