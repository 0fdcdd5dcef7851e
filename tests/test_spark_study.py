"""The notebooks run on Spark, and leave what they leave on DuckDB."""

import subprocess

import cluster as clusters
import pandas as pd
import pytest
from equality import assert_equal
from test_pipeline import Checkout, copy

pytest.importorskip("pyspark", reason="pip install -r requirements-spark.txt")

pytestmark = pytest.mark.slow
SMALL = {"demo": {"events": 6000}}
ON_SPARK = {"engine": {"name": "spark", "memory": "1GB", "settings": clusters.SETTINGS}}
TABLES = ["interim/events", "interim/sessions", "interim/rejects", "processed/customers"]
LEFT = ["reports/tables/sampling", "reports/tables/rfm", "reports/metrics"]


def run(checkout: Checkout, *command: str) -> None:
    result = checkout.run(*command)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The first and the third notebook on DuckDB."""
    checkout = copy(tmp_path_factory.mktemp("duckdb"))
    checkout.set(**SMALL)
    run(checkout, "python", "-m", "trackway.demo")
    for notebook in ["01_sampling", "03_rfm"]:
        run(checkout, "python", "-m", "trackway.run", notebook)
    return checkout


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """The same on Spark: the first submitted to a cluster, the third on this machine."""
    checkout = copy(tmp_path_factory.mktemp("spark"))
    checkout.set(**SMALL, **ON_SPARK)
    run(checkout, "python", "-m", "trackway.demo")
    cluster = clusters.start(tmp_path_factory.mktemp("cluster"))
    try:
        submit = [str(clusters.SPARK / "bin" / "spark-submit"), "--master", cluster.master]
        small = ["--driver-memory", "600m", "--executor-memory", "600m"]
        run(checkout, *submit, *small, "src/submit.py", "01_sampling")
        assert "Registered app trackway" in (cluster.folder / "master.log").read_text()
    finally:
        clusters.stop(cluster)
    run(checkout, "python", "-m", "trackway.run", "03_rfm")
    return checkout


@pytest.mark.parametrize("table", TABLES)
def test_its_tables_hold_the_same_values(table, here, there):
    mine, other = (pd.read_parquet(c.root / "data" / f"{table}.parquet") for c in (here, there))
    assert_equal(mine, other)


def test_its_reports_show_the_same_numbers(here, there):
    mine, other = here.hashes(*LEFT), there.hashes(*LEFT)
    assert mine == other


def test_what_java_says_is_in_no_notebook(there):
    for notebook in (there.root / "reports" / "notebooks").glob("*.ipynb"):
        assert "WARN" not in notebook.read_text()


def test_an_unreachable_cluster_is_named(here):
    here.set(engine=ON_SPARK["engine"] | {"master": "sparc://nowhere"})
    result = here.run("python", "-m", "trackway.run", "03_rfm")
    assert isinstance(result, subprocess.CompletedProcess)
    assert result.returncode == 1
    assert "Spark does not start on sparc://nowhere" in result.stdout
