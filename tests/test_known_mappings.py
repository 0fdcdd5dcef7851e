"""Files of the shapes in which public data sets are published come in by a mapping's name alone.

All rows are invented; the shapes are the published ones.
"""

from decimal import Decimal

import pandas as pd
import pytest
from making import write

from trackway import ROOT, engine, params
from trackway.core.errors import InputError
from trackway.params import known
from trackway.params.sampling import Mapping
from trackway.sampling import ledger
from trackway.tables import build
from trackway.tables.sources import files
from trackway.tables.sources.read import read

ANN, BOB = "a1" * 32, "0b" * 32  # as H&M names customers
REES46 = (
    "2019-10-01 00:00:00 UTC,view,44600062,2103807459595387724,,shiseido,35.79,541312140,72d7-a\n"
    "2019-10-01 00:00:05 UTC,cart,3900821,2053013552326770905,app.boiler,,33.20,541312140,72d7-a\n"
)
# By name: files and their texts; the columns compared; the events that come out, by time.
CASES = {
    "rees46": (
        {
            "2019-Oct.csv": "event_time,event_type,product_id,category_id,category_code,brand,"
            f"price,user_id,user_session\n{REES46}",
            "part-2.csv": "2019-11-01 00:00:00 UTC,purchase,44600062,2103807459595387724,,shiseido,"
            "35.79,7,b\n",
        },
        "event_time event_type product_id user_id price session",
        [
            ("2019-10-01 00:00:00", "view", 44600062, 541312140, "35.79", "72d7-a"),
            ("2019-10-01 00:00:05", "cart", 3900821, 541312140, "33.20", "72d7-a"),
            ("2019-11-01 00:00:00", "purchase", 44600062, 7, "35.79", "b"),
        ],
    ),
    "cosmetics": (
        {
            "2020-Jan.csv": "event_time,event_type,product_id,category_id,category_code,brand,"
            "price,user_id,user_session\n"
            "2020-01-01 00:00:00 UTC,view,5809910,1602943681873052386,,grattol,5.24,595,4adb\n"
            "2020-01-01 00:00:09 UTC,remove_from_cart,5809910,1602943681873052386,,,-7.94,1,4adb\n"
        },
        "event_time event_type product_id user_id price",
        [
            ("2020-01-01 00:00:00", "view", 5809910, 595, "5.24"),
            ("2020-01-01 00:00:09", "remove", 5809910, 1, "-7.94"),
        ],
    ),
    "jewelry": (
        {
            "jewelry.csv": "\n"
            "2018-12-01 11:40:29 UTC,19247,18421,1,18068,jewelry.ring,0,561.51,1515,,red,gold,\n"
            "2018-12-01 17:38:31 UTC,19248,18068,1,,,,212.14,,,yellow,gold,\n"
            "2018-12-01 17:38:31 UTC,19248,18068,1,,,,212.14,,,yellow,gold,\n"
        },
        "event_time event_type product_id order_id quantity user_id brand price",
        [
            ("2018-12-01 11:40:29", "purchase", 18421, 19247, 1, "1515", None, "561.51"),
            ("2018-12-01 17:38:31", "purchase", 18068, 19248, 1, "order 19248", None, "212.14"),
            ("2018-12-01 17:38:31", "purchase", 18068, 19248, 1, "order 19248", None, "212.14"),
        ],
    ),
    "retailrocket": (
        {
            "events.csv": "timestamp,visitorid,event,itemid,transactionid\n"
            "1433221332117,257597,view,355908,\n"
            "1433222276276,287857,addtocart,5206,\n"
            "1433222532378,287857,transaction,5206,4000\n"
        },
        "event_time event_type product_id user_id order_id",
        [
            ("2015-06-02 05:02:12.117", "view", 355908, 257597, None),
            ("2015-06-02 05:17:56.276", "cart", 5206, 287857, None),
            ("2015-06-02 05:22:12.378", "purchase", 5206, 287857, 4000),
        ],
    ),
    "yoochoose": (
        {
            "yoochoose-clicks.dat": "1,2014-04-07T10:51:09.277Z,214536502,0\n"
            "1,2014-04-07T10:54:09.868Z,214536500,S\n",
            "yoochoose-buys.dat": "1,2014-04-07T10:58:00.306Z,214536502,12462,1\n"
            "3,2014-04-07T11:00:00.000Z,214536500,0,0\n",
        },
        "event_time event_type product_id user_id session category_id price quantity",
        [
            ("2014-04-07 10:51:09.277", "view", 214536502, 1, "1", None, None, None),
            ("2014-04-07 10:54:09.868", "view", 214536500, 1, "1", "S", None, None),
            ("2014-04-07 10:58:00.306", "purchase", 214536502, 1, "1", None, "12462.00", 1),
            ("2014-04-07 11:00:00.000", "purchase", 214536500, 3, "3", None, None, None),
        ],
    ),
    "diginetica": (
        {
            "train-item-views.csv": "sessionId;userId;itemId;timeframe;eventdate\n"
            "1;NA;81766;526309;2016-05-09\n"
            "18278;18278;31331;1031018;2016-05-09\n",
            "train-purchases.csv": "sessionId;userId;timeframe;eventdate;ordernumber;itemId\n"
            "18278;18278;17100868;2016-05-09;16421;31331\n",
        },
        "event_time event_type product_id user_id session order_id",
        [
            ("2016-05-09 00:08:46.309", "view", 81766, "session 1", "1", None),
            ("2016-05-09 00:17:11.018", "view", 31331, "18278", "18278", None),
            ("2016-05-09 04:45:00.868", "purchase", 31331, "18278", "18278", 16421),
        ],
    ),
    "otto": (
        {
            "train.jsonl": '{"session": 12899779, "events": ['
            '{"aid": 59625, "ts": 1661724000278, "type": "clicks"}, '
            '{"aid": 59625, "ts": 1661724060278, "type": "carts"}]}\n'
            '{"session": 12899780, "events": [{"aid": 1, "ts": 1661724119200, "type": "orders"}]}\n'
        },
        "event_time event_type product_id user_id session",
        [
            ("2022-08-28 22:00:00.278", "view", 59625, 12899779, "12899779"),
            ("2022-08-28 22:01:00.278", "cart", 59625, 12899779, "12899779"),
            ("2022-08-28 22:01:59.200", "purchase", 1, 12899780, "12899780"),
        ],
    ),
    "hm": (
        {
            "transactions_train.csv": "t_dat,customer_id,article_id,price,sales_channel_id\n"
            f"2018-09-20,{ANN},0663713001,0.050830508474576264,2\n"
            f"2018-09-21,{BOB},0108775015,0.016932203389830508,1\n"
        },
        "event_time event_type product_id user_id price",
        [
            ("2018-09-20", "purchase", "0663713001", ANN, "29.99"),
            ("2018-09-21", "purchase", "0108775015", BOB, "9.99"),
        ],
    ),
    "online_retail": (
        {
            "data.csv": "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,"
            "UnitPrice,CustomerID,Country\n"
            '536365,85123A,"HANGING HEART, WHITE",6,12/1/2010 8:26,2.55,17850,United Kingdom\n'
            "C536379,D,Discount,-1,12/1/2010 9:41,27.5,14527,United Kingdom\n"
            "536414,22139,,56,12/1/2010 11:52,0,,United Kingdom\n"
        },
        "event_time product_id order_id quantity user_id title price",
        [
            ("2010-12-01 08:26", "85123A", "536365", 6, "17850", "HANGING HEART, WHITE", "2.55"),
            ("2010-12-01 09:41", "D", "C536379", -1, "14527", "Discount", "27.50"),
            ("2010-12-01 11:52", "22139", "536414", 56, "order 536414", None, "0.00"),
        ],
    ),
    "online_retail_2": (
        {
            "online_retail_II.csv": "Invoice,StockCode,Description,Quantity,InvoiceDate,"
            "Price,Customer ID,Country\n"
            "489434,85048,CHRISTMAS LIGHTS,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom\n"
            "C489449,22087,PAPER BUNTING,-12,2009-12-01 10:33:00,2.95,16321.0,Australia\n"
            "489464,21733,mixed up,-96,2009-12-01 10:52:00,0.0,,United Kingdom\n"
        },
        "event_time product_id order_id quantity user_id title price",
        [
            ("2009-12-01 07:45", "85048", "489434", 12, "13085", "CHRISTMAS LIGHTS", "6.95"),
            ("2009-12-01 10:33", "22087", "C489449", -12, "16321", "PAPER BUNTING", "2.95"),
            ("2009-12-01 10:52", "21733", "489464", -96, "order 489464", "mixed up", "0.00"),
        ],
    ),
    "tmall": (
        {
            "user_log_format1.csv": "user_id,item_id,cat_id,seller_id,brand_id,time_stamp,"
            "action_type\n"
            "328862,323294,833,2882,2661,0829,0\n"
            "328862,323294,833,2882,,829,1\n"
            "328862,844400,1271,2882,2661,1111,2\n"
            "234512,844400,1271,2882,2661,1111,3\n"
        },
        "event_time event_type product_id user_id category_id brand",
        [
            ("2014-08-28 16:00", "cart", 323294, 328862, 833, None),  # midnight in Shanghai
            ("2014-08-28 16:00", "view", 323294, 328862, 833, "2661"),
            ("2014-11-10 16:00", "favorite", 844400, 234512, 1271, "2661"),
            ("2014-11-10 16:00", "purchase", 844400, 328862, 1271, "2661"),
        ],
    ),
    "ga4": (
        {
            "events.csv": "event_date,event_timestamp,event_name,user_pseudo_id,ga_session_id,"
            "transaction_id,item_id,item_name,item_category,price,quantity\n"
            "2021,1612069510766593,page_view,10.42,6610,(not set),,,,,\n"
            "2021,1612069511766593,view_item,10.42,6610,(not set),G-1,Mug,Home,15,\n"
            "2021,1612069512766593,my_event,10.42,6610,,,,,,\n"
            "2021,1612069513766593,purchase,10.42,6610,T-9,G-1,Mug,Home,15,2\n"
        },
        "event_time event_type product_id user_id session order_id quantity price",
        [
            ("2021-01-31 05:05:10.766593", "ignore", None, "10.42", "6610", None, None, None),
            ("2021-01-31 05:05:11.766593", "view", "G-1", "10.42", "6610", None, None, "15.00"),
            ("2021-01-31 05:05:12.766593", "ignore", None, "10.42", "6610", None, None, None),
            ("2021-01-31 05:05:13.766593", "purchase", "G-1", "10.42", "6610", "T-9", 2, "15.00"),
        ],
    ),
    "baskets": (
        {"groceries.csv": 'citrus fruit,"bread, white",margarine\nyogurt\n'},
        "event_time event_type order_id product_id user_id",
        [
            ("2000-01-01", "purchase", 1, "bread, white", 1),
            ("2000-01-01", "purchase", 1, "citrus fruit", 1),
            ("2000-01-01", "purchase", 1, "margarine", 1),
            ("2000-01-01", "purchase", 2, "yogurt", 2),
        ],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def backend():
    return engine.connect()


def taken_in(backend, folder, mapping, texts):
    """The rows that come out, their event types ours, and the rejects."""
    paths = [str(write(folder, name, text)) for name, text in texts.items()]
    found = files.find(paths, Mapping.model_validate(mapping))
    raw = read(backend, found, progress=lambda _: None)
    rows = raw.rows.to_pandas()
    types = [found.schema.event_types.get(name, name) for name in rows["event_type"]]
    return rows.assign(event_type=types), raw.rejects


def plain(value):
    """A value of a table, as it is written by hand."""
    if pd.isna(value):
        return None
    if isinstance(value, Decimal):
        return str(value)
    return int(value) if isinstance(value, float) else value


def as_told(rows, columns):
    """Rows as tuples of plain values, in order of time, type and product."""
    rows = rows.assign(event_time=rows["event_time"].dt.tz_localize(None))
    rows = rows.sort_values(["event_time", "event_type", "product_id"], kind="stable")
    return [tuple(map(plain, row)) for row in rows[columns].itertuples(index=False)]


@pytest.mark.parametrize("name", CASES)
def test_a_published_file_comes_in_by_its_name(backend, tmp_path, name):
    texts, columns, expected = CASES[name]
    columns = columns.split()
    rows, rejects = taken_in(backend, tmp_path, name, texts)
    assert rejects.empty, rejects.to_dict("records")
    assert as_told(rows, columns) == [(pd.Timestamp(time), *rest) for time, *rest in expected]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("cosmetics", {("set aside", "price below zero"): 1, ("events studied", ""): 1}),
        (
            "ga4",
            {("set aside", "event type ignored by the mapping"): 2, ("events studied", ""): 2},
        ),
        ("yoochoose", {("cannot be read", "no valid event_time"): 2, ("events studied", ""): 4}),
    ],
)
def test_the_ledger_adds_up_over_all_shapes_of_file(backend, tmp_path, name, lines):
    texts = dict(CASES[name][0])
    if name == "yoochoose":
        texts = {
            file: f"{text}7,soon,1,1{',1' * ('buys' in file)}\n" for file, text in texts.items()
        }
    paths = [str(write(tmp_path, file, text)) for file, text in texts.items()]
    found = files.find(paths, Mapping.model_validate(name))
    raw = read(backend, found, progress=lambda _: None)
    rows = build.prepare(found, raw, params.section("sampling"), seed=1)
    studied = build.store(rows)[0].count().execute()
    table = ledger.ledger(raw, rows.fates, studied).set_index(["item", "reason"])["rows"]
    assert table[table > 0].drop(("rows in the files", "")).to_dict() == lines


def test_a_file_of_no_shape_is_refused_with_what_each_lacks(tmp_path):
    file = write(tmp_path, "other.csv", "a,b\n1,2\n")
    with pytest.raises(InputError, match=r"other\.csv: no shape of Yoochoose is of such a name"):
        files.find(str(file), Mapping.model_validate("yoochoose"))
    with pytest.raises(InputError, match=r"(?s)not there \(event_time.*header names 9 columns"):
        files.find(str(file), Mapping.model_validate("rees46"))


def test_an_event_name_with_two_meanings_is_refused(tmp_path):
    columns = {"event_time": "t", "event_type": "e", "product_id": "p", "user_id": "u"}
    mapping = {
        "columns": columns,
        "event_types": {"x": "view"},
        "files": "a*",
        "parts": [{"files": "b*", "event_types": {"x": "cart"}}],
    }
    paths = [str(write(tmp_path, f"{name}.csv", "t,e,p,u\n")) for name in "ab"]
    with pytest.raises(InputError, match="'x' means view in one shape of own shop and cart in"):
        files.find(paths, Mapping.model_validate(mapping))


def test_each_mapping_with_a_name_has_its_case_and_its_place_in_the_readme():
    readme = (ROOT / "data/README.md").read_text()
    assert known.names() == sorted(CASES)
    assert [name for name in known.names() if f"`{name}`" not in readme] == []
