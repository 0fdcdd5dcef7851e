"""The rules of every kind of basket and every level of item: mined, tested, held against chance."""

from dataclasses import dataclass, replace
from itertools import product

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.core import progress
from trackway.core.cannot import Cannot
from trackway.params.rules import Rules
from trackway.rules import chance, measures
from trackway.rules.baskets import Baskets, gather
from trackway.rules.data import DONE, KINDS, LEVELS, PLURAL, Sample, items, sample
from trackway.rules.itemsets import Itemsets, count, mine
from trackway.rules.shuffles import shuffled
from trackway.rules.thresholds import Thresholds

STEPS = ["frequent", "confident", "not redundant", "beyond chance", "several users"]


@dataclass(frozen=True)
class MinedRules:
    """What one kind of basket holds on one level.

    Attributes
    ----------
    by_apriori, by_fpgrowth : Itemsets
        Every frequent set with its count, mined twice.
    rules : DataFrame
        Those left at the end, strongest first, with counts, measures and tests.
    ledger : dict, step of `STEPS` -> number of rules left after it
    ledgers_by_chance : list of such dicts, one for each shuffling of the baskets
    rules_by_chance : list of DataFrames
        The rules each shuffling left: found for nothing.
    sets_by_chance : Itemsets
        The frequent sets of the first shuffling.
    sample : Sample or None
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
    sample: Sample | None = None

    @property
    def name(self) -> str:
        """For captions and titles: 'products viewed'."""
        return f"{PLURAL[self.level]} {DONE[self.kind]}"

    def n_sets(self, algorithm: str) -> int:
        """How many sets of two items or more `algorithm` found."""
        sets = {"Apriori": self.by_apriori, "FP-Growth": self.by_fpgrowth}[algorithm]
        return sum(len(one) >= 2 for one in sets)

    def by_chance(self, step: str) -> pd.Series:
        """Rules left after `step` in each shuffling; zeros where there was nothing to shuffle."""
        return pd.Series([one[step] for one in self.ledgers_by_chance] or [0])

    @property
    def no_rule(self) -> str:
        """Why there is no rule, with the numbers."""
        baskets, ledger = self.baskets, self.ledger
        if baskets.n == 0:
            return f"No {self.level} is known of anything {DONE[self.kind]}."
        if not ledger["frequent"]:
            return (
                f"Of {baskets.n:,} baskets of {self.name}, {baskets.n_multi:,} hold two or more, "
                f"and no two lie together in the {baskets.needed:,} baskets that a rule must rest "
                "on."
            )
        return (
            f"Of {ledger['frequent']:,} candidates among {self.name}, {ledger['confident']:,} are "
            f"confident enough, {ledger['beyond chance']:,} of these beyond chance and "
            f"{ledger['several users']:,} of those hold for users enough."
        )


def no_rules(mined: list[MinedRules]) -> Cannot:
    """Why none of `mined` has a rule, one after the other."""
    return Cannot(" ".join(one.no_rule for one in mined))


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


def mine_rules(
    events: ir.Table, kind: str, level: str, thresholds: Thresholds, shuffles: int, seed: int
) -> MinedRules:
    """The rules of one `kind` on one `level`, and those of `shuffles` worlds without rules.

    Raises
    ------
    InputError
        If mining would take more memory than `thresholds` allow.
    RuntimeError
        If Apriori and FP-Growth do not find the same sets with the same counts.
    """
    filled = items(events, kind, level)
    baskets = gather(filled, thresholds)
    sets = grown(filled, baskets, thresholds)
    again = mine(baskets, thresholds.longest_itemset, "Apriori")
    if sets != again:
        raise RuntimeError(f"Apriori and FP-Growth disagree on {kind} by {level}")
    rules, ledger = sift(sets, baskets, thresholds)
    rng = np.random.default_rng([seed, list(KINDS).index(kind), list(LEVELS).index(level)])
    worlds = [shuffled(baskets, rng) for _ in range(shuffles if ledger["frequent"] else 0)]
    counted = [count(world, thresholds.longest_itemset) for world in worlds]
    sifted = [sift(*one, thresholds) for one in zip(counted, worlds, strict=True)]
    for_nothing, ledgers = ([one[i] for one in sifted] for i in range(2))
    first = counted[0] if counted else {}
    return MinedRules(kind, level, baskets, again, sets, rules, ledger, ledgers, for_nothing, first)


def grown(filled: ir.Table, baskets: Baskets, thresholds: Thresholds) -> Itemsets:
    """The frequent sets by FP-Growth: Spark's where the baskets are on Spark, else mlxtend's."""
    if filled._find_backend(use_default=True).name == "pyspark":
        from trackway.rules import mllib

        longest = thresholds.longest_itemset, thresholds.longest_basket
        return mllib.mine(filled, baskets, *longest)
    return mine(baskets, thresholds.longest_itemset, "FP-Growth")


def mine_all(events: ir.Table, settings: Rules, seed: int) -> list[MinedRules]:
    """`mine_rules` for purchases and views, on the level of product, category and brand."""
    samples = {kind: sample(events, kind, settings.max_baskets, seed) for kind in KINDS}
    mined = []
    for kind, level in product(KINDS, LEVELS):
        progress.tell(f"{kind} by {level}")
        thresholds, some = Thresholds.of(settings, kind), samples[kind]
        one = mine_rules(some.events, kind, level, thresholds, settings.shuffles, seed)
        mined.append(replace(one, sample=some))
    progress.tell("")
    return mined
