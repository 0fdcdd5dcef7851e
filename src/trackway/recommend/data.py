"""What users did with products before a moment, and what they chose after it: lazily.

A recommender is given what lies strictly before a cut in time and judged by what the same users
did from the cut on. What is counted is a pair of user and product, however often it occurred.
"""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import sparse

from trackway import engine
from trackway.params.recommend import Recommend
from trackway.recommend.history import History, Outcome
from trackway.tables import ids
from trackway.tables.facts import Facts
from trackway.tables.user_sampling import first_users

AT_ONCE = 500_000  # users whose events are looked at together
ACTS = {"views": "view", "carts": "cart", "purchases": "purchase"}
OUTCOMES = ("views", "purchases")  # what is to be found after the cut; the first is chosen by
DONE = {"views": "viewed", "purchases": "bought"}


def _moment(moment: pd.Timestamp) -> ir.TimestampScalar:
    return ibis.literal(moment)


def before(events: ir.Table, cut: pd.Timestamp) -> ir.Table:
    """The events strictly before `cut`: all that may be known at it."""
    return events.filter(events.event_time < _moment(cut))


def between(events: ir.Table, cut: pd.Timestamp, end: pd.Timestamp | None) -> ir.Table:
    """The events from `cut` on and strictly before `end`; all later ones without an end."""
    after = events.filter(events.event_time >= _moment(cut))
    return after if end is None else before(after, end)


def pairs(events: ir.Table) -> ir.Table:
    """One row per user and product that met.

    Returns
    -------
    lazy table
        user_id, product_id : int
        views, carts, purchases : int
            Events of each kind.
        last_at : timestamp, UTC
            The latest event of the three kinds.
    """
    met = events.filter(events.event_type.isin(list(ACTS.values())))
    counts = {
        name: met.event_id.count(where=met.event_type == kind).cast("int64")
        for name, kind in ACTS.items()
    }
    return met.group_by("user_id", "product_id").agg(**counts, last_at=met.event_time.max())


def catalogue(events: ir.Table, cut: pd.Timestamp) -> ir.Table:
    """Every product, with what was known of it last before `cut`.

    A product that is new after the cut has the attributes it came with: a shop knows what it puts
    on the shelf. That it will come at all is known to us from its events only.

    Returns
    -------
    lazy table, one row per product
        product_id, category_id : int
        category_code, brand : text, null where unknown
        price : float, shop currency, null where the source has none
        known : bool, whether it had an event before the cut
        title : text, where the source has titles
    """
    early = events.event_time < _moment(cut)
    # before the cut the latest event tells most, after it the first; ties by the declared order,
    # which is asked of few rows only: all of a month's, in order, would take 4 GB
    ends = events.group_by("product_id").agg(
        last_early=events.event_time.max(where=early), first=events.event_time.min()
    )
    moments = ends.select("product_id", event_time=ends.last_early.coalesce(ends.first))
    few = events.mutate(early=early).semi_join(moments, ["product_id", "event_time"])
    in_order = ibis.window(group_by="product_id", order_by=few.event_id)
    placed = few.mutate(place=ibis.row_number().over(in_order))
    rows = placed.filter(placed.place == 0)
    return rows.select(
        "product_id",
        "category_id",
        category_code=_name(rows.category_code),
        brand=_name(rows.brand),
        price=rows.price.cast("float64").nullif(0.0),
        known=rows.early,
        **({"title": rows.title} if "title" in rows.columns else {}),
    )


def with_texts(events: ir.Table, products: pd.DataFrame) -> pd.DataFrame:
    """`products` with ``product_text`` and ``category_text``, where the shop's ids are texts."""
    for kind in ("product_id", "category_id"):
        texts = ids.texts(events.get_backend(), kind, products[kind].dropna())
        if texts:
            products[kind.replace("_id", "_text")] = products[kind].map(texts)
    return products


def _name(text: ir.StringValue) -> ir.StringValue:
    return text.nullif("unknown")


def by_users(events: ir.Table, users: np.ndarray) -> Iterator[ir.Table]:
    """The events of `users`, rising ids, some users at a time: a month's take more than 6 GB."""
    if len(users) <= AT_ONCE:
        yield events
        return
    for begin in range(0, len(users), AT_ONCE):
        some = users[begin : begin + AT_ONCE]
        yield events.filter(events.user_id.between(int(some[0]), int(some[-1])))


def outcomes(known: Facts) -> tuple[str, ...]:
    """What is to be found: `OUTCOMES`, or purchases alone where no views are recorded."""
    return OUTCOMES if "view" in known.event_types else OUTCOMES[1:]


def load(
    events: ir.Table,
    cut: pd.Timestamp,
    end: pd.Timestamp | None,
    settings: Recommend,
    seed: int,
    acts: tuple[str, ...] = OUTCOMES,
) -> tuple[History, dict[str, Outcome]]:
    """History before `cut` and outcomes from it to `end`, of at most the users allowed.

    Parameters
    ----------
    events : lazy table, one row per event
    cut, end : Timestamp, UTC; None for all that came after the cut
    settings : reads `max_users`, drawn among those with a history, and `max_tested`, drawn among
        those who viewed or bought something after the cut
    acts : those of `OUTCOMES` that are recorded

    Returns
    -------
    history : History
    outcomes : dict of `acts` to Outcome, all of the same users
    """
    past, future = before(events, cut), between(events, cut, end)
    judged = first_users(
        future.filter(future.event_type.isin(["view", "purchase"])).select("user_id").distinct(),
        settings.max_tested,
        seed,
    )
    learned_from = first_users(past.select("user_id").distinct(), settings.max_users, seed)
    judged = engine.store(judged)
    who = engine.store(judged.union(learned_from, distinct=True))  # asked again for each part
    products = catalogue(events if end is None else before(events, end), cut)
    products = with_texts(events, products.order_by("product_id").to_pandas())
    users = np.sort(who.to_pandas()["user_id"].to_numpy(dtype=np.int64))
    history = History(cut, users, products, _pairs(past.semi_join(who, "user_id"), users, products))
    chosen = _pairs(future.semi_join(judged, "user_id"), users, products)
    rows = history.rows_of(np.sort(judged.to_pandas()["user_id"].to_numpy()))
    return history, {act: _outcome(chosen, act, rows, history.shape) for act in acts}


def _pairs(events: ir.Table, users: np.ndarray, products: pd.DataFrame) -> pd.DataFrame:
    numbers = products["product_id"].to_numpy()

    parts = []
    for theirs in by_users(events, users):
        met = pairs(theirs).to_pandas()
        part = pd.DataFrame(
            {
                "user": np.searchsorted(users, met["user_id"].to_numpy()).astype(np.int32),
                "product": np.searchsorted(numbers, met["product_id"].to_numpy()).astype(np.int32),
                **{act: _smallest(met[act].to_numpy()) for act in ACTS},
                "last_at": met["last_at"],
            }
        )
        parts.append(part.sort_values(["user", "product"], ignore_index=True))
    return pd.concat(parts, ignore_index=True)


def _smallest(counts: np.ndarray) -> np.ndarray:
    """As unsigned integers of the least bytes that hold them: of most pairs a single one does."""
    return counts.astype(np.min_scalar_type(counts.max(initial=0)))


def _outcome(met: pd.DataFrame, act: str, rows: np.ndarray, shape: tuple[int, int]) -> Outcome:
    kept = met[met[act] > 0]
    row = np.searchsorted(rows, kept["user"].to_numpy())
    ones = np.ones(len(kept), dtype=bool)
    place = (row, kept["product"].to_numpy())
    return Outcome(rows, sparse.csr_array((ones, place), shape=(len(rows), shape[1])))
