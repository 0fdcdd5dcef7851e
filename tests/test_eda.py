"""What is counted in 02_eda, on shops small enough to count by hand, and on none at all."""

import ibis
import numpy as np
import pandas as pd
import pytest
from eda_shop import shop, studied
from matplotlib import pyplot as plt

from trackway.core.cannot import Cannot
from trackway.eda import (
    catalogue,
    cohorts,
    concentration,
    data,
    findings,
    limits,
    plots,
    transitions,
    visits,
)
from trackway.eda import page as shown
from trackway.evaluation.bootstrap import Interval
from trackway.params.eda import Enough
from trackway.report import Page

# ibis sets a pandas option on each execution that pandas 3 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

ENOUGH = Enough(
    hour_days=2,
    weekday_days=14,
    month_days=14,
    cohort_weeks=3,
    purchases=20,
    users=20,
    closed=0.5,
)


def test_the_event_mix_counts_each_thing_once_per_type():
    events, _ = shop(
        (1, "a", "10:00:00", "view", 7),
        (1, "a", "10:01:00", "view", 7),
        (1, "b", "12:00:00", "purchase", 7),
    )
    table = visits.event_mix(events)
    assert table.loc["view"].tolist() == [2, pytest.approx(2 / 3), 1, 1, 1]
    assert table.index.tolist() == ["view", "purchase"]  # the order of a visit


def test_totals_tell_sessions_from_users_and_the_open_from_the_closed():
    _, sessions = shop(
        (1, "a", "08:00:00", "purchase", 7),
        (1, "b", "12:00:00", "purchase", 7),
        (2, "c", "11:00:00", "view", 7),
    )
    found = visits.totals(sessions)
    assert found[["users", "buyers", "sessions", "bought_sessions"]].tolist() == [2, 1, 3, 2]
    assert found[["without_cart", "still_open", "closed_bought"]].tolist() == [2, 1, 1]


def test_two_purchases_in_a_session_are_one_order():
    _, sessions = shop(
        (1, "a", "08:00:00", "purchase", 7),
        (1, "a", "08:01:00", "purchase", 8),
        (2, "b", "08:01:00", "view", 8),
    )
    assert visits.orders_per_user(sessions).to_dict() == {0: 1, 1: 1}
    assert visits.events_per_session(sessions).to_dict() == {1: 1, 2: 1}


@pytest.mark.parametrize(
    ("seconds", "band"),
    [(59, 1), (60, 2), (180, 3), (600, 4), (1799, 4), (1800, 5)],
)
def test_a_band_of_duration_holds_its_lower_edge(seconds, band):
    later = str(pd.Timestamp("2024-03-01 10:00") + pd.Timedelta(seconds=seconds))
    _, sessions = shop((1, "a", "10:00:00", "view", 7), (1, "a", later, "view", 7))
    assert data.by_duration(sessions).to_pandas()["group"].tolist() == [band]


def test_one_event_is_a_band_of_its_own_and_two_within_a_second_are_not():
    _, sessions = shop(
        (1, "a", "10:00:00", "view", 7),
        (2, "b", "10:00:00", "view", 7),
        (2, "b", "10:00:00", "cart", 7),
    )
    assert sorted(data.by_duration(sessions).to_pandas()["group"]) == [0, 1]


def test_durations_show_what_came_before_the_first_purchase():
    _, sessions = shop(
        (1, "a", "10:00:00", "view", 7),
        (1, "a", "10:00:11", "purchase", 7),
        (1, "a", "10:16:40", "purchase", 8),
    )
    shares = visits.durations(sessions)
    reached = {c: shares.index[np.argmax(shares[c] >= 1)] for c in shares if shares[c].any()}
    assert reached == {
        "whole session": pytest.approx(1000),
        "to first purchase": pytest.approx(10**1.1),
    }


def test_counts_of_counts_and_their_lorenz_curve():
    seen = enumerate([7, 7, 7, 8])
    events, _ = shop(*[(1, "a", f"10:00:0{second}", "view", p) for second, p in seen])
    counts = concentration.counts_of_counts(events.select(unit="product_id"))
    assert counts.to_dict() == {1: 1, 3: 1}
    assert concentration.lorenz(counts)["of_events"].tolist() == [0, 0.25, 1]
    assert concentration.top_share(counts, 0.5) == 0.75


def test_gini_of_a_known_law():
    # of n units with sizes 1..n it is (n - 1) / 3n
    assert concentration.gini(pd.Series(1, index=range(1, 101))) == pytest.approx(99 / 300)


def test_chance_keeps_the_mean_and_explains_a_poisson_shop():
    draw = np.random.default_rng(1).poisson(2.5, 20_000)
    counts = pd.Series(draw[draw > 0]).value_counts().sort_index()
    expected = concentration.chance(counts)
    mean = (expected * expected.index).sum() / expected.sum()
    assert mean == pytest.approx(draw[draw > 0].mean())
    assert concentration.gini(expected) == pytest.approx(concentration.gini(counts), abs=0.005)


def test_where_everything_happens_once_chance_makes_no_difference():
    assert concentration.gini(concentration.chance(pd.Series({1: 30}))) == 0


def test_shares_leave_out_what_is_not_known():
    more = [{"brand": "acme"}, {"brand": "unknown"}, {}, {"brand": "acme"}]
    kinds = ["view", "view", "view", "purchase"]
    rows = [
        (1, "a", "10:00:00", kind, place, known)
        for place, (kind, known) in enumerate(zip(kinds, more, strict=True))
    ]
    branded = catalogue.by_brand(shop(*rows)[0])
    assert catalogue.shares(branded).to_dict("index") == {
        "acme": {"views": 1, "purchases": 1, "of_views": 1.0, "of_purchases": 1.0}
    }
    assert catalogue.known_share(branded) == 0.5


def test_categories_without_names_are_numbers():
    events, _ = shop((1, "a", "10:00:00", "view", 7, {"category_id": 5}))
    assert catalogue.shares(catalogue.by_category(events, False)).index.tolist() == ["category 5"]


@pytest.mark.parametrize("n", [1, 2, 3, 20, 501])
def test_quantiles_of_the_price_are_those_of_numpy(n):
    price = np.random.default_rng(n).integers(1, 40, n) / 4
    events = ibis.memtable(pd.DataFrame({"event_type": "view", "price": price}))
    told = catalogue.prices(events).loc["view", list(catalogue.QUANTILES)].astype(float)
    np.testing.assert_allclose(told, np.quantile(price, list(catalogue.QUANTILES.values())))


def test_prices_of_zero_are_counted_and_left_out():
    from decimal import Decimal

    rows = [
        (1, "a", "10:00:00", "view", p, {"price": Decimal(price)})
        for p, price in enumerate(["0.00", "1.00", "2.00", "3.00"])
    ]
    row = catalogue.prices(shop(*rows, (1, "a", "10:00:00", "cart", 9))[0])
    assert row.index.tolist() == ["view"]  # the cart has no price
    assert row.loc["view", ["events", "zero", "median"]].tolist() == [3, 1, 2.0]


def test_transitions_stay_within_a_session_and_know_ties():
    events, _ = shop(
        (1, "a", "10:00:00", "cart", 7),
        (1, "a", "10:00:00", "view", 7),
        (1, "a", "10:01:00", "view", 8),
        (1, "b", "12:00:00", "purchase", 8),
    )
    counted = transitions.pairs(events.order_by(ibis.desc("event_id")).cache())
    assert counted.to_dict("records") == [
        {"now": "cart", "next": "view", "pairs": 1, "same_instant": 0},
        {"now": "view", "next": "cart", "pairs": 1, "same_instant": 1},
    ]
    assert transitions.matrix(counted).sum(axis=1).tolist() == [1, 1]


def test_retention_counts_users_by_the_week_they_were_first_seen():
    events, _ = shop(
        (1, "a", "2024-03-01 10:00", "view", 7),
        (1, "b", "2024-03-08 00:00", "view", 7),
        (1, "c", "2024-03-09 10:00", "view", 7),
        (2, "d", "2024-03-07 23:59", "view", 7),
        (3, "e", "2024-03-08 10:00", "view", 7),
        (3, "f", "2024-03-22 10:00", "view", 7),  # after the third week: left out
    )
    table = cohorts.retention(events, pd.Timestamp("2024-03-01 10:00", tz="UTC"), 3, "UTC")
    assert table[["cohort", "later", "users"]].to_numpy().tolist() == [
        [0, 0, 2],
        [0, 1, 1],
        [0, 2, 0],
        [1, 0, 1],
        [1, 1, 0],
    ]
    assert cohorts.wide(table).index[0] == "2024-03-01  (2)"
    assert cohorts.next_week(table) == pytest.approx(1 / 3)


def test_a_local_week_ends_at_the_shops_midnight():
    events, _ = shop(
        (1, "a", "2024-02-29 16:00", "view", 7), (1, "b", "2024-03-07 16:00", "view", 7)
    )
    first = pd.Timestamp("2024-02-29 16:00", tz="UTC")
    table = cohorts.retention(events, first, 2, "Asia/Shanghai")
    assert table["users"].tolist() == [1, 1]
    assert table["begins"].iloc[0] == "2024-03-01"


def test_weeks_are_counted_when_they_are_whole():
    first = pd.Timestamp("2024-03-01", tz="UTC")
    days = pd.date_range("2024-03-01", periods=20)
    assert cohorts.whole_weeks(days, first, "UTC") == 2
    assert cohorts.whole_weeks(days[:0], first, "UTC") == 0


@pytest.mark.parametrize(
    ("days", "hours", "weekdays", "months"),
    [
        (0, False, False, False),
        (2, True, False, False),
        (14, True, True, False),
        (44, True, True, False),
        (45, True, True, True),
    ],
)
def test_what_is_enough_is_decided_by_whole_days(days, hours, weekdays, months):
    covered = pd.date_range("2024-01-01", periods=days)
    assert (limits.hours(covered, ENOUGH) is covered) == hours
    assert (limits.weekdays(covered, ENOUGH) is covered) == weekdays
    assert (limits.months(covered, ENOUGH) is covered) == months


def test_a_reason_names_the_value():
    assert "below 20" in limits.purchases(19, ENOUGH).reason
    assert limits.purchases(20, ENOUGH) == 20
    assert "cover 2" in limits.cohorts(2, ENOUGH).reason


@pytest.mark.parametrize(
    ("still_open", "bought", "reason"),
    [(6, 4, "6 of 10 sessions"), (5, 1, "There is 1 purchase to look at; below 20")],
)
def test_sessions_that_are_over_must_be_most_and_buy_often_enough(still_open, bought, reason):
    totals = pd.Series({"sessions": 10, "still_open": still_open, "closed_bought": bought})
    assert reason in limits.closed(totals, ENOUGH).reason
    assert limits.closed(totals, ENOUGH.model_copy(update={"closed": 0.4, "purchases": 1}))


def test_night_is_compared_in_words_that_fit_the_interval():
    assert "cannot be told apart" in findings.night_verdict(Interval(0.1, -0.1, 0.3))
    assert "more often" in findings.night_verdict(Interval(0.1, 0.05, 0.2))
    assert "less often" in findings.night_verdict(Interval(-0.1, -0.2, -0.05))


ONE_EVENT = [(1, "a", "10:00:00", "view", 7)]
ONE_USER_WHO_BUYS = [(1, "a", "10:00:00", "purchase", 7), (1, "a", "10:00:00", "purchase", 7)]
NOBODY_BUYS = [(u, str(u), f"10:{u:02d}:00", "view", u % 3) for u in range(1, 40)]


EXHIBITS = [one for one in vars(shown).values() if hasattr(one, "exhibit")]


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKWAY_STAGING", str(tmp_path))
    return Page("eda", simulated=False)


@pytest.mark.parametrize("rows", [ONE_EVENT, ONE_USER_WHO_BUYS, NOBODY_BUYS])
def test_the_smallest_shops_are_described_without_a_fault(rows, page, capsys):
    result = studied(*rows)
    page.say(shown.still_open(result))
    for exhibit in EXHIBITS:
        exhibit(page, result)
    page.conclude(findings, result)
    assert "nan" not in capsys.readouterr().out
    assert findings.metrics(result)["counts"]["users"] == len({row[0] for row in rows})


def test_the_reason_stands_where_the_data_show_nothing(page, capsys):
    result = studied(*ONE_USER_WHO_BUYS)
    for exhibit in [shown.routes, shown.hours, shown.months, shown.lorenz, shown.brands]:
        exhibit(page, result)
    said = capsys.readouterr().out
    assert "Figure 1 is not shown. The data hold no cart events." in said
    assert "Figure 2 is not shown. Hours of the day need at least 2 whole local days; the" in said
    assert "Table 1 is not shown. Months are compared when two of them are covered" in said
    assert "Figure 3 is not shown. There is 1 user to look at; below 20 a single" in said
    assert "Figure 4 is not shown. The data hold no view events." in said


def test_what_a_source_does_not_have_is_said():
    result = studied(*ONE_EVENT)
    assert result.prices == Cannot("The source has no prices.")
    assert result.brands == Cannot("The source has no brands.")
    assert result.categories == Cannot("The source has no categories.")
    assert result.pairs == Cannot("No session has two events, so nothing follows anything.")


def test_where_purchases_are_few_their_shares_are_not_shown(page, capsys):
    acme = {"brand": "acme"}
    rows = [(1, "a", f"10:00:0{at}", kind, 7, acme) for at, kind in enumerate(["view", "purchase"])]
    shown.brands(page, studied(*rows, has_brand=True))
    assert (
        "The 1 most viewed of 1 brands: together 100.0% of views. Shares of purchases are not "
        "shown. There is 1 purchase to look at" in capsys.readouterr().out
    )


def test_a_shop_that_shows_all_is_told_of_in_sentences_that_point_at_it(page):
    """Forty users come each week for two months, at all hours, and half of them buy."""
    rows = [
        (user, f"{user}-{day}", f"{moment:%Y-%m-%d} {user % 24:02d}:0{step}", kind, user % 7)
        for user in range(40)
        for day, moment in enumerate(pd.date_range("2024-01-01", periods=66))
        if day in (0, 65) or (day + user) % 7 == 0
        for step, kind in enumerate(["view", "cart", "purchase"][: 2 + user % 2])
    ]
    first, last = (pd.Timestamp(time, tz="UTC") for time in ["2024-01-01", "2024-03-07"])
    result = studied(*rows, first=first, last=last)
    assert not [
        name
        for name in ["routes", "hours", "weekdays", "months", "night", "gap", "bands"]
        if isinstance(getattr(result, name), Cannot)
    ]
    for exhibit in EXHIBITS:
        exhibit(page, result)
    page.conclude(findings, result)
    sentences = page._findings
    assert len(sentences) == 6
    assert [one.rsplit("(", 1)[1] for one in sentences] == [
        "Figure 1).",
        "Figure 2).",
        "Table 5).",
        "Figure 11).",
        "Table 4).",
        "Figure 12).",
    ]


def test_no_event_is_no_row():
    events, sessions = shop()
    assert visits.event_mix(events).empty
    assert visits.totals(sessions).tolist() == [0] * 7
    assert concentration.measure(events) == {}
    assert transitions.pairs(events).empty


def test_a_name_from_the_data_starts_no_formula():
    table = pd.DataFrame(
        {"views": [2], "purchases": [1], "of_views": [1.0], "of_purchases": [1.0]},
        index=["$\\frac{<script>$"],
    )
    figure = plots.plot_shares(table, 5, True)
    figure.canvas.draw()
    plt.close(figure)


def test_lorenz_curves_of_what_nobody_viewed_or_bought_give_way_to_words():
    fig = plots.plot_lorenz({"users by events": pd.Series([3, 1], index=[1, 4])})
    left, right = fig.axes
    assert left.get_legend() is not None
    assert [text.get_text() for text in right.texts] == ["no view and no purchase"]
    assert right.get_legend() is None
