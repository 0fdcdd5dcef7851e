"""Values are read strictly, by one rule for text and Parquet, in whatever order the files come."""

import pandas as pd
import pytest
from making import rees46, row, write

from trackway import engine
from trackway.core.errors import InputError
from trackway.params.sampling import Mapping
from trackway.sampling import ledger
from trackway.tables import events
from trackway.tables.sources import files
from trackway.tables.sources.read import read

SHOP = {
    "columns": {
        "event_time": "ts",
        "event_type": "action",
        "product_id": "sku",
        "user_id": "visitor",
        "price": "amount",
    },
    "event_types": {"view": "view", "cart": "cart", "purchase": "purchase"},
}
HEADER = "ts,action,sku,visitor,amount"


@pytest.fixture(scope="module")
def backend():
    return engine.connect()


@pytest.fixture
def taken(backend, tmp_path):
    """What is read of files with the given contents, by our own mapping unless it is None."""

    def take(*texts: str, mapping: dict | None = SHOP, name: str = "{}.csv", **more):
        places = [write(tmp_path, name.format(n), text) for n, text in enumerate(texts)]
        chosen = mapping and Mapping(**mapping | more)
        found = files.find([str(place) for place in places], chosen)
        return read(backend, found, progress=lambda _: None)

    return take


def visits(*rows: str, header: str = HEADER) -> str:
    """A file of the shop: each row its sku, visitor and amount."""
    lines = [f"2024-03-01 10:00:{n:02d},view,{line}" for n, line in enumerate(rows)]
    return "\n".join([header, *lines, ""])


WHOLE = visits("100,1,9.90", "101,2,9.90", "102,3,9.90")
FLOAT = visits("100,1.0,9.90", "101,2.0,9.90", "102,3.0,9.90")
LETTERS = visits("A100,1,9.90", "A101,2,9.90", "A102,3,9.90")


@pytest.mark.parametrize("order", [[WHOLE, LETTERS], [LETTERS, WHOLE]])
def test_one_text_makes_the_ids_of_all_files_texts(taken, order):
    raw = taken(*order)
    assert raw.rejects.empty
    rows = raw.rows.to_pandas()
    assert sorted(rows["product_id"]) == ["100", "101", "102", "A100", "A101", "A102"]
    assert rows["user_id"].dtype == "int64"


@pytest.mark.parametrize(
    "order",
    [[WHOLE, FLOAT], [FLOAT, WHOLE], [FLOAT], [visits("1,1.0,1", "1,1,1", "1,2,1", "1,3.0,1")]],
)
def test_a_number_that_pandas_gave_a_point_is_that_number(taken, order):
    assert set(taken(*order).rows.to_pandas()["user_id"]) == {1, 2, 3}


def test_a_letter_far_down_makes_ids_texts(taken):
    lines = [f"{100 + n % 5},{n},9.90" for n in range(1001)] + ["A1,7,9.90"]
    raw = taken("\n".join([HEADER, *(f"2024-03-01 10:00:00,view,{x}" for x in lines), ""]))
    assert raw.rejects.empty
    assert len(raw.rows.to_pandas()) == 1002


def test_a_text_id_is_the_same_with_blanks_or_a_point(taken):
    raw = taken(visits("A1,1,1", "A1 ,1,1", " A1,1,1", "7,1,1", "7.0,1,1"))
    assert sorted(set(raw.rows.to_pandas()["product_id"])) == ["7", "A1"]


@pytest.mark.parametrize("text", ["1_23", "12_3", "0x7B", "1e3", "7.5", "1,5", "٣", "9" * 20])
def test_what_is_not_in_plain_digits_is_no_number(taken, text):
    lines = [row(), row(product=f'"{text}"'), row(product=" 5 "), row(product="+6")]
    raw = taken(rees46(*lines), mapping=None)
    assert raw.rejects["reason"].tolist() == ["no valid product_id"]
    assert raw.rejects["line"].tolist() == [3]
    assert sorted(raw.rows.to_pandas()["product_id"]) == [1, 5, 6]
    named = taken(visits(f'"{text}",1,1', "5,1,1")).rows.to_pandas()["product_id"]
    assert sorted(named) == sorted([text, "5"]), "in a shop of one's own it is a name"


def test_zeros_in_front_are_part_of_a_name_unless_ids_are_said_to_be_numbers(taken):
    text = visits("0108775015,1,1", "108775015,1,1")
    assert set(taken(text).rows.to_pandas()["product_id"]) == {"0108775015", "108775015"}
    told = taken(text, kinds={"product_id": "number"})
    assert set(told.rows.to_pandas()["product_id"]) == {108775015}


def test_numbers_that_a_spreadsheet_rounded_are_refused(taken):
    rounded = row().replace(",2,c.d", ",2.05301E+18,c.d")
    raw = taken(rees46(row(), rounded, row(user="1.51592E+18")), mapping=None)
    assert raw.rejects["reason"].tolist() == ["no valid user_id: rounded by a spreadsheet"]
    assert raw.rows.to_pandas()["category_id"].isna().sum() == 1
    lost = raw.lost.iloc[0].to_dict()
    assert lost == {
        "file": "0.csv",
        "column": "category_id",
        "reason": "no valid category_id: rounded by a spreadsheet",
        "values": 1,
        "line": 3,
        "value": "2.05301E+18",
    }
    times = f"{HEADER}\n1.70929E+12,view,0,1,5.00\n"
    with pytest.raises(InputError, match="no valid event_time: rounded by a spreadsheet"):
        taken(times, time_unit="ms")


def test_a_price_is_exact_to_the_cent_or_missing_and_counted(taken):
    raw = taken(visits("1,1,0.0169322", "1,1,cheap", "1,1,9.9", "1,1,9.900", "1,1,.5", "1,1,"))
    assert raw.rejects.empty
    prices = raw.rows.to_pandas()["price"]
    assert sorted(map(str, prices.dropna())) == ["0.50", "9.90", "9.90"]
    reasons = raw.lost.set_index("reason")["line"].to_dict()
    assert reasons == {"no valid price": 3, "no valid price: finer than a cent": 2}
    assert raw.lost["values"].tolist() == [1, 1]


def test_prices_in_a_unit_of_their_own_are_scaled(taken):
    raw = taken(visits("1,1,0.0169322", "1,1,0.0186271"), price_unit=590.0)
    assert sorted(map(str, raw.rows.to_pandas()["price"])) == ["10.99", "9.99"]


def test_signs_in_numbers_are_the_mappings(taken):
    text = visits('1,1,"1.234,50"', '1,1,"99,5"', '1,1,"12.34"')
    raw = taken(text, decimal=",", thousands=".")
    assert sorted(raw.rows.to_pandas()["price"].dropna().astype(float)) == [99.5, 1234.5]
    assert raw.lost["value"].tolist() == ["12.34"]


@pytest.mark.parametrize("mark", ["NA", "NULL", r"\N", "None", "nan", "(not set)", " na "])
def test_marks_of_absence_are_no_ids(taken, mark):
    raw = taken(visits("1,7,1", f"1,{mark},1", f"{mark},7,1"))
    assert sorted(raw.rejects["reason"]) == ["no valid product_id", "no valid user_id"]
    assert raw.rows.to_pandas()["user_id"].tolist() == [7]


def test_marks_of_the_shops_own_are_absent_in_every_column(taken):
    raw = taken(visits("1,7,1", "1,-1,1", "1,8,-1", "1,-1.0,1"), absent=["-1"])
    assert raw.rejects["reason"].tolist() == ["no valid user_id"] * 2
    assert raw.rows.to_pandas()["price"].isna().sum() == 1
    assert raw.lost.empty


def test_a_session_stands_in_for_a_user_where_that_is_said(taken):
    columns = SHOP["columns"] | {"session": "visit"}
    text = "ts,action,sku,visitor,amount,visit\n2024-03-01,view,1,7,1,a\n2024-03-01,view,1,NA,1,b\n"
    raw = taken(text + "2024-03-01,view,1,,1,\n", columns=columns, missing_user="session")
    assert sorted(raw.rows.to_pandas()["user_id"]) == ["7", "session b"]
    assert raw.stood_in == 1
    assert raw.rejects["reason"].tolist() == ["no valid user_id"]
    alone = {name: place for name, place in columns.items() if name != "user_id"}
    raw = taken(text, columns=alone, missing_user="session")
    assert sorted(raw.rows.to_pandas()["user_id"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "unit", "utc"),
    [
        ("1709287200", "s", "2024-03-01 10:00:00"),
        ("1709287200.0", "s", "2024-03-01 10:00:00"),
        ("1709287200.1234567", "s", "2024-03-01 10:00:00.123456"),
        ("1709287200123", "ms", "2024-03-01 10:00:00.123"),
        ("1709287200123456", "us", "2024-03-01 10:00:00.123456"),
        ("1709287200123456789", "ns", "2024-03-01 10:00:00.123456"),
    ],
)
def test_a_time_is_a_number_of_any_unit(taken, text, unit, utc):
    raw = taken(f"{HEADER}\n{text},view,1,1,1\n", time_unit=unit, timezone="Europe/Berlin")
    assert raw.rows.to_pandas()["event_time"].tolist() == [pd.Timestamp(utc, tz="UTC")]


@pytest.mark.parametrize("told", ["s", "ms", "ns"])
def test_a_time_in_another_unit_is_refused_with_the_likely_one(taken, told):
    with pytest.raises(InputError, match="no valid event_time: no number of .*; microseconds?"):
        taken(f"{HEADER}\n1709287200000000,view,1,1,1\n", time_unit=told)


def test_times_are_read_by_the_forms_of_the_mapping(taken):
    text = f"{HEADER}\n01.03.2024 11:00,view,1,1,1\n2024-03-01,view,1,1,1\n"
    raw = taken(text, time_formats=["%d.%m.%Y %H:%M"], timezone="Europe/Berlin")
    assert raw.rows.to_pandas()["event_time"].tolist() == [pd.Timestamp("2024-03-01 10:00Z")]
    assert raw.rejects["line"].tolist() == [3]


ONE = "2024-03-01 10:00:00,view,1,1,5.00\n"


@pytest.mark.parametrize(
    "text",
    [
        f"\n \n{HEADER}\n{ONE}",
        f"sep=,\n{HEADER}\n{ONE}",
        f"\ufeffsep=;\n{HEADER.replace(',', ';')}\n{ONE.replace(',', ';')}",
        f"{HEADER},\n{ONE.strip()},\n",
        f"{HEADER}\n{ONE.strip()},\n",
        f",{HEADER}\n0,{ONE}",
        f",{HEADER},\n0,{ONE.strip()},\n",
        f'"a}};drop", {HEADER.replace(",", " , ")}\n0,{ONE}',
    ],
)
def test_the_first_lines_may_be_as_spreadsheets_leave_them(taken, text):
    raw = taken(text + text.splitlines()[-1].replace("view", "look") + "\n")
    assert raw.rows.to_pandas()["product_id"].tolist() == [1]
    assert raw.rejects["line"].tolist() == [len(text.splitlines()) + 1]


def test_a_file_without_a_header_is_read_by_names_or_places(taken):
    raw = taken(ONE, header=HEADER.split(","), name="{}.CSV")
    assert raw.rows.to_pandas()["product_id"].tolist() == [1]
    raw = taken(f"{HEADER}\n{ONE}", header=HEADER.split(","))
    assert raw.rejects.empty, "a header that is there all the same is no row"
    places = dict(zip(SHOP["columns"], [1, 2, 3, 4, 5], strict=True))
    raw = taken(ONE, header=["", "", "", "", ""], columns=places)
    assert raw.rows.to_pandas()["product_id"].tolist() == [1]
    with pytest.raises(InputError, match="header names 2 columns, but its first line has 5"):
        taken(ONE, header=["ts", "action"], columns=places)


def test_all_rows_may_be_of_one_type_and_have_orders_quantities_and_titles(taken):
    names = ["event_time", "product_id", "user_id", "order_id", "quantity", "title"]
    text = "2024-03-01,1,1,C5,-2, A lamp \n2024-03-01,1,1,5,1.0,NA\n2024-03-01,1,1,5,x,\n"
    columns = {name: name for name in names}
    only = {"columns": columns, "event_type": "purchase", "header": names}
    raw = taken(text, mapping=only)
    rows = raw.rows.to_pandas().sort_values("quantity", ignore_index=True)
    assert rows["quantity"].fillna(0).tolist() == [-2, 1, 0]
    assert rows["title"].fillna("").tolist() == ["A lamp", "", ""]
    assert sorted(rows["order_id"]) == ["5", "5", "C5"]
    assert set(rows["event_type"]) == {"purchase"}
    assert raw.lost["column"].tolist() == ["quantity"]
    assert events.text_ids(raw.rows).to_pandas().empty  # orders keep their names


@pytest.mark.parametrize("kind", ["float", "text"])
def test_parquet_is_read_by_the_same_rule(backend, tmp_path, kind):
    frame = pd.DataFrame({"ts": pd.to_datetime(["2024-03-01"] * 3, utc=True), "action": "view"})
    frame["sku"], frame["visitor"] = [1.0, 2.0, 7.5], [1, 2, 3]
    frame["amount"] = [9.9, 0.0169322, None]
    if kind == "text":
        frame = frame.astype({"sku": str, "amount": str, "visitor": str})
    frame.to_parquet(tmp_path / "a.PARQUET")
    found = files.find(str(tmp_path / "a.PARQUET"), Mapping(**SHOP))
    raw = read(backend, found, progress=lambda _: None)
    rows = raw.rows.to_pandas()
    assert sorted(rows["product_id"]) == ["1", "2", "7.5"]
    assert sorted(rows["user_id"]) == [1, 2, 3]
    assert [str(price) for price in rows["price"].dropna()] == ["9.90"]
    assert raw.lost["line"].tolist() == [2]
    assert raw.lost["reason"].tolist() == ["no valid price: finer than a cent"]


def test_a_row_of_parquet_that_is_rejected_is_told_as_text(backend, tmp_path):
    """Two of them can be put in order, too."""
    frame = pd.DataFrame({"ts": ["2024-03-01", "x", "y"], "action": "view"})
    frame["sku"], frame["visitor"], frame["amount"] = 1, 7, "1.00"
    frame.to_parquet(tmp_path / "a.parquet")
    raw = read(backend, files.find(str(tmp_path / "a.parquet"), Mapping(**SHOP)), lambda _: None)
    assert [type(text) for text in raw.rejects["text"]] == [str, str]
    assert '"ts":"x"' in ledger.rejects_by_reason(raw.rejects)["first_text"].iloc[0]


def test_a_row_that_is_refused_decides_no_kind(taken):
    """A header in the middle of merged files, or a row with no time, makes no id a text."""
    head = "ts,action,sku,visitor,amount\n"
    text = (
        f"{head}2024-03-01,view,100,7,1\n{head}garbage,view,abc,xyz,5.00\n2024-03-01,view,101,8,1\n"
    )
    raw = taken(text)
    assert sorted(raw.rows.to_pandas()["product_id"]) == [100, 101]
    assert sorted(raw.rejects["reason"]) == ["no valid event_time", "repeated header"]
