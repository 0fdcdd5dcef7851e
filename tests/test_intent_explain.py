"""What the model rests on is found, and where it errs is shown with its size."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest
from planted import RUN, SETTINGS, content, planted, planted_ladder, planted_study, told

from trackway.evaluation import metrics
from trackway.intent import models
from trackway.intent.explain import findings, groups, page, study
from trackway.intent.explain.dependence import dependence, grid
from trackway.intent.explain.errors import errors
from trackway.intent.explain.importance import _auc, importance
from trackway.report import references
from trackway.report.exhibits import Figure, Table

# ibis 12 asks pandas 3.1 for an option that pandas is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")


@pytest.fixture(scope="module")
def made():
    return planted()


@pytest.fixture(scope="module")
def forest(made):
    unfitted = models.unbalanced(models.FOREST, made.features, SETTINGS, 1)
    return models.score(models.FOREST, unfitted, made)


def test_shuffling_what_carries_the_signal_costs_most(made, forest):
    lost = importance(forest, made, repeats=3, n=50, seed=0)
    assert lost.index[0] == "cart_count"
    assert lost["low"].iloc[0] > 0.1
    assert lost["low"]["hour"] <= 0.02


def test_the_fast_auc_is_that_of_the_metrics():
    random = np.random.default_rng(0)
    happened, said = random.random(200) < 0.3, random.integers(0, 20, 200) / 20  # with ties
    weights = np.vstack([np.ones(200), random.integers(0, 3, 200)]).astype(float)
    fast = _auc(happened, said, weights[:, happened], weights[:, ~happened])
    assert fast == pytest.approx(metrics.weighted_scores(happened, said, 0.5, weights)["roc_auc"])


def test_dependence_moves_with_what_carries_the_signal_alone(made, forest):
    table = dependence(forest, made, ["cart_count", "view_count"], points=5, n=20, seed=0)
    carts = table[table["feature"] == "cart_count"]["value"].tolist()
    views = table[table["feature"] == "view_count"]["value"]
    assert len(carts) == 2
    assert carts[1] > carts[0] + 0.2
    assert np.ptp(views) < 0.05


def test_a_value_that_never_occurs_is_not_asked_about():
    assert grid(pd.Series([1, 1, 5, None]), points=9).tolist() == [1.0, 5.0]


def test_errors_have_sizes_and_a_sign(made):
    test = made.of("test")
    kinds = pd.DataFrame({"user": np.where(test["past_sessions"] > 0, "returning", "new")})
    always = told(made, [], np.full(len(test), 0.9))
    table = errors(always, made, kinds, n=30, seed=0).set_index("group")
    assert table["sessions"].sum() == len(test)
    assert table["buyers"].sum() == test["bought"].sum()
    assert (table["gap_low"] > 0).all()  # .9 promises too much to everyone
    assert table["gap"].to_numpy() == pytest.approx((0.9 - table["bought"]).to_numpy())
    assert (table["roc_auc"] == 0.5).all()


def test_a_group_that_ends_alike_has_no_ranking(made):
    test = made.of("test")
    by_fate = pd.DataFrame({"fate": np.where(test["bought"], "bought", "not")})
    table = errors(told(made, [], np.full(len(test), 0.5)), made, by_fate, n=20, seed=0)
    assert table["roc_auc"].isna().all()
    assert "by more than its interval" in findings._off(table)
    assert "In none of the 2 kinds" in findings._off(table.assign(gap_low=-1, gap_high=1))


def test_a_session_is_of_the_kind_in_which_it_began():
    events = ibis.memtable(
        {
            "session_id": [1, 1, 2, 3],
            "event_id": [11, 10, 20, 30],
            "category_code": ["shoes.kids", "toys.kids", None, None],
            "category_id": [1, 2, 3, None],
        }
    ).cast({"category_id": "int64"})
    rows = pd.DataFrame({"session_id": [3, 2, 1], "past_sessions": [0, 4, 1], "hour": [0, 11, 23]})
    found = groups.of_sessions(rows, events, categories=5)
    assert found["category"].tolist() == ["unknown", "3", "toys"]
    assert found["user"].tolist() == ["new", "returning", "returning"]
    assert found["hour"].tolist() == ["00 to 05", "06 to 11", "18 to 23"]


def test_rare_categories_are_one_group_and_a_short_shop_has_no_hours():
    events = ibis.memtable(
        {
            "session_id": [1, 2, 3, 4],
            "event_id": [1, 2, 3, 4],
            "category_code": ["a", "b", "b", "c"],
            "category_id": [1, 1, 1, 1],
        }
    )
    rows = pd.DataFrame({"session_id": [1, 2, 3, 4], "past_sessions": 0})
    found = groups.of_sessions(rows, events, categories=1)
    assert found["category"].tolist() == [groups.OTHERS, "b", "b", groups.OTHERS]
    assert "hour" not in found


@pytest.fixture(scope="module")
def events(made):
    """One event a session."""
    ids = made.rows["session_id"].tolist()
    table = {"session_id": ids, "event_id": ids, "category_code": ["shoes"] * len(ids)}
    return ibis.memtable(table | {"category_id": [1] * len(ids)})


@pytest.fixture(scope="module")
def result(made, events):
    return study.study(RUN, planted_study({"3": made}, {"3": planted_ladder(made)}), events)


def test_everything_is_shown(result):
    for one in (page.importance, page.dependence):
        assert isinstance(content(one, result), Figure)
    shown = content(page.errors, result)
    assert isinstance(shown, Table)
    assert shown.content["by"].unique().tolist() == ["user", "hour", "category"]


def test_the_dependence_is_of_what_matters_most(result):
    most = result.importance.index[: study.MAIN]
    assert result.dependence["feature"].unique().tolist() == most.tolist()


def test_the_findings_point_at_the_figure_and_the_table(result):
    carrying, off = findings.findings(result)
    assert "rests most on `cart_count`" in carrying
    assert references.named(carrying) == [("figure", "importance")]
    assert references.named(off) == [("table", "errors")]


def test_too_few_buyers_are_said_in_every_place(made, events):
    few = replace(made, rows=made.rows.head(60))
    reason = few.judgeable(RUN.settings.min_buyers)
    none = study.study(RUN, planted_study({"3": few}, reason), events)
    assert none == reason
    assert findings.findings(none) == []
    for one in (page.importance, page.dependence, page.errors):
        assert content(one, none) == reason
