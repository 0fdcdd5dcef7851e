"""An order has pieces, some of which come back; equal rows of it are pieces, not slips."""

import pandas as pd
import pytest
from orders_shop import rows, tables

from trackway.core import paths
from trackway.core.errors import InputError
from trackway.eda import catalogue, plots, returns
from trackway.rfm import data
from trackway.rules.data import items
from trackway.tables import build, summary

THREE_PIECES = [
    *[{"product_id": 11, "price": "20.00", "order_id": "9001"}] * 3,
    {"product_id": 12, "price": "5.00", "order_id": "9001"},
    {"product_id": 11, "price": "20.00", "order_id": "9002", "user_id": 2},
]
SOLD_AND_BACK = [
    {"order_id": "A", "quantity": 3, "price": "2.50"},
    {"order_id": "A", "quantity": None, "price": "1.00", "product_id": 12},
    {"order_id": "C-A", "quantity": -1, "price": "2.50", "event_time": "2024-03-02 10:00:00"},
]


def test_equal_rows_of_an_order_are_pieces():
    events, sessions = tables(*THREE_PIECES, columns="order_id")
    assert len(events) == 5
    assert sessions["n_purchases"].tolist() == [4, 1]
    assert [str(money) for money in sessions["revenue"]] == ["65.00", "20.00"]


def test_equal_rows_are_pieces_where_the_mapping_says_so():
    lines = [line | {"session": line["order_id"]} for line in THREE_PIECES]
    assert len(tables(*lines, columns="session")[0]) == 3
    assert len(tables(*lines, columns="session", duplicates="keep")[0]) == 5
    assert len(tables(*lines, columns="session order_id", duplicates="drop")[0]) == 3


def test_what_belongs_to_no_order_is_still_logged_twice():
    view = {"event_type": "view", "order_id": None}
    events, _ = tables(view, view, *THREE_PIECES[:2], columns="order_id")
    assert events["event_type"].tolist() == ["view", "purchase", "purchase"]


def test_rows_that_differ_in_pieces_alone_are_two():
    events, _ = tables({"quantity": 1}, {"quantity": 2}, {"quantity": 2}, columns="quantity")
    assert events["quantity"].tolist() == [1, 2]


def test_of_a_key_the_first_is_kept():
    lines = [
        {"price": price, "event_time": f"2024-03-01 {time}:00"}
        for price, time in [("3.00", "12:00"), ("2.00", "11:00")]
    ]
    key = ["user_id", "product_id"]
    events, _ = tables(*lines, {"product_id": 12}, duplicates=key)
    assert [str(price) for price in events["price"]] == ["1.00", "2.00"]
    events, _ = tables(*lines, *lines, duplicates=["order_id"])  # null in all: nothing agrees
    assert len(events) == 4


def test_a_key_names_columns_of_ours():
    with pytest.raises(InputError, match="duplicates names line; what can be compared is event_"):
        rows({}, duplicates=["line"])


def test_revenue_is_price_times_quantity_less_what_came_back():
    events, sessions = tables(*SOLD_AND_BACK)
    assert events["event_type"].tolist() == ["purchase", "purchase", "return"]
    assert events["quantity"].tolist() == [3, 1, -1]
    assert [str(money) for money in sessions["revenue"]] == ["8.50", "-2.50"]
    assert sessions["n_returns"].tolist() == [0, 1]
    assert sessions["bought"].tolist() == [True, False]


def test_what_came_back_is_shown():
    events, sessions = build.store(rows(*SOLD_AND_BACK))
    known = summary.data_set(events, sessions)
    lines = [tuple(line) for line in summary.described(known).to_numpy()]
    assert lines[5:10] == [
        ("purchases", "2", "lines"),
        ("bought", "4", "pieces"),
        ("returns", "1", "lines"),
        ("returned", "1", "pieces"),
        ("returned", "2.50", "shop currency"),
    ]
    assert ("revenue", "6.00", "shop currency, returns taken off") in lines
    assert summary.event_types(events) == ["purchase", "return"]


def test_a_return_may_be_an_event_of_its_own():
    refund = {"event_type": "return", "price": "2.50"}
    events, sessions = tables({"price": "2.50"}, refund, columns="session")
    assert events["quantity"].tolist() == [1, -1]
    assert [str(money) for money in sessions["revenue"]] == ["0.00"]


def test_nothing_is_bought_of_no_pieces():
    fates = rows({"quantity": 0}, {"quantity": 1}, {"event_type": "view", "quantity": 0}).fates
    assert fates.to_dict() == {"kept": 2, "quantity of 0": 1}


def test_orders_are_sessions_where_they_are_all_there_is():
    later = {"order_id": "9001", "event_time": "2024-03-01 18:00:00"}  # hours later, the same order
    assert len(tables(*THREE_PIECES, later, columns="order_id")[1]) == 2
    assert len(tables(*THREE_PIECES, later, columns="order_id", sessions="gap")[1]) == 3
    view = {"event_type": "view", "event_time": "2024-03-01 09:50:00"}
    _, sessions = tables(*THREE_PIECES, view, columns="order_id")
    assert sessions["n_views"].tolist() == [1, 0]  # a visit holds what led to the order


def test_a_source_without_orders_has_no_column_of_them():
    events, sessions = tables({}, columns="session", event_types={"purchase": "purchase"})
    assert not {"order_id", "quantity"} & set(events.columns)
    assert "n_returns" not in sessions.columns


def test_what_is_written_is_what_is_stored(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    made = rows(*THREE_PIECES, *SOLD_AND_BACK)
    for on_disk, stored, key in zip(
        build.write(made), build.store(made), ["event_id", "session_id"], strict=True
    ):
        one, other = (table.order_by(key).to_pandas() for table in (on_disk, stored))
        assert "copy" not in one.columns
        pd.testing.assert_frame_equal(one, other[one.columns], check_dtype=False)


def test_a_customer_is_worth_what_was_kept():
    events, _ = build.store(rows(*SOLD_AND_BACK, {"user_id": 2, "order_id": "B", "quantity": 2}))
    as_of = pd.Timestamp("2024-03-03", tz="UTC")
    users = data.users(events, as_of, has_price=True)
    known = users.order_by("user_id").to_pandas()
    assert known["n_orders"].tolist() == [1, 1]
    assert known["money"].tolist() == [6.0, 2.0]
    assert known["last_order_at"].dt.day.tolist() == [1, 1]  # a return is no order
    assert data.returned(users) == (1, 2.5, 10.5)
    pieces = data.users(events, as_of, has_price=False)
    assert pieces.order_by("user_id").to_pandas()["money"].tolist() == [3.0, 2.0]


def test_two_orders_of_a_visit_are_two_and_two_baskets():
    view = {"event_type": "view"}
    lines = [
        {"order_id": order, "product_id": product}
        for order, product in [("A", 1), ("A", 2), ("B", 3), (None, 4), (None, 5)]
    ]
    events, sessions = build.store(rows(view, *lines, columns="order_id"))
    assert sessions.count().execute() == 1
    users = data.users(events, pd.Timestamp("2024-03-03", tz="UTC"), has_price=True)
    assert users.to_pandas()["n_orders"].tolist() == [3]  # what belongs to none is one more
    baskets = items(events, "purchases", "product").to_pandas().groupby("basket")["item"]
    assert sorted(baskets.agg(sorted).tolist()) == [["1", "2"], ["3"], ["4", "5"]]
    assert items(events, "views", "product").to_pandas()["item"].tolist() == ["11"]


def test_what_comes_back_is_told_by_product():
    events, _ = build.store(rows(*SOLD_AND_BACK))
    table = returns.by_product(events)
    assert table.to_numpy().tolist() == [["11", 3, 1, pytest.approx(1 / 3), 2.5]]
    nothing, _ = build.store(rows({}))
    assert "0 returns" in returns.by_product(nothing).reason


def test_prices_of_returns_are_drawn():
    events, _ = build.store(rows(*SOLD_AND_BACK))
    table = catalogue.prices(events)
    assert table.index.tolist() == ["purchase", "return"]
    plots.plot_prices(table)
