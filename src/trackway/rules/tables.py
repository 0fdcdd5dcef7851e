"""The tables of the step: the baskets, the search, chance, and the rules themselves."""

import numpy as np
import pandas as pd

from trackway.rules.names import SIDES
from trackway.rules.search import STEPS, Found
from trackway.rules.shuffles import chance_lift

DIGITS = 6  # significant digits kept of a stored float
MEASURES = ["support", "confidence", "lift", "leverage", "conviction"]
TESTS = ["expected", "p_value", "q_value"]
COLUMNS = [
    *["baskets", "level", "rank", *SIDES],
    *["count", "n_antecedent", "n_consequent", "n_baskets", "n_users", *MEASURES, *TESTS],
    *["antecedent_ids", "consequent_ids"],
]


def basket_table(found: list[Found]) -> pd.DataFrame:
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
        for one in found
    )


def search_table(found: list[Found]) -> pd.DataFrame:
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
        for one in found
    )


def chance_table(found: list[Found]) -> pd.DataFrame:
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
        for one in found
    )


def rule_table(found: list[Found], names: dict[str, dict[str, str]]) -> pd.DataFrame:
    """All rules of `found`, in words: the strongest of each level, then the second of each, ...

    `names` are those of `names.all_labels`.
    """
    tables = [_in_words(one, names[one.level]) for one in found if len(one.rules)]
    if not tables:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(tables, ignore_index=True).sort_values("rank", kind="stable")
    rounded = {m: table[m].map(lambda x: float(f"{x:.{DIGITS}g}")) for m in MEASURES + TESTS}
    return table.assign(**rounded)[COLUMNS].reset_index(drop=True)


def _in_words(one: Found, names: dict[str, str]) -> pd.DataFrame:
    ids, words = {}, {}
    for side in SIDES:
        items = one.rules[side].map(lambda codes: [one.baskets.items[code] for code in codes])
        ids[f"{side}_ids"] = items.map(" + ".join)
        words[side] = items.map(lambda some: " + ".join(names[item] for item in some))
    about = {"baskets": one.kind, "level": one.level, "n_baskets": one.baskets.n}
    return one.rules.assign(**words, **ids, **about, rank=range(1, len(one.rules) + 1))
