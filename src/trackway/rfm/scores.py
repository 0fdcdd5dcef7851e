"""Score recency, frequency and money from 1 (worst) to 5 (best), by a stated rule for ties.

Most customers of a shop have bought once, so equal values are the rule, not the exception, and
what is done with them decides the scores. The rules known here:

* ``together`` (ours): equal customers get equal scores. A score says how many fifths of the
  customers are *strictly worse*; where many are equal, some scores stay empty.
* ``apart``: five parts of equal size, as SQL's NTILE cuts them, but in a total order: equal values
  are ordered by the other two, recency first, and at last by the user's number. The same
  on every engine; but two equal customers may get different scores.
* ``quantile``: cut at the quantiles of the values; a value on an edge belongs below it. What
  pandas' `qcut` does.
* ``rfm-package``: what the R package `rfm` does: each quantile plus one is an edge, and a value on
  it belongs above. Differs from ``quantile`` where a quantile is no whole number.

A measure in which nobody differs gives no score, by whatever rule: there is nobody to be better
than.
"""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot
from trackway.report.phrases import count
from trackway.rfm.data import NOBODY, RFM

RULES = ["together", "apart", "quantile", "rfm-package"]
SCORES = ["r_score", "f_score", "m_score"]


def score(customers: ir.Table, rule: str = "together", parts: int = 5) -> ir.Table:
    """Return `customers` with their three scores.

    Parameters
    ----------
    customers : lazy table, one row per customer
        ``user_id``, ``recency_days``, ``frequency``, ``money``.
    rule : one of `RULES`
    parts : int
        The best score.

    Returns
    -------
    lazy table, same rows
        All columns of `customers`, and r_score, f_score, m_score : 1 to `parts`; 5 for R is
        recent; null where all customers are equal in it

    Examples
    --------
    Four have bought once, one twice. Nobody is worse than the four:

    >>> bought = pd.DataFrame({"user_id": range(5), "frequency": [1, 1, 1, 1, 2]})
    >>> bought = bought.assign(recency_days=[9.0, 8, 7, 6, 5], money=[1.0, 2, 3, 4, 5])
    >>> bought = ibis.memtable(bought)
    >>> tables = [score(bought, rule).order_by("user_id") for rule in ["together", "apart"]]
    >>> [table.to_pandas()["f_score"].tolist() for table in tables]
    [[1, 1, 1, 1, 5], [1, 2, 3, 4, 5]]
    """
    if rule in ["together", "apart"]:
        place = _place_together if rule == "together" else _place_apart
        n = customers.count().over(ibis.window(preceding=None, following=None))
        columns = [1 + place(customers, name) * parts // n for name in RFM]
    else:
        columns = [_by_edges(customers, name, parts, rule == "rfm-package") for name in RFM]
        columns[0] = parts + 1 - columns[0]
    everybody = ibis.window(preceding=None, following=None)
    scores = {
        score: (customers[name].min().over(everybody) < customers[name].max().over(everybody))
        .ifelse(column, None)
        .cast("int8")
        for score, name, column in zip(SCORES, RFM, columns, strict=True)
    }
    return customers.mutate(**scores)


def differing(customers: ir.Table) -> list[str] | Cannot:
    """The measures, if customers differ in each, so that each gives scores."""
    values = {name: customers[name].cast("float64") for name in RFM}
    ends = {f"{name}_min": value.min() for name, value in values.items()}
    ends |= {f"{name}_max": value.max() for name, value in values.items()}
    one = customers.aggregate(n=customers.count(), **ends).to_pandas().iloc[0]
    alike = [name for name in RFM if one[f"{name}_min"] == one[f"{name}_max"]]
    if not one["n"]:
        return Cannot(NOBODY)
    if not alike:
        return RFM
    same = " and ".join(name.removesuffix("_days") for name in alike).capitalize()
    verb = "is", "gives no score"
    if len(alike) > 1:
        verb = "are", "give no scores"
    return Cannot(
        f"{same} {verb[0]} the same for all {count(int(one['n']), 'customer')} and {verb[1]}; "
        "segments need all three scores and cannot be told."
    )


def ranges(scored: ir.Table) -> pd.DataFrame:
    """What each score given stands for in these data: from, to, and how many customers.

    Returns
    -------
    DataFrame, one row per measure and score that occurs
        measure, score, customers, from, to
    """
    tables = [_range(scored, *names) for names in zip(RFM, SCORES, strict=True)]
    table = pd.concat(tables, ignore_index=True)
    return table[["measure", "score", "customers", "from", "to"]]


def _range(scored: ir.Table, name: str, score_name: str) -> pd.DataFrame:
    given = scored.filter(scored[score_name].notnull())
    value = given[name].cast("float64")
    ends = {"from": value.min(), "to": value.max()}
    table = given.group_by(score=score_name).aggregate(customers=given.count(), **ends)
    return table.order_by("score").to_pandas().assign(measure=name)


def compare(customers: ir.Table, rule: str) -> pd.DataFrame:
    """The share of customers whose score would be another under each other rule.

    Returns
    -------
    DataFrame, one row per other rule
        rule; recency_days, frequency, money : share of customers, 0 to 1
    """
    others = [other for other in RULES if other != rule]
    moved = [_moved(customers, rule, other).to_pandas().iloc[0] for other in others]
    return pd.DataFrame(moved, columns=RFM).assign(rule=others)[["rule", *RFM]]


def _moved(customers: ir.Table, rule: str, other: str) -> ir.Table:
    own = score(customers.select("user_id", *RFM), rule)
    both = score(own.rename({f"own_{name}": name for name in SCORES}), other)
    shares = zip(RFM, SCORES, strict=True)
    return both.aggregate(**{name: (both[f"own_{s}"] != both[s]).mean() for name, s in shares})


def _good(customers: ir.Table, name: str) -> ir.Value:
    """The measure `name`, worst first: long ago is bad, the others are bad where they are small."""
    column = customers[name]
    return column.desc() if name == "recency_days" else column.asc()


def _place_together(customers: ir.Table, name: str) -> ir.IntegerValue:
    return ibis.rank().over(order_by=[_good(customers, name)])


def _place_apart(customers: ir.Table, name: str) -> ir.IntegerValue:
    keys = [name, *(other for other in RFM if other != name)]
    order = [*(_good(customers, key) for key in keys), customers.user_id]
    return ibis.row_number().over(order_by=order)


def _by_edges(customers: ir.Table, name: str, parts: int, widen: bool) -> ir.IntegerValue:
    value, score = customers[name], ibis.literal(1)
    for edge in _quantiles(customers, name, parts):
        score += (value >= edge + 1 if widen else value > edge).cast("int64")
    return score


def _quantiles(customers: ir.Table, name: str, parts: int) -> list[float]:
    """Quantiles as NumPy's, from the few customers between whom they lie."""
    n = int(customers.count().execute())
    if not n:
        return []
    places = np.arange(1, parts) / parts * (n - 1)
    below = np.floor(places).astype(int)
    above = np.minimum(below + 1, n - 1)
    ranked = customers.select(value=customers[name].cast("float64"))
    ranked = ranked.mutate(place=ibis.row_number().over(order_by=ranked.value))
    wanted = ranked.filter(ranked.place.isin(sorted({*below.tolist(), *above.tolist()})))
    at = wanted.to_pandas().set_index("place")["value"]
    between = zip(at[below], at[above], places - below, strict=True)
    return [float(np.quantile([low, high], share)) for low, high, share in between]
