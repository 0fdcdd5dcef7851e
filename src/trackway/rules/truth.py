"""The rules beside the truth: do they find the complements planted in the simulated shop?

Read only here, and only of the simulated shop. What is compared are pairs of products, in either
direction. Two effects plant what may join them: `complements`, true pairs of products of different
categories, and `focus`, by which a session keeps to a category. A pair that neither joins is a
false find; one of the same category is none, though no complement.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackway import params
from trackway.core.cannot import Cannot
from trackway.evaluation.intervals import wilson_of_counts
from trackway.params.rules import Rules
from trackway.report import truth_table
from trackway.report.run import Run
from trackway.rules import measures
from trackway.rules.data import DONE
from trackway.rules.models import MinedRules
from trackway.rules.thresholds import Thresholds
from trackway.tables import truth

JOINED_BY = ["complements", "one category", "nothing planted"]
WITHIN = "all that meet every threshold but the test"
ONLY_PLANTED = "reporting only what is planted"

Pair = tuple[int, int]  # product ids, the smaller first


@dataclass(frozen=True)
class Truth:
    """What of the planted the rules found.

    Attributes
    ----------
    lines : achieved, attainable, chance: complements found, then false finds
    pairs : one row per kind of basket and what joins a pair, with counts of pairs
        exist (in the shop), tried (both products are frequent), frequent (so is the pair),
        attainable (it meets every threshold but the test), reported; shuffled (reported in
        shuffled baskets, on average).
    """

    lines: list[truth_table.Line]
    pairs: pd.DataFrame


@dataclass(frozen=True)
class Planted:
    """What the simulated shop joins.

    Attributes
    ----------
    complements : true pairs
    category : category of each product; all different where sessions keep to none
    """

    complements: frozenset[Pair]
    category: dict[int, int]

    @classmethod
    def of(cls, complements: pd.DataFrame, products: pd.DataFrame, focus: bool) -> "Planted":
        """From the tables of the truth; `focus` is the effect of that name."""
        column = "category_id" if focus else "product_id"
        pairs = complements[["product_id", "complement_id"]].itertuples(index=False)
        category = dict(zip(products["product_id"], products[column], strict=True))
        return cls(frozenset((min(pair), max(pair)) for pair in pairs), category)

    def by(self, pair: Pair) -> str:
        """What joins `pair`, as `JOINED_BY` names it."""
        if pair in self.complements:
            return JOINED_BY[0]
        # who is not in the truth shares no category with anything
        one, other = (self.category.get(product, (product,)) for product in pair)
        return JOINED_BY[1] if one == other else JOINED_BY[2]

    def counted(self, pairs: Iterable[Pair]) -> dict[str, int]:
        """How many of `pairs` each cause joins."""
        causes = [self.by(pair) for pair in pairs]
        return {cause: causes.count(cause) for cause in JOINED_BY}

    def among(self, products: Iterable[int]) -> dict[str, int]:
        """How many pairs of `products` each cause joins."""
        some = set(products)
        n_complements = sum(one in some and other in some for one, other in self.complements)
        sizes = pd.Series([self.category.get(one, (one,)) for one in some], dtype=object)
        alike = sum(n * (n - 1) // 2 for n in sizes.value_counts())
        alike -= sum(
            one in some and other in some and self.category.get(one) == self.category.get(other)
            for one, other in self.complements
        )
        every = len(some) * (len(some) - 1) // 2
        counts = [n_complements, alike, every - n_complements - alike]
        return dict(zip(JOINED_BY, counts, strict=True))


def beside(run: Run[Rules], mined: list[MinedRules]) -> Truth | Cannot:
    """Hold the rules against the truth of the simulated shop; of a real one nobody knows it."""
    if not run.facts.simulated:
        return Cannot(truth_table.UNKNOWN)
    focus = params.section("demo.effects").focus
    planted = Planted.of(truth.read("complements"), truth.read("products"), focus)
    return compare(mined, planted, run.settings)


def compare(mined: list[MinedRules], planted: Planted, settings: Rules) -> Truth:
    """Hold the rules between two products against what is planted.

    Parameters
    ----------
    mined : of any level
    """
    some = [one for one in mined if one.level == "product"]
    tables = {one.kind: _counts(one, planted, Thresholds.of(settings, one.kind)) for one in some}
    recalls = [_recall(kind, table) for kind, table in tables.items() if planted.complements]
    lines = recalls + [_false_finds(kind, table) for kind, table in tables.items()]
    rows = pd.concat(tables, names=["baskets", "joined_by"]).reset_index()
    return Truth(lines, rows)


def reported(rules: pd.DataFrame, items: tuple[str, ...]) -> set[Pair]:
    """The pairs of products that `rules` of two items join, in either direction."""
    return {
        _pair((*left, *right), items)
        for left, right in zip(rules["antecedent"], rules["consequent"], strict=True)
        if len(left) == len(right) == 1
    }


def within(one: MinedRules, thresholds: Thresholds) -> set[Pair]:
    """The pairs that meet every threshold but the test."""
    sets = {codes: n for codes, n in one.by_fpgrowth.items() if len(codes) <= 2}
    rules = measures.all_rules(sets)
    strong = rules[measures.reaches(rules, one.baskets.n, thresholds)]
    strong = measures.add_users(strong, one.baskets)
    return reported(strong[strong["n_users"] >= thresholds.min_users], one.baskets.items)


def _pair(codes: tuple[int, ...], items: tuple[str, ...]) -> Pair:
    one, other = sorted(int(items[code]) for code in codes)
    return one, other


def _counts(one: MinedRules, planted: Planted, thresholds: Thresholds) -> pd.DataFrame:
    items = one.baskets.items
    frequent = (_pair(codes, items) for codes in one.by_fpgrowth if len(codes) == 2)
    drawn = [planted.counted(reported(rules, items)) for rules in one.rules_by_chance]
    return pd.DataFrame(
        {
            "exist": planted.among(planted.category),
            "tried": planted.among(int(item) for item in items),
            "frequent": planted.counted(frequent),
            "attainable": planted.counted(within(one, thresholds)),
            "reported": planted.counted(reported(one.rules, items)),
            "shuffled": {c: float(np.mean([n[c] for n in drawn] or [0])) for c in JOINED_BY},
        }
    )


def _recall(kind: str, table: pd.DataFrame) -> truth_table.Line:
    row = table.loc["complements"]
    n = int(row["exist"])
    return truth_table.Line(
        f"true complements found, {DONE[kind]} together, of all {n:,}",
        *wilson_of_counts(int(row["reported"]), n),
        row["attainable"] / n,
        WITHIN,
        row["shuffled"] / n,
    )


def _false_finds(kind: str, table: pd.DataFrame) -> truth_table.Line:
    row, total = table.loc["nothing planted"], table.sum()
    n = int(total["reported"])
    return truth_table.Line(
        f"false finds among the pairs {DONE[kind]} together, of {n:,} reported",
        *(wilson_of_counts(int(row["reported"]), n) if n else (None, None, None)),
        0.0,
        ONLY_PLANTED,
        row["tried"] / total["tried"] if total["tried"] else None,
    )
