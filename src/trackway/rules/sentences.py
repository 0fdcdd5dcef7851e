"""What the step says, in sentences and numbers that are true of any data."""

import numpy as np

from trackway.report import safe
from trackway.report.claims import Claim
from trackway.rules import planted
from trackway.rules.baskets import KINDS
from trackway.rules.search import DONE, Found
from trackway.rules.shuffles import chance_lift
from trackway.tables.facts import Facts

BEYOND_CHANCE = {
    "purchases": "Of what is called a rule between things bought, chance brings less than one in "
    "twenty.",
    "views": "Of what is called a rule between things viewed, chance brings less than one in "
    "twenty.",
}
FEW_RULES = 10  # below it, a level is no picture of its kind


def of_kind(found: list[Found], kind: str) -> list[Found]:
    """Those of one kind of basket, from the finest level to the coarsest."""
    return [one for one in found if one.kind == kind]


def pictured(found: list[Found], kind: str) -> Found | None:
    """The finest level of `kind` with rules to draw: some, if none has many; None without any."""
    some = [one for one in of_kind(found, kind) if len(one.rules)]
    many = [one for one in some if len(one.rules) >= FEW_RULES]
    return (many or sorted(some, key=lambda one: -len(one.rules)) or [None])[0]


def why_none(found: list[Found], kind: str) -> str:
    """Why there is no rule for `kind`, with the numbers, level by level."""
    return " ".join(_why_none(one) for one in of_kind(found, kind))


def _why_none(one: Found) -> str:
    baskets, ledger = one.baskets, one.ledger
    if baskets.n == 0:
        return f"No {one.level} is known of anything {DONE[one.kind]}."
    if not ledger["frequent"]:
        return (
            f"Of {baskets.n:,} baskets of {one.name}, {baskets.n_multi:,} hold two or more, and no "
            f"two lie together in the {baskets.needed:,} baskets that a rule must rest on."
        )
    return (
        f"Of {ledger['frequent']:,} candidates among {one.name}, {ledger['confident']:,} are "
        f"confident enough, {ledger['beyond chance']:,} of these beyond chance and "
        f"{ledger['several users']:,} of those hold for users enough."
    )


def span(known: Facts) -> str:
    """How much time the baskets cover, and what that leaves out."""
    if known.days >= 7:
        return f"The baskets cover {known.days:,.0f} days."
    minutes = known.hours * 60
    time = f"{minutes:,.0f} minutes" if minutes < 120 else f"{known.hours:,.0f} hours"
    time = f"{known.days:.1f} days" if known.days >= 2 else time
    return (
        f"The baskets cover {time}. What goes together at other hours or on other days of the week "
        "is not in them."
    )


def sizes(found: list[Found]) -> str:
    """How thin either kind of basket is, on product level."""
    parts = [
        f"a basket of {one.kind} holds {one.baskets.mean_size:.2f} different products on average, "
        f"and {one.baskets.n_multi / one.baskets.n:.1%} of {one.baskets.n:,} hold two or more"
        for one in found
        if one.level == "product" and one.baskets.n
    ]
    return _sentence("; ".join(parts)) if parts else "There are no baskets."


def cut(found: list[Found], settings: dict) -> str:
    """Caption of the table of baskets."""
    n_cut = sum(one.baskets.n_cut for one in found)
    were = "None was" if n_cut == 0 else f"{n_cut:,} were"
    return (
        f"{_searched(found)}Baskets with at least one known item, as they came. "
        f"{were} longer than {settings['longest_basket']:,} items and cut to the first of them "
        "(`cut`); all counts that follow are those of the cut baskets."
    )


def _searched(found: list[Found]) -> str:
    """Which sessions were searched, where not all were."""
    drawn = {one.kind: one.drawn for one in found if one.drawn}
    return "".join(
        f"Of {some.sessions:,} sessions in which something is {DONE[kind]}, {some.searched:,} are "
        "searched, those of whole users drawn by a hash (`rules.max_baskets`). "
        for kind, some in drawn.items()
        if some.searched < some.sessions
    )


def asked(settings: dict) -> str:
    """Caption of the table of the search."""
    return (
        "`needed`: baskets a set must lie in. `estimated_mb` and `sets_at_most` are upper bounds, "
        f"told before the search; above {settings['memory_gb']:g} GB it is refused. Sets are those "
        f"of 2 to {settings['longest_itemset']} items."
    )


def gates(settings: dict) -> str:
    """Caption of the table of steps from candidate to rule."""
    return (
        "Rules left after each step. `frequent`: every way to read a frequent set. `confident`: "
        f"confidence of {settings['min_confidence']:g} and lift of {settings['min_lift']:g} or "
        f"more. `beyond_chance`: by test, with {settings['fdr']:.0%} false finds allowed. "
        f"`several_users`: in baskets of {settings['min_users']:,} users or more. In "
        f"{settings['shuffles']:,} shufflings the same steps leave on average `shuffled_before` "
        "rules before the test and `shuffled_after` after it, `shuffled_most` in any. "
        "`chance_lift`: the lift that lengths alone give two items, on average."
    )


def pairs(found: list[Found]) -> str:
    """Caption of the figure of pairs."""
    lifts = [f"{chance_lift(one.baskets):.2f} for {one.name}" for one in found]
    return (
        "Pairs of items that share enough baskets, in the data and in shuffled baskets; both axes "
        "are logarithmic. On the line a pair meets as often as if independent; on the dotted line "
        "as often as the baskets' lengths alone bring about: there, lift is on average "
        f"{', '.join(lifts)}."
    )


def network(one: Found, top: int) -> str:
    """Caption of a network."""
    shown = min(top, len(one.rules))
    which = "All" if shown == len(one.rules) else f"The {shown:,} of highest lift of all"
    return (
        f"{which} {len(one.rules):,} rules between {one.name}. A dot grows with the baskets that "
        "hold the item, an arrow with the confidence of the rule from its tail to its head."
    )


def rules(found: list[Found], kind: str) -> str:
    """Caption of a table of rules."""
    levels = [f"{len(one.rules):,} of {one.name}" for one in of_kind(found, kind) if len(one.rules)]
    return (
        f"Rules beyond chance and of several users: {', '.join(levels)}. First the strongest of "
        "each level, then the second of each, and so on, by lift. Baskets hold both sides "
        "(`count`, of `n_users` users) or the left one (`n_antecedent`); `expected` is the count "
        "that the baskets' lengths and the counts of the rule's parts bring about by themselves. "
        "`rules.csv` beside this table tells more."
    )


def findings(found: list[Found], names: dict[str, dict[str, str]], told: planted.Told) -> list[str]:
    """One sentence a finding, each with its evidence."""
    said = [f"{sizes(found).removesuffix('.')} (Figure 1)."]
    n_sets = sum(one.n_sets("FP-Growth") for one in found)
    said.append(f"Apriori and FP-Growth find the same {n_sets:,} frequent sets (Table 2).")
    said += [_by_chance(found, kind) for kind in KINDS]
    said += [_strongest(found, kind, names) for kind in KINDS if pictured(found, kind)]
    if beside := planted.sentence(told):
        said.append(beside)
    return said


def _by_chance(found: list[Found], kind: str) -> str:
    before, fakes = _left(found, kind, "not redundant")
    kept, false = _left(found, kind, "beyond chance")
    several = sum(len(one.rules) for one in of_kind(found, kind))
    if not before:
        return f"No rule between things {DONE[kind]} rests on enough baskets (Table 2)."
    return (
        f"{before:,} rules between things {DONE[kind]} are confident and not redundant, "
        f"{fakes:,.1f} in shuffled baskets; {kept:,} are beyond chance, {false:,.1f} in shuffled "
        f"baskets; {several:,} of them hold for several users "
        "(Table 3)."
    )


def _strongest(found: list[Found], kind: str, names: dict[str, dict[str, str]]) -> str:
    one = pictured(found, kind)
    rule = one.rules.iloc[0]
    known = names[one.level]
    left, right = (
        safe(" + ".join(known[one.baskets.items[code]] for code in rule[side]))
        for side in ["antecedent", "consequent"]
    )
    table, number = ("4", "3") if kind == "purchases" else ("5", "4")
    return (
        f"Of {one.name}, {left} and {right} belong together most: {rule['count']:,} of "
        f"{rule['n_antecedent']:,} baskets with the first hold the second, {rule['lift']:,.0f} "
        f"times its share of all baskets (Table {table}, Figure {number})."
    )


def claims(found: list[Found]) -> list[Claim]:
    """What the test for chance is claimed to do, and why it is needed."""
    confident, fakes = _left(found, "views", "not redundant")
    return [
        *(_beyond_chance(found, kind) for kind in KINDS),
        Claim(
            name="confidence-alone-is-chance",
            text="Most confident rules between things viewed would be found in shuffled baskets "
            "too: confidence and lift alone are no evidence.",
            holds=fakes > confident / 2 if confident else None,
            evidence=f"{fakes:,.1f} in shuffled baskets, {confident:,} in the data (Table 3).",
        ),
    ]


def _beyond_chance(found: list[Found], kind: str) -> Claim:
    kept, false = _left(found, kind, "beyond chance")
    return Claim(
        name=f"rules-{kind}-are-beyond-chance",
        text=BEYOND_CHANCE[kind],
        holds=false <= kept / 20 if kept else None,
        evidence=f"{false:,.1f} in shuffled baskets, {kept:,} in the data (Table 3).",
    )


def _left(found: list[Found], kind: str, step: str) -> tuple[int, float]:
    """Rules left after `step` in the data, and on average in shuffled baskets."""
    some = of_kind(found, kind)
    return sum(o.ledger[step] for o in some), sum(o.by_chance(step).mean() for o in some)


def metrics(found: list[Found], told: planted.Told) -> dict:
    """Numbers to compare between runs, by kind and level; pairs by what is planted."""
    values = {kind: {one.level: _metrics(one) for one in of_kind(found, kind)} for kind in KINDS}
    if told.reason:
        return values
    counts = told.pairs.groupby("baskets", sort=False)
    pairs = {k: dict(zip(t["joined_by"], t["reported"], strict=True)) for k, t in counts}
    return values | {"pairs_reported": pairs}


def _metrics(one: Found) -> dict:
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
    return f"{text[0].upper()}{text[1:]}."
