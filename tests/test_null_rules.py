"""Where nothing goes together, 04 reports nothing; where complements are planted, it finds them."""

import pytest
import worlds

from shopsim.world import Effects, World
from trackway import params
from trackway.params.rules import Rules, Supports
from trackway.rules import truth
from trackway.rules.data import KINDS, LEVELS
from trackway.rules.models import MinedRules, mine_rules
from trackway.rules.thresholds import Thresholds

# A small shop has small baskets' counts: what may be rare by number must be frequent by share,
# else every search is of thousands of sets.
OWN = params.section("rules")
SETTINGS = OWN.model_copy(update={"min_support": Supports(purchases=0.001, views=0.004)})
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


def searched(shop: worlds.Shop, levels=LEVELS, settings: Rules = SETTINGS) -> list[MinedRules]:
    return [
        mine_rules(shop.events, kind, level, Thresholds.of(settings, kind), 1, seed=1)
        for kind in KINDS
        for level in levels
    ]


def compared(shop: worlds.Shop, mined: list[MinedRules], focus: bool) -> truth.Truth:
    planted = truth.Planted.of(shop.truth("complements"), shop.truth("products"), focus)
    return truth.compare(mined, planted, SETTINGS)


@pytest.mark.slow  # three worlds are opened
def test_no_rule_is_reported_beyond_the_stated_rate(shop_of):
    """Where all rules are false, the rate is the share of families in which there is any.

    A family are the rules of one length in one search: the p-values of each are corrected apart.
    """
    mined = [one for seed in SEEDS for one in searched(shop_of(seed, **NOTHING))]
    lengths = [(one.rules["antecedent"].map(len) == n).any() for one in mined for n in (1, 2)]
    assert len(lengths) == len(SEEDS) * 6 * 2
    assert sum(lengths) <= SETTINGS.fdr * len(lengths)
    assert sum(one.ledger["confident"] for one in mined) > 1000  # there was much to be caught


@pytest.mark.slow
def test_without_the_test_for_chance_there_would_be_many(shop_of):
    untested = SETTINGS.model_copy(update={"fdr": 1.0})
    mined = searched(shop_of(SEEDS[0], **NOTHING), settings=untested)
    assert sum(len(one.rules) for one in mined) > 100


def test_beside_the_truth_nothing_is_found_where_nothing_is_planted(shop_of):
    shop = shop_of(SEEDS[0], **NOTHING)
    beside = compared(shop, searched(shop, ["product"]), focus=False)
    assert [line.achieved for line in beside.lines] == [None, None]  # no complements, no pairs
    assert set(beside.pairs.loc[beside.pairs["joined_by"] != "nothing planted", "exist"]) == {0}


@pytest.mark.slow
def test_planted_complements_are_found_and_hardly_anything_else(shop_of):
    shop = shop_of(SEEDS[0], complements=True, focus=False)
    beside = compared(shop, searched(shop, ["product"], settings=OWN), focus=False)
    rows = beside.pairs.set_index(["baskets", "joined_by"])["reported"]
    assert rows["views", "complements"] >= 5
    assert rows["views", "nothing planted"] <= 1
    recall = beside.lines[1]
    assert recall.chance < recall.low < recall.achieved <= recall.attainable
