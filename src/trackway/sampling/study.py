"""Writes the event table and the session table, and describes what is studied."""

from dataclasses import dataclass, replace

import ibis.expr.types as ir
import pandas as pd

from trackway import engine
from trackway.core.cannot import Cannot
from trackway.params.sampling import Sampling
from trackway.report.run import Run
from trackway.sampling import coverage, heavy, ledger, subsamples, truth
from trackway.sampling.heavy import Heavy
from trackway.tables import build, events, summary
from trackway.tables.build import Rows
from trackway.tables.facts import Facts


@dataclass(frozen=True)
class Study:
    """What is studied, and what was left out.

    Attributes
    ----------
    run : Run
    rows : Rows
        The readable rows with their fates, and the filled catalogue.
    events, sessions : lazy tables, as they are written
    facts : Facts, what is known of the source
    counts : dict, sizes of the data set (`summary.data_set`)
    ledger : DataFrame, every row of the files and what became of it (`ledger.ledger`)
    pauses : DataFrame, pauses of users by length (`coverage.pauses`)
    unit : 'day', 'hour' or 'minute'
    over_time : DataFrame, events per `unit` (`coverage.over_time`)
    subsamples : DataFrame, figures on part of the users beside those on all (`subsamples.compare`)
    heavy : list, who holds a large part of the events (`heavy.find`)
    likeness : DataFrame, marginals beside published ones; Cannot where the shop is not simulated
    """

    run: Run[Sampling]
    rows: Rows
    events: ir.Table
    sessions: ir.Table
    facts: Facts
    counts: dict
    ledger: pd.DataFrame
    pauses: pd.DataFrame
    unit: str
    over_time: pd.DataFrame
    subsamples: pd.DataFrame | Cannot
    heavy: list[Heavy]
    likeness: pd.DataFrame | Cannot


def study(run: Run[Sampling], rows: Rows) -> Study:
    """Cut `rows` into sessions, write both tables, and describe them.

    Raises
    ------
    AssertionError
        If the ledger does not add up.
    """
    made, visits = build.write(rows)
    studied = int(visits.n_events.sum().execute())
    counts = summary.data_set(made, visits)
    facts = build.facts_of(rows.found, made, counts, run.shared.timezone, run.settings)
    facts = replace(facts, equal_rows=int(rows.fates["kept"]) - studied)
    unit = coverage.unit_for(facts.span)
    return Study(
        run=run,
        rows=rows,
        events=made,
        sessions=visits,
        facts=facts,
        counts=counts,
        ledger=ledger.ledger(rows.raw, rows.fates, studied, rows.found.schema.duplicates),
        pauses=coverage.pauses(made, rows.gap),
        unit=unit,
        over_time=coverage.over_time(made, unit, facts.timezone),
        subsamples=_subsamples(run, rows),
        heavy=heavy.find(made, visits, rows.raw.rows, facts, run.settings.heavy),
        likeness=truth.likeness(facts, rows.catalogue, made, visits),
    )


def _subsamples(run: Run[Sampling], rows: Rows) -> pd.DataFrame | Cannot:
    table = rows.canonical
    in_window = table.filter(table.fate.isin(["kept", events.NOT_DRAWN]))
    users = engine.store(subsamples.per_user(in_window, rows.gap, rows.from_source))
    return subsamples.compare(users, [*run.settings.compared, run.settings.users], run.seed)
