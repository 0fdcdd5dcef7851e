"""What we saw of money, in sentences and numbers; true of any data."""

import pandas as pd

from trackway.core.cannot import Cannot
from trackway.evaluation.bootstrap import Interval
from trackway.intent.prefixes import CART
from trackway.intent.profit.audience import SESSIONS, Audience
from trackway.intent.profit.evaluate import PER, earliest
from trackway.intent.profit.study import Profit
from trackway.report import phrases, references


def findings(study: Profit) -> list[str]:
    """Whether acting pays, how early, and when most; nothing where main is not judged."""
    if isinstance(study.at_main, Cannot):
        return []
    ways, by_moment = study.at_main.ways, study.by_moment
    sentences = []
    for name, first in earliest(by_moment).items():
        (best,) = ways[(ways["action"] == name) & (ways["who"] == "chosen")].itertuples()
        money = Interval(best.value, best.low, best.high)
        pays = verdict(money, best.acted, "at the moment looked at closely", SESSIONS)
        sentences.append(
            f"Under the assumed uplift, {name} {pays} ({references.table('worth')}); "
            f"{_early(first, by_moment[by_moment['action'] == name])} "
            f"({references.table('worth_moments')})."
        )
    return sentences


def metrics(study: Profit) -> dict:
    """The chosen plans at the main moment, and the totals of each moment; shop currency."""
    if isinstance(study.at_main, Cannot):
        return {}
    ways = study.at_main.ways
    mine = ways[ways["who"] == "chosen"].set_index("action")
    wanted = mine[["acted", "value", "low", "high"]].rename(columns={"value": "profit"})
    chosen = wanted.to_dict(orient="index")
    for action, rows in study.by_moment.groupby("action", sort=False):
        chosen[action]["total"] = dict(zip(rows["moment"], rows["total"], strict=True))
    return {"worth": chosen}


def verdict(money: Interval, acted: float, when: str, audience: Audience) -> str:
    """What acting from the chosen threshold on brings."""
    if not acted:
        return f"pays for nobody {when}"
    brings = f"brings {phrases.interval(*money, '.1f')} per {PER:,} {audience.many}"
    if money.low > 0:
        return f"{brings} when {acted:.1%} are acted on"
    return f"{brings}, not surely more than nothing"


def _early(first: str | None, mine: pd.DataFrame) -> str:
    if first is None:
        return "there is no moment at which it surely pays"
    most = mine.loc[mine["total"].idxmax(), "moment"]
    also = "and brings most in all then" if most == first else f"and brings most at {_moment(most)}"
    return f"it pays from {_moment(first)} on, {also}"


def _moment(name: str) -> str:
    return "the first cart event" if name == CART else f"event {name}"
