"""`make check` says in seconds what would be read, and what to do where nothing can be."""

import pytest
from making import rees46, row, write

from trackway.study import check
from trackway.study.carried import resolution

RETAILROCKET = (
    "timestamp,visitorid,event,itemid,transactionid\n"
    "1433221332117,257597,view,355908,\n"
    "1433222276276,287857,view,5206,\n"
    "1433394732378,287857,transaction,5206,4000\n"
    "soon,287857,view,5206,\n"
)


def told(capsys, *arguments):
    """What is printed, on both channels, and the exit status."""
    status = check.main([str(one) for one in arguments])
    printed = capsys.readouterr()
    return printed.out + printed.err, status


def test_it_tells_columns_events_what_is_left_out_and_what_the_data_carry(tmp_path, capsys):
    file = write(tmp_path, "events.csv", RETAILROCKET)
    text, status = told(capsys, "--raw", file, "--mapping", "retailrocket")
    assert status == 0
    for line in [
        "read as RetailRocket",
        "visitorid",
        "2015-06-02 05:02:12.117",
        "Left out of 4 rows looked at (all there are)",
        "no valid event_time",
        "the run would stop",
        "view: 2 of 3",
        "cart: none; nothing is said of carts left behind",
        "users: 2, 1 of them on more than one day",
        "orders: the source's own",
        "prices: none",
        "UTC; by milliseconds",
    ]:
        assert line in text, text


def test_of_a_long_file_it_looks_at_the_first_rows_and_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(check, "ROWS", 5)
    monkeypatch.setattr(check, "FEWEST", 5)
    file = write(tmp_path, "a.csv.gz", rees46(*(row(product=n) for n in range(9))))
    text, status = told(capsys, "--raw", file)
    assert status == 0
    assert "Left out of 4 rows looked at (the first of each file)" in text


def test_without_a_mapping_those_that_fit_are_named(tmp_path, capsys):
    file = write(tmp_path, "a.csv", RETAILROCKET)
    text, status = told(capsys, "--raw", file)
    assert status == 1
    assert "They may be retailrocket: MAPPING=retailrocket" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mapping", "retailrockt"], "no mapping has this name; there are baskets, cosmetics,"),
        (["--raw", "nowhere.csv"], "there is no file 'nowhere.csv'"),
        (["--raw", "FILE", "--mapping", "otto"], "each line is to be a JSON object whose 'events'"),
        (
            ["--raw", "FILE", "--mapping", "tmall"],
            "columns that are not there (event_time: time_st",
        ),
        (["--raw", "FILE", "--mapping", "jewelry"], "names 13 columns, but its first line has 5"),
    ],
)
def test_what_cannot_be_read_is_said_without_a_traceback(tmp_path, capsys, arguments, message):
    file = write(tmp_path, "events.csv", RETAILROCKET)
    text, status = told(capsys, *(file if one == "FILE" else one for one in arguments))
    assert status == 1
    assert message in text


@pytest.mark.parametrize(
    ("times", "unit"),
    [
        (["2024-03-01", "2024-05-07"], "days"),
        (["2024-03-01 10:00", "2024-05-07 11:00"], "hours"),
        (["2024-03-01 10:00", "2024-05-07 11:01"], "minutes"),
        (["2024-03-01 10:00:01", "2024-05-07"], "seconds"),
        (["2024-03-01 10:00:01.5", "2024-05-07"], "milliseconds"),
        (["2024-03-01 10:00:01.000005", "2024-05-07"], "microseconds"),
    ],
)
def test_times_resolve_the_largest_unit_that_divides_them(times, unit):
    import pandas as pd

    assert resolution(pd.Series(pd.to_datetime(times, format="ISO8601"))) == unit


def test_rows_that_are_equal_and_values_that_are_lost_are_told(tmp_path, capsys):
    """As the run drops them, and does not read them."""
    lines = ["2024-03-01 10:00:00 UTC,purchase,1,2.05301E+18,,b,9.90,7,s"] * 3
    header = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id"
    file = write(tmp_path, "a.csv", "\n".join([f"{header},user_session", *lines, ""]))
    text, status = told(capsys, "--raw", file)
    assert status == 0
    assert "2 rows: exact duplicates" in text
    assert "3 values of category_id: no valid category_id: rounded by a spreadsheet" in text
