"""What is recommended rests on the past alone, and every rung answers for every user."""

from dataclasses import replace
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
import pytest
import torch
from recommend_shop import ALL, CUT, DAY_1, DAY_2, SHOP, WEIGHTS, stream

from trackway.core.errors import InputError
from trackway.evaluation.bootstrap import Bootstrap
from trackway.params.recommend import Als, Ease, NcfSettings, TowersSettings
from trackway.recommend import (
    data,
    diversity,
    evaluation,
    lists,
    profile,
    retrieval,
    serve,
    store,
    users,
    walks,
)
from trackway.recommend.models import (
    content,
    counts,
    factors,
    ncf,
    neighbours,
    towers,
)


@pytest.fixture
def given():
    return data.load(stream(*SHOP), CUT, None, ALL, 0)


def test_an_event_at_the_cut_is_the_future():
    past, outcomes = data.load(stream((1, 10, "view", DAY_2)), CUT, None, ALL, 0)
    assert len(past.pairs) == 0
    assert outcomes["views"].chosen.toarray().tolist() == [[True]]


def test_the_future_does_not_change_the_history(given):
    early = data.load(stream(*SHOP[:7]), CUT, None, ALL, 0)[0]
    columns = ["views", "carts", "purchases", "last_at"]
    pd.testing.assert_frame_equal(early.pairs[columns], given[0].pairs[columns])


def test_a_pair_counts_each_kind_of_event_and_remembers_the_latest(given):
    pair = given[0].pairs.iloc[0]
    assert pair[["user", "product", "views", "carts", "purchases"]].tolist() == [0, 0, 1, 1, 0]
    assert pair["last_at"] == pd.Timestamp(f"{DAY_1} 10:01", tz="UTC")


def test_read_for_some_users_at_a_time_pairs_and_walks_are_the_same(given, monkeypatch):
    ids = given[0].products["product_id"].to_numpy()
    walked = walks.load(stream(*SHOP), given[0].users, ids, 9)
    monkeypatch.setattr(data, "AT_ONCE", 1)
    past = data.load(stream(*SHOP), CUT, None, ALL, 0)[0]
    pd.testing.assert_frame_equal(past.pairs, given[0].pairs)
    again = walks.load(stream(*SHOP), given[0].users, ids, 9)
    assert again.user.tolist() == walked.user.tolist()
    assert again.product.tolist() == walked.product.tolist()


def test_counts_are_held_in_few_bytes_and_none_is_cut_off(monkeypatch):
    monkeypatch.setattr(data, "AT_ONCE", 1)
    often = [(1, 10, act, f"{DAY_1} 10:00") for act in ["view"] * 300 + ["cart"] * 255]
    pairs = data.load(stream(*often, *SHOP[3:7]), CUT, None, ALL, 0)[0].pairs
    assert pairs["views"].tolist() == [300, 1, 0, 1, 1]
    assert pairs["carts"].tolist() == [255, 0, 0, 0, 0]
    assert pairs[["views", "carts"]].dtypes.tolist() == [np.uint16, np.uint8]
    assert pairs[["views", "carts"]].sum(axis=1).max() == 555


def test_users_who_only_come_later_are_cold_rows(given):
    past, outcomes = given
    assert past.users.tolist() == [1, 2, 3, 4]
    assert outcomes["views"].rows.tolist() == [0, 3]
    assert np.diff(past.met.indptr).tolist() == [2, 2, 2, 0]


def test_a_product_that_comes_later_is_in_the_catalogue_and_said_to_be_unknown(given):
    products = given[0].products
    assert products["product_id"].tolist() == [10, 11, 20, 30]
    assert products["known"].tolist() == [True, True, True, False]


def test_a_product_has_the_attributes_it_had_last_before_the_cut():
    table = stream(
        (1, 10, "view", f"{DAY_1} 10:00"),
        (2, 10, "view", f"{DAY_1} 09:00"),
        (1, 10, "view", f"{DAY_2} 10:00"),
    )
    priced = table.mutate(price=ibis._.event_id.cast("float64") + 1)  # 1 and 2 of user 1, 3 of 2
    assert data.catalogue(priced, CUT).to_pandas()["price"].tolist() == [1.0]


def test_attributes_follow_time_and_not_the_number_of_the_user():
    table = stream((2, 10, "view", f"{DAY_1} 09:00"), (1, 10, "view", f"{DAY_1} 08:00"))
    priced = table.mutate(price=(ibis._.user_id == 2).ifelse(9.0, 8.0))
    assert data.catalogue(priced, CUT).to_pandas()["price"].tolist() == [9.0]
    table = stream((1, 10, "view", f"{DAY_1} 09:00"), (2, 10, "view", f"{DAY_1} 08:00"))
    priced = table.mutate(price=(ibis._.user_id == 1).ifelse(9.0, 8.0))
    assert data.catalogue(priced, CUT).to_pandas()["price"].tolist() == [9.0]


def test_what_was_chosen_again_and_what_is_new_add_up(given):
    past, outcomes = given
    for outcome in outcomes.values():
        again, new = outcome.repeat(past), outcome.new(past)
        assert not again.chosen.multiply(new.chosen).nnz
        total = again.chosen.toarray() | new.chosen.toarray()
        assert total.tolist() == outcome.chosen.toarray().tolist()
    assert outcomes["purchases"].repeat(past).chosen.toarray()[0].tolist() == [
        True,
        False,
        False,
        False,
    ]


def test_most_popular_is_what_most_users_met(given):
    scores = counts.most_popular(given[0], None).scores(np.array([0, 3]))
    assert scores.tolist() == [pytest.approx([1, 2 / 3, 1 / 3, 0])] * 2


def test_popularity_can_be_that_of_the_last_days_only():
    old = (9, 20, "view", "2024-02-01")
    past = data.load(stream(*SHOP, old), CUT, None, ALL, 0)[0]
    assert counts.popularity(past, 7).tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert counts.popularity(past, None).tolist() == pytest.approx([1, 2 / 3, 2 / 3, 0])


def test_popularity_in_a_segment_is_its_own_where_it_has_users(given):
    segment = np.array([0, 0, 1, 2])
    model = counts.popular_in_segment(given[0], segment, None, shrinkage=0.1)
    best = model.scores(np.arange(4)).argmax(axis=1)
    assert best.tolist() == [0, 0, 0, 0]
    assert model.scores(np.array([2]))[0, 2] > model.scores(np.array([0]))[0, 2]
    assert model.scores(np.array([3]))[0].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0])


def test_recently_viewed_begins_with_the_latest_and_ends_with_the_popular(given):
    scores = counts.recently_viewed(given[0], None).scores(np.array([0, 2, 3]))
    assert np.argsort(-scores, axis=1, kind="stable").tolist() == [
        [1, 0, 2, 3],
        [0, 2, 1, 3],
        [0, 1, 2, 3],
    ]


def test_a_rule_is_the_share_of_those_who_met_one_that_met_the_other(given):
    model = neighbours.rules(given[0], WEIGHTS, k=10, min_count=1, days=None)
    assert model.similar.toarray()[0].tolist() == pytest.approx([0, 2 / 3, 1 / 3, 0])
    assert model.similar.toarray()[1].tolist() == pytest.approx([1, 0, 0, 0])


def test_a_rule_of_too_few_users_is_none(given):
    model = neighbours.rules(given[0], WEIGHTS, k=10, min_count=2, days=None)
    assert model.similar.toarray()[0].tolist() == pytest.approx([0, 2 / 3, 0, 0])


def test_item_knn_is_the_cosine_of_the_products_users(given):
    similar = neighbours.item_knn(given[0], WEIGHTS, k=10, shrinkage=0, days=None).similar
    assert similar.toarray()[0].tolist() == pytest.approx([0, 2 / 6**0.5, 1 / 3**0.5, 0])


def test_only_the_nearest_are_kept_and_of_equals_the_first():
    from scipy import sparse

    similar = sparse.csr_array(np.array([[0, 1.0, 3.0, 1.0], [0, 0, 0, 0], [5.0, 0, 0, 0]]))
    kept = neighbours.nearest(sparse.csr_array(similar), 2).toarray()
    assert kept[0].tolist() == [0, 1, 3, 0]
    assert kept[2].tolist() == [5, 0, 0, 0]


def test_counted_in_parts_the_neighbours_are_the_same(given, monkeypatch):
    whole = [
        neighbours.item_knn(given[0], WEIGHTS, 2, 1, None).similar.toarray(),
        neighbours.rules(given[0], WEIGHTS, 2, 1, None).similar.toarray(),
    ]
    monkeypatch.setattr(neighbours, "PAIRS", 1)
    assert len(list(neighbours.together(given[0].met))) > 1
    parts = [
        neighbours.item_knn(given[0], WEIGHTS, 2, 1, None).similar.toarray(),
        neighbours.rules(given[0], WEIGHTS, 2, 1, None).similar.toarray(),
    ]
    assert np.array_equal(whole, parts)


def test_a_part_of_the_history_is_what_its_users_did(given):
    past = given[0]
    some = past.only(np.array([2, 0]))
    assert some.met.toarray().tolist() == past.met.toarray()[[2, 0]].tolist()
    weighted = past.weighted(WEIGHTS).toarray()[[2, 0]]
    assert some.weighted(WEIGHTS).toarray().tolist() == weighted.tolist()
    assert some.users.tolist() == past.users[[2, 0]].tolist()


def test_ease_is_the_ridge_regression_of_each_product_on_the_others(given):
    past = given[0]
    model = neighbours.ease(past, WEIGHTS, Ease.model_construct(products=3, ridge=0.5), days=None)
    x = past.weighted(WEIGHTS)[:, [0, 1, 2]].toarray()
    others = x[:, [1, 2]]
    expected = np.linalg.solve(others.T @ others + 0.5 * np.eye(2), others.T @ x[:, 0])
    assert model.weight[[1, 2], 0] == pytest.approx(expected, rel=1e-5)
    assert np.diag(model.weight).tolist() == [0, 0, 0]


def test_content_knows_a_new_product_of_a_category_the_user_met():
    rows = [(1, 10, "view", DAY_1), (2, 20, "view", DAY_1), (3, 11, "view", DAY_2)]
    past = data.load(stream(*rows), CUT, None, ALL, 0)[0]
    known = profile.profile(past.products)
    scores = content.by_content(past, known, WEIGHTS, 1.0, None).scores(np.array([0]))[0]
    assert np.argsort(-scores).tolist() == [0, 1, 2]  # itself, its category's new one, the other


def test_names_and_prices_are_learned_from_known_products_only():
    products = pd.DataFrame(
        {
            "category_id": [1, 1, 2],
            "brand": ["a", None, "b"],
            "price": [1.0, 9.0, 5.0],
            "known": [True, True, False],
        }
    )
    known = profile.profile(products)
    assert known.codes[:, :2].tolist() == [[1, 1], [1, 0], [0, 0]]
    assert known.sizes[:2] == (2, 2)


def test_without_a_price_there_is_no_price_level():
    level = profile.price_levels(np.array([np.nan, 1.0]), np.array([1, 1]), np.array([True, True]))
    assert level[0] == profile.UNKNOWN
    assert level[1] > 0


def test_a_walk_collapses_a_run_with_one_product_and_keeps_its_order():
    rows = [(1, p, "view", f"{DAY_1} 10:{m:02d}") for m, p in enumerate([10, 10, 11, 10])]
    past = data.load(stream(*rows, (2, 20, "cart", DAY_1)), CUT, None, ALL, 0)[0]
    walked = walks.load(stream(*rows), past.users, past.products["product_id"].to_numpy(), 9)
    assert walked.product.tolist() == [0, 1, 0]
    assert walked.contexts(np.arange(3), 2).tolist() == [[-1, -1], [0, -1], [1, 0]]
    assert walked.latest(2, 2).tolist() == [[0, 1], [-1, -1]]


def test_a_walk_never_reaches_into_another_users():
    walked = walks.Walks(np.array([0, 0, 1]), np.array([5, 6, 7], dtype=np.int32))
    assert walked.contexts(np.array([2]), 2).tolist() == [[-1, -1]]


TOWERS = TowersSettings(
    dimensions=8,
    hidden=8,
    context=3,
    batch=8,
    uniform=8,
    learning_rate=0.03,
    examples=1000,
    epochs=12,
    patience=12,
)


def circling(n: int) -> tuple[walks.Walks, profile.Profile]:
    """Users who always go from one product to the next, of `n` in a circle."""
    user = np.repeat(np.arange(30), 6)
    product = (np.tile(np.arange(6), 30) + user) % n
    codes = np.column_stack([np.ones(n), np.zeros(n), np.zeros(n)]).astype(np.int64)
    return walks.Walks(user, product.astype(np.int32)), profile.Profile(codes, (2, 1, 1))


def test_towers_learn_what_comes_next_and_the_same_seed_gives_the_same_bits():
    walked, known = circling(7)
    one, again = (towers.two_towers(walked, 31, known, TOWERS, "cpu", 3) for _ in range(2))
    rows = np.arange(30)
    followed = (one.scores(rows).argmax(axis=1) == (rows + 6) % 7).mean()
    assert followed > 0.9
    assert np.array_equal(one.vectors, again.vectors)
    assert one.scores(np.array([30])).shape == (1, 7)  # nobody yet, and still an answer


def test_the_target_drawn_again_is_no_negative():
    _, known = circling(3)
    torch.manual_seed(0)
    network = towers.Towers(3, known, 4, 4)
    context, target = torch.tensor([[0, -1, -1]]), torch.tensor([1])
    even = torch.zeros(3)
    once = towers.loss_of(network, context, target, torch.tensor([1, 2]), even)
    twice = towers.loss_of(network, context, target, torch.tensor([1, 2, 1]), even)
    assert once.item() == pytest.approx(twice.item())


def test_the_loss_over_all_products_is_estimated_without_bias():
    """With logQ, the sum over what was drawn is on average the sum over the catalogue."""
    expected = towers.Sampled.of(np.array([0, 0, 1, 2]), 4, batch=6, uniform=8).log_expected
    random = np.random.default_rng(0)
    scores = np.array([0.3, -1.0, 0.5, 2.0])
    drawn = np.concatenate(
        [
            random.choice([0, 0, 1, 2], size=(20_000, 6)),
            random.integers(4, size=(20_000, 8)),
        ],
        axis=1,
    )
    estimate = np.exp(scores[drawn] - expected.numpy()[drawn]).sum(axis=1).mean()
    assert estimate == pytest.approx(np.exp(scores).sum(), rel=0.01)


def test_ncf_ranks_what_was_met_and_gives_cold_users_what_is_popular(given):
    settings = NcfSettings(
        dimensions=4,
        hidden=[32, 16],
        negatives=2,
        batch=4,
        learning_rate=0.02,
        examples=1000,
        epochs=150,
        patience=1,
    )
    model = ncf.ncf(given[0], settings, None, "cpu", 1)
    scores = model.scores(np.arange(4))
    assert scores[0, :2].min() > scores[0, 2:].max()
    assert scores[3].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0])


def test_ncf_scores_every_product_as_it_scores_a_pair():
    torch.manual_seed(0)
    network = ncf.Ncf(3, 5, 4, [6, 3])
    every = network.every_product(torch.tensor([2]))[0]
    pairs = network(torch.full((5,), 2), torch.arange(5))
    assert every.tolist() == pytest.approx(pairs.tolist(), rel=1e-5)


def test_als_gives_cold_users_what_is_popular(given):
    settings = Als(dimensions=2, rounds=5, ridge=0.1, alpha=10.0)
    model = factors.als(given[0], WEIGHTS, settings, None, 1)
    assert model.scores(np.array([3])).tolist() == [pytest.approx([1, 2 / 3, 1 / 3, 0])]


def test_new_products_are_ranked_without_those_met_before(given):
    past, outcomes = given
    judged = evaluation.evaluate(counts.most_popular(past, None), past, outcomes)
    # User 1 views 20, which is third of all and first of what they had not met.
    row = judged.by_user.iloc[0]
    assert row[("views", "all", "mrr", 5)] == pytest.approx(1 / 3)
    assert row[("views", "new", "mrr", 5)] == 1


def test_the_interval_of_a_mean_holds_it_and_leaves_out_users_without_a_choice():
    values = pd.DataFrame({"a": [0.0, 1.0, np.nan, 1.0, 0.0]})
    row = evaluation.means(values, Bootstrap(200, 1)).iloc[0]
    assert row["users"] == 4
    assert row["value"] == 0.5
    assert row["low"] < 0.5 < row["high"]


def test_a_list_of_one_category_has_little_diversity():
    codes = np.array([[1, 0, 0], [1, 0, 0], [2, 1, 1], [3, 2, 2]])
    past = data.load(stream(*SHOP), CUT, None, ALL, 0)
    known = profile.Profile(codes, (4, 3, 3))
    shown = np.array([[0, 1], [2, 3]])
    assert lists.by_user(shown, known, past[0], past[1]["views"])["diversity"].tolist() == [
        pytest.approx(2 / 3),
        1.0,
    ]


def test_coverage_counts_what_anybody_is_shown():
    assert lists.coverage(np.array([[0, 1], [1, 2]]), 6) == 0.5


def test_diversity_takes_something_else_when_it_weighs_enough():
    codes = np.array([[1, 1, 1], [1, 1, 1], [2, 2, 2]])
    known = profile.Profile(codes, (3, 3, 3))
    scores = np.array([[1.0, 0.9, 0.5]])
    assert diversity.rerank(scores, known, 2, 0.0).tolist() == [[0, 1]]
    assert diversity.rerank(scores, known, 2, 0.3).tolist() == [[0, 1]]
    assert diversity.rerank(scores, known, 2, 0.6).tolist() == [[0, 2]]


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_a_diversity_weight_outside_0_to_1_is_refused(weight):
    known = profile.Profile(np.zeros((2, 3), dtype=int), (1, 1, 1))
    with pytest.raises(InputError, match="diversity_weight must lie between 0 and 1, got"):
        diversity.rerank(np.zeros((1, 2)), known, 1, weight)


def test_exact_search_is_the_product_of_matrices():
    vectors = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    scores, found = retrieval.search(retrieval.exact(vectors), vectors[:3], 5)
    expected = np.argsort(-(vectors[:3] @ vectors.T), axis=1)[:, :5]
    assert found.tolist() == expected.tolist()
    assert scores[0].tolist() == pytest.approx((vectors[expected[0]] @ vectors[0]).tolist())
    index = retrieval.hnsw(vectors)
    assert retrieval.recall(retrieval.search(index, vectors[:3], 5)[1], found) > 0.8


def stored() -> store.Stored:
    """Two users and six products whose vectors are their own."""
    random = np.random.default_rng(2)
    vectors = random.normal(size=(6, 3)).astype(np.float32)
    products = pd.DataFrame(
        {
            "product_id": [10, 11, 12, 20, 21, 30],
            "category_id": [1, 1, 1, 2, 2, 3],
            "category_code": ["a", "a", "a", None, None, "c"],
            "brand": ["x", "y", None, "x", "y", "z"],
            "price": [1.0, 2.0, 3.0, 4.0, 5.0, np.nan],
            "popularity": [0.1, 1.0, 0.3, 0.8, 0.2, 0.8],
            "category_number": [1, 1, 1, 2, 2, 3],
            "brand_number": [1, 2, 0, 1, 2, 3],
            "price_level": [1, 2, 3, 4, 5, 0],
        }
    )
    latest = [np.array([20, 10]), np.array([30])]
    users = pd.DataFrame({"segment": ["new", "old"], "latest": latest}, index=[5, 9])
    layers = {"0.weight": (4, 6), "0.bias": (4,), "2.weight": (3, 4), "2.bias": (3,)}
    weights = {name: random.normal(size=size).astype("f4") for name, size in layers.items()}
    in_segment = {"new": np.array([3, 0]), "old": np.array([5])}
    return store.Stored(products, vectors, users, in_segment, store.UserTower(vectors, weights))


def test_a_known_user_is_shown_what_is_nearest_and_why():
    kept = stored()
    shown = serve.Server(kept).recommend(5, 6, 0.0)
    latest = np.array([3, 0])  # 20, then 10
    scores = kept.vectors @ kept.tower.vector(latest)
    order = np.argsort(-scores)
    assert shown["product_id"].tolist() == kept.products["product_id"].to_numpy()[order].tolist()
    assert shown["score"].tolist() == pytest.approx(scores[order].tolist())
    assert shown["brand"].isna().tolist() == kept.products["brand"].isna()[order].tolist()
    assert not shown["cold_start"].any()
    why = shown.set_index("product_id")["why"]
    assert why[20] == "met before; place 1 among new; popularity 80%"
    nearest = 10 * (1 + int(np.argmax(kept.vectors[[0, 3]] @ kept.vectors[5])))
    assert why[30] == f"near {nearest}, met before; popularity 80%"


@pytest.mark.parametrize("user", [4, 7, 10**9])
def test_an_unknown_user_is_shown_what_is_popular_and_told_so(user):
    shown = serve.Server(stored()).recommend(user, 3, 0.0)
    assert shown["product_id"].tolist() == [11, 20, 30]  # of equals the lower number first
    assert shown["score"].tolist() == [1.0, 0.8, 0.8]
    assert shown["cold_start"].all()
    assert shown["why"].str.startswith("cold start").all()


@pytest.mark.parametrize("top_n", [0, 7])
def test_no_more_products_than_there_are_can_be_asked_for(top_n):
    with pytest.raises(InputError, match="top_n must lie between 1 and the 6 products, got"):
        serve.Server(stored()).recommend(5, top_n, 0.3)


def test_of_many_queries_exact_search_finds_what_it_finds_of_each():
    random = np.random.default_rng(1)
    vectors, queries = (random.normal(size=(n, 8)).astype(np.float32) for n in (3000, 300))
    index = retrieval.exact(vectors)
    together = retrieval.search(index, queries, 20)[1]
    alone = [retrieval.search(index, query[None], 20)[1][0] for query in queries]
    assert np.array_equal(together, alone)


def test_a_product_is_called_by_its_title_or_kind_and_brand_after_an_id_that_is_a_text():
    products = pd.DataFrame(
        {
            "category_code": ["home.lamp", "home.lamp", None],
            "brand": ["lux", "lux", None],
            "price": [5.0, np.nan, 7.0],
        }
    )
    assert users.names(products) == ["lamp lux 5", "lamp lux", "unnamed 7"]
    texts = products.assign(product_text=["sku-1", "sku-2", "sku-3"])
    assert users.names(texts) == ["sku-1 lamp lux 5", "sku-2 lamp lux", "sku-3 7"]
    titled = texts.assign(title=["Desk lamp", None, None])
    assert users.names(titled) == ["sku-1 Desk lamp 5", "sku-2 lamp lux", "sku-3 7"]


def test_titles_of_the_source_are_kept_with_the_products_and_in_the_answer():
    shop = stream(*SHOP)
    titled = shop.mutate(title="thing " + shop.product_id.cast("string"))
    shelf = data.catalogue(titled, CUT).order_by("product_id").to_pandas()
    assert shelf["title"].tolist() == ["thing 10", "thing 11", "thing 20", "thing 30"]
    assert "title" not in data.catalogue(shop, CUT).columns
    kept = stored()
    kept = replace(kept, products=kept.products.assign(title=[*"abcdef"]))
    assert serve.Server(kept).recommend(4, 3, 0.0)["title"].tolist() == ["b", "d", "f"]


def test_products_are_too_few_for_a_list_to_be_shown_whole():
    known = SimpleNamespace(history=SimpleNamespace(shape=(9, 2)))
    assert users.shown_of(known) == 2
