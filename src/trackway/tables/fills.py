"""Fill missing brands and category codes from what the source says elsewhere.

A brand or a category is a fact of the catalogue, not of behaviour, so other rows of the product
may tell it, earlier or later. Each filled value is counted by the policy that filled it.
"""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from trackway.params.sampling import Fill
from trackway.tables.sources.schemas import Schema

COLUMNS = {"brand": "brand", "category": "category_code"}  # in params.yaml, in the table
KEYS = {"product": "product_id", "category": "category_id"}
UNKNOWN = "unknown"
PREDICTED = "predicted"
Predict = Callable[[], ir.Table]  # product_id and value, one row per answer


def policies(chosen: Fill, schema: Schema) -> dict[str, list[str]]:
    """The policies by column of the table, for the columns the source has at all."""
    return {
        column: getattr(chosen, name)
        for name, column in COLUMNS.items()
        if column in schema.columns
    }


def fill_all(
    table: ir.Table, known: ir.Table, chosen: dict[str, list[str]], predict: Predict | None = None
) -> ir.Table:
    """`table` with each column of `chosen` filled by its policies; see `fill`."""
    for column, tried in chosen.items():
        table = fill(table, known, column, tried, predict)
    return table


def fill(
    table: ir.Table,
    known: ir.Table,
    column: str,
    policies: list[str],
    predict: Predict | None = None,
) -> ir.Table:
    """`table` with the nulls of `column` filled by the first policy that can.

    Parameters
    ----------
    table : lazy table
        Events, or their catalogue.
    known : the `events.catalogue` of the events
    policies : any of 'product', 'category', 'predicted', 'mode', 'unknown', tried in this order
        The most frequent value on the other rows of the same product, or of the same category;
        what `predict` answers; the most frequent of all rows; or the word "unknown". Ties go to
        the first in alphabetical order.
    predict : gives a value for each product where it is sure of one
        Asked only if 'predicted' is among the policies; see `categories.predicted`.

    Returns
    -------
    lazy table
        With one more column, ``<column>_from``: 'source', the policy, or null where none could.
    """
    named = known.filter(known[column].notnull())
    filled = table.mutate(
        **{f"{column}_from": table[column].notnull().ifelse("source", ibis.null("string"))}
    )
    for policy in policies:
        if policy == PREDICTED:
            filled = _join(policy, filled, predict(), "product_id", column)
        else:
            filled = _by(policy, filled, named, column)
    return filled


def _by(policy: str, table: ir.Table, named: ir.Table, column: str) -> ir.Table:
    if policy == UNKNOWN:
        return _take(table, column, ibis.literal(UNKNOWN), policy)
    if policy == "mode":
        everywhere = most_frequent(named.mutate(everything=0), "everything", column)
        value = everywhere.value.as_scalar()
        return _take(table, column, value, policy)
    key = KEYS[policy]
    return _join(policy, table, most_frequent(named, key, column), key, column)


def _join(policy: str, table: ir.Table, answers: ir.Table, key: str, column: str) -> ir.Table:
    joined = table.left_join(answers, key, rname="{name}_answer")
    return _take(joined, column, joined.value, policy).drop("value", f"{key}_answer")


def _take(table: ir.Table, column: str, value: ir.Value, policy: str) -> ir.Table:
    fills = table[column].isnull() & value.notnull()
    return table.mutate(
        **{
            column: fills.ifelse(value, table[column]),
            f"{column}_from": fills.ifelse(policy, table[f"{column}_from"]),
        }
    )


def most_frequent(named: ir.Table, key: str, column: str) -> ir.Table:
    """The most frequent value of `column`, as ``value``, one row per value of `key`.

    Parameters
    ----------
    named : lazy table
        With ``rows``, how many rows say so, as in `events.catalogue`.
    """
    counts = named.group_by(key, column).agg(rows=ibis._.rows.sum())
    order = ibis.window(
        group_by=key,
        order_by=[ibis.desc("rows"), column],
    )
    first = counts.mutate(place=ibis.row_number().over(order)).filter(ibis._.place == 0)
    return first.select(key, value=column)
