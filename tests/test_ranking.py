"""A ranking is judged by where the chosen products lie, and a tie never helps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse
from sklearn.metrics import ndcg_score

from trackway.evaluation import ranking


def chosen_of(*rows: list[int], n: int) -> sparse.csr_array:
    dense = np.zeros((len(rows), n), dtype=bool)
    for row, columns in enumerate(rows):
        dense[row, columns] = True
    return sparse.csr_array(dense)


def by_order(order: list[int]) -> np.ndarray:
    """Scores that rank the products in this order."""
    scores = np.empty(len(order))
    scores[order] = np.arange(len(order), 0, -1)
    return scores[None, :]


def test_a_model_that_has_not_decided_finds_nothing():
    chosen = chosen_of([0, 3], n=5)
    place = ranking.ranks(np.zeros((1, 5)), chosen)
    assert place.tolist() == [4, 5]
    assert ranking.metrics_at_k(3, place, chosen).loc[0].eq(0).all()


def test_the_chosen_lie_behind_others_of_their_score_and_before_lower_ones():
    scores = np.array([[0.9, 0.5, 0.5, 0.5, 0.1]])
    assert ranking.ranks(scores, chosen_of([1, 4], n=5)).tolist() == [4, 5]


def test_minus_infinity_is_last():
    scores = np.array([[-np.inf, 0.0, -5.0]])
    assert ranking.ranks(scores, chosen_of([0, 2], n=3)).tolist() == [3, 2]


def test_a_case_computed_by_hand():
    # Ranked 3, 1, 0, 2, 4; chosen are 1, 2 and 4: places 2, 4 and 5.
    scores, chosen = by_order([3, 1, 0, 2, 4]), chosen_of([1, 2, 4], n=5)
    place = ranking.ranks(scores, chosen)
    assert place.tolist() == [2, 4, 5]
    at_4 = ranking.metrics_at_k(4, place, chosen).loc[0]
    assert at_4["recall"] == pytest.approx(2 / 3)
    assert at_4["precision"] == pytest.approx(2 / 4)
    assert at_4["f1"] == pytest.approx(2 * (2 / 3) * 0.5 / (2 / 3 + 0.5))
    gained = 1 / np.log2(3) + 1 / np.log2(5)
    assert at_4["ndcg"] == pytest.approx(gained / (1 + 1 / np.log2(3) + 1 / np.log2(4)))
    assert at_4["mrr"] == pytest.approx(1 / 2)
    assert at_4["map"] == pytest.approx((1 / 2 + 2 / 4) / 3)


def test_a_single_choice_is_session_recs_hit_rate_and_reciprocal_rank():
    scores, chosen = by_order([2, 0, 1]), chosen_of([0], n=3)
    place = ranking.ranks(scores, chosen)
    assert ranking.metrics_at_k(1, place, chosen).loc[0, ["recall", "mrr"]].tolist() == [0, 0]
    assert ranking.metrics_at_k(2, place, chosen).loc[0, ["recall", "mrr"]].tolist() == [1, 0.5]


def test_map_divides_by_what_could_be_found_among_k():
    # `recommenders`: 10 chosen, all of the first 5 right, is a MAP at 5 of 1.
    chosen = chosen_of(list(range(10)), n=20)
    place = ranking.ranks(by_order(list(range(20))), chosen)
    assert ranking.metrics_at_k(5, place, chosen).loc[0, ["map", "ndcg", "precision"]].tolist() == [
        1,
        1,
        1,
    ]
    assert ranking.metrics_at_k(5, place, chosen).loc[0, "recall"] == 0.5


def test_a_user_without_a_choice_has_no_row():
    chosen = chosen_of([1], [], [0], n=3)
    place = ranking.ranks(np.zeros((3, 3)), chosen)
    assert ranking.metrics_at_k(2, place, chosen).index.tolist() == [0, 2]


def test_of_equal_scores_the_lower_number_is_shown_first():
    scores = np.array([[0.0, -0.0, 1.0, 1.0, -3.0], [-np.inf, -1, -1, -2, -np.inf]])
    assert ranking.top(scores, 4).tolist() == [[2, 3, 0, 1], [1, 2, 3, 0]]


@pytest.mark.parametrize("levels", [3, 50, 10**6])
def test_of_a_large_catalogue_the_same_is_shown(levels):
    """Heaps whose best is looked at first change nothing, however many scores are tied."""
    scores = np.random.default_rng(levels).integers(levels, size=(5, 4321)).astype(np.float32)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :20]
    assert ranking.top(scores, 20).tolist() == expected.tolist()


def test_what_is_taken_out_of_the_ranking_is_ahead_of_nobody():
    random = np.random.default_rng(0)
    scores = random.integers(4, size=(6, 30)).astype(float)
    drawn = random.random((6, 30))
    chosen, exclude = (sparse.csr_array(part) for part in (drawn < 0.2, drawn > 0.6))
    left = np.where(drawn > 0.6, -np.inf, scores)
    expected = ranking.ranks(left, chosen)
    assert ranking.ranks(scores, chosen, exclude).tolist() == expected.tolist()
    assert ranking.ranks(scores, chosen).tolist() != expected.tolist()


def test_more_than_the_catalogue_cannot_be_shown():
    assert ranking.top(np.array([[1.0, 2.0]]), 5).tolist() == [[1, 0]]


@settings(deadline=None)  # the first of them imports
@given(
    arrays.arrays(np.float32, (3, 12), elements=st.floats(-5, 5, width=16), unique=True),
    arrays.arrays(np.bool_, (3, 12)),
    st.integers(1, 12),
)
def test_without_ties_it_is_scikit_learns_ndcg_and_what_is_shown_is_what_is_counted(scores, yes, k):
    chosen = sparse.csr_array(yes)
    table = ranking.metrics_at_k(k, ranking.ranks(scores, chosen), chosen)
    shown = ranking.top(scores, k)
    for row in table.index:
        expected = ndcg_score(yes[row : row + 1], scores[row : row + 1], k=k, ignore_ties=True)
        assert table.loc[row, "ndcg"] == pytest.approx(expected)
        assert table.loc[row, "precision"] == pytest.approx(yes[row, shown[row]].mean())
