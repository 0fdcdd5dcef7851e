"""A real cluster gives what one machine gives, and a worker that is killed changes nothing."""

import threading
import time

import cluster as clusters
import pytest
from definitions import DEFINITIONS
from equality import ENGINE, answer, assert_equal, moved, studied, written

pytest.importorskip("pyspark", reason="pip install -r requirements-spark.txt")
from shopsim import shop
from shopsim.world import World
from trackway import engine
from trackway.engine import spark
from trackway.tables import events, sessions

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    started = clusters.start(tmp_path_factory.mktemp("cluster"))
    yield started
    clusters.stop(started)


@pytest.fixture(scope="module")
def session(cluster):
    chosen = {"name": "spark", "master": cluster.master, "memory": "600MB"}
    chosen["settings"] = clusters.SETTINGS
    backend = spark.connect(ENGINE.model_copy(update=chosen))
    yield backend
    backend.disconnect()


@pytest.fixture(scope="module")
def both(session, tmp_path_factory):
    """A simulated shop on DuckDB and on the cluster."""
    folder = tmp_path_factory.mktemp("tables")
    shop.make(World(seed=8, events=3000, days=20), folder / "shop")
    here = studied(f"{folder}/shop/*.csv")
    return here, moved(here, session, written(here, folder))


def test_two_workers_compute(session):
    status = session.session.sparkContext._jsc.sc().getExecutorMemoryStatus
    until = time.monotonic() + clusters.STARTS_S
    while status().size() < 1 + 2 and time.monotonic() < until:  # the driver is one of them
        time.sleep(0.1)
    assert status().size() == 1 + 2


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_a_cluster_gives_what_duckdb_gives(definition, both):
    here, there = both
    assert_equal(answer(definition, here), answer(definition, there))


def test_a_worker_killed_between_two_steps_changes_nothing(cluster, session, both):
    """What it held of a stored table is computed again."""
    here, there = both
    stored = engine.store(
        sessions.number(there.kept, there.gap, from_source=True, known=there.filled_catalogue)
    )
    assert stored.count().execute() == here.events.count().execute()
    clusters.add(cluster, "spare")
    cluster.kill("one")
    kept = stored.order_by("event_id").to_pandas()
    assert_equal(here.events.order_by("event_id").to_pandas(), kept)


def test_a_worker_killed_at_work_changes_nothing(cluster, session, both):
    """It dies while its tasks run, and others do them again."""
    here, there = both
    for name, value in clusters.AS_USED.items():  # many rows
        session.session.conf.set(name, value)
    killed = threading.Thread(target=_kill_at_work, args=(cluster, session, "two"))
    killed.start()
    # some thousand copies of the rows, so that there is work to be killed at
    many = there.events.cross_join(_numbers(session, 2000)).mutate(
        hashed=events.in_sample(there.events.user_id, 0.5, 1)
    )
    counted = many.group_by("user_id").agg(n=many.count(), hashed=many.hashed.any())
    got = counted.order_by("user_id").to_pandas()
    killed.join()
    assert "two" not in cluster.processes, "it was killed before the end"
    assert spark.LOG.read_text().count("Lost executor") >= 2, "Spark has noticed, twice by now"
    expected = here.events.group_by("user_id").agg(
        n=here.events.count() * 2000,
        hashed=events.in_sample(here.events.user_id, 0.5, 1).any(),
    )
    assert_equal(expected.order_by("user_id").to_pandas(), got)


def _numbers(session, n: int):
    return session.view(session.session.range(n).withColumnRenamed("id", "copy"))


def _kill_at_work(cluster, session, name: str) -> None:
    """Kill the worker as soon as tasks of a job run that has run some already."""
    tracker = session.session.sparkContext.statusTracker()
    until = time.monotonic() + 120
    while time.monotonic() < until:
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        if any(stage and stage.numActiveTasks for stage in stages):
            cluster.kill(name)
            return
        time.sleep(0.02)
