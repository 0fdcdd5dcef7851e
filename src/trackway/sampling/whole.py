"""The tables of raw files in memory, as `01_sampling` makes them, and nothing written.

For who asks one question of a file beside the study. All users are taken, whatever
`sampling.users` says, and there is no ledger: a file's oddities are told by the notebook.
"""

from dataclasses import dataclass

import ibis.expr.types as ir

from trackway import engine
from trackway.categories.predicted import predictor
from trackway.params import section, settings
from trackway.sampling import ledger, statistics
from trackway.tables import events, facts, fills, sessions
from trackway.tables.sources import files, read


@dataclass(frozen=True)
class Tables:
    """Events and sessions, lazy, and what is known of their source."""

    events: ir.Table
    sessions: ir.Table
    facts: facts.Facts


def tables(raw: str) -> Tables:
    """The tables of the files that match `raw`, a path or a glob."""
    chosen, shared = settings("sampling"), settings("shared")
    found = files.find(raw, chosen["mapping"])
    rows = events.canonical(read.read(engine.connect(), found).rows, found.schema, engine.store)
    window = events.window(chosen["window"], found.schema)
    rows = events.with_fate(rows, window, 1.0, shared["seed"])
    kept = engine.store(events.kept(rows, ledger.fates(rows)))
    catalogue = engine.store(events.catalogue(kept))
    policies = fills.policies(chosen["fill"], found.schema)
    named = events.told(kept, catalogue)
    predict = predictor(named, section("recommend.categories"), shared["seed"])
    filled = fills.fill_all(catalogue, catalogue, policies, predict)
    gap = sessions.parse_gap(chosen["gap"])
    from_source = chosen["sessions"] == "source"
    numbered = engine.store(sessions.number(kept, gap, from_source, filled))
    table = engine.store(sessions.table(numbered, gap))
    known, types = statistics.data_set(numbered, table), statistics.event_types(numbered)
    return Tables(numbered, table, facts.derive(found, known, types, shared["timezone"]))
