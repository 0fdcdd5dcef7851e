"""What the data can carry: the one place that decides whether a figure is drawn.

Each function returns None when there is enough, else the reason in words, with the values, to be
shown in the figure's place. The thresholds are `eda.enough` in `params.yaml`. Why these:

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


def hours(days: pd.DatetimeIndex, enough: dict) -> str | None:
    """Whether hours of the day can be compared; `days` are the whole local days covered."""
    return _days("Hours of the day", days, enough["hour_days"])


def weekdays(days: pd.DatetimeIndex, enough: dict) -> str | None:
    """Whether weekdays can be compared."""
    return _days("Weekdays", days, enough["weekday_days"])


def months(days: pd.DatetimeIndex, enough: dict) -> str | None:
    """Whether calendar months can be compared."""
    least = enough["month_days"]
    covered = days.strftime("%Y-%m").value_counts()
    if (covered >= least).sum() >= 2:
        return None
    held = f"{count(len(days), 'whole local day')} in {count(len(covered), 'calendar month')}"
    return (
        f"Months are compared when two of them are covered for {least} whole local days each; the "
        f"data hold {held if len(days) else 'none'}."
    )


def cohorts(weeks: int, enough: dict) -> str | None:
    """Whether weekly cohorts can be followed; `weeks` are the whole weeks covered."""
    least = enough["cohort_weeks"]
    if weeks >= least:
        return None
    return f"Cohorts need at least {least} whole weeks; the data cover {weeks or 'none'}."


def purchases(number: int, enough: dict) -> str | None:
    """Whether shares of purchases, or of buying sessions, can be told."""
    least = enough["purchases"]
    if number >= least:
        return None
    return _too_few(number, "purchase", least)


def users(number: int, enough: dict) -> str | None:
    """Whether shares of users can be told."""
    least = enough["users"]
    return None if number >= least else _too_few(number, "user", least)


def closed(sessions: int, still_open: int, enough: dict) -> str | None:
    """Whether whole sessions can be judged by what they came to."""
    if sessions and (sessions - still_open) / sessions >= enough["closed"]:
        return None
    return (
        f"{still_open:,} of {count(sessions, 'session')} may still go on when the data end; how "
        "long they last, and whether they end in a purchase, is not known."
    )


def recorded(event_type: str, known: tuple[str, ...]) -> str | None:
    """Whether there are events of that type; `known` are the types present."""
    return None if event_type in known else f"The data hold no {event_type} events."


def neighbours(pairs: int) -> str | None:
    """Whether any event of a session is followed by another."""
    return None if pairs else "No session has two events, so nothing follows anything."


def prices(has_price: bool) -> str | None:
    """Whether events carry a price."""
    return None if has_price else "The source has no prices."


def brands(has_brand: bool) -> str | None:
    """Whether events carry a brand."""
    return None if has_brand else "The source has no brands."


def categories(known: float) -> str | None:
    """Whether events carry a category; `known` is the share that does."""
    return None if known else "The source has no categories."


def _too_few(number: int, noun: str, least: int) -> str:
    found = f"There is {count(1, noun)}" if number == 1 else f"There are {count(number, noun)}"
    return f"{found} to look at; below {least} a single one would decide what one sees."


def _days(what: str, days: pd.DatetimeIndex, least: int) -> str | None:
    if len(days) >= least:
        return None
    return f"{what} need at least {least} whole local days; the data cover {len(days) or 'none'}."


def count(number: int, noun: str) -> str:
    """The number with its noun.

    >>> count(1, "user"), count(4504, "user")
    ('1 user', '4,504 users')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
