"""Recommendations for a user, from the files the stage `recommend` wrote.

>>> from trackway.recommend.serve import recommend_products_for_user
>>> recommend_products_for_user(512345679)  # doctest: +SKIP
"""

from functools import lru_cache

import numpy as np
import pandas as pd

from trackway.core.errors import InputError
from trackway.recommend import retrieval, store
from trackway.recommend.diversity import CANDIDATES, rerank_listed
from trackway.recommend.store import CODES, Stored
from trackway.tables import ids

COLUMNS = ["product_id", "category_code", "category_id", "brand", "price"]
TEXTS = [("product_id", "product_text"), ("category_id", "category_text")]  # shown in its place
COLD = "cold start: this user is not known; popular with all"


class Server:
    """A stored recommender, loaded, ready to answer."""

    def __init__(self, stored: Stored):
        self.stored = stored
        self.index = retrieval.exact(stored.vectors)
        # by columns: to look up a row of a frame takes longer than the search
        products = stored.products
        shown = products.assign(
            **{name: products[text] for name, text in TEXTS if text in products}
        )
        titles = ["title"] if "title" in products else []
        self.columns = {name: shown[name].array for name in [*COLUMNS, *titles]}
        self.ids = products["product_id"].to_numpy()
        self.popularity = products["popularity"].to_numpy()
        self.codes = products[CODES].to_numpy()
        self.by_popularity = np.lexsort([self.ids, -self.popularity])
        self.user_ids = stored.users.index.to_numpy()
        self.latest = stored.users["latest"].to_numpy()
        self.segment = stored.users["segment"].array

    def recommend(self, user_id: int | str, top_n: int, diversity_weight: float) -> pd.DataFrame:
        """See `recommend_products_for_user`."""
        n = len(self.ids)
        if not 1 <= top_n <= n:
            raise InputError(f"top_n must lie between 1 and the {n:,} products, got {top_n!r}")
        wanted = min(max(CANDIDATES, top_n), n)
        user = self._place_of(user_id)
        if user is None:
            best = self.by_popularity[:wanted]
            numbers, scores = self._taken(best, self.popularity[best], top_n, diversity_weight)
            return self._shown(numbers, scores, [COLD] * top_n, cold=True)
        latest = np.searchsorted(self.ids, self.latest[user])
        vector = self.stored.tower.vector(latest)
        scores, best = retrieval.search(self.index, vector[None, :], wanted)
        numbers, scores = self._taken(best[0], scores[0], top_n, diversity_weight)
        reasons = [self._reason(number, latest, self.segment[user]) for number in numbers]
        return self._shown(numbers, scores, reasons, cold=False)

    def _place_of(self, user_id: int | str) -> int | None:
        if isinstance(user_id, str):  # a text id, or a number in quotes
            place = self._place_of(ids.number(user_id))
            written = place is None and user_id.isdecimal() and len(user_id) <= ids.LONGEST
            return self._place_of(int(user_id)) if written else place
        place = int(np.searchsorted(self.user_ids, user_id))
        there = place < len(self.user_ids) and self.user_ids[place] == user_id
        return place if there else None

    def _taken(
        self, best: np.ndarray, scores: np.ndarray, top_n: int, weight: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of products, first taken first, and their scores."""
        taken = rerank_listed(scores[None, :], self.codes[best][None], top_n, weight)[0]
        return best[taken], scores[taken]

    def _shown(
        self, numbers: np.ndarray, scores: np.ndarray, reasons: list[str], cold: bool
    ) -> pd.DataFrame:
        columns = {name: column.take(numbers) for name, column in self.columns.items()}
        return pd.DataFrame(columns | {"score": scores, "why": reasons, "cold_start": cold})

    def _reason(self, number: int, latest: np.ndarray, segment: str) -> str:
        reasons = []
        if number in latest:
            reasons.append("met before")
        else:
            vectors = self.stored.vectors
            nearest = latest[np.argmax(vectors[latest] @ vectors[number])]
            reasons.append(f"near {self.columns['product_id'][nearest]}, met before")
        place = np.flatnonzero(self.stored.in_segment[segment] == number)
        if len(place):
            reasons.append(f"place {place[0] + 1} among {segment}")
        reasons.append(f"popularity {self.popularity[number]:.0%}")
        return "; ".join(reasons)


@lru_cache(maxsize=1)
def server() -> Server:
    """The server of the checkout's own files, loaded once."""
    return Server(store.read())


def recommend_products_for_user(
    user_id: int | str, top_n: int = 5, diversity_weight: float = 0.3
) -> pd.DataFrame:
    """What to show this user, best first.

    Parameters
    ----------
    user_id : int, or str where the shop's own ids are texts
        One who is not known gets the cold-start answer, and ``cold_start`` and ``why`` say so.
    top_n : int
    diversity_weight : float
        From 0, the score alone, to 1, difference alone; see `diversity`.

    Returns
    -------
    DataFrame, `top_n` rows
        product_id, category_code (null where unknown), category_id, brand, price : of the product;
        ids as the shop writes them
        title : where the shop has titles
        score : float
            Likeness of user and product; of a cold start the popularity, 0 to 1.
        why : str
            The product met before that is nearest, the place in the user's segment, and the
            popularity, in per cent of the most popular product's.
        cold_start : bool

    Raises
    ------
    InputError
        If nothing is stored yet, or a number lies out of its range.
    """
    return server().recommend(user_id, top_n, diversity_weight)
