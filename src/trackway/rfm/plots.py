"""The figures of `03_rfm`."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.cluster import hierarchy
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from trackway.report import figures, yellowbrick_compat
from trackway.rfm import clusters
from trackway.rfm.models import Scale
from trackway.rfm.spread import BARS, Histogram, Spread

LEAVES = 30  # of the tree; a leaf holds many customers


def plot_distributions(spread: Spread, money_unit: str) -> Figure:
    """How recency, frequency and money are distributed over customers."""
    fig, (left, middle, right) = figures.new(height=2.6, ncols=3)
    _bars(left, spread.recency)
    left.set(xlabel=f"recency ({spread.recency_unit})", ylabel="customers")
    seen = np.flatnonzero(spread.orders)
    middle.bar(1 + seen, spread.orders[seen], color=figures.COLORS["purchase"])
    more = f"; {BARS}: or more" if spread.more else ""
    middle.set(xlabel=f"frequency (orders{more})", ylabel="customers, log")
    middle.set_yscale("log")
    middle.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    if spread.money:
        _bars(right, spread.money)
        right.set_xscale("log")
    right.set(xlabel=f"money ({money_unit}), log", ylabel="customers")
    return fig


def _bars(ax: Axes, counted: Histogram) -> None:
    edges, counts = counted
    ax.hist(edges[:-1], bins=edges, weights=counts, color=figures.COLORS["purchase"])


def plot_shares(
    table: pd.DataFrame, name: str, of: tuple[str, str], labels: tuple[str, str]
) -> Figure:
    """Two shares of each group side by side, first group on top.

    Parameters
    ----------
    name : the column that names the group
    of, labels : the two columns of shares, 0 to 1, and what the legend calls them
    """
    fig, ax = figures.new(height=0.9 + 0.32 * len(table))
    place = np.arange(len(table))
    ax.barh(place - 0.2, 100 * table[of[0]], 0.4, color=figures.COLORS["view"], label=labels[0])
    ax.barh(place + 0.2, 100 * table[of[1]], 0.4, color=figures.COLORS["purchase"], label=labels[1])
    ax.set_yticks(place, table[name])
    ax.invert_yaxis()
    ax.set(xlabel="share (%)")
    ax.grid(axis="y", visible=False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return fig


def plot_numbers_of_clusters(customers: pd.DataFrame, choice: clusters.Choice, seed: int) -> Figure:
    """The elbow and three indices over the number of clusters."""
    fig, axes = figures.new(height=4.8, ncols=2, nrows=2)
    (elbow, silhouette), (variance, similarity) = axes
    ks = choice.indices["k"].tolist()
    features = Scale.of(customers).features(customers)
    shown = clusters.elbow(features, ks, seed, ax=elbow)
    shown.finalize()
    at = "no elbow found" if shown.elbow_value_ is None else f"elbow at {shown.elbow_value_}"
    elbow.set(title=f"sum of squares: {at}", ylabel="sum of squared distances", ylim=(0, None))
    if elbow.get_legend():
        elbow.get_legend().remove()
    _silhouettes(silhouette, choice)
    for ax, name in [(variance, "calinski_harabasz"), (similarity, "davies_bouldin")]:
        good = "high" if name == "calinski_harabasz" else "low"
        words = name.replace("_", "-").title()
        ax.plot(ks, choice.indices[name], marker="D", color=figures.COLORS["model"])
        ax.set(title=f"{words}: {good} is good", ylabel=words)
    for ax in axes.flat:
        ax.axvline(choice.k, color=figures.COLORS["highlight"], linewidth=1)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel("number of clusters")
    return fig


def _silhouettes(ax: Axes, choice: clusters.Choice) -> None:
    table = choice.indices
    ax.fill_between(
        table["k"],
        table["null_low"],
        table["null_high"],
        color=figures.COLORS["null"],
        label="drawn without groups",
    )
    ax.plot(
        table["k"],
        table["silhouette"],
        marker="D",
        color=figures.COLORS["model"],
        label="customers",
    )
    ax.set(title="silhouette: high is good", ylabel="silhouette")
    ax.legend()


def plot_silhouettes(features: np.ndarray, kmeans: KMeans) -> Figure:
    """How well each customer sits in their cluster (yellowbrick)."""
    fig, ax = figures.new(height=3.4)
    colors = cluster_colors(kmeans.n_clusters)
    shown = yellowbrick_compat.cluster.SilhouetteVisualizer(
        kmeans, ax=ax, colors=colors, is_fitted=True
    )
    shown.fit(features)
    shown.finalize()
    ax.set(title="", xlabel="silhouette of a customer", ylabel="customers, by cluster")
    ax.set_yticks(ax.get_yticks(), [str(1 + i) for i in range(len(ax.get_yticks()))])
    ax.legend(loc="lower right")
    return fig


def plot_view(points: np.ndarray, pca: PCA, labels: np.ndarray) -> Figure:
    """Customers on two principal components, coloured by cluster; arrows show the features."""
    fig, ax = figures.new(height=4.2)
    colors = cluster_colors(labels.max())
    ax.scatter(
        *points.T,
        c=[colors[label - 1] for label in labels],
        s=7,
        alpha=0.6,
        linewidths=0,
        rasterized=True,
    )
    for label in np.unique(labels):
        box = {"boxstyle": "circle", "facecolor": "white", "edgecolor": colors[label - 1]}
        middle = np.median(points[labels == label], axis=0)
        ax.annotate(str(label), middle, ha="center", va="center", bbox=box, weight="bold")
    _arrows(ax, pca, reach=0.5 * np.abs(points).max())
    shares = pca.explained_variance_ratio_
    ax.set(
        xlabel=f"component 1 ({shares[0]:.0%} of variance)",
        ylabel=f"component 2 ({shares[1]:.0%} of variance)",
    )
    return fig


def _arrows(ax: Axes, pca: PCA, reach: float) -> None:
    ends = reach * pca.components_.T
    ax.update_datalim(1.2 * ends)
    ax.autoscale_view()
    paper = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 1}
    for name, end, up in zip(["recency", "frequency", "money"], ends, [9, 9, -9], strict=True):
        ax.annotate("", end, (0, 0), arrowprops={"arrowstyle": "->", "color": "black"})
        place = {"xytext": (0, up), "textcoords": "offset points", "ha": "center", "va": "center"}
        ax.annotate(name, end, bbox=paper, **place)


def plot_tree(linkage: np.ndarray, k: int) -> Figure:
    """Ward's tree, its last merges; the line cuts it into `k` groups."""
    fig, ax = figures.new(height=3.2)
    n = len(linkage) + 1
    sizes = np.concatenate([np.ones(n), linkage[:, 3]]).astype(int)  # of each node, (2 N - 1,)
    hierarchy.dendrogram(
        linkage,
        p=LEAVES,
        truncate_mode="lastp",
        ax=ax,
        link_color_func=lambda _: figures.COLORS["model"],
        leaf_label_func=lambda node: str(sizes[node]),
        leaf_rotation=90,
        leaf_font_size=7,
    )
    height = linkage[-k:, 2][:2].mean()  # between the merges to k groups and to k - 1
    ax.axhline(height, color=figures.COLORS["highlight"], linestyle="--", linewidth=1)
    ax.set(xlabel="customers in a branch", ylabel="Ward distance")
    ax.grid(axis="x", visible=False)
    return fig


def plot_gains(errors: pd.DataFrame) -> Figure:
    """How much better than recency alone each grouping foretells spend, with intervals.

    Parameters
    ----------
    errors : DataFrame, one row per grouping
        grouping : str; gain, gain_low, gain_high : float, mean squared error saved and the ends of
        its interval

    Examples
    --------
    >>> rows = [("segments", 0.2, 0.1, 0.3), ("clusters", 0.1, -0.1, 0.3)]
    >>> columns = ["grouping", "gain", "gain_low", "gain_high"]
    >>> fig = plot_gains(pd.DataFrame(rows, columns=columns))
    >>> [label.get_text() for label in fig.axes[0].get_yticklabels()]
    ['segments', 'clusters']
    """
    fig, ax = figures.new(height=0.8 + 0.35 * len(errors))
    place = np.arange(len(errors))
    style = {"fmt": "o", "color": figures.COLORS["model"], "capsize": 3}
    ends = errors["gain"], errors["gain_low"], errors["gain_high"]
    figures.error_bars(ax, place, *ends, along="x", **style)
    ax.axvline(0, color=figures.COLORS["baseline"], linewidth=1)
    ax.set_yticks(place, errors["grouping"])
    ax.invert_yaxis()
    ax.set(xlabel="error less than with recency alone (mean squared, log of spend)")
    ax.margins(y=0.2)
    return fig


def cluster_colors(k: int) -> Sequence:
    """A colour for each of `k` clusters."""
    own = figures.SEQUENCE
    return own[:k] if k <= len(own) else sns.color_palette("husl", k).as_hex()
