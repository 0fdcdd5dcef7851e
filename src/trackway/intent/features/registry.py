"""The registry of features: what each means, and since when it is available to a model.

A feature that is not declared is refused, and so is one that would be known too late. A
declaration alone proves nothing; `leakage_check` holds it against the data.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from trackway.tables.facts import Facts

AT_START = "at the start"  # of the session
SO_FAR = "so far"
EARLIER_DAYS = "earlier days"  # strictly: than the one the session started on
AVAILABILITY = (AT_START, SO_FAR, EARLIER_DAYS)


@dataclass(frozen=True)
class Feature:
    """What a feature says, and when that is known.

    Attributes
    ----------
    meaning : in words, with the unit
    available : one of `AVAILABILITY`, since when it is known
    needs : what the data must carry for it: 'price', 'a day', 'a week', or an event type; empty
        if nothing beyond every source's columns
    log : whether its size counts by ratio: a linear model then sees its logarithm
    """

    meaning: str
    available: str
    needs: str = ""
    log: bool = False


REGISTRY = {
    "view_count": Feature("views", SO_FAR),
    "cart_count": Feature("additions to the cart", SO_FAR, "cart"),
    "remove_count": Feature("removals from the cart", SO_FAR, "remove"),
    "favorite_count": Feature("marks as favourite", SO_FAR, "favorite"),
    "session_duration_s": Feature("seconds since the first event", SO_FAR, log=True),
    "last_pause_s": Feature("seconds between the last two events", SO_FAR, log=True),
    "unique_items": Feature("different products", SO_FAR),
    "category_changes": Feature("times the category changed", SO_FAR),
    "repeat_views": Feature("views of products seen before in this session", SO_FAR),
    "known_items": Feature("products this user had met before this session", SO_FAR),
    "last_known": Feature("whether the last product is one of those", SO_FAR),
    "last_repeated": Feature("whether the last product came before in this session", SO_FAR),
    "avg_price": Feature("mean price, shop currency", SO_FAR, "price", log=True),
    "max_price": Feature("highest price, shop currency", SO_FAR, "price", log=True),
    "price_level": Feature(
        "last price over the category's mean price on earlier days", EARLIER_DAYS, "price", log=True
    ),
    "hour": Feature("hour of the day, local time", AT_START, "a day"),
    "weekday": Feature("day of the week, local time, Monday is 0", AT_START, "a week"),
    "past_sessions": Feature("sessions the user had begun before", AT_START, log=True),
    "past_orders": Feature("of those, with a purchase by then", AT_START, log=True),
    "days_since_last": Feature(
        "days since the last one began; none for a new user", AT_START, log=True
    ),
    "item_rate": Feature("purchases per view of the last product", EARLIER_DAYS, log=True),
    "item_rate_max": Feature("the highest such rate so far", EARLIER_DAYS, log=True),
    "category_rate": Feature("purchases per view of the last category", EARLIER_DAYS, log=True),
}
CALENDAR = {"hour": 24, "weekday": 7}  # values each can take


def refuse_undeclared(features: Sequence[str]) -> None:
    """Stop unless every one of `features` is declared, and known in time.

    Raises
    ------
    ValueError
        All that are not, at once.
    """
    unknown = [name for name in features if name not in REGISTRY]
    late = [f"{n} ({REGISTRY[n].available})" for n in features if n in REGISTRY and not in_time(n)]
    if unknown or late:
        raise ValueError(
            f"not declared in intent/features/registry.py: {', '.join(unknown) or 'none'}; known "
            f"only after a session is scored: {', '.join(late) or 'none'}"
        )


def in_time(name: str) -> bool:
    """Whether the declaration of `name` says that it is known when a session is scored."""
    return REGISTRY[name].available in AVAILABILITY


def usable(known: Facts, train_end: pd.Timestamp) -> list[str]:
    """The features these data can carry, in a fixed order.

    Prices are absent where the source has none; they are not 0. An hour of the day is a feature
    if the training part covers a day, so that every hour occurs in it, and a weekday if it covers
    a week.
    """
    days = (train_end - known.first) / pd.Timedelta("1D")
    carried = {"": True, "price": known.has_price, "a day": days >= 1, "a week": days >= 7}
    carried |= {name: name in known.event_types for name in ("cart", "remove", "favorite")}
    return [name for name, feature in REGISTRY.items() if carried[feature.needs]]


def describe(features: Sequence[str], train: pd.DataFrame) -> pd.DataFrame:
    """Each feature: meaning, when it is known, and its mean in the training part.

    Returns
    -------
    DataFrame, indexed by feature
        meaning, known : str
        missing : float, share of the sessions without a value
        buyers, others : float, means of those that have one
    """
    features = list(features)
    bought = train["bought"].astype(bool)
    rows = {name: (REGISTRY[name].meaning, REGISTRY[name].available) for name in features}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["meaning", "known"])
    return table.rename_axis("feature").assign(
        missing=train[features].isna().mean(),
        buyers=train.loc[bought, features].mean(),
        others=train.loc[~bought, features].mean(),
    )
