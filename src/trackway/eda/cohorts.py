"""Who comes back: users by the week they were first seen, and the weeks they are seen again.

Weeks are runs of seven local days from the first day of the data, so that all are whole; days
after the last whole week are left out. *First seen* is in these data: who was a customer before
they begin is new in the first week.
"""

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.eda.clock import DAY_S
from trackway.tables.local_time import local


def whole_weeks(days: pd.DatetimeIndex, first: pd.Timestamp, timezone: str) -> int:
    """How many whole weeks there are from the local day of `first` to the last of `days`."""
    begin = pd.Timestamp(first.tz_convert(timezone).date())
    return ((days[-1] - begin).days + 1) // 7 if len(days) else 0


def retention(events: ir.Table, first: pd.Timestamp, weeks: int, timezone: str) -> pd.DataFrame:
    """Count the users of each cohort that are seen again, week by week.

    Returns
    -------
    DataFrame, one row per cohort and week
        cohort : int, the week the users were first seen, from 0
        begins : text, the local date that week begins
        later : int, weeks since; 0 is the cohort itself
        users : int, seen in that week; share : float, of the cohort
    """
    begin = pd.Timestamp(first.tz_convert(timezone).date())
    seconds = local(events.event_time, timezone).epoch_seconds().cast("int64")
    week = (seconds // DAY_S - int(begin.timestamp()) // DAY_S) // 7
    seen = events.select("user_id", week=week)
    seen = seen.filter(seen.week < weeks).distinct()
    all_of_user = ibis.window(group_by="user_id", preceding=None, following=None)
    seen = seen.mutate(cohort=seen.week.min().over(all_of_user))
    counted = seen.group_by(["cohort", "week"]).aggregate(users=seen.count())
    table = counted.order_by(["cohort", "week"]).to_pandas()
    return _complete(table, weeks, begin)


def _complete(table: pd.DataFrame, weeks: int, begin: pd.Timestamp) -> pd.DataFrame:
    """Weeks in which nobody of a cohort was seen are weeks with 0 users."""
    cohorts = sorted(table["cohort"].unique())
    index = pd.MultiIndex.from_tuples(
        [(c, week) for c in cohorts for week in range(c, weeks)], names=["cohort", "week"]
    )
    users = table.set_index(["cohort", "week"])["users"].reindex(index, fill_value=0)
    full = users.reset_index()
    full["later"] = full["week"] - full["cohort"]
    full["begins"] = [str((begin + pd.Timedelta(days=7 * c)).date()) for c in full["cohort"]]
    full["share"] = full["users"] / full.groupby("cohort")["users"].transform("first")
    return full[["cohort", "begins", "later", "users", "share"]]


def next_week(table: pd.DataFrame) -> float:
    """The share of users seen again in the week after their first, over cohorts that have one."""
    again = table[table["later"] == 1]
    sizes = table[(table["later"] == 0) & table["cohort"].isin(again["cohort"])]
    return float(again["users"].sum() / sizes["users"].sum())


def wide(table: pd.DataFrame) -> pd.DataFrame:
    """Shares with a row per cohort and a column per week after its own; null beyond the data."""
    later = table[table["later"] > 0]
    labels = table[table["later"] == 0].set_index("cohort")
    shares = later.pivot(index="cohort", columns="later", values="share")
    shares.index = [f"{labels.at[c, 'begins']}  ({labels.at[c, 'users']:,})" for c in shares.index]
    return shares
