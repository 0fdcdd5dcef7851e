"""Words that several figures and findings on customers share, computed from the data."""

import pandas as pd

from trackway.rfm import clusters
from trackway.rfm.table import recency_unit

NOBODY = "Nobody bought anything before this moment, so there are no customers to describe."
ALIKE = (
    "Clusters need at least three customers who differ in recency, frequency or money; there are "
    "{different} among {n:,}."
)


def count(customers: int) -> str:
    """How many, in words."""
    return "1 customer" if customers == 1 else f"{customers:,} customers"


def span(time: pd.Timedelta) -> str:
    """A time in the unit that fits it."""
    days = time / pd.Timedelta("1D")
    unit, per_day = recency_unit(days)
    return f"{days * per_day:.1f} {unit}"


def alike(customers: pd.DataFrame) -> str:
    """Why these customers are not clustered."""
    if customers.empty:
        return NOBODY
    return ALIKE.format(different=clusters.different(customers), n=len(customers))


def richest(table: pd.DataFrame) -> str:
    """Which segment holds the most money, in a sentence."""
    if table["money_share"].isna().any():
        return "Nobody paid anything, so no segment has a share of money."
    top = table.loc[table["money_share"].idxmax()]
    return (
        f"{top['segment']}: {top['money_share']:.0%} of the money, from "
        f"{top['customer_share']:.0%} of the customers."
    )


def votes(choice: clusters.Choice) -> str:
    """Which number each index is for, and which we take, in two sentences."""
    names = {k: k.replace("_", "-").title() for k in choice.votes}
    told = ", ".join(f"{names[i]} {k or 'none'}" for i, k in choice.votes.items())
    most = "the number most of them are for (the silhouette's, where they tie)"
    why = "as `params.yaml` asks" if choice.asked else most
    return f"Best by index: {told}. We take {choice.k}, {why}."


def verdict(choice: clusters.Choice) -> str:
    """What the silhouette proves, in a sentence."""
    at = choice.at()
    numbers = f"{at['silhouette']:.3f} at {choice.k} clusters"
    null = f"{at['null_low']:.3f} to {at['null_high']:.3f}"
    if at["silhouette"] <= at["null_high"]:
        return (
            f"The silhouette, {numbers}, is no higher than customers drawn without groups give "
            f"({null}): the clusters say no more than the three distributions do, and only divide "
            "a cloud unless those show gaps themselves."
        )
    more = at["silhouette"] - at["null_silhouette"]
    return (
        f"The silhouette, {numbers}, is above all {choice.draws} sets drawn without groups "
        f"({null}), by {more:.3f} on average: there is structure beyond distributions and "
        "correlations, be it groups or a bend in how the measures go together."
    )
