"""The simulated shop may write as Taobao does, and the pipeline takes it for that."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shopsim import __main__ as stage
from shopsim import shop, taobao
from shopsim.stock import stock
from shopsim.world import World
from trackway import engine
from trackway.tables import events, sessions
from trackway.tables.sources import files, read

WORLD = World(seed=20240301, events=60_000, days=9, shape="taobao")
NAMES = ["user_id", "product_id", "category_id", "behavior", "seconds"]
FIRST, LAST = (pd.Timestamp(f"2017-{day}", tz="Asia/Shanghai") for day in ("11-25", "12-03"))


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A checkout in which the demo is of Taobao's shape."""
    root = tmp_path_factory.mktemp("checkout")
    (root / "data/raw").mkdir(parents=True)
    shop.make(WORLD, root / "data/raw/demo")
    return root


@pytest.fixture(scope="module")
def rows(root) -> pd.DataFrame:
    """All whole rows, and the day in Beijing."""
    rows = pd.read_csv(root / "data/raw/demo/UserBehavior.csv", names=NAMES).dropna()
    times = pd.to_datetime(rows["seconds"], unit="s", utc=True)
    return rows.assign(day=times.dt.tz_convert("Asia/Shanghai").dt.normalize())


def test_it_is_one_file_without_a_header_and_torn_at_the_end(root):
    (file,) = (root / "data/raw/demo").glob("*.csv")
    *lines, torn = file.read_text().splitlines()
    line = re.compile(r"\d{9},\d{6,8},\d{19},(pv|fav|cart|buy),\d{10}")
    assert file.name == "UserBehavior.csv"
    assert [text for text in lines if not line.fullmatch(text)] == []
    assert torn.count(",") < 4


def test_its_size_is_about_the_one_asked_for(rows):
    assert len(rows) == pytest.approx(WORLD.events, rel=0.1)


def test_each_users_rows_stand_together(rows):
    assert (rows["user_id"].diff() != 0).sum() == rows["user_id"].nunique()


def test_it_lasts_the_nine_beijing_days_of_the_official_window(rows):
    inside = rows["day"].between(FIRST, LAST)
    assert rows["day"][inside].nunique() == 9
    assert 1e-4 < (~inside).mean() < 1e-3


def test_a_few_views_are_marked_as_favourites_appealing_ones_oftener(rows):
    catalogue = stock(WORLD)
    appeal = pd.Series(catalogue.appeal, catalogue.product_id)
    marked, viewed = (appeal[rows.loc[rows["behavior"] == b, "product_id"]] for b in ("fav", "pv"))
    assert len(marked) / len(viewed) == pytest.approx(taobao.MARKED, rel=0.15)
    assert marked.mean() > viewed.mean() + 0.03


def test_the_pipeline_takes_it_for_taobaos(root, rows, monkeypatch):
    monkeypatch.setattr(files, "ROOT", root)
    found = files.find(None, None)
    assert (found.schema.name, found.simulated) == ("taobao", True)
    raw = read.read(engine.connect(), found, progress=lambda _: None)
    assert int(raw.rows.count().execute()) == len(rows)
    assert len(raw.rejects) == 1


def test_the_truth_joins_to_the_sessions_that_are_cut_at_a_gap(root, monkeypatch):
    """Two visits of one user within half an hour are one there; what pauses longer is two."""
    monkeypatch.setattr(files, "ROOT", root)
    found = files.find(None, None)
    raw = read.read(engine.connect(), found, progress=lambda _: None)
    rows = events.canonical(raw.rows, found.schema)
    inside = rows.filter(rows.event_time.between(FIRST, LAST + pd.Timedelta("1D")))
    gap = pd.Timedelta("30min")
    cut = sessions.table(sessions.number(engine.store(inside), gap, from_source=False), gap)
    seen = cut.select("user_id", "started").to_pandas()
    told = pd.read_parquet(root / "data/raw/demo/truth/sessions.parquet")
    joined = seen.merge(told, on=["user_id", "started"], how="left", indicator=True)
    assert joined["_merge"].eq("both").mean() > 0.98


def test_it_has_nine_days_however_many_are_asked_for(tmp_path, monkeypatch):
    demo = stage.params.section("demo")
    wanted = {"events": 2000, "days": 60, "shape": "taobao"}
    shared = stage.params.section("shared")
    sections = {"demo": demo.model_copy(update=wanted), "shared": shared}
    monkeypatch.setattr(stage.params, "section", sections.__getitem__)
    stage.main(["--to", str(tmp_path / "demo")])
    dates = pd.read_parquet(tmp_path / "demo/truth/dates.parquet").set_index("what")
    assert dates.loc["data", "ends"] - dates.loc["data", "begins"] == pd.Timedelta("9D")


def test_without_noise_no_row_lies_outside(tmp_path):
    clean = World(seed=1, events=5000, days=9, shape="taobao", noise=False)
    shop.make(clean, tmp_path / "demo")
    seconds = pd.read_csv(tmp_path / "demo/UserBehavior.csv", names=NAMES)["seconds"]
    start = int(clean.start.astype("M8[s]").astype(np.int64))
    assert seconds.between(start, start + clean.end_s, inclusive="left").all()
