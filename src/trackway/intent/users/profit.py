"""What acting on those told likely to buy in the days to come is worth, date by date.

At each date one acts on the users whose probability reaches the threshold that was best at the
date before, when what followed that one was known. What acting brings is assumed as for sessions;
see `intent.profit`. Of each user who buys one order is counted, however many followed.

Users recur from date to date. So what is drawn again for the intervals is users, each with all of
their dates; a mean over the dates is then no surer than these users make it.
"""

import numpy as np
import pandas as pd

from trackway.evaluation.bootstrap import column_means
from trackway.intent.profit.actions import Action, actions
from trackway.intent.profit.evaluate import PER, chosen_threshold
from trackway.intent.users.models import LAST_SEEN, Snapshot
from trackway.params.intent import Intent, Worth

ALL = "all"
OVER = {  # what is told of acting, and its head in a table
    "profit": "profit",
    "over_everyone": "over everyone",
    "over_break_even": "over break-even",
    "over_rule": "over the rule",
}


def costs(settings: Intent) -> Worth:
    """`intent.worth` with the actions that reach users; margin and uplift are the same."""
    return settings.worth.model_copy(update={"actions": settings.users.actions})


def by_date(snapshots: list[Snapshot], name: str, worth: Worth, n: int, seed: int) -> pd.DataFrame:
    """Profit of acting on what the model called `name` says, at each date and at all together.

    Parameters
    ----------
    worth : what `costs` returns

    Returns
    -------
    DataFrame, one row per action and date, and one for `ALL` dates
        action : str
        date : str, as the shop calls it, or `ALL`
        users : int, asked about
        acted : float, share of them
        <column>, <column>_low, <column>_high for each of `OVER` : float
            ``profit`` per `PER` users, shop currency, and how much more that is, on the same users,
            than acting on everyone brings, than acting from the probability on that the costs alone
            give, and than acting by the rule from its own threshold.
    """
    tables = [
        _summed(pd.concat([_rows(one, name, action) for one in snapshots]), n, seed).assign(
            action=action.name
        )
        for action in actions(worth)
    ]
    return pd.concat(tables, ignore_index=True)


def _rows(one: Snapshot, name: str, action: Action) -> pd.DataFrame:
    """What acting brings, user by user."""
    test = one.examples.of("test")
    gain = PER * action.gain(test["bought"])
    acted, by_rule = (_acted(one, model, action) for model in (name, LAST_SEEN))
    even = one.ladder[name].test >= action.break_even
    return pd.DataFrame(
        {
            "date": one.date,
            "user_id": test["user_id"].to_numpy(),
            "acted": acted,
            "profit": acted * gain,
            "over_everyone": acted * gain - gain,
            "over_break_even": acted * gain - even * gain,
            "over_rule": acted * gain - by_rule * gain,
        }
    )


def _acted(one: Snapshot, model: str, action: Action) -> np.ndarray:
    scored = one.ladder[model]
    return scored.test >= chosen_threshold(action, scored, one.examples)


def _summed(rows: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Means over the users of each date, and of all; one draw of users serves every one."""
    dates = [*rows["date"].unique(), ALL]
    among = pd.DataFrame({date: (rows["date"] == date) | (date == ALL) for date in dates})
    table = pd.DataFrame({"date": dates, "users": among.sum().to_numpy()})
    table["acted"] = [rows.loc[among[date], "acted"].mean() for date in dates]
    for column in OVER:
        values = rows[[column] * len(dates)].to_numpy()  # (N, dates)
        means = column_means(values, rows["user_id"], n, seed, among=among.to_numpy())
        table[[column, f"{column}_low", f"{column}_high"]] = means.to_numpy()
    return table
