"""What was found, in sentences that are true of whatever data they were computed from."""

import numpy as np
import pandas as pd

from trackway.recommend.comparison import MAIN, Comparison
from trackway.recommend.ladder import BASELINE, HYBRID, NCF, RECENT, SEGMENT, TOWERS
from trackway.report.claims import Claim

NDCG = "NDCG at 10"


def interval(row: pd.Series, digits: int = 3) -> str:
    """`row` as "0.123 [0.100, 0.150]"."""
    return f"{row['value']:.{digits}f} [{row['low']:.{digits}f}, {row['high']:.{digits}f}]"


def verdict(row: pd.Series) -> str:
    """A difference in words: above, below, or not to be told from none."""
    if row["low"] > 0:
        return f"above, by {interval(row, 4)}"
    if row["high"] < 0:
        return f"below (difference {interval(row, 4)})"
    return f"not distinguishable (difference {interval(row, 4)})"


def findings(compared: Comparison) -> list[str]:
    """The sentences under "What we saw"."""
    if compared.why_not:
        return [f"No recommender was judged. {compared.why_not}"]
    return [
        _ladder_sentence(compared),
        _hybrid_sentence(compared),
        *(_loser_sentence(compared, name) for name in (NCF, TOWERS)),
        _repeat_sentence(compared),
        _segment_sentence(compared),
    ]


def _ladder_sentence(compared: Comparison) -> str:
    best = compared.best
    return (
        f"Of the single rungs {best} ranked the validation part best; on the test part its {NDCG} "
        f"of views is {interval(compared.row(best))}, that of what is most popular "
        f"{interval(compared.row(BASELINE))} (Figure 1)."
    )


def _hybrid_sentence(compared: Comparison) -> str:
    row = compared.paired.loc[(HYBRID, *MAIN)]
    return f"Against {compared.best} the {HYBRID} is {verdict(row)} (Figure 2)."


def _loser_sentence(compared: Comparison, name: str) -> str:
    row = compared.paired.loc[(name, *MAIN)]
    new = compared.paired.loc[(name, "views", "new", "ndcg", 10)]
    return (
        f"Against {compared.best}, {name} is {verdict(row)}; on products new to the user "
        f"{verdict(new)} (Figure 2)."
    )


def _repeat_sentence(compared: Comparison) -> str:
    key = ("views", "repeat", "ndcg", 10)
    recent = compared.row(RECENT, *key)
    return (
        f"Of those who came back to a product they had met, {recent['users']:,.0f} users, showing "
        f"what was met last alone has an {NDCG} of {interval(recent)} (Figure 1)."
    )


def _segment_sentence(compared: Comparison) -> str:
    one, other = (compared.judged[name].by_user[MAIN] for name in (SEGMENT, BASELINE))
    better = np.nanmean(one - other)
    row = compared.row(SEGMENT)
    return (
        f"What is popular in the user's segment has {interval(row)}, {better:+.4f} over what is "
        "popular with all (Figure 5)."
    )


def metrics(compared: Comparison) -> dict:
    """The numbers worth comparing between two runs."""
    if compared.why_not:
        return {}
    later = compared.later
    numbers = {
        "judged": {
            "users": len(later.outcomes["views"].rows),
            "views": int(later.outcomes["views"].chosen.nnz),
            "purchases": int(later.outcomes["purchases"].chosen.nnz),
        },
        "models": {},
    }
    for name in compared.judged:
        row = compared.row(name)
        numbers["models"][name] = {
            "ndcg_10": {"value": row["value"], "low": row["low"], "high": row["high"]},
            "coverage_10": compared.lists.loc[name, "coverage"],
        }
    return numbers


def claims(compared: Comparison) -> list[Claim]:
    """What the ladder is leaned on for: is learning worth it, and does a network alone do?"""
    return [
        _claim(
            compared,
            "hybrid-beats-the-best-single-rung",
            "The hybrid ranks what users view better than the best single recommender does.",
            HYBRID,
            above=True,
        ),
        _claim(
            compared,
            "counting-beats-a-network-alone",
            "The two towers alone rank what users view worse than the best that only counts.",
            TOWERS,
            above=False,
        ),
    ]


def _claim(compared: Comparison, name: str, text: str, model: str, above: bool) -> Claim:
    if compared.why_not:
        return Claim(name, text, None, compared.why_not)
    row = compared.paired.loc[(model, *MAIN)]
    holds = row["low"] > 0 if above else row["high"] < 0
    return Claim(name, text, bool(holds), f"Difference of {NDCG} {interval(row, 4)} (Figure 2).")
