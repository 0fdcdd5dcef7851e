"""An example knows what its user did before it, and nothing else; chains count what they saw."""

import ibis
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sklearn_metrics

from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.splits import TimeSplit
from trackway.sequences import data, evaluation, findings, metrics
from trackway.sequences.data import PAD, SAME_CATEGORY, SAME_PRODUCT, Examples
from trackway.sequences.models import markov
from trackway.tables import user_sampling

# ibis 12 asks pandas 3 for an option of pandas 2
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

NOON = TimeSplit(pd.Timestamp("2024-03-01 12:00Z"), pd.Timestamp("2024-03-01 18:00Z"))
GAPS = ["10s", "1min"]


def stream(*rows: tuple) -> pd.DataFrame:
    """Events from (user, clock time, event type[, product[, category]]), in order."""
    whole = [(*row, 1, 1)[:5] if len(row) < 5 else row for row in rows]
    users, clock, types, products, categories = zip(*whole, strict=True)
    return pd.DataFrame(
        {
            "event_id": range(len(rows)),
            "user_id": users,
            "event_time": pd.to_datetime(
                [f"2024-03-01 {t}" for t in clock], utc=True, format="mixed"
            ),
            "event_type": types,
            "product_id": products,
            "category_id": pd.array(categories, dtype="Int64"),
        }
    )


def build(*rows: tuple, window: int = 3) -> Examples:
    return data.build(stream(*rows), NOON, window, GAPS)


def of_actions(histories: list[list[int]], target: list[int], actions=("view", "cart")) -> Examples:
    """Examples from action codes alone; each of its own user."""
    inputs = np.zeros((len(target), len(histories[0]), 3), dtype=np.uint8)
    inputs[:, :, 0] = histories
    each = np.arange(len(target))
    part = np.full(len(target), "train", dtype=object)
    return Examples(inputs, np.array(target, dtype=np.int64), each, each, part, actions)


# ---- examples


def test_a_user_of_one_event_makes_no_example():
    made = build((1, "10:00", "view"), (2, "10:00", "view"), (2, "10:01", "cart"))
    assert made.user_id.tolist() == [2]


def test_a_history_holds_what_came_before_newest_last_and_never_the_target():
    made = build((1, "10:00", "view"), (1, "10:01", "cart"), (1, "10:02", "purchase"))
    assert made.actions == ("cart", "purchase")  # a first view has nothing before it: no target
    unknown, cart = 3, 1
    assert made.history.tolist() == [[PAD, PAD, unknown], [PAD, unknown, cart]]
    assert made.target.tolist() == [0, 1]


def test_a_history_keeps_only_the_newest_events():
    clock = [f"10:0{i}" for i in range(5)]
    kinds = ["view", "view", "cart", "view", "cart"]
    made = build(*zip([1] * 5, clock, kinds, strict=True), window=2)
    assert made.history[-1].tolist() == [2, 1]  # cart, view


def test_events_of_one_second_do_not_see_each_other():
    made = build(
        (1, "10:00", "view"), (1, "10:05", "view"), (1, "10:05", "purchase"), (1, "10:06", "view")
    )
    assert made.history[:, -2:].tolist() == [[PAD, 1], [PAD, 1], [1, 2]]


def test_two_events_of_one_second_alone_have_no_past():
    assert len(build((1, "10:00", "view"), (1, "10:00", "cart"))) == 0


def test_no_events_make_no_examples():
    empty = stream((1, "10:00", "view")).head(0)
    made = data.build(empty, NOON, 3, GAPS)
    assert (len(made), made.actions) == (0, ())


def test_two_users_never_share_a_history():
    made = build((1, "10:00", "cart"), (1, "10:01", "cart"), (2, "10:02", "view"))
    assert made.user_id.tolist() == [1]
    made = build((1, "10:00", "cart"), (2, "10:00", "view"), (2, "10:01", "view"))
    assert made.history.tolist() == [[PAD, PAD, 1]]


@pytest.mark.parametrize(
    ("clock", "part"),
    [("11:59:59", "train"), ("12:00:00", "validation"), ("18:00:00", "test")],
)
def test_the_target_decides_the_part_and_the_history_may_reach_back(clock, part):
    made = build((1, "10:00", "view"), (1, "10:01", "view"), (1, clock, "view"))
    assert made.part.tolist() == ["train", part]
    assert made.history[-1].tolist() == [PAD, 1, 1]


def test_an_action_never_seen_in_training_is_counted_and_not_scored():
    made = build(
        (1, "10:00", "view"), (1, "10:01", "view"), (1, "19:00", "cart"), (1, "20:00", "view")
    )
    assert made.actions == ("view",)
    assert made.target.tolist() == [0, -1, 0]
    assert len(made.of("test")) == 1
    assert made.history[-1, -1] == 2  # unknown, as an input
    table = data.part_table(made).set_index("part")
    assert table.loc["test", ["examples", "view", "not seen in training"]].tolist() == [2, 1, 1]


def test_actions_are_learnt_from_the_training_part_alone():
    morning = [(1, "10:00", "view"), (1, "10:01", "view")]
    assert build(*morning, (1, "12:00", "cart")).actions == build(*morning).actions


@pytest.mark.parametrize(
    ("pause", "code"),
    [("10:00:10", 2), ("10:00:11", 3), ("10:01:00", 3), ("10:01:01", 4)],  # an edge is inclusive
)
def test_a_pause_falls_into_its_class(pause, code):
    events = stream((1, "10:00:00", "view"), (1, pause, "view"), (2, "10:05", "view"))
    assert data.gap_codes(events, GAPS).tolist() == [1, code, 1]


def test_a_product_relates_to_the_one_before():
    events = stream(
        (1, "10:00", "view", 5, 1),
        (1, "10:01", "view", 5, 1),
        (1, "10:02", "view", 6, 1),
        (1, "10:03", "view", 7, None),
        (1, "10:04", "view", 8, None),  # two unknown categories are not one
        (2, "10:05", "view", 8, None),
    )
    expected = [1, SAME_PRODUCT, SAME_CATEGORY, 4, 4, 1]
    assert data.relation_codes(events).tolist() == expected


@pytest.mark.parametrize("column", ["event_type", "product_id", "category_id"])
def test_nothing_of_the_target_is_in_its_own_input(column):
    rows = [(1, f"10:0{i}", "view", i, i) for i in range(4)]
    other = {"event_type": "purchase", "product_id": 2, "category_id": 2}[column]
    events = stream(*rows)
    changed = events.copy()
    changed.loc[3, column] = other
    inputs = [data.build(e, NOON, 3, GAPS).inputs[-1] for e in (events, changed)]
    np.testing.assert_array_equal(*inputs)


def test_when_the_target_comes_is_not_in_its_own_input():
    late, soon = (
        build((1, "10:00", "view"), (1, "10:01", "view"), (1, clock, "view")).inputs[-1]
        for clock in ("11:59", "10:02")
    )
    np.testing.assert_array_equal(late, soon)


def test_the_future_does_not_change_the_past():
    random = np.random.default_rng(3)
    kinds = random.choice(["view", "cart", "purchase"], 60)
    clock = [f"{10 + i // 10}:{i % 10:02d}" for i in range(60)]
    rows = [(i % 2, t, k, i % 7, i % 3) for i, (t, k) in enumerate(zip(clock, kinds, strict=True))]
    rows.sort(key=lambda row: row[:2])
    whole = stream(*rows)
    known = whole[whole["event_time"] < pd.Timestamp("2024-03-01 14:00Z")].reset_index(drop=True)
    then, later = (data.build(e, NOON, 5, GAPS) for e in (known, whole))
    past = np.isin(later.event_id, known["event_id"])
    assert 0 < past.sum() < len(later)
    np.testing.assert_array_equal(then.inputs, later.inputs[past])
    np.testing.assert_array_equal(then.target, later.target[past])


def test_the_examples_of_the_users_drawn_are_no_more_than_asked_for():
    sizes = ibis.memtable(pd.DataFrame({"user_id": range(200), "n_events": 4, "n_examples": 3}))
    assert len(data.draw_users(sizes, 30, seed=1).to_pandas()) == 10


def test_the_sizes_of_users_count_the_examples_they_make():
    events = stream(
        (1, "10:00", "view"), (1, "10:00", "cart"), (1, "10:01", "view"), (2, "10:00", "view")
    )
    sizes = user_sampling.histories(ibis.memtable(events)).order_by("user_id").to_pandas()
    made = data.build(events, NOON, 3, GAPS)
    assert sizes["n_examples"].tolist() == [1, 0]
    assert sizes["n_examples"].sum() == len(made)


def test_two_sessions_of_one_user_that_overlap_are_put_in_order_of_time():
    events = stream((1, "10:00", "view"), (1, "10:02", "cart"), (1, "10:01", "view"))
    users = ibis.memtable(pd.DataFrame({"user_id": [1]}))
    came = data.stream(ibis.memtable(events), users)
    assert came["event_id"].tolist() == [0, 2, 1]


def test_the_stream_is_in_order_of_user_and_time_whatever_order_the_rows_came_in():
    events = stream((1, "10:00", "view"), (1, "10:01", "cart"), (2, "09:00", "view"))
    users = ibis.memtable(pd.DataFrame({"user_id": [1, 2]}))
    came = data.stream(ibis.memtable(events.iloc[::-1]), users)
    assert came["event_id"].tolist() == [0, 1, 2]


# ---- what data cannot carry


def test_one_kind_of_action_is_nothing_to_tell_apart():
    made = build((1, "10:00", "view"), (1, "10:01", "view"))
    assert "first cut: `view`. There" in made.comparable(min_users=1).reason


def test_no_example_at_all_is_said():
    nothing = build((1, "10:00", "view"))
    assert "first cut: none. There" in nothing.comparable(min_users=1).reason


def test_too_few_users_in_a_part_is_said_with_counts():
    made = build((1, "10:00", "view"), (1, "10:01", "cart"), (1, "10:02", "view"))
    assert "train 1, validation 0, test 0" in made.comparable(min_users=1).reason


def test_enough_users_are_enough():
    clocks = ["10:01", "10:02", "13:00", "19:00"]
    rows = [
        (1, "10:00", "view"),
        *((1, t, k) for t, k in zip(clocks, ["view", "cart"] * 2, strict=True)),
    ]
    made = build(*rows)
    assert made.comparable(min_users=1) is made


# ---- chains


def test_order_0_is_the_class_shares():
    train = of_actions([[1]] * 4, [0, 0, 0, 1])
    p = markov.Markov.fit(train, order=0, strength=2.0).predict(train)
    np.testing.assert_allclose(p[0], [(3 + 1) / 6, (1 + 1) / 6])  # two examples, equally shared


def test_a_chain_counts_what_followed_and_leans_on_the_shorter_one():
    train = of_actions([[0, 1], [0, 1], [1, 2], [1, 2]], [0, 0, 1, 0])
    p = markov.Markov.fit(train, order=1, strength=1.0).predict(train)
    shares = np.array([3.5, 1.5]) / 5
    np.testing.assert_allclose(p[0], (np.array([2, 0]) + shares) / 3)  # after a view: two views
    np.testing.assert_allclose(p[2], (np.array([1, 1]) + shares) / 3)


def test_an_unseen_context_backs_off_to_the_shorter_one():
    train = of_actions([[1, 1], [1, 1], [2, 2]], [0, 1, 1])
    new = of_actions([[2, 1], [1, 3]], [0, 0])  # the 3 is an action never seen in training
    second, first = (markov.Markov.fit(train, order, 1.0).predict(new) for order in (2, 1))
    np.testing.assert_allclose(second, first)
    shares = markov.Markov.fit(train, 0, 1.0).predict(new)
    np.testing.assert_allclose(first[1], shares[1])


def test_the_newest_action_counts_most():
    train = of_actions([[1, 2], [2, 1]] * 50, [0, 1] * 50)
    p = markov.Markov.fit(train, order=1, strength=1.0).predict(
        of_actions([[1, 2], [2, 1]], [0, 1])
    )
    assert p.argmax(axis=1).tolist() == [0, 1]


def test_a_chain_longer_than_the_window_reads_padding():
    train = of_actions([[1], [2]], [0, 1])
    p = markov.Markov.fit(train, order=3, strength=1.0).predict(train)
    assert p.shape == (2, 2)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_probabilities_add_up_and_none_is_0(order):
    random = np.random.default_rng(1)
    dealt = random.integers(0, 4, (300, 5)).tolist()
    train = of_actions(dealt, random.integers(0, 2, 300).tolist())
    p = markov.Markov.fit(train, order, 0.1).predict(train)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert (p > 0).all()


def test_repeat_last_gives_the_last_action_the_share_of_repeats():
    train = of_actions([[1], [1], [1], [2]], [0, 0, 1, 1])
    model = markov.RepeatLast.fit(train)
    assert model.changes == 2 / 6  # one of four changed, and one of two was assumed
    p = model.predict(of_actions([[1], [2], [3]], [0, 0, 0]))
    np.testing.assert_allclose(p[:2], [[4 / 6, 2 / 6], [2 / 6, 4 / 6]])
    np.testing.assert_allclose(p[2], [0.5, 0.5])  # after an unknown action: the class shares


def test_repeat_last_shares_the_rest_like_the_class_shares():
    train = of_actions([[1]] * 6, [0, 0, 0, 1, 1, 2], ("view", "cart", "purchase"))
    p = markov.RepeatLast.fit(train).predict(train)
    np.testing.assert_allclose(p[0, 1] / p[0, 2], (2 + 1 / 3) / (1 + 1 / 3))
    np.testing.assert_allclose(p.sum(axis=1), 1)


def test_the_strength_is_chosen_where_validation_says():
    train = of_actions([[1], [2]], [0, 1])
    contrary = of_actions([[1], [2]], [1, 0])
    for validation, best in [(train, 0.1), (contrary, 10.0)]:
        chains, tried = markov.choose(train, validation, [1], [0.1, 10.0])
        assert chains["Markov 1"].strength == best
        assert tried.loc[tried["chosen"], "strength"].tolist() == [best]


# ---- scores


def test_the_log_loss_of_a_known_table():
    p = np.array([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]])
    assert metrics.log_loss(np.array([0, 1, 1]), p) == pytest.approx(-np.log(0.5 * 0.1 * 0.8) / 3)


def test_a_probability_of_0_costs_much_but_not_everything():
    assert np.isfinite(metrics.log_loss(np.array([0]), np.array([[0.0, 1.0]])))


@pytest.fixture
def judged():
    random = np.random.default_rng(5)
    p = random.dirichlet([3, 1, 1], size=200).round(1) + 1e-3
    p /= p.sum(axis=1, keepdims=True)
    target = random.choice(3, 200, p=[0.7, 0.2, 0.1])
    return p, target, random.integers(0, 3, 200).astype(float)


def test_macro_f1_is_scikit_learns(judged):
    p, target, weights = judged
    theirs = sklearn_metrics.f1_score(
        target, p.argmax(axis=1), average="macro", sample_weight=weights
    )
    assert metrics.score_macro_f1(target, p)(weights) == pytest.approx(theirs)


def test_average_precision_is_scikit_learns_ties_and_all(judged):
    p, target, weights = judged
    theirs = sklearn_metrics.average_precision_score(target == 1, p[:, 1], sample_weight=weights)
    ours = metrics.score_average_precision(target == 1, p[:, 1])(weights)
    assert ours == pytest.approx(theirs)


def test_macro_f1_is_over_the_classes_that_occur():
    p = np.array([[0.9, 0.1, 0], [0.1, 0.9, 0], [0.1, 0.1, 0.8]])
    score = metrics.score_macro_f1(np.array([0, 1, 1]), p)  # the third is never the answer
    assert score(np.ones(3)) == pytest.approx((1 + 2 / 3) / 2)


def test_a_class_nobody_drew_has_no_average_precision():
    score = metrics.score_average_precision(np.array([True, False]), np.array([0.2, 0.8]))
    assert np.isnan(score(np.array([0.0, 1.0])))


def as_test(judged) -> Examples:
    return of_actions([[1]] * 200, judged[1].tolist(), ("view", "cart", "purchase"))


def test_a_model_does_not_differ_from_itself(judged):
    table = evaluation.differences(judged[0], judged[0], as_test(judged), 1, n=50, seed=1)
    assert (table.to_numpy() == 0).all()


def test_the_better_model_is_better_and_an_action_too_rare_is_not_judged(judged):
    p, target, _ = judged
    knowing = 0.5 * p + 0.5 * np.eye(3)[target]
    rare = int((target == 2).sum())
    table = evaluation.differences(knowing, p, as_test(judged), rare + 1, n=50, seed=1)
    assert table.loc[("log_loss", ""), "high"] < 0
    assert table.loc[("macro_f1", ""), "low"] > 0
    assert ("average_precision", "cart") in table.index
    assert ("average_precision", "purchase") not in table.index


def test_expectations_are_sums(judged):
    table = evaluation.expected_counts(judged[0], as_test(judged))
    assert table["came"].sum() == 200
    assert table["expected"].sum() == pytest.approx(200)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-2, -1, "is lower, that is better"),
        (1, 2, "is higher, that is worse"),
        (-1, 1, "cannot be told"),
    ],
)
def test_words_follow_the_interval(low, high, said):
    row = Interval((low + high) / 2, low, high)
    assert findings.difference(row).startswith(said)


def test_the_surest_are_suspected_first(judged):
    curve = metrics.precision_recall(judged[1] == 0, judged[0][:, 0])
    assert curve["recall"].is_monotonic_increasing
    assert curve["recall"].iloc[-1] == 1
    assert len(curve) <= metrics.CURVE_POINTS


def test_the_entropy_of_equal_chances_is_that_of_a_die():
    assert metrics.entropy(np.full((2, 6), 1 / 6)) == pytest.approx(np.log(6))
    assert metrics.entropy(np.eye(3)) == 0


def test_the_last_event_before_is_of_an_earlier_instant_and_of_the_same_user():
    events = stream(
        (1, "10:00", "view"), (1, "10:05", "cart"), (1, "10:05", "view"), (2, "10:06", "view"),
        (2, "10:07", "view"),
    )  # fmt: skip
    before = data.last_before(events, np.array([4, 2, 1]))
    assert before["event_id"].tolist() == [3, 0, 0]
