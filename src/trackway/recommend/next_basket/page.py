"""The exhibits on the next basket; a log without orders has none of them."""

import pandas as pd

from trackway.core.cannot import Cannot, need
from trackway.recommend.next_basket import models
from trackway.recommend.next_basket.study import NO_ORDERS, Evaluation, K
from trackway.report import Page, exhibits
from trackway.report.exhibits import Table
from trackway.report.phrases import NOT_TOLD_APART


def shown(page: Page, judged: Evaluation | Cannot) -> None:
    """What a next basket can be told by, where the log tells of orders."""
    if judged == Cannot(NO_ORDERS):
        return
    protocol(page, judged)
    scores(page, judged)
    differences(page, judged)


@exhibits.table("next-basket-protocol")
def protocol(judged: Evaluation | Cannot) -> Table:
    """Who is asked about, at each of the two cuts."""
    return Table(
        need(judged).protocol.map(lambda n: f"{n:,}").rename_axis("what").reset_index(),
        caption=(
            "What is known at each cut, and what is to be found: the first basket of a customer "
            "from the cut on, every product of the shop ranked. A basket is the set of products of "
            "one order."
        ),
    )


@exhibits.table("next-basket")
def scores(judged: Evaluation | Cannot) -> Table:
    """How much of the next basket each way foretells."""
    result = need(judged)
    chosen, n = result.chosen, int(result.scores["customers"].max())
    return Table(
        _written(result.scores),
        caption=(
            f"The next basket of {n:,} customers, by lists of {K}, with 95 % intervals over "
            f"customers. `hit`: at least one product of the list is in the basket; `repeats` and "
            "`explores`: recall of the products the customer had bought before, and of the others. "
            f"{result.again:.0%} of a next basket are repeats. A basket's weight falls to 1/e in "
            f"{chosen.days:g} days, and what is popular counts {chosen.share:g} times what is the "
            "customer's own: both chosen on the validation part. Ties go to the product in more "
            "baskets."
        ),
    )


@exhibits.table("next-basket-differences")
def differences(judged: Evaluation | Cannot) -> Table:
    """Each way against the customer's own frequency."""
    result = need(judged)
    return Table(
        _written(result.differences),
        caption=(
            f"Each way minus {models.BASELINE}, customer by customer, with 95 % intervals. Where "
            f"an interval holds 0, the two {NOT_TOLD_APART}."
        ),
    )


def _written(table: pd.DataFrame) -> pd.DataFrame:
    texts = [
        "-" if pd.isna(row.value) else f"{row.value:.4f} [{row.low:.4f}, {row.high:.4f}]"
        for row in table.itertuples()
    ]
    wide = pd.Series(texts, index=table.index).unstack("metric")
    order = table.index.unique("model"), table.index.unique("metric")
    return wide.loc[order].rename_axis(columns=None).reset_index()
