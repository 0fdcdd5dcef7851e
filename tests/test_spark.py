"""Spark gives what DuckDB gives, for every table there is."""

import cluster as clusters
import ibis
import pyarrow.parquet as pq
import pytest
from definitions import DEFINITIONS
from equality import ENGINE, answer, assert_equal, moved, studied, written

pytest.importorskip("pyspark", reason="pip install -r requirements-spark.txt")
from shopsim import shop
from shopsim.world import World
from trackway import engine, params
from trackway.core.errors import InputError
from trackway.engine import embedded, spark
from trackway.params.sampling import Mapping
from trackway.rules import baskets, data, itemsets, mllib
from trackway.rules.thresholds import Thresholds
from trackway.tables.events import rank
from trackway.tables.sources import files, read
from trackway.tables.sources.schemas import ORDERS, TYPES

pytestmark = pytest.mark.slow
QUICK = clusters.PARTS | {"spark.driver.extraJavaOptions": f"{clusters.QUICK} -Xmn700m"}
LOCAL = ENGINE.model_copy(update={"name": "spark", "memory": "2GB", "settings": QUICK})
DATA_SETS = ["a simulated shop", "rees46/2019-Oct-head.csv", "taobao/UserBehavior-114-users.csv"]


@pytest.fixture(scope="module")
def session():
    backend = spark.connect(LOCAL)
    yield backend
    backend.disconnect()


@pytest.fixture(scope="module", params=DATA_SETS)
def both(request, session, shared, tmp_path_factory):
    """One data set on DuckDB and on Spark: a shop as users ask it, real files the light way."""
    folder = tmp_path_factory.mktemp("tables")
    simulated = request.param == DATA_SETS[0]
    for name, value in (clusters.AS_USED if simulated else clusters.LIGHT).items():
        session.session.conf.set(name, value)
    if simulated:
        shop.make(World(seed=7, events=3000, days=20), folder / "shop")
        here = studied(f"{folder}/shop/*.csv")
    else:
        here = studied(str(shared(request.param)))
    return here, moved(here, session, written(here, folder))


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_spark_gives_what_duckdb_gives(definition, both):
    here, there = both
    assert_equal(answer(definition, here), answer(definition, there))


@pytest.fixture
def chosen(monkeypatch):
    """Parameters of the engine, Spark's."""

    def choose(**more):
        for module in [engine, spark]:
            monkeypatch.setattr(module, "section", lambda _: LOCAL.model_copy(update=more))

    choose()
    return choose


@pytest.fixture
def in_parts(both, session):
    """Rows in several parts; to an adaptive Spark one is enough for so few."""
    name = "spark.sql.adaptive.enabled"
    before = session.session.conf.get(name)
    session.session.conf.set(name, False)
    yield
    session.session.conf.set(name, before)


def test_a_file_written_by_spark_is_duckdbs_but_for_its_bytes(both, session, chosen, tmp_path):
    here, there = both
    for tables, name in [(here, "duckdb"), (there, "spark")]:
        part = embedded if name == "duckdb" else spark
        part.write(tables.events, tmp_path / f"{name}.parquet", ["event_id"])
    mine, other = (pq.read_table(tmp_path / f"{name}.parquet") for name in ["duckdb", "spark"])
    assert mine.schema.names == other.schema.names
    assert mine.schema.types == other.schema.types
    assert mine.columns == other.columns


def test_rows_are_numbered_as_they_are_written(both, in_parts, chosen, tmp_path):
    """Over several parts, with an order that is an expression: as DuckDB numbers them."""
    here, there = both
    order = [ibis.desc(rank(ibis._.event_type)), "event_id"]
    for tables, part in [(here, embedded), (there, spark)]:
        place = tmp_path / f"{part.__name__}.parquet"
        part.write(tables.events, place, order, "number", unwritten=["event_id"])
    mine, other = (pq.read_table(file) for file in sorted(tmp_path.glob("*.parquet")))
    assert mine["number"].to_pylist() == list(range(len(mine)))
    assert mine.column_names == other.column_names
    assert "event_id" not in mine.column_names
    assert mine.columns == other.columns


def test_rows_logged_twice_are_written_once(both, in_parts, chosen, tmp_path):
    for tables, part in zip(both, [embedded, spark], strict=True):
        twice = tables.events.union(tables.events.limit(100)).drop("event_id")
        order = [name for name in twice.columns if name != "user_id"]
        part.write(twice, tmp_path / f"{part.__name__}.parquet", order, "number", distinct=True)
    mine, other = (pq.read_table(file) for file in sorted(tmp_path.glob("*.parquet")))
    assert 0 < len(mine) <= both[0].events.count().execute()
    assert mine["number"].to_pylist() == list(range(len(mine)))
    assert mine.columns == other.columns


def test_whatever_duckdb_writes_is_read(session, tmp_path):
    """More numbers, texts and times than a dictionary holds: each kind is written its own way."""
    rows = ibis.range(0, 30_000).unnest().name("id").as_table()
    varied = rows.mutate(
        share=rows.id / 7, text=rows.id.cast("string"), at=rows.id.as_timestamp("s")
    ).mutate(half=ibis._.id % 2 == 0)
    local = embedded.connect(ENGINE)
    varied = local.create_table("varied", varied.to_pyarrow())
    embedded.write(varied, tmp_path / "floats.parquet", ["id"])
    embedded.write(varied.drop("share"), tmp_path / "others.parquet", ["id"])
    for name in ["floats", "others"]:
        mine, other = (
            engine.read_files(backend, [tmp_path / f"{name}.parquet"]).order_by("id").to_pandas()
            for backend in [local, session]
        )
        assert_equal(mine, other)


def test_events_partitioned_by_day_are_the_same_events(both, session, chosen, tmp_path):
    here, there = both
    chosen(partition="day")
    place = tmp_path / "events.parquet"
    spark.write(there.events, place, ["event_id"])
    assert len(list(place.glob("event_day=*"))) == here.events.event_time.date().nunique().execute()
    expected = here.events.order_by("event_id").to_pandas()
    for backend in [session, embedded.connect(ENGINE)]:
        again = engine.read_files(backend, [place]).order_by("event_id").to_pandas()
        assert_equal(expected, again)


def test_tables_may_lie_at_any_place_that_spark_reads(both, session, in_parts, chosen, tmp_path):
    here, there = both
    chosen(tables=tmp_path.as_uri())
    for _ in range(2):  # the second replaces the first
        engine.write(there.sessions, "interim/sessions", ["session_id"])
    again = engine.read(session, "interim/sessions").order_by("session_id").to_pandas()
    assert_equal(here.sessions.order_by("session_id").to_pandas(), again)
    parts = sorted((tmp_path / "interim/sessions.parquet").glob("part-*.parquet"))
    assert len(parts) > 1
    ids = [number for part in parts for number in pq.read_table(part)["session_id"].to_pylist()]
    assert ids == again["session_id"].tolist(), "in order by the names of the files"


RAW = ["user_id", "event_time", "product_id", "event_type", "price", "session", "brand"]
MAPPED = Mapping(  # the columns of our own vocabulary, of whatever source
    columns={name: name for name in TYPES if name not in ORDERS},
    event_types={"view": "view", "cart": "cart", "purchase": "purchase", "pv": "view"},
)


def test_spark_reads_raw_parquet_where_it_lies(both, session, chosen, tmp_path):
    """A folder by day, named by a URI: the rows and the rejects that DuckDB finds in a file."""
    here, _ = both
    rows = here.raw.mutate(
        user_id=(here.raw.product_id % 100 > 0).ifelse(here.raw.user_id, None),
        day=here.raw.event_time.date().cast("string"),
    ).to_pyarrow()
    pq.write_table(rows, tmp_path / "raw.parquet")
    pq.write_to_dataset(rows, tmp_path / "raw", partition_cols=["day"])
    read_by = {}
    for backend, place in [
        (embedded.connect(ENGINE), str(tmp_path / "raw.parquet")),
        (session, (tmp_path / "raw").as_uri()),
    ]:
        found = files.find(place, MAPPED)
        read_by[backend.name] = read.read(backend, found, progress=lambda _: None)
    mine, other = read_by["duckdb"], read_by["pyspark"]
    assert len(mine.rejects) > 10
    assert mine.rejects["reason"].value_counts().equals(other.rejects["reason"].value_counts())
    in_order = [raw.rows.to_pandas().sort_values(RAW, ignore_index=True) for raw in (mine, other)]
    assert_equal(in_order[0], in_order[1][in_order[0].columns])


def test_a_place_that_is_not_there_is_named(session, chosen):
    with pytest.raises(InputError, match="Spark cannot read file:///nowhere as Parquet"):
        files.find("file:///nowhere", None)


def test_rules_mined_by_spark_are_those_of_one_machine(both):
    _, there = both
    for kind in data.KINDS:
        thresholds = Thresholds.of(params.section("rules"), kind)
        filled = data.items(there.events, kind, "category")
        gathered = baskets.gather(filled, thresholds)
        mined = itemsets.mine(gathered, thresholds.longest_itemset)
        assert mllib.mine(filled, gathered, 3, thresholds.longest_basket) == mined
        assert thresholds.longest_itemset == 3
