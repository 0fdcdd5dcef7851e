"""The ladder beside the truth: what ranking by the true affinities would reach, and chance.

The true affinity of the simulated shop says with what chance a *new want* of a user opens with a
product. It knows the user's taste, and nothing of a want that is still going on: so it is the bound
for products new to the user, and only there.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.recommend.evaluation import evaluate, means
from trackway.recommend.models.ladder import HYBRID
from trackway.recommend.models.recommender import Recommender
from trackway.recommend.study import Study
from trackway.report.truth_table import Line
from trackway.tables import truth

ASKED = ("views", "new", "ndcg", 10)
AT_ONCE = 500  # users whose affinities are held at once
TASTE = "ranked by the true affinities; knows taste, not the want under way"


@dataclass(frozen=True)
class ByAffinity:
    """Products by the chance that a new want of the user opens with them.

    Attributes
    ----------
    people : DataFrame, one row per row of the history, of the truth's `users`
    stock : DataFrame, one row per product, of the truth's `products`
    wants : DataFrame, the truth's table of this name
    """

    people: pd.DataFrame
    stock: pd.DataFrame
    wants: pd.DataFrame
    drifted: bool

    def scores(self, rows: np.ndarray) -> np.ndarray:
        parts = [
            truth.reach(
                self.people.iloc[rows[start : start + AT_ONCE]],
                self.stock,
                self.wants,
                drifted=self.drifted,
            )
            for start in range(0, len(rows), AT_ONCE)
        ]
        return np.concatenate(parts).astype(np.float32)


@dataclass(frozen=True)
class Shuffled:
    """Products in an order drawn anew for every user: chance."""

    n: int
    seed: int

    def scores(self, rows: np.ndarray) -> np.ndarray:
        random = np.random.default_rng([self.seed, int(rows[0])])
        return random.random((len(rows), self.n), dtype=np.float32)


@or_cannot
def lines(study: Study) -> list[Line] | Cannot | None:
    """Achieved, attainable and chance for products new to the user; None for a real shop."""
    compared, run = need(study.comparison), study.run
    tables = [truth.read(name) for name in ("users", "products", "wants", "dates")]
    people, stock, wants, dates = tables
    if people is None:
        return None
    known = compared.snapshot
    users, products = known.history.users, known.history.products["product_id"]
    of_truth = np.isin(users[known.target.rows], people["user_id"])
    outcomes = {"views": known.target.of_users(of_truth)}
    by_affinity = ByAffinity(
        people.set_index("user_id").reindex(users).reset_index(),
        stock.set_index("product_id").reindex(products).reset_index(),
        wants,
        _drifted(dates, known.history.cut),
    )

    def rated(model: Recommender) -> pd.Series:
        by_user = evaluate(model, known.history, outcomes).by_user
        return means(by_user, run.bootstrap).loc[ASKED]

    attainable = rated(by_affinity)["value"]
    chance = rated(Shuffled(known.history.shape[1], run.seed))["value"]
    return [
        Line(
            f"NDCG at 10 of views new to the user, {name}",
            *rated(compared.rungs[name])[["value", "low", "high"]],
            attainable,
            TASTE,
            chance,
        )
        for name in dict.fromkeys([HYBRID, compared.best])
    ]


def _drifted(dates: pd.DataFrame, cut: pd.Timestamp) -> bool:
    begins = dates.loc[dates["what"] == "interest", "begins"]
    return bool((begins <= cut).any())
