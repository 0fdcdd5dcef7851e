"""Every definition of a table, each with how to ask it of an engine.

To hold a new definition against another engine, add a line to `DEFINITIONS`: its name, a function
from `Tables` to a lazy table, a DataFrame, a Series or a number, and the columns that order it
(none: the order is part of the promise).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from datasets import MOMENTS, SAID, SEED, Tables

from trackway import engine, params
from trackway.categories import evidence, predicted
from trackway.core.cannot import Cannot
from trackway.eda import (
    catalogue,
    cohorts,
    concentration,
    funnel,
    rates,
    returns,
    transitions,
    visits,
)
from trackway.eda import data as eda
from trackway.intent import data, features, leakage_check, network, prefixes
from trackway.intent.explain import groups
from trackway.intent.features import history
from trackway.intent.leakage import data as leaky
from trackway.intent.users import data as at_dates
from trackway.recommend import data as recommend
from trackway.recommend import segments as of_users
from trackway.recommend import walks
from trackway.recommend.next_basket import data as next_basket
from trackway.rfm import behaviour, export, forecast, models, scores, segments, spread
from trackway.rfm import data as rfm
from trackway.rules import baskets, labels
from trackway.rules import data as of_baskets
from trackway.rules.thresholds import Thresholds
from trackway.sampling import coverage, heavy, ledger, subsamples, truth
from trackway.sequences import data as sequence_data
from trackway.tables import (
    events,
    extent,
    fills,
    orders,
    resolution,
    sessions,
    summary,
    user_sampling,
)
from trackway.tables.sources import values
from trackway.tables.sources.schemas import Schema

LEVEL = 0.95


class Definition(NamedTuple):
    name: str
    ask: Callable[[Tables], Any]
    key: tuple[str, ...] = ()


def _per_user(t: Tables) -> ir.Table:
    named = behaviour.name(t.users, 3, 10)
    nothing = Cannot("There are no clusters.")
    return export.per_user(named, models.assign(t.segmented, nothing), t.end)


def _far_rows(t: Tables) -> ir.Table:
    days = extent.rows_by_day(extent.by_day(t.fates)).index
    return extent.set_aside(t.fates, (days[0], days[len(days) // 2]))


def _clustered(t: Tables) -> ir.Table:
    few = rfm.sample(t.segmented, 500, SEED)
    scale = models.Scale.of(few)
    model = models.Model(scale, models.fit(scale.features(few), 3, SEED))
    return models.assign(t.segmented, model)


def _gathered(kind: str) -> Callable[[Tables], dict]:
    def gathered(t: Tables) -> dict:
        items = of_baskets.items(t.events, kind, "product")
        made = baskets.gather(items, Thresholds.of(params.section("rules"), kind))
        return {name: getattr(made, name) for name in ["n", "sizes", "items", "counts", "users"]}

    return gathered


def _searched(t: Tables) -> list:
    some = of_baskets.sample(t.events, "views", 200, SEED)
    return [some.sessions, some.searched, some.events.event_id.sum().execute()]


def _loaded(t: Tables) -> dict[str, pd.DataFrame]:
    return {moment: one.rows for moment, one in t.examples.items()}


def _grouped(t: Tables) -> pd.DataFrame:
    return groups.of_sessions(t.examples["1"].rows, t.events, 3)


def _read_by_a_network(t: Tables) -> list[np.ndarray]:
    read = network.sequences(t.known, t.examples, window=5)
    return [read.last, read.length]


def _tried(t: Tables) -> ir.Table:
    return leakage_check._tried(t.moments.mutate(day=t.moments.started.date()))


def _without_future(t: Tables) -> ir.Table:
    day = t.cut.date()
    tried = leakage_check._tried(
        t.moments.filter(t.moments.started.date() == ibis.literal(day, "date"))
    )
    return leakage_check._without_future(t.events, tried, day, t.facts.timezone)


def _followed(t: Tables) -> ir.Table:
    return forecast._followed(t.events, *forecast.cuts(t.facts, t.end), t.facts.has_price)


def _walked(t: Tables) -> list[np.ndarray]:
    users = t.users.select("user_id").order_by("user_id").to_pandas()["user_id"].to_numpy()
    shelf = t.events.select("product_id").distinct().order_by("product_id").to_pandas()
    walked = walks.load(t.events, users, shelf["product_id"].to_numpy(), longest=5)
    return [walked.user, walked.product]


def _looks(t: Tables) -> list[pd.DataFrame]:
    seen = leaky.looks(t.context, "3")
    return [seen.with_purchase, seen.before_purchase, seen.at_moment]


def _votes(t: Tables) -> pd.DataFrame | None:
    found = evidence.products(t.named).to_pandas()
    if found["code"].isna().all():
        return None  # nobody can vote, and nobody is asked to
    grouped = evidence.in_groups(found, "product", SEED)
    return evidence.votes(t.named, grouped, t.categories, SEED)


def _predicted(t: Tables) -> ir.Table:
    told = predicted.predictor(t.named, t.categories, SEED)
    policies = {"category_code": ["predicted", "mode", "unknown"]}
    return fills.fill_all(t.catalogue, t.catalogue, policies, told)


def _filled_values(t: Tables) -> pd.DataFrame | None:
    if not t.policies:
        return None  # there is nothing to fill, and the notebook says so
    return ledger.fills(t.filled_catalogue, t.filled_columns)


def _met(t: Tables) -> list:
    settings = params.checked("recommend", t.params["recommend"])
    past, outcomes = recommend.load(t.events, t.split.train_end, None, settings, SEED)
    return [past.users, past.products, past.pairs, [one.rows for one in outcomes.values()]]


def _next_baskets(t: Tables) -> next_basket.Baskets:
    baskets = engine.store(next_basket.held(t.ordered))
    return next_basket.take(baskets, t.cut, None, 50, SEED)


def _segments(t: Tables) -> pd.Series:
    users = t.events.user_id.name("user_id").as_table().distinct().order_by("user_id")
    ids = users.to_pandas()["user_id"].to_numpy()
    has_price = t.facts.has_price
    return of_users.of(t.events, t.split.train_end, has_price, of_users.rules(), ids)


TEXTS = {name: name for name in ["event_type", *SAID]}
SHOP = Schema("mapped", "a shop", TEXTS, {"view": "view", "cart": "cart", "purchase": "purchase"})
IN_SECONDS = replace(SHOP, time_unit="s", kinds=dict.fromkeys(["user_id", "product_id"], "text"))


def _parsed(texts: ir.Table, schema: Schema) -> ir.Table:
    return values.parsed(texts, TEXTS, schema, values.kinds(schema))


def _read(texts: ir.Table, schema: Schema) -> ir.Table:
    rows = _parsed(texts, schema)
    return rows.mutate(price=rows.price.cast("float64"))  # drivers give no decimal in two ways


def _faults(texts: ir.Table, schema: Schema) -> pd.Series:
    reasons = values.faults(_parsed(texts, schema), schema).to_pandas()["reason"]
    return reasons.value_counts().sort_index()


EVENT, SESSION, USER = ("event_id",), ("session_id",), ("user_id",)
RAW = ("user_id", "event_time", "product_id", "event_type", "price", "session")
OFFER = ("place", "category_code_said", "brand_said")
MOMENT = ("session_id", "moment")
CHOICE = ("user_id", "product_id")

DEFINITIONS = [
    # 01
    Definition("texts read", lambda t: _read(t.texts, SHOP), RAW[:-1]),
    Definition("texts and counts of time read", lambda t: _read(t.counts, IN_SECONDS), RAW[:-1]),
    Definition("faults of texts", lambda t: _faults(t.texts, SHOP)),
    Definition("faults of counts of time", lambda t: _faults(t.counts, IN_SECONDS)),
    Definition("lost of texts", lambda t: values.lost(_parsed(t.texts, SHOP), SHOP)),
    Definition("canonical", lambda t: events.canonical(t.raw, t.schema), RAW),
    Definition("fate", lambda t: t.fates, RAW),
    Definition("fates by day", lambda t: extent.by_day(t.fates)),
    Definition("kept", lambda t: events.kept(t.fates, pd.Series({"kept": 1, "x": 1})), RAW),
    Definition("far rows", _far_rows, RAW),
    Definition("resolution", lambda t: resolution.measure(t.events, ["Asia/Kolkata"], 0.99)),
    Definition("heavy", lambda t: heavy.find(t.events, t.sessions, t.raw, t.facts, 0.001)),
    Definition("some far rows", lambda t: extent.listed(_far_rows(t), 20)),
    Definition("canonical of text", lambda t: events.canonical(t.in_text, t.schema), RAW),
    Definition("text ids", lambda t: events.text_ids(t.in_text), ("kind", "id", "text")),
    Definition("no text ids", lambda t: events.text_ids(t.raw), ("kind", "id", "text")),
    Definition("catalogue", lambda t: t.catalogue, OFFER),
    Definition("filled catalogue", lambda t: t.filled_catalogue, OFFER),
    Definition("with their catalogue", lambda t: t.named, RAW),
    Definition("fills of rows", lambda t: fills.fill_all(t.named, t.catalogue, t.policies), RAW),
    Definition("filled values", _filled_values),
    Definition("predicted categories", _predicted, OFFER),
    Definition("products", lambda t: evidence.products(t.named), ("product_id",)),
    Definition("votes", _votes),
    Definition(
        "cut",
        lambda t: sessions.cut(t.kept, t.gap, True, engine.store),
        ("session_id", "event_time", "product_id", "event_type", "price"),
    ),
    Definition(
        "numbered", lambda t: sessions.number(t.kept, t.gap, True, t.filled_catalogue), EVENT
    ),
    Definition("numbered by the gap", lambda t: sessions.number(t.kept, t.gap, False), EVENT),
    Definition("sessions", lambda t: sessions.table(t.events, t.gap), SESSION),
    Definition("lines of orders", lambda t: t.lines, (*RAW, "quantity")),
    Definition("numbered lines", lambda t: t.ordered, EVENT),
    Definition(
        "lines of which all are kept",
        lambda t: sessions.number(t.lines, t.gap, False, duplicates="keep"),
        EVENT,
    ),
    Definition("first of a key", lambda t: orders.first_of(t.lines, ("user_id", "price")), RAW),
    Definition("orders are sessions", lambda t: orders.are_sessions(t.lines)),
    Definition("sessions with returns", lambda t: sessions.table(t.ordered, t.gap), SESSION),
    Definition(
        "data set of orders",
        lambda t: pd.Series(summary.data_set(t.ordered, sessions.table(t.ordered, t.gap))),
    ),
    Definition("data set", lambda t: pd.Series(summary.data_set(t.events, t.sessions))),
    Definition("event types", lambda t: summary.event_types(t.events)),
    Definition("of each user", lambda t: t.per_user, USER),
    Definition(
        "of each user by the gap", lambda t: subsamples.per_user(t.kept, t.gap, False), USER
    ),
    Definition(
        "samples compared",
        lambda t: subsamples.compare(t.per_user, [0.05, 0.5], SEED),
    ),
    Definition("lengths", lambda t: summary.lengths(t.sessions, [0.5, 0.9, 0.99])),
    Definition("by day", lambda t: coverage.over_time(t.events, "day", t.facts.timezone)),
    Definition("by hour", lambda t: coverage.over_time(t.events, "hour", t.facts.timezone)),
    Definition("by minute", lambda t: coverage.over_time(t.events, "minute", t.facts.timezone)),
    Definition("pauses", lambda t: coverage.pauses(t.events, t.gap)),
    Definition("marginals", lambda t: truth.measured(t.catalogue, t.events, t.sessions)),
    # 02
    Definition("event mix", lambda t: visits.event_mix(t.events)),
    Definition("totals", lambda t: visits.totals(t.sessions)),
    Definition("events per session", lambda t: visits.events_per_session(t.sessions)),
    Definition("orders per user", lambda t: visits.orders_per_user(t.sessions)),
    Definition("duration bands", lambda t: rates.conversion(eda.by_duration(t.sessions), LEVEL)),
    Definition("durations", lambda t: visits.durations(t.sessions)),
    Definition("funnel", lambda t: funnel.tabulate(t.events, t.local)),
    Definition("routes", lambda t: funnel.routes(t.events)),
    Definition("local start", lambda t: t.local, SESSION),
    Definition("on whole days", lambda t: eda.on_days(t.local, t.days), SESSION),
    Definition("by local hour", lambda t: rates.conversion(eda.by_hour(t.local), LEVEL)),
    Definition("by weekday", lambda t: rates.conversion(eda.by_weekday(t.local), LEVEL)),
    Definition("by month", lambda t: rates.conversion(eda.by_month(t.local), LEVEL)),
    Definition("night", lambda t: rates.difference(eda.by_night(t.local, [22, 6]), LEVEL)),
    Definition("counts of counts", lambda t: concentration.measure(t.events)),
    Definition(
        "categories",
        lambda t: catalogue.shares(catalogue.by_category(t.events, t.facts.has_category_code)),
    ),
    Definition(
        "categories by id", lambda t: catalogue.shares(catalogue.by_category(t.events, False))
    ),
    Definition("brands", lambda t: catalogue.shares(catalogue.by_brand(t.events))),
    Definition("brands known", lambda t: catalogue.known_share(catalogue.by_brand(t.events))),
    Definition("prices", lambda t: catalogue.prices(t.events)),
    Definition("returned products", lambda t: returns.by_product(t.ordered)),
    Definition("transitions", lambda t: transitions.pairs(t.events)),
    Definition("cohorts", lambda t: cohorts.retention(t.events, t.facts.first, 1, "Asia/Kolkata")),
    # 03
    Definition("users", lambda t: t.users, USER),
    Definition("users with returns", lambda t: rfm.users(t.ordered, t.end, True), USER),
    Definition("returned", lambda t: rfm.returned(rfm.users(t.ordered, t.end, True))),
    Definition("users by pieces", lambda t: rfm.users(t.ordered, t.end, False), USER),
    Definition("customers", lambda t: t.customers, USER),
    Definition("customers drawn", lambda t: rfm.sample(t.customers, 20, SEED)),
    Definition("spread", lambda t: spread.measure(t.customers)),
    *(
        Definition(f"scores {rule}", lambda t, rule=rule: scores.score(t.customers, rule), USER)
        for rule in scores.RULES
    ),
    Definition("measures that differ", lambda t: scores.differing(t.customers)),
    Definition("ranges of scores", lambda t: scores.ranges(t.scored)),
    Definition("rules of scores", lambda t: scores.compare(t.customers, "together")),
    Definition("segments", lambda t: t.segmented, USER),
    Definition("segments told", lambda t: segments.profile(t.segmented)),
    Definition("clusters", _clustered, USER),
    Definition("behaviours", lambda t: behaviour.profile(behaviour.name(t.users, 3, 10), 3, 10)),
    Definition("undecided", lambda t: behaviour.undecided(t.users, t.end, t.gap)),
    Definition("handed on", _per_user, USER),
    Definition("followed", _followed, USER),
    # 04
    *(
        Definition(
            f"items of {kind} by {level}",
            lambda t, kind=kind, level=level: of_baskets.items(t.events, kind, level),
            ("basket", "place"),
        )
        for kind in of_baskets.KINDS
        for level in of_baskets.LEVELS
    ),
    Definition(
        "items of orders",
        lambda t: of_baskets.items(t.ordered, "purchases", "product"),
        ("basket", "place"),
    ),
    Definition("sessions searched", _searched),
    Definition("baskets of purchases", _gathered("purchases")),
    Definition("baskets of views", _gathered("views")),
    Definition("labels", lambda t: labels.of_items(t.events, "product", ["1004856", "1005115"])),
    # 05
    Definition("before a purchase", lambda t: prefixes.before_first_purchase(t.events), EVENT),
    Definition("up to a purchase", lambda t: prefixes.up_to_first_purchase(t.events), EVENT),
    Definition("past of sessions", lambda t: history.of_sessions(t.sessions), SESSION),
    Definition("first met", lambda t: history.first_met(t.events), ("session_id", "product_id")),
    Definition("sessions of events", lambda t: features.sessions_of(t.events), SESSION),
    Definition("asked", lambda t: t.asked, SESSION),
    Definition("known", lambda t: features.known(t.context), EVENT),
    Definition("known to the asked", lambda t: t.known, EVENT),
    Definition(
        "examples of events",
        lambda t: t.moments,
        MOMENT,
    ),
    Definition(
        "the first part of the examples",
        lambda t: next(features.in_parts(t.asked, t.context, ["3"], at_once=100)),
        MOMENT,
    ),
    Definition("loaded", _loaded),
    Definition("sessions by part", lambda t: data.by_part(t.sessions, t.split, t.examples["1"])),
    Definition("read by a network", _read_by_a_network),
    Definition("some users", lambda t: leakage_check._of_some_users(t.events, 50, SEED), EVENT),
    Definition("tried without the future", _tried, MOMENT),
    Definition("without the future", _without_future, EVENT),
    Definition("groups", _grouped),
    Definition("scored", lambda t: data.ledger(t.events, t.sessions, MOMENTS)),
    Definition("leaky looks", _looks),
    Definition(
        "first category",
        lambda t: groups.first_category(t.events, pd.Series(range(100), name="session_id")),
    ),
    Definition(
        "users at dates",
        lambda t: at_dates.examples(t.events, t.sessions, t.calendar),
        ("days_back", "user_id"),
    ),
    Definition(
        "some users at dates", lambda t: at_dates.load(t.events, t.sessions, t.calendar, 50, SEED)
    ),
    # 06
    Definition("sizes of users", lambda t: t.user_sizes, USER),
    Definition("totals of sizes", lambda t: sequence_data.totals(t.user_sizes)),
    Definition(
        "users drawn",
        lambda t: sequence_data.draw_users(t.user_sizes, 500, SEED),
        USER,
    ),
    Definition(
        "stream",
        lambda t: sequence_data.stream(t.events, sequence_data.draw_users(t.user_sizes, 500, SEED)),
    ),
    # 07
    Definition("pairs", lambda t: recommend.pairs(t.events), CHOICE),
    Definition("past pairs", lambda t: recommend.pairs(recommend.before(t.events, t.cut)), CHOICE),
    Definition(
        "later pairs",
        lambda t: recommend.pairs(recommend.between(t.events, t.cut, t.split.validation_end)),
        CHOICE,
    ),
    Definition("shelf", lambda t: recommend.catalogue(t.events, t.cut), ("product_id",)),
    Definition(
        "users learned from",
        lambda t: user_sampling.first_users(t.events.select("user_id").distinct(), 50, SEED),
        USER,
    ),
    Definition("history", _met),
    Definition("steps", lambda t: walks.steps(t.events), EVENT),
    Definition("walks", _walked),
    Definition("segments at the cut", _segments),
    Definition(
        "baskets",
        lambda t: next_basket.held(t.ordered),
        ("user_id", "basket", "product_id"),
    ),
    Definition("next baskets", _next_baskets),
    # all models
    Definition("first users", lambda t: user_sampling.first_users(t.customers, 20, SEED), USER),
    Definition("split", lambda t: [t.split.train_end, t.split.validation_end]),
    Definition(
        "parts of time",
        lambda t: t.sessions.mutate(part=t.split.part_of(t.sessions.started, t.sessions.ended)),
        SESSION,
    ),
]
