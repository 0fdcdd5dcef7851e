"""What was found, in sentences that are true of whatever data they were computed from."""

import numpy as np
import pandas as pd

from trackway.categories.evaluation import ANSWERS, HIDDEN
from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.bootstrap import Interval
from trackway.recommend.evaluation import MAIN, K
from trackway.recommend.models.ladder import BASELINE, HYBRID, NCF, RECENT, SEGMENT, TOWERS
from trackway.recommend.next_basket import findings as next_baskets
from trackway.recommend.study import Comparison, Study
from trackway.report import phrases, references
from trackway.report.claims import Claim

NDCG = "NDCG at 10"
ENDS = ["value", "low", "high"]
DIFFERENCES = references.figure("differences")


def _interval(row: pd.Series, form: str = ".3f") -> str:
    return phrases.interval(*row[ENDS], form)


def _verdict(compared: Comparison, model: str, *key: object) -> str:
    return phrases.verdict(Interval(*compared.difference(model, *key)[ENDS]))


def findings(study: Study) -> list[str]:
    """The sentences under "What we saw"."""
    baskets = next_baskets.findings(study.next_basket)
    popular = _of_popular(study)
    return [*_of_ladder(study.comparison), *popular, *baskets, *_of_categories(study)]


def _of_popular(study: Study) -> list[str]:
    if not isinstance(study.popular, pd.DataFrame):
        return []
    act = study.popular.index.get_level_values("outcome")[0]
    row = study.popular.loc[(BASELINE, act, *MAIN)]
    return [
        f"What is most popular needs nobody's history: its {NDCG} of {act} is {_interval(row)} "
        f"over {row['users']:,.0f} users ({references.table('scores')})."
    ]


def _of_ladder(compared: Comparison | Cannot) -> list[str]:
    if isinstance(compared, Cannot):
        return [f"No recommender was judged. {compared.reason}"]
    return [
        _ladder_sentence(compared),
        f"The {HYBRID} against {compared.best}: {_verdict(compared, HYBRID)} ({DIFFERENCES}).",
        *(_network_sentence(compared, name) for name in (NCF, TOWERS) if name != compared.best),
        _repeat_sentence(compared),
        _segment_sentence(compared),
    ]


def _ladder_sentence(compared: Comparison) -> str:
    best = compared.best
    return (
        f"Of the single rungs {best} ranked the validation part best; on the test part its {NDCG} "
        f"of {compared.act} is {_interval(compared.score(best))}, that of what is most popular "
        f"{_interval(compared.score(BASELINE))} ({references.figure('ladder')})."
    )


def _network_sentence(compared: Comparison, name: str) -> str:
    asked = "new", "ndcg", K
    new = f"on products new to the user: {_verdict(compared, name, *asked)}"
    if not compared.score(name, *asked)["users"]:
        new = f"nobody {compared.did} a product new to them"
    return (
        f"{name[0].upper()}{name[1:]} against {compared.best}: {_verdict(compared, name)}; {new} "
        f"({DIFFERENCES})."
    )


def _repeat_sentence(compared: Comparison) -> str:
    recent = compared.score(RECENT, "repeat", "ndcg", K)
    if not recent["users"]:
        return f"Nobody came back to a product they had met ({references.figure('ladder')})."
    return (
        f"Of those who came back to a product they had met, {recent['users']:,.0f} users, showing "
        f"what was met last alone has an {NDCG} of {_interval(recent)} "
        f"({references.figure('ladder')})."
    )


def _segment_sentence(compared: Comparison) -> str:
    main = (compared.act, *MAIN)
    one, other = (compared.evaluations[name].by_user[main] for name in (SEGMENT, BASELINE))
    return (
        f"What is popular in the user's segment has {_interval(compared.score(SEGMENT))}, "
        f"{np.nanmean(one - other):+.4f} over what is popular with all "
        f"({references.figure('segments')})."
    )


def _of_categories(study: Study) -> list[str]:
    judged = study.categories
    if isinstance(judged, Cannot):
        return [f"No category was told. {judged.reason}"]
    return [_category_sentence(way, one, judged.confidence) for way, one in judged.answered.items()]


def _category_sentence(hidden: str, answered: pd.DataFrame, confidence: float) -> str:
    right = answered["answer"].eq(answered["code"])
    sure = answered["confidence"] >= confidence
    where_sure = f", of which {right[sure].mean():.1%} are right" if sure.any() else ""
    beside = answered["by_votes"].eq(answered["code"]).mean()
    return (
        f"With {HIDDEN[hidden]} hidden, the classifier is sure of the category of {sure.mean():.1%}"
        f"{where_sure}; {(~sure).sum():,} of {len(answered):,} are left open. Made to answer "
        f"always, it is right in {right.mean():.1%}, what was seen most beside the product in "
        f"{beside:.1%} ({references.table('categories')})."
    )


# What the ladder is leaned on for, where users view and where they only buy.
CLAIMS = {
    "views": (
        "The hybrid ranks what users view better than the best single recommender does.",
        "The two towers alone rank what users view worse than the best that only counts.",
    ),
    "purchases": (
        "The hybrid ranks what users buy better than the best single recommender does.",
        "The two towers alone rank what users buy worse than the best that only counts.",
    ),
}


def claims(study: Study) -> list[Claim]:
    """Is learning worth it, and does a network alone do?"""
    compared = study.comparison
    hybrid, towers = CLAIMS["views" if isinstance(compared, Cannot) else compared.act]
    return [
        _claim(compared, "hybrid-beats-the-best-single-rung", hybrid, HYBRID, True),
        _claim(_beside_counting(compared), "counting-beats-a-network-alone", towers, TOWERS, False),
    ]


@or_cannot
def _beside_counting(compared: Comparison | Cannot) -> Comparison | Cannot:
    """Differences are to the best single rung; the claim rests on them only where that counts."""
    if need(compared).best in (NCF, TOWERS):
        return Cannot(f"The best single rung is a network, {compared.best}.")
    return compared


def _claim(compared: Comparison | Cannot, name: str, text: str, model: str, above: bool) -> Claim:
    if isinstance(compared, Cannot):
        return Claim(name, text, None, compared.reason)
    row = compared.difference(model)
    holds = row["low"] > 0 if above else row["high"] < 0
    return Claim(
        name, text, holds, f"Difference of {NDCG} {_interval(row, '.4f')} ({DIFFERENCES})."
    )


def headlines(study: Study) -> dict[str, str]:
    """The step's figures for the index page."""
    compared, baskets = study.comparison, next_baskets.headlines(study.next_basket)
    if isinstance(compared, Cannot):
        why = "not judged: too few users, or none who came back"
        return baskets or {"What to show whom": why}
    row, base = compared.score(HYBRID), compared.score(BASELINE)
    text = f"{_interval(row)} (most popular {base['value']:.3f})"
    return {f"{compared.act.capitalize()} ranked by the hybrid, {NDCG}": text} | baskets


def metrics(study: Study) -> dict:
    """The numbers worth comparing between two runs."""
    numbers = _metrics_of_ladder(study.comparison) | next_baskets.metrics(study.next_basket)
    return numbers | {"categories": _metrics_of_categories(study)}


def _metrics_of_ladder(compared: Comparison | Cannot) -> dict:
    if isinstance(compared, Cannot):
        return {}
    outcomes = compared.snapshot.outcomes
    counts = {act: int(outcome.chosen.nnz) for act, outcome in outcomes.items()}
    models = {
        name: {
            "ndcg_10": compared.score(name)[["value", "low", "high"]].to_dict(),
            "coverage_10": compared.lists.loc[name, "coverage"],
        }
        for name in compared.models
    }
    users = len(compared.snapshot.target.rows)
    return {"judged": {"users": users} | counts, "models": models}


def _metrics_of_categories(study: Study) -> dict:
    judged = study.categories
    if isinstance(judged, Cannot):
        return {}
    counts = {"known": judged.known, "unknown": judged.unknown}
    ways = judged.answered.items()
    return counts | {way: _category_metrics(one, judged.confidence) for way, one in ways}


def _category_metrics(answered: pd.DataFrame, confidence: float) -> dict:
    sure, code = answered["confidence"] >= confidence, answered["code"]
    right = {column: answered[column].eq(code).mean() for column in ANSWERS}
    numbers = {"right": right, "answered_where_sure": sure.mean()}
    if sure.any():
        numbers["right_where_sure"] = answered["answer"].eq(code)[sure].mean()
    return numbers
