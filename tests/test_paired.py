"""Models on the same rows are compared on the same draws of users; the Brier score adds up."""

import numpy as np
import pytest

from trackway.evaluation import metrics
from trackway.evaluation.calibration import brier_decomposition
from trackway.evaluation.paired import PairedEvaluation

RANDOM = np.random.default_rng(3)
TRUTH = RANDOM.random(400) < 0.2
USERS = RANDOM.integers(0, 150, 400)
GOOD = np.clip(0.2 + 0.4 * TRUTH + RANDOM.normal(0, 0.2, 400), 0.01, 0.99)
FLAT = np.full(400, 0.2)


@pytest.fixture(scope="module")
def rated() -> PairedEvaluation:
    return PairedEvaluation.of(
        TRUTH, {"good": (GOOD, 0.4), "flat": (FLAT, 0.5)}, USERS, n=60, seed=1
    )


def test_each_is_rated_as_it_would_be_alone(rated):
    alone = metrics.scores(TRUTH, GOOD, USERS, 0.4, n=60, seed=1)
    np.testing.assert_allclose(rated.scores().loc["good"], alone)


def test_differences_are_those_of_the_values(rated):
    value = rated.scores()["value"].unstack("model")
    np.testing.assert_allclose(
        rated.differences("good").loc["flat", "value"],
        (value["good"] - value["flat"]).loc[list(metrics.METRICS)],
    )
    assert "good" not in rated.differences("good").index


def test_the_better_model_is_better_in_the_replicates_too(rated):
    better = rated.differences("good").loc["flat"]
    assert better.loc["roc_auc", "low"] > 0
    assert better.loc["log_loss", "high"] < 0


def test_one_is_never_better_than_itself():
    same = PairedEvaluation.of(TRUTH, {"a": (GOOD, 0.4), "b": (GOOD, 0.4)}, USERS, n=30, seed=1)
    assert (same.differences("a").to_numpy() == 0).all()


@pytest.mark.parametrize("said", [GOOD, FLAT, np.round(GOOD, 1)])
@pytest.mark.parametrize("bins", [2, 10])
def test_the_parts_of_the_brier_score_add_up(said, bins):
    parts = brier_decomposition(TRUTH, said, bins)
    total = parts["reliability"] - parts["resolution"] + parts["uncertainty"] + parts["within"]
    assert total == pytest.approx(((said - TRUTH) ** 2).mean())
    assert parts["uncertainty"] == pytest.approx(TRUTH.mean() * (1 - TRUTH.mean()))


def test_who_says_one_thing_of_all_tells_none_apart():
    parts = brier_decomposition(TRUTH, FLAT, 10)
    assert (parts["resolution"], parts["within"]) == (0, 0)
    assert parts["reliability"] == pytest.approx((0.2 - TRUTH.mean()) ** 2)


def test_who_says_what_comes_true_is_reliable():
    said = np.repeat([0.1, 0.5], 10)
    truth = np.r_[np.arange(10) < 1, np.arange(10) < 5]
    assert brier_decomposition(truth, said, 2)["reliability"] == pytest.approx(0, abs=1e-15)
