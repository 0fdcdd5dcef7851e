"""The stage of the oracle answers for those whom the steps ask about, and no model beats it."""

import ibis
import numpy as np
import pandas as pd
import pytest
from worlds import PARAMS, opened

from shopsim.oracle import __main__ as stage
from shopsim.oracle import tables, users
from shopsim.oracle.replay import replay
from shopsim.world import World
from trackway import engine
from trackway.core.errors import InputError
from trackway.evaluation.splits import TimeSplit
from trackway.params.sequences import Sequences
from trackway.sequences import data
from trackway.sequences import truth as sequence_truth
from trackway.sequences.models import ladder
from trackway.tables import truth, user_sampling

WORLD = World(seed=20240301, events=90_000)
SEED = 7
SEQUENCES = Sequences.model_validate(
    PARAMS["sequences"]
    | {"networks": ["gru"], "epochs": 4, "replicates": 100, "max_examples": 25_000}
    | {"orders": [1, 3]}
)
MOMENTS = [1, 3, "cart"]
NOON = TimeSplit(*[pd.Timestamp(f"2024-03-01 {time}Z") for time in ("06:00", "12:00")])


def sessions_of(*rows: tuple) -> tuple[ibis.Table, ibis.Table]:
    """Events and sessions, of the events (user, session, clock time, event type)."""
    user, session, clock, kind = zip(*rows, strict=True)
    events = pd.DataFrame({"user_id": user, "session_id": session, "event_type": kind})
    events["event_time"] = pd.to_datetime([f"2024-03-01 {time}" for time in clock], utc=True)
    bought = events[events["event_type"] == "purchase"].groupby("session_id")["event_time"].min()
    sessions = events.groupby(["session_id", "user_id"])["event_time"].agg(["min", "max"])
    sessions = sessions.set_axis(["started", "ended"], axis=1).reset_index()
    sessions = sessions.join(bought.rename("first_purchase_at"), on="session_id")
    return ibis.memtable(events), ibis.memtable(sessions.assign(open_at_end=False))


TWO_VIEWS = [(1, 1, "13:00", "view"), (1, 1, "13:01", "view")]
BOUGHT_FIRST = [(2, 2, "13:00", "purchase"), (2, 2, "13:01", "view"), (2, 2, "13:02", "view")]
IN_THE_MORNING = [(3, 3, "09:00", "view"), (3, 3, "09:01", "view")]
STRADDLING = [(4, 4, "11:59", "view"), (4, 4, "12:01", "view")]
CART_ALONE = [(5, 5, "13:00", "cart")]


@pytest.mark.parametrize(
    ("moments", "asked"),
    [([1], [1, 5]), ([2], [1]), ([3], []), (["cart"], [5]), ([2, "cart"], [1, 5])],
)
def test_it_answers_for_users_of_test_sessions_that_are_undecided_at_a_moment(moments, asked):
    rows = [*TWO_VIEWS, *BOUGHT_FIRST, *IN_THE_MORNING, *STRADDLING, *CART_ALONE]
    assert users.ids(users.scored(*sessions_of(*rows), NOON, moments)).tolist() == asked


def test_it_answers_for_users_drawn_whole_who_act_in_the_test_part():
    events, _ = sessions_of(*TWO_VIEWS, *IN_THE_MORNING, *STRADDLING, *CART_ALONE)
    assert users.ids(users.followed(events, NOON, 100, seed=1)).tolist() == [1, 4]


# On a shop


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return opened(WORLD, tmp_path_factory.mktemp("stage") / "demo")


@pytest.fixture(scope="module")
def split(made):
    return TimeSplit.of_table(made.sessions, **PARAMS["shared"]["split"])


@pytest.fixture(scope="module")
def shop():
    return replay(WORLD)


def test_a_table_holds_what_its_schema_says_each_row_once(shop):
    some = shop.people.user_id[::50]
    for table, name in [
        (tables.purchases(shop, some, ["1", "cart"]), "purchases"),
        (tables.next_actions(shop, some), "next_actions"),
    ]:
        assert list(table) == tables.SCHEMAS[name].names
        key = [column for column in table if not column.startswith(("probability", "knowing"))]
        assert not table.duplicated(key).any()
        assert table.notna().all(axis=None)
        assert table["user_id"].isin(some).all()


@pytest.mark.slow
def test_what_it_says_of_a_user_hangs_on_nobody_else_but_in_the_last_digits(shop):
    every, few = shop.people.user_id[::20], shop.people.user_id[::40]
    of_all, of_few = (tables.next_actions(shop, some) for some in (every, few))
    same = of_all[of_all["user_id"].isin(few)].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, of_few, rtol=0, atol=1e-4)


@pytest.mark.slow
def test_no_model_of_sequences_is_below_its_entropy(made, split, shop):
    sizes = engine.store(user_sampling.histories(made.events))
    stream = data.stream(made.events, data.draw_users(sizes, SEQUENCES.max_examples, SEED))
    built = data.build(stream, split, SEQUENCES.window, SEQUENCES.gaps)
    models, test = ladder.fit(built, SEQUENCES, SEED), built.of("test")
    drawn = users.ids(users.followed(made.events, split, SEQUENCES.max_examples, SEED))
    assert np.isin(test.user_id, drawn).all()
    answers = tables.next_actions(shop, drawn)
    found = sequence_truth.floor(models, test, stream, answers, SEQUENCES.replicates, SEED)
    assert found.known > 0.97 * found.asked
    assert all(behind.high > 0 for behind in found.behind.values())
    assert found.behind["class shares"].low > 0
    assert found.knowing < found.entropy < found.achieved["class shares"].value
    assert found.oracle == pytest.approx(found.entropy, abs=0.03)


@pytest.mark.parametrize("simulated", [False, True])
def test_of_data_without_an_oracle_its_tables_are_empty(monkeypatch, simulated):
    params = stage.params.read(stage.params.ROOT / "params.yaml")
    of_taobao = {"demo": params.demo.model_copy(update={"shape": "taobao"})}
    monkeypatch.setattr(stage.params, "read", lambda file: params.model_copy(update=of_taobao))
    known = type("Known", (), {"simulated": simulated})
    monkeypatch.setattr(stage, "facts", lambda: known)
    for name, table in stage.answers().items():
        assert table.num_rows == 0
        assert table.schema == tables.SCHEMAS[name]


def test_it_refuses_a_demo_that_is_another_shop(monkeypatch):
    known = type("Known", (), {"simulated": True})
    monkeypatch.setattr(stage, "facts", lambda: known)
    monkeypatch.setattr(stage, "replay", lambda world: replay(World(seed=1, events=2000)))
    another = pd.DataFrame({"user_id": [1], "started": [pd.Timestamp("2024-01-01", tz="UTC")]})
    monkeypatch.setattr(truth, "read", lambda name: another)
    with pytest.raises(InputError, match="another shop"):
        stage.answers()
