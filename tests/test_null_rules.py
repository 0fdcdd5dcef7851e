"""Where nothing goes together, 04 reports nothing; where complements are planted, it finds them."""

import pytest
import worlds

from shopsim.world import Effects, World
from trackway.rules import planted
from trackway.rules.baskets import KINDS, LEVELS
from trackway.rules.search import Found, search
from trackway.rules.thresholds import Thresholds

# A small shop has small baskets' counts: what may be rare by number must be frequent by share,
# else every search is of thousands of sets.
SETTINGS = worlds.PARAMS["rules"] | {"min_support": {"purchases": 0.001, "views": 0.004}}
SEEDS = [1, 2, 3]
EVENTS = 30_000
NOTHING = {"complements": False, "focus": False}


@pytest.fixture(scope="module")
def shop_of(tmp_path_factory):
    """The shop of a world, opened once."""
    known = {}

    def opened(seed: int, **effects: bool) -> worlds.Shop:
        key = (seed, *sorted(effects.items()))
        if key not in known:
            world = World(seed=seed, events=EVENTS, effects=Effects(**effects))
            known[key] = worlds.opened(world, tmp_path_factory.mktemp("world") / "shop")
        return known[key]

    return opened


def searched(shop: worlds.Shop, levels=LEVELS, **changed) -> list[Found]:
    settings = SETTINGS | changed
    return [
        search(shop.events, kind, level, Thresholds.of(settings, kind), 1, seed=1)
        for kind in KINDS
        for level in levels
    ]


def compared(shop: worlds.Shop, found: list[Found], focus: bool) -> planted.Told:
    complements, products = shop.truth("complements"), shop.truth("products")
    return planted.compare(found, complements, products, SETTINGS, focus)


@pytest.mark.slow  # three worlds are opened
def test_no_rule_is_reported_beyond_the_stated_rate(shop_of):
    """Where all rules are false, the rate is the share of families in which there is any.

    A family are the rules of one length in one search: the p-values of each are corrected apart.
    """
    found = [one for seed in SEEDS for one in searched(shop_of(seed, **NOTHING))]
    lengths = [(one.rules["antecedent"].map(len) == n).any() for one in found for n in (1, 2)]
    assert len(lengths) == len(SEEDS) * 6 * 2
    assert sum(lengths) <= SETTINGS["fdr"] * len(lengths)
    assert sum(one.ledger["confident"] for one in found) > 1000  # there was much to be caught


@pytest.mark.slow
def test_without_the_test_for_chance_there_would_be_many(shop_of):
    found = searched(shop_of(SEEDS[0], **NOTHING), fdr=1.0)
    assert sum(len(one.rules) for one in found) > 100


def test_beside_the_truth_nothing_is_found_where_nothing_is_planted(shop_of):
    shop = shop_of(SEEDS[0], **NOTHING)
    told = compared(shop, searched(shop, ["product"]), focus=False)
    assert [line.achieved for line in told.lines] == [None, None]  # no complements, no pairs
    assert set(told.pairs.loc[told.pairs["joined_by"] != "nothing planted", "exist"]) == {0}


@pytest.mark.slow
def test_planted_complements_are_found_and_hardly_anything_else(shop_of):
    shop = shop_of(SEEDS[0], complements=True, focus=False)
    found = searched(shop, ["product"], min_support=worlds.PARAMS["rules"]["min_support"])
    told = compared(shop, found, focus=False)
    rows = told.pairs.set_index(["baskets", "joined_by"])["reported"]
    assert rows["views", "complements"] >= 5
    assert rows["views", "nothing planted"] <= 1
    recall = told.lines[1]
    assert recall.chance < recall.low < recall.achieved <= recall.attainable
