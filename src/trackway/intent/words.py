"""The sentences and shown tables of `05_intent`, computed, so that they are true of any data."""

import numpy as np
import pandas as pd

from trackway.evaluation import Interval
from trackway.intent import audit, imbalance
from trackway.intent.models import PREVALENCE, RULE, Scored

SHOWN = ["roc_auc", "pr_auc", "pr_lift", "log_loss", "brier", "f1"]
CHANCE = 0.5  # of ROC AUC


def with_intervals(rated: pd.DataFrame, metrics: list[str] = SHOWN) -> pd.DataFrame:
    """One row per model, one column per metric: the value and its interval as text."""
    text = rated.apply(lambda row: str(Interval(*row)), axis=1).unstack("metric")
    models = rated.index.get_level_values("model").unique()
    return text.loc[models, metrics].rename_axis(columns=None)


def n_events(n: int) -> str:
    """ "1 event", "3 events"."""
    return f"{n:,} event" if n == 1 else f"{n:,} events"


def versus_chance(auc: Interval) -> str:
    """Whether a ROC AUC can be told from chance."""
    if auc.low > CHANCE:
        return "above chance"
    return "below chance" if auc.high < CHANCE else "not to be told from chance"


def difference(gain: Interval, better: str, worse: str) -> str:
    """`better`, `worse` or no difference to be told, by where the interval of `gain` lies."""
    if gain.low > 0:
        return better
    return worse if gain.high < 0 else "not to be told from"


def not_judged(why_not: str) -> str:
    """That these data cannot answer the question, and why."""
    why = why_not.removesuffix(".")
    return f"Whether a purchase can be told early cannot be judged here. {why} (Table 2)."


def ranking(chosen: Scored, rated: pd.DataFrame, prefix: int) -> str:
    """How well the chosen model tells a purchase."""
    auc, lift = (Interval(*rated.loc[(chosen.name, m)]) for m in ("roc_auc", "pr_lift"))
    return (
        f"After {n_events(prefix)} the {chosen.name} has a ROC AUC of {auc}, "
        f"{versus_chance(auc)}; its average precision is {lift.value:.1f} times the share of "
        f"buyers [{lift.low:.1f}, {lift.high:.1f}] (Table 4, Figure 1)."
    )


def against_others(chosen: Scored, compared: pd.DataFrame) -> str:
    """Whether the chosen model's average precision can be told from the others'."""
    gains = compared.xs("pr_auc", level="metric")
    parts = []
    for name in [RULE, *[m for m in gains.index if m not in (PREVALENCE, RULE)]]:
        gain = Interval(*gains.loc[name])
        how = difference(gain, "higher than", "lower than")
        parts.append(f"{how} that of {_named(name)} (by {gain})")
    listed = f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"On the same sessions its average precision is {listed} (Table 5)."


def balancing(table: pd.DataFrame, chosen: Scored, bought_share: float) -> list[str]:
    """What balancing changed for the chosen model."""
    rows = table[(table["model"] == chosen.name) & (table["balancing"] != imbalance.NONE)]
    ways = len(rows)
    higher = [r.balancing for r in rows.itertuples() if r.pr_auc_gain.low > 0]
    lower = [r.balancing for r in rows.itertuples() if r.pr_auc_gain.high < 0]
    moved = [(higher, "raised"), (lower, "lowered")]
    said = [f"{_listed(names, ways)} {verb} it" for names, verb in moved if names]
    what = "; ".join(said) or "none of them changed it by more than chance may"
    most = rows.loc[rows["mean_said"].idxmax()]
    return [
        f"Of {ways} ways of balancing the training rows, judged by the average precision of "
        f"the {chosen.name}: {what} (Table 6).",
        f"After {most['balancing']} it says {most['mean_said']:.1%} on average, where "
        f"{bought_share:.1%} bought (Table 6, Figure 3).",
    ]


def leak(shop: pd.DataFrame) -> str:
    """What the copied recipe would have claimed, and what is left when asked honestly."""
    rungs = shop.set_index("rung")
    copied, honest = rungs.loc[audit.COPIED], rungs.loc[audit.HONEST]
    if not copied["tested"]:
        return "There are too few buyers even for the widely copied recipe (Table 7)."
    claim = f"ROC AUC {copied['roc_auc']:.2f} and F1 {copied['f1']:.2f}"
    if not honest["tested"]:
        return (
            f"The widely copied recipe would have claimed {claim} on data that cannot carry "
            "an honest judgement (Table 7)."
        )
    return (
        f"The widely copied recipe would have claimed {claim}; the same forest, asked after a "
        f"fixed number of events at the natural share of buyers, has {honest['roc_auc']:.2f} and "
        f"{honest['f1']:.2f} (Table 7)."
    )


def nothing_to_tell(null: pd.DataFrame) -> str:
    """What each question claims in the shop of pure chance."""
    rungs = null.set_index("rung")
    if not (rungs["tested"] > 0).all():
        return "The shop of pure chance is too small to be judged; raise `intent.null_sessions`."
    copied, strict, honest = (
        Interval(*rungs.loc[name, ["roc_auc", "roc_auc_low", "roc_auc_high"]])
        for name in (audit.COPIED, audit.STRICT, audit.HONEST)
    )
    end = (
        "holds chance"
        if honest.holds(CHANCE)
        else "misses chance, as one interval in twenty does by bad luck"
    )
    return (
        f"In a shop where nothing can be told, the copied recipe still claims a ROC AUC of "
        f"{copied.value:.2f} and the one that drops the purchase but lets the others run on "
        f"{strict.value:.2f}; the interval of the honest one, {honest}, {end} (Figure 5)."
    )


def findings(
    chosen: Scored,
    rated: pd.DataFrame,
    compared: pd.DataFrame,
    balanced: pd.DataFrame,
    bought_share: float,
    prefix: int,
) -> list[str]:
    """What the models showed, each sentence with its evidence."""
    return [
        ranking(chosen, rated, prefix),
        against_others(chosen, compared),
        *balancing(balanced, chosen, bought_share),
    ]


def audit_numbers(table: pd.DataFrame) -> dict:
    """An audit's rungs as metrics, without those that could not be asked."""
    asked = table[table["tested"] > 0].set_index("rung")
    return {
        audit.KEYS[rung]: {"tested": int(row["tested"]), "buyers": int(row["buyers"])}
        | dict(row[audit.NUMBERS])
        for rung, row in asked.iterrows()
    }


def rated_numbers(rated: pd.DataFrame) -> dict:
    """Scores as metrics: model, metric, value and interval."""
    nested: dict = {}
    for (model, metric), row in rated.iterrows():
        if np.isfinite(row).all():
            nested.setdefault(_key(model), {})[metric] = dict(row)
    return nested


def _listed(names: list[str], of: int) -> str:
    return "all of them" if len(names) == of else ", ".join(names)


def _named(model: str) -> str:
    return "the rule" if model == RULE else f"the {model}"


def _key(name: str) -> str:
    return name.split(":")[0].replace(" ", "_")
