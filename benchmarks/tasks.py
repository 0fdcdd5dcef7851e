"""What is to be done, and which columns of its answer are compared."""

from dataclasses import dataclass
from pathlib import Path

INT, TIME, MONEY, FLOAT, TEXT, BOOL = "int", "time", "money", "float", "text", "bool"

EVENTS = {
    "event_id": INT,
    "session_id": INT,
    "user_id": INT,
    "event_time": TIME,
    "event_type": TEXT,
    "product_id": INT,
    "category_id": INT,
    "category_code": TEXT,
    "brand": TEXT,
    "price": MONEY,
}
RAW = dict(list(EVENTS.items())[2:]) | {"user_session": TEXT}
COUNTS = ["n_events", "n_views", "n_favorites", "n_carts", "n_removes", "n_purchases"]
SESSIONS = {
    "session_id": INT,
    "user_id": INT,
    "started": TIME,
    "ended": TIME,
    "duration_s": FLOAT,
    **dict.fromkeys([*COUNTS, "n_products"], INT),
    "revenue": MONEY,
    "first_purchase_at": TIME,
    "bought": BOOL,
    "open_at_end": BOOL,
}
# as most recipes have them, and as `trackway.intent` has them
PLAIN = {
    "session_id": INT,
    "user_id": INT,
    "started": TIME,
    "ended": TIME,
    "scored_at": TIME,
    **dict.fromkeys(["n_seen", "view_count", "cart_count", "unique_items"], INT),
    **dict.fromkeys(["session_duration_s", "avg_price", "max_price"], FLOAT),
    **dict.fromkeys(["hour", "weekday", "past_sessions", "past_orders"], INT),
    "days_since_last": FLOAT,
    **dict.fromkeys(["undecided", "bought"], BOOL),
}
FEATURES = PLAIN | {
    **dict.fromkeys(["remove_count", "favorite_count", "category_changes", "repeat_views"], INT),
    **dict.fromkeys(["known_items", "last_known", "last_repeated"], INT),
    **dict.fromkeys(["last_pause_s", "price_level"], FLOAT),
    **dict.fromkeys(["item_rate", "item_rate_max", "category_rate"], FLOAT),
}
USERS = {
    "user_id": INT,
    **dict.fromkeys(["first_seen", "last_seen", "first_order_at", "last_order_at"], TIME),
    **dict.fromkeys(["n_sessions", "n_orders", *COUNTS], INT),
    "money": MONEY,
}


ALL_BUT_TEXTS = tuple(name for name in EVENTS if name not in ("category_code", "brand"))


@dataclass(frozen=True)
class Task:
    """One thing to be done.

    Attributes
    ----------
    title : what it is, in words
    floor : what cannot be done without, in words
    answer : file that is written -> its columns and their kinds; empty where nothing is compared
    reads : columns of the event table it needs, whose reading alone is the task's floor
    raw : whether it starts from the raw file
    """

    title: str
    floor: str
    answer: dict[str, dict[str, str]]
    reads: tuple[str, ...] = ()
    raw: bool = False


TASKS = {
    "convert": Task(
        "raw CSV to Parquet, typed, nothing else",
        "every byte read, every field cut out and turned into a number, a time or a text; the "
        "contender of that name does it as quickly as we can, in any order, and compresses less",
        {"events": RAW},
        raw=True,
    ),
    "tables": Task(
        "raw CSV to the event table and the session table: duplicates dropped, brands and "
        "categories filled, sessions and events numbered, both sorted",
        "the contender of that name: reading, one group-by into keys of sessions, one sort of all "
        "rows and one group-by into sessions, each done once, with no double dropped and no name "
        "filled",
        {"events": EVENTS, "sessions": SESSIONS},
        raw=True,
    ),
    "sessions": Task(
        "the session table from the event table",
        "one group-by of all rows, and the different products of each session",
        {"answer": SESSIONS},
        ("session_id", "user_id", "event_time", "event_type", "product_id", "price"),
    ),
    "plain": Task(
        "eleven plain features of each session strictly before its first purchase, as most recipes "
        "have them, and the user's history",
        "each row held against its session's first purchase, one group-by with the different "
        "products, one sort of all sessions by user and time",
        {"answer": PLAIN},
        ("session_id", "event_time", "event_type", "product_id", "price"),
    ),
    "features": Task(
        "all features of `05_intent`, strictly before the first purchase",
        "as `plain`; when each user first met each product, the rates of products and categories "
        "by day, and each row held against the one before it",
        {"answer": FEATURES},
        ALL_BUT_TEXTS,
    ),
    "prefixes": Task(
        "all features of `05_intent` at each of its moments, in one pass",
        "as `features`, but each feature is asked for several times, so it is summed up row by row "
        "along the session",
        {"answer": FEATURES | {"moment": TEXT}},
        ALL_BUT_TEXTS,
    ),
    "rfm": Task(
        "recency, frequency, money and counts of every user",
        "one group-by of all rows by user and session, one of these by user",
        {"answer": USERS},
        ("user_id", "session_id", "event_time", "event_type", "price"),
    ),
    "baskets": Task(
        "the different products viewed in each session, in the order they first came up",
        "one group-by of the views by session and product, and their order within the session",
        {"answer": {"basket": INT, "user": INT, "item": TEXT, "place": INT}},
        ("event_id", "session_id", "user_id", "event_type", "product_id"),
    ),
    "pairs": Task(
        "how often which event follows which within a session",
        "each row held against the next one of its session",
        {"answer": {"now": TEXT, "next": TEXT, "pairs": INT, "same_instant": INT}},
        ("session_id", "event_id", "event_time", "event_type"),
    ),
}


@dataclass(frozen=True)
class Inputs:
    """The files a task starts from: `raw` text, and the tables the study makes of it."""

    raw: Path
    events: Path
    sessions: Path
