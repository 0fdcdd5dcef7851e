"""The figures of the step."""

import textwrap
from itertools import pairwise, product

import networkx as nx
import numpy as np
from matplotlib import ticker
from matplotlib.figure import Figure

from trackway.report import figures
from trackway.rules.baskets import KINDS, LEVELS
from trackway.rules.itemsets import Itemsets
from trackway.rules.search import DONE, Found
from trackway.rules.shuffles import chance_lift

SIZES = {"1": 1, "2": 2, "3": 3, "4-5": 4, "6-9": 6, "10+": 10}  # label -> least items
LONGEST_LABEL = 16  # characters in one line of a label
ROW = 8.0  # labels side by side in the width of a page


def plot_sizes(found: list[Found]) -> Figure:
    """Share of baskets by number of items; one panel per level, one colour per kind."""
    fig, axes = figures.new(height=2.6, ncols=len(LEVELS), sharey=True)
    for ax, level in zip(axes, LEVELS, strict=True):
        for offset, one in enumerate(one for one in found if one.level == level):
            place = np.arange(len(SIZES)) + 0.4 * offset - 0.2
            color = figures.COLORS[KINDS[one.kind]]
            ax.bar(place, _size_shares(one.baskets.sizes), 0.4, color=color, label=DONE[one.kind])
        ax.set_xticks(range(len(SIZES)), SIZES)
        ax.set(title=level, xlabel="items in the basket")
        ax.grid(axis="x", visible=False)
    axes[0].set(ylabel="baskets (%)", ylim=(0, 100))
    axes[-1].legend()
    return fig


def _size_shares(sizes: dict[int, int]) -> list[float]:
    edges = [*SIZES.values(), np.inf]
    counts = [sum(n for s, n in sizes.items() if a <= s < b) for a, b in pairwise(edges)]
    return [100 * count / max(sum(counts), 1) for count in counts]


def with_pairs(found: list[Found]) -> list[Found]:
    """Those in which any two items lie together often enough."""
    return [one for one in found if one.ledger["frequent"]]


def plot_pairs(found: list[Found]) -> Figure:
    """Frequent pairs: baskets they share against those expected of independent items; log axes."""
    ncols = min(len(found), 3)
    nrows = -(-len(found) // ncols)
    fig, axes = figures.new(height=0.4 + 2.5 * nrows, ncols=ncols, nrows=nrows, squeeze=False)
    for ax in axes.flat[len(found) :]:
        ax.set_axis_off()
    for ax, one in zip(axes.flat, found, strict=False):
        _pairs_panel(ax, one)
    handles, names = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper center", ncols=4, fontsize=8)
    for ax in axes[-1]:
        ax.set_xlabel("expected (baskets, log)")
    for ax in axes[:, 0]:
        ax.set_ylabel("observed (baskets, log)")
    return fig


def _pairs_panel(ax, one: Found) -> None:
    style = {"s": 9, "linewidths": 0, "rasterized": True}
    for sets, color, label in [
        (one.by_fpgrowth, figures.COLORS[KINDS[one.kind]], "the data"),
        (one.sets_by_chance, figures.COLORS["mistake"], "shuffled"),
    ]:
        expected, observed = expected_and_observed(sets, one.baskets.n)
        ax.scatter(expected, observed, color=color, alpha=0.7, label=label, **style)
    ax.set(xscale="log", yscale="log", title=one.name, ylim=(one.baskets.needed * 0.6, None))
    x = np.array(ax.get_xlim())
    ax.plot(x, x, color="black", linewidth=0.8, label="independent (lift 1)")
    by_chance = chance_lift(one.baskets) * x
    ax.plot(
        x, by_chance, color="black", linewidth=0.8, linestyle=":", label="chance, given the lengths"
    )
    ax.set(xlim=x)
    for axis, (low, high) in [(ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())]:
        steps = (1, 2, 5) if high < 100 * low else (1,)
        axis.set_major_locator(ticker.LogLocator(subs=steps))
        axis.set_major_formatter(ticker.StrMethodFormatter("{x:,g}"))
        axis.set_minor_formatter(ticker.NullFormatter())


def expected_and_observed(sets: Itemsets, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each pair in `sets`: baskets expected to hold it if independent, and those that do."""
    pairs = [(items, count) for items, count in sets.items() if len(items) == 2]
    expected = [sets[(one,)] * sets[(other,)] / n for (one, other), _ in pairs]
    return np.array(expected), np.array([count for _, count in pairs])


def plot_network(one: Found, names: dict[str, str], top: int) -> Figure:
    """The strongest `top` rules: items as dots, rules as arrows, unconnected groups apart.

    A dot's area grows with the item's baskets, an arrow's width with the rule's confidence. A rule
    with several items on its left becomes an arrow from each. Nothing is drawn at random.
    """
    graph = network(one, top)
    places, width, height = arrange(graph)
    fig, ax = figures.new(height=max(1.5, 7 * height / width))
    counts = one.baskets.counts[list(graph)]
    area = 20 + 180 * counts / counts.max()
    on = {"pos": places, "ax": ax, "node_size": area}
    nx.draw_networkx_nodes(graph, **on, node_color=figures.COLORS[KINDS[one.kind]], linewidths=0)
    widths = [0.5 + 2 * confidence for *_, confidence in graph.edges(data="confidence")]
    arrows = {"width": widths, "edge_color": "#7a7a7a", "arrowsize": 7}
    nx.draw_networkx_edges(graph, **on, **arrows, connectionstyle="arc3,rad=0.15")
    text = {"textcoords": "offset points", "fontsize": 6, "ha": "center", "va": "top"}
    text["bbox"] = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.3}
    for code, place in places.items():
        label = wrapped(figures.label(names[one.baskets.items[code]]))
        ax.annotate(label, place, (0, -6), **text, parse_math=False)
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return fig


def network(one: Found, top: int) -> nx.DiGraph:
    """The strongest `top` rules as arrows between codes of items, with their best confidence."""
    graph = nx.DiGraph()
    for rule in one.rules.head(top).itertuples(index=False):
        for start, end in product(rule.antecedent, rule.consequent):
            known = graph.get_edge_data(start, end, {"confidence": 0.0})["confidence"]
            graph.add_edge(start, end, confidence=max(known, rule.confidence))
    return graph


def arrange(graph: nx.DiGraph) -> tuple[dict[int, np.ndarray], float, float]:
    """Place each connected group by itself and set the groups in rows, the largest first.

    Returns
    -------
    places, width, height : code -> position, in units of one label
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
