"""What the data can carry: the one place that decides whether something is counted and drawn.

Each function gives back what it was given when there is enough of it, else a `Cannot` with the
values, which is shown in the figure's place. The thresholds are `eda.enough` in `params.yaml`. Why
these:

- an hour, or a weekday, must be seen on two days at least, or the day itself is all one sees
  (`hour_days`: 2, `weekday_days`: 14);
- months are compared when two of them are covered for a fortnight each (`month_days`: 14), so
  that both hold every weekday twice;
- retention needs a week to come from, one to return in and one to compare with
  (`cohort_weeks`: 3);
- below 20 purchases (`purchases`) a single one moves a share by more than five points, and so
  does a single user below 20 (`users`);
- a session that may still go on is not a session without a purchase: what is said of whole
  sessions needs most of them to be over (`closed`: 0.5).
"""

import pandas as pd

from trackway.core.cannot import Cannot
from trackway.params.eda import Enough
from trackway.report.phrases import count


def hours(days: pd.DatetimeIndex, enough: Enough) -> pd.DatetimeIndex | Cannot:
    """`days`, the whole local days covered, if they are enough to compare hours of the day."""
    return _days("Hours of the day", days, enough.hour_days)


def weekdays(days: pd.DatetimeIndex, enough: Enough) -> pd.DatetimeIndex | Cannot:
    """`days`, if they are enough to compare weekdays."""
    return _days("Weekdays", days, enough.weekday_days)


def months(days: pd.DatetimeIndex, enough: Enough) -> pd.DatetimeIndex | Cannot:
    """`days`, if they are enough to compare calendar months."""
    least = enough.month_days
    covered = days.strftime("%Y-%m").value_counts()
    if (covered >= least).sum() >= 2:
        return days
    held = f"{count(len(days), 'whole local day')} in {count(len(covered), 'calendar month')}"
    return Cannot(
        f"Months are compared when two of them are covered for {least} whole local days each; the "
        f"data hold {held if len(days) else 'none'}."
    )


def cohorts(weeks: int, enough: Enough) -> int | Cannot:
    """`weeks`, the whole weeks covered, if they are enough to follow weekly cohorts."""
    least = enough.cohort_weeks
    if weeks >= least:
        return weeks
    return Cannot(f"Cohorts need at least {least} whole weeks; the data cover {weeks or 'none'}.")


def purchases(number: int, enough: Enough) -> int | Cannot:
    """`number` of purchases, or of buying sessions, if it is enough to tell shares of them."""
    return _number(number, "purchase", enough.purchases)


def users(number: int, enough: Enough) -> int | Cannot:
    """`number` of users, if it is enough to tell shares of them."""
    return _number(number, "user", enough.users)


def closed(totals: pd.Series, enough: Enough) -> int | Cannot:
    """Purchasing sessions that are over, if what whole sessions came to can be told.

    Parameters
    ----------
    totals : what `visits.totals` counted
    """
    sessions, still_open = totals["sessions"], totals["still_open"]
    if sessions and (sessions - still_open) / sessions >= enough.closed:
        return purchases(totals["closed_bought"], enough)
    return Cannot(
        f"{still_open:,} of {count(sessions, 'session')} may still go on when the data end; how "
        "long they last, and whether they end in a purchase, is not known."
    )


def _number(number: int, noun: str, least: int) -> int | Cannot:
    if number >= least:
        return number
    are = "There is" if number == 1 else "There are"
    return Cannot(
        f"{are} {count(number, noun)} to look at; below {least} a single one would decide what one "
        "sees."
    )


def _days(what: str, days: pd.DatetimeIndex, least: int) -> pd.DatetimeIndex | Cannot:
    if len(days) >= least:
        return days
    return Cannot(
        f"{what} need at least {least} whole local days; the data cover {len(days) or 'none'}."
    )
