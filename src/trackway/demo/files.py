"""What is written down: events gathered by time, then monthly CSV files, in bounded memory."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trackway.demo import walk
from trackway.demo.people import user_ids
from trackway.demo.world import DAY_S, START, World

HEADER = b"event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
RECORD = np.dtype(
    [("at_s", "<i4"), ("product", "<i4"), ("user", "<i4"), ("session", "<i8"), ("type", "i1"), ("look", "i1")]
)
BUCKET_EVENTS = 400_000
SLICE_ROWS = 250_000


class Buckets:
    """Events on disk, apart by time, so that each span can be sorted in memory."""

    def __init__(self, folder: Path, world: World):
        self.folder = folder
        self.edges_s = bucket_edges(world)

    def add(self, events: np.ndarray) -> None:
        """Append `events` (`RECORD`), keeping their order within a span."""
        place = np.searchsorted(self.edges_s, events["at_s"], side="right") - 1
        order = np.argsort(place, kind="stable")
        bounds = np.searchsorted(place[order], np.arange(len(self.edges_s)))
        events = events[order]
        for i in np.flatnonzero(np.diff(bounds)):
            with (self.folder / f"{i:05}.bin").open("ab") as file:
                events[bounds[i] : bounds[i + 1]].tofile(file)

    def __iter__(self):
        for i, begin in enumerate(self.edges_s[:-1]):
            file = self.folder / f"{i:05}.bin"
            events = np.fromfile(file, RECORD) if file.exists() else np.empty(0, RECORD)
            yield i, int(begin), events[np.argsort(events["at_s"], kind="stable")]
            file.unlink(missing_ok=True)


def bucket_edges(world: World) -> np.ndarray:
    """Seconds between which events are gathered: whole hours, and every month's first."""
    hours = max(1, int(24 * world.days * BUCKET_EVENTS / world.events))
    regular = np.arange(0, world.days * 24, hours) * 3600
    months = pd.date_range(START, periods=world.days // 28 + 2, freq="MS")
    months = ((months - START) // pd.Timedelta("1s")).to_numpy()
    edges = np.union1d(regular, months[months < world.end_s])
    return np.append(edges, world.end_s)


class Lines:
    """Turns records into the lines of a REES46 file."""

    def __init__(self, catalogue, calendar):
        self.calendar = calendar
        self.middles = _middles(catalogue)

    def of(self, events: np.ndarray) -> pa.Buffer:
        in_sale = self.calendar.in_sale(events["at_s"]).astype(np.int64)
        look = events["look"].astype(np.int64)
        which = ((events["product"] * 4 + events["type"]) * 3 + np.where(look & 4, 2, in_sale)) * 4
        middle = self.middles.take(pa.array(which + (look & 3)))
        joined = pc.binary_join_element_wise(_heads(events["at_s"]), middle, _tails(events), _NOTHING)
        return joined.buffers()[2]


def _fixed(matrix: np.ndarray) -> pa.Array:
    """A column of binaries of one width, from a byte matrix."""
    n, width = matrix.shape
    offsets = np.arange(0, (n + 1) * width, width, dtype=np.int64)
    return pa.Array.from_buffers(
        pa.large_binary(), n, [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(matrix))]
    )


def _heads(at_s: np.ndarray) -> pa.Array:
    """``2024-01-01 00:00:00 UTC,``"""
    days, seconds = np.divmod(at_s, DAY_S)
    first = int(days.min())
    dates = np.datetime_as_string(
        START.astype("M8[D]") + np.arange(first, int(days.max()) + 1)
    ).astype("S10")
    out = np.empty((len(at_s), 24), np.uint8)
    out[:, :10] = dates[days - first].view(np.uint8).reshape(-1, 10)
    out[:, 10] = ord(" ")
    out[:, 11:19] = _CLOCK[seconds].view(np.uint8).reshape(-1, 8)
    out[:, 19:] = np.frombuffer(b" UTC,", np.uint8)
    return _fixed(out)


_NOTHING = pa.scalar(b"", pa.large_binary())
_CLOCK = np.array([f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(DAY_S)], "S8")
_HEX = np.frombuffer("".join(f"{i:02x}" for i in range(256)).encode(), np.uint16)
_DASHED = np.array([0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22, *range(24, 36)])


def uuids(number: np.ndarray) -> np.ndarray:
    """Session numbers as UUIDs of version 4, in bytes, shape (n, 36)."""
    raw = np.empty((len(number), 2), ">u8")
    raw[:, 0] = _mixed(number.astype(np.uint64) * np.uint64(2))
    raw[:, 1] = _mixed(number.astype(np.uint64) * np.uint64(2) + np.uint64(1))
    octets = raw.view(np.uint8)
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    out = np.full((len(number), 36), ord("-"), np.uint8)
    out[:, _DASHED] = _HEX[octets].view(np.uint8)
    return out


def _mixed(x: np.ndarray) -> np.ndarray:
    """splitmix64 (Steele, Lea and Flood, OOPSLA 2014): a bijection, so ids cannot collide."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _tails(events: np.ndarray) -> pa.Array:
    """``512345678,`` and the session, and the line's end."""
    n = len(events)
    out = np.empty((n, 47), np.uint8)
    digits = user_ids(events["user"])
    for place in range(8, -1, -1):
        digits, out[:, place] = np.divmod(digits, 10)
    out[:, :9] += ord("0")
    out[:, 9] = ord(",")
    out[:, 10:46] = uuids(events["session"])
    out[:, 46] = ord("\n")
    return _fixed(out)


def _middles(catalogue) -> pa.Array:
    """``view,1004856,2053013555631882655,electronics.smartphone,lumar,130.76,`` for every
    product x type x price (usual, sale, zero) x (complete, no brand, no code, neither)."""
    texts = []
    for product, category, code, brand, cents, reduced in zip(
        catalogue.product_id, catalogue.category_id, catalogue.code, catalogue.brand,
        catalogue.cents, catalogue.sale_cents, strict=True,
    ):
        code, brand = code or "", brand or ""
        for name in walk.TYPES:
            for price in (cents, reduced, 0):
                money = f"{price // 100}.{price % 100:02}"
                texts += [
                    f"{name},{product},{category},{c},{b},{money},"
                    for c, b in ((code, brand), (code, ""), ("", brand), ("", ""))
                ]
    return pa.array(texts, pa.large_string()).cast(pa.large_binary())
