"""What is written down: events gathered by time, then monthly CSV files, in bounded memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trackway.demo.calendar import Calendar
from trackway.demo.catalogue import Catalogue
from trackway.demo.people import user_ids
from trackway.demo.walk import TYPES
from trackway.demo.world import DAY_S, START, World

COLUMNS = [
    "event_time", "event_type", "product_id", "category_id", "category_code", "brand", "price",
    "user_id", "user_session",
]  # fmt: skip
HEADER = (",".join(COLUMNS) + "\n").encode()
RECORD = np.dtype(
    [
        ("at_s", "<i4"),  # since START
        ("product", "<i4"),  # place in the catalogue
        ("user", "<i4"),  # number in the world
        ("session", "<i8"),
        ("type", "i1"),  # place in TYPES
        ("lacks", "i1"),  # a sum of ...
    ]
)
NO_BRAND, NO_CODE, NO_PRICE = 1, 2, 4
BUCKET_EVENTS = 400_000  # sorted at once, on average; a busy hour may hold more
SLICE_EVENTS = 250_000  # turned into text at once


class Buckets:
    """Events on disk, apart by time, so that each span can be sorted in memory."""

    def __init__(self, folder: Path, world: World):
        self.folder = folder
        self.edges_s = bucket_edges(world)

    def add(self, events: np.ndarray) -> None:
        """Append records; those of one instant keep the order they came in."""
        place = np.searchsorted(self.edges_s, events["at_s"], side="right") - 1
        order = np.argsort(place, kind="stable")
        events, place = events[order], place[order]
        bounds = np.searchsorted(place, np.arange(len(self.edges_s)))
        for i in np.flatnonzero(np.diff(bounds)):
            with self._file(i).open("ab") as file:
                file.write(events[bounds[i] : bounds[i + 1]].tobytes())

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Begin (s) and records, in order of time, of each span; read once."""
        for i, begins in enumerate(self.edges_s[:-1]):
            file = self._file(i)
            events = np.fromfile(file, RECORD) if file.exists() else np.empty(0, RECORD)
            file.unlink(missing_ok=True)
            yield int(begins), events[np.argsort(events["at_s"], kind="stable")]

    def _file(self, i: int) -> Path:
        return self.folder / f"{i:05}.bin"


def bucket_edges(world: World) -> np.ndarray:
    """Seconds that part the events: whole hours, every first of a month, and the end."""
    hours = max(1, int(24 * world.days * BUCKET_EVENTS / world.events))
    regular = np.arange(0, world.days * 24, hours) * 3600
    months = pd.date_range(START, periods=world.days // 28 + 2, freq="MS")
    months = ((months - START) // pd.Timedelta("1s")).to_numpy()
    return np.append(np.union1d(regular, months[months < world.end_s]), world.end_s)


class Lines:
    """Turns records into the lines of a REES46 file.

    A line is put together from three texts: its moment, what it is about (one of few texts, all
    made beforehand), and who did it.
    """

    def __init__(self, catalogue: Catalogue, calendar: Calendar):
        self.calendar = calendar
        self.middles = _middles(catalogue)

    def of(self, events: np.ndarray) -> pa.Buffer:
        """The lines of `events`, one after the other."""
        lacks = events["lacks"].astype(np.int64)
        price = np.where(lacks & NO_PRICE, 2, self.calendar.in_sale(events["at_s"]))
        which = ((events["product"] * 4 + events["type"]) * 3 + price) * 4 + (lacks & 3)
        middles = self.middles.take(pa.array(which))
        lines = pc.binary_join_element_wise(
            _heads(events["at_s"]), middles, _tails(events), pa.scalar(b"", pa.large_binary())
        )
        return lines.buffers()[2]


def _middles(catalogue: Catalogue) -> pa.Array:
    """``view,1004856,2053013555631882655,electronics.smartphone,lumar,130.76,`` and all others.

    By product, type, price (usual, sale, none) and what is lacking (nothing, brand, code, both).
    """
    texts = []
    columns = ["product_id", "category_id", "code", "brand", "cents", "sale_cents"]
    for product, category, code, brand, *prices in zip(
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


def _heads(at_s: np.ndarray) -> pa.Array:
    """``2024-01-01 00:00:00 UTC,``"""
    days, seconds = np.divmod(at_s, DAY_S)
    calendar = START.astype("M8[D]") + np.arange(days.min(initial=0), days.max(initial=0) + 1)
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
