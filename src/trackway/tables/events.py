"""The event table: one row is one thing one user did.

Everything here takes and returns lazy tables, so that one definition serves any engine.
"""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.core.errors import InputError
from trackway.params.sampling import Window
from trackway.tables import orders
from trackway.tables.sources.schemas import IDS, Schema
from trackway.tables.sources.values import ABSENT
from trackway.tables.user_sampling import lot

COLUMNS = {
    "event_id": "position in the declared total order",
    "session_id": "the visit, numbered by user and start",
    "user_id": "one account or browser, not one person",
    "event_time": "when the shop's server saw it, UTC",
    "event_type": "view, favorite, cart, remove or purchase; return, where the source tells",
    "product_id": "the product",
    "category_id": "the product's category",
    "category_code": "the category's name, null where unknown",
    "brand": "the product's brand, null where unknown",
    "price": "shop currency, exact to the cent, null where the source has none",
}
NAMES = ["category_code", "brand"]
SAID = ["product_id", "category_id", "category_code", "brand", "price"]  # of what is on offer
# The order of a visit. It also breaks ties.
EVENT_TYPES = ("view", "favorite", "cart", "remove", "purchase")
IN_ORDER = (*EVENT_TYPES, orders.RETURN)  # where the source tells of returns
# A web shop's log holds nothing older than web shops, and nothing from the next century.
PLAUSIBLE = ("1994-01-01", "2100-01-01")
# What computes a table once, such as `engine.store`, where a definition uses it more than once.
Keep = Callable[[ir.Table], ir.Table]
NOT_DRAWN = "user not in the sample"
NO_NAME = (*ABSENT, "unknown")


def as_is(table: ir.Table) -> ir.Table:
    """`table`, lazy as it is: a `Keep` for tables that are small anyhow."""
    return table


def canonical(rows: ir.Table, schema: Schema, keep: Keep = as_is) -> ir.Table:
    """Readable rows in our vocabulary: event types renamed, text ids hashed, returns told.

    Only rows with text ids are computed once by `keep`: a hash is dearer than a copy. Names stay as
    the source writes them; the `catalogue` reads them.
    """
    event_type = rows.event_type
    if schema.event_type is None:
        event_type = event_type.cases(*schema.event_types.items(), else_=None)
    ids = {name: _number(rows[name]) for name in _texts(rows)}
    canon = orders.with_orders(rows.mutate(event_type=event_type, **ids), schema)
    return keep(canon) if ids else canon


def text_ids(rows: ir.Table) -> ir.Table:
    """The text ids of a source and the numbers that stand for them: kind, id, text."""
    none = rows.filter(False).select(
        kind=ibis.literal(""), id=ibis.null("int64"), text=ibis.literal("")
    )
    named = [
        rows.select(kind=ibis.literal(name), id=_number(rows[name]), text=rows[name])
        .distinct()
        .drop_null("text")
        for name in _texts(rows)
    ]
    return ibis.union(none, *named) if named else none


def _texts(rows: ir.Table) -> list[str]:
    """The ids that the source writes as texts and that numbers stand for; orders keep theirs."""
    ids = [name for name in IDS if name in rows.columns and name not in orders.COLUMNS]
    return [name for name in ids if rows[name].type().is_string()]


def _number(text: ir.StringValue) -> ir.IntegerValue:
    """A text id as 60 bits of its MD5: the same number on every engine and in every run."""
    return text.hexdigest("md5").left(15).pipe(_from_hex)


def _from_hex(digits: ir.StringValue) -> ir.IntegerValue:
    return ("0x" + digits).cast("int64")


def in_sample(user_id: ir.IntegerValue, share: float, seed: int) -> ir.BooleanValue:
    """Whether a user belongs to the sample of `share`.

    The draw is a hash of the seed and the user alone: whole users, on every engine the same,
    and nested: the users of a smaller share lie within those of a larger one.
    """
    if share >= 1:
        return ibis.literal(True)
    below = f"{int(share * 16**8):08x}"
    return lot(user_id, seed).left(8) < below


def fate(
    events: ir.Table, window: tuple[str | None, str | None], share: float, seed: int
) -> ir.StringValue:
    """Why a readable row is set aside, or 'kept'. A row has one fate: the first that applies."""
    start, end = (None if moment is None else utc(moment) for moment in window)
    first, last = (utc(moment) for moment in PLAUSIBLE)
    time = events.event_time
    reasons = [
        (events.event_type == "ignore", "event type ignored by the mapping"),
        ((time < first) | (time >= last), f"time before {PLAUSIBLE[0]} or after {PLAUSIBLE[1]}"),
        (events.price < 0, "price below zero"),
    ]
    if "quantity" in events.columns:
        reasons.append((events.quantity == 0, orders.NO_PIECES))
    if start is not None:
        reasons.append((time < start, "before the window"))
    if end is not None:
        reasons.append((time >= end, "after the window"))
    if share < 1:
        reasons.append((~in_sample(events.user_id, share, seed), NOT_DRAWN))
    return ibis.cases(*reasons, else_="kept")


def with_fate(
    events: ir.Table,
    window: tuple[str | None, str | None],
    share: float,
    seed: int,
    keep: Keep = as_is,
) -> ir.Table:
    """`events` with their `fate`; computed once by `keep` where it takes a hash to draw users."""
    rows = events.mutate(fate=fate(events, window, share, seed))
    return keep(rows) if share < 1 else rows


def kept(rows: ir.Table, fates: pd.Series) -> ir.Table:
    """Those of `rows` that are kept, without their fate; `fates`: rows by fate (`extent.fates`)."""
    # Where every row is kept, none needs to be looked at again.
    all_kept = fates.index.tolist() == ["kept"]
    return (rows if all_kept else rows.filter(rows.fate == "kept")).drop("fate")


def window(chosen: Window, schema: Schema) -> tuple[str | None, str | None]:
    """The window of time: `sampling.window`, each end from the source where it is null.

    Raises
    ------
    InputError
        If it ends before it starts.
    """
    ends = zip([chosen.start, chosen.end], schema.window, strict=True)
    start, end = (ours if ours is not None else theirs for ours, theirs in ends)
    if start and end and pd.Timestamp(start.rstrip("Z")) >= pd.Timestamp(end.rstrip("Z")):
        raise InputError(f"sampling.window ends at {end}, not after its start, {start}")
    return start, end


def utc(moment: str) -> ir.TimestampScalar:
    """A moment from `params.yaml`, as UTC; it may be written with or without its Z."""
    return ibis.literal(pd.Timestamp(moment.removesuffix("Z"), tz="UTC"))


def catalogue(events: ir.Table) -> ir.Table:
    """What the rows say of the products: as many rows as there are different statements.

    Returns
    -------
    lazy table
        The columns of `SAID`, a name that is none as null; ``<name>_said``, the names as the rows
        have them; ``rows``, how many rows say so, doubles too; and ``place`` in the order of
        `SAID`, from 0. Filled (`fills.fill_all`), its ``rows`` count the filled values.
    """
    statements = events.group_by(SAID).agg(rows=ibis._.count().cast("int64"))
    named = statements.mutate(
        **{f"{name}_said": statements[name] for name in NAMES},
        **{name: _name(statements[name].strip()) for name in NAMES},
    )
    return named.mutate(place=ibis.dense_rank().over(order_by=SAID).cast("int64"))


def _name(text: ir.StringValue) -> ir.StringValue:
    return text.lower().isin(NO_NAME).ifelse(None, text)


def with_catalogue(events: ir.Table, known: ir.Table) -> ir.Table:
    """Events with the names that their catalogue has for them, and with ``tie``.

    Parameters
    ----------
    events : lazy table, one row per row of the source that is kept
    known : their `catalogue`, filled or not

    Returns
    -------
    lazy table
        ``tie`` is the place of an event among all that can be said at an instant: by its type, in
        the order of `EVENT_TYPES`, then by `SAID`, before anything is filled. Several events of one
        second came in an unknown order; this one is the same on every engine. Two rows of one
        session that agree in instant and tie are one event, logged twice.
    """
    offers = known.select(*SAID, *(f"{name}_said" for name in NAMES), "place")
    statements = {name: f"{name}_said" if name in NAMES else name for name in SAID[1:]}
    # A product is never null: by a plain key, any engine can join.
    same = [events.product_id == offers.product_id]
    same += [events[name].identical_to(offers[column]) for name, column in statements.items()]
    joined = events.join(offers, same, rname="{name}_known")
    # One number instead of all that it stands for: a short key is sorted sooner.
    tie = rank(joined.event_type).cast("int64") * 2**32 + joined.place
    named = {name: joined[f"{name}_known"] for name in NAMES}
    return joined.mutate(tie=tie, **named).select(*events.columns, "tie")


def rank(event_type: ir.StringValue) -> ir.IntegerValue:
    """The place of an event type in the order of a visit, from 0."""
    return event_type.cases(*[(name, i) for i, name in enumerate(IN_ORDER)], else_=None)
