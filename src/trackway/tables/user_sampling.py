"""Which users a costly step studies: as many whole ones as its bound allows, by a seeded hash.

`events.in_sample` asks the same hash, so all draws of a study are nested: who is in a small one is
in every larger one, and a step's users come from the sample first.
"""

import hashlib

import ibis
import ibis.expr.types as ir
import numpy as np


def lot(user_id: ir.IntegerValue, seed: int) -> ir.StringValue:
    """What users are ordered by when some are drawn; the same on every engine."""
    return (ibis.literal(f"{seed}:") + user_id.cast("string")).hexdigest("md5")


def first_users(users: ir.Table, most: int, seed: int) -> ir.Table:
    """The first `most` rows of a table with one row per ``user_id``; all, if there are no more."""
    drawn = users.mutate(lot=lot(users.user_id, seed))
    return drawn.order_by(["lot", "user_id"]).limit(most).drop("lot")


def users_in_order(user_ids: object, seed: int) -> np.ndarray:
    """Different users in memory, in the order of the same draw.

    Parameters
    ----------
    user_ids : int array

    Returns
    -------
    int array, each user once
    """
    users = np.unique(np.asarray(user_ids))
    lots = [hashlib.md5(f"{seed}:{user}".encode()).hexdigest() for user in users]
    return users[np.argsort(lots, kind="stable")]


def histories(events: ir.Table) -> ir.Table:
    """Per user: number of events, and of those that have an earlier one of the user.

    Returns
    -------
    lazy table, one row per user
        ``user_id``, ``n_events``, and ``n_examples``: events after the instant of the first.
    """
    first = events.group_by("user_id").agg(first=events.event_time.min())
    since = events.select("user_id", "event_time").join(first, "user_id")
    return since.group_by("user_id").agg(
        n_events=since.count(),
        n_examples=since.count(where=since.event_time > since.first),
    )


def whole_users(sizes: ir.Table, most: int, seed: int) -> ir.Table:
    """The first users, as long as all that is theirs fits.

    Parameters
    ----------
    sizes : lazy table, one row per user
        ``user_id`` and ``size``, how much there is of each user; 0 leaves the user out.
    most : int
        What the sizes of those drawn sum to, at most. A user who alone has more is left out, so
        that a robot does not crowd out the others.

    Returns
    -------
    lazy table
        ``user_id``
    """
    able = sizes.filter(sizes["size"] > 0, sizes["size"] <= most)
    able = able.select("user_id", "size", lot=lot(able.user_id, seed))
    # Nobody is smaller than 1, so no more users than this can fit.
    able = able.order_by(["lot", "user_id"]).limit(most)
    so_far = ibis.window(order_by=["lot", "user_id"], preceding=None, following=0)
    running = able.mutate(so_far=able["size"].sum().over(so_far))
    return running.filter(running.so_far <= most).select("user_id")
