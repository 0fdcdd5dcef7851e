"""The whole search, for every kind of basket and every level of item, held against chance."""

from dataclasses import dataclass, replace
from itertools import product

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.core import progress
from trackway.rules import chance, measures
from trackway.rules.baskets import KINDS, LEVELS, Baskets, gather, items
from trackway.rules.drawn import Drawn, draw
from trackway.rules.itemsets import Itemsets, count, mine
from trackway.rules.shuffles import shuffled
from trackway.rules.thresholds import Thresholds

DONE = {"purchases": "bought", "views": "viewed"}
STEPS = ["frequent", "confident", "not redundant", "beyond chance", "several users"]


@dataclass(frozen=True)
class Found:
    """What one kind of basket holds on one level.

    Attributes
    ----------
    by_apriori, by_fpgrowth : Itemsets
        Every frequent set with its count, found twice.
    rules : DataFrame
        Those left at the end, strongest first, with counts, measures and tests.
    ledger : dict, step of `STEPS` -> number of rules left after it
    ledgers_by_chance : list of such dicts, one for each shuffling of the baskets
    rules_by_chance : list of DataFrames
        The rules each shuffling left: found for nothing.
    sets_by_chance : Itemsets
        The frequent sets of the first shuffling.
    drawn : Drawn or None
        Which sessions were searched; None for all.
    """

    kind: str
    level: str
    baskets: Baskets
    by_apriori: Itemsets
    by_fpgrowth: Itemsets
    rules: pd.DataFrame
    ledger: dict[str, int]
    ledgers_by_chance: list[dict[str, int]]
    rules_by_chance: list[pd.DataFrame]
    sets_by_chance: Itemsets
    drawn: Drawn | None = None

    @property
    def name(self) -> str:
        """For captions and titles: 'products viewed'."""
        plural = {"product": "products", "category": "categories", "brand": "brands"}[self.level]
        return f"{plural} {DONE[self.kind]}"

    @property
    def agree(self) -> bool:
        """Whether both algorithms found the same sets with the same counts."""
        return self.by_apriori == self.by_fpgrowth

    def n_sets(self, algorithm: str) -> int:
        """How many sets of two items or more `algorithm` found."""
        sets = {"Apriori": self.by_apriori, "FP-Growth": self.by_fpgrowth}[algorithm]
        return sum(len(one) >= 2 for one in sets)

    def by_chance(self, step: str) -> pd.Series:
        """Rules left after `step` in each shuffling; zeros where there was nothing to shuffle."""
        return pd.Series([one[step] for one in self.ledgers_by_chance] or [0])


def sift(
    sets: Itemsets, baskets: Baskets, thresholds: Thresholds
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rules worth keeping, strongest first, and how many were left after each step."""
    rules = measures.all_rules(sets, thresholds.longest_consequent)
    ledger = {"frequent": len(rules)}
    tested = chance.add_tests(rules, sets, baskets)
    kept = tested[measures.reaches(tested, baskets.n, thresholds)]
    ledger["confident"] = len(kept)
    kept = kept[~measures.redundant(kept)]
    ledger["not redundant"] = len(kept)
    kept = kept[kept["q_value"] <= thresholds.fdr]
    ledger["beyond chance"] = len(kept)
    kept = measures.add_users(kept, baskets)
    kept = measures.add_measures(kept[kept["n_users"] >= thresholds.min_users], baskets.n)
    ledger["several users"] = len(kept)
    order = ["lift", "count", "antecedent", "consequent"]
    return kept.sort_values(order, ascending=[False, False, True, True], ignore_index=True), ledger


def search(
    events: ir.Table, kind: str, level: str, thresholds: Thresholds, shuffles: int, seed: int
) -> Found:
    """Find the rules of one `kind` on one `level`, and those of `shuffles` worlds without rules."""
    filled = items(events, kind, level)
    baskets = gather(filled, thresholds)
    sets = grown(filled, baskets, thresholds)
    again = mine(baskets, thresholds.longest_itemset, "Apriori")
    rules, ledger = sift(sets, baskets, thresholds)
    rng = np.random.default_rng([seed, list(KINDS).index(kind), list(LEVELS).index(level)])
    worlds = [shuffled(baskets, rng) for _ in range(shuffles if ledger["frequent"] else 0)]
    drawn = [count(world, thresholds.longest_itemset) for world in worlds]
    sifted = [sift(*one, thresholds) for one in zip(drawn, worlds, strict=True)]
    for_nothing, ledgers = ([one[i] for one in sifted] for i in range(2))
    first = drawn[0] if drawn else {}
    return Found(kind, level, baskets, again, sets, rules, ledger, ledgers, for_nothing, first)


def grown(filled: ir.Table, baskets: Baskets, thresholds: Thresholds) -> Itemsets:
    """The frequent sets by FP-Growth: Spark's where the baskets are on Spark, else mlxtend's."""
    if filled._find_backend(use_default=True).name == "pyspark":
        from trackway.rules import mllib

        longest = thresholds.longest_itemset, thresholds.longest_basket
        return mllib.mine(filled, baskets, *longest)
    return mine(baskets, thresholds.longest_itemset, "FP-Growth")


def search_all(events: ir.Table, settings: dict, seed: int) -> list[Found]:
    """`search` for purchases and views, on the level of product, category and brand."""
    drawn = {kind: draw(events, kind, settings["max_baskets"], seed) for kind in KINDS}
    found = []
    for kind, level in product(KINDS, LEVELS):
        progress.tell(f"{kind} by {level}")
        thresholds = Thresholds.of(settings, kind)
        one = search(drawn[kind].events, kind, level, thresholds, settings["shuffles"], seed)
        found.append(replace(one, drawn=drawn[kind]))
    progress.tell("")
    return found
