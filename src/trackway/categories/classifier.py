"""Brand, price, title and votes in, a category and how sure we are of it out.

Each kind of evidence says how the products that share it spread over the categories: those of the
brand, of the price level, of both, those seen beside, and those whose titles share its words
(naive Bayes over words and pairs of words; A. McCallum and K. Nigam, AAAI-98 Workshop on Learning
for Text Categorization, 41-48). They are pooled with what is usual: the
logarithm of a category's chance is their weighted sum, and the weights, the same for all
categories, are learned (logarithmic opinion pool; C. Genest and J. Zidek, Statistical Science 1
(1986) 114-135). As no category has weights of its own, one is told by products of another group
though nobody voted for it where the weights were learned.

What the pool calls its probability is too sure where categories are hidden whole, so the confidence
is calibrated on products it has not seen: P(right) by Platt's sigmoid, with his smoothed targets,
which hold where every answer is wrong. J. Platt, in Advances in Large Margin Classifiers (1999).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import log_softmax, logit
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from trackway.categories.evidence import NONE
from trackway.params.recommend import Categories

LEVELS = 16  # price levels, of equal numbers of products
WORDS = 2**16  # words told apart, the most frequent ones
TITLE = 10  # words of a title
CERTAIN = 1e-6  # probabilities are kept this far from 0 and 1 before the logit


@dataclass(frozen=True)
class Evidence:
    """What a classifier reads, for N products.

    Attributes
    ----------
    products : DataFrame, from `evidence.in_groups`
    kinds : int64 array, shape (N, 3), numbers of brand, price level and both; -1 is unknown
    votes : DataFrame, from `evidence.votes`, with ``row``, the product's place
    codes : array of the K known categories, in alphabetical order
    words : sparse array, shape (N, W), 1 where a title has the word; None without titles
    """

    products: pd.DataFrame
    kinds: np.ndarray
    votes: pd.DataFrame
    codes: np.ndarray
    words: sparse.csr_array | None = None

    def place(self) -> np.ndarray:
        """The number of each product's category, shape (N,); -1 where it has none."""
        return pd.Index(self.codes).get_indexer(self.products["code"])

    def counted(self, folds: list[int]) -> sparse.csr_array:
        """Votes by category, shape (N, K); only products of `folds` vote."""
        cast = self.votes[self.votes["fold"].isin(folds)]
        at = (cast["row"].to_numpy(), np.searchsorted(self.codes, cast["code"]))
        shape = (len(self.products), len(self.codes))
        return sparse.csr_array((cast["votes"].to_numpy(dtype=float), at), shape=shape)

    def spreads(self, folds: list[int], rows: np.ndarray) -> np.ndarray:
        """What each kind of evidence says of `rows`, from other groups' products of `folds`.

        Returns
        -------
        float array, shape (R, K, 5), or 6 with titles
            Logarithms of shares of the categories: of brand, price level, both and votes over
            those of all products, so that what says nothing is 0; those of all products; and of
            the words of titles in the category over those in all.
        """
        heard = self.products["fold"].isin(folds).to_numpy()
        named = _one_hot(np.where(heard, self.place(), -1), len(self.codes))
        usual = np.asarray(named.sum(axis=0)) + 1.0
        usual /= usual.sum()
        group = pd.factorize(self.products["group"])[0]
        shares = [_others(kind, group, named, rows) for kind in self.kinds.T]
        shares.append(self.counted(folds)[rows].toarray())
        # one product's worth of what is usual, so that little evidence says little
        pooled = [(one + usual) / (one.sum(axis=1, keepdims=True) + 1) for one in shares]
        ratios = [np.log(one / usual) for one in pooled]
        ratios.append(np.broadcast_to(np.log(usual), ratios[0].shape))
        if self.words is not None:
            ratios.append(self._by_words(heard, named, rows))
        return np.stack(ratios, axis=-1)

    def _by_words(self, heard: np.ndarray, named: sparse.csr_array, rows: np.ndarray) -> np.ndarray:
        """Naive Bayes of `rows`, from titles of products `heard` that are not of their fold."""
        fold = self.products["fold"].to_numpy()
        ratios = np.empty((len(rows), named.shape[1]))
        for own in np.unique(fold[rows]):  # a row's group lies in its fold
            others = np.flatnonzero(heard & (fold != own))
            there = sparse.csr_array(named[others].T @ self.words[others]).toarray()  # (K, W)
            usual = there.sum(axis=0) + 1
            usual /= usual.sum()
            # a title's worth of what is usual
            share = (there + TITLE * usual) / (there.sum(axis=1, keepdims=True) + TITLE)
            mine = fold[rows] == own
            ratios[mine] = self.words[rows[mine]] @ np.log(share / usual).T
        return ratios


def gathered(products: pd.DataFrame, votes: pd.DataFrame) -> Evidence:
    """The evidence by number."""
    row = np.searchsorted(products["product_id"], votes["product_id"])
    codes = np.unique(products.loc[products["fold"] != NONE, "code"].astype(str))
    return Evidence(products, kinds(products), votes.assign(row=row), codes, worded(products))


def worded(products: pd.DataFrame) -> sparse.csr_array | None:
    """The words of titles, and pairs of neighbours; None where no two titles share one."""
    if "title" not in products:
        return None
    counted = CountVectorizer(ngram_range=(1, 2), binary=True, min_df=2, max_features=WORDS)
    try:
        return sparse.csr_array(counted.fit_transform(products["title"].fillna("")), dtype=float)
    except ValueError:  # the library's way to say that it is left without a word
        return None


def kinds(products: pd.DataFrame) -> np.ndarray:
    """Brand, price level, and the two together as numbers, shape (N, 3); -1 is unknown."""
    brand = pd.factorize(products["brand"], sort=True)[0].astype(np.int64)
    price = products["price"].to_numpy(dtype=float, na_value=np.nan)
    there = np.isfinite(price)
    edges = np.quantile(price[there], np.arange(1, LEVELS) / LEVELS) if there.any() else []
    level = np.where(there, np.searchsorted(edges, price, side="right"), -1)
    both = np.where((brand >= 0) & there, brand * LEVELS + level, -1)
    return np.column_stack([brand, level, both])


def _one_hot(number: np.ndarray, width: int) -> sparse.csr_array:
    there = np.flatnonzero(number >= 0)
    shape = (len(number), width)
    return sparse.csr_array((np.ones(len(there)), (there, number[there])), shape=shape)


def _others(kind: np.ndarray, group: np.ndarray, named: sparse.csr_array, rows: np.ndarray):
    """Products of the same `kind` by category, those of the row's own group left out; (R, K)."""
    own = np.where(kind >= 0, kind * (group.max() + 1) + group, -1)
    both = []
    for number in (kind, own):
        names, place = np.unique(number, return_inverse=True)
        hot = _one_hot(np.where(number >= 0, place, -1), len(names))
        both.append((hot[rows] @ (hot.T @ named)).toarray())
    return both[0] - both[1]


@threadpool_limits.wrap(limits=1)  # small products of matrices: threads would only wait
def answers(
    evidence: Evidence, asked: np.ndarray, held_out: int, settings: Categories
) -> pd.DataFrame:
    """The category of the products `asked`, and the calibrated confidence in it.

    Learns from every known product that is neither asked nor in fold `held_out`, on which the
    confidence is calibrated.

    Parameters
    ----------
    asked : bool array, shape (N,)
        Whole folds, and products without a category.
    settings : reads `strength` and `max_products`

    Returns
    -------
    DataFrame, indexed by place of the product, one row per product asked
        answer : text
        confidence : float, 0 to 1
    """
    fold = evidence.products["fold"].to_numpy()
    calibrating = np.flatnonzero((fold == held_out) & ~asked)
    learning = np.flatnonzero((fold != NONE) & (fold != held_out) & ~asked)
    folds = sorted(set(fold[learning]))
    code = evidence.place()
    some = learning[:: -(-len(learning) // settings.max_products)]
    weights = _weights(evidence.spreads(folds, some), code[some], settings.strength)
    answer, sure = _best(evidence.spreads(folds, calibrating) @ weights)
    calibrated = _platt(
        sure, evidence.codes[answer] == evidence.products["code"].to_numpy()[calibrating]
    )
    places = np.flatnonzero(asked)
    # once it has calibrated, the fold held out is heard, too
    answer, sure = _best(evidence.spreads([*folds, held_out], places) @ weights)
    confidence = calibrated.predict_proba(_logits(sure))[:, 1]
    return pd.DataFrame({"answer": evidence.codes[answer], "confidence": confidence}, index=places)


def _weights(spread: np.ndarray, code: np.ndarray, strength: float) -> np.ndarray:
    """Of the kinds of evidence, shape (5,): those that make the known categories most probable."""
    row = np.arange(len(code))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        log_p = log_softmax(spread @ weights, axis=1)  # (R, K)
        expected = np.einsum("rk,rkm->m", np.exp(log_p), spread)
        slope = expected - spread[row, code].sum(axis=0) + weights / strength
        return weights @ weights / (2 * strength) - log_p[row, code].sum(), slope

    start = np.ones(spread.shape[2])
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(start)).x


def _best(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    best = scores.argmax(axis=1)
    return best, np.exp(log_softmax(scores, axis=1)[np.arange(len(best)), best])


def _logits(sure: np.ndarray) -> np.ndarray:
    return logit(np.clip(sure, CERTAIN, 1 - CERTAIN))[:, None]


def _platt(sure: np.ndarray, right: np.ndarray) -> LogisticRegression:
    n_right = right.sum()
    yes = np.where(right, (n_right + 1) / (n_right + 2), 1 / (len(right) - n_right + 2))
    # a soft target is both answers at once, each with its weight
    read = np.concatenate([_logits(sure)] * 2)
    target = np.repeat([True, False], len(right))
    return LogisticRegression(C=np.inf).fit(read, target, np.concatenate([yes, 1 - yes]))
