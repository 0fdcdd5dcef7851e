"""Rules of published baskets, to the digit."""

import ibis
import pandas as pd
import pytest

from trackway.rules import measures
from trackway.rules.baskets import gather
from trackway.rules.itemsets import count, mine
from trackway.rules.thresholds import Thresholds, exact


@pytest.fixture(scope="module")
def groceries(shared):
    lines = shared("groceries/groceries_baskets.txt").read_text(encoding="utf-8").splitlines()
    rows = [(b, item, p) for b, line in enumerate(lines) for p, item in enumerate(line.split(","))]
    baskets = pd.DataFrame(rows, columns=["basket", "item", "place"])
    return ibis.memtable(baskets.assign(user=baskets["basket"]))


@pytest.fixture(scope="module")
def france(shared):
    """Baskets of France, and how many held nothing but postage."""
    orders = pd.read_parquet(shared("online_retail/online_retail.parquet"))
    orders = orders[(orders["Country"] == "France") & ~orders["InvoiceNo"].str.contains("C")]
    orders = orders.assign(item=orders["Description"].str.strip(), basket=orders["InvoiceNo"])
    bought = orders.groupby(["basket", "item"], as_index=False)["Quantity"].sum()
    assert (bought["basket"].nunique(), bought["item"].nunique()) == (392, 1563)
    goods = bought[(bought["Quantity"] > 0) & (bought["item"] != "POSTAGE")].assign(user=0, place=0)
    n_empty = bought["basket"].nunique() - goods["basket"].nunique()
    return ibis.memtable(goods[["basket", "user", "item", "place"]]), n_empty


def rules_of(table, thresholds: Thresholds, n_empty: int = 0) -> tuple[pd.DataFrame, tuple]:
    baskets = gather(table, thresholds, n_empty)
    sets = mine(baskets, thresholds.longest_itemset)
    assert sets == mine(baskets, thresholds.longest_itemset, "Apriori")
    assert sets == count(baskets, thresholds.longest_itemset)
    assert len(sets) - len(baskets.items) <= baskets.cost.itemsets
    rules = measures.all_rules(sets, thresholds.longest_consequent)
    kept = rules[measures.reaches(rules, baskets.n, thresholds)]
    return measures.add_measures(kept, baskets.n), baskets


def by_length(rules: pd.DataFrame) -> dict[int, int]:
    lengths = rules["antecedent"].map(len) + rules["consequent"].map(len)
    return lengths.value_counts().sort_index().to_dict()


def test_groceries_has_410_rules_of_confidence_four_fifths(groceries):
    long = {"longest_itemset": 6, "memory": 4e9}  # sets of six items need more than by default
    thresholds = Thresholds(exact(0.001), 1, exact(0.8), exact(0), **long)
    rules, baskets = rules_of(groceries, thresholds)
    assert (baskets.n, baskets.needed) == (9835, 10)
    assert len(rules) == 410
    assert by_length(rules) == {3: 29, 4: 229, 5: 140, 6: 12}
    assert (rules["lift"] > 5).sum() == 32
    assert (5 * rules["count"] == 4 * rules["n_antecedent"]).sum() == 39
    top = rules.loc[rules["lift"].idxmax()]
    assert round(top["lift"], 5) == 11.23527
    names = [{baskets.items[code] for code in top[side]} for side in ["antecedent", "consequent"]]
    assert names == [{"liquor", "red/blush wine"}, {"bottled beer"}]


def test_groceries_has_463_rules_of_confidence_a_quarter(groceries):
    thresholds = Thresholds(exact(0.006), 1, exact(0.25), exact(0), longest_itemset=6)
    rules, _ = rules_of(groceries, thresholds)
    assert len(rules) == 463
    assert by_length(rules) == {2: 150, 3: 297, 4: 16}


def test_online_retail_france_has_26_rules_and_8_strong_ones(france):
    every = {"longest_itemset": 6, "longest_consequent": 5}
    loose = Thresholds(exact(0.07), 1, exact(1e-9), exact(1), **every)
    strict = Thresholds(exact(0.07), 1, exact(0.8), exact(6), **every)
    rules, baskets = rules_of(*france[:1], loose, france[1])
    assert (baskets.n, len(rules)) == (392, 26)
    assert len(rules_of(*france[:1], strict, france[1])[0]) == 8
