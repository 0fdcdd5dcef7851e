"""Known categories hidden, fold by fold, and told again: by us, and by simpler means."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.categories import classifier, evidence
from trackway.categories.evidence import FOLDS, GROUPS, NONE
from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.bootstrap import Bootstrap, mean_interval
from trackway.evaluation.calibration import calibration_table
from trackway.params.recommend import Categories

HIDDEN = {"product": "product by product", "category": "whole categories"}  # `GROUPS` in words
ANSWERS = {  # column -> what it is called
    "by_category_id": "other products of its category_id",
    "by_brand": "most frequent of its brand",
    "by_votes": "most seen beside it",
    "answer": "classifier, always",
}
SURE = "classifier, where sure"
BINS = 8


@dataclass(frozen=True)
class Evaluation:
    """How often each way of telling a category is right.

    Attributes
    ----------
    known, unknown : products with a category, and without
    confidence : from which on the classifier is sure
    answered : key of `GROUPS` -> one row per known product
        product_id, group, code (the truth), the columns of `ANSWERS`, confidence.
    rates : DataFrame, indexed by hidden (words of `HIDDEN`) and answer; see `rates`
    coverage : key of `GROUPS` -> shares answered and right; see `coverage`
    calibration : key of `GROUPS` -> bins by confidence; see `evaluation.calibration`
    """

    known: int
    unknown: int
    confidence: float
    answered: dict[str, pd.DataFrame]
    rates: pd.DataFrame
    coverage: dict[str, pd.DataFrame]
    calibration: dict[str, pd.DataFrame]


@or_cannot
def evaluate(
    events: ir.Table, filled_by: list[str], settings: Categories, bootstrap: Bootstrap
) -> Evaluation | Cannot:
    """Hide every known product once, by itself and with its whole category.

    Parameters
    ----------
    filled_by : `sampling.fill.category`, with which `events` were filled
    settings : the part `recommend.categories` of params.yaml
    """
    if guessed := [policy for policy in filled_by if policy in ("predicted", "mode")]:
        return Cannot(f"Some categories are guesses themselves: sampling.fill says {guessed[0]}.")
    products = need(enough(evidence.products(events).to_pandas(), settings))
    known = int(products["code"].notna().sum())
    answered = {way: _hidden(events, products, way, settings, bootstrap.seed) for way in GROUPS}
    rated = {
        HIDDEN[way]: rates(one, settings.confidence, bootstrap) for way, one in answered.items()
    }
    return Evaluation(
        known,
        len(products) - known,
        settings.confidence,
        answered,
        pd.concat(rated, names=["hidden"]),
        {way: coverage(one) for way, one in answered.items()},
        {way: _calibration(one, bootstrap) for way, one in answered.items()},
    )


def enough(products: pd.DataFrame, settings: Categories) -> pd.DataFrame | Cannot:
    """`products`, if a classifier can be learned from those with a ``code``."""
    known = products[products["code"].notna()]
    names = known["code"].nunique()
    # each of three folds that learn must hold two categories
    if len(known) < settings.min_products or names < 2 * FOLDS:
        return Cannot(
            f"{settings.min_products:,} products of {2 * FOLDS} categories must be known by name; "
            f"{len(known):,} of {names} are."
        )
    groups = evidence.groups_of(known, "category").nunique()
    if groups < FOLDS:
        return Cannot(
            f"Whole categories are hidden in {FOLDS} turns; the {len(known):,} products known by "
            f"name have {groups} different `category_id`."
        )
    return products


def _hidden(
    events: ir.Table, products: pd.DataFrame, hidden: str, settings: Categories, seed: int
) -> pd.DataFrame:
    table = evidence.in_groups(products, hidden, seed)
    gathered = classifier.gathered(table, evidence.votes(events, table, settings, seed))
    folds = [_fold(gathered, fold, settings) for fold in range(FOLDS)]
    return pd.concat(folds).sort_index()


def _fold(gathered: classifier.Evidence, fold: int, settings: Categories) -> pd.DataFrame:
    table = gathered.products
    asked = table["fold"].eq(fold).to_numpy()
    open_to_see = table[~asked & table["fold"].ne(NONE)]
    answers = classifier.answers(gathered, asked, (fold + 1) % FOLDS, settings)
    rows = table[asked]
    votes = gathered.counted([other for other in range(FOLDS) if other != fold])[answers.index]
    voted = np.where(votes.sum(axis=1) > 0, gathered.codes[votes.argmax(axis=1)], None)
    usual = _mode(open_to_see["code"])
    return rows[["product_id", "group", "code"]].assign(
        by_category_id=_most_frequent(rows, open_to_see, "category_id"),
        by_brand=_most_frequent(rows, open_to_see, "brand").fillna(usual),
        by_votes=pd.Series(voted, index=answers.index, dtype=object).fillna(usual),
        **answers,
    )


def _most_frequent(rows: pd.DataFrame, seen: pd.DataFrame, by: str) -> pd.Series:
    """The most frequent category of those of `seen` that share `by`; null where none does."""
    names = seen.dropna(subset=by).groupby(by)["code"].agg(_mode)
    return rows[by].map(names).astype(object)


def _mode(codes: pd.Series) -> str:
    return codes.mode().iloc[0]  # of equals the first in alphabetical order


def department(code: pd.Series) -> pd.Series:
    """The first word of a category: `electronics` of `electronics.clocks`."""
    return code.str.split(".").str[0]


def rates(answered: pd.DataFrame, confidence: float, bootstrap: Bootstrap) -> pd.DataFrame:
    """Each way of answering: how often it answers, and how often it is then right.

    Parameters
    ----------
    answered : DataFrame, one row per known product
        Columns ``group``, ``code``, those of `ANSWERS`, and ``confidence``.
    confidence : from which on the classifier is sure

    Returns
    -------
    DataFrame, indexed by answer
        products : int, answered
        answered : float, share of those asked
        right : `bootstrap.Interval`, 95 % over groups; nothing where it never answers
        department : likewise, the first word alone
    """
    ways = {name: (answered[column], answered[column].notna()) for column, name in ANSWERS.items()}
    ways[SURE] = (answered["answer"], answered["confidence"] >= confidence)
    rows = {name: _rated(answered, *way, bootstrap) for name, way in ways.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("answer")


def _rated(
    answered: pd.DataFrame, answers: pd.Series, speaks: pd.Series, bootstrap: Bootstrap
) -> dict[str, object]:
    heard, truth = answers[speaks], answered.loc[speaks, "code"]
    row = {"products": len(heard), "answered": float(speaks.mean())}
    if heard.empty:
        return row
    groups = answered.loc[speaks, "group"]
    alike = {
        "right": heard.eq(truth),
        "department": department(heard).eq(department(truth)),
    }
    return row | {name: mean_interval(hit, groups, *bootstrap) for name, hit in alike.items()}


def coverage(answered: pd.DataFrame) -> pd.DataFrame:
    """Share answered and share right of those, from each confidence on that occurs.

    Parameters
    ----------
    answered : DataFrame, one row per known product
        Columns ``answer``, ``code`` and ``confidence``.

    Returns
    -------
    DataFrame, indexed by confidence, falling
        answered, right : float, shares from 0 to 1
    """
    right = answered["answer"].eq(answered["code"])
    right = right.groupby(answered["confidence"]).agg(["sum", "size"])
    total = right.sort_index(ascending=False).cumsum()
    shares = {"answered": total["size"] / len(answered), "right": total["sum"] / total["size"]}
    return pd.DataFrame(shares)


def _calibration(answered: pd.DataFrame, bootstrap: Bootstrap) -> pd.DataFrame:
    right = answered["answer"].eq(answered["code"])
    return calibration_table(right, answered["confidence"], answered["group"], BINS, *bootstrap)
