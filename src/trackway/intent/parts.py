"""Who is scored, who is not and why, and in which part of time."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.intent.prefixes import IN_ORDER
from trackway.splits import PARTS, STRADDLES, TimeSplit

OPEN = "open at the end of the data"
SHORT = "fewer events than are needed to score"
DECIDED = "bought by then"
SCORED = "scored"


@dataclass(frozen=True)
class Examples:
    """Scored sessions in pandas, and the parts of time they lie in.

    Attributes
    ----------
    rows : DataFrame, one row per session, in order of ``session_id``
        Columns of `features.examples`, and ``part``.
    features : names of the columns a model may see
    split : the cut in time
    """

    rows: pd.DataFrame
    features: list[str]
    split: TimeSplit

    def of(self, part: str) -> pd.DataFrame:
        """The rows of one part."""
        return self.rows[self.rows["part"] == part]

    def too_few(self, min_buyers: int) -> str:
        """Why no model is fitted here, in words with counts; empty if there is no reason."""
        buyers = self.rows.groupby("part")["bought"].sum().reindex(PARTS, fill_value=0)
        others = self.rows.groupby("part").size().reindex(PARTS, fill_value=0) - buyers
        short = [
            f"{buyers[part]:,} {'buyer' if buyers[part] == 1 else 'buyers'} and {others[part]:,} "
            f"others in {part}"
            for part in PARTS
            if min(buyers[part], others[part]) < min_buyers
        ]
        if not short:
            return ""
        return (
            f"A part of time needs {min_buyers} buyers and as many others to be judged; we have "
            f"{', '.join(short)}."
        )


def load(
    table: ir.Table,
    features: list[str],
    split: TimeSplit,
    max_rows: int,
    seed: int,
    on_a_cut: bool = False,
) -> Examples:
    """Bring scored sessions into pandas, at most `max_rows` per part.

    Sessions on a cut are left out, unless `on_a_cut`; `by_part` counts them. Of a part that is
    too large, users are taken in the order of a seeded hash.
    """
    parted = table.mutate(part=split.part_of(table.started, table.ended))
    parted = parted if on_a_cut else parted.filter(parted.part != STRADDLES)
    # the draw of `events.in_sample`, so that the two samples are nested
    draw = (ibis.literal(f"{seed}:") + parted.user_id.cast("string")).hexdigest("md5")
    order = [draw, parted.user_id, parted.session_id]
    place = ibis.row_number().over(ibis.window(group_by="part", order_by=order))
    kept = parted.mutate(place=place).filter(ibis._.place < max_rows).drop("place")
    return Examples(kept.order_by("session_id").to_pandas(), features, split)


def ledger(events: ir.Table, sessions: ir.Table, n: int) -> pd.DataFrame:
    """Every session, by whether it is scored after `n` events, or why not; the rows add up.

    Returns
    -------
    DataFrame
        sessions : str, what becomes of them
        n, buyers : int
    """
    numbered = events.mutate(nth=ibis.row_number().over(IN_ORDER))
    scored_at = numbered.filter(numbered.nth == n - 1).select("session_id", at="event_time")
    joined = sessions.left_join(scored_at, "session_id")
    fate = ibis.cases(
        (joined.open_at_end, OPEN),
        (joined["at"].isnull(), SHORT),
        (joined.first_purchase_at <= joined["at"], DECIDED),
        else_=SCORED,
    )
    counted = joined.group_by(fate=fate).agg(
        n=ibis._.count(), buyers=ibis._.bought.sum().cast("int64")
    )
    counts = counted.to_pandas().set_index("fate")
    table = counts.reindex([OPEN, SHORT, DECIDED, SCORED], fill_value=0).astype(int)
    return table.rename_axis("sessions").reset_index()


def by_part(table: ir.Table, split: TimeSplit, used: Examples) -> pd.DataFrame:
    """Scored sessions by part of time, those on a cut in a row of their own.

    Returns
    -------
    DataFrame
        part, from, before : see `TimeSplit.describe`
        sessions, buyers : int, all of them
        used : int, those brought into pandas
        bought_share : float, of the sessions used
    """
    parted = table.group_by(part=split.part_of(table.started, table.ended))
    found = parted.agg(sessions=ibis._.count(), buyers=ibis._.bought.sum().cast("int64"))
    counts = found.to_pandas().set_index("part")
    described = split.describe([]).drop(columns="sessions").set_index("part")
    kept = used.rows.groupby("part")["bought"].agg(["size", "mean"])
    return described.assign(
        sessions=counts["sessions"].reindex(described.index, fill_value=0).astype(int),
        buyers=counts["buyers"].reindex(described.index, fill_value=0).astype(int),
        used=kept["size"].reindex(described.index, fill_value=0).astype(int),
        bought_share=kept["mean"].reindex(described.index),
    )
