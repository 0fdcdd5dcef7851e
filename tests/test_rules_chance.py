"""A rule is called beyond chance only where the baskets' lengths do not explain it."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from trackway.rules import chance, measures
from trackway.rules.baskets import Baskets
from trackway.rules.cost import estimate
from trackway.rules.itemsets import count
from trackway.rules.models import sift
from trackway.rules.shuffles import chance_lift, shuffled
from trackway.rules.thresholds import Thresholds, exact

GATE = Thresholds(exact(1e-9), 5, exact(0.1))


def baskets_of(rows: np.ndarray, needed: int = 5) -> Baskets:
    """Baskets from a table of baskets and items, of which all are frequent."""
    sizes = Counter(rows.sum(axis=1).tolist())
    cost = estimate(sizes, rows.shape[1], needed, 3)
    matrix = sparse.csr_array(rows[rows.any(axis=1)])
    names = tuple(str(item) for item in range(rows.shape[1]))
    users = np.arange(matrix.shape[0])
    return Baskets(len(rows), dict(sizes), 0, needed, names, rows.sum(axis=0), matrix, users, cost)


def drawn(n: int, lengths, shares, seed: int = 0) -> np.ndarray:
    """`n` baskets whose lengths are drawn from `lengths`, filled by `shares` and nothing else."""
    rng = np.random.default_rng(seed)
    noise = np.log(shares) + rng.gumbel(size=(n, len(shares)))  # the k largest: k without return
    rank = np.argsort(np.argsort(-noise, axis=1), axis=1)
    return rank < rng.choice(lengths, n)[:, None]


SHARES = 1 / np.arange(1, 26)
UNEVEN = [1, 1, 1, 2, 2, 3, 15]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.floats(0.1, 0.9))
def test_shuffling_keeps_every_length_and_every_count(seed, n, density):
    rng = np.random.default_rng(seed)
    baskets = baskets_of(rng.random((n, 7)) < density)
    again = shuffled(baskets, rng)
    assert (again.matrix.sum(axis=0) == baskets.matrix.sum(axis=0)).all()
    assert (again.matrix.sum(axis=1) == baskets.matrix.sum(axis=1)).all()
    assert again.matrix.nnz == baskets.matrix.nnz
    assert chance_lift(again) == pytest.approx(chance_lift(baskets), nan_ok=True)


def test_shuffling_reaches_every_arrangement_equally_often():
    """Three baskets of one item and three items in one basket each: six arrangements."""
    rng = np.random.default_rng(7)
    baskets = baskets_of(np.eye(3, dtype=bool), needed=1)
    seen = Counter(tuple(shuffled(baskets, rng).matrix.indices.tolist()) for _ in range(600))
    assert len(seen) == 6
    assert max(abs(n - 100) for n in seen.values()) < 42  # 4.6 standard deviations


def test_independent_items_have_a_chance_lift_of_one():
    rng = np.random.default_rng(1)
    assert chance_lift(baskets_of(rng.random((4000, 30)) < 0.2)) == pytest.approx(1, abs=0.02)


def test_thin_baskets_have_a_chance_lift_below_one_and_uneven_ones_above():
    assert chance_lift(baskets_of(drawn(4000, [1, 1, 1, 2], SHARES))) < 0.5
    assert chance_lift(baskets_of(drawn(4000, UNEVEN, SHARES))) > 1.5


def test_the_expected_count_of_a_pair_is_what_shuffling_gives_on_average():
    baskets = baskets_of(drawn(3000, UNEVEN, SHARES))
    sets = count(baskets, 2)
    rules = measures.all_rules(sets)
    mean = chance.expected(rules, sets, baskets.n, chance.Lengths(baskets))
    assert rules["count"].sum() / mean.sum() == pytest.approx(1, abs=0.02)
    assert np.std((rules["count"] - mean) / np.sqrt(mean)) < 1.1


def test_a_p_value_is_the_chance_of_the_count_or_a_higher_one():
    p = chance.p_values(np.array([1, 2]), np.array([1.0, 1.0]))
    assert p == pytest.approx([1 - np.exp(-1), 1 - 2 * np.exp(-1)])


def test_the_strongest_rule_comes_first():
    rows = np.repeat(np.eye(8, dtype=bool)[:, [0, 0, 1, 1, 2, 3, 4, 5]], 20, axis=0)
    baskets = baskets_of(np.vstack([rows, rows[20:40], rows[20:40]]))  # 2 and 3 come more often
    lifts = sift(count(baskets, 2), baskets, GATE)[0]["lift"]
    assert lifts.is_monotonic_decreasing
    assert lifts.nunique() == 2


def test_in_baskets_of_one_item_nothing_is_expected_to_meet():
    lengths = chance.Lengths(baskets_of(np.eye(4, dtype=bool)[[0, 0, 1, 2, 3]]))
    assert chance.meetings(lengths, (), [(0,)], [(1,)]).tolist() == [0.0]


def test_the_law_of_lengths_keeps_lengths_and_counts():
    baskets = baskets_of(drawn(3000, UNEVEN, SHARES))
    law = chance.Lengths(baskets).law(())
    n = np.bincount(np.diff(baskets.matrix.indptr))
    assert law.sum(axis=1) == pytest.approx(np.arange(len(n)), abs=0.01)
    assert n @ law == pytest.approx(baskets.counts, rel=0.001)


@pytest.mark.parametrize("seed", [0, 1])
def test_uneven_lengths_alone_bring_no_rule(seed):
    """Fisher's test, which takes all baskets to be alike, lets hundreds of these pass."""
    baskets = baskets_of(drawn(3000, UNEVEN, SHARES, seed))
    _, ledger = sift(count(baskets, 3), baskets, GATE)
    assert ledger["not redundant"] > 500
    assert ledger["beyond chance"] <= 2


def test_a_planted_pair_is_found_and_nothing_else():
    rows = drawn(3000, UNEVEN, SHARES)
    together = np.random.default_rng(5).random(3000) < 0.05
    rows[together, 20] = rows[together, 21] = True
    baskets = baskets_of(rows)
    rules, _ = sift(count(baskets, 3), baskets, GATE)
    assert {frozenset(x + y) for x, y in zip(rules.antecedent, rules.consequent, strict=True)} == {
        frozenset({20, 21})
    }


def test_a_rule_of_three_must_beat_its_strongest_pair():
    """Items 0 and 1 belong together, 2 comes by itself: {0, 2} => 1 tells no more than 0 => 1."""
    rng = np.random.default_rng(3)
    pair, alone = rng.random(2000) < 0.3, rng.random((2000, 2)) < 0.4
    baskets = baskets_of(np.column_stack([pair, pair ^ (rng.random(2000) < 0.05), alone]))
    rules, _ = sift(count(baskets, 3), baskets, GATE)
    assert {len(left) for left in rules["antecedent"]} == {1}


def test_sets_that_were_looked_for_are_all_whose_parts_are_frequent():
    sets = dict.fromkeys([(0,), (1,), (2,), (3,), (0, 1), (0, 2), (1, 2), (1, 3)], 9)
    assert chance.candidates(sets, 2) == 6
    assert chance.candidates(sets, 3) == 1


def test_a_rule_of_one_user_is_left_out():
    baskets = baskets_of(np.repeat(np.eye(5, dtype=bool)[:, [0, 0, 1, 2, 3, 4]], 30, axis=0))
    several = replace(GATE, min_users=2)
    assert len(sift(count(baskets, 2), baskets, several)[0]) == 2
    pair = replace(baskets, users=np.arange(150) % 2)  # just the two asked for
    assert len(sift(count(pair, 2), pair, several)[0]) == 2
    one = replace(baskets, users=np.zeros(150))
    rules, ledger = sift(count(one, 2), one, several)
    assert (ledger["beyond chance"], ledger["several users"], len(rules)) == (2, 0, 0)


def test_no_rules_are_tested_without_complaint():
    nothing = baskets_of(np.zeros((3, 0), dtype=bool))
    rules, ledger = sift({}, nothing, GATE)
    assert rules.empty
    assert set(ledger.values()) == {0}
    assert {"lift", "q_value", "expected"} <= set(rules)
