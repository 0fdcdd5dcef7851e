"""A file of Taobao's form, `UserBehavior.csv`: no header, five columns, user by user.

No session, price, brand or category's name; what is taken out of the cart is not told. Visitors may
mark a product as a favourite, which the other shop does not know.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from shopsim.catalogue import Catalogue
from shopsim.files import FAVORITE, RECORD, Buckets, spans_of_users
from shopsim.people import user_ids
from shopsim.steps import REMOVE, VIEW
from shopsim.world import World

TYPES = pa.array(["pv", "cart", None, "buy", "fav"])
MARKED = 0.03  # share of views whose product is marked a moment later; appealing ones oftener
MARKED_S = (1, 20)  # how much later
OUTSIDE = 4e-4  # rows at moments outside the data; 4 of 10,000 in a piece of the real file
OUTSIDE_DAYS = 200  # so far off at most


class Taobao:
    """Turns records into the lines of one file of Taobao's form."""

    header = b""
    torn_bytes = 14
    in_time = False  # in order of time for each user only

    def __init__(self, world: World, calendar, catalogue: Catalogue):
        self.world, self.catalogue = world, catalogue

    def buckets(self, folder: Path) -> Buckets:
        return Buckets(folder, "user", spans_of_users(self.world))

    def file(self, begins: int) -> str:
        return "UserBehavior.csv"

    def lines(self, events: np.ndarray) -> pa.Buffer:
        """``512345678,1004856,2053013555631882655,pv,1511544070``, one after the other."""
        events = events[events["type"] != REMOVE]
        start_s = self.world.start.astype("M8[s]").astype(int)
        columns = {
            "user": user_ids(events["user"]),
            "item": self.catalogue.product_id[events["product"]],
            "category": self.catalogue.category_id[events["product"]],
            "behavior": TYPES.take(pa.array(events["type"])),
            "time": start_s + events["at_s"],
        }
        text = pa.BufferOutputStream()
        plain = csv.WriteOptions(include_header=False, quoting_style="none")
        csv.write_csv(pa.table(columns), text, plain)
        return text.getvalue()


def favourites(rng: np.random.Generator, world: World, catalogue: Catalogue, events) -> np.ndarray:
    """Marks of a few of the products viewed in `events`, as records.

    Whether a product is marked hangs on its appeal alone, so it tells nothing of what is wanted.
    """
    chance = MARKED * catalogue.appeal / np.average(catalogue.appeal, weights=catalogue.popularity)
    viewed = events[events["type"] == VIEW]
    marks = viewed[rng.random(len(viewed)) < chance[viewed["product"]]].astype(RECORD)
    marks["type"] = FAVORITE
    marks["at_s"] += rng.integers(*MARKED_S, len(marks))
    return marks[marks["at_s"] < world.end_s]


def astray(rng: np.random.Generator, world: World, events: np.ndarray) -> np.ndarray:
    """Records of which a few carry a moment outside the data."""
    n = len(events)
    far = (OUTSIDE_DAYS * 86_400 * rng.random(n)).astype(np.int32)
    outside = np.where(rng.random(n) < 0.5, world.end_s + far, -1 - far)
    events["at_s"] = np.where(rng.random(n) < OUTSIDE, outside, events["at_s"])
    return events
