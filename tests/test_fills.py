"""A missing brand or category is filled by the first policy that can, and the fill is counted."""

import pytest
from making import events

from trackway.params.sampling import Fill
from trackway.sampling import ledger
from trackway.tables.events import catalogue
from trackway.tables.fills import fill, fill_all, policies
from trackway.tables.sources.schemas import REES46, TAOBAO


def shop(brands, products, categories=None):
    rows = [(1, f"10:{i:02d}", "view") for i in range(len(brands))]
    extra = {} if categories is None else {"category_id": categories}
    return events(*rows, brand=brands, category_code=brands, product_id=products, **extra)


def filled(table, tried, column="brand"):
    result = fill(table, catalogue(table), column, tried).order_by("event_time").to_pandas()
    return result[column].tolist(), result[f"{column}_from"].tolist()


def test_a_product_tells_its_brand_on_its_other_rows():
    values, origin = filled(shop(["a", None, None], [1, 1, 2]), ["product", "unknown"])
    assert values == ["a", "a", "unknown"]
    assert origin == ["source", "product", "unknown"]


def test_the_most_frequent_brand_wins_and_ties_go_to_the_first_in_the_alphabet():
    assert filled(shop(["b", "b", "a", None], [1] * 4), ["product"])[0][3] == "b"
    assert filled(shop(["b", "a", None], [1] * 3), ["product"])[0][2] == "a"


def test_a_category_tells_its_code():
    table = shop(["c.d", None, None], [1, 2, 3], [5, 5, 6])
    values, origin = filled(table, ["category", "unknown"], "category_code")
    assert values == ["c.d", "c.d", "unknown"]
    assert origin == ["source", "category", "unknown"]


def test_the_mode_is_that_of_all_known_rows():
    assert filled(shop(["b", "b", "a", None], [1, 2, 3, 4]), ["mode"])[0] == ["b", "b", "a", "b"]


def test_without_a_policy_it_stays_null():
    values, origin = filled(shop([None, "a"], [1, 2]), [])
    assert values[0] is None or values[0] != values[0]
    assert origin[1] == "source"


@pytest.mark.parametrize("policy", ["product", "mode", "unknown"])
def test_what_the_source_says_is_never_overwritten(policy):
    assert filled(shop(["a", "b", "b"], [1, 1, 1]), [policy])[0] == ["a", "b", "b"]


def test_where_nothing_is_known_the_mode_fills_nothing():
    values, origin = filled(shop([None, None], [1, 2]), ["mode", "unknown"])
    assert values == ["unknown", "unknown"]
    assert origin == ["unknown", "unknown"]


def test_a_source_without_brands_is_not_filled():
    chosen = Fill(brand=["unknown"], category=["unknown"])
    assert policies(chosen, TAOBAO) == {}
    assert set(policies(chosen, REES46)) == {"brand", "category_code"}


def test_the_filled_catalogue_counts_what_was_filled_on_the_rows():
    table = shop(["a", None, None, None], [1, 1, 1, 2], [5, 5, 5, 6])
    chosen = {"brand": ["product", "unknown"], "category_code": ["category"]}
    known = catalogue(table)
    assert known.count().execute() == 3, "the two rows that say the same are one"
    counted = ledger.fills(
        fill_all(known, known, chosen), {"brand": "brand_from", "code": "category_code_from"}
    )
    assert counted[["column", "value_from", "rows"]].values.tolist() == [
        ["brand", "product", 2],
        ["brand", "source", 1],
        ["brand", "unknown", 1],
        ["code", "category", 2],
        ["code", "left empty", 1],
        ["code", "source", 1],
    ]
