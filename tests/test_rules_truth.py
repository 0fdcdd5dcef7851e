"""What the rules found of the planted complements, counted by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rules_shop import shop, studied
from scipy import sparse

from trackway import params
from trackway.core.cannot import Cannot
from trackway.params.rules import Supports
from trackway.report import Page, references, truth_table
from trackway.rules import findings, page, truth
from trackway.rules.baskets import Baskets
from trackway.rules.cost import Cost
from trackway.rules.models import MinedRules

# Products 1 to 4 in two categories; 1 and 3 are complements, as are 5 and 6, which nobody sees.
PRODUCTS = pd.DataFrame({"product_id": range(1, 7), "category_id": [10, 10, 20, 20, 30, 40]})
COMPLEMENTS = pd.DataFrame({"product_id": [1, 5], "complement_id": [3, 6]})
SETTINGS = params.section("rules").model_copy(
    update={
        **{"min_support": Supports(purchases=0.1, views=0.1), "min_count": 1},
        **{"min_users": 1, "longest_basket": 9, "longest_itemset": 2, "memory_gb": 1.0},
    }
)
PLANTED = truth.Planted.of(COMPLEMENTS, PRODUCTS, focus=True)


def rules(*pairs: tuple[int, int]) -> pd.DataFrame:
    """Rules between items, told by their codes."""
    sides = [((one,), (other,)) for one, other in pairs]
    return pd.DataFrame(sides, columns=["antecedent", "consequent"])


def mined(reported: pd.DataFrame, *shuffled: pd.DataFrame) -> MinedRules:
    """A search of four baskets: {1, 3} twice, {1, 2, 3} and {4}."""
    held = sparse.csr_array(
        np.array([[1, 0, 1, 0], [1, 0, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]], dtype=bool)
    )
    counts = np.array([3, 1, 3, 1])
    sizes = {1: 1, 2: 2, 3: 1}
    cost = Cost(4, 3, 3, 3, 0.0)
    baskets = Baskets(4, sizes, 0, 1, ("1", "2", "3", "4"), counts, held, np.arange(4), cost)
    sets = {(0,): 3, (1,): 1, (2,): 3, (3,): 1, (0, 1): 1, (0, 2): 3, (1, 2): 1}
    found = sets, sets, reported, {}, [], list(shuffled), {}
    return MinedRules("views", "product", baskets, *found)


def counts(one: MinedRules, planted: truth.Planted = PLANTED) -> dict[str, list]:
    table = truth.compare([one], planted, SETTINGS).pairs
    table = table.set_index("joined_by").drop(columns="baskets")
    return {cause: table.loc[cause].tolist() for cause in truth.JOINED_BY}


def lines(one: MinedRules) -> list[truth_table.Line]:
    return truth.compare([one], PLANTED, SETTINGS).lines


def sentence(one: MinedRules, planted: truth.Planted = PLANTED) -> str:
    """The finding, from a study of this one search."""
    beside = truth.compare([one], planted, SETTINGS)
    return findings._beside_the_truth(replace(NOTHING, truth=beside))


def test_pairs_are_counted_by_what_joins_them():
    # exist, tried, frequent, attainable, reported, shuffled; both directions are one pair
    one = mined(rules((0, 2), (2, 0), (0, 1), (1, 2)), rules((0, 2)), rules())
    assert counts(one) == {
        "complements": [2, 1, 1, 1, 1, 0.5],
        "one category": [2, 2, 1, 1, 1, 0],
        "nothing planted": [11, 3, 1, 1, 1, 0],
    }


def test_where_sessions_keep_to_no_category_it_joins_nothing():
    anywhere = truth.Planted.of(COMPLEMENTS, PRODUCTS, focus=False)
    table = counts(mined(rules((0, 2), (0, 1))), anywhere)
    assert table["one category"] == [0] * 6
    assert table["nothing planted"][:2] == [13, 5]


def test_recall_and_false_finds_stand_beside_their_ceiling_and_chance():
    recall, false = lines(mined(rules((0, 2), (0, 1), (1, 2)), rules((0, 2)), rules()))
    assert (recall.achieved, recall.attainable, recall.chance) == (0.5, 0.5, 0.25)
    assert recall.low < 0.5 < recall.high
    assert (false.achieved, false.attainable, false.chance) == (pytest.approx(1 / 3), 0, 0.5)


def test_without_rules_there_is_no_share_of_false_finds():
    recall, false = lines(mined(rules()))
    assert (recall.achieved, recall.attainable) == (0, 0.5)
    assert (false.achieved, false.low) == (None, None)


def test_rules_of_three_items_are_no_pairs():
    three = pd.DataFrame({"antecedent": [(0, 1)], "consequent": [(2,)]})
    assert counts(mined(three))["complements"][4] == 0


def test_a_product_that_is_not_in_the_truth_is_joined_by_nothing():
    strange = mined(rules((0, 3)))
    strange = replace(strange, baskets=replace(strange.baskets, items=("1", "2", "3", "99")))
    assert counts(strange)["nothing planted"][4] == 1


NOTHING = studied(shop("a"))
SHOWN = f"({references.table('truth')}, {references.table('planted')})."


def test_the_finding_is_told_in_a_sentence():
    assert sentence(mined(rules((0, 2), (1, 2)))) == (
        "Of 2 planted complements, 1 are found among pairs viewed, where 1 could be, and 1 of 2 "
        f"pairs viewed are false finds {SHOWN}"
    )


def test_without_complements_only_false_finds_are_told():
    nothing = truth.Planted.of(COMPLEMENTS.iloc[:0], PRODUCTS, True)
    one = mined(rules((1, 2)))
    (false,) = truth.compare([one], nothing, SETTINGS).lines
    assert (false.achieved, false.chance) == (1, pytest.approx(4 / 6))
    assert sentence(one, nothing) == f"1 of 1 pairs viewed are false finds {SHOWN}"


@pytest.mark.parametrize(
    ("changed", "attainable"),
    [({"min_users": 3}, 1), ({"min_users": 4}, 0), ({"min_lift": 1.4}, 0), ({"min_lift": 1.3}, 1)],
)
def test_what_could_be_found_meets_every_threshold_but_the_test(changed, attainable):
    stricter = SETTINGS.model_copy(update=changed)
    beside = truth.compare([mined(rules())], PLANTED, stricter)
    assert beside.pairs.set_index("joined_by")["attainable"]["complements"] == attainable


def test_of_a_real_shop_nothing_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TRACKWAY_STAGING", str(tmp_path))
    unknown = truth.beside(NOTHING.run, [mined(rules())])
    assert unknown == Cannot(truth_table.UNKNOWN)
    real = replace(NOTHING, truth=unknown)
    assert findings._beside_the_truth(real) == unknown
    shown = Page("rules", simulated=False)
    page.truth(shown, real)
    page.planted(shown, real)
    said = capsys.readouterr().out
    assert f"Table 1 is not shown. {truth_table.UNKNOWN}" in said
    assert "Table 2 is not shown. The ceiling is unknown" in said
