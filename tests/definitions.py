"""Every definition of a table, each with how to ask it of an engine.

To hold a new definition against another engine, add a line to `DEFINITIONS`: its name, a function
from `Tables` to a lazy table, a DataFrame, a Series or a number, and the columns that order it
(none: the order is part of the promise).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway import events, fills, sessions
from trackway.eda import (
    catalogue,
    clock,
    cohorts,
    concentration,
    funnel,
    rates,
    transitions,
    visits,
)
from trackway.intent import features, parts, prefixes
from trackway.rfm import behaviour
from trackway.rfm import table as rfm
from trackway.rules import baskets, names
from trackway.rules.thresholds import Thresholds
from trackway.sampling import coverage, ledger, marginals, statistics
from trackway.sequences import examples
from trackway.sources.facts import Facts
from trackway.sources.schemas import Schema
from trackway.splits import TimeSplit

SEED = 20240301
LEVEL = 0.95


@dataclass(frozen=True)
class Tables:
    """One data set on one engine.

    Attributes
    ----------
    raw : readable rows, as they came from the files
    kept : one row per event, canonical
    filled : the same with brands and categories filled
    events, sessions : as 01_sampling writes them
    params : all sections of `params.yaml`
    """

    raw: ir.Table
    kept: ir.Table
    filled: ir.Table
    events: ir.Table
    sessions: ir.Table
    facts: Facts
    schema: Schema
    params: dict

    @property
    def gap(self) -> pd.Timedelta:
        return sessions.parse_gap(self.params["sampling"]["gap"])

    @property
    def fates(self) -> ir.Table:
        rows = events.canonical(self.raw, self.schema)
        window = events.window({"start": None, "end": None}, self.schema)
        return rows.mutate(fate=events.fate(rows, window, 0.5, SEED))

    @property
    def end(self) -> pd.Timestamp:
        return rfm.moment(None, self.facts)

    @property
    def users(self) -> ir.Table:
        return rfm.users(self.events, self.end, self.facts.has_price)

    @property
    def local(self) -> ir.Table:
        return clock.add_local_start(self.sessions, self.facts.timezone)

    @property
    def split(self) -> TimeSplit:
        return TimeSplit.of_table(self.sessions, 0.7, 0.15)


class Definition(NamedTuple):
    name: str
    ask: Callable[[Tables], Any]
    key: tuple[str, ...] = ()


def _handed_on(t: Tables) -> ir.Table:
    named = behaviour.name(t.users, 3, 10)
    return rfm.handed_on(named, rfm.customers(t.users, t.end).assign(cluster=pd.NA), t.end)


def _gathered(kind: str) -> Callable[[Tables], dict]:
    def gathered(t: Tables) -> dict:
        items = baskets.items(t.events, kind, "product")
        made = baskets.gather(items, Thresholds.of(t.params["rules"], kind))
        return {name: getattr(made, name) for name in ["n", "sizes", "items", "counts", "users"]}

    return gathered


def _loaded(t: Tables) -> pd.DataFrame:
    table = features.prefix_examples(t.events, t.sessions, 3, t.facts.timezone)
    return parts.load(table, [], t.split, 100, SEED).rows


EVENT, SESSION, USER = ("event_id",), ("session_id",), ("user_id",)
RAW = ("user_id", "event_time", "product_id", "event_type", "price", "session")

DEFINITIONS = [
    # 01
    Definition("canonical", lambda t: events.canonical(t.raw, t.schema), RAW),
    Definition("fate", lambda t: t.fates, RAW),
    Definition("fates", lambda t: ledger.fates(t.fates)),
    Definition("text ids", lambda t: events.text_ids(t.raw), ("kind", "id", "text")),
    Definition(
        "distinct",
        lambda t: events.distinct(t.fates.filter(ibis._.fate == "kept").drop("fate")),
        RAW,
    ),
    Definition(
        "fills",
        lambda t: fills.fill_all(
            t.kept,
            fills.catalogue(t.kept),
            fills.policies(t.params["sampling"]["fill"], t.schema),
        ),
        RAW,
    ),
    Definition("numbered", lambda t: sessions.number(t.filled, t.gap, True), EVENT),
    Definition("numbered by the gap", lambda t: sessions.number(t.filled, t.gap, False), EVENT),
    Definition("sessions", lambda t: sessions.table(t.events, t.gap), SESSION),
    Definition("data set", lambda t: pd.Series(statistics.data_set(t.events, t.sessions))),
    Definition("event types", lambda t: statistics.event_types(t.events)),
    Definition("samples compared", lambda t: statistics.compared(t.kept, [0.05, 0.5], SEED)),
    Definition("by day", lambda t: coverage.over_time(t.events, "day", t.facts.timezone)),
    Definition("by hour", lambda t: coverage.over_time(t.events, "hour", t.facts.timezone)),
    Definition("by minute", lambda t: coverage.over_time(t.events, "minute", t.facts.timezone)),
    Definition("pauses", lambda t: coverage.pauses(t.events)),
    Definition("longer pauses", lambda t: coverage.longer_than(t.events, t.gap)),
    Definition("marginals", lambda t: marginals.measured(t.kept, t.events, t.sessions)),
    # 02
    Definition("event mix", lambda t: visits.event_mix(t.events)),
    Definition("totals", lambda t: visits.totals(t.sessions)),
    Definition("events per session", lambda t: visits.events_per_session(t.sessions)),
    Definition("orders per user", lambda t: visits.orders_per_user(t.sessions)),
    Definition(
        "duration bands", lambda t: rates.conversion(visits.duration_bands(t.sessions), LEVEL)
    ),
    Definition("durations", lambda t: visits.durations(t.sessions)),
    Definition("funnel", lambda t: funnel.tabulate(t.events, t.local)),
    Definition("routes", lambda t: funnel.routes(t.events)),
    Definition("local start", lambda t: t.local, SESSION),
    Definition("by local hour", lambda t: rates.conversion(clock.by_hour(t.local), LEVEL)),
    Definition("by weekday", lambda t: rates.conversion(clock.by_weekday(t.local), LEVEL)),
    Definition("by month", lambda t: rates.conversion(clock.by_month(t.local), LEVEL)),
    Definition("night", lambda t: rates.difference(clock.by_night(t.local, [22, 6]), LEVEL)),
    Definition("counts of counts", lambda t: concentration.measure(t.events)),
    Definition(
        "categories",
        lambda t: catalogue.shares(catalogue.by_category(t.events, t.facts.has_category_code)),
    ),
    Definition("brands", lambda t: catalogue.shares(catalogue.by_brand(t.events))),
    Definition("brands known", lambda t: catalogue.known_share(catalogue.by_brand(t.events))),
    Definition("prices", lambda t: catalogue.prices(t.events)),
    Definition("transitions", lambda t: transitions.pairs(t.events)),
    Definition("cohorts", lambda t: cohorts.retention(t.events, t.facts.first, 1, "Asia/Kolkata")),
    # 03
    Definition("users", lambda t: t.users, USER),
    Definition("customers", lambda t: rfm.customers(t.users, t.end)),
    Definition("behaviours", lambda t: behaviour.profile(behaviour.name(t.users, 3, 10), 3, 10)),
    Definition("undecided", lambda t: behaviour.undecided(t.users, t.end, t.gap)),
    Definition("handed on", _handed_on, USER),
    # 04
    *(
        Definition(
            f"items of {kind} by {level}",
            lambda t, kind=kind, level=level: baskets.items(t.events, kind, level),
            ("basket", "place"),
        )
        for kind in baskets.KINDS
        for level in baskets.LEVELS
    ),
    Definition("baskets of purchases", _gathered("purchases")),
    Definition("baskets of views", _gathered("views")),
    Definition("labels", lambda t: names.labels(t.events, "product", ["1004856", "1005115"])),
    # 05
    Definition("first events", lambda t: prefixes.first_events(t.events, 3), EVENT),
    Definition("before a purchase", lambda t: prefixes.before_first_purchase(t.events), EVENT),
    Definition("up to a purchase", lambda t: prefixes.up_to_first_purchase(t.events), EVENT),
    Definition(
        "prefix examples",
        lambda t: features.prefix_examples(t.events, t.sessions, 3, t.facts.timezone),
        SESSION,
    ),
    Definition(
        "whole examples",
        lambda t: features.examples(t.events, t.sessions, t.facts.timezone, closed_only=False),
        SESSION,
    ),
    Definition("scored", lambda t: parts.ledger(t.events, t.sessions, 3)),
    Definition("loaded", _loaded),
    # 06
    Definition("sizes of users", lambda t: examples.user_sizes(t.events), USER),
    Definition("totals of sizes", lambda t: examples.totals(examples.user_sizes(t.events))),
    Definition(
        "users drawn",
        lambda t: examples.draw_users(examples.user_sizes(t.events), 500, SEED),
        USER,
    ),
    Definition(
        "stream",
        lambda t: examples.stream(
            t.events, examples.draw_users(examples.user_sizes(t.events), 500, SEED)
        ),
    ),
    # all models
    Definition("split", lambda t: [t.split.train_end, t.split.validation_end]),
    Definition(
        "parts of time",
        lambda t: t.sessions.mutate(part=t.split.part_of(t.sessions.started, t.sessions.ended)),
        SESSION,
    ),
]
