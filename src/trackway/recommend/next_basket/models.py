"""Four ways to foretell a basket: what all buy, what the customer buys, of late, and both.

A list is ordered by the score, rounded; then by how many baskets of everybody hold the product;
then by its number. The tie is no detail: two in three customers have one at the end of their list.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackway.params.recommend import NextBasket
from trackway.recommend.next_basket.data import Baskets

POPULAR, OWN, LATELY, MIXTURE = "most popular", "own frequency", "own, of late", "own and popular"
MODELS = [POPULAR, OWN, LATELY, MIXTURE]
BASELINE = OWN  # what a customer's history says by itself, with what is popular behind it
DIGITS = 12  # of a score, so that ties are ties on every machine


@dataclass(frozen=True)
class Chosen:
    """What the validation part decided.

    Attributes
    ----------
    days : in which a basket's weight falls to 1/e, before the customer's last one
    share : weight of what is popular beside the customer's own
    """

    days: float
    share: float


def choices(settings: NextBasket) -> list[Chosen]:
    """All that is tried on the validation part."""
    return [Chosen(days, share) for days in settings.days for share in settings.shares]


def candidates(known: Baskets, days: float, k: int) -> pd.DataFrame:
    """What may be on a list: the customer's own products and the `k` most popular of all.

    No other product can be among the first `k`: each is behind all of these.

    Returns
    -------
    DataFrame, one row per customer and product, in order of both
        user_id, product_id; all : share of everybody's baskets that hold it; own, lately : share of
        the customer's baskets, each counted once, or by exp(-days before the last / `days`).
    """
    lines = known.lines
    weight = np.exp(-lines["days"] / days)
    per_basket = lines.assign(weight=weight).drop_duplicates(["user_id", "basket"])
    whole = per_basket.groupby("user_id")["weight"].agg(["size", "sum"])
    by_product = lines.assign(weight=weight).groupby(["user_id", "product_id"])["weight"]
    own = by_product.agg(own="size", lately="sum").reset_index()
    users = pd.DataFrame({"user_id": known.users})
    best = pd.DataFrame({"product_id": known.popular.index[:k]})
    table = own.merge(users.merge(best, how="cross"), how="outer", on=["user_id", "product_id"])
    of_user = whole.reindex(table["user_id"])
    return pd.DataFrame(
        {
            "user_id": table["user_id"],
            "product_id": table["product_id"],
            "all": known.popular.reindex(table["product_id"]).to_numpy() / max(known.n, 1),
            "own": table["own"].fillna(0).to_numpy() / of_user["size"].to_numpy(),
            "lately": table["lately"].fillna(0).to_numpy() / of_user["sum"].to_numpy(),
        }
    )


def scores(of: pd.DataFrame, model: str, chosen: Chosen) -> pd.Series:
    """The score that `model` gives each of the `candidates`."""
    if model == MIXTURE:
        return of["lately"] + chosen.share * of["all"]
    return of[{POPULAR: "all", OWN: "own", LATELY: "lately"}[model]]


def lists(known: Baskets, model: str, chosen: Chosen, k: int) -> pd.DataFrame:
    """The first `k` products for each customer, best first: user_id, product_id, place, score."""
    of = candidates(known, chosen.days, k)
    of["score"] = scores(of, model, chosen).round(DIGITS)
    down = {"score": False, "all": False, "product_id": True}
    of = of.sort_values(["user_id", *down], ascending=[True, *down.values()], ignore_index=True)
    of["place"] = of.groupby("user_id").cumcount() + 1
    kept = of[of["place"] <= k].reset_index(drop=True)
    return kept[["user_id", "product_id", "place", "score"]]
