"""The truth of the simulated shop is read only where there is one, and shown as one table."""

import json

import pandas as pd
import pytest

from trackway import report
from trackway.core import paths
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
LINE = truth_table.Line("AUC", 0.7, 0.65, 0.75, 0.9, truth_table.FROM_SEEN, 0.5)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A checkout, and a way to say whether its data are simulated."""
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    monkeypatch.setattr(paths, "ROOT", tmp_path)

    def said(simulated: bool):
        paths.target("interim/source.json").write_text(json.dumps(FACTS | {"simulated": simulated}))
        return tmp_path

    return said


@pytest.fixture
def shown(monkeypatch):
    """What pages show, as HTML."""
    shown = []
    monkeypatch.setattr(report, "display", lambda one, raw=False: shown.append(one["text/html"]))
    return shown


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


def test_the_table_is_shown_and_saved(shop, shown):
    folder = shop(simulated=True)
    gap = truth_table.Line("recall", 0.5, None, None, None, "", 0.1)
    truth_table.table(report.Page("intent"), 9, [LINE, gap], caption="Of 5 users.")
    assert "<b>Table 9.</b> Simulated. Beside the truth" in shown[0]
    assert "Of 5 users." in shown[0]
    assert ">–<" in shown[0]
    written = (folder / "reports/tables/intent/truth.csv").read_text().splitlines()
    assert written == [
        "what,achieved,low,high,attainable,attainable_is,chance",
        "AUC,0.7,0.65,0.75,0.9,best from what was seen,0.5",
        "recall,0.5,,,,,0.1",
    ]


def test_next_to_nothing_below_zero_is_nothing(shop, shown):
    shop(simulated=True)
    low = truth_table.Line("index", -0.1, None, None, 0.9, truth_table.HIDDEN, -0.0001)
    truth_table.table(report.Page("rfm"), 8, [low])
    assert ">-0.100<" in shown[0]
    assert "-0.000" not in shown[0]


@pytest.mark.parametrize("lines", [None, []])
def test_on_real_data_the_ceiling_is_unknown(shop, shown, lines):
    folder = shop(simulated=False)
    truth_table.table(report.Page("intent"), 9, lines)
    assert "Table 9 is not shown." in shown[0]
    assert "The ceiling is unknown" in shown[0]
    assert not (folder / "reports/tables/intent/truth.csv").exists()


def test_a_reason_takes_the_tables_place(shop, shown):
    shop(simulated=True)
    truth_table.table(report.Page("intent"), 9, [LINE], reason="Nobody bought.")
    assert "Table 9 is not shown.</b> Nobody bought." in shown[0]


@pytest.mark.parametrize("asked", [[2, 9], []])
def test_the_truth_of_some_users_is_read_alone(shop, asked):
    shop(simulated=True)
    users = pd.DataFrame({"user_id": [1, 2], "kind": ["loyal", "browser"]})
    users.to_parquet(paths.target("raw/demo/truth/users.parquet"))
    told = truth.read("users", pd.Series(asked, dtype="int64"))
    assert told["user_id"].tolist() == [user for user in [1, 2] if user in asked]
