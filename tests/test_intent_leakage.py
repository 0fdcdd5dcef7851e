"""A leak is known for what it is: where nothing can be told, only the honest question says so."""

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from planted import SETTINGS
from trackway.intent.audit import CANARY, COPIED, HONEST, Flaws

from trackway.evaluation.splits import TimeSplit
from trackway.intent import audit, audit_page, leaky
from trackway.intent.features import Context, registry
from trackway.tables import sessions as sessions_module

# ibis 12 asks pandas 3.1 for an option that pandas is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

SHARES = {"train": 0.7, "validation": 0.15}


def climbed(n_sessions: int, seed: int) -> pd.DataFrame:
    table = audit.climb(audit.null(n_sessions, SHARES, seed), SETTINGS, seed)
    return table.set_index("key")


@pytest.fixture(scope="module")
def null() -> pd.DataFrame:
    return climbed(5000, seed=1)


def test_every_rung_is_rid_of_one_flaw_more_and_the_last_of_all():
    (_, (first, _)), *rungs = audit.rungs().items()
    assert first == Flaws(*[True] * len(audit.MENDS), canary=False)
    before = first
    for _, (flaws, alone) in rungs[:-1]:
        (mended,) = [name for name in audit.MENDS if getattr(before, name) != getattr(flaws, name)]
        assert alone == Flaws(**{mended: True})
        before = flaws
    assert before == Flaws()
    assert rungs[-1][1][0] == Flaws(canary=True)


def test_where_nothing_can_be_told_only_the_honest_question_says_so(null):
    assert null.loc[COPIED, "roc_auc_low"] > 0.85
    assert null.loc["fitted_on_all", "roc_auc_low"] > 0.65  # the purchase is still seen
    assert null.loc["purchase_seen", "roc_auc_low"] > 0.55  # buyers are still cut
    honest = null.loc[HONEST]
    assert honest["roc_auc_low"] <= 0.5 <= honest["roc_auc_high"]
    assert null.loc[CANARY, "roc_auc_low"] > 0.5, "the audit would miss a leak"


def test_the_flaws_that_leak_claim_something_alone(null):
    alone = null.loc[list(set(audit.MENDS) - {"random_rows", "evened_test"}), "alone_roc_auc"]
    assert (alone > 0.58).all()


def test_an_evened_test_leaves_the_ranking_and_flatters_the_rest(null):
    evened, honest = null.loc["random_rows"], null.loc[HONEST]
    assert evened["bought_share"] == pytest.approx(0.5)
    assert honest["bought_share"] < 0.2
    assert evened["pr_auc"] > honest["pr_auc"] + 0.25


def taken(**flaws: bool) -> pd.DataFrame:
    """The rows of a hundred hourly sessions that a recipe with these flaws takes, by part."""
    started = pd.Series(pd.date_range("2024-03-01", periods=100, freq="h", tz="UTC"))
    rows = pd.DataFrame({"started": started, "ended": started, "undecided": True})
    rows["bought"] = rows.index % 5 == 0
    seen = leaky.Looks(rows, rows, rows)
    shop = audit.Shop(None, None, "UTC", [], TimeSplit.of(started, **SHARES))
    return audit.examples_of(Flaws(**flaws), seen, shop, seed=1).rows


def test_parts_are_cut_in_time_unless_that_is_the_flaw():
    def last_learned_before_first_tested(rows: pd.DataFrame) -> bool:
        ends = rows.groupby("part")["started"].agg(["min", "max"])
        return ends.loc["train", "max"] < ends.loc["test", "min"]

    assert last_learned_before_first_tested(taken())
    assert last_learned_before_first_tested(taken(evened_test=True))
    assert not last_learned_before_first_tested(taken(random_rows=True))


def test_an_evened_test_holds_as_many_buyers_as_others_in_every_part():
    assert (taken(evened_test=True).groupby("part")["bought"].mean() == 0.5).all()
    assert taken()["bought"].mean() == 0.2


@pytest.mark.slow
def test_so_it_is_in_other_worlds_of_chance():
    worlds = [climbed(5000, seed) for seed in (2, 3, 4)]
    assert abs(sum(table.loc[HONEST, "roc_auc"] for table in worlds) / 3 - 0.5) < 0.05
    for table in worlds:
        assert table.loc[COPIED, "roc_auc_low"] > 0.85
        assert table.loc[CANARY, "roc_auc"] > table.loc[HONEST, "roc_auc"]


def test_no_flawed_column_reaches_a_model_outside_the_audit():
    flawed = [*leaky.TOTALS.values(), *leaky.CODES.values(), leaky.CANARY]
    for name in flawed:
        with pytest.raises(ValueError, match=name):
            registry.refuse_undeclared([name])


def test_an_encoding_fitted_on_all_rows_holds_the_rows_own_label():
    rows = pd.DataFrame({"product_id": [1, 2], "category_id": [1, 1], "bought": [True, False]})
    many = pd.concat([rows] * 50, ignore_index=True)
    codes = leaky.encoded(many).groupby("bought")["item_code"].mean()
    assert codes[True] > 0.9
    assert codes[False] < 0.1


BUYER = [
    (1, 0, "10:00:00", "view", 7),
    (1, 0, "10:00:30", "view", 8),
    (1, 0, "10:01:00", "cart", 7),
    (1, 0, "10:02:00", "purchase", 7),
    (1, 0, "10:03:00", "view", 9),
    (1, 1, "23:00:00", "view", 9),
    (2, 2, "23:58:00", "view", 9),  # open when the data end
]


def shop_of(*rows: tuple) -> Context:
    columns = ["user_id", "session_id", "event_time", "event_type", "product_id"]
    events = pd.DataFrame(rows, columns=columns)
    events["event_time"] = pd.to_datetime("2024-03-01 " + events["event_time"], utc=True)
    events = events.assign(event_id=range(len(events)), category_id=1, price=1.0)
    lazy = ibis.duckdb.connect().create_table("e", pa.Table.from_pandas(events))
    lazy = lazy.cast({"price": "decimal(12, 2)"})
    return Context(lazy, sessions_module.table(lazy, pd.Timedelta("30min")), "UTC", 50)


@pytest.fixture(scope="module")
def looks() -> leaky.Looks:
    return leaky.looks(shop_of(*BUYER), "1")


@pytest.mark.parametrize(
    ("way", "n_seen", "item"),
    [("with_purchase", 4, 7), ("before_purchase", 3, 7), ("at_moment", 1, 7)],
)
def test_what_each_recipe_sees_of_a_buyer(looks, way, n_seen, item):
    row = getattr(looks, way).set_index("session_id").loc[0]
    assert row[["n_seen", "product_id", "session_events"]].tolist() == [n_seen, item, 5]
    assert row[["all_sessions", "all_orders", "past_sessions"]].tolist() == [2, 1, 0]


def test_only_the_honest_moment_leaves_open_sessions_out(looks):
    assert looks.with_purchase["session_id"].tolist() == [0, 1, 2]
    assert looks.at_moment["session_id"].tolist() == [0, 1]


def test_a_moment_after_the_purchase_is_decided():
    rows = leaky.looks(shop_of(*BUYER), "5").at_moment
    assert rows[["session_id", "undecided"]].to_numpy().tolist() == [[0, False]]


def test_too_few_buyers_leave_a_rung_empty_not_untrue():
    table = audit.climb(audit.null(150, SHARES, seed=1), SETTINGS, 1)
    assert table["tested"].tolist() == [0] * 8
    assert table[["roc_auc", "alone_roc_auc"]].isna().all(axis=None)
    sentences = audit_page.findings(table, table, 17)
    assert "too few buyers even for the widely copied recipe" in sentences[0]
    assert "too small to be judged" in sentences[1]
    assert audit_page.handed_on(table, table) == {}


def test_an_audited_shop_is_one_of_whole_users():
    shop = audit.null(1000, SHARES, seed=1)
    small = audit.drawn(shop, 300, seed=1)
    ids = {name: set(getattr(small, name).user_id.to_pyarrow().to_pylist())
           for name in ("events", "sessions")}  # fmt: skip
    assert ids["events"] == ids["sessions"]
    whole = shop.sessions.filter(shop.sessions.user_id.isin(list(ids["sessions"])))
    n_drawn = small.sessions.count().execute()
    assert n_drawn == whole.count().execute()
    assert 200 < n_drawn < 400


def test_the_words_follow_the_data(null):
    table = null.reset_index()
    leak, nothing = audit_page.findings(table, table, 17)
    assert "users' totals over all of the data" in leak
    assert "not to be told from chance" in leak
    assert "holds chance" in nothing
    shifted = table.assign(roc_auc_low=0.6, roc_auc_high=0.9)
    assert "misses chance" in audit_page.findings(table, shifted, 17)[1]
    told = audit_page.findings(shifted, table, 17)[0]
    assert "above chance" in told
    dumb = table.assign(tested=table["tested"].where(table["key"] == COPIED, 0))
    unjudged = audit_page.findings(dumb, table, 17)[0]
    assert "cannot carry an honest judgement" in unjudged
    assert f"of {int(null.loc[COPIED, 'tested'])} sessions tested" in unjudged
