"""The fill policy `predicted`: a category for products that have none, where we are sure enough.

The classifier is fitted here, on a table of products; what joins the events is a small table of
answers, so that any engine can do it.
"""

from collections.abc import Callable
from functools import cache

import ibis
import ibis.expr.types as ir

from trackway.categories import classifier, evidence
from trackway.categories.evaluation import enough
from trackway.categories.evidence import NONE
from trackway.core.cannot import Cannot
from trackway.params.recommend import Categories


def predictor(events: ir.Table, settings: Categories, seed: int) -> Callable[[], ir.Table]:
    """What `fills.fill` asks: a lazy table of product_id and ``value``, fitted once.

    Parameters
    ----------
    events : as the source has them, before anything is filled
    settings : the part `recommend.categories` of params.yaml
    """
    return cache(lambda: answers(events, settings, seed))


def answers(events: ir.Table, settings: Categories, seed: int) -> ir.Table:
    """A category for each product of `events` without one that we are sure enough of.

    Sure as of products whose whole category is without a name, as nothing else is known of why a
    name is missing. Without enough known products nothing is answered.

    Returns
    -------
    lazy table, one row per product answered
        product_id : int; value : text
    """
    products = evidence.products(events).to_pandas()
    schema = {"product_id": "int64", "value": "string"}
    if products["code"].notna().all() or isinstance(enough(products, settings), Cannot):
        return ibis.memtable([], schema=schema)
    table = evidence.in_groups(products, "category", seed)
    gathered = classifier.gathered(table, evidence.votes(events, table, settings, seed))
    answered = classifier.answers(gathered, table["fold"].eq(NONE).to_numpy(), 0, settings)
    sure = answered[answered["confidence"] >= settings.confidence]
    rows = table.loc[sure.index, ["product_id"]].assign(value=sure["answer"])
    return ibis.memtable(rows, schema=schema)
