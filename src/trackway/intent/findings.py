"""The sentences and shown tables of `05_intent`, computed, so that they are true of any data."""

import numpy as np

from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent import wording
from trackway.intent.models import GRU, PREVALENCE, RULE
from trackway.intent.prefixes import CART
from trackway.report.claims import Claim


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
    return wording.sentence(
        f"{wording.when(moment)} {wording.named(chosen)} has a ROC AUC of {auc}, {wording.versus_chance(auc)}; its average "
        f"precision is {lift.value:.1f} times the share of buyers [{lift.low:.1f}, "
        f"{lift.high:.1f}] (Table 4, Figure 2)."
    )


def against_others(chosen: str, rated: PairedEvaluation) -> str:
    """Whether the chosen model's average precision can be told from the others'."""
    gains = rated.differences(chosen).xs("pr_auc", level="metric")
    parts: dict[str, list[str]] = {}
    for name in [RULE, *[m for m in gains.index if m not in (PREVALENCE, RULE)]]:
        how = wording.difference(Interval(*gains.loc[name]), "higher than", "lower than")
        parts.setdefault(how, []).append(wording.named(name))
    said = "; ".join(f"{how} that of {wording.listed(names)}" for how, names in parts.items())
    return f"On the same sessions its average precision is {said} (Table 6)."


def earliest(chosen: str, rated: dict[str, PairedEvaluation]) -> str:
    """From which moment on the chosen model is above chance, and where it ranks best."""
    aucs = {m: Interval(*one.scores().loc[(chosen, "roc_auc")]) for m, one in rated.items()}
    above = [wording.when(m) for m, auc in aucs.items() if auc.low > wording.CHANCE]
    if not above:
        return f"At no moment is {wording.named(chosen)} above chance (Table 8)."
    most = max(aucs, key=lambda m: aucs[m].value)
    unsure = [wording.when(m) for m, auc in aucs.items() if auc.low <= wording.CHANCE]
    rest = f"; not {wording.listed(unsure, 'nor')}" if unsure else ""
    return wording.sentence(
        f"{wording.named(chosen)} is above chance {above[0]} already{rest}. It ranks best {wording.when(most)}, "
        f"{aucs[most]} (Table 8, Figure 4)."
    )


def beside_prevalence(rated: PairedEvaluation, chosen: str) -> Interval:
    """Log-loss of the chosen model minus that of the prevalence."""
    return Interval(*rated.differences(chosen).loc[(PREVALENCE, "log_loss")])


def probabilities(chosen: str, rated: dict[str, PairedEvaluation]) -> str:
    """At which moments what is said is better than saying the same of everyone."""
    beside = {m: beside_prevalence(one, chosen) for m, one in rated.items()}
    not_better = [wording.when(m) for m, one in beside.items() if one.high >= 0]
    if not not_better:
        return "Its probabilities are better than the prevalence at every moment (Table 8)."
    return (
        f"That its probabilities are better than the prevalence is not shown {wording.listed(not_better)} "
        "(Table 8): too few sessions get there, or nothing more can be told."
    )


def cart(chosen: str, rated: dict[str, PairedEvaluation], shares: dict[str, float]) -> list[str]:
    """What a cart event tells by itself, and what is left to be told after it."""
    if CART not in rated:
        return []
    auc = Interval(*rated[CART].scores().loc[(chosen, "roc_auc")])
    return [
        f"Of the sessions with something in the cart {shares[CART]:.0%} buy later; who of them "
        f"does is told {wording.versus_chance(auc)}, ROC AUC {auc} (Table 8, Figure 1)."
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
    ahead = [wording.when(m) for m, gain in gains.items() if gain.low > 0]
    behind = [wording.when(m) for m, gain in gains.items() if gain.high < 0]
    said = [
        f"{how} {wording.listed(at)}" for how, at in (("ahead", ahead), ("behind", behind)) if at
    ] or ["neither ahead nor behind at any moment"]
    return [
        f"In log-loss the GRU, which reads the events themselves, is {' and '.join(said)}, beside "
        f"{wording.named(chosen)} (Table 9)."
    ]


def rated_numbers(rated: dict[str, PairedEvaluation]) -> dict:
    """Scores as metrics: moment, model, metric, value and interval."""
    nested: dict = {}
    for moment, one in rated.items():
        for (model, metric), row in one.scores().iterrows():
            if np.isfinite(row).all():
                models = nested.setdefault(moment, {})
                models.setdefault(wording.key(model), {})[metric] = dict(row)
    return nested
