"""Score new sessions with the model that `05_intent` kept."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway import engine
from trackway.core.errors import InputError
from trackway.intent import features, model_file
from trackway.intent.model_file import Stored

COLUMNS = ["session_id", "user_id", "moment", "scored_at", "probability"]


def score(
    events: ir.Table | pd.DataFrame,
    model: Stored | None = None,
    since: pd.Timestamp | None = None,
    moments: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Probability that each session buys later, at every moment at which it is still undecided.

    Parameters
    ----------
    events : lazy table or DataFrame, an event table as 01_sampling writes it
        What is known so far: the new sessions, and all that came before them. Histories and
        rates are taken from it, so a session alone is scored as one of a new user of a new shop.
    model : what `model_file.read` returned; None reads it from ``data/processed/``
    since : Timestamp, UTC
        Sessions that start from here on are scored; None: all the model may be asked about.
    moments : names of moments, such as "3" or "cart"; None: all the model has

    Returns
    -------
    DataFrame, one row per session and moment, in that order
        session_id, user_id : int
        moment : str
        scored_at : timestamp, UTC, when that moment was
        probability : float, of a purchase after it

    Raises
    ------
    InputError
        If the events miss a column, or the model is asked about a time it has seen, or about a
        moment it does not know, or there is no model.
    """
    model = model or model_file.read()
    moments = list(model.moments) if moments is None else list(moments)
    _refuse_unknown(moments, model)
    table = engine.connect().create_table("events", events) if _in_pandas(events) else events
    _refuse_without_columns(table.columns)
    since = _refuse_seen(since, model)
    sessions = engine.store(features.sessions_of(table))  # asked for many times
    context = features.Context(table, sessions, model.card["timezone"], model.card["smoothing"])
    asked = sessions.filter(sessions.started >= ibis.literal(since))
    parts = features.in_parts(asked, context, moments)
    rows = pd.concat([part.to_pandas() for part in parts], ignore_index=True)
    tables = [
        mine.assign(probability=model.probability(moment, mine))
        for moment in moments
        for mine in [rows[rows["moment"] == moment]]
    ]
    return pd.concat(tables).sort_values(["session_id", "scored_at", "moment"], ignore_index=True)[
        COLUMNS
    ]


def _in_pandas(events: object) -> bool:
    return isinstance(events, pd.DataFrame)


def _refuse_without_columns(columns: Sequence[str]) -> None:
    missing = [name for name in features.EVENT if name not in columns]
    if missing:
        raise InputError(
            f"not an event table: no column {', '.join(missing)}; 01_sampling writes one from any "
            "raw file (data/README.md)"
        )


def _refuse_unknown(moments: list[str], model: Stored) -> None:
    unknown = [moment for moment in moments if moment not in model.moments]
    if unknown:
        raise InputError(
            f"the model knows no moment {', '.join(map(repr, unknown))}; it has "
            f"{', '.join(map(repr, model.moments))} (intent.moments in params.yaml)"
        )


def _refuse_seen(since: pd.Timestamp | None, model: Stored) -> pd.Timestamp:
    seen = model.split.validation_end
    if since is not None and (since.tz is None or since < seen):
        raise InputError(
            f"the model has seen the data up to {seen}, and is asked about sessions from {since} "
            "on; ask about later ones, in UTC with their zone"
        )
    return seen if since is None else since
