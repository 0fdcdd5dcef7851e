"""A claim's words stay as they were written; only its verdict follows the data."""

import ast
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import rules_shop
from bs4 import BeautifulSoup
from eda_shop import studied

from trackway import ROOT
from trackway.core.cannot import Cannot
from trackway.eda import findings as eda
from trackway.evaluation.bootstrap import Interval
from trackway.report import Page
from trackway.report.claims import Claim
from trackway.rfm import findings as rfm
from trackway.rules import findings as rules
from trackway.sampling import findings as sampling
from trackway.sequences import evaluation as next_action
from trackway.sequences import findings as sequences
from trackway.study import index

EVIL = "<script>alert(1)</script>"


def claim(holds=True, name="more-than-chance", text="There is more than `chance`.", evidence="0.1"):
    return Claim(name, text, holds, evidence)


@pytest.mark.parametrize(
    ("holds", "simulated", "said"),
    [
        (True, True, "Holds"),
        (True, False, "Holds"),
        (False, True, "No longer holds; it held when it was written"),
        (False, False, "Does not hold on these data; it held on the simulated shop when"),
        (None, True, "Cannot be told on these data"),
    ],
)
def test_its_verdict_says_what_has_become_of_it(holds, simulated, said):
    assert claim(holds).verdict(simulated).startswith(said)
    assert claim(holds).text == "There is more than `chance`."


@pytest.mark.parametrize("holds", [np.bool_(False), 0.0])
def test_a_predicate_of_numpy_becomes_a_plain_one(holds):
    assert json.dumps(claim(holds).record()["holds"]) == "false"


@pytest.mark.parametrize("holds", [0.3, "yes", float("nan")])
def test_a_number_is_no_verdict(holds):
    with pytest.raises(ValueError, match="cannot be told"):
        claim(holds)


def test_what_it_shows_cannot_act():
    shown = claim(text=EVIL, evidence=EVIL, name='"x').html(simulated=True)
    soup = BeautifulSoup(shown, "html.parser")
    assert not soup.script
    assert soup.text.count(EVIL) == 2


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKWAY_STAGING", str(tmp_path))
    monkeypatch.setattr("trackway.report.page.display", lambda *_, **__: None)
    return Page("rfm", simulated=True)


def test_a_page_keeps_its_claims_for_the_index(page, tmp_path):
    page.claims([claim(False), claim(None, name="other")])
    kept = json.loads((tmp_path / "reports/tables/rfm/summary.json").read_text())["claims"]
    assert [(one["name"], one["holds"]) for one in kept] == [
        ("more-than-chance", False),
        ("other", None),
    ]
    assert Claim(**kept[0]) == claim(False)


def test_two_claims_of_one_name_are_refused(page):
    with pytest.raises(ValueError, match="'more-than-chance'"):
        page.claims([claim(), claim(False)])


def test_the_index_tells_first_of_claims_that_do_not_hold():
    every = [claim(True, "a"), claim(None, "b"), claim(False, "c")]
    card = index.Card(None, [], [], every, [], {}, "")
    assert [one.name for _, one in index.claims([card])] == ["c", "b", "a"]


def verdicts(claims) -> dict[str, bool | None]:
    return {one.name: one.holds for one in claims}


COUNTS = {"open_at_end": 9, "sessions": 1000}
SHARES = pd.DataFrame(
    {"share": [0.05], "figure": ["share of users who buy"], "value": [0.1], "whole": [0.2]}
).assign(low=0.05, high=0.3)


def sampled(subsamples, **counts):
    return sampling.claims(SimpleNamespace(counts=COUNTS | counts, subsamples=subsamples))


@pytest.mark.parametrize("holds", [True, False])
def test_a_sample_must_hold_the_whole_in_its_interval(holds):
    said = verdicts(sampled(SHARES.assign(within=holds)))
    assert said == {"few-visits-are-cut-short": True, "a-sample-tells-the-buyers": holds}


def test_one_visit_in_a_hundred_cut_short_is_too_many():
    said = verdicts(sampled(SHARES.assign(within=True), open_at_end=10))
    assert not said["few-visits-are-cut-short"]


def test_where_no_sample_was_drawn_nothing_is_claimed_of_one():
    for nothing in [Cannot("Too few."), SHARES.assign(within=True).head(0)]:
        assert verdicts(sampled(nothing))["a-sample-tells-the-buyers"] is None


LITTLE = studied((1, "a", "10:00:00", "view", 7))  # it carries hardly anything


@pytest.mark.parametrize(("no_cart", "holds"), [(51, True), (50, False)])
def test_most_purchases_is_more_than_half_of_them(no_cart, holds):
    ways = {"cart here": 100 - no_cart, "cart earlier": 0, "view only": no_cart, "neither": 0}
    shop = replace(LITTLE, routes=pd.Series(ways), gap=Interval(0.01, 0.001, 0.02))
    assert verdicts(eda.claims(shop)) == {
        "most-purchases-have-no-cart": holds,
        "few-users-make-most-events": None,
        "nights-convert-better": True,
    }


def test_what_the_shop_could_not_show_is_not_claimed():
    claims = eda.claims(LITTLE)
    assert set(verdicts(claims).values()) == {None}
    assert all(one.evidence for one in claims)


def forecast(low):
    errors = {"grouping": ["segments"], "gain": [0.2], "gain_low": [low], "gain_high": [0.3]}
    return SimpleNamespace(errors=pd.DataFrame(errors))


def choice(silhouette):
    at = pd.Series({"silhouette": silhouette, "null_high": 0.35})
    return SimpleNamespace(at=lambda: at)


def kinds(low):
    return SimpleNamespace(lines=[SimpleNamespace(achieved=0.1, low=low, high=0.2, chance=0.0)])


def test_customers_are_claimed_of_by_intervals_and_nulls():
    for parts, holds in [
        ((choice(0.36), forecast(0.1), kinds(0.05)), True),
        ((choice(0.35), forecast(0.0), kinds(-0.1)), False),
        ([Cannot("Too few.")] * 3, None),
    ]:
        study = SimpleNamespace(**dict(zip(["choice", "forecast", "kinds"], parts, strict=True)))
        assert set(verdicts(rfm.claims(study)).values()) == {holds}


NO_RULES = rules_shop.studied(rules_shop.shop("a"))


def mined(kind, kept, by_chance):
    ledger = {"not redundant": 100, "beyond chance": kept}
    by = {"not redundant": 80.0, "beyond chance": by_chance}
    return replace(NO_RULES.mined[0], kind=kind, ledger=ledger, ledgers_by_chance=[by])


@pytest.mark.parametrize(("by_chance", "holds"), [(1.0, True), (1.1, False)])
def test_a_rule_in_twenty_may_be_chance(by_chance, holds):
    some = [mined("purchases", 20, by_chance), mined("views", 0, 0.0)]
    assert verdicts(rules.claims(replace(NO_RULES, mined=some))) == {
        "rules-purchases-are-beyond-chance": holds,
        "rules-views-are-beyond-chance": None,
        "confidence-alone-is-chance": True,
    }


@pytest.mark.parametrize(("high", "holds"), [(-0.001, True), (0.001, False)])
def test_a_network_beats_the_chain_by_its_whole_interval(high, holds):
    rows = {
        (next_action.NETWORK, "log_loss", ""): (-0.01, -0.02, high),
        (next_action.CHAIN, "log_loss", ""): (-0.01, -0.02, -0.01),
        (next_action.NARROW, "log_loss", ""): (0.01, 0.005, 0.02),
    }
    contrasts = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])
    contrasts.index = pd.MultiIndex.from_tuples(contrasts.index)
    evaluated = next_action.Evaluation(None, None, None, contrasts)
    said = sequences.claims(SimpleNamespace(evaluation=evaluated))
    assert list(verdicts(said).values()) == [holds, True, True]


def test_sequences_too_few_to_compare_are_not_claimed_of():
    said = sequences.claims(SimpleNamespace(evaluation=Cannot("Too few users.")))
    assert {(one.holds, one.evidence) for one in said} == {(None, "Too few users.")}


MADE = sorted((ROOT / "reports/tables").glob("*/summary.json"))


@pytest.mark.parametrize("file", MADE, ids=lambda file: file.parent.name)
def test_what_is_claimed_holds_on_the_demo_in_words_that_stand_in_the_source(file):
    """A claim that the present results refute is to be rewritten, with a line in CHANGELOG.md."""
    claimed = json.loads(file.read_text()).get("claims", [])
    assert {one["name"]: one["evidence"] for one in claimed if not one["holds"]} == {}
    step = ROOT / "src/trackway" / file.parent.name
    written = {
        node.value
        for module in step.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Constant)
    }
    assert {one["text"] for one in claimed} <= written
