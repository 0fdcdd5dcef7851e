"""FP-Growth on Spark's own machines: MLlib's, after H. Li et al., "PFP", RecSys 2008.

Imported only where the baskets are on Spark. It gives the sets that `itemsets.mine` gives on one
machine, with the same counts; it knows no greatest length, so that the long sets are left out after
they were found.
"""

import ibis
import ibis.expr.types as ir
from pyspark.ml.fpm import FPGrowth
from pyspark.sql import functions

from trackway.rules.baskets import Baskets
from trackway.rules.itemsets import Itemsets, in_order


def mine(items: ir.Table, baskets: Baskets, longest: int, longest_basket: int) -> Itemsets:
    """All sets of up to `longest` items in at least ``baskets.needed`` baskets, by length and code.

    Parameters
    ----------
    items : lazy table on Spark, one row per basket and item, as `data.items` makes it
    baskets : what `baskets.gather` made of it
    longest_basket : items kept of a basket
    """
    if not baskets.items:
        return {}
    sets = {(code,): int(count) for code, count in enumerate(baskets.counts)}
    frequent = ibis.memtable({"item": list(baskets.items), "code": range(len(baskets.items))})
    kept = items.filter(items.place < longest_basket).inner_join(frequent, "item")
    gathered = kept.group_by("basket").aggregate(items=kept.code.collect())
    backend = items._find_backend()
    frame = backend.frame(gathered).filter(functions.size("items") >= 2).persist()
    n = frame.count()
    if n >= baskets.needed and longest >= 2:
        # Half a basket below the count: MLlib rounds the product of share and baskets up.
        mined = FPGrowth(minSupport=(baskets.needed - 0.5) / n).fit(frame).freqItemsets
        short = mined.filter(functions.size("items").between(2, longest)).toArrow().to_pylist()
        sets |= {tuple(sorted(row["items"])): row["freq"] for row in short}
    frame.unpersist()
    return in_order(sets)
