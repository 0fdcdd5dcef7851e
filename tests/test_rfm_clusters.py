"""Clusters are numbered by what they are, and held against customers who have none."""

import ibis
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from trackway.core.cannot import Cannot
from trackway.core.errors import InputError
from trackway.rfm import clusters, data, findings, models, null

SEED = 7


def some(r, f, m) -> pd.DataFrame:
    columns = {"user_id": np.arange(len(r)), "recency_days": r, "frequency": f, "money": m}
    return pd.DataFrame(columns).astype({"recency_days": float, "money": float})


def smooth(n: int, seed: int) -> pd.DataFrame:
    """Customers of a smooth purchase law: many kinds of rates, no groups."""
    random = np.random.default_rng(seed)
    orders = random.poisson(random.gamma(1.2, 2.5, n))
    orders = orders[orders > 0]
    last = 365 * random.beta(1, 1 + orders)
    return some(last, orders, random.gamma(4 * orders, random.lognormal(2, 0.5, len(orders))))


def groups(sizes: list[int]) -> pd.DataFrame:
    """Customers in far groups; the later, the more recent, frequent and dear."""
    random = np.random.default_rng(SEED)
    kind = np.repeat(np.arange(len(sizes)), sizes)
    noise = random.lognormal(0, 0.1, (3, len(kind)))
    many = np.round(3.0 ** (2 * kind) * 10 * noise[1])
    return some(300 / 8.0**kind * noise[0], many, 10.0 ** (kind + 1) * noise[2])


# Features


def test_features_are_standardised_logs_from_a_minimum_of_one():
    customers = some([0, 9], [1, 1], [-4, 5])
    scale = models.Scale.of(customers)
    np.testing.assert_allclose(scale.mean, [np.log(10) / 2, 0, np.log(10) / 2])
    np.testing.assert_allclose(scale.features(customers), [[-1, 0, -1], [1, 0, 1]])


def test_whom_the_scale_was_not_fitted_on_counts_as_on_its_floor():
    scale = models.Scale.of(some([5, 9], [2, 4], [10, 20]))
    below = scale.features(some([1], [1], [0]))
    np.testing.assert_allclose(below, scale.features(some([5], [2], [10])))


def test_minutes_of_data_are_logged_in_minutes():
    minutes = some([1 / 1440, 11 / 1440], [1, 1], [1, 1])
    assert models.Scale.of(minutes).mean[0] == pytest.approx(np.log(11) / 2)


# K-Means


def test_cluster_1_has_the_most_money():
    customers = groups([30, 20, 10])
    choice = clusters.choose(customers, None, 6, 3, SEED)
    assert choice.k == 3
    number = clusters.train(customers, choice, SEED).of(customers)
    assert np.bincount(number).tolist() == [0, 10, 20, 30]
    money = customers.groupby(number)["money"].median()
    assert money.is_monotonic_decreasing


def test_numbers_do_not_follow_the_seed():
    customers = groups([30, 20, 10])
    choice = clusters.choose(customers, 3, 4, 1, SEED)
    numbers = [clusters.train(customers, choice, seed).of(customers) for seed in range(5)]
    assert all((number == numbers[0]).all() for number in numbers)


def test_all_customers_are_numbered_though_few_are_fitted():
    customers = ibis.memtable(groups([300, 200, 100]))
    some = data.sample(customers, 100, SEED)
    model = clusters.train(some, clusters.choose(some, 3, 4, 1, SEED), SEED)
    numbers = models.assign(customers, model).order_by("user_id").to_pandas()["cluster"]
    assert len(some) == 100
    assert np.bincount(numbers).tolist() == [0, 100, 200, 300]


@pytest.mark.parametrize("k", [2, 7])
def test_the_engine_assigns_as_scikit_learn_predicts(k):
    customers = smooth(2000, SEED)
    model = clusters.train(customers.head(900), clusters.Choice(k, True, {}, None, 0, 0), SEED)
    told = models.assign(ibis.memtable(customers), model).order_by("user_id").to_pandas()
    assert told.columns.tolist() == [*customers.columns, "cluster"]
    assert told["cluster"].tolist() == model.of(customers).tolist()


def test_without_a_model_nobody_has_a_cluster():
    told = models.assign(ibis.memtable(groups([2, 2])), Cannot("All alike.")).to_pandas()
    assert told["cluster"].isna().all()


def test_a_draw_is_in_order_and_the_same_each_time():
    customers = ibis.memtable(smooth(500, SEED))
    once, again = (data.sample(customers, 50, SEED) for _ in range(2))
    pd.testing.assert_frame_equal(once, again)
    assert len(once) == 50
    assert once["user_id"].is_monotonic_increasing


def test_the_number_asked_for_is_taken():
    choice = clusters.choose(smooth(200, SEED), 5, 3, 1, SEED)
    assert (choice.k, choice.asked) == (5, True)
    assert choice.indices["k"].tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("elbow", "silhouette", "calinski_harabasz", "davies_bouldin", "elected"),
    [
        (4, 2, 4, 4, 4),
        (4, 2, 4, 2, 2),  # a tie: the silhouette's
        (4, 2, 5, 6, 2),
        (None, 3, 7, 6, 3),
        (4, 2, 4, 9, 4),
    ],
)
def test_most_indices_decide_and_the_silhouette_where_they_tie(
    elbow, silhouette, calinski_harabasz, davies_bouldin, elected
):
    votes = {
        "elbow": elbow,
        "silhouette": silhouette,
        "calinski_harabasz": calinski_harabasz,
        "davies_bouldin": davies_bouldin,
    }
    assert clusters._elected(votes) == elected


def test_each_index_votes_for_its_best():
    choice = clusters.choose(smooth(300, SEED), None, 6, 1, SEED)
    at = choice.indices.set_index("k")
    assert at["silhouette"].max() == at["silhouette"][choice.votes["silhouette"]]
    assert at["davies_bouldin"].min() == at["davies_bouldin"][choice.votes["davies_bouldin"]]
    assert not choice.asked


def test_few_customers_are_not_cut_into_tiny_clusters():
    customers = smooth(80, SEED).head(35)
    assert clusters.choose(customers, None, 10, 1, SEED).indices["k"].max() == 3


# What data cannot carry


@pytest.mark.parametrize(
    "customers",
    [
        some([], [], []),
        some([1], [1], [1]),
        some([1] * 50, [1] * 50, [1] * 50),
        some([1, 1, 2], [1, 1, 1], [1, 1, 1]),
    ],
    ids=["nobody", "one", "all alike", "two different"],
)
def test_there_is_no_choice_between_customers_who_hardly_differ(customers):
    choice = clusters.choose(customers, None, 10, 1, SEED)
    assert isinstance(choice, Cannot)
    assert clusters.train(customers, choice, SEED) == choice
    with pytest.raises(InputError, match=r"rfm\.k asks for 2 clusters.*set rfm\.k to null"):
        clusters.check(2, customers)


def test_three_who_differ_can_be_cut_in_two():
    customers = some([1, 2, 30], [1, 1, 2], [1, 2, 90])
    choice = clusters.choose(customers, None, 10, 2, SEED)
    assert choice.k == 2
    assert set(clusters.train(customers, choice, SEED).of(customers)) == {1, 2}


def test_more_clusters_than_customers_are_refused():
    with pytest.raises(
        InputError, match="12 clusters, but 10 customers bought.*at most 9, or null"
    ):
        clusters.check(12, some(range(10), [1] * 10, range(10)))


# The null


def test_the_null_keeps_margins_and_correlations():
    customers = smooth(1500, SEED)
    features = models.Scale.of(customers).features(customers)
    drawn = null.draw(features, SEED)
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(features, axis=0))
    wanted, got = null.correlations(features), null.correlations(drawn)
    np.testing.assert_allclose(got, wanted, atol=0.005)
    assert not np.array_equal(drawn, null.draw(features, SEED + 1))


def test_the_null_of_a_column_without_differences_is_that_column():
    features = np.column_stack([np.arange(20.0), np.zeros(20), np.arange(20.0) ** 2])
    drawn = null.draw(features, SEED)
    assert (drawn[:, 1] == 0).all()
    assert np.isfinite(drawn).all()


def test_a_smooth_law_is_hardly_above_its_null():
    choice = clusters.choose(smooth(900, SEED), None, 5, 10, SEED)
    assert choice.at()["silhouette"] > 0.3  # as high as on real shops, and yet there is nothing
    assert choice.at()["silhouette"] - choice.at()["null_silhouette"] < 0.03


def test_groups_each_strong_in_another_measure_are_above_their_null():
    random = np.random.default_rng(SEED)
    strong = np.repeat(np.eye(3), 100, axis=0) + random.normal(0, 0.2, (300, 3))
    lately, often, much = np.exp(4 * strong.T)
    choice = clusters.choose(some(lately, np.ceil(often), much), None, 5, 10, SEED)
    assert choice.k == 3
    assert choice.at()["silhouette"] - choice.at()["null_high"] > 0.1
    assert "above all 10 sets" in findings.structure(choice)


def test_groups_that_show_in_every_measure_are_in_the_null_too():
    choice = clusters.choose(groups([300, 200, 100]), None, 5, 10, SEED)
    assert choice.at()["null_silhouette"] > 0.8  # why the null's words point to the histograms


def test_the_indices_are_those_of_scikit_learn():
    customers = smooth(300, SEED)
    features = models.Scale.of(customers).features(customers)
    labels = models.fit(features, 3, SEED, clusters.FEW_STARTS).labels_
    told = clusters.choose(customers, 3, 3, 1, SEED).at()
    assert told["silhouette"] == metrics.silhouette_score(features, labels)
    assert told["davies_bouldin"] == metrics.davies_bouldin_score(features, labels)


# The other views


def test_the_tree_finds_far_groups_as_k_means_does():
    customers = groups([30, 20, 10])
    features = models.Scale.of(customers).features(customers)
    assert models.tree_agreement(models.ward(features), models.fit(features, 3, SEED).labels_) == 1


def test_principal_components_have_fixed_signs():
    customers = smooth(300, SEED)
    features = models.Scale.of(customers).features(customers)
    for turned in [features, -features]:
        points, pca = models.principal_components(turned)
        assert all(row[np.abs(row).argmax()] > 0 for row in pca.components_)
        np.testing.assert_allclose(points, pca.transform(turned))
