"""A hybrid: candidates from several recommenders, put in order by gradient boosting.

The order is learned from what users chose between two earlier cuts, by sources that knew nothing
beyond the first of them; it is then applied to the same sources fitted anew up to the second. Two
stages as in P. Covington et al., RecSys 2016, doi:10.1145/2959100.2959190; the loss is LambdaMART,
C. Burges, MSR-TR-2010-82.
"""

from dataclasses import dataclass
from functools import cached_property

import lightgbm
import numpy as np
import pandas as pd
from scipy import sparse

from trackway.evaluation import ranking
from trackway.params.recommend import HybridSettings
from trackway.recommend.history import History, Outcome
from trackway.recommend.models.counts import popularity
from trackway.recommend.models.recommender import Recommender, batches
from trackway.recommend.profile import Profile

NEVER_MET_DAYS = -1.0
BELOW = -1000.0  # lower than any sum of trees; popularity keeps its digits beside it


@dataclass(frozen=True)
class Sources:
    """Recommenders to take candidates from, and what else is known at the history's cut.

    Attributes
    ----------
    models : name -> fitted recommender
    """

    models: dict[str, Recommender]
    history: History
    profile: Profile
    popular_days: float | None
    candidates: int

    @cached_property
    def popular(self) -> np.ndarray:
        """Of each product, over all days; float32, shape (N,)."""
        return popularity(self.history)

    @cached_property
    def popular_lately(self) -> np.ndarray:
        return popularity(self.history, self.popular_days)

    def candidates_of(self, rows: np.ndarray) -> pd.DataFrame:
        """One row per user and candidate: ``place`` in `rows`, ``product``, and the features."""
        parts = []
        for batch in batches(len(rows), self.history.shape[1]):
            part = self._some_candidates(rows[batch])
            parts.append(part.assign(place=part["place"] + batch.start))
        return pd.concat(parts, ignore_index=True)

    def _some_candidates(self, rows: np.ndarray) -> pd.DataFrame:
        scores = {name: model.scores(rows) for name, model in self.models.items()}
        tops = {name: ranking.top(one, self.candidates) for name, one in scores.items()}
        listed = np.hstack(list(tops.values()))  # (B, sources x candidates, or products if fewer)
        user = np.repeat(np.arange(len(rows)), listed.shape[1])
        pairs = np.unique(np.column_stack([user, listed.ravel()]), axis=0)
        place, product = pairs.T
        table = pd.DataFrame({"place": place, "product": product})
        for name, one in scores.items():
            of = name.replace(" ", "_")  # LightGBM's names hold no spaces
            table[f"{of}_score"] = one[place, product]
            table[f"{of}_rank"] = _rank(tops[name], place, product)
        return table.assign(**self._known(self.history.only(rows), place, product))

    def _known(
        self, history: History, row: np.ndarray, product: np.ndarray
    ) -> dict[str, np.ndarray]:
        """What `history`, of the users asked about, tells of a candidate."""
        met = history.met
        ago = (history.cut - history.pairs["last_at"]) / pd.Timedelta("1D")
        times = history.pairs[["views", "carts", "purchases"]].sum(axis=1)
        products = np.diff(met.indptr)[row]
        return {
            "popular": self.popular[product],
            "popular_lately": self.popular_lately[product],
            "price_level": self.profile.codes[product, 2],
            "met_times": _at(history.matrix(times), row, product),
            "met_days_ago": _at(history.matrix(ago + 1), row, product) + NEVER_MET_DAYS,
            "category_share": self._share(met, 0, row, product),
            "brand_share": self._share(met, 1, row, product),
            "user_products": products,
            "user_categories": np.diff((met @ _hot(self.profile.codes[:, 0])).indptr)[row],
        }

    def _share(
        self, met: sparse.csr_array, attribute: int, row: np.ndarray, product: np.ndarray
    ) -> np.ndarray:
        """Share of the products a user met that are of the product's category, or brand."""
        codes = self.profile.codes[:, attribute]
        of = _at(met @ _hot(codes), row, codes[product])
        return (of / np.maximum(np.diff(met.indptr)[row], 1)).astype(np.float32)


def _hot(codes: np.ndarray) -> sparse.csr_array:
    ones = np.ones(len(codes), dtype=np.float32)
    return sparse.csr_array((ones, (np.arange(len(codes)), codes)))


def _at(matrix, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    return np.asarray(matrix[row, column]).ravel()


def _rank(top: np.ndarray, place: np.ndarray, product: np.ndarray) -> np.ndarray:
    """Rank from 1 of each candidate in a source's list; one beyond its end if it is not in it."""
    k = top.shape[1]
    order = np.argsort(top, axis=1)
    in_order = np.take_along_axis(top, order, axis=1)
    width = int(top.max(initial=0)) + 1
    keys = (np.arange(len(top))[:, None] * width + in_order).ravel()
    wanted = place * width + np.minimum(product, width - 1)
    at = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    listed = (keys[at] == wanted) & (product < width)
    return np.where(listed, order.ravel()[at] + 1, k + 1)


@dataclass(frozen=True)
class Hybrid:
    """Sources and the order learned for their candidates."""

    sources: Sources
    order: lightgbm.Booster

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """Candidates by the order learned, the rest below by popularity; cold users by it alone."""
        popular = self.sources.popular_lately
        scores = np.tile(popular + BELOW, (len(rows), 1)).astype(np.float32)
        warm = np.flatnonzero(np.diff(self.sources.history.met.indptr)[rows])
        if len(warm):
            table = self.sources.candidates_of(rows[warm])
            ranked = self.order.predict(table[self.order.feature_name()], num_threads=1)
            scores[warm[table["place"]], table["product"]] = ranked
        return scores


def learn_order(
    sources: Sources, outcome: Outcome, settings: HybridSettings, seed: int
) -> lightgbm.Booster:
    """Learn to put candidates in order from what users with a history chose after the cut.

    Parameters
    ----------
    settings : `rounds`, `leaves`, `learning_rate`
    """
    warm = np.flatnonzero(np.diff(sources.history.met.indptr)[outcome.rows])
    table = sources.candidates_of(outcome.rows[warm])
    chosen = _at(outcome.chosen[warm].astype(np.float32), table["place"], table["product"])
    size = np.bincount(table["place"], minlength=len(warm))
    features = [name for name in table if name not in ("place", "product")]
    data = lightgbm.Dataset(table[features], chosen, group=size[size > 0])
    return lightgbm.train(
        {
            "objective": "lambdarank",
            "lambdarank_truncation_level": 20,
            "num_leaves": settings.leaves,
            "learning_rate": settings.learning_rate,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "seed": seed,
            "verbosity": -1,
        },
        data,
        num_boost_round=settings.rounds,
    )
