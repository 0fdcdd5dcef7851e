"""One data set on one engine: its tables, and what the definitions are asked with."""

from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from trackway import events, fills, sessions
from trackway.eda import clock
from trackway.intent import features, parts
from trackway.intent.users import Calendar
from trackway.rfm import scores, segments
from trackway.rfm import table as rfm
from trackway.sources.facts import Facts
from trackway.sources.schemas import Schema
from trackway.splits import TimeSplit

SEED = 20240301


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
        return events.with_fate(rows, window, 0.5, SEED)

    @property
    def filled_columns(self) -> dict[str, str]:
        return {name: f"{name}_from" for name in self.policies}

    @property
    def policies(self) -> dict[str, list[str]]:
        return fills.policies(self.params["sampling"]["fill"], self.schema)

    @property
    def filled_catalogue(self) -> ir.Table:
        told = fills.catalogue(self.kept)
        return fills.fill_all(told, told, self.policies)

    @property
    def categories(self) -> dict:
        return self.params["recommend"]["categories"] | {"min_products": 20}

    @property
    def end(self) -> pd.Timestamp:
        return rfm.moment(None, self.facts)

    @property
    def users(self) -> ir.Table:
        return rfm.users(self.events, self.end, self.facts.has_price)

    @property
    def customers(self) -> ir.Table:
        return rfm.customers(self.users, self.end)

    @property
    def segmented(self) -> ir.Table:
        return segments.assign(scores.score(self.customers))

    @property
    def local(self) -> ir.Table:
        return clock.add_local_start(self.sessions, self.facts.timezone)

    @property
    def split(self) -> TimeSplit:
        return TimeSplit.of_table(self.sessions, 0.7, 0.15)

    @property
    def cut(self) -> pd.Timestamp:
        return self.split.train_end

    @property
    def context(self) -> features.Context:
        return features.Context(self.events, self.sessions, self.facts.timezone, 50)

    @property
    def asked(self) -> ir.Table:
        return parts.draw(self.sessions, self.split, 100, SEED)

    @property
    def calendar(self) -> Calendar:
        return Calendar.of(self.facts, history_days=7, horizon_days=3, most=3)
