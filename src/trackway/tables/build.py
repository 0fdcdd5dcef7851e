"""From the rows of raw files to the event table and the session table: the one way there.

`01_sampling`, the benchmarks and the tests all go it. `prepare` says what becomes of every row and
fills the catalogue; then the tables are made, by `write` on disk, or by `store` in memory where
they are small.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from trackway import engine
from trackway.core.errors import InputError
from trackway.params.sampling import Sampling
from trackway.tables import events, extent, fills, orders, resolution, sessions, summary
from trackway.tables.facts import Facts
from trackway.tables.fills import Predict
from trackway.tables.sources.files import Found
from trackway.tables.sources.read import Raw

LISTED = 3  # rows far from all others that are named
Predictor = Callable[[ir.Table], Predict]  # asked with the events before anything is filled


@dataclass(frozen=True)
class Rows:
    """What becomes of the readable rows, before they are cut into sessions.

    Attributes
    ----------
    found, raw : the files, and what was read from them
    canonical : lazy table, one row per readable row
        In our vocabulary, with ``fate``.
    fates : Series, rows by fate
    days : Series, rows by UTC day since 1970, those studied and those of users not drawn
    far : DataFrame, some of the rows that lie far from all others in time (`extent.listed`)
    kept : lazy table, those of `canonical` that are studied, doubles included
    catalogue, filled : lazy tables
        What the kept rows say of the products (`events.catalogue`); the same, filled.
    policies : column to the policies that filled it, for the columns the source has
    gap : Timedelta
        The longest pause inside a session.
    from_source : bool
        Whether the source's own sessions are believed. In a log of nothing but orders, which has
        no sessions, its orders are these.
    """

    found: Found
    raw: Raw
    canonical: ir.Table
    fates: pd.Series
    days: pd.Series
    far: pd.DataFrame
    kept: ir.Table
    catalogue: ir.Table
    filled: ir.Table
    policies: dict[str, list[str]]
    gap: pd.Timedelta
    from_source: bool


def prepare(
    found: Found, raw: Raw, settings: Sampling, seed: int, predictor: Predictor | None = None
) -> Rows:
    """Give every row its fate, and fill the catalogue of those that are kept.

    Parameters
    ----------
    settings : the section `sampling` of `params.yaml`
    predictor : what makes the policy 'predicted', such as `categories.predicted.predictor`
        Needed only where that is among the policies.

    Raises
    ------
    InputError
        If no row is kept, the window ends before it starts, or the gap is below a second.
    """
    canonical = events.canonical(raw.rows, found.schema, engine.store)
    window = events.window(settings.window, found.schema)
    canonical = events.with_fate(canonical, window, settings.users, seed, engine.store)
    counts = extent.by_day(canonical)
    within = extent.extent(counts, settings.far)
    fates = extent.fates(counts, within)
    refuse_none(raw.rejects, fates)
    if extent.FAR in fates:
        canonical = extent.set_aside(canonical, within)
    from_source = settings.sessions == "source" and "session" in found.schema.columns
    kept = events.kept(canonical, fates)
    if settings.sessions == "source" and not from_source and orders.are_sessions(kept):
        from_source = True
        canonical, kept = (rows.mutate(session=rows.order_id) for rows in (canonical, kept))
    if isinstance(found.schema.duplicates, tuple):
        kept = engine.store(orders.first_of(kept, found.schema.duplicates))
    catalogue = engine.store(events.catalogue(kept))
    policies = fills.policies(settings.fill, found.schema)
    predict = predictor(events.with_catalogue(kept, catalogue)) if predictor else None
    return Rows(
        found=found,
        raw=raw,
        canonical=canonical,
        fates=fates,
        days=extent.rows_by_day(counts).loc[slice(*within)],
        far=extent.listed(canonical, LISTED) if extent.FAR in fates else pd.DataFrame(),
        kept=kept,
        catalogue=catalogue,
        filled=engine.store(fills.fill_all(catalogue, catalogue, policies, predict)),
        policies=policies,
        gap=sessions.parse_gap(settings.gap),
        from_source=from_source,
    )


def refuse_none(rejects: pd.DataFrame, fates: pd.Series) -> None:
    """Stop when no row is kept.

    Parameters
    ----------
    fates : rows by fate, from `extent.fates`

    Raises
    ------
    InputError
        With the reasons why rows were left out.
    """
    if fates.get("kept", 0):
        return
    left_out = pd.concat([rejects.groupby("reason", sort=True).size(), fates])
    raise InputError(
        f"no event is left of {left_out.sum():,} rows: "
        + "; ".join(f"{reason}: {n:,}" for reason, n in left_out.items())
        + ". Check sampling.window, sampling.users and sampling.mapping."
    )


def write(rows: Rows) -> tuple[ir.Table, ir.Table]:
    """Write ``interim/events`` and ``interim/sessions``; give them, lazily.

    Doubles are dropped and events numbered as the sorted rows are written.
    """
    visits = sessions.cut(rows.kept, rows.gap, rows.from_source, engine.store)
    visits = events.with_catalogue(visits, engine.coded(rows.filled, list(rows.policies)))
    schema = rows.found.schema
    types = events.IN_ORDER if orders.may_return(schema) else events.EVENT_TYPES
    visits = engine.coded(visits, ["event_type"], types)
    visits = sessions.apart(visits, schema.duplicates)
    order = {"order_by": sessions.order(visits), "number": "event_id"}
    unwritten = [name for name in ("tie", "copy") if name in visits.columns]
    engine.write(visits, "interim/events", **order, distinct=True, unwritten=unwritten)
    backend = rows.kept.get_backend()
    written = engine.read(backend, "interim/events")
    engine.write(sessions.table(written, rows.gap), "interim/sessions", order_by=["session_id"])
    return written, engine.read(backend, "interim/sessions")


def store(rows: Rows) -> tuple[ir.Table, ir.Table]:
    """The same two tables in the engine, and nothing written."""
    duplicates = rows.found.schema.duplicates
    numbered = sessions.number(rows.kept, rows.gap, rows.from_source, rows.filled, duplicates)
    numbered = engine.store(numbered)
    return numbered, engine.store(sessions.table(numbered, rows.gap))


def facts_of(
    found: Found, events: ir.Table, counts: dict, shared_zone: str | None, settings: Sampling
) -> Facts:
    """The facts of what `found` was read into.

    Parameters
    ----------
    events : lazy table, as `write` leaves it
    counts : what `summary.data_set` gave
    shared_zone : `shared.timezone`; null for the source's own
    settings : the section `sampling`
    """
    zone, schema = shared_zone or found.schema.timezone, found.schema
    return Facts(
        schema=schema.name,
        label="simulated shop" if found.simulated else schema.label,
        simulated=found.simulated,
        timezone=zone,
        has_price=counts["priced"] > 0,
        has_brand=counts["brands"] > 0,
        has_category_code=counts["category_codes"] > 0,
        event_types=tuple(summary.event_types(events)),
        first=counts["first"],
        last=counts["last"],
        events=counts["events"],
        resolution=resolution.measure(events, [zone, schema.zone, "UTC"], settings.resolution),
    )
