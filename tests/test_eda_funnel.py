"""A step is reached in one of two stated readings, and every purchase came by one way."""

import ibis
import pytest
from eda_shop import shop

from trackway.eda import data, funnel

# ibis sets a pandas option on each execution that pandas 3 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")


def reached(events, _=None, unit="session"):
    """{step: (any, ordered)} of one unit over the whole data."""
    follow = {"session": funnel.by_session, "user": funnel.by_user}[unit]
    table = funnel.funnel(follow(events.mutate(group=ibis.literal(funnel.WHOLE))))
    return {row.step: (row.any, row.ordered) for row in table.itertuples()}


def test_one_product_seen_carted_and_bought_reaches_every_step_in_both_readings():
    tables = shop(
        (1, "a", "10:00:00", "view", 7),
        (1, "a", "10:01:00", "cart", 7),
        (1, "a", "10:02:00", "purchase", 7),
    )
    assert reached(*tables) == {"view": (1, 1), "cart": (1, 1), "purchase": (1, 1)}


def test_a_session_that_buys_without_viewing_reaches_the_purchase_alone():
    tables = shop((1, "a", "10:00:00", "purchase", 7))
    assert reached(*tables) == {"view": (0, 0), "cart": (0, 0), "purchase": (1, 0)}


def test_a_purchase_without_a_cart_is_a_purchase_but_not_in_order():
    tables = shop((1, "a", "10:00:00", "view", 7), (1, "a", "10:01:00", "purchase", 7))
    assert reached(*tables) == {"view": (1, 1), "cart": (0, 0), "purchase": (1, 0)}


def test_another_product_does_not_continue_the_path():
    tables = shop(
        (1, "a", "10:00:00", "view", 7),
        (1, "a", "10:01:00", "cart", 8),
        (1, "a", "10:02:00", "purchase", 9),
    )
    assert reached(*tables) == {"view": (1, 1), "cart": (1, 0), "purchase": (1, 0)}


def test_steps_in_the_wrong_order_count_in_any_only():
    tables = shop(
        (1, "a", "10:00:00", "purchase", 7),
        (1, "a", "10:01:00", "cart", 7),
        (1, "a", "10:02:00", "view", 7),
    )
    assert reached(*tables) == {"view": (1, 1), "cart": (1, 0), "purchase": (1, 0)}


def test_the_path_may_start_again_after_a_purchase():
    tables = shop(
        (1, "a", "10:00:00", "purchase", 7),
        (1, "a", "10:01:00", "view", 7),
        (1, "a", "10:02:00", "cart", 7),
        (1, "a", "10:03:00", "purchase", 7),
    )
    assert reached(*tables)["purchase"] == (1, 1)


def test_a_cart_before_the_view_does_not_lead_to_the_purchase():
    tables = shop(
        (1, "a", "10:00:00", "cart", 7),
        (1, "a", "10:01:00", "view", 7),
        (1, "a", "10:02:00", "purchase", 7),
    )
    assert reached(*tables) == {"view": (1, 1), "cart": (1, 0), "purchase": (1, 0)}


def test_events_of_one_second_count_in_the_declared_order():
    tables = shop(
        (1, "a", "10:00:00", "purchase", 7),
        (1, "a", "10:00:00", "cart", 7),
        (1, "a", "10:00:00", "view", 7),
    )
    assert reached(*tables)["purchase"] == (1, 1)
    backwards = tables[0].order_by(ibis.desc("event_id")).cache()
    assert reached(backwards)["purchase"] == (1, 1)


def test_two_purchases_are_one_session_that_reached_it():
    tables = shop((1, "a", "10:00:00", "purchase", 7), (1, "a", "10:01:00", "purchase", 8))
    assert reached(*tables)["purchase"] == (1, 0)


def test_a_user_walks_the_path_over_several_sessions():
    tables = shop(
        (1, "a", "10:00:00", "view", 7),
        (1, "b", "12:00:00", "cart", 7),
        (1, "c", "14:00:00", "purchase", 7),
    )
    assert reached(*tables, "user")["purchase"] == (1, 1)
    assert reached(*tables, "session")["purchase"] == (1, 0)


def test_two_users_never_share_a_path():
    tables = shop(
        (1, "a", "10:00:00", "view", 7),
        (1, "a", "10:01:00", "cart", 7),
        (2, "b", "10:02:00", "purchase", 7),
    )
    assert reached(*tables, "user")["purchase"] == (1, 0)


def test_a_users_order_is_that_of_time_also_where_sessions_overlap():
    tables = shop(
        (1, "a", "10:00:00", "view", 9),
        (1, "a", "12:00:00", "cart", 7),
        (1, "b", "11:00:00", "view", 7),
        (1, "b", "13:00:00", "purchase", 7),
    )
    assert reached(*tables, "user")["purchase"] == (1, 1)


def test_a_session_over_midnight_belongs_to_the_month_it_starts_in():
    events, sessions = shop(
        (1, "a", "2024-02-29 23:59:00", "view", 7),
        (1, "a", "2024-03-01 00:01:00", "purchase", 7),
        (1, "b", "2024-03-01 12:00:00", "view", 8),
    )
    table = funnel.wide(funnel.tabulate(events, data.add_local_start(sessions, "UTC")))
    shares = table.set_index(["unit", "period"])["purchase"]
    assert shares["session"].to_dict() == {"2024-02": 1, "2024-03": 0, "whole": 0.5}
    assert shares["user"].to_dict() == {"2024-02": 1, "2024-03": 0, "whole": 1}


@pytest.mark.parametrize(
    ("before", "route"),
    [
        ([("a", "10:00:00", "view"), ("a", "10:01:00", "cart")], "cart here"),
        ([("b", "09:00:00", "cart"), ("a", "10:01:00", "view")], "cart earlier"),
        ([("a", "10:00:00", "view")], "view only"),
        ([("b", "09:00:00", "view")], "neither"),
        ([], "neither"),
        ([("a", "10:02:00", "cart")], "cart here"),  # one instant: a cart comes before
        ([("a", "10:02:01", "cart")], "neither"),  # a cart after it is none before it
    ],
)
def test_a_purchase_is_reached_by_one_way(before, route):
    rows = [(1, session, time, kind, 7) for session, time, kind in before]
    events, _ = shop((1, "a", "10:02:00", "purchase", 7), *rows)
    counts = funnel.routes(events)
    assert counts[counts > 0].to_dict() == {route: 1}


def test_a_cart_of_another_product_or_user_is_no_cart():
    events, _ = shop(
        (1, "a", "10:00:00", "cart", 8),
        (2, "b", "10:00:00", "cart", 7),
        (1, "a", "10:02:00", "purchase", 7),
    )
    assert funnel.routes(events)["neither"] == 1


def test_each_of_two_purchases_is_counted():
    events, _ = shop(
        (1, "a", "10:00:00", "cart", 7),
        (1, "a", "10:01:00", "purchase", 7),
        (1, "a", "10:02:00", "purchase", 8),
    )
    assert funnel.routes(events).to_dict() == {
        "cart here": 1,
        "cart earlier": 0,
        "view only": 0,
        "neither": 1,
    }


def test_nobody_came_and_nobody_bought():
    events, sessions = shop()
    assert reached(events) == {}
    assert sessions.count().to_pandas() == 0
    assert funnel.routes(events).sum() == 0
