"""Name every user by what they did, whether they bought or not.

The rules are asked in order and the last holds for everybody, so each user has exactly one
name. Names describe what was done so far, not what somebody is: a cart abandoner of today may
buy tomorrow.
"""

from collections.abc import Sequence
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.rfm.data import whole
from trackway.tables.events import EVENT_TYPES

BUYERS = ["frequent buyers", "occasional buyers"]


class Rule(NamedTuple):
    """A name, what it means in words, whether it holds for a user, and of which events it tells."""

    name: str
    meaning: str
    holds: ir.BooleanValue | bool
    event_types: tuple[str, ...]


def rules(users: ir.Table, frequent_orders: int, browse_views: int) -> list[Rule]:
    """The rules, in the order in which they are asked.

    Parameters
    ----------
    users : lazy table, as `data.users` returns it
    frequent_orders : int, orders
        From this many on, a buyer is a frequent one.
    browse_views : int, views
        From this many on, somebody who only looks is a window shopper.
    """
    few = "1 order" if frequent_orders == 2 else f"1 to {frequent_orders - 1} orders"
    return [
        Rule(
            "frequent buyers",
            f"{frequent_orders} orders or more",
            users.n_orders >= frequent_orders,
            ("purchase",),
        ),
        Rule("occasional buyers", few, users.n_orders > 0, ("purchase",)),
        Rule(
            "cart abandoners",
            "no order, but a cart event",
            users.n_carts + users.n_removes > 0,
            ("cart", "remove"),
        ),
        Rule(
            "collectors", "no order, no cart, but a favorite", users.n_favorites > 0, ("favorite",)
        ),
        Rule(
            "window shoppers",
            f"none of these, {browse_views} views or more",
            users.n_views >= browse_views,
            ("view",),
        ),
        Rule("passers-by", "everybody else", True, ()),
    ]


def name(users: ir.Table, frequent_orders: int, browse_views: int) -> ir.Table:
    """`users` with their ``behaviour``."""
    *asked, last = rules(users, frequent_orders, browse_views)
    named = ibis.cases(*((rule.holds, rule.name) for rule in asked), else_=last.name)
    return users.mutate(behaviour=named)


def profile(
    named: ir.Table,
    frequent_orders: int,
    browse_views: int,
    event_types: Sequence[str] = EVENT_TYPES,
) -> pd.DataFrame:
    """Each behaviour in one row, those nobody showed included.

    Parameters
    ----------
    event_types : those recorded
        Of others no rule is asked, and nothing counted.

    Returns
    -------
    DataFrame, in the order of the rules
        behaviour, rule : str
        users : int
        user_share, money_share : 0 to 1
        sessions, views, carts, orders : float, per user
    """
    per_behaviour = named.group_by("behaviour").aggregate(
        users=named.count(),
        money=named.money.sum().round(2),
        sessions=whole(named.n_sessions.sum()),
        views=whole(named.n_views.sum()),
        carts=whole(named.n_carts.sum()),
        orders=whole(named.n_orders.sum()),
    )
    asked = [
        rule
        for rule in rules(named, frequent_orders, browse_views)
        if set(rule.event_types) & set(event_types) or rule.holds is True
    ]
    table = per_behaviour.to_pandas().set_index("behaviour").reindex([r.name for r in asked])
    table = table.fillna({"users": 0, "money": 0})
    counted = {"views": "view", "carts": "cart", "orders": "purchase"}
    absent = [name for name, kind in counted.items() if kind not in event_types]
    table = table.drop(columns=absent)
    each = [name for name in ["sessions", *counted] if name not in absent]
    table[each] = table[each].div(table["users"], axis=0)
    table["users"] = table["users"].astype(int)
    table.insert(0, "rule", [rule.meaning for rule in asked])
    table.insert(2, "user_share", table["users"] / table["users"].sum())
    money = table.pop("money")
    table.insert(3, "money_share", money / money.sum() if money.sum() else money * float("nan"))
    return table.reset_index()


def undecided(named: ir.Table, as_of: pd.Timestamp, within: pd.Timedelta) -> int:
    """How many users without an order were still there `within` before `as_of`, or later.

    What they decided, we have not seen.
    """
    late = named.last_seen >= ibis.literal(as_of - within)
    return int(named.filter((named.n_orders == 0) & late).count().execute())
