"""The network reads the events of a session in their order, up to the moment, and no further."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest

from trackway import engine
from trackway.evaluation.metrics import point_scores
from trackway.evaluation.splits import TimeSplit
from trackway.intent import models, network
from trackway.intent.data import Examples
from trackway.params.intent import Gru

CHOSEN = Gru(window=3, hidden=8, batch=128, learning_rate=0.02, epochs=6, patience=3, device="cpu")
N, LENGTH = 900, 4


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    """Sessions of four events on two products; who comes back to the first one buys."""
    random = np.random.default_rng(1)
    again = random.random((N, LENGTH)) < 0.5
    return pd.DataFrame(
        {
            "session_id": np.repeat(np.arange(N), LENGTH),
            "nth": np.tile(np.arange(1, LENGTH + 1), N),
            "event_type": "view",
            "same_item": again.ravel(),
            "new_item": ~again.ravel(),
            "other_category": False,
            "met": False,
            "last_pause_s": 10.0,
            "price_level": None,
            "item_rate": 0.02,
        }
    ).astype({"price_level": float})


def known(events: pd.DataFrame) -> ibis.Table:
    return engine.connect().create_table("known", events)


@pytest.fixture(scope="module")
def examples(events) -> dict[str, Examples]:
    """The order tells: a repeat right after a new one buys; both alone are as frequent."""
    repeats = events["same_item"].to_numpy().reshape(N, LENGTH)
    started = pd.Series(pd.date_range("2024-01-01", periods=N, freq="h", tz="UTC"))
    split = TimeSplit.of(started)
    rows = pd.DataFrame(
        {
            "session_id": np.arange(N),
            "user_id": np.arange(N),
            "started": started,
            "bought": repeats[:, 2] & ~repeats[:, 1],
            "part": split.part(started, started),
            "hour": 9,
            "weekday": 1,
            "past_sessions": 0,
            "past_orders": 0,
            "days_since_last": np.nan,
        }
    )
    return {
        moment: Examples(rows.assign(moment=moment, n_seen=int(moment)), [], split, moment)
        for moment in ("1", "3")
    }


@pytest.fixture(scope="module")
def scored(events, examples) -> dict[str, models.Scored]:
    return network.score(known(events), examples, CHOSEN, seed=1)


def test_it_learns_what_only_the_order_tells_and_only_once_it_is_seen(examples, scored):
    for moment, low, high in [("3", 0.95, 1.0), ("1", 0.35, 0.65)]:
        bought = examples[moment].of("test")["bought"]
        assert low < point_scores(bought, scored[moment].test, 0.5)["roc_auc"] <= high


def test_what_comes_after_the_moment_changes_nothing(events, examples, scored):
    later = events.assign(same_item=events["same_item"] ^ (events["nth"] > 3))
    again = network.score(known(later), examples, CHOSEN, seed=1)
    for moment in examples:
        np.testing.assert_array_equal(again[moment].test, scored[moment].test)


def test_the_same_seed_gives_the_same_probabilities_and_another_others(events, examples, scored):
    again = network.score(known(events), examples, CHOSEN, seed=1)
    np.testing.assert_array_equal(again["3"].test, scored["3"].test)
    other = network.score(known(events), examples, CHOSEN, seed=2)
    assert not np.array_equal(other["3"].test, scored["3"].test)


def test_it_learns_nothing_from_later_parts_of_time(events, examples, scored):
    def turned(one: Examples) -> Examples:
        rows = one.rows.copy()
        test = rows["part"] == "test"
        rows.loc[test, "bought"] = ~rows.loc[test, "bought"]
        return replace(one, rows=rows)

    others = {moment: turned(one) for moment, one in examples.items()}
    again = network.score(known(events), others, CHOSEN, seed=1)
    np.testing.assert_array_equal(again["3"].test, scored["3"].test)


def test_an_example_reads_the_last_events_up_to_its_moment(events, examples):
    data = network.sequences(known(events), examples, window=2)
    assert sorted(set(data.length)) == [1, 2]
    third = np.flatnonzero(data.moment == "3")[:5]
    _, read = data.read(third)
    assert read.shape[:2] == (5, 2)
    read_of_each = 3  # no event after the last moment is brought into memory
    np.testing.assert_array_equal(data.last[third], np.arange(5) * read_of_each + 2)
    first = np.flatnonzero(data.moment == "1")[:5]
    np.testing.assert_array_equal(data.last[first], np.arange(5) * read_of_each)


def test_examples_of_one_length_are_read_together_and_none_is_lost(events, examples):
    data = network.sequences(known(events), examples, window=3)
    rows = np.arange(len(data.last))[::-1]
    batches = list(data.batches(rows, 100))
    assert all(len(set(data.length[batch])) == 1 and len(batch) <= 100 for batch in batches)
    assert sorted(np.concatenate(batches)) == sorted(rows)


def test_where_no_moment_is_judged_there_is_no_network(events, examples):
    assert network.with_network({}, known(events), examples, CHOSEN, 1) == {}
