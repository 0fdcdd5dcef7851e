"""What comes back: of which products, how many pieces, and how much money.

A return is told as it was logged: the purchase it undoes may lie before the data begin.
"""

import ibis
import ibis.expr.types as ir
import pandas as pd

from trackway.core.cannot import Cannot
from trackway.tables import ids, orders

SHOWN = 10  # products


def by_product(events: ir.Table) -> pd.DataFrame | Cannot:
    """The products of which most pieces came back.

    Returns
    -------
    DataFrame, at most `SHOWN` rows, most pieces first
        product_id : text, as the shop writes it; bought, returned : int, pieces; share : returned
        over bought, null where nothing was bought; money : float, shop currency, taken off, null
        where there are no prices.
    """
    if "quantity" not in events.columns:
        return Cannot("The source does not tell of returns.")
    back = events.event_type == orders.RETURN
    pieces, money = orders.pieces(events), orders.money(events)
    counted = events.group_by("product_id").aggregate(
        bought=pieces.sum(where=~back).fill_null(0).cast("decimal(18, 0)").cast("int64"),
        returned=(-pieces).sum(where=back).fill_null(0).cast("decimal(18, 0)").cast("int64"),
        money=(-money).sum(where=back).cast("float64"),
    )
    most = counted.filter(counted.returned > 0)
    table = most.order_by([ibis.desc("returned"), "product_id"]).limit(SHOWN).to_pandas()
    if table.empty:
        return Cannot("Nothing came back: there are 0 returns.")
    written = table["product_id"].astype(str)
    table["product_id"] = written.map(ids.called(events.get_backend(), "product_id", written))
    table.insert(3, "share", table["returned"] / table["bought"].where(table["bought"] > 0))
    return table
