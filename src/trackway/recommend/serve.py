"""Recommendations for a user, from the files the stage `recommend` wrote.

>>> from trackway.recommend.serve import recommend_products_for_user
>>> recommend_products_for_user(512345679)  # doctest: +SKIP
"""

from functools import lru_cache

import numpy as np
import pandas as pd

from trackway.errors import InputError
from trackway.recommend import retrieval, store
from trackway.recommend.diversity import CANDIDATES, rerank_listed
from trackway.recommend.store import CODES, Stored

COLD = "cold start: this user is not known; popular with all"


class Server:
    """A stored recommender, loaded, ready to answer."""

    def __init__(self, stored: Stored):
        self.stored = stored
        self.index = retrieval.exact(stored.vectors)
        self.codes = stored.products[CODES].to_numpy()
        self.by_popularity = np.lexsort(
            [stored.products["product_id"], -stored.products["popularity"]]
        )

    def recommend(self, user_id: int, top_n: int, diversity_weight: float) -> pd.DataFrame:
        """See `recommend_products_for_user`."""
        n = len(self.stored.products)
        if not 1 <= top_n <= n:
            raise InputError(f"top_n must lie between 1 and the {n:,} products, got {top_n!r}")
        wanted = min(max(CANDIDATES, top_n), n)
        if user_id not in self.stored.users.index:
            best = self.by_popularity[:wanted]
            scores = self.stored.products["popularity"].to_numpy()[best]
            shown = self._shown(best, scores, top_n, diversity_weight)
            return shown.assign(why=COLD, cold_start=True)
        user = self.stored.users.loc[user_id]
        ids = self.stored.products["product_id"].to_numpy()
        latest = np.searchsorted(ids, user["latest"])
        vector = self.stored.tower.vector(latest)
        scores, best = retrieval.search(self.index, vector[None, :], wanted)
        shown = self._shown(best[0], scores[0], top_n, diversity_weight)
        why = [self._why(number, latest, user["segment"]) for number in shown.index]
        return shown.assign(why=why, cold_start=False).reset_index(drop=True)

    def _shown(self, best, scores, top_n: int, weight: float) -> pd.DataFrame:
        taken = rerank_listed(scores[None, :], self.codes[best][None], top_n, weight)[0]
        columns = ["product_id", "category_code", "category_id", "brand", "price"]
        return self.stored.products.iloc[best[taken]][columns].assign(score=scores[taken])

    def _why(self, number: int, latest: np.ndarray, segment: str) -> str:
        said = []
        if number in latest:
            said.append("met before")
        else:
            vectors = self.stored.vectors
            nearest = latest[np.argmax(vectors[latest] @ vectors[number])]
            said.append(
                f"near product {self.stored.products['product_id'].iat[nearest]}, met before"
            )
        place = np.flatnonzero(self.stored.in_segment[segment] == number)
        if len(place):
            said.append(f"place {place[0] + 1} among {segment}")
        share = self.stored.products["popularity"].iat[number]
        said.append(f"popularity {share:.0%} of the most popular")
        return "; ".join(said)


@lru_cache(maxsize=1)
def server() -> Server:
    """The server of the checkout's own files, loaded once."""
    return Server(store.read())


def recommend_products_for_user(
    user_id: int, top_n: int = 5, diversity_weight: float = 0.3
) -> pd.DataFrame:
    """What to show this user, best first.

    Parameters
    ----------
    user_id : int
        One who is not known gets the cold-start answer, and ``cold_start`` and ``why`` say so.
    top_n : int
    diversity_weight : float
        From 0, the score alone, to 1, difference alone; see `diversity`.

    Returns
    -------
    DataFrame, `top_n` rows
        product_id, category_code (null where unknown), category_id, brand, price : of the product
        score : float
            Likeness of user and product; of a cold start the popularity, 0 to 1.
        why : str
            The nearest product met before, the place in the user's segment, the popularity.
        cold_start : bool

    Raises
    ------
    InputError
        If nothing is stored yet, or a number lies out of its range.
    """
    return server().recommend(user_id, top_n, diversity_weight)
