"""Names for the cells of the score cube.

A segment is one or more boxes in the cube of the three scores. Ours partition it: each of the
125 cells lies in exactly one box (a test counts them), so nobody is left over and no order of
the rules decides. The names are the trade's own; they order the customers of *these* data
against each other and know nothing of a date beyond it: "Lost" is the fifth that bought longest
ago, be it last year or half an hour ago.
"""

from collections.abc import Sequence
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.rfm.data import total, whole
from trackway.rfm.scores import SCORES

Between = tuple[int, int]  # from, to; both inclusive


class Box(NamedTuple):
    """A name, and the scores it stands for."""

    name: str
    recency: Between
    frequency: Between
    money: Between

    @property
    def rule(self) -> str:
        """The box in words, such as ``R 4-5 F 1 M 1-3``."""
        sides = zip("RFM", self[1:], strict=True)
        return " ".join(f"{s}\u00a0{a}" if a == b else f"{s}\u00a0{a}-{b}" for s, (a, b) in sides)


PARTITION = [
    Box("Champions", (4, 5), (4, 5), (4, 5)),  # recent, often, much
    Box("Loyal", (4, 5), (4, 5), (1, 3)),  # recent, often, little
    Box("Big spenders", (4, 5), (1, 3), (4, 5)),  # recent, seldom, much
    Box("Promising", (4, 5), (2, 3), (1, 3)),
    Box("Newcomers", (4, 5), (1, 1), (1, 3)),
    Box("Need attention", (3, 3), (3, 5), (1, 5)),
    Box("Need attention", (3, 3), (1, 2), (4, 5)),
    Box("About to sleep", (3, 3), (1, 2), (1, 3)),
    Box("Cannot lose", (1, 2), (4, 5), (4, 5)),  # champions once
    Box("At risk", (1, 2), (4, 5), (1, 3)),
    Box("At risk", (1, 2), (1, 3), (4, 5)),
    Box("Hibernating", (2, 2), (1, 3), (1, 3)),
    Box("Lost", (1, 1), (1, 3), (1, 3)),
]


def assign(scored: ir.Table, boxes: Sequence[Box] = PARTITION) -> ir.Table:
    """Return `scored` with the ``segment`` of each customer: the first box that holds the scores.

    It is null where a score is: a name stands for all three.

    Raises
    ------
    ValueError
        If scores lie in no box: the map has a hole.

    Examples
    --------
    >>> scored = pd.DataFrame({"r_score": [5, 1], "f_score": [5, 1], "m_score": [5, 3]})
    >>> assign(ibis.memtable(scored)).order_by("r_score").to_pandas()["segment"].tolist()
    ['Lost', 'Champions']
    """
    inside = [
        (ibis.and_(*(scored[s].between(*side) for s, side in zip(SCORES, box[1:], strict=True))))
        for box in boxes
    ]
    names = [box.name for box in boxes]
    named = scored.mutate(segment=ibis.cases(*zip(inside, names, strict=True), else_=None))
    scores = ibis.and_(*(named[score].notnull() for score in SCORES))
    holes = named.filter(named.segment.isnull() & scores).select(SCORES).distinct().to_pandas()
    if len(holes):
        raise ValueError(f"no segment for the scores {holes.to_dict('records')}")
    return named


def profile(customers: ir.Table, boxes: Sequence[Box] = PARTITION) -> pd.DataFrame:
    """Each segment in one row, those nobody is in included.

    Parameters
    ----------
    customers : lazy table, one row per customer
        ``segment``, ``recency_days``, ``frequency`` and ``money``.

    Returns
    -------
    DataFrame, in the order of `boxes`
        segment, rule : str
        customers : int
        customer_share, money_share : 0 to 1
        orders : int
        money : float, sum
        recency_days, money_each : median
        frequency : mean
    """
    rules = pd.Series(
        {n: "; or ".join(b.rule for b in boxes if b.name == n) for n in names_of(boxes)}
    )
    table = groups(customers, "segment").reindex(rules.index)
    counts = ["customers", "orders", "customer_share", "money", "money_share"]
    table.loc[table["customers"].isna(), counts] = 0
    table.insert(0, "rule", rules)
    return table.astype({"customers": int, "orders": int}).rename_axis("segment").reset_index()


def names_of(boxes: Sequence[Box]) -> list[str]:
    """The names in `boxes`, each once, in their order."""
    return list(dict.fromkeys(box.name for box in boxes))


def groups(customers: ir.Table, by: str) -> pd.DataFrame:
    """Size, worth and typical member of each group of customers, indexed by `by`."""
    grouped = customers.group_by(by).aggregate(
        customers=customers.count(),
        orders=whole(customers.frequency.sum()),
        money=total(customers.money),
        recency_days=customers.recency_days.median(),
        money_each=customers.money.median(),
    )
    table = grouped.order_by(by).to_pandas().set_index(by)
    n, money = table["customers"].sum(), table["money"].sum()
    return pd.DataFrame(
        {
            "customers": table["customers"],
            "customer_share": table["customers"] / max(n, 1),
            "orders": table["orders"],
            "money": table["money"],
            "money_share": table["money"] / money if money else table["money"] * np.nan,
            "recency_days": table["recency_days"],
            "frequency": table["orders"] / table["customers"],
            "money_each": table["money_each"],
        }
    )
