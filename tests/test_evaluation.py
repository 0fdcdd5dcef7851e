"""Intervals are drawn over users, fast and seeded, and the metrics are scikit-learn's."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics as sklearn_metrics

from trackway.evaluation import bootstrap, calibration, intervals, metrics
from trackway.evaluation.bootstrap import Interval

N = 400


@pytest.fixture
def rated():
    """Truth, probability (with ties) and user of some rows."""
    random = np.random.default_rng(1)
    probability = random.random(N).round(2)
    truth = random.random(N) < probability**2
    return truth, probability, random.integers(0, 60, N)


def test_every_replicate_draws_as_many_users_as_there_are():
    users = np.array([7, 7, 3, 9])
    weights = np.concatenate(list(bootstrap.replicate_weights(users, n=50, seed=0)))
    assert weights.shape == (50, 4)
    assert (weights[:, 0] == weights[:, 1]).all()  # rows of one user come together
    assert (weights[:, 1:].sum(axis=1) == 3).all()


def test_the_replicates_do_not_depend_on_how_many_are_held_at_once(monkeypatch):
    users = np.arange(5)
    at_once = np.concatenate(list(bootstrap.replicate_weights(users, n=20, seed=3)))
    monkeypatch.setattr(bootstrap, "MAX_WEIGHTS", 10)
    assert len(batches := list(bootstrap.replicate_weights(users, n=20, seed=3))) == 10
    assert (np.concatenate(batches) == at_once).all()


def test_the_weighted_metrics_are_those_of_scikit_learn(rated):
    truth, p, users = rated
    weights = next(bootstrap.replicate_weights(users, n=3, seed=0))
    ours = metrics.weighted_scores(truth, p, 0.4, weights)
    for row, w in enumerate(weights):
        expected = {
            "roc_auc": sklearn_metrics.roc_auc_score(truth, p, sample_weight=w),
            "pr_auc": sklearn_metrics.average_precision_score(truth, p, sample_weight=w),
            "log_loss": sklearn_metrics.log_loss(truth, p.clip(1e-15, 1 - 1e-15), sample_weight=w),
            "brier": sklearn_metrics.brier_score_loss(truth, p, sample_weight=w),
            "f1": sklearn_metrics.f1_score(truth, p >= 0.4, sample_weight=w),
            "precision": sklearn_metrics.precision_score(truth, p >= 0.4, sample_weight=w),
            "recall": sklearn_metrics.recall_score(truth, p >= 0.4, sample_weight=w),
        }
        expected["pr_lift"] = expected["pr_auc"] / np.average(truth, weights=w)
        assert set(expected) == set(metrics.METRICS)
        for name, value in expected.items():
            assert ours[name][row] == pytest.approx(value, rel=1e-12), name


def test_the_fast_and_the_general_bootstrap_agree(rated):
    truth, p, users = rated
    table = metrics.scores(truth, p, users, threshold=0.4, n=40, seed=5)
    general = bootstrap.bootstrap_interval(
        sklearn_metrics.roc_auc_score, truth, p, groups=users, n=40, seed=5
    )
    assert tuple(table.loc["roc_auc"]) == pytest.approx(general, rel=1e-12)
    brier = bootstrap.mean_interval((p - truth) ** 2, users, n=40, seed=5)
    assert brier.value == pytest.approx(table.loc["brier", "value"], rel=1e-12)
    assert brier.low < brier.value < brier.high


def test_the_same_seed_gives_the_same_interval(rated):
    first, again = (metrics.scores(*rated, threshold=0.4, n=20, seed=5) for _ in range(2))
    assert first.equals(again)
    assert not first.equals(metrics.scores(*rated, threshold=0.4, n=20, seed=6))


def test_copies_of_a_user_do_not_narrow_the_interval(rated):
    _, p, users = rated
    by_user = bootstrap.mean_interval(p, users, n=200, seed=0)
    repeated = bootstrap.mean_interval(np.tile(p, 9), np.tile(users, 9), n=200, seed=0)
    assert repeated == pytest.approx(by_user, rel=1e-12)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(0)
    users = np.repeat(np.arange(80), 5)
    held = 0
    for seed in range(200):
        of_user = random.normal(size=80)  # rows of one user share what is the user's
        values = of_user[users] + random.normal(size=len(users))
        held += bootstrap.mean_interval(values, users, n=200, seed=seed).holds(0)
    assert 0.88 <= held / 200 <= 0.99


def test_a_constant_is_chance():
    truth = np.array([True, False, False, False] * 10)
    table = metrics.scores(truth, np.full(40, 0.25), np.arange(40), 0.5, n=50, seed=0)
    assert table.loc["roc_auc"].tolist() == [0.5, 0.5, 0.5]
    assert table.loc["pr_lift"].tolist() == pytest.approx([1, 1, 1])
    assert table.loc["f1"].tolist() == [0, 0, 0]


def test_without_a_single_buyer_there_is_no_score():
    table = metrics.scores([False] * 5, np.full(5, 0.1), np.arange(5), 0.5, n=10, seed=0)
    assert table["value"].isna().all()
    assert metrics.best_f1_threshold([False] * 5, np.full(5, 0.1)) == 1.0


def test_the_threshold_is_the_one_with_the_best_f1():
    truth = np.array([0, 0, 1, 0, 1, 1])
    assert metrics.best_f1_threshold(truth, np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])) == 0.3
    # at .6 and at .1 F1 is 2/3 alike: the higher one bothers fewer people
    assert metrics.best_f1_threshold([1, 0, 0, 1], np.array([0.1, 0.2, 0.3, 0.6])) == 0.6


def test_calibration_bins_hold_every_row_and_keep_ties_together(rated):
    truth, p, users = rated
    table = calibration.calibration_table(truth, p, users, bins=5, n=30, seed=0)
    assert table["rows"].sum() == N
    assert len(table) == 5
    assert table["said"].is_monotonic_increasing
    assert table["happened"].between(table["low"], table["high"]).all()
    assert np.average(table["happened"], weights=table["rows"]) == pytest.approx(truth.mean())
    constant = calibration.calibration_table(truth, np.full(N, 0.3), users, bins=5, n=30, seed=0)
    assert constant["rows"].tolist() == [N]


def test_an_interval_reads_as_a_reader_expects():
    assert str(Interval(0.64611, 0.6, 0.69)) == "0.646 [0.600,\N{NO-BREAK SPACE}0.690]"


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (7, 7), (10, 100), (1, 1), (135, 4504)])
def test_wilson_of_counts_is_scipys(hits, n):
    low, high = binomtest(hits, n).proportion_ci(method="wilson")
    assert intervals.wilson_of_counts(hits, n) == pytest.approx((hits / n, low, high), abs=1e-12)


def test_a_mean_of_some_rows_does_not_read_the_others():
    values = np.array([[1.0, np.nan], [0.0, np.nan], [np.nan, np.nan], [1.0, np.nan]])
    table = bootstrap.column_means(values, range(4), n=50, seed=0, among=np.isfinite(values))
    assert table.loc[0, "value"] == pytest.approx(2 / 3)
    assert table.loc[0, "low"] < 2 / 3 < table.loc[0, "high"]
    assert table.loc[1].isna().all()
