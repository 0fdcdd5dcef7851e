"""What the rules found of the planted complements, counted by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from trackway.report import truth_table
from trackway.rules import planted
from trackway.rules.baskets import Baskets
from trackway.rules.cost import Cost
from trackway.rules.search import Found

# Products 1 to 4 in two categories; 1 and 3 are complements, as are 5 and 6, which nobody sees.
PRODUCTS = pd.DataFrame({"product_id": range(1, 7), "category_id": [10, 10, 20, 20, 30, 40]})
COMPLEMENTS = pd.DataFrame({"product_id": [1, 5], "complement_id": [3, 6]})
SETTINGS = {
    "min_support": {"views": 0.1, "purchases": 0.1},
    **{"min_count": 1, "min_confidence": 0.1, "min_lift": 1.0, "min_users": 1, "fdr": 0.05},
    **{"longest_basket": 9, "longest_itemset": 2, "longest_consequent": 1, "memory_gb": 1},
}


def rules(*pairs: tuple[int, int]) -> pd.DataFrame:
    """Rules between items, told by their codes."""
    sides = [((one,), (other,)) for one, other in pairs]
    return pd.DataFrame(sides, columns=["antecedent", "consequent"])


def found(reported: pd.DataFrame, *shuffled: pd.DataFrame) -> Found:
    """A search of four baskets: {1, 3} twice, {1, 2, 3} and {4}."""
    held = sparse.csr_array(
        np.array([[1, 0, 1, 0], [1, 0, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]], dtype=bool)
    )
    counts = np.array([3, 1, 3, 1])
    sizes = {1: 1, 2: 2, 3: 1}
    cost = Cost(4, 3, 3, 3, 0.0)
    baskets = Baskets(4, sizes, 0, 1, ("1", "2", "3", "4"), counts, held, np.arange(4), cost)
    sets = {(0,): 3, (1,): 1, (2,): 3, (3,): 1, (0, 1): 1, (0, 2): 3, (1, 2): 1}
    return Found("views", "product", baskets, sets, sets, reported, {}, [], list(shuffled), {})


def told(one: Found, focus: bool = True) -> planted.Told:
    return planted.compare([one], COMPLEMENTS, PRODUCTS, SETTINGS, focus)


def counts(one: Found, focus: bool = True) -> dict[str, list]:
    table = told(one, focus).pairs.set_index("joined_by").drop(columns="baskets")
    return {cause: table.loc[cause].tolist() for cause in planted.JOINED_BY}


def test_pairs_are_counted_by_what_joins_them():
    # exist, tried, frequent, attainable, reported, shuffled; both directions are one pair
    one = found(rules((0, 2), (2, 0), (0, 1), (1, 2)), rules((0, 2)), rules())
    assert counts(one) == {
        "complements": [2, 1, 1, 1, 1, 0.5],
        "one category": [2, 2, 1, 1, 1, 0],
        "nothing planted": [11, 3, 1, 1, 1, 0],
    }


def test_where_sessions_keep_to_no_category_it_joins_nothing():
    one = found(rules((0, 2), (0, 1)))
    assert counts(one, focus=False)["one category"] == [0] * 6
    assert counts(one, focus=False)["nothing planted"][:2] == [13, 5]


def test_recall_and_false_finds_stand_beside_their_ceiling_and_chance():
    recall, false = told(found(rules((0, 2), (0, 1), (1, 2)), rules((0, 2)), rules())).lines
    assert (recall.achieved, recall.attainable, recall.chance) == (0.5, 0.5, 0.25)
    assert recall.low < 0.5 < recall.high
    assert (false.achieved, false.attainable, false.chance) == (pytest.approx(1 / 3), 0, 0.5)


def test_without_rules_there_is_no_share_of_false_finds():
    recall, false = told(found(rules())).lines
    assert (recall.achieved, recall.attainable) == (0, 0.5)
    assert (false.achieved, false.low) == (None, None)


def test_rules_of_three_items_are_no_pairs():
    three = pd.DataFrame({"antecedent": [(0, 1)], "consequent": [(2,)]})
    assert counts(found(three))["complements"][4] == 0


def test_a_product_that_is_not_in_the_truth_is_joined_by_nothing():
    strange = found(rules((0, 3)))
    strange = replace(strange, baskets=replace(strange.baskets, items=("1", "2", "3", "99")))
    assert counts(strange)["nothing planted"][4] == 1


def test_the_finding_is_told_in_a_sentence():
    said = planted.sentence(told(found(rules((0, 2), (1, 2)))))
    assert said == (
        "Of 2 planted complements, 1 are found among pairs viewed, where 1 could be, and 1 of 2 "
        "pairs viewed are false finds (Table 6, Table 7)."
    )


def test_without_complements_only_false_finds_are_told():
    nothing = COMPLEMENTS.iloc[:0]
    beside = planted.compare([found(rules((1, 2)))], nothing, PRODUCTS, SETTINGS, True)
    (false,) = beside.lines
    assert (false.achieved, false.chance) == (1, pytest.approx(4 / 6))
    assert planted.sentence(beside) == "1 of 1 pairs viewed are false finds (Table 6, Table 7)."


@pytest.mark.parametrize(
    ("changed", "attainable"),
    [({"min_users": 3}, 1), ({"min_users": 4}, 0), ({"min_lift": 1.4}, 0), ({"min_lift": 1.3}, 1)],
)
def test_what_could_be_found_meets_every_threshold_but_the_test(changed, attainable):
    one = found(rules())
    told = planted.compare([one], COMPLEMENTS, PRODUCTS, SETTINGS | changed, True)
    assert told.pairs.set_index("joined_by")["attainable"]["complements"] == attainable


def test_of_a_real_shop_nothing_is_said():
    beside = planted.compare([found(rules())], None, None, SETTINGS, True)
    assert beside.reason == truth_table.UNKNOWN
    assert planted.sentence(beside) == ""
