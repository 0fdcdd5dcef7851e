"""How unevenly: whether few users do most, and few products draw most.

Counted as counts of counts: how many users have one event, two, three ... From these the Lorenz
curve is exact. Much of its bend is chance: spread three events per user at random, and some
users have six. So each figure stands beside what chance alone would give, had all units the same
mean: a Poisson law without its zero, as what has no event is not in the data.
"""

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import poisson

TAIL = 1e-12  # of the Poisson law, left out


def counts_of_counts(units: ir.Table) -> pd.Series:
    """How many units occur once, twice ... in the rows of `units`, indexed by that size.

    Expects the column ``unit``.
    """
    per_unit = units.group_by("unit").aggregate(size=units.count())
    counted = per_unit.group_by("size").aggregate(units=per_unit.count())
    return counted.order_by("size").to_pandas().set_index("size")["units"]


def lorenz(counts: pd.Series) -> pd.DataFrame:
    """The Lorenz curve: the smallest `of_units` hold `of_events`; both run from 0 to 1.

    Parameters
    ----------
    counts : Series of number of units, indexed by their size, rising
    """
    units = counts.cumsum().to_numpy(float)
    events = (counts * counts.index).cumsum().to_numpy(float)
    return pd.DataFrame(
        {"of_units": np.r_[0, units / units[-1]], "of_events": np.r_[0, events / events[-1]]}
    )


def gini(counts: pd.Series) -> float:
    """Twice the area between the Lorenz curve and the diagonal: 0 all alike, to 1 one has all.

    >>> gini(pd.Series({5: 10}))
    0.0
    >>> gini(pd.Series({1: 1, 3: 1}))
    0.25
    """
    curve = lorenz(counts)
    return 1 - 2 * float(np.trapezoid(curve["of_events"], curve["of_units"]))


def top_share(counts: pd.Series, top: float) -> float:
    """The share of events held by the `top` share of units; units of one size are alike."""
    curve = lorenz(counts)
    return 1 - float(np.interp(1 - top, curve["of_units"], curve["of_events"]))


def chance(counts: pd.Series) -> pd.Series:
    """As `counts`, had each unit the same mean and only chance made the differences."""
    units, events = counts.sum(), (counts * counts.index).sum()
    mean = events / units
    if mean <= 1:
        return pd.Series({1: float(units)})
    rate = brentq(lambda r: r / -np.expm1(-r) - mean, 1e-12, mean)
    sizes = np.arange(1, int(poisson.isf(TAIL, rate)) + 2)
    law = poisson.pmf(sizes, rate)
    return pd.Series(units * law / law.sum(), index=sizes)


def tabulate(measured: dict[str, pd.Series]) -> pd.DataFrame:
    """One row per name in `measured`: who, of what; what the top hold; Gini, and by chance."""
    rows = {
        name: {
            "units": int(counts.sum()),
            "events": int((counts * counts.index).sum()),
            "top_1_percent": top_share(counts, 0.01),
            "top_20_percent": top_share(counts, 0.20),
            "gini": gini(counts),
            "gini_by_chance": gini(chance(counts)),
        }
        for name, counts in measured.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("what")


def measure(events: ir.Table) -> dict[str, pd.Series]:
    """Counts of counts of users and of products, by what they did or drew; empty ones left out."""
    views = events.filter(events.event_type == "view")
    purchases = events.filter(events.event_type == "purchase")
    measured = {
        "users by events": counts_of_counts(events.select(unit="user_id")),
        "buyers by purchases": counts_of_counts(purchases.select(unit="user_id")),
        "products by views": counts_of_counts(views.select(unit="product_id")),
        "products by purchases": counts_of_counts(purchases.select(unit="product_id")),
    }
    return {name: counts for name, counts in measured.items() if len(counts)}
