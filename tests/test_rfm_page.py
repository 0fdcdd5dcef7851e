"""The page on customers stays true on data that carry little, and segments are judged fairly."""

import json
import re
from types import SimpleNamespace

import ibis
import nbformat
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trackway import ROOT, params
from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.core.errors import InputError
from trackway.report import Page
from trackway.report.run import Run
from trackway.rfm import clusters, data, findings, forecast, study
from trackway.rfm import page as shown
from trackway.rfm.data import ITEMS, MONEY
from trackway.tables import facts

START = pd.Timestamp("2024-01-01", tz="UTC")
NOTEBOOK = ROOT / "notebooks" / "03_rfm.ipynb"


def events_of(orders: pd.DataFrame, kind: str = "purchase") -> pa.Table:
    """Events from ``user_id``, ``hour`` after `START` and ``price``, each a session of its own."""
    n = len(orders)
    when = (START + pd.to_timedelta(orders["hour"], "h")).dt.floor("s").dt.as_unit("us")
    columns = {
        "event_id": pa.array(range(n), pa.int64()),
        "session_id": pa.array(range(n), pa.int64()),
        "user_id": pa.array(orders["user_id"], pa.int64()),
        "event_time": pa.array(when),
        "event_type": pa.array([kind] * n),
        "price": pa.array(orders["price"].round(2), pa.float64()).cast(pa.decimal128(12, 2)),
    }
    return pa.table(columns)


def orders(n: int, users: int, hours: float, price: float | None = None) -> pd.DataFrame:
    random = np.random.default_rng(5)
    prices = random.lognormal(3, 1, n) if price is None else np.full(n, price)
    hour = np.sort(random.uniform(0, hours, n))
    return pd.DataFrame({"user_id": random.integers(0, users, n), "hour": hour, "price": prices})


@pytest.fixture
def page_of(tmp_path, monkeypatch, capsys):
    """Run the notebook's code on `events` in an empty checkout; what it says and hands on."""

    def execute(events: pa.Table, has_price: bool = True, **changed) -> tuple[str, pd.DataFrame]:
        monkeypatch.setenv(paths.STAGING, str(tmp_path))
        monkeypatch.setenv("MPLBACKEND", "agg")
        pq.write_table(events, paths.target("interim/events.parquet"))
        times = [pd.Timestamp(t) for t in pa.compute.min_max(events["event_time"]).as_py().values()]
        kinds = tuple(sorted(set(events["event_type"].to_pylist())))
        known = ["mapped", "by hand", False, "UTC", has_price, False, False, kinds, *times]
        facts.write(facts.Facts(*known))
        own = params.read(ROOT / "params.yaml").model_dump()
        own["rfm"] |= {"null_draws": 2, "max_compared": 200} | changed
        monkeypatch.setattr(params, "section", lambda name: params.checked(name, own[name]))
        cells = nbformat.read(NOTEBOOK, as_version=4).cells
        exec("\n".join(c.source for c in cells if c.cell_type == "code"), {})
        json.loads(paths.path("reports/metrics/rfm.json").read_text())
        return capsys.readouterr().out, pd.read_parquet(paths.path("processed/customers.parquet"))

    return execute


def test_a_shop_where_nobody_buys_still_has_users(page_of):
    said, handed_on = page_of(events_of(orders(90, 10, 100), kind="view"))
    assert "The data hold no purchase events." in said
    assert len(handed_on) == handed_on["user_id"].nunique() == 10
    assert handed_on["behaviour"].notna().all()
    assert handed_on["segment"].isna().all()


def test_one_customer_is_described_and_not_clustered(page_of):
    said, handed_on = page_of(events_of(orders(3, 1, 100)))
    assert "Figure 3 is not shown" in said
    assert "there are 1 among 1" in said
    assert "Table 8 is not shown. The ceiling is unknown" in said
    assert handed_on["frequency"].tolist() == [3]
    assert handed_on["cluster"].isna().all()


@pytest.mark.slow
def test_customers_who_are_all_alike_are_not_clustered(page_of):
    alike = pd.DataFrame({"user_id": range(20), "hour": 5.0, "price": 9.99})
    said, handed_on = page_of(events_of(alike))
    assert "Figure 3 is not shown" in said
    assert handed_on["segment"].isna().all()
    assert handed_on["r_score"].isna().all()
    assert (
        "Recency and frequency and money are the same for all 20 "
        "customers and give no scores; segments need all three scores and cannot be told."
    ) in said
    assert "The segment with most money" not in said
    assert "Lost" not in said


@pytest.mark.slow
def test_half_an_hour_is_told_in_minutes_and_forecasts_nothing(page_of):
    said, _ = page_of(events_of(orders(60, 40, 0.5)))
    assert "minutes before 2024-01-01" in said
    assert "Figure 7 is not shown" in said


@pytest.mark.slow
def test_a_shop_that_gives_everything_away_has_no_richest_segment(page_of):
    said, handed_on = page_of(events_of(orders(60, 40, 300, price=0.0)))
    assert re.search(r"Money is the same for all \d+ customers and gives no score", said)
    assert "The segment with most money" not in said
    assert (handed_on["money"].dropna() == 0).all()


@pytest.mark.slow
def test_without_prices_items_stand_in_for_money(page_of):
    said, handed_on = page_of(events_of(orders(60, 40, 300)), has_price=False)
    assert "a stand-in, as the source has no prices" in said
    assert handed_on["money"].sum() == 60


@pytest.mark.slow
def test_a_past_moment_is_held_by_the_whole_page(page_of):
    _, handed_on = page_of(events_of(orders(60, 40, 480)), as_of="2024-01-11")
    assert handed_on["last_seen"].max() < pd.Timestamp("2024-01-11", tz="UTC")
    assert (handed_on["as_of"] == pd.Timestamp("2024-01-11", tz="UTC")).all()


def test_more_clusters_than_customers_stop_the_page(page_of):
    with pytest.raises(InputError, match=r"rfm\.k asks for 8 clusters, but 5 customers bought"):
        page_of(events_of(orders(60, 5, 300)), k=8)


@pytest.mark.slow
def test_the_page_is_the_same_twice(page_of, tmp_path):
    made = []
    for _ in range(2):
        page_of(events_of(orders(900, 250, 1400)))
        files = [p for p in sorted(tmp_path.rglob("*")) if p.is_file()]
        made.append({p.relative_to(tmp_path): p.read_bytes() for p in files})
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []


# Do the names foretell anything?


KINDS = ("view", "purchase")
KNOWN = facts.Facts(
    "mapped", "by hand", False, "UTC", True, False, False, KINDS, START, START + pd.Timedelta("90D")
)


def forecast_of(bought: pd.DataFrame, most: int = 1000) -> forecast.Forecast | Cannot:
    events = ibis.duckdb.connect().create_table("events", events_of(bought))
    end = data.moment(None, KNOWN)
    choice = clusters.Choice(2, True, {}, pd.DataFrame(), 0, 0)
    run = Run.of("rfm", known=KNOWN).with_settings(max_clustered=most)
    return forecast.forecast(run, events, end, choice)


def regulars() -> pd.DataFrame:
    """150 who buy each week for much, 150 who bought once, spread over the time."""
    random = np.random.default_rng(0)
    weekly = pd.DataFrame(
        [(u, 168 * w + random.uniform(0, 100), 100.0) for u in range(150) for w in range(12)]
    )
    once = pd.DataFrame([(150 + u, random.uniform(0, 2100), 5.0) for u in range(150)])
    return pd.concat([weekly, once]).set_axis(["user_id", "hour", "price"], axis=1)


def test_groups_that_differ_in_what_they_will_spend_foretell_it():
    told = forecast_of(regulars()).errors.set_index("grouping")
    assert told.loc["clusters", "gain_low"] > 0
    assert told.loc["one group for all", "gain_high"] < 0
    assert told.loc["recency score alone", "gain"] == 0


def test_only_what_is_spent_between_the_cuts_is_to_be_foretold():
    spent = pd.DataFrame({"user_id": 1, "hour": [5.0, 10.0, 19.0, 20.0], "price": [1, 2, 4, 8.0]})
    events = ibis.duckdb.connect().create_table("events", events_of(spent))
    start, end = (START + pd.Timedelta(hours, "h") for hours in [10, 20])
    told = forecast._followed(events, start, end, has_price=True).to_pandas()
    assert told["money"].tolist() == [1.0]  # known at the first cut
    assert told["spent"].tolist() == [2 + 4]


def test_the_cuts_are_thirds():
    first, second = forecast.cuts(KNOWN, START + pd.Timedelta("90D"))
    assert (first, second) == (START + pd.Timedelta("30D"), START + pd.Timedelta("60D"))


def test_what_follows_the_last_third_changes_no_forecast():
    bought = regulars()
    later = pd.DataFrame({"user_id": range(300), "hour": 2170.0, "price": 999.0})
    a, b = forecast_of(bought), forecast_of(pd.concat([bought, later]))
    pd.testing.assert_frame_equal(a.errors, b.errors)


def test_a_forecast_on_part_of_the_customers_says_of_how_many():
    told = forecast_of(regulars(), most=200)
    assert told.judged.startswith("200 of ")
    assert told.errors.set_index("grouping").loc["clusters", "gain_low"] > 0


def test_too_few_customers_foretell_nothing():
    assert forecast_of(regulars().head(12 * 40)) == Cannot(forecast.TOO_FEW)


@pytest.mark.parametrize(
    ("unit", "said"), [(MONEY, "of the money"), (ITEMS, "of the items bought")]
)
def test_a_stand_in_for_money_is_called_by_its_name(unit, said):
    profile = pd.DataFrame(
        {
            "segment": ["Champions", "Lost"],
            "customer_share": [0.5, 0.5],
            "money": [30.0, 1.0],
            "money_share": [30 / 31, 1 / 31],
        }
    )
    assert said in findings._segments(SimpleNamespace(segments=profile, money_unit=unit))


# Where there is nothing to show


@pytest.fixture
def lookers(tmp_path, monkeypatch) -> study.Study:
    """A real shop where ten only look."""
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    facts.write(KNOWN)
    events = ibis.duckdb.connect().create_table("events", events_of(orders(90, 10, 100), "view"))
    run = Run.of("rfm", known=KNOWN).with_settings(null_draws=1)
    return study.study(run, events)


EXHIBITS = [f for f in vars(shown).values() if hasattr(f, "exhibit")]


def test_every_exhibit_shows_something_or_says_why_not(lookers, capsys):
    page = Page("rfm", simulated=False)
    for show in EXHIBITS:
        show(page, lookers)
    page.conclude(findings, lookers)
    said = capsys.readouterr().out
    assert len(EXHIBITS) == 17
    assert said.count(f"is not shown. {data.NOBODY}") == 11
    assert said.count(f"is not shown. {forecast.TOO_FEW}") == 1
    assert said.count("is not shown. The ceiling is unknown") == 2


def test_nobody_is_counted_and_nothing_else_claimed(lookers):
    assert findings.findings(lookers)[0] == data.NOBODY
    assert findings.headlines(lookers) == {"Customers": "0"}
    numbers = findings.metrics(lookers)
    assert (numbers["customers"], numbers["users"]) == (0, 10)
    assert set(numbers) == {"customers", "users", "behaviours"}
    assert {claim.holds for claim in findings.claims(lookers)} == {None}
