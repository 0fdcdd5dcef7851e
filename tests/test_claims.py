"""A claim's words stay as they were written; only its verdict follows the data."""

import json

import numpy as np
import pytest
from bs4 import BeautifulSoup

from trackway.claims import Claim
from trackway.report import Page
from trackway.site import index

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
    monkeypatch.setattr("trackway.report.display", lambda *_, **__: None)
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
