"""What really went on, apart from what the shop saw: read only by sections that compare."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shopsim import affinity, spend
from shopsim.calendar import Calendar
from shopsim.catalogue import Catalogue
from shopsim.people import People
from shopsim.rees46 import uuids
from shopsim.stock import RAISED
from shopsim.visits import GOALS, MOVED, Wants
from shopsim.walk import LOOKING, Walked
from shopsim.world import World

PRICES = ["price", "sale_price", "later_price", "later_sale_price"]


class Truth:
    """Writes ``users``, ``sessions``, ``products``, ``complements``, ``wants`` and ``dates``."""

    def __init__(self, folder: Path, world: World, calendar: Calendar, catalogue: Catalogue):
        self.folder, self.world, self.catalogue = folder, world, catalogue
        self.writers = {}
        folder.mkdir()
        self._append("products", products(world, catalogue))
        self._append("complements", complements(catalogue))
        self._append("wants", wants(world, calendar, catalogue))
        self._append("dates", dates(world, calendar, catalogue))

    def __enter__(self) -> "Truth":
        return self

    def __exit__(self, *error) -> None:
        for writer in self.writers.values():
            writer.close()

    def add_people(self, people: People) -> None:
        self._append("users", users(self.world, people, self.catalogue))

    def add_sessions(self, people: People, wants: Wants, walked: Walked) -> None:
        self._append("sessions", sessions(self.world, people, wants, walked))

    def _append(self, name: str, table: pa.Table) -> None:
        if name not in self.writers:
            file = self.folder / f"{name}.parquet"
            self.writers[name] = pq.ParquetWriter(file, table.schema, compression="zstd")
        self.writers[name].write_table(table)


def users(world: World, people: People, catalogue: Catalogue) -> pa.Table:
    """One row per person who might come; some never do.

    ``begins`` and ``ends`` bound the time within which this user may come, ``favourite_1`` to ``3``
    are category ids, ``pace`` is wants against the kind's mean, ``expected_spend`` is told in
    `spend.expected`.
    """
    category_id = catalogue.category_id_of
    favourites = {f"favourite_{i + 1}": category_id[people.favourites[:, i]] for i in range(3)}
    return pa.table(
        {
            "user_id": people.user_id,
            "kind": _named([kind.name for kind in people.kinds], people.kind),
            "tier": people.tier,
            **favourites,
            "habit_product_id": catalogue.product_id[people.habit],
            "pace": np.round(people.pace, 6),
            "stays": people.stays,
            "begins": _moments(world, people.begins_s),
            "ends": _moments(world, people.ends_s),
            "expected_spend": np.round(spend.expected(world, people, catalogue), 4),
        }
    )


def sessions(world: World, people: People, wants: Wants, walked: Walked) -> pa.Table:
    """One row per session begun within the data: the state it began in, and what came of it.

    ``user_session`` names it in the raw files. The event table numbers sessions anew; a row of
    ``sessions.parquet`` is the one of the same ``user_id`` and ``started`` (UTC, whole seconds, as
    the files have it). No counterpart here have the sessions of bots, those that a stranger goes on
    with under another's id, and those begun before the data.

    ``serious`` and ``need`` are those at its beginning; ``decided_at`` is the event (from 0) at
    which the decision fell, null if none did in this session.
    """
    inside = np.flatnonzero((wants.at_s >= 0) & (wants.at_s < world.end_s))
    wants, decided = wants[inside], walked.decided_at[inside]
    return pa.table(
        {
            "user_session": pa.array(uuids(walked.number[inside]).view("S36").ravel()).cast(
                "string"
            ),
            "user_id": people.user_id[wants.user],
            "started": _moments(world, wants.at_s),
            "goal": _named(GOALS, wants.goal),
            "serious": wants.mode != LOOKING,
            "need": wants.need,
            "decided_at": pa.array(decided, mask=decided < 0),
            "purchases": walked.bought[inside],
        }
    )


def products(world: World, catalogue: Catalogue) -> pa.Table:
    """One row per product: all that is true of it; prices in the shop's currency.

    ``price`` and ``sale_price`` hold before the drift, ``later_...`` from it on. ``share_own_tier``
    is the chance that a new want for its category opens with it, of who likes its tier, and
    ``share_other_tier`` that of others.
    """
    table = pd.DataFrame(
        {
            "product_id": catalogue.product_id,
            "category_id": catalogue.category_id,
            "category_code": catalogue.code,
            "brand": catalogue.brand,
            **dict(zip(PRICES, catalogue.prices.T / 100, strict=True)),
            "tier": catalogue.tier,
            "appeal": np.round(catalogue.appeal, 6),
            "popularity": np.round(catalogue.popularity, 9),
        }
    )
    shares = affinity.shares(_by_id(table), focus=world.effects.focus)
    return pa.Table.from_pandas(table.join(shares), preserve_index=False)


def _by_id(products: pd.DataFrame) -> pd.DataFrame:
    return products.sort_values("product_id")


def complements(catalogue: Catalogue) -> pa.Table:
    """One row per true pair, the smaller id first."""
    first = np.flatnonzero(catalogue.complement > np.arange(len(catalogue.complement)))
    second = catalogue.complement[first]
    pairs = np.sort(catalogue.product_id[np.column_stack([first, second])], axis=1)
    return pa.table({"product_id": pairs[:, 0], "complement_id": pairs[:, 1]})


def wants(world: World, calendar: Calendar, catalogue: Catalogue) -> pa.Table:
    """One row per category: which share of a user's new wants is for it; see `affinity.wants`."""
    drifts = calendar.drift_s < world.end_s
    moves = catalogue.category_id_of[list(catalogue.moves)].tolist() if drifts else None
    of = _by_id(products(world, catalogue).to_pandas())
    table = affinity.wants(of, moves, focus=world.effects.focus)
    return pa.Table.from_pandas(table, preserve_index=False)


def dates(world: World, calendar: Calendar, catalogue: Catalogue) -> pa.Table:
    """From when (inclusive) to when (exclusive) each planted thing of time lasts, UTC.

    The drift is of two kinds that begin together: ``prices`` and ``interest``.
    """
    rows = [("data", 0, world.end_s, "all that is written")]
    if world.effects.sale:
        rows.append(("sale", *calendar.sale_s, "more visits; some prices are lower"))
    if calendar.drift_s < world.end_s:
        lasts = calendar.drift_s, world.end_s
        rows.append(("prices", *lasts, f"{RAISED:.0%} of the products are dearer"))
        leaves, goes_to = catalogue.category_id_of[list(catalogue.moves)]
        moved = f"{MOVED:.0%} of the wants for category {leaves} are for {goes_to} instead"
        rows.append(("interest", *lasts, moved))
    what, begins, ends, how = zip(*rows, strict=True)
    begins, ends = (_moments(world, at_s) for at_s in (begins, ends))
    return pa.table({"what": what, "begins": begins, "ends": ends, "how": how})


def _named(names, which) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(which, pa.int8()), names).cast("string")


def _moments(world, at_s) -> pd.DatetimeIndex:
    seconds = np.floor(at_s).astype(int)
    return pd.Timestamp(world.start, tz="UTC") + pd.to_timedelta(seconds, unit="s")
