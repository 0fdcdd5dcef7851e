"""What we saw of intent, in sentences, claims and numbers; true of any data."""

from dataclasses import dataclass

import numpy as np

from trackway.core.cannot import Cannot
from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent import balancing, evaluation, explain, leakage, profit, users, wording
from trackway.intent.balancing.study import Balancing
from trackway.intent.explain.study import Explanation
from trackway.intent.leakage.study import Leakage
from trackway.intent.models import GRU, PREVALENCE, RULE
from trackway.intent.prefixes import CART
from trackway.intent.profit.study import Profit
from trackway.intent.study import Study
from trackway.intent.truth import SHOWN, Ceiling, Truth
from trackway.intent.users.study import Users
from trackway.intent.wording import CHANCE, named, when
from trackway.report import references
from trackway.report.claims import Claim


@dataclass(frozen=True)
class Whole:
    """All results of `05_intent`, one a section."""

    scored: Study
    balancing: Balancing | Cannot
    profit: Profit
    explanation: Explanation | Cannot
    users: Users
    leakage: Leakage
    truth: Truth | Cannot


def findings(study: Whole) -> list[str]:
    """What was seen, each sentence with its evidence."""
    return [
        *_at_main(study.scored),
        *_over_moments(study.scored),
        *balancing.findings.findings(study.balancing),
        *profit.findings.findings(study.profit),
        *explain.findings.findings(study.explanation),
        *users.findings.findings(study.users),
        *leakage.findings.findings(study.leakage),
        *_beside_truth(study.truth),
    ]


def claims(study: Whole) -> list[Claim]:
    """That something can be told early at all, and what leaks would have claimed."""
    return [_early_claim(study.scored), *leakage.findings.claims(study.leakage)]


def headlines(study: Whole) -> dict[str, str]:
    """The step's figures for the index page."""
    scored = study.scored
    label = f"A purchase told {when(scored.main)}, ROC AUC"
    if isinstance(scored.main_evaluation, Cannot):
        mine = {label: "not judged: too few buyers"}
    else:
        auc, lift = (
            _score(scored.main_evaluation, scored.chosen, m) for m in ("roc_auc", "pr_lift")
        )
        mine = {
            label: f"{auc} (chance 0.5)",
            "Its average precision over the share of buyers": f"{lift.value:.1f} times",
        }
    return mine | leakage.findings.headlines(study.leakage)


def metrics(study: Whole) -> dict:
    """The step's metrics: numbers only, and none that could not be computed."""
    return (
        _metrics(study.scored)
        | _ceiling_metrics(study.truth)
        | leakage.findings.metrics(study.leakage)
        | profit.findings.metrics(study.profit)
        | users.findings.metrics(study.users)
    )


def _at_main(study: Study) -> list[str]:
    """What the models showed at the main moment, or that they cannot be judged."""
    if isinstance(study.main_evaluation, Cannot):
        why = study.main_evaluation.reason.removesuffix(".")
        return [
            f"Whether a purchase can be told early cannot be judged here. {why} "
            f"({references.table('parts')})."
        ]
    at_main = study.chosen, study.main_evaluation
    return [ranking(*at_main, study.main), against_others(*at_main)]


def _over_moments(study: Study) -> list[str]:
    """What they showed from moment to moment."""
    if isinstance(study.evaluated, Cannot):
        return []
    over_moments = study.chosen, study.evaluated
    shares = {moment: evaluation.bought_share(one) for moment, one in study.examples.items()}
    return [
        earliest(*over_moments),
        probabilities(*over_moments),
        *cart(*over_moments, shares),
        *network(*over_moments),
    ]


def _early_claim(study: Study) -> Claim:
    name, text = "told-early", "A purchase can be told early in a visit, better than by chance."
    if isinstance(study.main_evaluation, Cannot):
        return Claim(name, text, None, study.main_evaluation.reason)
    auc = _score(study.main_evaluation, study.chosen, "roc_auc")
    evidence = f"ROC AUC {auc} ({references.table('scores')})."
    return Claim(name, text, bool(auc.low > CHANCE), evidence)


def ranking(chosen: str, evaluated: PairedEvaluation, moment: str) -> str:
    """How well the chosen model tells a purchase."""
    auc, lift = (_score(evaluated, chosen, metric) for metric in ("roc_auc", "pr_lift"))
    return wording.sentence(
        f"{when(moment)} {named(chosen)} has a ROC AUC of {auc}, {wording.versus_chance(auc)}; its "
        f"average precision is {lift.value:.1f} times the share of buyers [{lift.low:.1f}, "
        f"{lift.high:.1f}] ({references.table('scores')}, {references.figure('curves')})."
    )


def against_others(chosen: str, evaluated: PairedEvaluation) -> str:
    """Whether the chosen model's average precision can be told from the others'."""
    gains = evaluated.differences(chosen).xs("pr_auc", level="metric")
    by_verdict: dict[str, list[str]] = {}
    for name in [RULE, *[m for m in gains.index if m not in (PREVALENCE, RULE)]]:
        how = wording.difference(Interval(*gains.loc[name]), "is higher than", "is lower than")
        by_verdict.setdefault(how, []).append(named(name))
    parts = [f"{how} that of {wording.listed(names)}" for how, names in by_verdict.items()]
    return (
        f"On the same sessions its average precision {'; '.join(parts)} "
        f"({references.table('differences')})."
    )


def earliest(chosen: str, evaluated: dict[str, PairedEvaluation]) -> str:
    """From which moment on the chosen model is above chance, and where it ranks best."""
    table, figure = references.table("moments"), references.figure("early")
    aucs = {moment: _score(one, chosen, "roc_auc") for moment, one in evaluated.items()}
    above = [when(m) for m, auc in aucs.items() if auc.low > CHANCE]
    if not above:
        return f"At no moment is {named(chosen)} above chance ({table})."
    most = max(aucs, key=lambda m: aucs[m].value)
    unsure = [when(m) for m, auc in aucs.items() if auc.low <= CHANCE]
    rest = f"; not {wording.listed(unsure, 'nor')}" if unsure else ""
    return wording.sentence(
        f"{named(chosen)} is above chance {above[0]} already{rest}. It ranks best {when(most)}, "
        f"{aucs[most]} ({table}, {figure})."
    )


def probabilities(chosen: str, evaluated: dict[str, PairedEvaluation]) -> str:
    """At which moments what is said is better than saying the same of everyone."""
    table = references.table("moments")
    beside = {m: evaluation.beside_prevalence(one, chosen) for m, one in evaluated.items()}
    not_better = [when(m) for m, one in beside.items() if one.high >= 0]
    if not not_better:
        return f"Its probabilities are better than the prevalence at every moment ({table})."
    return (
        "That its probabilities are better than the prevalence is not shown "
        f"{wording.listed(not_better)} ({table}): too few sessions get there, or nothing more can "
        "be told."
    )


def cart(
    chosen: str, evaluated: dict[str, PairedEvaluation], shares: dict[str, float]
) -> list[str]:
    """What a cart event tells by itself, and what is left to be told after it."""
    if CART not in evaluated:
        return []
    auc = _score(evaluated[CART], chosen, "roc_auc")
    return [
        f"Of the sessions with something in the cart {shares[CART]:.0%} buy later; who of them "
        f"does is told with a ROC AUC of {auc}, {wording.versus_chance(auc)} "
        f"({references.table('moments')}, {references.figure('population')})."
    ]


def network(chosen: str, evaluated: dict[str, PairedEvaluation]) -> list[str]:
    """At which moments the network that reads the events is ahead of the model kept, or behind."""
    gains = {
        m: Interval(*one.differences(chosen).loc[(GRU, "log_loss")])
        for m, one in evaluated.items()
        if GRU in one.value
    }
    if not gains:
        return []
    ahead = [when(m) for m, gain in gains.items() if gain.low > 0]
    behind = [when(m) for m, gain in gains.items() if gain.high < 0]
    verdicts = {"ahead": ahead, "behind": behind}
    parts = [f"{how} {wording.listed(at)}" for how, at in verdicts.items() if at]
    verdict = " and ".join(parts) or "neither ahead nor behind at any moment"
    return [
        f"In log-loss the GRU, which reads the events themselves, is {verdict}, beside "
        f"{named(chosen)} ({references.table('rivals')})."
    ]


def _beside_truth(truth: Truth | Cannot) -> list[str]:
    """How far the model is from the ceiling; nothing where there is none."""
    if isinstance(truth, Cannot) or truth.main not in truth.ceilings:
        return []
    one = truth.ceilings[truth.main]
    lead = Interval(*one.ahead.loc["roc_auc"])
    return [
        f"Of the ROC AUC that a filter of the planted truth reaches {when(truth.main)}, "
        f"{one.attainable['roc_auc']:.3f}, the model reaches "
        f"{one.achieved.loc['roc_auc', 'value']:.3f}; the filter is ahead by {lead} "
        f"({references.table('truth')}, {references.figure('ceiling')})."
    ]


def _score(evaluated: PairedEvaluation, model: str, metric: str) -> Interval:
    return Interval(*evaluated.scores().loc[(model, metric)])


def _metrics(study: Study) -> dict:
    counts = {
        moment: dict(zip(mine["sessions"], mine["n"], strict=True))
        for moment, mine in study.ledger.groupby("moment")
    }
    if isinstance(study.evaluated, Cannot):
        return {"scored": counts}
    losses = study.losses["log_loss"]
    return {
        "scored": counts,
        "models": evaluated_metrics(study.evaluated),
        "validation_log_loss": {wording.key(name): float(one) for name, one in losses.items()},
    }


def evaluated_metrics(evaluated: dict[str, PairedEvaluation]) -> dict:
    """Scores as metrics: moment, model, metric, value and interval."""
    nested: dict = {}
    for moment, one in evaluated.items():
        for (model, metric), row in one.scores().iterrows():
            if np.isfinite(row).all():
                models = nested.setdefault(moment, {})
                models.setdefault(wording.key(model), {})[metric] = dict(row)
    return nested


def _ceiling_metrics(truth: Truth | Cannot) -> dict:
    if isinstance(truth, Cannot):
        return {}
    return {"ceiling": {moment: _numbers(one) for moment, one in truth.ceilings.items()}}


def _numbers(one: Ceiling) -> dict:
    attainable = {name: one.attainable[name] for name in SHOWN}
    ahead = {f"ahead_{name}": dict(one.ahead.loc[name]) for name in SHOWN}
    return attainable | ahead | {"sessions": one.known}
