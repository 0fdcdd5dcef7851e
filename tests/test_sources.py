"""Any raw file comes in whole: what can be read typed, the rest with its line and reason."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from making import HEADER, rees46, row, write

from trackway import engine
from trackway.core.errors import InputError
from trackway.params.sampling import Mapping
from trackway.tables.sources import files
from trackway.tables.sources.read import read

SHOP = {
    "columns": {
        "event_time": "ts",
        "event_type": "action",
        "product_id": "sku",
        "user_id": "visitor",
        "price": "amount",
        "category_id": None,
    },
    "event_types": {"look": "view", "buy": "purchase", "search": "ignore"},
    "time_unit": "text",
    "timezone": "Europe/Berlin",
    "delimiter": ";",
}


@pytest.fixture(scope="module")
def backend():
    return engine.connect()


def taken_in(backend, raw, mapping=None):
    """The readable rows as a DataFrame, and the rejects, of `raw`: a Path or several."""
    paths = [str(p) for p in raw] if isinstance(raw, list) else str(raw)
    found = files.find(paths, mapping and Mapping(**mapping))
    result = read(backend, found, progress=lambda _: None)
    return result.rows.to_pandas(), result.rejects


def test_a_torn_last_line_is_kept_with_its_number(backend, tmp_path):
    file = write(tmp_path, "a.csv", rees46(row(), row("10:00:01")) + "2019-10-01 10:00:02 UTC,vi")
    rows, rejects = taken_in(backend, file)
    assert len(rows) == 2
    assert rejects.to_dict("records") == [
        {
            "file": "a.csv",
            "line": 4,
            "reason": "too few fields (torn?)",
            "text": "2019-10-01 10:00:02 UTC,vi",
        }
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_every_reject_names_its_line_and_reason(backend, tmp_path, name, end):
    lines = [
        row("09:00:00"),
        row("never o'clock"),
        HEADER,
        row(event="clicked"),
        row(user=""),
        row(product="x1"),
        "",  # DuckDB passes over empty lines; so do we
        row(price="cheap"),
        row() + ",more",
        row("09:00:01"),
    ]
    file = write(tmp_path, name, "\ufeff" + rees46(*lines, end=end))
    rows, rejects = taken_in(backend, file)
    assert len(rows) == 3
    assert dict(zip(rejects["line"], rejects["reason"], strict=True)) == {
        3: "no valid event_time",
        4: "repeated header",
        5: "unknown event type 'clicked'",
        6: "no valid user_id",
        7: "no valid product_id",
        10: "too many fields",
    }


def test_ids_beyond_32_bits_and_prices_come_in_exactly(backend, tmp_path):
    file = write(
        tmp_path, "a.csv", rees46(row(user=1515915625519429853, price="104.21", session="PZu2"))
    )
    rows, _ = taken_in(backend, file)
    assert rows["user_id"].tolist() == [1515915625519429853]
    assert str(rows["price"][0]) == "104.21"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2019-10-01 00:00:00 UTC", "2019-10-01 00:00"),
        ("2020-09-24 13:51:07+00:00", "2020-09-24 13:51:07"),
        ("2019-10-01 02:00:00+02:00", "2019-10-01 00:00"),
        ("2019-10-01 12:00:00", "2019-10-01 12:00"),
    ],
)
def test_a_time_keeps_its_zone(backend, tmp_path, text, utc):
    line = row().replace("2019-10-01 10:00:00 UTC", text)
    rows, _ = taken_in(backend, write(tmp_path, "a.csv", rees46(line)))
    assert rows["event_time"][0] == pd.Timestamp(utc, tz="UTC")


def test_what_may_be_a_time_does_not_hang_on_the_first_lines(backend, tmp_path):
    """The first thousand are as REES46 writes them; the others only a second reading knows."""
    first = [row(f"10:{i // 60:02d}:{i % 60:02d}") for i in range(1000)]
    others = [
        "2019-10-01T11:00:00Z",
        "2019-10-01 13:30:00+02:00",
        "2019-10-01 14:00:00 CET",
        "noon",
    ]
    others = [row("00:00").replace("2019-10-01 00:00 UTC", text) for text in others]
    rows, rejects = taken_in(backend, write(tmp_path, "a.csv", rees46(*first, *others)))
    assert rejects[["line", "reason"]].values.tolist() == [[1005, "no valid event_time"]]
    late = rows["event_time"].sort_values().dt.strftime("%H:%M:%S").tolist()
    assert late[:1000] == [f"10:{i // 60:02d}:{i % 60:02d}" for i in range(1000)]
    assert late[1000:] == ["11:00:00", "11:30:00", "12:00:00"]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_a_time_that_says_utc_is_utc_wherever_the_shop_is(backend, tmp_path, zone):
    mapping = SHOP | {"timezone": zone}
    text = "ts;action;sku;visitor;amount\n2019-10-01 10:00:00 UTC;look;1;1;1\n"
    rows, _ = taken_in(backend, write(tmp_path, "a.csv", text), mapping)
    assert rows["event_time"].tolist() == [pd.Timestamp("2019-10-01 10:00", tz="UTC")]


def test_a_session_key_that_is_empty_is_none(backend, tmp_path):
    file = write(tmp_path, "a.csv", rees46(row(session=""), row(session='""'), row(session="s")))
    rows, _ = taken_in(backend, file)
    assert sorted(rows["session"].fillna("none")) == ["none", "none", "s"]


def test_months_are_merged_even_if_their_columns_stand_in_another_order(backend, tmp_path):
    first = write(tmp_path, "m1.csv", rees46(row(product=1)))
    turned = ",".join(reversed(HEADER.split(",")))
    second = write(
        tmp_path, "m2.csv", rees46(",".join(reversed(row(product=2).split(","))), header=turned)
    )
    rows, _ = taken_in(backend, [first, second])
    assert sorted(rows["product_id"]) == [1, 2]
    rows, _ = taken_in(backend, tmp_path / "m*.csv")
    assert sorted(rows["product_id"]) == [1, 2]


def test_a_table_of_ones_own_comes_in_through_a_mapping(backend, tmp_path):
    text = (
        "visitor;ts;action;sku;amount\n"
        "ann;2024-03-01 10:00:00;look;A-1;\n"
        "bob;2024-07-01 10:00:00;buy;A-1;9.99\n"
        "bob;2024-07-01 10:00:00;search;A-1;\n"
    )
    rows, rejects = taken_in(backend, write(tmp_path, "shop.csv", text), SHOP)
    assert rejects.empty
    times = rows["event_time"].dt.strftime("%m-%d %H").tolist()
    assert times == ["03-01 09", "07-01 08", "07-01 08"], "Berlin's winter and summer time"
    assert rows["user_id"].tolist() == ["ann", "bob", "bob"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_column_may_be_called_anything(backend, tmp_path, kind):
    named = 'a"; DROP TABLE x; --'
    mapping = SHOP | {"columns": SHOP["columns"] | {"product_id": named}, "delimiter": ","}
    frame = pd.DataFrame({"ts": ["2024-03-01 10:00:00"], "action": "look", named: "A-1"})
    frame = frame.assign(visitor="ann", amount="1")
    file = tmp_path / f"shop'{kind}.{kind}"
    frame.to_csv(file, index=False) if kind == "csv" else frame.to_parquet(file)
    rows, _ = taken_in(backend, file, mapping)
    assert rows["product_id"].tolist() == ["A-1"]


def test_parquet_comes_in_as_csv_does(backend, tmp_path):
    lines = [row(), row("10:00:01", "purchase", 5), row("10:00:02", "clicked")]
    csv_file = write(tmp_path, "a.csv", rees46(*lines))
    pd.read_csv(csv_file, dtype={"user_session": str}).to_parquet(tmp_path / "a.parquet")
    from_csv, _ = taken_in(backend, csv_file)
    from_parquet, rejects = taken_in(backend, tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(from_csv, from_parquet)
    assert rejects[["line", "reason"]].values.tolist() == [[3, "unknown event type 'clicked'"]]


def test_zstd_is_read(backend, tmp_path):
    with pa.CompressedOutputStream(str(tmp_path / "a.csv.zst"), "zstd") as out:
        out.write(rees46(row()).encode())
    rows, _ = taken_in(backend, tmp_path / "a.csv.zst")
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", HEADER + "\n", "no row below it"),
        ("a.csv", "a,b\n1,2\n", "its columns are 'a', 'b'"),
        ("a.csv", rees46(row(event="clicked")), "none of 1 rows can be read"),
        ("a.csv", rees46(row() + ",x", header=HEADER + ",brand"), "names 'brand' more than once"),
        ("a.json", "{}", "its name ends in none of"),
        ("a.parquet", "no parquet", "not a readable Parquet file"),
        ("a.csv.gz", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_fault(
    backend, tmp_path, name, text, message
):
    file = tmp_path / name
    if text is None:
        file.write_text("not compressed at all")
    else:
        write(tmp_path, name, text)
    with pytest.raises(InputError, match=message):
        taken_in(backend, file)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.zst"])
def test_a_download_that_broke_off_is_said_to_be_incomplete(backend, tmp_path, name):
    text = rees46(*[row(product=i * 7919 % 10**6) for i in range(20_000)]).encode()
    whole = pa.compress(
        text, codec={".gz": "gzip", ".zst": "zstd"}[Path(name).suffix], asbytes=True
    )
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be read to its end.*Is the download complete"):
        taken_in(backend, tmp_path / name)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("nowhere.csv", "there is no file 'nowhere.csv'"),
        ("nowhere/*.csv", r"no file matches 'nowhere/\*.csv'"),
        ([], "empty list"),
        ("data", "is a folder"),
    ],
)
def test_what_cannot_be_found_is_named(raw, message):
    with pytest.raises(InputError, match=message):
        files.find(raw, None)


def test_a_mapping_that_names_an_absent_column_lists_those_there_are(tmp_path):
    file = write(tmp_path, "shop.csv", "visitor;ts;action\nann;2024-03-01;look\n")
    with pytest.raises(InputError, match=r"product_id: sku, price: amount.*'visitor', 'ts'"):
        files.find(str(file), Mapping(**SHOP))


def test_two_schemas_in_one_study_are_refused(tmp_path):
    one = write(tmp_path, "a.csv", rees46(row()))
    other = write(tmp_path, "b.csv", "1,2,3,pv,1511848894\n")
    with pytest.raises(InputError, match="mixes schemas"):
        files.find([str(one), str(other)], None)


def test_files_in_data_raw_go_before_the_demo_in_the_stated_order(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "ROOT", tmp_path)
    demo = tmp_path / "data/raw/demo"
    demo.mkdir(parents=True)
    write(demo, "2024-01.csv", rees46(row()))
    found = files.find(None, None)
    assert found.simulated
    assert found.schema.timezone == "Europe/Berlin"
    write(demo.parent, "UserBehavior.csv", "1,2,3,pv,1511848894\n")
    assert files.find(None, None).schema.name == "taobao"
    write(demo.parent, "2019-Oct.csv", rees46(row()))
    found = files.find(None, None)
    assert found.schema.name == "rees46"
    assert "passed over, being of another schema: UserBehavior.csv" in found.why


def test_what_lies_outside_is_linked_so_that_dvc_sees_it_change(tmp_path, monkeypatch):
    root, outside = tmp_path / "checkout", tmp_path / "elsewhere"
    (root / "data/raw").mkdir(parents=True)
    outside.mkdir()
    monkeypatch.setattr(files, "ROOT", root)
    first, second = write(outside, "a.csv", "1"), write(outside, "b.csv", "2")
    files.link_outside((first,))
    files.link_outside((second,))
    (link,) = (root / files.LINKS).iterdir()
    assert link.read_text() == "2", "the link of a file no longer read is gone"


def test_an_unbalanced_quote_swallows_no_line_uncounted(backend, tmp_path):
    lines = [row(f"10:00:{i:02d}") for i in range(20)]
    lines[4] = row(brand='"acme')
    lines[9] = row(brand='7" acme')
    lines[15] = row("noon")
    rows, rejects = taken_in(backend, write(tmp_path, "a.csv", rees46(*lines)))
    assert len(rows) + len(rejects) == 20
    assert set(range(6, 12)) <= set(rejects["line"])
    assert rejects.set_index("line")["reason"][17] == "no valid event_time"


@pytest.mark.parametrize("mapping", [None, SHOP])
def test_a_line_that_is_no_utf8_is_rejected_as_such(backend, tmp_path, mapping):
    text = rees46(row(), row(brand="caf\u00e9"), row("10:00:01"))
    if mapping:
        lines = [f"{name};2024-03-01 10:00:00;look;A;1" for name in ["ann", "caf\u00e9", "bob"]]
        text = "\n".join(["visitor;ts;action;sku;amount", *lines]) + "\n"
    file = tmp_path / "a.csv"
    file.write_bytes(text.encode("latin-1"))
    rows, rejects = taken_in(backend, file, mapping)
    assert len(rows) == 2
    assert rejects[["line", "reason"]].values.tolist() == [[3, "not UTF-8"]]


def test_a_file_in_another_encoding_is_said_to_be_no_utf8(backend, tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(rees46(row(brand="caf\u00e9"), row(brand="\u00fcber")).encode("latin-1"))
    with pytest.raises(InputError, match="none of 2 rows can be read.*line 2: not UTF-8"):
        taken_in(backend, file)
    file.write_bytes(rees46(row()).encode("utf-16"))
    with pytest.raises(InputError, match="not UTF-8"):
        taken_in(backend, file)


def test_a_mapping_with_nothing_to_map_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "ROOT", tmp_path)
    (tmp_path / "data/raw").mkdir(parents=True)
    (tmp_path / "data/raw/shop.xlsx").write_text("")
    with pytest.raises(InputError, match=r"sampling.mapping is set.*shop.xlsx"):
        files.find(None, Mapping(**SHOP))


FIELDS = st.sampled_from(
    ["", "view", "1", "2019-10-01 10:00:00 UTC", "x", '"', "1.5", "nan", "\u202e", "😀", "-7", "'"]
)
LINES = st.one_of(
    st.builds(row, user=st.integers(1, 3), product=st.integers(1, 3)),
    st.lists(FIELDS, min_size=1, max_size=12).map(",".join),
)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=st.lists(LINES, max_size=12))
def test_whatever_the_lines_every_one_is_read_or_rejected(backend, tmp_path, lines):
    lines = [line for line in lines if line.strip()]
    file = write(tmp_path, "a.csv", rees46(row(), *lines))
    rows, rejects = taken_in(backend, file)
    assert len(rows) + len(rejects) == len(lines) + 1
    assert rejects["line"].dropna().is_unique
