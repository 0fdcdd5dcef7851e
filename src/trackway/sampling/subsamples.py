"""How far figures on part of the users lie from those on all.

Each figure is a ratio of two sums over users, such as purchases over events. Users are drawn whole,
so the interval of a ratio comes from how it varies between users (W. Cochran, *Sampling
Techniques*, 3rd ed. 1977, chapters 2 and 6), narrower by what the part already holds of the whole.
Shares of users, or of what is theirs, get Wilson's. All is computed from sums of products, in one
pass over one row per user, exactly: whatever the number of users, a few numbers leave the engine.
"""

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot
from trackway.evaluation.intervals import deviations, wilson
from trackway.tables import orders
from trackway.tables.events import EVENT_TYPES, in_sample

LEVEL = 0.95
MICROSECOND = pd.Timedelta("1us")
WHOLE = "decimal(18, 0)"  # of a number per user: its square is exact, and so is a sum of squares


class Figure(NamedTuple):
    """A figure of the shop: the sum of `of` over the sum of `per`, both numbers of each user."""

    name: str
    of: str
    per: str
    is_share: bool


FIGURES = [
    Figure("events a user", "events", "user", False),
    Figure("sessions a user", "sessions", "user", False),
    Figure("events a session", "events", "sessions", False),
    *(Figure(f"share of {name}s", f"{name}s", "events", True) for name in EVENT_TYPES),
    Figure("share of users who buy", "buyer", "user", True),
    Figure("share of sessions with a purchase", "orders", "sessions", True),
    Figure("purchases a buyer", "purchases", "buyer", False),
    Figure("revenue a buyer", "cents", "buyer", False),
]


def per_user(rows: ir.Table, gap: pd.Timedelta, from_source: bool) -> ir.Table:
    """What the figures are made of, one row per user, each a whole number.

    Parameters
    ----------
    rows : lazy table
        The readable rows that lie in the window, before the draw of users and before duplicates
        are dropped.
    gap : Timedelta
        The longest pause inside a session, where the source numbers none.
    from_source : bool
        Whether ``session`` is the source's own number of a session.

    Returns
    -------
    lazy table
        user_id; events, views, ... purchases, sessions, orders (sessions with a purchase), cents
        (of all purchases); buyer (0 or 1); user (1).
    """
    counts = {f"{name}s": rows.count(where=rows.event_type == name) for name in EVENT_TYPES}
    cents = (orders.money(rows).cast("decimal(16, 2)") * 100).sum().fill_null(0)
    # A hash of the key takes a third of its memory; it need only tell one user's visits apart.
    key = {"key": rows.session.fill_null("").hash()} if from_source else {"at": rows.event_time}
    parts = rows.group_by("user_id", **key).agg(events=rows.count(), **counts, cents=cents)
    visits = parts if from_source else _visits(parts, gap)
    sums = {name: visits[name].sum().cast(WHOLE) for name in ["events", *counts, "cents"]}
    users = visits.group_by("user_id").agg(
        **sums,
        sessions=visits.count().cast(WHOLE),
        orders=visits.count(where=visits.purchases > 0).cast(WHOLE),
    )
    one = ibis.literal(1).cast(WHOLE)
    return users.mutate(user=one, buyer=(users.purchases > 0).ifelse(one, one - one))


def _visits(instants: ir.Table, gap: pd.Timedelta) -> ir.Table:
    """One row per visit, from one per user and instant ``at``: longer pauses end a visit."""
    stream = {"group_by": "user_id", "order_by": "at"}
    pause_us = instants["at"].delta(instants["at"].lag().over(**stream), unit="microsecond")
    marked = instants.mutate(starts=(pause_us > gap // MICROSECOND).fill_null(False).cast("int64"))
    part = marked.starts.sum().over(**stream, rows=(None, 0))
    parted = marked.mutate(part=part).drop("at", "starts")
    sums = {name: parted[name].sum() for name in parted.columns if name not in ["user_id", "part"]}
    return parted.group_by("user_id", "part").agg(**sums)


def compare(users: ir.Table, shares: list[float], seed: int) -> pd.DataFrame | Cannot:
    """Each figure on each share of the users, beside that on all.

    Parameters
    ----------
    users : lazy table, as `per_user` returns it; read once per share
    shares : below 1; one that draws fewer than two users, or none of the figure's, has no row

    Returns
    -------
    DataFrame, one row per share and figure
        share; users, those drawn; figure, value; low, high, its 95 % interval for what all users
        would give; whole, what they give; off, value over whole less 1; within, whether the whole
        lies in the interval.
    """
    whole = _sums(users)
    rows = [
        _row(figure, sums, whole, share)
        for share in sorted({share for share in shares if share < 1})
        if (sums := _sums(users.filter(in_sample(users.user_id, share, seed))))["n"] >= 2
        for figure in FIGURES
        if sums[figure.per] and whole[figure.of]
    ]
    if not rows:
        return Cannot("There are too few users for a part of them to be more than one.")
    columns = ["share", "users", "figure", "value", "low", "high", "whole", "off", "within"]
    return pd.DataFrame(rows, columns=columns)


def _sums(users: ir.Table) -> dict[str, float]:
    """Users `n`; the sum of each number; and of the products of those two of each figure."""
    names = sorted({name for figure in FIGURES for name in figure[1:3]})
    pairs = {tuple(sorted(pair)) for f in FIGURES for pair in [f[1:3], [f.of] * 2, [f.per] * 2]}
    sums = {name: users[name].sum() for name in names}
    products = {f"{a} {b}": (users[a] * users[b]).sum() for a, b in sorted(pairs)}
    one = users.agg(n=users.count(), **sums, **products).to_pandas().iloc[0]
    return {name: float(value or 0) for name, value in one.items()}


def _row(figure: Figure, part: dict, whole: dict, share: float) -> tuple:
    scale = 0.01 if figure.of == "cents" else 1.0
    value, truth = (scale * sums[figure.of] / sums[figure.per] for sums in (part, whole))
    low, high = (scale * end for end in _interval(figure, part, 1 - part["n"] / whole["n"]))
    within = low <= truth <= high
    return share, int(part["n"]), figure.name, value, low, high, truth, value / truth - 1, within


def _interval(figure: Figure, sums: dict, unseen: float) -> tuple[float, float]:
    """Where the whole's ratio lies, if a share `unseen` of the users is not among those summed."""
    of, per, n = sums[figure.of], sums[figure.per], sums["n"]
    ratio = of / per
    both = sums[" ".join(sorted([figure.of, figure.per]))]
    squares = sums[f"{figure.per} {figure.per}"]
    residuals = sums[f"{figure.of} {figure.of}"] - 2 * ratio * both + ratio**2 * squares
    variance = max(residuals, 0.0) / per**2 * n / (n - 1) * unseen
    if not figure.is_share:
        reach = deviations(LEVEL) * np.sqrt(variance)
        return ratio - reach, ratio + reach
    # Where no user has any, or all have nothing else: as if what is a user's were all alike.
    alike = per**2 / squares / max(unseen, 1 / n)
    size = ratio * (1 - ratio) / variance if variance > 0 else alike
    return wilson(ratio, size, LEVEL)
