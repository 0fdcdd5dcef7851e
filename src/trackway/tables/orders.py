"""Order data: which order a purchase belongs to, of how many pieces, and what came back.

A source that says so has two more columns in its event table (`COLUMNS`); others have neither. A
purchase of a negative quantity is a `RETURN`, an event of its own type, so that who counts
purchases counts what was bought, and who sums `money` has what was kept.
"""

import ibis
import ibis.expr.types as ir

from trackway.core.errors import InputError
from trackway.tables.sources.schemas import Schema

COLUMNS = {
    "order_id": "the order, as the source names it; null for what belongs to none",
    "quantity": "pieces bought; of a return as many below zero; null for all other events",
}
RETURN = "return"
PAID = ("purchase", RETURN)
NO_PIECES = "quantity of 0"


def present(table: ir.Table) -> list[str]:
    """Those of `COLUMNS` that `table` has."""
    return [name for name in COLUMNS if name in table.columns]


def may_return(schema: Schema) -> bool:
    """Whether the source can tell of returns: by a quantity, or an event of this type."""
    types = {schema.event_type, *schema.event_types.values()}
    return "quantity" in schema.columns or RETURN in types


def with_orders(rows: ir.Table, schema: Schema) -> ir.Table:
    """Rows with the columns of `COLUMNS` as they are described there, where the source has them.

    Parameters
    ----------
    rows : lazy table
        With our event types. Columns of `COLUMNS` that the source has not are dropped.
    """
    rows = rows.drop(*(name for name in present(rows) if name not in schema.columns))
    if "order_id" in schema.columns:
        rows = rows.mutate(order_id=rows.order_id.cast("string"))
    if not may_return(schema):
        return rows
    stated = rows.quantity.cast("int64") if "quantity" in rows.columns else ibis.null("int64")
    back = (rows.event_type == RETURN) | ((rows.event_type == "purchase") & (stated < 0))
    pieces = stated.fill_null(1)
    kinds = (back.fill_null(False), -pieces.abs()), (rows.event_type == "purchase", pieces)
    quantity = ibis.cases(*kinds, else_=ibis.null("int64"))
    event_type = back.fill_null(False).ifelse(RETURN, rows.event_type)
    return rows.mutate(event_type=event_type, quantity=quantity)


def money(events: ir.Table) -> ir.DecimalValue:
    """What an event brought: its price times its pieces; below zero of a return, null of others."""
    if "quantity" in events.columns:
        return events.price * events.quantity
    return (events.event_type == "purchase").ifelse(events.price, None)


def pieces(events: ir.Table) -> ir.IntegerValue:
    """Pieces an event brought: below zero of a return, null of what is neither bought nor back."""
    if "quantity" in events.columns:
        return events.quantity
    return (events.event_type == "purchase").ifelse(1, None)


def basket(purchases: ir.Table) -> ir.IntegerValue:
    """A number of the order each of `purchases` belongs to; of what belongs to none, the session's.

    It is the first ``event_id`` of the order, or, where the source names no orders, ``session_id``.
    """
    if "order_id" not in purchases.columns:
        return purchases.session_id
    session = purchases.order_id.isnull().ifelse(purchases.session_id, None)
    same = ibis.window(group_by=["user_id", "order_id", session])
    return purchases.event_id.min().over(same)


def are_sessions(kept: ir.Table) -> bool:
    """Whether orders are all there is: a log of nothing but purchases and returns, with orders."""
    if "order_id" not in kept.columns:
        return False
    return not len(kept.filter(~kept.event_type.isin(PAID)).limit(1).execute())


def first_of(kept: ir.Table, key: tuple[str, ...]) -> ir.Table:
    """Of rows that agree in the columns `key`, the first; those with a null there are all kept.

    Raises
    ------
    InputError
        If the source has no such column of ours.
    """
    if strange := sorted(set(key) - set(kept.columns)):
        raise InputError(
            f"sampling.mapping.duplicates names {', '.join(strange)}; what can be compared is "
            f"{', '.join(kept.columns)}"
        )
    rest = [name for name in kept.columns if name not in key and name != "event_time"]
    whole = ibis.and_(*(kept[name].notnull() for name in key))
    place = ibis.row_number().over(group_by=list(key), order_by=["event_time", *rest])
    placed = kept.mutate(place=place)
    return placed.filter(~whole | (placed.place == 0)).drop("place")


def with_copies(
    visits: ir.Table, policy: str | tuple[str, ...] | None, same: list[str]
) -> ir.Table:
    """Tell rows apart that agree in the columns `same` and are more than one event logged twice.

    Parameters
    ----------
    policy : `sampling.mapping.duplicates`
        'keep' and a key tell all apart: of a key only the first is left (`first_of`); 'drop' none;
        None those that belong to an order, as a shop may write one row for each piece.

    Returns
    -------
    lazy table
        With ``copy``, from 0, where rows are told apart.
    """
    if policy == "drop" or (policy is None and "order_id" not in visits.columns):
        return visits
    place = ibis.row_number().over(group_by=same, order_by=same[-1])
    placed = visits.mutate(copy=place.cast("int64"))
    if policy is not None:
        return placed
    of_order = placed.event_type.isin(PAID) & placed.order_id.notnull()
    return placed.mutate(copy=of_order.ifelse(placed.copy, 0))
