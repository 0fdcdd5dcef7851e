"""All that 04 finds, once: the search, what it found in small tables, and the labels of items."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot
from trackway.params.rules import Rules
from trackway.report.run import Run
from trackway.rules import labels, truth
from trackway.rules.data import KINDS
from trackway.rules.itemsets import Itemsets
from trackway.rules.labels import SIDES
from trackway.rules.models import STEPS, MinedRules, mine_all, no_rules
from trackway.rules.shuffles import chance_lift

DIGITS = 6  # significant digits kept of a stored float
FEW_RULES = 10  # below it, a level is no picture of its kind
MEASURES = ["support", "confidence", "lift", "leverage", "conviction"]
TESTS = ["expected", "p_value", "q_value"]
COLUMNS = [
    *["baskets", "level", "rank", *SIDES],
    *["count", "n_antecedent", "n_consequent", "n_baskets", "n_users", *MEASURES, *TESTS],
    *["antecedent_ids", "consequent_ids"],
]
SIZES = ["baskets", "level", "size", "n_baskets"]
Called = dict[str, dict[str, str]]  # level -> item -> what it is called


@dataclass(frozen=True)
class Study:
    """What goes together, as far as the baskets tell.

    Attributes
    ----------
    run : Run
    mined : list of MinedRules, of each kind of basket and level of item
    labels : dict, level -> item -> label, of all items in rules
    sizes : DataFrame
        baskets, level : text; size : int, items; n_baskets : int, of that size.
    baskets, search, ledger : DataFrames, a row per kind and level
        What `basket_table`, `search_table` and `chance_table` tell.
    pairs : DataFrame, a row per frequent pair, or Cannot
        baskets, level, world ('the data' or 'shuffled') : text; expected : float and observed :
        int, baskets; needed : int, baskets; chance_lift : float.
    rules : DataFrame, all rules in words, as `rule_table` tells
    truth : truth.Truth or Cannot
    """

    run: Run[Rules]
    mined: list[MinedRules]
    labels: dict[str, dict[str, str]]
    sizes: pd.DataFrame | Cannot
    baskets: pd.DataFrame
    search: pd.DataFrame
    pairs: pd.DataFrame | Cannot
    ledger: pd.DataFrame
    rules: pd.DataFrame
    truth: truth.Truth | Cannot

    def of_kind(self, kind: str) -> list[MinedRules]:
        """Those of one kind of basket, from the finest level to the coarsest."""
        return [one for one in self.mined if one.kind == kind]

    @property
    def recorded(self) -> list[str]:
        """The kinds of basket whose events the log holds."""
        return [kind for kind, event in KINDS.items() if event in self.run.facts.event_types]

    def rules_of(self, kind: str) -> pd.DataFrame | Cannot:
        """The rows of `rules` that are of one kind of basket, or why there are none."""
        if kind not in self.recorded:
            return self.run.facts.has(KINDS[kind])
        rules = self.rules[self.rules["baskets"] == kind]
        return no_rules(self.of_kind(kind)) if rules.empty else rules

    def pictured(self, kind: str) -> MinedRules | Cannot:
        """The finest level of `kind` with rules to draw: some, if none has many."""
        if kind not in self.recorded:
            return self.run.facts.has(KINDS[kind])
        some = [one for one in self.of_kind(kind) if len(one.rules)]
        many = [one for one in some if len(one.rules) >= FEW_RULES]
        best = many or sorted(some, key=lambda one: -len(one.rules))
        return best[0] if best else no_rules(self.of_kind(kind))

    def items(self, one: MinedRules) -> pd.DataFrame:
        """The items of its rules, by code: ``label``, and ``n_baskets`` that hold it."""
        codes = sorted({code for side in SIDES for rule in one.rules[side] for code in rule})
        names = [self.labels[one.level][one.baskets.items[code]] for code in codes]
        return pd.DataFrame({"label": names, "n_baskets": one.baskets.counts[codes]}, index=codes)


def study(run: Run[Rules], events: ir.Table) -> Study:
    """Search, test and shuffle, name what was found, and hold it beside the truth.

    Parameters
    ----------
    run : settings, and the facts of the source
    events : lazy table, as 01_sampling writes it

    Raises
    ------
    InputError
        If the search would take more memory than ``rules.memory_gb``.
    """
    mined = mine_all(events, run.settings, run.seed)
    words = labels.of_rules(mined, events)
    own = {level: labels.own_ids(events, level, named) for level, named in words.items()}
    return Study(
        run=run,
        mined=mined,
        labels=words,
        sizes=basket_sizes(mined),
        baskets=basket_table(mined),
        search=search_table(mined),
        pairs=pair_table(mined),
        ledger=chance_table(mined),
        rules=rule_table(mined, words, own),
        truth=truth.beside(run, mined),
    )


def basket_sizes(mined: list[MinedRules]) -> pd.DataFrame | Cannot:
    """How many baskets hold how many items: one row per kind, level and size."""
    rows = [(m.kind, m.level, size, n) for m in mined for size, n in m.baskets.sizes.items()]
    if not rows:
        return Cannot("Nothing is bought or viewed in these data.")
    return pd.DataFrame(rows, columns=SIZES)


def basket_table(mined: list[MinedRules]) -> pd.DataFrame:
    """How many baskets there are, and how full: one row per kind and level."""
    return pd.DataFrame(
        {
            "baskets": one.kind,
            "level": one.level,
            "n_baskets": one.baskets.n,
            "mean_items": one.baskets.mean_size,
            "two_or_more": one.baskets.n_multi,
            "share_two_or_more": one.baskets.n_multi / one.baskets.n if one.baskets.n else np.nan,
            "longest": max(one.baskets.sizes, default=0),
            "cut": one.baskets.n_cut,
        }
        for one in mined
    )


def search_table(mined: list[MinedRules]) -> pd.DataFrame:
    """What was asked for, what it was estimated to take, and what either algorithm found."""
    return pd.DataFrame(
        {
            "baskets": one.kind,
            "level": one.level,
            "needed": one.baskets.needed,
            "frequent_items": len(one.baskets.items),
            "estimated_mb": one.baskets.cost.bytes / 1e6,
            "sets_at_most": one.baskets.cost.itemsets,
            "sets_apriori": one.n_sets("Apriori"),
            "sets_fpgrowth": one.n_sets("FP-Growth"),
        }
        for one in mined
    )


def pair_table(mined: list[MinedRules]) -> pd.DataFrame | Cannot:
    """Each pair of items that shares enough baskets, in the data and in shuffled baskets."""
    some = [one for one in mined if one.ledger["frequent"]]
    if not some:
        return Cannot(" ".join(no_rules([o for o in mined if o.kind == k]).reason for k in KINDS))
    return pd.concat([_pairs(one) for one in some], ignore_index=True)


def _pairs(one: MinedRules) -> pd.DataFrame:
    worlds = {"the data": one.by_fpgrowth, "shuffled": one.sets_by_chance}
    table = pd.concat([_expected(sets, one.baskets.n, w) for w, sets in worlds.items()])
    lift = chance_lift(one.baskets)
    return table.assign(
        baskets=one.kind, level=one.level, needed=one.baskets.needed, chance_lift=lift
    )


def _expected(sets: Itemsets, n: int, world: str) -> pd.DataFrame:
    """Of each pair in `sets`: baskets expected to hold it if independent, and those that do."""
    pairs = [(items, count) for items, count in sets.items() if len(items) == 2]
    rows = [(sets[(a,)] * sets[(b,)] / n, count) for (a, b), count in pairs]
    return pd.DataFrame(rows, columns=["expected", "observed"]).assign(world=world)


def chance_table(mined: list[MinedRules]) -> pd.DataFrame:
    """Rules left after each step, in the data and in shuffled baskets."""
    return pd.DataFrame(
        {
            "baskets": one.kind,
            "level": one.level,
            **{step.replace(" ", "_"): one.ledger[step] for step in STEPS},
            "shuffled_before": one.by_chance("not redundant").mean(),
            "shuffled_after": one.by_chance("beyond chance").mean(),
            "shuffled_most": one.by_chance("beyond chance").max(),
            "chance_lift": chance_lift(one.baskets) if one.ledger["frequent"] else np.nan,
        }
        for one in mined
    )


def rule_table(mined: list[MinedRules], names: Called, own: Called) -> pd.DataFrame:
    """All rules, in words: the strongest of each level, then the second of each, and so on.

    Parameters
    ----------
    names, own : level -> item -> label and id, as `labels.of_rules` and `labels.own_ids` give them

    Returns
    -------
    DataFrame, of `COLUMNS`
        Counts are baskets (`n_users`: users); `expected` is in baskets. Sides are texts, items
        joined by " + "; those of `*_ids` name them as the shop does.
    """
    tables = [_in_words(one, names[one.level], own[one.level]) for one in mined if len(one.rules)]
    if not tables:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(tables, ignore_index=True).sort_values("rank", kind="stable")
    rounded = {m: table[m].map(lambda x: float(f"{x:.{DIGITS}g}")) for m in MEASURES + TESTS}
    return table.assign(**rounded)[COLUMNS].reset_index(drop=True)


def _in_words(one: MinedRules, names: dict[str, str], own: dict[str, str]) -> pd.DataFrame:
    ids, words = {}, {}
    for side in SIDES:
        items = one.rules[side].map(lambda codes: [one.baskets.items[code] for code in codes])
        ids[f"{side}_ids"] = items.map(lambda some: " + ".join(own[item] for item in some))
        words[side] = items.map(lambda some: " + ".join(names[item] for item in some))
    about = {"baskets": one.kind, "level": one.level, "n_baskets": one.baskets.n}
    return one.rules.assign(**words, **ids, **about, rank=range(1, len(one.rules) + 1))
