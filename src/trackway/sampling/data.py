"""From raw files to rows with fates and a filled catalogue: `tables.build` as the study asks it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import ibis.expr.types as ir
import pandas as pd
from ibis.backends.sql import SQLBackend

from trackway import engine, params
from trackway.categories.predicted import predictor
from trackway.core.errors import InputError
from trackway.params.sampling import Sampling
from trackway.report.run import Run
from trackway.tables import build, summary
from trackway.tables.build import Rows
from trackway.tables.facts import Facts
from trackway.tables.sources import files
from trackway.tables.sources import read as parsing
from trackway.tables.sources.files import Found
from trackway.tables.sources.read import Raw


def find(settings: Sampling | Mapping) -> Found:
    """The files that `settings` means, linked so that DVC watches them wherever they lie.

    Parameters
    ----------
    settings : the section `sampling`, or a dictionary such as papermill injects
    """
    chosen = params.checked("sampling", settings)
    found = files.find(chosen.raw, chosen.mapping)
    files.link_outside(found.files)
    return found


def read(run: Run[Sampling], backend: SQLBackend, found: Found) -> Raw:
    """The readable rows of `found`, and what cannot be read.

    Raises
    ------
    InputError
        If more than ``sampling.max_rejects`` of the rows cannot be read.
    """
    raw = parsing.read(backend, found)
    readable = int(raw.rows.count().execute())
    refuse_many(raw.rejects, readable, run.settings.max_rejects)
    refuse_many_lost(raw.lost, readable, run.settings.max_rejects)
    return raw


def refuse_many_lost(lost: pd.DataFrame, readable: int, most: float) -> None:
    """Stop when in more than the share `most` of the rows what was paid cannot be read.

    Raises
    ------
    InputError
        With the share, the limit, the most frequent reason and its first value.
    """
    money = lost[lost["column"].isin(["price", "quantity"])]
    for column, values in money.groupby("column", sort=True):
        share = values["values"].sum() / readable
        if share > most:
            worst = values.sort_values(["values", "reason"], ascending=[False, True]).iloc[0]
            raise InputError(
                f"{column} cannot be read in {values['values'].sum():,} of {readable:,} rows "
                f"({share:.1%}), more than sampling.max_rejects allows ({most:.1%}): "
                f"{worst['reason']}; the first is {worst['value'][:40]!r} in {worst['file']}, line "
                f"{worst['line']}. Say in sampling.mapping how numbers are written (decimal, "
                "thousands) and what 1 is in shop currency (price_unit), or leave the column out."
            )


def refuse_many(rejects: pd.DataFrame, readable: int, most: float) -> None:
    """Stop when more than the share `most` of the rows cannot be read.

    Raises
    ------
    InputError
        With the share, the limit and the most frequent reason.
    """
    share = len(rejects) / (len(rejects) + readable)
    if share <= most:
        return
    reason, count = next(iter(rejects["reason"].value_counts().items()))
    # A total order: the first is the same on every processor, and of every engine.
    first = rejects.sort_values(["file", "line", "reason", "text"], kind="stable").iloc[0]
    raise InputError(
        f"{len(rejects):,} of {len(rejects) + readable:,} rows ({share:.1%}) cannot be read, more "
        f"than sampling.max_rejects allows ({most:.1%}). The first is in {first['file']}, line "
        f"{first['line']}: {first['reason']}: {first['text'][:200]!r}. Most frequent, {count:,} "
        f"times: {reason}. Mend the file or sampling.mapping, or raise sampling.max_rejects if "
        "these rows may be left out."
    )


def prepare(run: Run[Sampling], found: Found, raw: Raw) -> Rows:
    """What becomes of the rows of `raw`, see `build.prepare`."""
    return build.prepare(found, raw, run.settings, run.seed, _predictor(run.seed))


def _predictor(seed: int) -> build.Predictor:
    return partial(predictor, settings=params.section("recommend.categories"), seed=seed)


@dataclass(frozen=True)
class Tables:
    """Events and sessions, lazy, and what is known of their source."""

    events: ir.Table
    sessions: ir.Table
    facts: Facts


def tables(raw: str) -> Tables:
    """The tables of the files that match `raw`, a path or a glob, in memory; nothing is written.

    For who asks one question of a file beside the study. All users are taken, whatever
    `sampling.users` says, and there is no ledger: a file's oddities are told by the notebook.
    """
    settings = params.section("sampling").model_copy(update={"users": 1.0})
    shared = params.section("shared")
    found = files.find(raw, settings.mapping)
    read = parsing.read(engine.connect(), found)
    events, sessions = build.store(
        build.prepare(found, read, settings, shared.seed, _predictor(shared.seed))
    )
    counts = summary.data_set(events, sessions)
    known = build.facts_of(found, events, counts, shared.timezone, settings)
    return Tables(events, sessions, known)
