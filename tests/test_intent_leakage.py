"""A leak is known for what it is: where nothing can be told, only the honest question says so."""

from dataclasses import replace

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from planted import RUN

from trackway import report
from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.evaluation.splits import TimeSplit
from trackway.intent import leakage
from trackway.intent.data import Examples
from trackway.intent.features import Context, registry
from trackway.intent.leakage import data, models
from trackway.intent.leakage.models import CANARY, COPIED, HONEST, MENDS, Flaws
from trackway.intent.leakage.study import Leakage, ablation, drawn, null_of
from trackway.params.shared import Split
from trackway.report import references
from trackway.tables import sessions as sessions_module

# ibis 12 asks pandas 3.1 for an option that pandas is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

SHARES = Split(train=0.7, validation=0.15)


def ablated(n_sessions: int, seed: int) -> pd.DataFrame:
    run = replace(RUN, shared=RUN.shared.model_copy(update={"seed": seed}))
    return ablation(run, null_of(n_sessions, SHARES, seed)).set_index("key")


@pytest.fixture(scope="module")
def null() -> pd.DataFrame:
    return ablated(5000, seed=1)


def test_every_step_is_rid_of_one_flaw_more_and_the_last_of_all():
    copied, *mended, canary = models.steps()
    assert copied.flaws == Flaws(*[True] * len(MENDS), canary=False)
    before = copied.flaws
    for step in mended:
        (name,) = [one for one in MENDS if getattr(before, one) != getattr(step.flaws, one)]
        assert step.mended == name
        assert step.key == (HONEST if step.flaws == Flaws() else name)
        before = step.flaws
    assert before == Flaws()
    assert canary.flaws == Flaws(canary=True)


def test_where_nothing_can_be_told_only_the_honest_question_says_so(null):
    assert null.loc[COPIED, "roc_auc_low"] > 0.85
    assert null.loc["fitted_on_all", "roc_auc_low"] > 0.65  # the purchase is still seen
    assert null.loc["purchase_seen", "roc_auc_low"] > 0.55  # buyers are still cut
    honest = null.loc[HONEST]
    assert honest["roc_auc_low"] <= 0.5 <= honest["roc_auc_high"]
    assert null.loc[CANARY, "roc_auc_low"] > 0.5, "the ablation would miss a leak"


def test_the_flaws_that_leak_claim_something_alone(null):
    alone = null.loc[list(set(MENDS) - {"random_rows", "evened_test"}), "alone_roc_auc"]
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
    seen = data.Looks(rows, rows, rows)
    split = TimeSplit.of(started, **SHARES.model_dump())
    return models.examples_of(Flaws(**flaws), seen, [], split, seed=1).rows


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
    worlds = [ablated(5000, seed) for seed in (2, 3, 4)]
    assert abs(sum(table.loc[HONEST, "roc_auc"] for table in worlds) / 3 - 0.5) < 0.05
    for table in worlds:
        assert table.loc[COPIED, "roc_auc_low"] > 0.85
        assert table.loc[CANARY, "roc_auc"] > table.loc[HONEST, "roc_auc"]


def test_no_flawed_column_reaches_a_model_outside():
    flawed = [*data.TOTALS.values(), *data.CODES.values(), data.CANARY]
    for name in flawed:
        with pytest.raises(ValueError, match=name):
            registry.refuse_undeclared([name])


def test_an_encoding_fitted_on_all_rows_holds_the_rows_own_label():
    rows = pd.DataFrame({"product_id": [1, 2], "category_id": [1, 1], "bought": [True, False]})
    many = pd.concat([rows] * 50, ignore_index=True)
    codes = data.encoded(many).groupby("bought")["item_code"].mean()
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
def looks() -> data.Looks:
    return data.looks(shop_of(*BUYER), "1")


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
    rows = data.looks(shop_of(*BUYER), "5").at_moment
    assert rows[["session_id", "undecided"]].to_numpy().tolist() == [[0, False]]


def test_too_few_buyers_leave_a_step_empty_not_untrue():
    table = ablated(150, seed=1).reset_index()
    assert table["tested"].tolist() == [0] * 8
    assert table[["roc_auc", "alone_roc_auc"]].isna().all(axis=None)
    both = Leakage(table, table)
    sentences = leakage.findings.findings(both)
    assert "too few buyers even for the widely copied recipe" in sentences[0]
    assert "too small to be judged" in sentences[1]
    assert leakage.findings.metrics(both) == {}
    assert leakage.findings.headlines(both) == {}
    (claim,) = leakage.findings.claims(both)
    assert claim.holds is None


def test_examples_too_few_are_not_asked():
    rows = taken().assign(user_id=1)
    examples = Examples(rows, [], TimeSplit.of(rows["started"]))
    few = models.predict(examples, evened=False, settings=RUN.settings, seed=1)
    assert isinstance(few, Cannot)
    assert few.reason.startswith("A part of time needs 20 buyers")


def test_a_shop_drawn_is_one_of_whole_users():
    shop = null_of(1000, SHARES, seed=1)
    small = drawn(shop, 300, seed=1)
    ids = {name: set(getattr(small, name).user_id.to_pyarrow().to_pylist())
           for name in ("events", "sessions")}  # fmt: skip
    assert ids["events"] == ids["sessions"]
    whole = shop.sessions.filter(shop.sessions.user_id.isin(list(ids["sessions"])))
    n_drawn = small.sessions.count().execute()
    assert n_drawn == whole.count().execute()
    assert 200 < n_drawn < 400


def test_the_words_follow_the_data(null):
    table = null.reset_index()
    leak, nothing = leakage.findings.findings(Leakage(table, table))
    assert "users' totals over all of the data" in leak
    assert "cannot be told apart from chance" in leak
    assert "holds chance" in nothing
    shifted = table.assign(roc_auc_low=0.6, roc_auc_high=0.9)
    assert "misses chance" in leakage.findings.findings(Leakage(table, shifted))[1]
    assert "above chance" in leakage.findings.findings(Leakage(shifted, table))[0]
    dumb = table.assign(tested=table["tested"].where(table["key"] == COPIED, 0))
    unjudged = leakage.findings.findings(Leakage(dumb, table))[0]
    assert "cannot carry an honest judgement" in unjudged
    assert f"of {int(null.loc[COPIED, 'tested'])} sessions tested" in unjudged


def test_the_claim_holds_where_the_recipe_alone_sees_what_is_not_there(null):
    table = null.reset_index()
    (claim,) = leakage.findings.claims(Leakage(table, table))
    assert claim.holds is True
    seen_by_both = table.assign(roc_auc_low=0.6, roc_auc_high=0.9)
    (broken,) = leakage.findings.claims(Leakage(table, seen_by_both))
    assert broken.holds is False


def test_the_page_shows_both_shops_and_its_sentences_point_at_them(null, tmp_path, monkeypatch):
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    page = report.Page("intent", simulated=True)
    both = Leakage(null.reset_index(), null.reset_index())
    leakage.page.mistake(page, both)
    leakage.page.leaks(page, both)
    saved = pd.read_csv(tmp_path / "reports/tables/intent/mistake.csv", keep_default_na=False)
    assert saved["shop"].tolist() == ["this"] * 8 + ["null"] * 8
    assert (tmp_path / "reports/figures/intent/leaks.svg").exists()
    evidence = leakage.findings.claims(both)[0].evidence
    pointed = [references.named(text) for text in [*leakage.findings.findings(both), evidence]]
    assert pointed == [[("table", "mistake")]] * 3
