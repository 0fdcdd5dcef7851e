"""The figures of the step."""

import textwrap
from itertools import pairwise, product

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.figure import Figure

from trackway.report import figures
from trackway.rules.data import DONE, KINDS, LEVELS, PLURAL

SIZES = {"1": 1, "2": 2, "3": 3, "4-5": 4, "6-9": 6, "10+": 10}  # label -> least items
LONGEST_LABEL = 16  # characters in one line of a label
ROW = 8.0  # labels side by side in the width of a page


def plot_sizes(table: pd.DataFrame) -> Figure:
    """Share of baskets by number of items; one panel per level, one colour per kind.

    Parameters
    ----------
    table : DataFrame, one row per kind, level and size
        baskets ('purchases' or 'views'), level : text; size : int, items; n_baskets : int.
    """
    fig, axes = figures.new(height=2.6, ncols=len(LEVELS), sharey=True)
    for ax, level in zip(axes, LEVELS, strict=True):
        for offset, kind in enumerate(KINDS):
            rows = table[(table["level"] == level) & (table["baskets"] == kind)]
            place = np.arange(len(SIZES)) + 0.4 * offset - 0.2
            color = figures.COLORS[KINDS[kind]]
            ax.bar(place, _size_shares(rows), 0.4, color=color, label=DONE[kind])
        ax.set_xticks(range(len(SIZES)), SIZES)
        ax.set(title=level, xlabel="items in the basket")
        ax.grid(axis="x", visible=False)
    axes[0].set(ylabel="baskets (%)", ylim=(0, 100))
    axes[-1].legend()
    return fig


def _size_shares(rows: pd.DataFrame) -> list[float]:
    edges, size = [*SIZES.values(), np.inf], rows["size"]
    counts = [rows.loc[(a <= size) & (size < b), "n_baskets"].sum() for a, b in pairwise(edges)]
    return [100 * count / max(sum(counts), 1) for count in counts]


def plot_pairs(table: pd.DataFrame) -> Figure:
    """Frequent pairs: baskets they share against those expected of independent items; log axes.

    Parameters
    ----------
    table : DataFrame, one row per pair; one panel for each kind and level
        baskets ('purchases' or 'views'), level, world ('the data' or 'shuffled') : text
        expected : float, observed : int, baskets
        needed : int, baskets a frequent pair lies in; chance_lift : float; the same in a panel.
    """
    panels = list(table.groupby(["baskets", "level"], sort=False))
    ncols = min(len(panels), 3)
    nrows = -(-len(panels) // ncols)
    fig, axes = figures.new(height=0.4 + 2.5 * nrows, ncols=ncols, nrows=nrows, squeeze=False)
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    for ax, ((kind, level), rows) in zip(axes.flat, panels, strict=False):
        _pairs_panel(ax, rows, kind, level)
    handles, names = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper center", ncols=4, fontsize=8)
    for ax in axes[-1]:
        ax.set_xlabel("expected (baskets, log)")
    for ax in axes[:, 0]:
        ax.set_ylabel("observed (baskets, log)")
    return fig


def _pairs_panel(ax, rows: pd.DataFrame, kind: str, level: str) -> None:
    style = {"s": 9, "linewidths": 0, "alpha": 0.7, "rasterized": True}
    colors = {"the data": figures.COLORS[KINDS[kind]], "shuffled": figures.COLORS["mistake"]}
    for world, color in colors.items():
        some = rows[rows["world"] == world]
        ax.scatter(some["expected"], some["observed"], color=color, label=world, **style)
    needed, lift = rows["needed"].iloc[0], rows["chance_lift"].iloc[0]
    title = f"{PLURAL[level]} {DONE[kind]}"
    ax.set(xscale="log", yscale="log", title=title, ylim=(needed * 0.6, None))
    x, line = np.array(ax.get_xlim()), {"color": "black", "linewidth": 0.8}
    ax.plot(x, x, **line, label="independent (lift 1)")
    ax.plot(x, lift * x, **line, linestyle=":", label="chance, given the lengths")
    ax.set(xlim=x)
    for axis, (low, high) in [(ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())]:
        steps = (1, 2, 5) if high < 100 * low else (1,)
        axis.set_major_locator(ticker.LogLocator(subs=steps))
        axis.set_major_formatter(ticker.StrMethodFormatter("{x:,g}"))
        axis.set_minor_formatter(ticker.NullFormatter())


def plot_network(rules: pd.DataFrame, items: pd.DataFrame, kind: str = "purchases") -> Figure:
    """Items as dots, rules as arrows, unconnected groups apart.

    A dot's area grows with the item's baskets, an arrow's width with the rule's confidence. A rule
    with several items on its left becomes an arrow from each. Nothing is drawn at random.

    Parameters
    ----------
    rules : DataFrame
        antecedent, consequent : tuples of items; confidence : float.
    items : DataFrame, indexed by item
        label : text; n_baskets : int, that hold it.
    kind : 'purchases' or 'views', for the colour

    Examples
    --------
    >>> sides = {"antecedent": [("m",), ("t",)], "consequent": [("b",), ("s",)]}
    >>> rules = pd.DataFrame(sides | {"confidence": [0.5, 0.4]})
    >>> names = {"label": ["bread", "milk", "sugar", "tea"], "n_baskets": [90, 60, 40, 30]}
    >>> fig = plot_network(rules, pd.DataFrame(names, index=["b", "m", "s", "t"]))
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['bread', 'milk', 'sugar', 'tea']
    """
    graph = arrows(rules)
    places, width, height = arrange(graph)
    fig, ax = figures.new(height=max(1.5, 7 * height / width))
    counts = items.loc[list(graph), "n_baskets"].to_numpy()
    on = {"pos": places, "ax": ax, "node_size": 20 + 180 * counts / counts.max()}
    nx.draw_networkx_nodes(graph, **on, node_color=figures.COLORS[KINDS[kind]], linewidths=0)
    widths = [0.5 + 2 * confidence for *_, confidence in graph.edges(data="confidence")]
    style = {"width": widths, "edge_color": "#7a7a7a", "arrowsize": 7}
    nx.draw_networkx_edges(graph, **on, **style, connectionstyle="arc3,rad=0.15")
    text = {"textcoords": "offset points", "fontsize": 6, "ha": "center", "va": "top"}
    text["bbox"] = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.3}
    for item, place in places.items():
        label = wrapped(figures.label(items.at[item, "label"]))
        ax.annotate(label, place, (0, -6), **text, parse_math=False)
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return fig


def arrows(rules: pd.DataFrame) -> nx.DiGraph:
    """`rules` as arrows between items, with their best confidence."""
    graph = nx.DiGraph()
    for rule in rules.itertuples(index=False):
        for start, end in product(rule.antecedent, rule.consequent):
            known = graph.get_edge_data(start, end, {"confidence": 0.0})["confidence"]
            graph.add_edge(start, end, confidence=max(known, rule.confidence))
    return graph


def arrange(graph: nx.DiGraph) -> tuple[dict[int, np.ndarray], float, float]:
    """Place each connected group by itself and set the groups in rows, the largest first.

    Returns
    -------
    places, width, height : item -> position, in units of one label
    """
    groups = sorted(nx.weakly_connected_components(graph), key=lambda g: (-len(g), min(g)))
    places, x, y, row_height = {}, 0.0, 0.0, 0.0
    for group in groups:
        inside, across, down = _arrange_group(graph, sorted(group))
        if x + across > ROW:
            x, y, row_height = 0.0, y - row_height, 0.0
        places |= {code: at + np.array([x, y]) for code, at in inside.items()}
        x, row_height = x + across, max(row_height, down)
    height = row_height - y
    return {code: at + np.array([0, height]) for code, at in places.items()}, ROW, height


def _arrange_group(graph: nx.DiGraph, group: list[int]) -> tuple[dict, float, float]:
    """Positions of one group in a box that hangs down from (0, 0), and the box's sides."""
    if len(group) == 2:
        at = {group[0]: np.array([0.5, -0.35]), group[1]: np.array([1.5, -0.35])}
        return at, 2.0, 0.9
    side = np.sqrt(len(group))
    across, down = min(1.5 * side, ROW), 0.8 * side
    ordered = nx.Graph()  # nodes in a stated order: the layout follows it
    ordered.add_nodes_from(group)
    ordered.add_edges_from(sorted(tuple(sorted(edge)) for edge in graph.subgraph(group).edges))
    free = nx.kamada_kawai_layout(ordered)
    corner = np.array(list(free.values()))
    span = np.maximum(np.ptp(corner, axis=0), 1e-9)
    unit = {code: (at - corner.min(axis=0)) / span for code, at in free.items()}
    box = np.array([across - 1, -(down - 0.1)])
    return {c: at * box + [0.5, -0.35] for c, at in unit.items()}, across, down + 0.7


def wrapped(label: str) -> str:
    """`label` in up to three short lines.

    >>> wrapped("samsung smartphone 1004856")
    'samsung\\nsmartphone\\n1004856'
    """
    lines = textwrap.wrap(label, LONGEST_LABEL, break_on_hyphens=False) or [""]
    return "\n".join(lines[:3]) + ("…" if len(lines) > 3 else "")
