"""Spark gives what DuckDB gives, for every table there is."""

import pytest
from definitions import DEFINITIONS
from equality import PARAMS, answer, assert_equal, moved, studied, written

from trackway.demo import shop
from trackway.demo.world import World

pytest.importorskip("pyspark", reason="pip install -r requirements-spark.txt")
from trackway.engine import spark

pytestmark = pytest.mark.slow
QUICK = {"spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}  # small data, a short life
LOCAL = PARAMS["engine"] | {"name": "spark", "memory": "2GB", "settings": QUICK}
DATA_SETS = ["a simulated shop", "rees46/2019-Oct-head.csv", "taobao/UserBehavior-114-users.csv"]


@pytest.fixture(scope="module")
def session():
    backend = spark.connect(LOCAL)
    yield backend
    backend.disconnect()


@pytest.fixture(scope="module", params=DATA_SETS)
def both(request, session, shared, tmp_path_factory):
    """One data set on DuckDB and on Spark."""
    folder = tmp_path_factory.mktemp("tables")
    if request.param == DATA_SETS[0]:
        shop.make(World(seed=7, events=3000, days=20), folder / "shop")
        here = studied(f"{folder}/shop/*.csv")
    else:
        here = studied(str(shared(request.param)))
    return here, moved(here, session, written(here, folder))


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_spark_gives_what_duckdb_gives(definition, both):
    here, there = both
    assert_equal(answer(definition, here), answer(definition, there))
