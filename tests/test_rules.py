"""Baskets hold what was bought or viewed; frequent sets and rules are what their counts say."""

import subprocess
import sys
from collections import Counter
from fractions import Fraction
from itertools import combinations

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from trackway import ROOT
from trackway.core.errors import InputError
from trackway.rules import measures
from trackway.rules.baskets import Baskets, gather
from trackway.rules.cost import estimate
from trackway.rules.data import items
from trackway.rules.itemsets import count, mine
from trackway.rules.thresholds import Thresholds, exact

LOOSE = Thresholds(exact(1e-9), 1, exact(1e-9), exact(0), longest_itemset=4, longest_consequent=3)


def stream(*rows: tuple) -> ibis.Table:
    """Events from (session, event type, product, category code, category number, brand)."""
    names = ["session_id", "event_type", "product_id", "category_code", "category_id", "brand"]
    types = dict(zip(names, ["int64", "string", "int64", "string", "int64", "string"], strict=True))
    events = pd.DataFrame(rows, columns=names)
    events = events.assign(event_id=range(len(rows)), user_id=events["session_id"] % 2)
    return ibis.memtable(events, schema={**types, "event_id": "int64", "user_id": "int64"})


def table(*baskets: str) -> ibis.Table:
    """Baskets as `data.items` makes them, each item a letter."""
    rows = [(b, b, item, at) for b, text in enumerate(baskets) for at, item in enumerate(text)]
    schema = {"basket": "int64", "user": "int64", "item": "string", "place": "int64"}
    return ibis.memtable(pd.DataFrame(rows, columns=list(schema)), schema=schema)


def held(events: ibis.Table, kind: str, level: str) -> dict[int, str]:
    rows = items(events, kind, level).order_by(["basket", "place"]).to_pandas()
    return rows.groupby("basket")["item"].agg(" ".join).to_dict()


SHOP = [
    (1, "view", 11, "a.b", 1, "apple"),
    (1, "view", 12, None, 2, "unknown"),
    (1, "view", 11, "a.b", 1, "apple"),
    (1, "purchase", 12, None, 2, "unknown"),
    (1, "purchase", 11, "a.b", 1, "apple"),
    (2, "view", 9, "unknown", 3, None),
    (2, "cart", 12, None, 2, "unknown"),
    (3, "purchase", 13, "", None, ""),
]


def test_a_basket_holds_each_item_once_in_the_order_it_came_up():
    assert held(stream(*SHOP), "views", "product") == {1: "11 12", 2: "9"}
    assert held(stream(*SHOP), "purchases", "product") == {1: "12 11", 3: "13"}


def test_a_category_without_code_goes_by_its_number():
    assert held(stream(*SHOP), "views", "category") == {1: "a.b 2", 2: "3"}


def test_what_is_unknown_is_no_item_and_fills_no_basket():
    assert held(stream(*SHOP), "views", "brand") == {1: "apple"}
    assert held(stream(*SHOP), "purchases", "category") == {1: "2 a.b"}


def test_no_purchase_makes_no_basket_and_no_rule():
    baskets = gather(items(stream(SHOP[0]), "purchases", "product"), LOOSE)
    assert (baskets.n, baskets.n_multi, baskets.mean_size, baskets.items) == (0, 0, 0.0, ())
    assert mine(baskets, 3) == mine(baskets, 3, "Apriori") == count(baskets, 3) == {}
    assert measures.all_rules({}).empty


def test_one_basket_and_baskets_of_one_item_are_survived():
    assert mine(gather(table("ab"), LOOSE), 2) == {(0,): 1, (1,): 1, (0, 1): 1}
    assert mine(gather(table("a", "b", "a"), LOOSE), 2) == {(0,): 2, (1,): 1}


def test_a_rule_counts_the_users_whose_baskets_hold_it():
    sessions = [(s, "view", p, None, None, None) for s in [1, 3, 5, 2] for p in [7, 8]]
    lone = [(s, "view", p, None, None, None) for s, p in [(7, 7), (8, 9)]]
    baskets = gather(items(stream(*sessions, *lone), "views", "product"), LOOSE)
    rules = measures.add_users(measures.all_rules(mine(baskets, 2)), baskets)
    assert rules[["count", "n_users"]].to_numpy().tolist() == [[4, 2], [4, 2]]


def test_a_long_basket_loses_its_later_items_and_is_counted():
    thresholds = Thresholds(exact(0.1), 1, exact(0.1), longest_basket=2)
    baskets = gather(table("dcba", "ab"), thresholds)
    assert (baskets.items, baskets.n_cut, baskets.sizes) == (("a", "b", "c", "d"), 1, {2: 1, 4: 1})
    assert baskets.counts.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("share", "least", "n", "needed"),
    [
        (0.001, 1, 9835, 10),  # 9.835 baskets
        (0.1, 1, 30, 3),  # just three: as floats, .1 * 30 is above 3
        (0.1, 1, 31, 4),
        (0.0001, 5, 200, 5),  # the share alone would ask for one
    ],
)
def test_a_set_must_reach_the_share_exactly_and_the_number(share, least, n, needed):
    assert Thresholds(exact(share), least, exact(0.5)).needed(n) == needed


def test_a_rule_on_the_threshold_is_kept():
    """Four fifths, as floats, is a hair below .8 in one of the ways to compute it."""
    rules = pd.DataFrame(
        {"count": [8, 12, 79], "n_antecedent": [10, 15, 99], "n_consequent": [20, 20, 100]}
    )
    thresholds = Thresholds(exact(0.01), 1, exact(0.8), exact(4))
    assert measures.reaches(rules, 100, thresholds).tolist() == [True, True, False]
    higher = Thresholds(exact(0.01), 1, exact(0.8), exact(4.0001))
    assert not measures.reaches(rules, 100, higher).any()


def test_every_measure_of_a_rule_checked_by_hand():
    rule = pd.DataFrame({"count": [3], "n_antecedent": [4], "n_consequent": [5]})
    row = measures.add_measures(rule, 10).iloc[0]
    assert row[["support", "confidence", "lift", "leverage", "conviction"]].tolist() == [
        *[0.3, 0.75, 1.5, 0.1, 2.0]
    ]


def test_a_rule_that_never_fails_has_infinite_conviction():
    rule = pd.DataFrame({"count": [4], "n_antecedent": [4], "n_consequent": [5]})
    assert measures.add_measures(rule, 10)["conviction"].item() == np.inf


COLUMNS = ["antecedent", "consequent", "count", "n_antecedent"]
small_baskets = st.lists(st.sets(st.integers(0, 5), max_size=6), min_size=1, max_size=14)


def brute_force(baskets: list[set[int]], needed: int, longest: int) -> dict:
    counts = Counter(
        one
        for basket in baskets
        for length in range(1, longest + 1)
        for one in combinations(sorted(basket), length)
    )
    return {one: n for one, n in counts.items() if n >= needed}


def made(baskets: list[set[int]], needed: int, longest: int) -> Baskets:
    """What `gather` makes of `baskets`, without an engine."""
    full = np.array([[item in basket for item in range(6)] for basket in baskets])
    frequent = np.flatnonzero(full.sum(axis=0) >= needed)
    rows = full[:, frequent]
    cost = estimate(Counter(rows.sum(axis=1).tolist()), len(frequent), needed, longest)
    matrix = sparse.csr_array(rows[rows.any(axis=1)])
    names, counts = tuple(str(item) for item in frequent), rows.sum(axis=0)
    users = np.flatnonzero(rows.any(axis=1))
    return Baskets(len(baskets), {}, 0, needed, names, counts, matrix, users, cost)


def test_baskets_made_by_hand_are_those_gathered_from_the_engine():
    by_hand = made([{0, 1}, {1}, {2}, {1, 3}, {0, 3}, set()], needed=2, longest=3)
    texts = ["01", "1", "2", "13", "03"]
    gathered = gather(table(*texts), Thresholds(exact(0.01), 2, exact(0.5)), n_empty=1)
    assert (by_hand.n, by_hand.items, by_hand.cost) == (gathered.n, gathered.items, gathered.cost)
    assert by_hand.counts.tolist() == gathered.counts.tolist()
    assert (by_hand.matrix.toarray() == gathered.matrix.toarray()).all()
    assert by_hand.users.tolist() == gathered.users.tolist() == [0, 1, 3, 4]


@settings(deadline=None, max_examples=25)
@given(small_baskets, st.integers(1, 4), st.integers(1, 4))
def test_apriori_fp_growth_and_counting_by_hand_agree(baskets, needed, longest):
    mined = made(baskets, needed, longest)
    expected = brute_force(baskets, needed, longest)
    for found in [mine(mined, longest), mine(mined, longest, "Apriori"), count(mined, longest)]:
        assert {tuple(int(mined.items[i]) for i in one): n for one, n in found.items()} == expected
        assert list(found) == sorted(found, key=lambda one: (len(one), one))
    assert mined.cost.itemsets >= sum(len(one) >= 2 for one in expected)


@settings(deadline=None, max_examples=25)
@given(small_baskets)
def test_every_measure_equals_its_definition(baskets):
    n = len(baskets)
    sets = brute_force(baskets, 1, 4)
    rules = measures.add_measures(measures.all_rules(sets, 3), n)
    for rule in rules.to_dict("records"):
        left, right = set(rule["antecedent"]), set(rule["consequent"])
        x, y = sum(left <= basket for basket in baskets), sum(right <= basket for basket in baskets)
        xy = sum(left | right <= basket for basket in baskets)
        assert (rule["n_antecedent"], rule["n_consequent"], rule["count"]) == (x, y, xy)
        assert rule["support"] == float(Fraction(xy, n))
        assert rule["confidence"] == float(Fraction(xy, x))
        assert rule["lift"] == float(Fraction(xy * n, x * y))
        assert rule["leverage"] == float(Fraction(xy, n) - Fraction(x, n) * Fraction(y, n))
        fails = 1 - Fraction(xy, x)
        assert rule["conviction"] == (float((1 - Fraction(y, n)) / fails) if fails else np.inf)


@settings(deadline=None, max_examples=25)
@given(small_baskets, st.integers(1, 3))
def test_pruning_leaves_the_most_confident_rule_of_every_consequent(baskets, longest_consequent):
    rules = measures.all_rules(brute_force(baskets, 1, 4), longest_consequent)
    needless = measures.redundant(rules)
    best: dict = {}
    for left, right, both, n_left in rules[COLUMNS].itertuples(index=False):
        best.setdefault(right, []).append((Fraction(both, n_left), left))
    for left, right, both, n_left in rules.loc[~needless, COLUMNS].itertuples(index=False):
        assert not any(c >= Fraction(both, n_left) and {*x} < {*left} for c, x in best[right])
    for left, right, both, n_left in rules.loc[needless, COLUMNS].itertuples(index=False):
        assert any(c >= Fraction(both, n_left) and {*x} < {*left} for c, x in best[right])
        top = max(best[right])[0]
        kept = rules[~needless & (rules["consequent"] == right)]
        assert (kept["count"] * top.denominator == kept["n_antecedent"] * top.numerator).any()


def test_a_further_item_that_tells_nothing_is_redundant():
    sets = {(0,): 4, (1,): 6, (2,): 5, (0, 1): 4, (0, 2): 2, (1, 2): 5, (0, 1, 2): 2}
    rules = measures.all_rules(sets)
    needless = rules[measures.redundant(rules)]
    assert ((0, 2), (1,)) in zip(needless["antecedent"], needless["consequent"], strict=True)
    assert ((0, 1), (2,)) in zip(needless["antecedent"], needless["consequent"], strict=True)


def test_asking_for_too_much_is_refused_with_what_to_set_instead():
    many = table(*["abcdefghij"[i:] + "abcdefghij"[:i] for i in range(10)] * 3)
    thresholds = Thresholds(exact(0.05), 2, exact(0.5), memory=100_000.0, kind="purchases")
    with pytest.raises(InputError) as refused:
        gather(many, thresholds)
    said = str(refused.value)
    assert "rules.min_support.purchases = 0.05 with rules.min_count = 2" in said
    assert "10 frequent items in 30 baskets" in said
    assert "up to 45 frequent pairs" in said
    assert "Set rules.min_support.purchases to" in said


def test_a_bound_that_is_too_high_refuses_nothing():
    """Long baskets could hold thousands of frequent sets; these hold a handful."""
    rng, letters = np.random.default_rng(1), [chr(256 + i) for i in range(60)]
    baskets = table(*("".join(rng.choice(letters, 20, replace=False)) for _ in range(20)))
    gathered = gather(baskets, Thresholds(exact(0.3), 2, exact(0.5), memory=500_000.0))
    bound = estimate({20: 20}, len(gathered.items), gathered.needed, 3)
    assert gathered.cost.bytes < 500_000 < bound.bytes
    assert gathered.cost.itemsets == sum(len(one) >= 2 for one in mine(gathered, 3))


def test_what_the_refusal_proposes_is_accepted():
    baskets = ["ab", "ac", "ad", "ae", "af"] * 6 + ["bcdef"] * 2
    with pytest.raises(InputError, match=r"to 0\.25 or more \(8 baskets fit\)"):
        gather(table(*baskets), Thresholds(exact(0.05), 2, exact(0.5), memory=62_000.0))
    gather(table(*baskets), Thresholds(exact(0.25), 2, exact(0.5), memory=62_000.0))


def test_the_default_parameters_are_not_refused_on_a_large_shop():
    """REES46's scale: 462,000 baskets, the frequent items among 165,000."""
    sizes = {1: 250_000, 2: 110_000, 4: 70_000, 10: 30_000, 40: 2_000}
    assert estimate(sizes, n_items=600, needed=462, longest=3).bytes < 2e9


PROGRAM = """
import warnings
import ibis, pandas as pd, numpy as np
warnings.simplefilter("ignore")
from trackway.rules.baskets import gather
from trackway.rules.itemsets import count, mine
from trackway.rules.models import sift
from trackway.rules.shuffles import shuffled
from trackway.rules.thresholds import Thresholds, exact
texts = ["abc", "bca", "de", "ea", "abd", "cab", "fd"] * 3
rows = [(b, b, item, 0) for b, text in enumerate(texts) for item in text]
table = ibis.memtable(pd.DataFrame(rows, columns=["basket", "user", "item", "place"]))
loose = Thresholds(exact(1e-9), 1, exact(1e-9), exact(0), longest_itemset=4, fdr=1.0)
b = gather(table, loose)
print(b.items, list(mine(b, 4).items()), list(mine(b, 4, "Apriori").items()))
print(list(count(shuffled(b, np.random.default_rng(3)), 3).items()))
print(sift(mine(b, 4), b, loose)[0].to_csv())
"""


@pytest.mark.slow
def test_the_order_of_items_and_rules_does_not_follow_the_hash_seed():
    own = {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", PROGRAM]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=own | {"PYTHONHASHSEED": s}, stdout=subprocess.PIPE)
        for s in "12"
    ]
    told = [process.communicate()[0] for process in running]
    assert told[0] == told[1]
    assert told[0].count(b"\n") > 20
