"""Any small shop goes through all steps: every page is made, every sentence is true."""

import os
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import whole
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TYPES = {
    "views only": ["view"],
    "purchases only": ["purchase"],
    "carts only": ["cart"],
    "views and purchases": ["view", "view", "view", "purchase"],
    "carts and purchases": ["cart", "purchase"],
    "favorites and removals": ["favorite", "remove"],
    "all": ["view", "view", "view", "view", "cart", "favorite", "remove", "purchase"],
}
DAYS = {  # on which anything happens
    "an hour": [0],
    "a day": [0],
    "a week": range(7),
    "a month": range(0, 30, 2),
    "with a silent month": [*range(8), *range(45, 52)],
    "two days, half a year apart": [0, 183],
}
NAMES = {"none": [""], "one": ["acme"], "some": ["", "acme", "borg", "click & co"]}
NAMES["many"] = [f"kind {number}" for number in range(12)]
PRICES = {"none": None, "nothing": [0], "equal": [5], "some": [0, 1, 2.5, 2.5, 40, 999.99]}


@dataclass(frozen=True)
class Shop:
    """What a shop is like; its events follow by the seed."""

    types: str
    days: str
    users: int
    products: int
    categories: int
    visits: int  # of each user
    steps: int  # of each visit
    prices: str
    brands: str
    codes: str
    text_ids: bool
    sessions: str
    little: bool  # whether as little as params.yaml allows is enough
    capped: bool  # whether no more than params.yaml allows at least is studied
    drawn: bool
    seed: int

    def events(self) -> pd.DataFrame:
        """One row per event, in no order."""
        random = np.random.default_rng(self.seed)
        n = self.users * self.visits
        days = np.array(DAYS[self.days])
        visit = np.repeat(np.arange(n), random.integers(1, self.steps, n, endpoint=True))
        hours = 1 if self.days == "an hour" else 24
        begins = random.choice(days, n) * 86_400 + random.integers(hours * 3600, size=n)
        at = begins[visit] + random.integers(1800, size=len(visit))
        user = 1 + np.arange(n)[visit] % self.users
        product = 1 + random.integers(self.products, size=len(visit))
        return pd.DataFrame(
            {
                "at": pd.Timestamp("2024-01-01") + pd.to_timedelta(at, unit="s"),
                "what": random.choice(TYPES[self.types], len(visit)),
                "product": product if not self.text_ids else [f"sku-{one}" for one in product],
                "category": product % self.categories,
                "user": user if not self.text_ids else [f"mx{one}@shop" for one in user],
                "session": [f"s{one}" for one in visit],
                "price": self.of(product, PRICES[self.prices] or [""]),
                "brand": self.of(product, NAMES[self.brands]),
                "code": self.of(product, NAMES[self.codes]),
            }
        )

    @staticmethod
    def of(number: np.ndarray, values: list) -> list:
        return [values[one % len(values)] for one in number]

    def through(self, folder: Path, monkeypatch) -> whole.Whole:
        """The whole study of it."""
        raw = folder / "events.csv"
        self.events().to_csv(raw, index=False)
        columns = {"event_time": "at", "event_type": "what", "product_id": "product"}
        columns |= {"category_id": "category", "user_id": "user", "session": "session"}
        columns |= {"price": "price"} if self.prices != "none" else {}
        columns |= {"brand": "brand", "category_code": "code"}
        kinds = sorted(set(TYPES[self.types]))
        mapping = {"columns": columns, "event_types": {one: one for one in kinds}}
        mapping |= {"time_unit": "text", "timezone": "UTC"}
        sampling = {"mapping": mapping, "sessions": self.sessions}
        changed = whole.merged(whole.FAST, whole.LITTLE) if self.little else whole.FAST
        changed = whole.merged(changed, whole.CAPPED) if self.capped else changed
        return whole.through(
            raw,
            folder,
            monkeypatch,
            drawn=self.drawn,
            **whole.merged(changed, {"sampling": sampling}),
        )


def one_of(table: dict) -> st.SearchStrategy[str]:
    return st.sampled_from(list(table))


SHOPS = st.builds(
    Shop,
    types=one_of(TYPES),
    days=one_of(DAYS),
    users=st.sampled_from([1, 2, 12, 60]),
    products=st.sampled_from([1, 2, 6, 80]),
    categories=st.sampled_from([1, 3, 7]),
    visits=st.sampled_from([1, 2, 6, 30]),
    steps=st.sampled_from([1, 2, 5]),
    prices=one_of(PRICES),
    brands=one_of(NAMES),
    codes=one_of(NAMES),
    text_ids=st.booleans(),
    sessions=st.sampled_from(["source", "gap"]),
    little=st.booleans(),
    capped=st.booleans(),
    drawn=st.booleans(),
    seed=st.integers(0, 2**16),
)


def buyers(events: pd.DataFrame) -> int:
    return events.loc[events["event_type"] == "purchase", "user_id"].nunique()


NOUNS = {
    "events": lambda events, _: len(events),
    "users": lambda events, _: events["user_id"].nunique(),
    "products": lambda events, _: events["product_id"].nunique(),
    "sessions": lambda _, sessions: len(sessions),
    "views": lambda events, _: events["event_type"].eq("view").sum(),
    "purchases": lambda events, _: events["event_type"].eq("purchase").sum(),
    "buyers": lambda events, _: buyers(events),
    "customers": lambda events, _: buyers(events),
}
COUNT = re.compile(rf"(?<![\d.,])(\d[\d,]*) ({'|'.join(NOUNS)})\b")
NO_NUMBER = re.compile(r"(?<![a-z])(nan|inf|NaT|<NA>)(?![a-z])")
SHARE = re.compile(r"(?<![\d.,+])(\d[\d,.]*)\s?%")
# What says how many there would have to be names no number of the shop's.
ASKED = re.compile(
    r"is not shown|must|\bneeds?\b|after \d|at least|is enough|ask for|or more|fewer"
)


def untrue(study: whole.Whole) -> list[str]:
    """The sentences that say what cannot be so, each with why."""
    events, sessions = study.events, study.sessions
    most = {noun: count(events, sessions) for noun, count in NOUNS.items()}
    wrong = []
    for step, told in study.told.items():
        said = [*told.findings, *told.headlines.values(), *told.shown]
        for text in said:
            if NO_NUMBER.search(text):
                wrong.append(f"{step}: no number: {text}")
            for sentence in re.split(r"(?<=[.:;]) ", text):
                if ASKED.search(sentence):
                    continue
                for number, noun in COUNT.findall(sentence):
                    if int(number.replace(",", "")) > most[noun]:
                        wrong.append(f"{step}: there are {most[noun]} {noun}: {sentence}")
                for share in SHARE.findall(sentence):
                    if float(share.strip(".,").replace(",", "")) > 100:
                        wrong.append(f"{step}: more than all: {sentence}")
    for file in sorted(study.folder.glob("reports/tables/*/*.csv")):
        if NO_NUMBER.search(file.read_text()):
            wrong.append(f"{file.parent.name}: no number in {file.name}")
    counted = study.told["sampling"].metrics
    for noun in ["events", "users", "sessions", "products"]:
        if counted[noun] != most[noun]:
            wrong.append(f"sampling: {counted[noun]} {noun} of {most[noun]}")
    return wrong


def goes_through(shop: Shop) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        study = shop.through(Path(folder), patch)
        assert untrue(study) == []


ONE = Shop(
    types="views only",
    days="an hour",
    users=1,
    products=1,
    categories=1,
    visits=1,
    steps=1,
    prices="none",
    brands="none",
    codes="none",
    text_ids=False,
    sessions="gap",
    little=True,
    capped=False,
    drawn=True,
    seed=1,
)
A_MONTH = replace(ONE, days="a month", products=6, steps=5, sessions="source", text_ids=True)


def test_one_event_goes_through_all_steps():
    goes_through(ONE)


@pytest.mark.slow
def test_users_who_bought_once_and_half_a_year_later_others_go_through_all_steps():
    goes_through(
        replace(
            ONE, types="purchases only", days="two days, half a year apart", users=30, drawn=False
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "shop",
    [
        replace(A_MONTH, users=60, visits=6, types="all", prices="some"),
        replace(A_MONTH, users=300, steps=2),
    ],
    ids=["fewer products than candidates", "nobody comes back"],
)
def test_a_month_of_few_products_goes_through_all_steps(shop):
    goes_through(shop)


# How many shops are drawn; some hundred take hours: TRACKWAY_SHOPS=200 pytest tests/test_whole.py
SHOPS_DRAWN = int(os.environ.get("TRACKWAY_SHOPS", "2"))


@pytest.mark.slow
@settings(
    max_examples=SHOPS_DRAWN,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(SHOPS)
def test_any_small_shop_goes_through_all_steps(shop):
    goes_through(shop)
