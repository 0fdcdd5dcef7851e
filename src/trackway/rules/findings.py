"""What the step says, in sentences and numbers that are true of any data."""

import numpy as np

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.report import references, safe
from trackway.report.claims import Claim
from trackway.rules.data import DONE, KINDS
from trackway.rules.labels import SIDES
from trackway.rules.models import MinedRules
from trackway.rules.shuffles import chance_lift
from trackway.rules.study import Study

BEYOND_CHANCE = {
    "purchases": "Of what is called a rule between things bought, chance brings less than one in "
    "twenty.",
    "views": "Of what is called a rule between things viewed, chance brings less than one in "
    "twenty.",
}
EXHIBITS = {"purchases": "bought", "views": "seen"}  # names of the exhibits of a kind's rules


def findings(study: Study) -> list[str]:
    """One sentence a finding, each with its evidence."""
    n_sets = sum(one.n_sets("FP-Growth") for one in study.mined)
    sentences = [
        f"{sizes(study).removesuffix('.')} ({references.figure('sizes')}).",
        f"Apriori and FP-Growth find the same {n_sets:,} frequent sets "
        f"({references.table('search')}).",
        *(_by_chance(study, kind) for kind in study.recorded),
        *(_strongest(study, kind) for kind in study.recorded),
        _beside_the_truth(study),
    ]
    return [one for one in sentences if not isinstance(one, Cannot)]


def claims(study: Study) -> list[Claim]:
    """What the test for chance is claimed to do, and why it is needed."""
    confident, fakes = _left(study, "views", "not redundant")
    return [
        *(_beyond_chance(study, kind) for kind in KINDS),
        Claim(
            name="confidence-alone-is-chance",
            text="Most confident rules between things viewed would be found in shuffled baskets "
            "too: confidence and lift alone are no evidence.",
            holds=fakes > confident / 2 if confident else None,
            evidence=_evidence(study, "views", fakes, confident),
        ),
    ]


def headlines(study: Study) -> dict[str, str]:
    """What the index page tells of this step."""
    return {
        f"Rules between things {DONE[kind]}": f"{(study.rules['baskets'] == kind).sum():,}"
        for kind in study.recorded
    }


def metrics(study: Study) -> dict:
    """Numbers to compare between runs, by kind and level; pairs by what is planted."""
    values = {kind: {o.level: _metrics(o) for o in study.of_kind(kind)} for kind in KINDS}
    if isinstance(study.truth, Cannot):
        return values
    counts = study.truth.pairs.groupby("baskets", sort=False)
    pairs = {k: dict(zip(t["joined_by"], t["reported"], strict=True)) for k, t in counts}
    return values | {"pairs_reported": pairs}


def sizes(study: Study) -> str:
    """How thin either kind of basket is, on product level."""
    parts = [
        f"a basket of {one.kind} holds {one.baskets.mean_size:.2f} different products on average, "
        f"and {one.baskets.n_multi / one.baskets.n:.1%} of {one.baskets.n:,} hold two or more"
        for one in study.mined
        if one.level == "product" and one.baskets.n
    ]
    return f"{_sentence('; '.join(parts))}." if parts else "There are no baskets."


def _by_chance(study: Study, kind: str) -> str:
    before, fakes = _left(study, kind, "not redundant")
    kept, false = _left(study, kind, "beyond chance")
    several, _ = _left(study, kind, "several users")
    if not before:
        search = references.table("search")
        return f"No rule between things {DONE[kind]} rests on enough baskets ({search})."
    return (
        f"{before:,} rules between things {DONE[kind]} are confident and not redundant, "
        f"{fakes:,.1f} in shuffled baskets; {kept:,} are beyond chance, {false:,.1f} in shuffled "
        f"baskets; {several:,} of them hold for several users "
        f"({references.table('chance')})."
    )


@or_cannot
def _strongest(study: Study, kind: str) -> str | Cannot:
    one = need(study.pictured(kind))
    rule, known, name = one.rules.iloc[0], study.labels[one.level], EXHIBITS[kind]
    left, right = (
        safe(" + ".join(known[one.baskets.items[code]] for code in rule[side])) for side in SIDES
    )
    return (
        f"Of {one.name}, {left} and {right} belong together most: {rule['count']:,} of "
        f"{rule['n_antecedent']:,} baskets with the first hold the second, {rule['lift']:,.0f} "
        f"times its share of all baskets ({references.table(name)}, "
        f"{references.figure(f'network-{name}')})."
    )


@or_cannot
def _beside_the_truth(study: Study) -> str | Cannot:
    pairs = need(study.truth).pairs
    rows = pairs.set_index(["baskets", "joined_by"])
    parts = [_planted(kind, rows.loc[kind]) for kind in dict.fromkeys(pairs["baskets"])]
    return (
        f"{_sentence('; '.join(parts))} ({references.table('truth')}, "
        f"{references.table('planted')})."
    )


def _planted(kind: str, rows) -> str:
    true, false = rows.loc["complements"], rows.loc["nothing planted", "reported"]
    complements = (
        f"of {true['exist']:,.0f} planted complements, {true['reported']:,.0f} are found among "
        f"pairs {DONE[kind]}, where {true['attainable']:,.0f} could be, and "
        if true["exist"]
        else ""
    )
    return (
        f"{complements}{false:,.0f} of {rows['reported'].sum():,.0f} pairs {DONE[kind]} are false "
        "finds"
    )


def _beyond_chance(study: Study, kind: str) -> Claim:
    kept, false = _left(study, kind, "beyond chance")
    return Claim(
        name=f"rules-{kind}-are-beyond-chance",
        text=BEYOND_CHANCE[kind],
        holds=false <= kept / 20 if kept else None,
        evidence=_evidence(study, kind, false, kept),
    )


def _evidence(study: Study, kind: str, by_chance: float, found: int) -> str:
    recorded = study.run.facts.has(KINDS[kind])
    if isinstance(recorded, Cannot):
        return recorded.reason
    counts = f"{by_chance:,.1f} in shuffled baskets, {found:,} in the data"
    return f"{counts} ({references.table('chance')})."


def _left(study: Study, kind: str, step: str) -> tuple[int, float]:
    """Rules left after `step` in the data, and on average in shuffled baskets."""
    some = study.of_kind(kind)
    return sum(o.ledger[step] for o in some), sum(o.by_chance(step).mean() for o in some)


def _metrics(one: MinedRules) -> dict:
    lift = chance_lift(one.baskets)
    return {
        "baskets": one.baskets.n,
        "mean_items": one.baskets.mean_size,
        "frequent_items": len(one.baskets.items),
        "frequent_sets": one.n_sets("FP-Growth"),
        "rules": len(one.rules),
        "rules_in_shuffled": float(one.by_chance("beyond chance").mean()),
        "top_lift": float(one.rules["lift"].max()) if len(one.rules) else None,
        "chance_lift": lift if np.isfinite(lift) else None,
    }


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
