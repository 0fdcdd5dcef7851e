"""Intervals of conversion: Wilson's where sessions are independent, wider where they are not."""

import ibis
import numpy as np
import pandas as pd
import pytest

from trackway.core.cannot import Cannot
from trackway.eda import rates

# ibis sets a pandas option on each execution that pandas 3 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")


def trials(*rows: tuple) -> ibis.Table:
    """Sessions from (user, hit), all of one group, or (user, hit, group)."""
    full = [(*row, "all")[:3] for row in rows]
    schema = {"user_id": "int64", "hit": "bool", "group": "string"}
    schema["group"] = "bool" if full and isinstance(full[0][2], bool) else "string"
    return ibis.memtable(pd.DataFrame(full, columns=list(schema)), schema=schema)


def test_independent_sessions_have_wilsons_own_interval():
    one_each = trials(*[(user, user < 10) for user in range(100)])
    row = rates.conversion(one_each, 0.95).loc["all"]
    # Wilson's score interval of 10 in 100 is .0552 to .1744; of 99, as the variance between 100
    # users is divided by 99:
    assert (row["low"], row["high"]) == pytest.approx((0.05507, 0.17482), abs=1e-5)
    assert (row["users"], row["sessions"], row["bought"]) == (100, 100, 10)


def test_sessions_that_are_all_alike_within_users_count_as_their_users_do():
    alike = trials(*[(user, user < 10) for user in range(100) for _ in range(5)])
    once = trials(*[(user, user < 10) for user in range(100)])
    wide, own = (rates.conversion(t, 0.95).loc["all"] for t in [alike, once])
    assert (wide["low"], wide["high"]) == pytest.approx((own["low"], own["high"]), abs=0.002)


def test_an_interval_is_never_narrower_than_wilsons():
    # but for two, every user bought exactly once in two: there is less difference between users
    # than chance would make
    even = [(user, visit == 0) for user in range(48) for visit in range(2)]
    nearly = trials(*even, (48, True), (48, True), (49, False), (49, False))
    assert rates.effective_sessions(rates.profiles(nearly)) == 100


def test_without_a_purchase_the_interval_is_not_empty():
    row = rates.conversion(trials(*[(user, False) for user in range(20)]), 0.95).loc["all"]
    assert (row["conversion"], row["low"]) == (0, 0)
    assert 0.1 < row["high"] < 0.2


def test_one_user_is_one_observation():
    row = rates.conversion(trials(*[(1, False)] * 500), 0.95).loc["all"]
    assert row["high"] > 0.7


def test_no_sessions_make_no_rows():
    assert rates.conversion(trials(), 0.95).empty


def test_groups_are_kept_apart():
    table = rates.conversion(trials((1, True, "a"), (1, False, "b"), (2, False, "b")), 0.95)
    assert table["sessions"].to_dict() == {"a": 1, "b": 2}
    assert table["bought"].to_dict() == {"a": 1, "b": 0}


def test_the_difference_is_true_less_false():
    gap = rates.difference(trials((1, True, True), (2, False, False), (3, True, False)), 0.95)
    assert gap[0] == pytest.approx(0.5)
    assert gap[1] < 0.5 < gap[2]


def test_of_one_kind_only_there_is_no_difference():
    cannot = Cannot("Only one of the two occurs, so they are not compared.")
    assert rates.difference(trials((1, True, True)), 0.95) == cannot
    assert rates.difference(trials((1, True, False)), 0.95) == cannot


def test_users_followed_in_both_make_the_difference_surer():
    taste = [(user, user % 3 == 0, night) for user in range(60) for night in [True, False]]
    strangers = [(user + 100 * night, hit, night) for user, hit, night in taste]
    same, apart = (rates.difference(trials(*rows), 0.95) for rows in [taste, strangers])
    assert same[0] == apart[0] == 0
    assert same[2] - same[1] < 0.5 * (apart[2] - apart[1])


def shop_of_regulars(seed: int, users: int = 400, lift: float = 0.0) -> pd.DataFrame:
    """Users who differ in how often they come and buy; at night more by `lift`."""
    draw = np.random.default_rng(seed)
    visits = 1 + draw.poisson(draw.gamma(0.7, 4, users))
    user = np.repeat(np.arange(users), visits)
    taste = np.repeat(draw.beta(0.5, 4.5, users), visits)
    night = draw.random(len(user)) < 0.3
    return pd.DataFrame(
        {"user_id": user, "hit": draw.random(len(user)) < taste + lift * night, "group": night}
    )


def test_the_interval_agrees_with_the_bootstrap_over_users():
    sessions = shop_of_regulars(7)
    per_user = sessions.groupby("user_id")["hit"].agg(["sum", "size"]).to_numpy()
    draw = np.random.default_rng(0)
    picked = per_user[draw.integers(0, len(per_user), (4000, len(per_user)))].sum(axis=1)
    low, high = np.quantile(picked[:, 0] / picked[:, 1], [0.025, 0.975])
    row = rates.conversion(ibis.memtable(sessions.assign(group="all")), 0.95).loc["all"]
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=0.12 * (high - low))


def test_the_difference_agrees_with_the_bootstrap_over_users():
    sessions = shop_of_regulars(8, lift=0.05)
    sums = sessions.pivot_table(
        index="user_id", columns="group", values="hit", aggfunc=["sum", "size"], fill_value=0
    ).to_numpy()
    draw = np.random.default_rng(0)
    picked = sums[draw.integers(0, len(sums), (4000, len(sums)))].sum(axis=1)
    gaps = picked[:, 1] / picked[:, 3] - picked[:, 0] / picked[:, 2]
    low, high = np.quantile(gaps, [0.025, 0.975])
    gap = rates.difference(ibis.memtable(sessions), 0.95)
    assert gap[1:] == pytest.approx((low, high), abs=0.12 * (high - low))
