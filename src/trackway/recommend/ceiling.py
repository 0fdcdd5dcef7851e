"""The ladder beside the truth: what ranking by the true affinities would reach, and chance.

The true affinity of the simulated shop says with what chance a *new want* of a user opens with a
product. It knows the user's taste, and nothing of a want that is still going on: so it is the bound
for products new to the user, and only there.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackway.recommend import judge
from trackway.recommend.comparison import Comparison
from trackway.recommend.history import Outcome
from trackway.recommend.ladder import HYBRID
from trackway.report import Page, truth_table
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
class Drawn:
    """Products in an order drawn anew for every user: chance."""

    n: int
    seed: int

    def scores(self, rows: np.ndarray) -> np.ndarray:
        random = np.random.default_rng([self.seed, int(rows[0])])
        return random.random((len(rows), self.n), dtype=np.float32)


def lines(compared: Comparison, settings: dict, seed: int) -> list[Line] | None:
    """Achieved, attainable and chance for products new to the user; None for a real shop."""
    tables = [truth.read(name) for name in ("users", "products", "wants", "dates")]
    people, stock, wants, dates = tables
    if people is None or compared.why_not:
        return None
    later = compared.later
    users, products = later.history.users, later.history.products["product_id"]
    known = np.isin(users[later.outcomes["views"].rows], people["user_id"])
    outcomes = {"views": _of(later.outcomes["views"], known)}
    model = ByAffinity(
        people.set_index("user_id").reindex(users).reset_index(),
        stock.set_index("product_id").reindex(products).reset_index(),
        wants,
        _drifted(dates, later.history.cut),
    )
    models = {name: compared.rungs[name] for name in (HYBRID, compared.best)}

    def rated(one) -> pd.Series:
        return (
            judge.judge(one, later.history, outcomes).mean(settings["replicates"], seed).loc[ASKED]
        )

    attainable = rated(model)["value"]
    chance = rated(Drawn(later.history.shape[1], seed))["value"]
    return [
        Line(
            f"NDCG at 10 of views new to the user, {name}",
            *rated(one)[["value", "low", "high"]],
            attainable,
            TASTE,
            chance,
        )
        for name, one in models.items()
    ]


def _of(outcome: Outcome, keep: np.ndarray) -> Outcome:
    return Outcome(outcome.rows[keep], outcome.chosen[np.flatnonzero(keep)])


def _drifted(dates: pd.DataFrame, cut: pd.Timestamp) -> bool:
    begins = dates.loc[dates["what"] == "interest", "begins"]
    return bool((begins <= cut).any())


def show(page: Page, number: int, found: list[Line] | None, compared: Comparison) -> None:
    """The table, or why there is none."""
    truth_table.table(
        page,
        number,
        found,
        reason=compared.why_not or None,
        caption="Judged as above; a model may pass the bound where a want is under way.",
        digits=4,
    )
