"""Every readable row becomes an event, or has one stated reason why not."""

import ibis
import pandas as pd
import pytest
from making import events

from trackway.core.errors import InputError
from trackway.params.sampling import Window
from trackway.tables import sessions
from trackway.tables.events import (
    canonical,
    catalogue,
    fate,
    in_sample,
    text_ids,
    window,
    with_catalogue,
)
from trackway.tables.fills import fill
from trackway.tables.sources.schemas import REES46, TAOBAO


def fates(table, bounds=(None, None), share=1.0, seed=1):
    marked = table.mutate(fate=fate(table, bounds, share, seed))
    return marked.order_by("product_id").to_pandas()["fate"].tolist()


def test_event_types_take_our_names():
    raw = events((1, "10:00", "pv"), (1, "10:01", "fav"))
    table = canonical(raw, TAOBAO).order_by("event_time").to_pandas()
    assert table["event_type"].tolist() == ["view", "favorite"]


def test_a_name_that_is_none_is_null():
    rows = [(1, "10:00", "view")] * 4
    table = events(*rows, brand=["Unknown", " acme ", "", None])
    named = with_catalogue(table, catalogue(table))
    brands = named.order_by("product_id").to_pandas()["brand"]
    assert brands.isna().tolist() == [True, False, True, True]
    assert brands[1] == "acme"


def test_the_window_holds_its_start_and_not_its_end():
    table = events(*[(1, f"{h}:00", "view") for h in ["09", "10", "11", "12"]])
    bounds = ("2024-03-01T10:00Z", "2024-03-01 12:00")
    assert fates(table, bounds) == ["before the window", "kept", "kept", "after the window"]


def test_impossible_times_and_negative_prices_are_set_aside():
    table = events((1, "10:00", "view"), (1, "10:00", "view"), price=[-1.0, 0.0])
    assert fates(table) == ["price below zero", "kept"]
    old = table.mutate(event_time=ibis.literal(pd.Timestamp("1970-01-01", tz="UTC")))
    assert set(fates(old)) == {"time before 1994-01-01 or after 2100-01-01"}


def test_a_row_has_one_fate_only():
    table = events((1, "10:00", "ignore"), price=[-1.0])
    assert fates(table, ("2025-01-01", None)) == ["event type ignored by the mapping"]


def numbered(*rows, **columns):
    table = sessions.number(events(*rows, **columns), pd.Timedelta("30min"), from_source=True)
    return table.order_by("event_id").to_pandas()


def test_rows_that_agree_in_all_columns_are_one_event():
    table = numbered(*[(1, "10:00", "view")] * 3, product_id=[1, 1, 2])
    assert table["product_id"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("user_id", [1, 2]),
        ("event_type", ["view", "cart"]),
        ("product_id", [1, 2]),
        ("category_id", [1, 2]),
        ("category_code", ["a", "b"]),
        ("brand", ["b", None]),
        ("price", [None, 1.0]),
        ("session", ["s", "t"]),
        ("session", ["s", None]),
    ],
)
def test_rows_that_differ_in_one_column_are_two_events_even_if_it_is_null(column, values):
    rows = [(1, "10:00", "view")] * 4
    assert len(numbered(*rows, **{"product_id": 1, column: values * 2})) == 2


def test_a_key_that_is_no_session_tells_no_rows_apart():
    table = events(*[(1, "10:00", "view")] * 2, product_id=1, session=["s", "t"])
    assert sessions.number(table, pd.Timedelta("30min"), from_source=False).count().execute() == 1


def test_names_that_differ_only_in_blanks_are_the_same_name():
    rows = [(1, "10:00", "view")] * 4
    assert len(numbered(*rows, product_id=1, brand=["b", " b", "none", None])) == 2


def test_a_name_that_is_filled_makes_no_double():
    table = events(*[(1, "10:00", "view")] * 2, product_id=1, brand=["b", None])
    known = catalogue(table)
    filled = fill(known, known, "brand", ["product"])
    both = sessions.number(table, pd.Timedelta("30min"), True, filled)
    assert both.to_pandas()["brand"].tolist() == ["b", "b"]


def test_events_of_one_instant_go_by_type_then_by_what_they_say():
    rows = [(1, "10:00", kind) for kind in ["purchase", "cart", "view", "view", "view", "view"]]
    table = numbered(*rows, product_id=[1, 1, 2, 1, 1, 1], price=[1, 1, 1, 2, 1, None])
    assert table["event_type"].tolist() == ["view"] * 4 + ["cart", "purchase"]
    assert table["product_id"].tolist() == [1, 1, 1, 2, 1, 1]
    assert table["price"].astype("float64").fillna(0).tolist()[:3] == [1, 2, 0]


def test_a_catalogue_says_each_thing_once_and_in_order():
    rows = [(1, "10:00", "view")] * 5
    table = events(*rows, product_id=[2, 1, 1, 1, 1], brand=["b", "b", " b", "unknown", "b"])
    known = catalogue(table).order_by(["place", "brand_said"]).to_pandas()
    assert known["brand_said"].tolist() == [" b", "b", "unknown", "b"]
    assert known["rows"].tolist() == [1, 2, 1, 1]
    assert known["place"].tolist() == [0, 0, 1, 2], "names that are the same have the same place"
    assert known["brand"].isna().tolist() == [False, False, True, False]


def drawn(share, seed=1):
    users = ibis.memtable({"user_id": range(20_000)})
    return set(users.filter(in_sample(users.user_id, share, seed)).to_pandas()["user_id"])


def test_a_smaller_sample_lies_inside_a_larger_one():
    assert drawn(0.01) < drawn(0.05) < drawn(0.5) < drawn(1.0)
    assert len(drawn(1.0)) == 20_000


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5])
def test_a_sample_has_its_share_of_users(share):
    # Five standard deviations of a binomial draw.
    assert abs(len(drawn(share)) - 20_000 * share) < 5 * (20_000 * share * (1 - share)) ** 0.5


def test_another_seed_draws_other_users():
    assert drawn(0.05, seed=1) != drawn(0.05, seed=2)


def test_the_draw_is_the_same_on_every_engine_since_it_is_an_md5():
    # md5("1:7") = a8f2..., by any implementation; the first eight digits decide.
    import hashlib

    digits = hashlib.md5(b"1:7").hexdigest()[:8]
    share = (int(digits, 16) + 1) / 16**8
    one = ibis.memtable({"user_id": [7]})
    assert one.filter(in_sample(one.user_id, share, 1)).count().execute() == 1
    below = one.filter(in_sample(one.user_id, int(digits, 16) / 16**8, 1))
    assert below.count().execute() == 0


def test_text_ids_become_numbers_that_can_be_looked_up():
    raw = ibis.memtable(
        {
            "event_time": pd.to_datetime(["2024-03-01"] * 2, utc=True),
            "event_type": ["view", "view"],
            "product_id": ["A-1", "A-2"],
            "category_id": [1, 1],
            "category_code": ["x", "x"],
            "brand": ["b", "b"],
            "price": [1.0, 1.0],
            "user_id": ["ann", "ann"],
            "session": ["", "s"],
        }
    )
    table = canonical(raw, REES46).to_pandas()
    assert table["user_id"].nunique() == 1
    ids = text_ids(raw).to_pandas()
    known = dict(zip(ids["text"], ids["id"], strict=True))
    assert set(known) == {"A-1", "A-2", "ann"}
    assert set(table["product_id"]) == {known["A-1"], known["A-2"]}


def test_the_source_says_its_window_unless_the_parameters_do():
    assert window(Window(start=None, end=None), TAOBAO) == TAOBAO.window
    assert window(Window(start="2017-12-01", end=None), TAOBAO)[0] == "2017-12-01"


def test_a_window_that_ends_before_it_starts_is_refused():
    with pytest.raises(InputError, match="ends at 2019-01-01, not after its start, 2019-02-01"):
        window(Window(start="2019-02-01", end="2019-01-01"), REES46)
