"""The page on rules is true on data that carry little, names what it shows, and does no harm."""

import json
from pathlib import Path

import nbformat
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rules_shop import known, shop, studied

from trackway import ROOT, params
from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.core.errors import InputError
from trackway.rules import labels, page, plots
from trackway.tables import facts

NOTEBOOK = ROOT / "notebooks" / "04_rules.ipynb"


@pytest.fixture
def page_of(tmp_path, monkeypatch, capsys):
    """Run the notebook's code on `events` in an empty checkout; what it says and hands on."""

    def execute(events: pa.Table, **changed) -> tuple[str, pd.DataFrame, Path]:
        monkeypatch.setenv(paths.STAGING, str(tmp_path))
        monkeypatch.setenv("MPLBACKEND", "agg")
        pq.write_table(events, paths.target("interim/events.parquet"))
        facts.write(known(events))
        own = params.read(ROOT / "params.yaml")
        own = own.model_copy(
            update={"rules": own.rules.model_copy(update={"shuffles": 1} | changed)}
        )
        monkeypatch.setattr(params, "section", lambda name: getattr(own, name))
        cells = nbformat.read(NOTEBOOK, as_version=4).cells
        exec("\n".join(c.source for c in cells if c.cell_type == "code"), {})
        return (
            capsys.readouterr().out,
            pd.read_parquet(paths.path("processed/rules.parquet")),
            tmp_path,
        )

    return execute


def test_no_purchase_at_all_is_said_in_the_place_of_its_rules(page_of):
    said, rules, _ = page_of(shop("ab", "c", "d", "e", times=20))
    assert "Table 4 is not shown. The data hold no purchase events." in said
    assert "Figure 3 is not shown." in said
    assert set(rules["baskets"]) == {"views"}
    assert "Table 5. Rules beyond chance" in said
    assert "Table 6 is not shown. The ceiling is unknown" in said


def test_thin_purchases_are_described_with_their_numbers(page_of):
    said, rules, folder = page_of(shop("a", "b", "ab", "c", kind="purchase", times=2))
    assert rules.empty
    assert (
        "Of 8 baskets of products bought, 2 hold two or more, and no two lie together in the 5 "
        "baskets that a rule must rest on." in said
    )
    assert "Figure 2 is not shown." in said
    summary = (folder / "reports" / "tables" / "rules" / "summary.json").read_text()
    assert "No rule between things bought rests on enough baskets" in summary
    assert "A basket of purchases holds 1.25 different products on average" in summary


def test_one_basket_without_brand_is_survived(page_of):
    said, rules, _ = page_of(shop("ab", brand=None))
    assert rules.empty
    assert "No brand is known of anything viewed." in said


def test_only_carts_leave_nothing_to_mine_and_that_is_said(page_of):
    said, rules, _ = page_of(shop("ab", kind="cart"))
    assert rules.empty
    assert "Figure 1 is not shown. Nothing is bought or viewed in these data." in said


@pytest.mark.parametrize(
    ("time", "words"),
    [("30min", "30 minutes."), ("5h", "5 hours."), ("60h", "2.5 days."), ("60D", "60 days.")],
)
def test_a_short_stretch_of_time_is_said_to_be_one(time, words):
    said = page.span(studied(shop("ab"), time))
    assert said.startswith(f"The baskets cover {words}")
    assert ("is not in them" in said) == (time != "60D")


def test_rules_of_one_user_are_said_to_be_so(page_of):
    said, rules, _ = page_of(shop("ab", "c", "d", "e", times=20, users=1))
    assert rules.empty
    assert "2 of these beyond chance and 0 of those hold for users enough." in said


def test_asking_for_too_much_stops_the_page(page_of):
    with pytest.raises(InputError, match=r"Set rules\.min_support\.views to"):
        page_of(shop("abcdef", "bcd", "ef", times=20), memory_gb=1e-4)


def test_a_brand_cannot_start_a_formula_nor_break_a_figure(page_of):
    _, rules, folder = page_of(shop("ab", "c", "d", "e", brand='=cmd|"$x$', times=20))
    assert rules["antecedent"].str.startswith("=cmd").any()
    for file in (folder / "reports" / "tables" / "rules").glob("*.csv"):
        assert not any(
            cell.lstrip('"').startswith(("=", "+", "@"))
            for line in file.read_text().splitlines()
            for cell in line.split(",")
        )


def test_the_whole_list_is_saved_with_tests_and_numbers(page_of):
    _, rules, folder = page_of(shop("ab", "c", "d", "e", times=20))
    saved = pd.read_csv(folder / "reports" / "tables" / "rules" / "rules.csv")
    assert len(saved) == len(rules) > 0
    assert {"support", "confidence", "lift", "leverage", "conviction", "q_value"} <= set(saved)
    first = rules[rules["level"] == "product"].iloc[0]
    assert (first["antecedent"], first["antecedent_ids"]) == ("apple a 97", "97")
    assert (first["count"], first["n_antecedent"], first["n_baskets"]) == (20, 20, 80)
    assert (first["confidence"], first["lift"], first["conviction"]) == (1, 4, float("inf"))
    metrics = json.loads((folder / "reports" / "metrics" / "rules.json").read_text())
    assert metrics["views"]["product"]["rules"] == 2


@pytest.mark.slow
def test_a_second_run_leaves_the_same_bytes(page_of):
    shopped = shop("ab", "bcd", "d", "ea", times=20)
    _, _, folder = page_of(shopped)
    files = [f for f in sorted(folder.rglob("*")) if f.is_file() and "interim" not in f.parts]
    first = [file.read_bytes() for file in files]
    page_of(shopped)
    assert [file.read_bytes() for file in files] == first
    assert len(files) > 8


def test_what_a_study_shows_is_there_to_look_at():
    result = studied(shop("ab", "c", "d", "e", times=20))
    assert result.rules_of("purchases") == Cannot("The data hold no purchase events.")
    assert result.pictured("purchases") == result.rules_of("purchases")
    seen = result.rules_of("views")
    assert seen["antecedent"].tolist()[:2] == ["apple a 97", "category 1"]
    assert result.pictured("views").level == "product"
    sizes = result.sizes[result.sizes["level"] == "product"].set_index("size")["n_baskets"]
    assert sizes.to_dict() == {1: 60, 2: 20}
    pairs = result.pairs[result.pairs["level"] == "product"]
    assert pairs.loc[pairs["world"] == "the data", ["expected", "observed"]].values.tolist() == [
        [20 * 20 / 80, 20]
    ]


@pytest.mark.parametrize(
    ("brand", "code", "label"),
    [
        ("apple", "electronics.smart_phone", "apple smart phone 7"),
        ("apple", None, "apple 7"),
        (None, "electronics.phone", "phone 7"),
        (None, None, "product 7"),
        ("two\nlines", None, "two lines 7"),
    ],
)
def test_a_product_is_called_by_what_is_known_of_it(brand, code, label):
    assert f"{labels._product(brand, code)} 7" == label


def test_a_title_goes_before_brand_and_category():
    assert labels._product("apple", "electronics.phone", "iPhone 8\n64 GB") == "iPhone 8 64 GB"


def test_groups_of_a_network_lie_apart_and_within_the_page():
    graph = plots.nx.DiGraph([(0, 1), (1, 0), (2, 3), (3, 4), (4, 2), (5, 6), (7, 8), (9, 10)])
    places, width, height = plots.arrange(graph)
    spots = pd.DataFrame(places).T
    assert spots[0].between(0, width).all()
    assert spots[1].between(0, height).all()
    assert not spots.round(2).duplicated().any()
    again, _, _ = plots.arrange(graph)
    assert all((places[code] == again[code]).all() for code in places)
