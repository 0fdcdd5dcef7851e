"""Whole users are drawn by a hash: no more than fit, the same on every engine, nested."""

import ibis
import pandas as pd
import pytest

from trackway.tables import user_sampling
from trackway.tables.events import in_sample

ALIKE = pd.DataFrame({"user_id": range(200), "size": 3})


def drawn(sizes: pd.DataFrame, most: int, seed: int = 1) -> set[int]:
    return set(user_sampling.whole_users(ibis.memtable(sizes), most, seed).to_pandas()["user_id"])


@pytest.mark.parametrize(("most", "n_users"), [(600, 200), (599, 199), (30, 10), (3, 1), (2, 0)])
def test_users_are_drawn_whole_and_the_bound_holds(most, n_users):
    assert len(drawn(ALIKE, most)) == n_users


def test_a_smaller_draw_lies_within_a_larger_one_and_another_seed_draws_others():
    assert drawn(ALIKE, 30) < drawn(ALIKE, 300)
    assert drawn(ALIKE, 30) != drawn(ALIKE, 30, seed=2)


def test_a_user_with_more_than_fits_does_not_crowd_out_the_others():
    assert drawn(pd.DataFrame({"user_id": [1, 2], "size": [4999, 2]}), 100) == {2}


def test_who_has_nothing_is_not_drawn():
    assert drawn(pd.DataFrame({"user_id": [1, 2], "size": [0, 1]}), 100) == {2}


def test_the_first_users_are_those_of_the_sample():
    users = ibis.memtable(ALIKE[["user_id"]])
    sample = set(users.filter(in_sample(users.user_id, 0.2, 1)).to_pandas()["user_id"])
    first = set(user_sampling.first_users(users, len(sample), 1).to_pandas()["user_id"])
    assert first == sample
    assert first == drawn(ALIKE.assign(size=1), len(sample))


def test_the_first_users_of_a_smaller_draw_lie_within_those_of_a_larger_one():
    users = ibis.memtable(ALIKE[["user_id"]])
    few, many = (
        set(user_sampling.first_users(users, n, 7).to_pandas()["user_id"]) for n in (10, 40)
    )
    assert len(few) == 10
    assert few < many
