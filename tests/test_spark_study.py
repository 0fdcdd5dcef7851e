"""The notebooks run on Spark, submitted or not, and leave what they leave on DuckDB."""

import json
from pathlib import Path

import cluster as clusters
import pandas as pd
import pytest
from equality import assert_equal
from test_pipeline import Checkout, copy

pytest.importorskip("pyspark", reason="pip install -r requirements-spark.txt")

pytestmark = pytest.mark.slow
SMALL = {  # what is drawn again and again is drawn on the driver, whatever the engine
    "demo": {"events": 4000},
    "rfm": {"k": 3, "null_draws": 2},
    "rules": {"shuffles": 1},
}
ON_SPARK = {"engine": {"name": "spark", "memory": "1GB", "settings": clusters.SETTINGS}}
NOTEBOOKS = ["01_sampling", "02_eda", "03_rfm", "04_rules"]
LEFT = {".parquet": pd.read_parquet, ".csv": pd.read_csv}


def run(checkout: Checkout, *command: str) -> None:
    result = checkout.run(*command)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]


def left(checkout: Checkout) -> dict[str, object]:
    """What a run leaves for others to read, by the names of the files."""
    folders = ["data/interim", "data/processed", "reports/tables", "reports/metrics"]
    files = [file for folder in folders for file in sorted((checkout.root / folder).rglob("*.*"))]
    return {str(file.relative_to(checkout.root)): _read(file) for file in files}


def _read(file: Path):
    return LEFT.get(file.suffix, lambda text: json.loads(text.read_text()))(file)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The event-level notebooks on DuckDB."""
    checkout = copy(tmp_path_factory.mktemp("duckdb"))
    checkout.set(**SMALL)
    run(checkout, "python", "-m", "shopsim")
    for notebook in NOTEBOOKS:
        run(checkout, "python", "-m", "trackway.pipeline.run", notebook)
    return checkout


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """The same on Spark: the first submitted to a cluster, the others on this machine."""
    checkout = copy(tmp_path_factory.mktemp("spark"))
    checkout.set(**SMALL, **ON_SPARK)
    run(checkout, "python", "-m", "shopsim")
    cluster = clusters.start(tmp_path_factory.mktemp("cluster"))
    try:
        submit = [str(clusters.SPARK / "bin" / "spark-submit"), "--master", cluster.master]
        small = ["--driver-memory", "600m", "--executor-memory", "600m"]
        run(checkout, *submit, *small, "src/submit.py", NOTEBOOKS[0])
        assert "Registered app trackway" in (cluster.folder / "master.log").read_text()
    finally:
        clusters.stop(cluster)
    for notebook in NOTEBOOKS[1:]:
        run(checkout, "python", "-m", "trackway.pipeline.run", notebook)
    return checkout


def test_all_it_leaves_holds_the_same_values(here, there):
    mine, other = left(here), left(there)
    assert len(mine) > 20
    assert list(mine) == list(other)
    differ = [name for name in mine if not _equal(mine[name], other[name])]
    assert not differ


def _equal(one, other) -> bool:
    try:
        assert_equal(one, other)
    except AssertionError:
        return False
    return True


def test_what_java_says_is_in_no_notebook(there):
    notebooks = list((there.root / "reports" / "notebooks").glob("*.ipynb"))
    assert len(notebooks) == len(NOTEBOOKS)
    assert not [notebook.name for notebook in notebooks if "WARN" in notebook.read_text()]


def test_an_unreachable_cluster_is_named(there):
    there.set(engine=ON_SPARK["engine"] | {"master": "sparc://nowhere"})
    result = there.run("python", "-m", "trackway.pipeline.run", "03_rfm")
    assert result.returncode == 1
    assert "Spark does not start on sparc://nowhere" in result.stdout + result.stderr
