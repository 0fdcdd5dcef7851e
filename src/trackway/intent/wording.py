"""How moments, models and verdicts are called in the sentences and tables of `05_intent`."""

import pandas as pd

from trackway.evaluation.bootstrap import Interval
from trackway.intent.models import RULE
from trackway.intent.prefixes import CART
from trackway.report import phrases

SHOWN = ["roc_auc", "pr_auc", "pr_lift", "log_loss", "brier"]
CHANCE = 0.5  # of ROC AUC


def with_intervals(scores: pd.DataFrame, metrics: list[str] = SHOWN) -> pd.DataFrame:
    """One row per model, one column per metric: the value and its interval as text.

    Parameters
    ----------
    scores : DataFrame, indexed by model and metric
        value, low, high : float
    """
    text = scores.apply(_interval, axis=1).unstack("metric")
    models = scores.index.get_level_values("model").unique()
    return text.loc[models, metrics].rename_axis(columns=None)


def _interval(row: pd.Series) -> str:
    """A ratio has one digit after the point; all else is below 1 and has three."""
    return phrases.interval(*row, ".1f" if row.name[1] == "pr_lift" else ".3f")


def when(moment: str) -> str:
    """The moment in words: "after 3 events", "at the first cart event"."""
    return (
        "at the first cart event"
        if moment == CART
        else (f"after {phrases.count(int(moment), 'event')}")
    )


def named(model: str) -> str:
    """The model in a sentence: "the rule", "LightGBM", "the random forest"."""
    if model == RULE:
        return "the rule"
    return model if model[:2].isupper() or model == "LightGBM" else f"the {model}"


def key(model: str) -> str:
    """How a model is called in the metrics."""
    return model.split(":")[0].replace(" ", "_").lower()


def versus_chance(auc: Interval) -> str:
    """Whether a ROC AUC can be told from chance."""
    if auc.low > CHANCE:
        return "above chance"
    return "below chance" if auc.high < CHANCE else f"which {phrases.NOT_TOLD_APART} from chance"


def difference(gain: Interval, better: str, worse: str) -> str:
    """`better`, such as "is more than", `worse`, or that no difference is told, by the interval."""
    if gain.low > 0:
        return better
    return worse if gain.high < 0 else f"{phrases.NOT_TOLD_APART} from"


def sentence(text: str) -> str:
    """`text` with a capital letter."""
    return text[0].upper() + text[1:]


def listed(names: list[str], last: str = "and") -> str:
    """ "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
