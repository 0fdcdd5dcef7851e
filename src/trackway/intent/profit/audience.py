"""Whom one would act on, in words: sessions here, users in `intent.users`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Audience:
    """Whom one would act on, in words.

    Attributes
    ----------
    one, many : str
    all : the rows on which it is judged; they follow "the 4,458"
    judged, chosen : where profit is judged, and where the threshold was chosen
    note : what else must be said of a profit, if anything
    """

    one: str
    many: str
    all: str
    judged: str
    chosen: str
    note: str = ""


SESSIONS = Audience("session", "sessions", "test sessions", "on test", "on validation")
USERS = Audience(
    one="user",
    many="users",
    all="users asked about at the last date",
    judged="at the last date",
    chosen="at the date before",
    note=" Of each user who buys one order is counted.",
)
