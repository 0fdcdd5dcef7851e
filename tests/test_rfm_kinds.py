"""Agreement with the planted kinds: the index, its ceiling, and what cannot be told."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from trackway.core.cannot import Cannot
from trackway.report import truth_table
from trackway.rfm import clusters, models, truth

SEED = 1


def shop(n: int = 300) -> tuple[pd.DataFrame, models.Model, pd.DataFrame]:
    """Customers whose kind is their money, clustered in two; their model, and the truth."""
    random = np.random.default_rng(SEED)
    rich = np.arange(n) % 2 == 0
    customers = pd.DataFrame(
        {
            "user_id": np.arange(n),
            "recency_days": random.uniform(0, 60, n),
            "frequency": np.ones(n, dtype=int),
            "money": np.where(rich, 1000, 10) * random.lognormal(0, 0.1, n),
            "segment": np.where(np.arange(n) % 3 == 0, "a", "b"),
        }
    )
    choice = clusters.Choice(2, True, {}, pd.DataFrame(), 0, n)
    model = clusters.train(customers, choice, SEED)
    customers["cluster"] = model.of(customers)
    people = pd.DataFrame({"user_id": np.arange(n + 5), "kind": "unseen"})
    people.loc[: n - 1, "kind"] = np.where(rich, "rich", "poor")
    return customers, model, people


def told(customers, model, people) -> truth.KindAgreement:
    return truth.compare(customers, model, people, 3, SEED)


def test_kinds_that_are_clusters_are_found_whole():
    beside = told(*shop())
    found, named = beside.lines
    assert (found.achieved, found.low, found.high, found.attainable) == (1, 1, 1, 1)
    assert abs(found.chance) < 0.02
    assert named.low < 0.02 < named.attainable
    assert beside.shares["kind"].tolist() == ["poor", "rich"]
    assert beside.shares[["cluster 1", "cluster 2"]].to_numpy().tolist() == [[0, 1], [1, 0]]


def test_only_customers_in_the_truth_are_compared():
    customers, model, people = shop()
    beside = told(customers, model, people.iloc[:200])
    assert beside.n == beside.shares["customers"].sum() == 200


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        (None, truth_table.UNKNOWN),
        (shop()[2].iloc[:99], "There are 99 customers of 2 latent kinds"),
        (shop()[2].assign(kind="one"), "There are 300 customers of 1 latent kind,"),
    ],
    ids=["real data", "few", "one kind"],
)
def test_what_cannot_be_told_has_its_reason(people, reason):
    customers, model, _ = shop()
    beside = told(customers, model, people)
    assert beside.reason.startswith(reason)


def test_customers_without_clusters_have_no_agreement():
    customers, _, people = shop()
    alike = Cannot("Clusters need at least three customers who differ.")
    assert told(customers, alike, people) == alike


def test_with_equal_weights_agreement_is_that_of_scikit_learn():
    random = np.random.default_rng(SEED)
    one, other = random.integers(0, 3, 200), random.integers(0, 5, 200)
    ours = truth.agreement(one, other, np.ones(200))
    assert ours == pytest.approx(adjusted_rand_score(one, other))


def test_copies_of_a_customer_are_no_agreement():
    """With weights of 2, the pairs between different customers count four times, no others."""
    random = np.random.default_rng(SEED)
    one, other = random.integers(0, 3, 50), random.integers(0, 5, 50)
    twice = truth.agreement(one, other, np.full(50, 2.0))
    assert twice == pytest.approx(truth.agreement(one, other, np.ones(50)))


def test_a_grouping_into_one_has_no_agreement():
    assert np.isnan(truth.agreement(np.zeros(4, int), np.zeros(4, int), np.ones(4)))
