"""One data set on one engine: its tables, and what the definitions are asked with."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway import engine, params
from trackway.eda import clock
from trackway.eda import data as eda
from trackway.evaluation.splits import TimeSplit
from trackway.intent import data, features
from trackway.intent.users.data import Calendar
from trackway.params.recommend import Categories
from trackway.params.sampling import Fill, Window
from trackway.rfm import data as rfm
from trackway.rfm import scores, segments
from trackway.sampling import subsamples
from trackway.tables import events, fills, orders, sessions, user_sampling
from trackway.tables.facts import Facts
from trackway.tables.sources.schemas import Schema

SEED = 20240301
SAID = {  # what a shop may write in a column, in turn
    "event_time": [
        "2024-03-01 10:00:00",
        "2024-03-01T10:00:00.123456789+02",
        "2024-02-30 10:00:00",
        "2024-03-01 10:00:00Z",
        "yesterday",
    ],
    "user_id": ["1", "+2", "3.0", " 4 ", "05", "1e3", "NA", "2.05301E+18", "A7", "1_000", ""],
    "product_id": ["8", "8.0", "08", "A8", "7.5", "99999999999999999999", "(not set)"],
    "category_id": ["3", "3.0", "03", "x"],
    "price": ["1.50", "0.333", "2", ".5", "about 3", "-1.00", "", "1e2", "12345678901234.00"],
    "quantity": ["1", "2.0", "-1", "2.5", "x", "NULL"],
}
COUNTS = {"event_time": ["1709287200", "1709287200.5", "1709287200000", "-1", "", "17e8", "+5"]}
MOMENTS = ["1", "3", "cart"]


@dataclass(frozen=True)
class Tables:
    """One data set on one engine.

    Attributes
    ----------
    raw : readable rows, as they came from the files
    kept : those in the window, canonical
    events, sessions : as 01_sampling writes them
    params : all sections of `params.yaml`

    Further tables are made of these when they are first asked for, and stored where the notebooks
    store them.
    """

    raw: ir.Table
    kept: ir.Table
    events: ir.Table
    sessions: ir.Table
    facts: Facts
    schema: Schema
    params: dict

    @cached_property
    def gap(self) -> pd.Timedelta:
        return sessions.parse_gap(self.params["sampling"]["gap"])

    @cached_property
    def fates(self) -> ir.Table:
        rows = events.canonical(self.raw, self.schema)
        window = events.window(Window(start=None, end=None), self.schema)
        return events.with_fate(rows, window, 0.5, SEED)

    @cached_property
    def filled_columns(self) -> dict[str, str]:
        return {name: f"{name}_from" for name in self.policies}

    @cached_property
    def policies(self) -> dict[str, list[str]]:
        return fills.policies(Fill(**self.params["sampling"]["fill"]), self.schema)

    @cached_property
    def catalogue(self) -> ir.Table:
        return engine.store(events.catalogue(self.kept))

    @cached_property
    def named(self) -> ir.Table:
        return events.with_catalogue(self.kept, self.catalogue)

    @cached_property
    def filled_catalogue(self) -> ir.Table:
        return engine.store(fills.fill_all(self.catalogue, self.catalogue, self.policies))

    @cached_property
    def categories(self) -> Categories:
        section = params.checked("recommend", self.params["recommend"]).categories
        return section.model_copy(update={"min_products": 20})

    @cached_property
    def end(self) -> pd.Timestamp:
        return rfm.moment(None, self.facts)

    @cached_property
    def users(self) -> ir.Table:
        return engine.store(rfm.users(self.events, self.end, self.facts.has_price))

    @cached_property
    def customers(self) -> ir.Table:
        return engine.store(rfm.customers(self.users, self.end))

    @cached_property
    def scored(self) -> ir.Table:
        return engine.store(scores.score(self.customers))

    @cached_property
    def segmented(self) -> ir.Table:
        return segments.assign(self.scored)

    @cached_property
    def local(self) -> ir.Table:
        return eda.add_local_start(self.sessions, self.facts.timezone)

    @cached_property
    def split(self) -> TimeSplit:
        return TimeSplit.of_table(self.sessions, 0.7, 0.15)

    @cached_property
    def cut(self) -> pd.Timestamp:
        return self.split.train_end

    @cached_property
    def in_text(self) -> ir.Table:
        """`raw` with products that are named by texts, as a mapping allows."""
        return self.raw.mutate(product_id="p" + self.raw.product_id.cast("string"))

    def written(self, texts: dict[str, list[str]]) -> ir.Table:
        """A row per kept one, in texts; each column turns at its own pace."""
        turn = self.events.event_id.cast("int64")
        cases = {
            name: ibis.cases(
                *((turn % len(some) == n, text) for n, text in enumerate(some)), else_=None
            )
            for name, some in texts.items()
        }
        return engine.store(self.events.select(event_type=self.events.event_type, **cases))

    @cached_property
    def texts(self) -> ir.Table:
        return self.written(SAID)

    @cached_property
    def counts(self) -> ir.Table:
        return self.written(SAID | COUNTS)

    @cached_property
    def as_orders(self) -> Schema:
        more = {"order_id": "order_id", "quantity": "quantity"}
        return dataclasses.replace(self.schema, columns=self.schema.columns | more)

    @cached_property
    def lines(self) -> ir.Table:
        """`kept` as if some purchases were of several pieces, and some were returns."""
        rows = self.kept
        more = {"order_id": rows.session, "quantity": rows.product_id % 5 - 2}
        return engine.store(orders.with_orders(rows.mutate(**more), self.as_orders))

    @cached_property
    def ordered(self) -> ir.Table:
        return engine.store(sessions.number(self.lines, self.gap, False))

    @cached_property
    def days(self) -> pd.DatetimeIndex:
        return clock.whole_days(self.facts.first, self.facts.last, self.facts.timezone)

    @cached_property
    def context(self) -> features.Context:
        return features.Context(self.events, self.sessions, self.facts.timezone, 50)

    @cached_property
    def asked(self) -> ir.Table:
        return engine.store(data.draw(self.sessions, self.split, 100, SEED))

    @cached_property
    def known(self) -> ir.Table:
        return engine.store(features.known_to(self.asked, self.context))

    @cached_property
    def examples(self) -> dict[str, data.Examples]:
        rows = features.at_moments(self.known, self.asked, self.context, MOMENTS)
        return data.load(rows, self.asked, [], self.split, MOMENTS)

    @cached_property
    def moments(self) -> ir.Table:
        return engine.store(features.of_events(self.events, self.facts.timezone, 50, MOMENTS))

    @cached_property
    def per_user(self) -> ir.Table:
        return engine.store(subsamples.per_user(self.kept, self.gap, True))

    @cached_property
    def user_sizes(self) -> ir.Table:
        return engine.store(user_sampling.histories(self.events))

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar.of(self.facts, history_days=7, horizon_days=3, most=3)
