"""The simulated shop looks like a real one, is the same each time, and says what is true of it."""

import functools
import re
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from shopsim import __main__ as stage
from shopsim import choice, files, people, rees46, shop, steps, visits, walk
from shopsim.calendar import Calendar
from shopsim.stock import stock
from shopsim.world import DAY_S, SHAPES, Effects, World
from trackway.core import paths
from trackway.sampling.truth import MARGINALS, Marginal

SEED = 20240301
TIMEZONE = SHAPES["rees46"].timezone
SMALL = World(seed=SEED, events=20_000)
CLEAN = World(seed=SEED, events=60_000, noise=False)


def read(folder: Path) -> pd.DataFrame:
    """All whole rows, in the files' order."""
    months = [pd.read_csv(file) for file in sorted(folder.glob("*.csv"))]
    rows = pd.concat(months, ignore_index=True).dropna(subset=["user_session"])
    rows = rows[rows["user_session"].str.len() == 36]
    return rows.assign(
        event_time=pd.to_datetime(rows["event_time"], format="%Y-%m-%d %H:%M:%S UTC", utc=True)
    )


def truth(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(folder / "truth" / f"{name}.parquet")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.fixture(scope="module")
def default(tmp_path_factory) -> Path:
    """The demo as `params.yaml` has it by default, all effects on."""
    folder = tmp_path_factory.mktemp("default") / "demo"
    shop.make(World(seed=SEED), folder)
    return folder


@pytest.fixture(scope="module")
def rows(default) -> pd.DataFrame:
    return read(default)


@pytest.fixture(scope="module")
def sessions(rows) -> pd.DataFrame:
    """One row per session id, its rows without their copies."""
    marked = rows.drop_duplicates().assign(
        cart=lambda r: r["event_time"].where(r["event_type"] == "cart"),
        bought=lambda r: r["event_type"] == "purchase",
    )
    marked["first_cart"] = marked.groupby("user_session")["cart"].transform("min")
    marked["no_cart"] = marked["bought"] & ~(marked["first_cart"] <= marked["event_time"])
    return marked.groupby("user_session").agg(
        n=("bought", "size"), purchases=("bought", "sum"), no_cart=("no_cart", "sum")
    )


# What the files look like


def test_its_files_are_a_real_shops_months(default):
    assert sorted(f.name for f in default.glob("*.csv")) == ["2024-01.csv", "2024-02.csv"]
    line = re.compile(
        r"2024-0[12]-\d\d \d\d:\d\d:\d\d UTC,(view|cart|remove_from_cart|purchase),\d{6,8},\d{19},"
        r"[a-z_.]*,[a-z]*,\d+\.\d\d,\d{9},[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    )
    for name in ("2024-01", "2024-02"):
        header, *lines = (default / f"{name}.csv").read_text().splitlines()
        whole = lines if name == "2024-01" else lines[:-1]
        assert header == ",".join(rees46.COLUMNS)
        assert [text for text in whole if not line.fullmatch(text)] == []
        assert all(text.startswith(name) for text in whole)


def test_only_the_last_line_of_the_last_file_is_torn(default):
    first, last = ((default / f"2024-{month}.csv").read_bytes() for month in ("01", "02"))
    assert first.endswith(b"\n")
    assert not last.endswith(b"\n")
    assert last.splitlines()[-1].count(b",") == 7


def measured(rows: pd.DataFrame, sessions: pd.DataFrame) -> dict[str, float]:
    types = 100 * rows["event_type"].value_counts(normalize=True)
    buying = sessions[sessions["purchases"] > 0]
    quantiles = sessions["n"].quantile([0.5, 0.9, 0.99]).tolist()
    return {
        "views": types["view"],
        "carts": types["cart"],
        "purchases": types["purchase"],
        "sessions_that_buy": 100 * len(buying) / len(sessions),
        "purchases_without_cart": 100 * buying["no_cart"].sum() / buying["purchases"].sum(),
        "items_a_basket": buying["purchases"].mean(),
        **dict(
            zip(["session_length_" + q for q in ("median", "p90", "p99")], quantiles, strict=True)
        ),
        "brand_missing": 100 * rows["brand"].isna().mean(),
        "category_code_missing": 100 * rows["category_code"].isna().mean(),
    }


@pytest.mark.parametrize("marginal", MARGINALS, ids=lambda m: m.name)
def test_its_marginals_are_near_the_published_ones(marginal: Marginal, rows, sessions):
    ours = measured(rows, sessions)[marginal.name]
    assert ours == pytest.approx(marginal.published, abs=marginal.tolerance)


@pytest.mark.parametrize("days", [14, 60, 120])
def test_its_size_is_about_the_one_asked_for(days, tmp_path):
    shop.make(World(seed=SEED, events=40_000, days=days), tmp_path / "demo")
    assert len(read(tmp_path / "demo")) == pytest.approx(40_000, rel=0.1)


def test_the_smallest_shop_that_may_be_asked_for_is_one(tmp_path):
    shop.make(World(seed=SEED, events=1000, days=7), tmp_path / "demo")
    assert read(tmp_path / "demo")["event_type"].eq("view").any()


# The noise of real files


def test_a_few_rows_are_exact_copies(rows):
    assert 1e-4 < rows.duplicated().mean() < 6e-4


def test_a_few_rows_are_out_of_order(rows):
    late = rows["event_time"].diff() < pd.Timedelta(0)
    assert 1e-4 < late.mean() < 6e-4


def test_a_few_prices_are_zero(rows):
    assert 5e-4 < rows["price"].eq(0).mean() < 2e-3


def test_some_rows_lack_a_brand_that_their_product_has_elsewhere(rows):
    has = rows.groupby("product_id")["brand"].transform("count") > 0
    assert 0.01 < (has & rows["brand"].isna()).mean() < 0.02


def test_a_few_session_ids_belong_to_two_users(rows):
    users = rows.groupby("user_session")["user_id"].nunique()
    assert users.max() == 2
    assert 1 <= (users == 2).sum() < 1e-3 * len(users)


def test_a_few_users_are_bots(default, rows):
    known = truth(default, "users")["user_id"]
    views = rows[~rows["user_id"].isin(known)].groupby("user_id").size()
    assert len(views) >= 2
    assert views.min() >= 100


def test_without_noise_there_is_none(tmp_path):
    shop.make(replace(SMALL, noise=False), tmp_path / "demo")
    clean = read(tmp_path / "demo")
    assert (tmp_path / "demo" / "2024-02.csv").read_bytes().endswith(b"\n")
    assert clean["event_time"].is_monotonic_increasing
    assert clean["price"].gt(0).all()
    assert clean.groupby("user_session")["user_id"].nunique().eq(1).all()
    assert clean["user_id"].isin(truth(tmp_path / "demo", "users")["user_id"]).all()


# The same each time, and never half


def test_the_same_world_is_the_same_bytes(tmp_path):
    shop.make(SMALL, tmp_path / "one")
    shop.make(SMALL, tmp_path / "two")
    shop.make(replace(SMALL, seed=1), tmp_path / "other")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(tmp_path / "one") != contents(tmp_path / "other")


def test_it_is_whole_however_many_chunks_and_spans_it_is_made_in(tmp_path, monkeypatch):
    monkeypatch.setattr(shop, "CHUNK_USERS", 500)
    monkeypatch.setattr(files, "BUCKET_EVENTS", 300)
    monkeypatch.setattr(files, "SLICE_EVENTS", 100)
    shop.make(replace(SMALL, noise=False), tmp_path / "demo")
    rows, told = read(tmp_path / "demo"), truth(tmp_path / "demo", "users")
    assert rows["event_time"].is_monotonic_increasing
    assert len(rows) == pytest.approx(SMALL.events, rel=0.15)
    assert told["user_id"].is_unique
    assert len(told) == SMALL.users


def test_a_run_that_fails_leaves_the_last_demo_as_it_was(tmp_path, monkeypatch):
    shop.make(SMALL, tmp_path / "demo")
    before = contents(tmp_path / "demo")
    monkeypatch.setattr(shop, "write", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        shop.make(replace(SMALL, seed=1), tmp_path / "demo")
    assert contents(tmp_path / "demo") == before
    assert [p.name for p in tmp_path.iterdir()] == ["demo"]


def test_what_a_killed_run_left_is_cleared_away(tmp_path):
    left = tmp_path / ".demo-in-the-making" / "new"
    left.mkdir(parents=True)
    (left / "2024-01.csv").write_text("half a")
    shop.make(SMALL, tmp_path / "demo")
    assert [p.name for p in tmp_path.iterdir()] == ["demo"]


def test_the_stage_writes_where_the_demo_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    monkeypatch.setattr(stage.stage, "running", lambda *_, **__: nullcontext())
    monkeypatch.setattr(stage.params, "section", SECTIONS.__getitem__)
    stage.main()
    assert (tmp_path / "data/raw/demo/2024-01.csv").exists()


def test_a_shop_of_any_size_is_made_without_touching_the_parameters(tmp_path, monkeypatch):
    monkeypatch.setattr(stage.params, "section", SECTIONS.__getitem__)
    stage.main(["--events", "4000", "--days", "40", "--to", str(tmp_path / "shop")])
    assert [f.name for f in sorted(tmp_path.rglob("*.csv"))] == ["2024-01.csv", "2024-02.csv"]
    assert len(read(tmp_path / "shop")) == pytest.approx(4000, rel=0.3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--events", "4000"], "say with --to where"),
        (["--events", "10", "--to", "shop"], "1000 events and 7 days at least"),
        (["--days", "6", "--to", "shop"], "1000 events and 7 days at least"),
        (["--to", "."], "is there and no demo"),
    ],
)
def test_what_cannot_be_made_is_refused(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        stage.main(arguments)
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


SECTIONS = {
    "shared": stage.params.section("shared").model_copy(update={"seed": 1}),
    "demo": stage.params.section("demo").model_copy(update={"events": 2000, "days": 10}),
}


def test_events_of_one_instant_keep_the_order_they_were_made_in(tmp_path):
    events = np.zeros(5000, files.RECORD)
    events["at_s"] = np.arange(5000) * 7 % 3
    events["product"] = np.arange(5000)
    spans = files.Buckets(tmp_path, "at_s", files.spans_of_time(SMALL))
    for part in np.split(events, 5):
        spans.add(part)
    ordered = np.concatenate([found for _, found in spans])
    assert ordered["at_s"].tolist() == sorted(events["at_s"])
    for at_s in range(3):
        assert np.all(np.diff(ordered["product"][ordered["at_s"] == at_s]) > 0)


# The truth


def test_the_truth_knows_every_session_and_what_it_bought(tmp_path):
    shop.make(CLEAN, tmp_path / "demo")
    seen = read(tmp_path / "demo").assign(bought=lambda r: r["event_type"] == "purchase")
    last = seen["event_time"].max()
    seen = seen.groupby("user_session").agg(
        user_id=("user_id", "first"), bought=("bought", "sum"), ended=("event_time", "max")
    )
    told = truth(tmp_path / "demo", "sessions").set_index("user_session")
    assert told.index.is_unique
    whole = seen[seen["ended"] < last - pd.Timedelta("3h")].join(
        told.rename(columns={"user_id": "user_id_told"}), how="inner"
    )
    assert len(whole) > 0.95 * len(seen)
    assert (whole["user_id"] == whole["user_id_told"]).all()
    assert (whole["bought"] == whole["purchases"]).all()


def test_the_truth_joins_to_the_event_tables_sessions_by_user_and_start(default, rows):
    """All but what noise made: sessions of bots, and those a stranger went on with."""
    seen = rows.groupby(["user_session", "user_id"], as_index=False)["event_time"].min()
    seen = seen.rename(columns={"event_time": "started"})
    told = truth(default, "sessions")
    joined = seen.merge(told, on=["user_id", "started"], how="outer", indicator=True)
    assert not told.duplicated(["user_id", "started"]).any()
    assert joined["_merge"].eq("right_only").sum() <= 1, "the torn line may be a whole session"
    alone = joined[joined["_merge"] == "left_only"]
    assert len(alone) < 1e-3 * len(seen)
    strangers = alone["user_session_x"].isin(told["user_session"])
    bots = ~alone["user_id"].isin(truth(default, "users")["user_id"])
    cut = alone["started"] < rows["event_time"].min() + pd.Timedelta("1h")  # begun before the data
    assert (strangers | bots | cut).all()
    both = joined[joined["_merge"] == "both"]
    assert (both["user_session_x"] == both["user_session_y"]).all()


def test_the_truth_tells_the_kind_of_every_user_who_is_no_bot(default, rows):
    told = truth(default, "users")
    assert set(told["kind"]) == {kind.name for kind in people.KINDS}
    assert told["user_id"].is_unique
    assert rows["user_id"].isin(told["user_id"]).mean() > 0.99


def test_prices_differ_from_the_true_ones_only_where_they_are_zero(default, rows):
    priced = rows[rows["price"] > 0].merge(truth(default, "products"), on="product_id")
    sale = truth(default, "dates").set_index("what").loc["sale"]
    in_sale = priced["event_time"].between(sale["begins"], sale["ends"], inclusive="left")
    drift = truth(default, "dates").set_index("what").loc["prices"]
    later = priced["event_time"] >= drift["begins"]
    before = priced["price_y"].where(~in_sale, priced["sale_price"])
    after = priced["later_price"].where(~in_sale, priced["later_sale_price"])
    true_price = before.where(~later, after)
    assert (priced["price_x"] == true_price).all()
    assert (priced["sale_price"] <= priced["price_y"]).all()


def test_the_sale_lasts_a_local_week_from_monday_to_sunday(default):
    sale = truth(default, "dates").set_index("what").loc["sale"]
    begins, ends = (sale[name].tz_convert(TIMEZONE) for name in ("begins", "ends"))
    assert (begins.day_of_week, begins.hour, ends - begins) == (0, 0, pd.Timedelta("7D"))


def test_complements_lie_across_categories_and_are_bought_together(default, rows):
    pairs = truth(default, "complements")
    category = truth(default, "products").set_index("product_id")["category_id"]
    across = category[pairs["product_id"]].to_numpy() != category[pairs["complement_id"]].to_numpy()
    assert across.all()
    together, apart = bought_together(rows, pairs)
    assert together > 0.25 * (together + apart)


def test_complements_are_seen_one_after_the_other(default, rows):
    pairs = truth(default, "complements")
    partner = dict(zip(pairs["product_id"], pairs["complement_id"], strict=True))
    partner |= {b: a for a, b in partner.items()}
    views = rows[rows["event_type"] == "view"].sort_values("event_time", kind="stable")
    after = views.groupby("user_session")["product_id"].shift(-1)
    moved = after.notna() & (after != views["product_id"]) & views["product_id"].isin(partner)
    to_partner = after[moved] == views["product_id"][moved].map(partner)
    assert 0.1 < to_partner.mean() < 0.25


def test_the_sale_brings_visits_and_purchases(default, rows):
    sale = truth(default, "dates").set_index("what").loc["sale"]
    week = (rows["event_time"] - sale["begins"]) // pd.Timedelta("7D")
    bought = rows["event_type"] == "purchase"
    for what in (rows["user_session"], rows["user_session"][bought]):
        by_week = what.groupby(week).nunique()
        assert by_week[0] > 1.2 * max(by_week[-1], by_week[1])


def test_what_is_reduced_suits_oftener():
    """The sale works through what visitors find, not by a rule of its own."""
    world = World(seed=SEED)
    catalogue, calendar = stock(world), Calendar.of(world)
    reduced = np.flatnonzero(catalogue.sale_cents < catalogue.cents)
    w = walkers(np.random.default_rng(0), 50_000)
    w.product = np.random.default_rng(1).choice(reduced, len(w))
    great = []
    for at_s in (0.0, calendar.sale_s[0]):
        w.at_s = np.full(len(w), at_s)
        found = choice.fit(np.random.default_rng(2), calendar, catalogue, w)
        great.append((found == 2).mean())
    assert great[1] - great[0] == pytest.approx(choice.REDUCED, abs=0.01)


def bought_together(rows: pd.DataFrame, pairs: pd.DataFrame) -> tuple[int, int]:
    """Baskets of two products: how many are true pairs, and how many are not."""
    bought = rows[rows["event_type"] == "purchase"][["user_session", "product_id"]]
    both = bought.drop_duplicates().merge(bought.drop_duplicates(), on="user_session")
    both = both[both["product_id_x"] < both["product_id_y"]]
    true = set(zip(pairs["product_id"], pairs["complement_id"], strict=True))
    hits = sum(p in true for p in zip(both["product_id_x"], both["product_id_y"], strict=True))
    return hits, len(both) - hits


# The model


def test_ids_are_no_twins():
    number = np.arange(200_000)
    assert len(np.unique(people.user_ids(number))) == len(number)
    assert len(np.unique(rees46.uuids(number), axis=0)) == len(number)


def walkers(rng, n) -> walk.Walkers:
    """Sessions in any state the walk can be in."""
    open_ = {"left": rng.integers(0, 4, n), "extra": np.where(rng.random(n) < 0.1, 7, -1)}
    whole = {name: rng.integers(0, 3, n) for name in ("goal", "fit", "tier", "need")}
    return walk.Walkers(
        **open_, **whole, row=np.arange(n), mode=rng.integers(0, 5, n), category=np.zeros(n, int),
        product=rng.integers(0, 9, n), best=rng.integers(-1, 9, n), bought=np.zeros(n, int),
        decided_at=np.full(n, -1), cart=rng.random(n), casual=rng.random(n), turn=rng.random(n),
        ticket=rng.random(n) < 0.5, at_s=np.zeros(n),
    )  # fmt: skip


@pytest.mark.parametrize("intent", [True, False])
@pytest.mark.parametrize("step", [0, 3])
def test_the_chances_of_the_next_step_are_chances(intent, step):
    rng = np.random.default_rng(0)
    sessions = walkers(rng, 5000)
    if not intent:
        sessions.mode = np.where(sessions.mode == walk.SATISFIED, walk.SATISFIED, walk.LOOKING)
    if step == 0:  # no session begins spent, or with a purchase behind it
        sessions.left += 1
        sessions.extra[:] = -1
        sessions.mode %= walk.SATISFIED
    p = walk.chances(World(seed=1, effects=Effects(intent=intent)), sessions, step)
    assert p.min() >= 0
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert step > 0 or not p[:, steps.LEAVE].any(), "a session has one event at least"


def test_steps_are_drawn_by_their_chances():
    rng = np.random.default_rng(0)
    p = np.tile([0.1, 0.0, 0.5, 0.0, 0.0, 0.1, 0.0, 0.1, 0.2], (100_000, 1))
    drawn = np.bincount(walk._drawn(rng, p), minlength=9) / len(p)
    np.testing.assert_allclose(drawn, p[0], atol=0.005)


def test_visits_follow_the_calendar():
    world = World(seed=SEED, effects=Effects(sale=False))
    calendar = Calendar.of(world)
    u = np.random.default_rng(0).random(200_000)
    at_s = calendar.draw(u, np.zeros(len(u)), np.full(len(u), float(world.end_s)))
    local = (world.start + at_s.astype("m8[s]")).astype("M8[s]")
    hours = pd.DatetimeIndex(local, tz="UTC").tz_convert(TIMEZONE).hour
    share = np.bincount(hours, minlength=24) / len(u)
    assert share.argmax() == 20
    assert share[20] > 10 * share[4]


def test_people_come_on_both_sides_of_the_datas_end():
    """Visits beyond the data are cut off, not crowded into the last day."""
    world = World(seed=SEED, effects=Effects(sale=False, calendar=False))
    moments = [w.at_s for w, _ in walks(world)]
    days = np.bincount((np.concatenate(moments) // DAY_S).astype(int).clip(0), minlength=60)
    assert days[50:].mean() == pytest.approx(days[5:50].mean(), rel=0.15)


def walks(world: World):
    catalogue = stock(world)
    chunk = people.arrive(world, catalogue, 0, world.users)
    return visits.sessions_of(world, Calendar.of(world), catalogue, chunk)


# What can be told early, and what cannot in the null worlds


def after_three_events(rows: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """What three events of a session show, and whether it buys afterwards."""
    rows = rows.drop_duplicates().sort_values("event_time", kind="stable")
    nth = rows.groupby("user_session").cumcount()
    buys = rows["event_type"].eq("purchase").groupby(rows["user_session"]).transform("sum")
    early = rows[nth < 3].assign(
        cart=lambda r: r["event_type"] == "cart",
        bought=lambda r: r["event_type"] == "purchase",
        left=buys[nth < 3],
        pause=lambda r: r.groupby("user_session")["event_time"].diff().dt.total_seconds(),
    )
    table = early.groupby("user_session", sort=False).agg(
        n=("cart", "size"), bought=("bought", "sum"), left=("left", "first"), carts=("cart", "sum"),
        products=("product_id", "nunique"), categories=("category_id", "nunique"),
        price=("price", "mean"), pause=("pause", "max"), began=("event_time", "min"),
    )  # fmt: skip
    table = table[(table["n"] == 3) & (table["bought"] == 0)].sort_values("began")
    return table[["carts", "products", "categories", "price", "pause"]], table["left"].gt(0)


def early_auc(rows: pd.DataFrame) -> tuple[float, float]:
    """AUC after three events, on the last 30 % of the sessions, and its standard error."""
    x, y = after_three_events(rows)
    cut = int(0.7 * len(x))
    model = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=8, random_state=0)
    score = model.fit(x[:cut], y[:cut]).predict_proba(x[cut:])[:, 1]
    return roc_auc_score(y[cut:], score), 0.29 / np.sqrt(y[cut:].sum())


@pytest.mark.slow
def test_a_purchase_can_be_told_early_but_not_well(rows):
    auc, _ = early_auc(rows)
    assert 0.6 < auc < 0.78


@pytest.fixture(scope="module")
def null(tmp_path_factory):
    """Folder and rows of a world without one or more effects, by their names."""

    @functools.cache
    def make(*names: str, events: int = CLEAN.events) -> tuple[Path, pd.DataFrame]:
        folder = tmp_path_factory.mktemp("-".join(names)) / "demo"
        effects = Effects(**dict.fromkeys(names, False))
        shop.make(replace(CLEAN, events=events, effects=effects), folder)
        return folder, read(folder)

    return make


@pytest.mark.slow
def test_without_intent_a_purchase_cannot_be_told(null):
    auc, error = early_auc(null("intent", events=120_000)[1])
    assert abs(auc - 0.5) < 3 * error


def test_without_calendar_all_hours_are_alike(null):
    hours = null("calendar", "sale", "drift")[1]["event_time"].dt.hour.value_counts(normalize=True)
    assert hours.max() < 1.5 * hours.min()


def test_without_sale_and_drift_prices_never_change(null):
    folder, rows = null("calendar", "sale", "drift")
    assert rows.groupby("product_id")["price"].nunique().eq(1).all()
    assert truth(folder, "dates")["what"].tolist() == ["data"]


def test_without_complements_there_are_none(null, default, rows):
    folder, alone = null("complements", "focus")
    assert truth(folder, "complements").empty
    together, _ = bought_together(alone, truth(default, "complements"))
    assert together <= 1


def test_without_kinds_all_are_of_one_whose_wants_are_the_average_ones():
    (everyone,) = people.present(World(seed=1, effects=Effects(kinds=False)))
    assert (everyone.name, everyone.share, everyone.rhythm) == ("everyone", 1.0, 0)
    for name in ("look", "compare", "serious", "again", "cart", "casual", "turn", "wants"):
        of_kinds = [getattr(kind, name) for kind in people.KINDS]
        assert min(of_kinds) < getattr(everyone, name) < max(of_kinds)


def test_without_focus_one_view_says_nothing_of_the_nexts_category(null):
    rows = null("complements", "focus")[1]
    views = rows[rows["event_type"] == "view"]
    previous = views.groupby("user_session")[["product_id", "category_id"]].shift()
    other = previous["product_id"].notna() & (previous["product_id"] != views["product_id"])
    same = (views["category_id"] == previous["category_id"])[other].mean()
    by_chance = views["category_id"].value_counts(normalize=True).pow(2).sum()
    assert same == pytest.approx(by_chance, rel=0.15)
