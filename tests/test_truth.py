"""The truth of the simulated shop is read only where there is one, and shown as one table."""

import json

import pandas as pd
import pytest

from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.core.errors import InputError
from trackway.report import truth_table
from trackway.tables import truth

FACTS = {
    "schema": "rees46",
    "label": "a shop",
    "timezone": "UTC",
    "has_price": True,
    "has_brand": True,
    "has_category_code": True,
    "event_types": ["view"],
    "first": "2024-01-01T00:00:00+00:00",
    "last": "2024-01-03T12:00:00+00:00",
}
LINE = truth_table.Line("AUC", 0.7, 0.65, 0.75, 0.9, "best from what was seen", 0.5)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A checkout, and a way to say whether its data are simulated."""
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    monkeypatch.setattr(paths, "ROOT", tmp_path)

    def said(simulated: bool):
        paths.target("interim/source.json").write_text(json.dumps(FACTS | {"simulated": simulated}))
        return tmp_path

    return said


def test_the_truth_of_the_simulated_shop_is_read(shop):
    shop(simulated=True)
    users = pd.DataFrame({"user_id": [1, 2], "kind": ["loyal", "browser"]})
    users.to_parquet(paths.target("raw/demo/truth/users.parquet"))
    pd.testing.assert_frame_equal(truth.read("users"), users)


def test_a_real_shop_has_none_even_beside_the_demos(shop):
    shop(simulated=False)
    pd.DataFrame({"user_id": [1]}).to_parquet(paths.target("raw/demo/truth/users.parquet"))
    assert truth.read("users") is None


def test_a_missing_truth_is_said(shop):
    shop(simulated=True)
    with pytest.raises(InputError, match=r"data/raw/demo/truth/users\.parquet is missing"):
        truth.read("users")


def test_results_stand_between_chance_and_what_is_attainable():
    gap = truth_table.Line("recall", 0.5, None, None, None, "", 0.1)
    shown = truth_table.beside([LINE, gap], caption="Of 5 users.")
    assert shown.caption.startswith("Beside the truth")
    assert shown.caption.endswith("Of 5 users.")
    columns = ["what", "achieved", "low", "high", "attainable", "attainable_is", "chance"]
    assert list(shown.content) == columns
    assert shown.content["attainable"].tolist()[:1] == [0.9]
    assert shown.content.loc[1, ["low", "high", "attainable"]].isna().all()


def test_next_to_nothing_below_zero_is_nothing():
    low = truth_table.Line("index", -0.1, None, None, 0.9, "a looser bound", -0.0001)
    (row,) = truth_table.beside([low]).content.itertuples()
    assert (row.achieved, row.chance) == (-0.1, 0.0)


# The oracle's answers

MOMENT = pd.Timestamp("2024-01-02 10:00", tz="UTC")


def test_of_a_real_shop_there_is_no_oracle_nor_of_taobaos_form(shop, monkeypatch):
    shop(simulated=False)
    assert truth.oracle("purchases") == Cannot(truth.UNKNOWN)
    monkeypatch.setitem(FACTS, "schema", "taobao")
    shop(simulated=True)
    assert "taobao" in truth.oracle("purchases").reason


def test_an_oracle_that_was_not_asked_is_said(shop):
    shop(simulated=True)
    with pytest.raises(InputError, match=r"run: python -m shopsim\.oracle"):
        truth.oracle("next_actions")


def test_purchases_stand_beside_the_sessions_asked_about():
    answers = pd.DataFrame(
        {
            "user_id": [7, 7, 8],
            "started": [MOMENT] * 3,
            "moment": ["1", "cart", "1"],
            "probability": [0.1, 0.6, 0.2],
            "knowing": [0.3, 0.7, 0.4],
        }
    )
    rows = pd.DataFrame({"user_id": [9, 8, 7], "started": MOMENT}, index=[4, 2, 0])
    found = truth.purchases(answers, {"1": rows, "cart": rows.head(0)})
    assert found["1"].index.tolist() == [4, 2, 0]
    assert found["1"]["probability"].tolist()[1:] == [0.2, 0.1]
    assert found["1"].loc[4].isna().all()
    assert found["cart"].empty
    later = rows.assign(started=MOMENT + pd.Timedelta("1s"))
    assert truth.purchases(answers, {"1": later})["1"]["knowing"].isna().all()


def test_next_actions_are_of_the_classes_asked_for_and_of_the_same_event():
    chances = {"view": 0.5, "cart": 0.25, "remove": 0.2, "purchase": 0.05}
    answers = pd.DataFrame(
        {"user_id": [7], "event_time": [MOMENT], "event_type": ["view"]}
        | {f"probability_{action}": [p] for action, p in chances.items()}
        | {f"knowing_{action}": [p] for action, p in chances.items()}
    )
    before = pd.DataFrame({"user_id": 7, "event_time": MOMENT, "event_type": ["view", "cart"]})
    found, knowing = truth.next_actions(answers, before, ("view", "cart"))
    assert found[0].tolist() == knowing[0].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert pd.isna(found[1]).all()


@pytest.mark.parametrize("lines", [None, []])
def test_on_real_data_the_ceiling_is_unknown(lines):
    assert truth_table.beside(lines).reason.startswith("The ceiling is unknown")


def test_a_reason_takes_the_tables_place():
    assert truth_table.beside(Cannot("Nobody bought.")) == Cannot("Nobody bought.")


@pytest.mark.parametrize("asked", [[2, 9], []])
def test_the_truth_of_some_users_is_read_alone(shop, asked):
    shop(simulated=True)
    users = pd.DataFrame({"user_id": [1, 2], "kind": ["loyal", "browser"]})
    users.to_parquet(paths.target("raw/demo/truth/users.parquet"))
    told = truth.read("users", pd.Series(asked, dtype="int64"))
    assert told["user_id"].tolist() == [user for user in [1, 2] if user in asked]
