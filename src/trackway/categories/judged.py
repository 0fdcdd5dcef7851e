"""Known categories hidden, fold by fold, and told again: by us, and by simpler means."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.categories import classifier, evidence
from trackway.categories.evidence import FOLDS, GROUPS, NONE
from trackway.evaluation.bootstrap import mean_interval

ANSWERS = {  # column -> what it is called
    "by_category_id": "other products of its category_id",
    "by_brand": "most frequent of its brand",
    "by_votes": "most seen beside it",
    "answer": "classifier, always",
}
SURE = "classifier, where sure"


@dataclass(frozen=True)
class Judged:
    """What the notebook shows.

    Attributes
    ----------
    why_not : why nothing could be judged; "" if it could
    known, unknown : products with a category, and without
    answered : key of `GROUPS` -> one row per known product: code, group, the columns of `ANSWERS`,
        confidence
    """

    why_not: str
    known: int = 0
    unknown: int = 0
    answered: dict[str, pd.DataFrame] | None = None


def judge(events: ir.Table, filled_by: list[str], settings: dict, seed: int) -> Judged:
    """Hide every known product once, by itself and with its whole category.

    Parameters
    ----------
    filled_by : `sampling.fill.category`, with which `events` were filled
    settings : the part `recommend.categories` of params.yaml
    """
    if guessed := [policy for policy in filled_by if policy in ("predicted", "mode")]:
        return Judged(f"Some categories are guesses themselves: sampling.fill says {guessed[0]}.")
    found = evidence.products(events).to_pandas()
    known = int(found["code"].notna().sum())
    if why := too_few(found, settings):
        return Judged(why, known, len(found) - known)
    return Judged(
        "",
        known,
        len(found) - known,
        {hidden: _hidden(events, found, hidden, settings, seed) for hidden in GROUPS},
    )


def too_few(found: pd.DataFrame, settings: dict) -> str:
    """Why no classifier can be learned, in words; "" if one can."""
    known = found[found["code"].notna()]
    # each of three folds that learn must hold two categories
    if len(known) >= settings["min_products"] and known["code"].nunique() >= 2 * FOLDS:
        return ""
    return (
        f"{settings['min_products']:,} products of {2 * FOLDS} categories must be known by name; "
        f"{len(known):,} of {known['code'].nunique()} are."
    )


def _hidden(
    events: ir.Table, found: pd.DataFrame, hidden: str, settings: dict, seed: int
) -> pd.DataFrame:
    table = evidence.in_groups(found, hidden, seed)
    given = classifier.gathered(table, evidence.votes(events, table, settings, seed))
    folds = [_fold(given, fold, settings) for fold in range(FOLDS)]
    return pd.concat(folds).sort_index()


def _fold(given: classifier.Evidence, fold: int, settings: dict) -> pd.DataFrame:
    table = given.products
    asked = table["fold"].eq(fold).to_numpy()
    open_to_see = table[~asked & table["fold"].ne(NONE)]
    said = classifier.answers(given, asked, (fold + 1) % FOLDS, settings)
    rows = table[asked]
    votes = given.counted([other for other in range(FOLDS) if other != fold])[said.index]
    voted = np.where(votes.sum(axis=1) > 0, given.codes[votes.argmax(axis=1)], None)
    usual = _mode(open_to_see["code"])
    return rows[["product_id", "group", "code"]].assign(
        by_category_id=_told(rows, open_to_see, "category_id"),
        by_brand=_told(rows, open_to_see, "brand").fillna(usual),
        by_votes=pd.Series(voted, index=said.index, dtype=object).fillna(usual),
        **said,
    )


def _told(rows: pd.DataFrame, seen: pd.DataFrame, by: str) -> pd.Series:
    """The most frequent category of those of `seen` that share `by`; null where none does."""
    names = seen.dropna(subset=by).groupby(by)["code"].agg(_mode)
    return rows[by].map(names).astype(object)


def _mode(codes: pd.Series) -> str:
    return codes.mode().iloc[0]  # of equals the first in alphabetical order


def department(code: pd.Series) -> pd.Series:
    """The first word of a category: `electronics` of `electronics.clocks`."""
    return code.str.split(".").str[0]


def rated(one: pd.DataFrame, confidence: float, n: int, seed: int) -> pd.DataFrame:
    """Each way of answering: how often it answers, and how often it is then right.

    Returns
    -------
    DataFrame, indexed by answer
        products : int, answered
        answered : float, share of those asked
        right : `evaluation.Interval`, 95 % over groups; nothing where it never answers
        department : likewise, the first word alone
    """
    ways = {name: (one[column], one[column].notna()) for column, name in ANSWERS.items()}
    ways[SURE] = (one["answer"], one["confidence"] >= confidence)
    rows = {name: _rated(one, *way, n, seed) for name, way in ways.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("answer")


def _rated(one: pd.DataFrame, said: pd.Series, speaks: pd.Series, n: int, seed: int) -> dict:
    heard, truth = said[speaks], one.loc[speaks, "code"]
    row = {"products": len(heard), "answered": float(speaks.mean())}
    if heard.empty:
        return row
    groups = one.loc[speaks, "group"]
    alike = {
        "right": heard.eq(truth),
        "department": department(heard).eq(department(truth)),
    }
    return row | {name: mean_interval(hit, groups, n, seed) for name, hit in alike.items()}
