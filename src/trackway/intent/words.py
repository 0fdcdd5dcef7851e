"""The sentences and shown tables of `05_intent`, computed, so that they are true of any data."""

import numpy as np
import pandas as pd

from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent.models import GRU, PREVALENCE, RULE
from trackway.intent.prefixes import CART
from trackway.report.claims import Claim

SHOWN = ["roc_auc", "pr_auc", "pr_lift", "log_loss", "brier"]
CHANCE = 0.5  # of ROC AUC


def with_intervals(rated: pd.DataFrame, metrics: list[str] = SHOWN) -> pd.DataFrame:
    """One row per model, one column per metric: the value and its interval as text."""
    text = rated.apply(_interval, axis=1).unstack("metric")
    models = rated.index.get_level_values("model").unique()
    return text.loc[models, metrics].rename_axis(columns=None)


def _interval(row: pd.Series) -> str:
    """A ratio has one digit after the point; all else is below 1 and has three."""
    one = Interval(*row)
    if row.name[1] == "pr_lift":
        return f"{one.value:.1f} [{one.low:.1f},\N{NO-BREAK SPACE}{one.high:.1f}]"
    return str(one)


def when(moment: str) -> str:
    """The moment in words: "after 3 events", "at the first cart event"."""
    if moment == CART:
        return "at the first cart event"
    return f"after {int(moment):,} event" + ("" if moment == "1" else "s")


def named(model: str) -> str:
    """The model in a sentence: "the rule", "LightGBM", "the random forest"."""
    if model == RULE:
        return "the rule"
    return model if model[:2].isupper() or model == "LightGBM" else f"the {model}"


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


def at_main(chosen: str, rated: PairedEvaluation, moment: str) -> list[str]:
    """What the models showed at one moment, each sentence with its evidence."""
    return [ranking(chosen, rated, moment), against_others(chosen, rated)]


def claim(chosen: str, rated: PairedEvaluation | None, why_not: str) -> Claim:
    """That something can be told early at all."""
    name, text = "told-early", "A purchase can be told early in a visit, better than by chance."
    if rated is None or why_not:
        return Claim(name, text, None, why_not)
    auc = Interval(*rated.scores().loc[(chosen, "roc_auc")])
    return Claim(name, text, bool(auc.low > 0.5), f"ROC AUC {auc} (Table 4).")


def over_moments(
    chosen: str, rated: dict[str, PairedEvaluation], shares: dict[str, float]
) -> list[str]:
    """What they showed from moment to moment."""
    return [
        earliest(chosen, rated),
        probabilities(chosen, rated),
        *cart(chosen, rated, shares),
        *network(chosen, rated),
    ]


def ranking(chosen: str, rated: PairedEvaluation, moment: str) -> str:
    """How well the chosen model tells a purchase."""
    scores = rated.scores()
    auc, lift = (Interval(*scores.loc[(chosen, m)]) for m in ("roc_auc", "pr_lift"))
    return _sentence(
        f"{when(moment)} {named(chosen)} has a ROC AUC of {auc}, {versus_chance(auc)}; its average "
        f"precision is {lift.value:.1f} times the share of buyers [{lift.low:.1f}, "
        f"{lift.high:.1f}] (Table 4, Figure 2)."
    )


def against_others(chosen: str, rated: PairedEvaluation) -> str:
    """Whether the chosen model's average precision can be told from the others'."""
    gains = rated.differences(chosen).xs("pr_auc", level="metric")
    parts: dict[str, list[str]] = {}
    for name in [RULE, *[m for m in gains.index if m not in (PREVALENCE, RULE)]]:
        how = difference(Interval(*gains.loc[name]), "higher than", "lower than")
        parts.setdefault(how, []).append(named(name))
    said = "; ".join(f"{how} that of {listed(names)}" for how, names in parts.items())
    return f"On the same sessions its average precision is {said} (Table 6)."


def earliest(chosen: str, rated: dict[str, PairedEvaluation]) -> str:
    """From which moment on the chosen model is above chance, and where it ranks best."""
    aucs = {m: Interval(*one.scores().loc[(chosen, "roc_auc")]) for m, one in rated.items()}
    above = [when(m) for m, auc in aucs.items() if auc.low > CHANCE]
    if not above:
        return f"At no moment is {named(chosen)} above chance (Table 8)."
    most = max(aucs, key=lambda m: aucs[m].value)
    unsure = [when(m) for m, auc in aucs.items() if auc.low <= CHANCE]
    rest = f"; not {listed(unsure, 'nor')}" if unsure else ""
    return _sentence(
        f"{named(chosen)} is above chance {above[0]} already{rest}. It ranks best {when(most)}, "
        f"{aucs[most]} (Table 8, Figure 4)."
    )


def beside_prevalence(rated: PairedEvaluation, chosen: str) -> Interval:
    """Log-loss of the chosen model minus that of the prevalence."""
    return Interval(*rated.differences(chosen).loc[(PREVALENCE, "log_loss")])


def probabilities(chosen: str, rated: dict[str, PairedEvaluation]) -> str:
    """At which moments what is said is better than saying the same of everyone."""
    beside = {m: beside_prevalence(one, chosen) for m, one in rated.items()}
    not_better = [when(m) for m, one in beside.items() if one.high >= 0]
    if not not_better:
        return "Its probabilities are better than the prevalence at every moment (Table 8)."
    return (
        f"That its probabilities are better than the prevalence is not shown {listed(not_better)} "
        "(Table 8): too few sessions get there, or nothing more can be told."
    )


def cart(chosen: str, rated: dict[str, PairedEvaluation], shares: dict[str, float]) -> list[str]:
    """What a cart event tells by itself, and what is left to be told after it."""
    if CART not in rated:
        return []
    auc = Interval(*rated[CART].scores().loc[(chosen, "roc_auc")])
    return [
        f"Of the sessions with something in the cart {shares[CART]:.0%} buy later; who of them "
        f"does is told {versus_chance(auc)}, ROC AUC {auc} (Table 8, Figure 1)."
    ]


def network(chosen: str, rated: dict[str, PairedEvaluation]) -> list[str]:
    """At which moments the network that reads the events is ahead of the model kept, or behind."""
    gains = {
        m: Interval(*one.differences(chosen).loc[(GRU, "log_loss")])
        for m, one in rated.items()
        if GRU in one.value
    }
    if not gains:
        return []
    ahead = [when(m) for m, gain in gains.items() if gain.low > 0]
    behind = [when(m) for m, gain in gains.items() if gain.high < 0]
    said = [f"{how} {listed(at)}" for how, at in (("ahead", ahead), ("behind", behind)) if at] or [
        "neither ahead nor behind at any moment"
    ]
    return [
        f"In log-loss the GRU, which reads the events themselves, is {' and '.join(said)}, beside "
        f"{named(chosen)} (Table 9)."
    ]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def listed(names: list[str], last: str = "and") -> str:
    """ "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def rated_numbers(rated: dict[str, PairedEvaluation]) -> dict:
    """Scores as metrics: moment, model, metric, value and interval."""
    nested: dict = {}
    for moment, one in rated.items():
        for (model, metric), row in one.scores().iterrows():
            if np.isfinite(row).all():
                models = nested.setdefault(moment, {})
                models.setdefault(key(model), {})[metric] = dict(row)
    return nested


def key(name: str) -> str:
    """How a model is called in the metrics."""
    return name.split(":")[0].replace(" ", "_").lower()
