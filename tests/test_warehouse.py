"""PostgreSQL gives what DuckDB gives, and keeps the study's tables in a schema of its own."""

import dataclasses
from pathlib import Path

import postgres
import pytest
from definitions import DEFINITIONS
from equality import ENGINE, TABLES, answer, assert_equal, studied

pytest.importorskip("psycopg", reason="pip install -r requirements-postgres.txt")
from shopsim import shop
from shopsim.world import World
from trackway import engine
from trackway.core.errors import InputError
from trackway.engine import warehouse
from trackway.rfm import data as rfm
from trackway.tables import events, sessions

CHOSEN = ENGINE.model_copy(update={"name": "warehouse", "tables": "study"})


@pytest.fixture
def chosen(monkeypatch):
    """The parameters name a warehouse, and its schema `study`."""
    for module in [engine, warehouse]:
        monkeypatch.setattr(module, "section", lambda _: CHOSEN)


@pytest.fixture(scope="module")
def backend():
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    server = postgres.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(warehouse.URL, server.url)
        connected = warehouse.connect(CHOSEN)
    connected.create_database("study")
    yield connected
    connected.disconnect()
    postgres.stop(server)


@pytest.fixture(scope="module")
def both(backend, tmp_path_factory):
    """A simulated shop on DuckDB and in PostgreSQL."""
    folder = tmp_path_factory.mktemp("shop")
    shop.make(World(seed=7, events=3000, days=20), folder / "shop")
    here = studied(f"{folder}/shop/*.csv")
    there = {n: backend.create_table(n, getattr(here, n).to_pyarrow()) for n in TABLES}
    return here, dataclasses.replace(here, **there)


@pytest.mark.slow
@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_postgres_gives_what_duckdb_gives(definition, both):
    here, there = both
    assert_equal(answer(definition, here), answer(definition, there))


@pytest.mark.slow
@pytest.mark.usefixtures("chosen")
def test_a_step_reads_and_leaves_its_tables_in_the_warehouse(backend, both):
    here, there = both
    visits = sessions.cut(there.kept, there.gap, True, engine.store)
    visits = events.with_catalogue(visits, there.filled_catalogue)
    twice = visits.union(visits)
    engine.write(
        twice, "interim/events", sessions.ORDER, "event_id", distinct=True, unwritten=["tie"]
    )
    left = engine.read(backend, "interim/events").order_by("event_id").to_pandas()
    assert_equal(here.events.order_by("event_id").to_pandas(), left)
    users = engine.store(rfm.users(engine.read(backend, "interim/events"), there.end, True))
    engine.write(users, "processed/users", order_by=["user_id"])
    kept = engine.read(backend, "processed/users").order_by("user_id").to_pandas()
    assert_equal(here.users.order_by("user_id").to_pandas(), kept)
    assert {"events", "users"} <= set(backend.list_tables(database="study"))


@pytest.mark.slow
@pytest.mark.usefixtures("chosen")
def test_a_table_that_is_not_there_is_named(backend):
    with pytest.raises(InputError, match="no table 'nowhere' in the schema 'study'"):
        engine.read(backend, "interim/nowhere")


@pytest.mark.slow
@pytest.mark.usefixtures("chosen")
def test_a_warehouse_reads_no_files(backend):
    with pytest.raises(InputError, match="reads no files"):
        engine.read_files(backend, [Path("shop.parquet")])


def test_without_an_address_nothing_is_tried(monkeypatch):
    monkeypatch.delenv(warehouse.URL, raising=False)
    with pytest.raises(InputError, match="set TRACKWAY_WAREHOUSE in the environment"):
        warehouse.connect(CHOSEN)


def test_an_error_never_shows_the_password(monkeypatch):
    monkeypatch.setenv(warehouse.URL, "postgres://shop:secret@127.0.0.1:9/none")
    with pytest.raises(InputError, match="cannot be reached") as raised:
        warehouse.connect(CHOSEN)
    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__
