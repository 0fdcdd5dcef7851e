"""Each planted effect can be switched off: what it brings is gone, and the rest still there."""

import functools
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shopsim import shop
from shopsim.calendar import Calendar
from shopsim.stock import stock
from shopsim.world import Effects, World

pytestmark = pytest.mark.slow  # eight shops: some 15 s together
ALL = World(seed=20240301, events=80_000, noise=False)
CATALOGUE, CALENDAR = stock(ALL), Calendar.of(ALL)
START = pd.Timestamp(ALL.start, tz="UTC")
SALE, DRIFT = (START + pd.Timedelta(s, "s") for s in (CALENDAR.sale_s[0], CALENDAR.drift_s))
EFFECTS = [field.name for field in fields(Effects)]


def read(folder: Path) -> pd.DataFrame:
    rows = pd.concat(pd.read_csv(file) for file in sorted(folder.glob("*.csv")))
    times = pd.to_datetime(rows["event_time"], format="%Y-%m-%d %H:%M:%S UTC", utc=True)
    return rows.assign(event_time=times).reset_index(drop=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Callable[[str | None], dict[str, float]]:
    """The trace of every effect in the world without one of them, or with all."""

    @functools.cache
    def traces(without: str | None) -> dict[str, float]:
        folder = tmp_path_factory.mktemp("world") / "demo"
        effects = Effects(**{without: False}) if without else Effects()
        shop.make(World(ALL.seed, ALL.events, ALL.days, effects=effects, noise=False), folder)
        rows = read(folder)
        return {name: trace(rows) for name, trace in (TRACES | MARGINALS).items()}

    return traces


# A trace is about 1 where the effect is absent


def kinds(rows: pd.DataFrame) -> float:
    """1 + the share of purchases of a product that the user bought 18 days before or earlier."""
    bought = rows[rows["event_type"] == "purchase"]
    first = bought.groupby(["user_id", "product_id"])["event_time"].transform("min")
    return 1 + (bought["event_time"] - first > pd.Timedelta("18D")).mean()


def complements(rows: pd.DataFrame) -> float:
    """1 + the share of changes to another product that lead to the true complement."""
    product, ids = rows["product_id"], CATALOGUE.product_id
    partner = dict(zip(ids, ids[CATALOGUE.complement], strict=True))
    paired = set(ids[CATALOGUE.complement >= 0])
    before = rows.groupby("user_session")["product_id"].shift()
    changes = before.isin(paired) & (before != product)
    return 1 + (before[changes].map(partner) == product[changes]).mean()


def intent(rows: pd.DataFrame) -> float:
    """How much likelier a purchase after the third event is with a cart among the first three."""
    visit, types = rows["user_session"], rows["event_type"]
    early = rows.groupby("user_session").cumcount() < 3
    table = pd.DataFrame(
        {
            "n": early.groupby(visit).sum(),
            "cart": (early & (types == "cart")).groupby(visit).any(),
            "bought": (early & (types == "purchase")).groupby(visit).any(),
            "buys": (~early & (types == "purchase")).groupby(visit).any(),
        }
    )
    table = table[(table["n"] == 3) & ~table["bought"]]
    rate = table["buys"].astype(float).groupby(table["cart"]).mean()
    return rate[True] / rate[False]


def calendar(rows: pd.DataFrame) -> float:
    """Events in the evening against those at night."""
    hour = rows["event_time"].dt.tz_convert(ALL.timezone).dt.hour
    return hour.between(18, 21).sum() / hour.between(1, 4).sum()


def sale(rows: pd.DataFrame) -> float:
    """Sessions in the week of the sale against the weeks beside it."""
    week = (rows["event_time"] - SALE) // pd.Timedelta("7D")
    sessions = rows["user_session"].groupby(week).nunique()
    return 2 * sessions[0] / (sessions[-1] + sessions[1])


def focus(rows: pd.DataFrame) -> float:
    """How much oftener the next product is of the same category than by chance."""
    before = rows.groupby("user_session")[["product_id", "category_id"]].shift()
    other = before["product_id"].notna() & (before["product_id"] != rows["product_id"])
    same = (before["category_id"] == rows["category_id"])[other].mean()
    return same / rows["category_id"].value_counts(normalize=True).pow(2).sum()


def drift(rows: pd.DataFrame) -> float:
    """Prices from the drift on against those before, of the same products, outside the sale."""
    in_sale = rows["event_time"].between(SALE, SALE + pd.Timedelta("7D"), inclusive="left")
    calm = rows[~in_sale]
    price = calm.groupby(["product_id", calm["event_time"] >= DRIFT])["price"].mean().unstack()
    return float(np.exp(np.log(price[True] / price[False]).mean()))


TRACES = {f.__name__: f for f in (kinds, complements, intent, calendar, sale, focus, drift)}

MARGINALS = {
    "rows": len,
    "length": lambda rows: len(rows) / rows["user_session"].nunique(),
    "carts": lambda rows: (rows["event_type"] == "cart").mean(),
    "sessions that buy": lambda rows: (
        rows["user_session"][rows["event_type"] == "purchase"].nunique()
        / rows["user_session"].nunique()
    ),
}
GONE = {  # how far from 1 a trace may lie by chance, at this size
    "kinds": 0.01, "complements": 0.01, "intent": 0.35, "calendar": 0.15, "sale": 0.12,
    "focus": 0.12, "drift": 0.005,
}  # fmt: skip
# Habits are a kind's, but a lottery has no use for what one came for.
TAKEN_ALONG = {("intent", "kinds")}


def test_every_effect_has_a_trace():
    assert set(TRACES) == set(GONE) == set(EFFECTS)


@pytest.mark.parametrize("effect", EFFECTS)
def test_every_effect_leaves_its_trace(effect, world):
    assert world(None)[effect] > 1 + 3 * GONE[effect]


@pytest.mark.parametrize("effect", EFFECTS)
def test_an_effect_that_is_off_leaves_none(effect, world):
    assert world(effect)[effect] == pytest.approx(1, abs=GONE[effect])


@pytest.mark.parametrize("effect", EFFECTS)
def test_the_other_effects_are_still_there(effect, world):
    others = [name for name in EFFECTS if name != effect and (effect, name) not in TAKEN_ALONG]
    left = {name: np.log(world(effect)[name]) / np.log(world(None)[name]) for name in others}
    assert left == pytest.approx(dict.fromkeys(others, 1), abs=0.35)


@pytest.mark.parametrize("effect", EFFECTS)
def test_the_shop_looks_the_same_without_it(effect, world):
    ratio = {name: world(effect)[name] / world(None)[name] for name in MARGINALS}
    assert ratio == pytest.approx(dict.fromkeys(MARGINALS, 1), abs=0.2)
