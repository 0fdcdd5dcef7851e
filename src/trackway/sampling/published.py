"""What is known of the real shop the demo imitates: published marginals, and how near we come.

The sources differ in extent (a whole month, or its first minutes), so that no shop can meet all of
them at once: with 6.8 % of sessions buying 1.2 items, and 1.7 % of the events purchases, a session
has 4.8 events on average, while a median of 2, a p90 of 8 and a p99 of 21 leave it about 4. The
tolerances hold that tension, and the scatter of the default size.
"""

from typing import NamedTuple

MONTH = "month"  # REES46 multi-category, October 2019, 42.4 million events
HEAD = "head"  # the first 17,434 events of the same file


class Marginal(NamedTuple):
    """One published figure; ours must lie within `tolerance` of it, in the same unit."""

    name: str
    published: float
    tolerance: float
    unit: str
    source: str


MARGINALS = [
    Marginal("views", 96.1, 0.5, "% of events", MONTH),
    Marginal("carts", 2.2, 0.25, "% of events", MONTH),
    Marginal("purchases", 1.7, 0.2, "% of events", MONTH),
    Marginal("sessions_that_buy", 6.8, 0.6, "% of sessions", MONTH),
    Marginal("purchases_without_cart", 53.5, 4.0, "% of purchases", MONTH),
    Marginal("items_a_basket", 1.2, 0.1, "purchases a buying session", MONTH),
    Marginal("session_length_median", 2, 0.5, "events", HEAD),
    Marginal("session_length_p90", 8, 1.5, "events", HEAD),
    Marginal("session_length_p99", 21, 6, "events", HEAD),
    Marginal("brand_missing", 14.2, 1.2, "% of events", HEAD),
    Marginal("category_code_missing", 33.0, 2.5, "% of events", HEAD),
]
