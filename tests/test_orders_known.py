"""The published digits of Online Retail, from its file through 01 to 03 and 04."""

import numpy as np
import pandas as pd
import pytest

from trackway import engine, params
from trackway.params.sampling import Mapping, Window
from trackway.rfm import data, models, scores
from trackway.rules import measures
from trackway.rules.models import mine_rules
from trackway.rules.thresholds import Thresholds, exact
from trackway.tables import build, summary
from trackway.tables.events import text_ids
from trackway.tables.sources import files, read

pytestmark = pytest.mark.slow
COLUMNS = {
    "event_time": "InvoiceDate",
    "user_id": "CustomerID",
    "product_id": "StockCode",
    "price": "UnitPrice",
    "quantity": "Quantity",
    "order_id": "InvoiceNo",
}
DAY = pd.Timedelta("1D")
SETTINGS = params.section("sampling")


@pytest.fixture(scope="module")
def retail(shared):
    return pd.read_parquet(shared("online_retail/online_retail.parquet"))


def studied(lines: pd.DataFrame, folder, start: str | None = None, **columns):
    """The tables of order lines, read from a file of them; and what became of every row."""
    lines.to_parquet(folder / "lines.parquet", index=False)
    said = {"columns": COLUMNS | columns, "event_type": "purchase", "price_unit": 1.0}
    changed = {"mapping": Mapping(**said), "window": Window(start=start, end=None), "users": 1.0}
    settings = SETTINGS.model_copy(update=changed)
    found = files.find(str(folder / "lines.parquet"), settings.mapping)
    raw = read.read(engine.connect(), found, progress=lambda _: None)
    rows = build.prepare(found, raw, settings, seed=1)
    return *build.store(rows), rows


@pytest.fixture(scope="module")
def year(retail, tmp_path_factory):
    """The last 365 days, in whole days, as the recipe has them; and where they end."""
    sold = ~retail["InvoiceNo"].str.startswith("A") & (retail["UnitPrice"] > 0)
    lines = retail[sold & retail["CustomerID"].notna()].astype({"CustomerID": "int64"})
    day = pd.to_datetime(lines["InvoiceDate"]).dt.normalize()
    as_of = day.max() + DAY
    start = f"{as_of - 365 * DAY:%Y-%m-%dT00:00Z}"
    lines = lines.assign(InvoiceDate=day.dt.strftime("%Y-%m-%d 00:00:00"))
    tables = studied(lines, tmp_path_factory.mktemp("year"), start)
    return *tables, as_of.tz_localize("UTC")


@pytest.fixture(scope="module")
def customers(year):
    """As the recipe counts: every line is a purchase of its own, returns too."""
    events, _, _, as_of = year
    users = data.users(events, as_of, has_price=True)
    since_us = data.ibis.literal(as_of).delta(users.last_seen, unit="microsecond")
    return users.select(
        "user_id",
        recency_days=since_us.cast("float64") / data.DAY_US,
        frequency=users.n_events,
        money=users.money,
    )


def test_no_piece_is_lost(year, retail):
    events, _, rows, _ = year
    assert rows.raw.rejects.empty
    assert events.count().execute() == rows.fates["kept"]
    assert rows.fates.sum() == len(retail[retail["CustomerID"].notna() & (retail["UnitPrice"] > 0)])


def test_the_score_counts_of_online_retail(customers):
    assert customers.count().execute() == 4_295
    scored = scores.score(engine.store(customers), "quantile", parts=4).to_pandas()
    total = scored[scores.SCORES].sum(axis=1).value_counts()
    published = [391, 375, 507, 460, 436, 464, 406, 437, 370, 449]
    assert total.sort_index().to_dict() == dict(zip(range(3, 13), published, strict=True))


def test_the_three_clusters_of_online_retail(customers):
    rows = customers.order_by("user_id").to_pandas()
    features = models.Scale.of(rows).features(rows)
    sizes = np.bincount(models.fit(features, k=3, seed=1, starts=1).labels_)
    assert sorted(sizes) == [448, 1_922, 1_925]


def test_an_invoice_is_an_order_and_a_credit_note_is_none(year, retail):
    events, sessions, _, as_of = year
    known = summary.data_set(events, sessions)
    one = sessions.filter(sessions.bought).count().execute()
    users = data.users(events, as_of, has_price=True)
    assert one == known["sessions_with_purchase"] == users.n_orders.sum().execute()
    assert known["returns"] > 0
    gross = known["revenue"] + known["returned"]
    assert 0 < known["returned"] < gross


@pytest.fixture(scope="module")
def france(retail, tmp_path_factory):
    lines = retail[retail["Country"] == "France"].assign(CustomerID=retail["CustomerID"].fillna(0))
    lines = lines.astype({"CustomerID": "int64"})
    return studied(lines, tmp_path_factory.mktemp("france"), product_id="Description")


@pytest.mark.parametrize(("confidence", "lift", "n"), [(1e-9, 1, 26), (0.8, 6, 8)])
def test_france_has_26_rules_and_8_strong_ones(france, confidence, lift, n):
    events, _, rows = france
    every = {"longest_itemset": 6, "longest_consequent": 5, "kind": "purchases"}
    thresholds = Thresholds(exact(0.07), 1, exact(confidence), exact(lift), **every)
    mined = mine_rules(events, "purchases", "product", thresholds, shuffles=0, seed=1)
    assert mined.baskets.n == 392
    ids = text_ids(rows.raw.rows).to_pandas()
    [postage] = ids.loc[ids["text"] == "POSTAGE", "id"]
    code = mined.baskets.items.index(str(postage))
    rules = measures.all_rules(mined.by_fpgrowth, thresholds.longest_consequent)
    rules = rules[measures.reaches(rules, mined.baskets.n, thresholds)]
    sides = rules["antecedent"] + rules["consequent"]
    assert (~sides.map(lambda codes: code in codes)).sum() == n
