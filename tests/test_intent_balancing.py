"""Balancing is judged at natural prevalence, after what is said has been mended."""

from dataclasses import replace

import numpy as np
import pytest
from planted import RUN, SETTINGS, content, planted, planted_ladder, planted_study, told

from trackway.evaluation import metrics
from trackway.intent import models
from trackway.intent.balancing import evaluate, findings, page, study
from trackway.intent.balancing import models as balancing
from trackway.intent.balancing.models import BALANCES, CALIBRATED, NONE, PRIOR, SAID
from trackway.report import references
from trackway.report.exhibits import Figure, Table


@pytest.fixture(scope="module")
def made():
    return planted()


@pytest.fixture(scope="module")
def trained(made):
    return balancing.train_all(made, SETTINGS, seed=1)


def test_whatever_the_training_rows_the_test_part_is_as_it_came(made, trained):
    assert set(trained) == {(m, b) for m in balancing.MODELS for b in BALANCES}
    for one in trained.values():
        assert {len(said) for said in one.stages.values()} == {len(made.of("test"))}


@pytest.mark.parametrize("balance", BALANCES[1:])
def test_balancing_makes_probabilities_too_high_and_both_ways_mend_it(made, trained, balance):
    share = made.of("train")["bought"].mean()
    one = trained[models.LOGISTIC, balance]
    assert one.stages[SAID].mean() > 1.3 * share
    for stage in (PRIOR, CALIBRATED):
        assert one.stages[stage].mean() == pytest.approx(share, rel=0.3)


def test_without_balancing_nothing_is_corrected(made, trained):
    one = trained[models.LOGISTIC, NONE]
    assert (one.prior == one.scored.test).all()
    assert one.scored.test.mean() == pytest.approx(made.of("train")["bought"].mean(), rel=0.15)


def test_mending_keeps_the_ranking(made, trained):
    bought = made.of("test")["bought"]
    for one in trained.values():
        aucs = {
            round(metrics.point_scores(bought, said, 0.5)["roc_auc"], 6)
            for said in one.stages.values()
        }
        assert len(aucs) == 1


def test_calibration_learns_on_validation_alone():
    random = np.random.default_rng(0)
    said, happened = random.random(4000) * 0.8 + 0.1, random.random(4000)
    half = happened < said / 2  # it happens half as often as was said
    mended = balancing.calibrate(said, half, np.array([0.2, 0.4, 0.6]))
    assert mended == pytest.approx([0.1, 0.2, 0.3], abs=0.03)


def test_the_prior_correction_keeps_the_ranking_and_undoes_itself():
    said = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    mended = balancing.correct_prior(said, share=0.07)
    assert (np.diff(mended) > 0).all()
    assert balancing.correct_prior(mended, share=0.5, trained_at=0.07) == pytest.approx(said)


def test_the_table_tells_ranking_from_probabilities(made, trained):
    table = evaluate.compare(trained, made, n=30, seed=0)
    assert len(table) == len(trained)
    assert table.loc[table["balancing"] == NONE, "pr_auc_gain"].isna().all()
    worse = table[table["balancing"] != NONE].query("model == @models.LOGISTIC")
    assert (worse["log_loss"] > worse["log_loss_prior"]).all()
    assert (worse["log_loss"] > worse["log_loss_calibrated"]).all()
    for one in worse["pr_auc_gain"]:  # the interval's ends are in order, though turned round
        assert one.low <= one.value <= one.high


def test_an_evened_test_set_claims_what_hit_rates_alone_would_give(made):
    bought = made.of("test")["bought"].to_numpy()
    said = np.where(bought, 0.9, 0.1)
    said[np.flatnonzero(bought)[: bought.sum() // 2]] = 0.1  # half of the buyers are missed
    found = evaluate._decided(told(made, [], said), made)
    recall = (said[bought] > 0.5).mean()
    assert found["precision_even"] == 1
    assert found["f1_even"] == pytest.approx(2 * recall / (1 + recall))
    assert found["f1_half"] == pytest.approx(found["f1_even"])  # no false alarm: prevalence is idle


def test_smote_finds_its_neighbours_among_few_buyers():
    assert balancing.sampler("SMOTE", n_buyers=4, seed=0).k_neighbors == 3
    with pytest.raises(ValueError, match="no way of balancing 'ROSE'"):
        balancing.sampler("ROSE", n_buyers=4, seed=0)


def test_the_same_seed_gives_the_same_probabilities(made, trained):
    again = balancing.train(models.LIGHTGBM, "SMOTE", made, SETTINGS, seed=1)
    assert (again.calibrated == trained[models.LIGHTGBM, "SMOTE"].calibrated).all()


@pytest.fixture(scope="module")
def result(made):
    return study.study(RUN, planted_study({"3": made}, {"3": planted_ladder(made)}))


def test_the_findings_name_the_ways(result):
    sentences = findings.findings(result)
    assert sentences[0].startswith(
        "Of 4 ways of balancing the training rows, judged by the average"
    )
    assert f"{result.bought:.1%} bought" in sentences[1]
    assert [references.named(one) for one in sentences] == [
        [("table", "balancing"), ("table", "said")],
        [("table", "said")],
        [("table", "thresholds")],
    ]


def test_every_way_is_shown(result):
    tables = [content(one, result) for one in (page.rankings, page.probabilities, page.decisions)]
    assert all(isinstance(one, Table) and len(one.content) == 15 for one in tables)
    of_none = tables[0].content.query("balancing == 'none'")
    assert (of_none[["roc_auc_gain", "pr_auc_gain"]] == "–").all(axis=None)
    figure = content(page.calibration, result)
    assert isinstance(figure, Figure)
    assert [ax.get_title(loc="left") for ax in figure.drawing.axes] == [SAID, PRIOR, CALIBRATED]


def test_too_few_buyers_are_said_in_every_place(made):
    strict = RUN.with_settings(min_buyers=10_000)
    reason = made.judgeable(10_000)
    none = study.study(strict, replace(planted_study({"3": made}, reason), run=strict))
    assert none == reason
    assert findings.findings(none) == []
    for one in (page.rankings, page.probabilities, page.calibration, page.decisions):
        assert content(one, none) == reason
