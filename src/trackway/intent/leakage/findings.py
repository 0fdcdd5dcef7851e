"""What leaks claim, in sentences and numbers; true of any data."""

import pandas as pd

from trackway.evaluation.bootstrap import Interval
from trackway.intent.leakage import models
from trackway.intent.leakage.models import CANARY, COPIED, HONEST
from trackway.intent.leakage.study import ALONE, NUMBERS, Leakage
from trackway.intent.wording import CHANCE, versus_chance
from trackway.report import references
from trackway.report.claims import Claim

TABLE = references.table("mistake")


def findings(leakage: Leakage) -> list[str]:
    """What the recipe claims in this shop, and where nothing can be told."""
    return [_leak(leakage.shop), _null_shop(leakage.null)]


def _leak(shop: pd.DataFrame) -> str:
    steps = shop.set_index("key")
    copied, honest = steps.loc[COPIED], steps.loc[HONEST]
    if not copied["tested"]:
        return f"There are too few buyers even for the widely copied recipe ({TABLE})."
    claim = f"ROC AUC {copied['roc_auc']:.2f} and F1 {copied['f1']:.2f}"
    if not honest["tested"]:
        return (
            f"The widely copied recipe would have claimed {claim}, of {copied['tested']:,} "
            f"sessions tested, on data that cannot carry an honest judgement ({TABLE})."
        )
    auc = roc_auc(honest)
    worst = steps["alone_roc_auc"].idxmax()
    (flaw,) = [step.mended for step in models.steps() if step.key == worst]
    return (
        f"The widely copied recipe would have claimed {claim}; the same forest, asked honestly, "
        f"has {auc}, {versus_chance(auc)}, and {honest['f1']:.2f}. Of its flaws the one that "
        f"alone claims most is {models.ALONE[flaw]}, with "
        f"{steps.loc[worst, 'alone_roc_auc']:.2f} ({TABLE})."
    )


def _null_shop(null: pd.DataFrame) -> str:
    steps = null.set_index("key")
    if not (steps["tested"] > 0).all():
        return "The shop of pure chance is too small to be judged; raise `intent.null_sessions`."
    copied, honest, canary = (roc_auc(steps.loc[key]) for key in (COPIED, HONEST, CANARY))
    end = (
        "holds chance"
        if honest.holds(CHANCE)
        else "misses chance, as one interval in twenty does by bad luck"
    )
    caught = "shows" if canary.low > CHANCE else "is too weak to show among so few"
    return (
        f"In a shop where nothing can be told, the copied recipe still claims a ROC AUC of "
        f"{copied.value:.2f}; the interval of the honest question, {honest}, {end}; a column from "
        f"the future {caught}, {canary} ({TABLE})."
    )


def claims(leakage: Leakage) -> list[Claim]:
    """The recipe sees what is not there; the honest question does not."""
    name = "the-recipe-sees-what-is-not-there"
    text = "Where nothing can be told, the copied recipe claims skill and the honest question none."
    steps = leakage.null.set_index("key")
    if not (steps["tested"] > 0).all():
        return [Claim(name, text, None, "The shop of pure chance is too small to be judged.")]
    copied, honest = (roc_auc(steps.loc[key]) for key in (COPIED, HONEST))
    evidence = f"ROC AUC {copied} of the recipe, {honest} of the honest question ({TABLE})."
    return [Claim(name, text, bool(copied.low > CHANCE and honest.holds(CHANCE)), evidence)]


def headlines(leakage: Leakage) -> dict[str, str]:
    """What the recipe would have claimed, for the index page."""
    copied = leakage.shop.set_index("key").loc[COPIED]
    if not copied["tested"]:
        return {}
    return {"What the widely copied recipe would have claimed": f"{copied['roc_auc']:.3f}"}


def metrics(leakage: Leakage) -> dict:
    """The ablation of both shops: ``audit`` and ``null_shop``, by step; without what has none."""
    both = {"audit": _numbers(leakage.shop), "null_shop": _numbers(leakage.null)}
    return {name: steps for name, steps in both.items() if steps}


def roc_auc(step: pd.Series) -> Interval:
    """What one row of an ablation claims."""
    return Interval(*step[["roc_auc", "roc_auc_low", "roc_auc_high"]])


def _numbers(ablation: pd.DataFrame) -> dict:
    """An ablation's steps, without those that could not be asked."""
    asked = ablation[ablation["tested"] > 0].set_index("key")
    return {
        key: {"tested": int(row["tested"]), "buyers": int(row["buyers"])}
        | dict(row[[*NUMBERS, *ALONE]].dropna())
        for key, row in asked.iterrows()
    }
