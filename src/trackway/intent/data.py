"""Who is scored, who is not and why, and in which part of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.core.cannot import Cannot
from trackway.evaluation.splits import PARTS, TimeSplit
from trackway.intent.features.registry import refuse_undeclared
from trackway.intent.prefixes import CART, counts
from trackway.report import phrases
from trackway.tables import user_sampling

OPEN = "open at the end of the data"
SHORT = "did not get there"
DECIDED = "bought by then"
SCORED = "scored"
FATES = [OPEN, SHORT, DECIDED, SCORED]


@dataclass(frozen=True)
class Examples:
    """Sessions scored at one moment, in pandas, and the parts of time they lie in.

    Attributes
    ----------
    rows : DataFrame, one row per session, in order of ``session_id``
        Columns of `features.moment_examples`, ``moment`` and ``part``.
    features : names of the columns a model may see, without those that are constant in training
    split : the cut in time
    moment : when they are scored, see `prefixes`
    """

    rows: pd.DataFrame
    features: list[str]
    split: TimeSplit
    moment: str = ""

    def of(self, part: str) -> pd.DataFrame:
        """The rows of one part."""
        return self.rows[self.rows["part"] == part]

    def judgeable(self, min_buyers: int) -> Self | Cannot:
        """These, if each part of time has `min_buyers` buyers and as many others; or the counts."""
        buyers = self.rows.groupby("part")["bought"].sum().reindex(PARTS, fill_value=0)
        others = self.rows.groupby("part").size().reindex(PARTS, fill_value=0) - buyers
        short = [
            f"{phrases.count(buyers[part], 'buyer')} and {others[part]:,} others in {part}"
            for part in PARTS
            if min(buyers[part], others[part]) < min_buyers
        ]
        if not short:
            return self
        return Cannot(
            f"A part of time needs {min_buyers} buyers and as many others to be judged; we have "
            f"{', '.join(short)}."
        )


def draw(sessions: ir.Table, split: TimeSplit, max_rows: int, seed: int) -> ir.Table:
    """The sessions that are asked about: closed, inside a part, at most `max_rows` of each part.

    Of a part that is too large, whole users are taken in the order of a seeded hash, as long as all
    their sessions in it fit; nothing of the events need be read to draw them.

    Returns
    -------
    lazy table, one row per session
        session_id, user_id : int, and part : str
    """
    closed = sessions.filter(~sessions.open_at_end)
    parted = closed.mutate(part=split.part_of(closed.started, closed.ended))
    parts = (parted.filter(parted.part == part) for part in PARTS)
    return ibis.union(*(_of_whole_users(part, max_rows, seed) for part in parts))


def _of_whole_users(sessions: ir.Table, max_rows: int, seed: int) -> ir.Table:
    sizes = sessions.group_by("user_id").agg(size=sessions.count())
    users = user_sampling.whole_users(sizes, max_rows, seed)
    return sessions.semi_join(users, "user_id").select("session_id", "user_id", "part")


def load(
    table: ir.Table, asked: ir.Table, features: list[str], split: TimeSplit, moments: Sequence[str]
) -> dict[str, Examples]:
    """Bring scored sessions into pandas, the examples of each moment for themselves.

    Parameters
    ----------
    table : lazy table, what `features.moment_examples` returns
    asked : lazy table, what `draw` returned

    Raises
    ------
    ValueError
        If one of `features` is not declared, or known too late.
    """
    refuse_undeclared(features)
    parted = table.inner_join(asked.select("session_id", "part"), "session_id")
    rows = parted.order_by("session_id", "moment").to_pandas()
    examples = {}
    for moment in moments:
        mine = rows[rows["moment"] == moment].reset_index(drop=True)
        examples[moment] = Examples(mine, varied(mine, features), split, moment)
    return examples


def varied(rows: pd.DataFrame, features: list[str]) -> list[str]:
    """The features that differ among the training rows: after one event no pause has been."""
    train = rows[rows["part"] == "train"]
    return [name for name in features if train[name].nunique(dropna=False) > 1]


def ledger(events: ir.Table, sessions: ir.Table, moments: Sequence[str]) -> pd.DataFrame:
    """Every session by what becomes of it at each moment; the rows of a moment add up.

    Returns
    -------
    DataFrame
        moment, sessions : str, what becomes of them
        n, buyers : int

    Raises
    ------
    ValueError
        If a session has no events.
    """
    placed = _positions(events, sessions)
    tables = [_fates(placed, moment).to_pandas() for moment in moments]
    counted = pd.concat(tables).set_index(["moment", "sessions"])
    if (counted["n"].groupby("moment").sum() != sessions.count().execute()).any():
        raise ValueError("a session without events: the rows of a moment do not add up")
    every = pd.MultiIndex.from_product([moments, FATES], names=["moment", "sessions"])
    return counted.reindex(every, fill_value=0).astype(int).reset_index()


def _positions(events: ir.Table, sessions: ir.Table) -> ir.Table:
    """How many events each session had strictly before its first purchase, and before a cart."""
    firsts = sessions.select("session_id", "first_purchase_at")
    joined = events.inner_join(firsts, "session_id")
    free = joined.first_purchase_at.isnull() | (joined.event_time < joined.first_purchase_at)
    counted = joined.group_by("session_id").agg(
        n_free=joined.count(where=free),
        n_all=joined.count(),
        has_cart=(joined.event_type == "cart").any(),
        free_cart=((joined.event_type == "cart") & free).any(),
    )
    wanted = sessions.select("session_id", "open_at_end", "bought")
    return wanted.inner_join(counted, "session_id")


def _fates(placed: ir.Table, moment: str) -> ir.Table:
    if moment == CART:
        got_there, undecided = placed.has_cart, placed.free_cart
    else:
        (n,) = counts([moment])
        got_there, undecided = placed.n_all >= n, placed.n_free >= n
    fate = ibis.cases(
        (placed.open_at_end, OPEN), (~got_there, SHORT), (~undecided, DECIDED), else_=SCORED
    )
    return placed.group_by(moment=ibis.literal(moment), sessions=fate).agg(
        n=ibis._.count(), buyers=ibis._.count(where=ibis._.bought)
    )


def by_part(sessions: ir.Table, split: TimeSplit, examples: Examples) -> pd.DataFrame:
    """Closed sessions by part of time, those on a cut in a row of their own.

    Returns
    -------
    DataFrame
        part, from, before : see `TimeSplit.describe`
        sessions, buyers : int, all of them
        scored : int, those brought into pandas at the moment of `examples`
        bought_share : float, of the sessions scored
    """
    closed = sessions.filter(~sessions.open_at_end)
    parted = closed.group_by(part=split.part_of(closed.started, closed.ended))
    counts = parted.agg(sessions=ibis._.count(), buyers=ibis._.count(where=ibis._.bought))
    counted = counts.to_pandas().set_index("part")
    described = split.describe([]).drop(columns="sessions").set_index("part")
    kept = examples.rows.groupby("part")["bought"].agg(["size", "mean"])
    return described.assign(
        sessions=counted["sessions"].reindex(described.index, fill_value=0).astype(int),
        buyers=counted["buyers"].reindex(described.index, fill_value=0).astype(int),
        scored=kept["size"].reindex(described.index, fill_value=0).astype(int),
        bought_share=kept["mean"].reindex(described.index),
    )
