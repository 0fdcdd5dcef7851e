"""Files of REES46's form: one for each month, with a header, by time."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopsim.calendar import Calendar
from shopsim.catalogue import Catalogue
from shopsim.files import NO_PRICE, Buckets, spans_of_time
from shopsim.people import user_ids
from shopsim.steps import TYPES
from shopsim.world import DAY_S, World

COLUMNS = [
    "event_time", "event_type", "product_id", "category_id", "category_code", "brand", "price",
    "user_id", "user_session",
]  # fmt: skip


class Rees46:
    """Turns records into monthly files of REES46's form.

    A line is put together from three texts: its moment, what it is about (one of few texts, all
    made beforehand), and who did it.
    """

    header = (",".join(COLUMNS) + "\n").encode()
    torn_bytes = 40  # missing at the end of the last file
    in_time = True  # the whole file is in order of time

    def __init__(self, world: World, calendar: Calendar, catalogue: Catalogue):
        self.world, self.calendar = world, calendar
        self.middles = _middles(catalogue)

    def buckets(self, folder: Path) -> Buckets:
        return Buckets(folder, "at_s", spans_of_time(self.world))

    def file(self, begins_s: int) -> str:
        """Name of the file for what begins then."""
        return f"{np.datetime_as_string(self.world.start + begins_s, 'M')}.csv"

    def lines(self, events: np.ndarray) -> pa.Buffer:
        """The lines of `events`, one after the other."""
        lacks = events["lacks"].astype(np.int64)
        price = np.where(lacks & NO_PRICE, 4, self.calendar.prices(events["at_s"]))
        which = ((events["product"] * 4 + events["type"]) * 5 + price) * 4 + (lacks & 3)
        middles = self.middles.take(pa.array(which))
        heads, nothing = _heads(self.world, events["at_s"]), pa.scalar(b"", pa.large_binary())
        return pc.binary_join_element_wise(heads, middles, _tails(events), nothing).buffers()[2]


def _middles(catalogue: Catalogue) -> pa.Array:
    """``view,1004856,2053013555631882655,electronics.smartphone,lumar,130.76,`` and all others.

    By product, type, price (`Catalogue.prices`, or none) and what is lacking (nothing, brand, code,
    both).
    """
    texts = []
    columns = ["product_id", "category_id", "code", "brand", "prices"]
    for product, category, code, brand, prices in zip(
        *(getattr(catalogue, name).tolist() for name in columns), strict=True
    ):
        code, brand = code or "", brand or ""
        names = [f"{code},{brand}", f"{code},", f",{brand}", ","]
        money = [f"{cents // 100}.{cents % 100:02}" for cents in (*prices, 0)]
        texts += [
            f"{type_},{product},{category},{name},{price},"
            for type_ in TYPES
            for price in money
            for name in names
        ]
    return pa.array(texts, pa.large_string()).cast(pa.large_binary())


_CLOCK = np.array([f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(DAY_S)], "S8")


def _heads(world: World, at_s: np.ndarray) -> pa.Array:
    """``2024-01-01 00:00:00 UTC,``"""
    days, seconds = np.divmod(at_s, DAY_S)
    calendar = world.start.astype("M8[D]") + np.arange(days.min(initial=0), days.max(initial=0) + 1)
    dates = np.datetime_as_string(calendar).astype("S10")[days - days.min(initial=0)]
    out = np.empty((len(at_s), 24), np.uint8)
    out[:, :10] = _bytes(dates)
    out[:, 10] = ord(" ")
    out[:, 11:19] = _bytes(_CLOCK[seconds])
    out[:, 19:] = np.frombuffer(b" UTC,", np.uint8)
    return _column(out)


def _tails(events: np.ndarray) -> pa.Array:
    """``512345678,72d76fde-8bb3-4e00-8c23-a032dfed738c`` and the line's end."""
    out = np.empty((len(events), 47), np.uint8)
    digits = user_ids(events["user"])
    for place in range(8, -1, -1):
        digits, out[:, place] = np.divmod(digits, 10)
    out[:, :9] += ord("0")
    out[:, 9] = ord(",")
    out[:, 10:46] = uuids(events["session"])
    out[:, 46] = ord("\n")
    return _column(out)


_HEX = np.frombuffer("".join(f"{i:02x}" for i in range(256)).encode(), np.uint16)
_DASHES = [8, 13, 18, 23]


def uuids(number: np.ndarray) -> np.ndarray:
    """Session numbers as UUIDs of version 4: bytes, shape (n, 36)."""
    twice = number.astype(np.uint64) << np.uint64(1)
    raw = np.column_stack([_mixed(twice), _mixed(twice | np.uint64(1))]).astype(">u8")
    octets = raw.view(np.uint8)
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    out = np.full((len(number), 36), ord("-"), np.uint8)
    out[:, np.delete(np.arange(36), _DASHES)] = _HEX[octets].view(np.uint8)
    return out


def _mixed(x: np.ndarray) -> np.ndarray:
    """splitmix64 (Steele, Lea and Flood, OOPSLA 2014, doi:10.1145/2660193.2660195)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _bytes(texts: np.ndarray) -> np.ndarray:
    """Texts of one width as a matrix of bytes."""
    return texts.view(np.uint8).reshape(len(texts), -1)


def _column(matrix: np.ndarray) -> pa.Array:
    """A matrix of bytes as a column of texts of one width, without a copy."""
    n, width = matrix.shape
    offsets = np.arange(0, (n + 1) * width, width, dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(matrix)]
    return pa.Array.from_buffers(pa.large_binary(), n, buffers)
