"""Figures and tables that not all data can carry: shown, or a reason in their place."""

import pandas as pd

from trackway.report import Page, truth_table
from trackway.rules import plots, sentences
from trackway.rules.baskets import KINDS
from trackway.rules.planted import Told
from trackway.rules.search import DONE, Found

NAMES = {"purchases": "bought", "views": "seen"}
SHOWN = [
    *["level", "antecedent", "consequent", "count", "n_antecedent", "n_users", "expected"],
    *["support", "confidence", "lift", "leverage", "conviction"],
]
DECIMALS = {"expected": 2, "support": 5, "confidence": 3, "lift": 1, "leverage": 5, "conviction": 2}


def show_sizes(page: Page, number: int, found: list[Found]) -> None:
    """Items per basket."""
    if not any(one.baskets.n for one in found):
        page.cannot("Figure", number, "sizes", "Nothing is bought or viewed in these data.")
        return
    alt = "Bars: share of baskets by number of items, bought and viewed, on three levels."
    caption = f"Different items per basket. {sentences.sizes(found)}"
    page.figure(number, plots.plot_sizes(found), "sizes", caption=caption, alt=alt)


def show_pairs(page: Page, number: int, found: list[Found]) -> None:
    """Pairs that share enough baskets, against chance."""
    some = plots.with_pairs(found)
    if not some:
        why = " ".join(sentences.why_none(found, kind) for kind in KINDS)
        page.cannot("Figure", number, "pairs", why)
        return
    alt = "Dots: baskets a pair of items shares against those expected, in data and shuffled."
    page.figure(number, plots.plot_pairs(some), "pairs", caption=sentences.pairs(some), alt=alt)


def show_rules(page: Page, number: int, found: list[Found], table: pd.DataFrame, kind: str) -> None:
    """The rules of one `kind`, on all levels."""
    rules = table.loc[table["baskets"] == kind, SHOWN]
    name = NAMES[kind]
    if rules.empty:
        page.cannot("Table", number, name, sentences.why_none(found, kind))
        return
    caption = sentences.rules(found, kind)
    page.table(number, rules, name, caption=caption, digits=DECIMALS, rows=15)


def show_network(page: Page, number: int, found: list[Found], names: dict, kind: str, top: int):
    """The strongest `top` rules of `kind`, on the finest level that has many."""
    one = sentences.pictured(found, kind)
    name = f"network-{NAMES[kind]}"
    if one is None:
        page.cannot("Figure", number, name, sentences.why_none(found, kind))
        return
    fig = plots.plot_network(one, names[one.level], top)
    alt = f"Network: {one.name}, joined by an arrow where a rule leads from one to the other."
    page.figure(number, fig, name, caption=sentences.network(one, top), alt=alt)


def show_truth(page: Page, number: int, told: Told, settings: dict) -> None:
    """What of the planted complements was found, and what was found that is not planted."""
    truth_table.table(
        page,
        number,
        told.lines,
        reason=told.reason,
        caption="Pairs of products that rules join, in either direction; intervals are Wilson's, "
        "over pairs. Chance: complements found in shuffled baskets; the share that is not planted "
        f"of all pairs tried. False finds allowed: {settings['fdr']:.0%}.",
    )


def show_planted(page: Page, number: int, told: Told) -> None:
    """The counts behind it, by what joins a pair."""
    if told.reason:
        page.cannot("Table", number, "planted", "For the reason given above.")
        return
    page.table(
        number,
        told.pairs,
        "planted",
        caption="Pairs of products by what joins them in the simulated shop. `exist`: in the shop; "
        "`tried`: both products are frequent; `frequent`: so is the pair; `attainable`: it meets "
        "every threshold but the test; `reported`: a rule joins them; `shuffled`: reported in "
        "shuffled baskets, on average.",
        digits=1,
    )


def headlines(page: Page, found: list[Found]) -> None:
    """What the index page tells of this step."""
    for kind in KINDS:
        n = sum(len(one.rules) for one in sentences.of_kind(found, kind))
        page.headline(f"Rules between things {DONE[kind]}", f"{n:,}")
