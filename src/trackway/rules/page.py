"""What 04 shows: each figure and table, with sentences computed from what is shown."""

from trackway.core.cannot import Cannot, need
from trackway.report import exhibits, truth_table
from trackway.report.exhibits import Figure, Table
from trackway.rules import findings, plots
from trackway.rules.data import DONE, PLURAL
from trackway.rules.study import Study

SHOWN = [
    *["level", "antecedent", "consequent", "count", "n_antecedent", "n_users", "expected"],
    *["support", "confidence", "lift", "leverage", "conviction"],
]
DECIMALS = {"expected": 2, "support": 5, "confidence": 3, "lift": 1, "leverage": 5, "conviction": 2}


def span(study: Study) -> str:
    """How much time the baskets cover, and what that leaves out."""
    facts = study.run.facts
    if facts.days >= 7:
        return f"The baskets cover {facts.days:,.0f} days."
    minutes = facts.hours * 60
    time = f"{minutes:,.0f} minutes" if minutes < 120 else f"{facts.hours:,.0f} hours"
    time = f"{facts.days:.1f} days" if facts.days >= 2 else time
    return (
        f"The baskets cover {time}. What goes together at other hours or on other days of the week "
        "is not in them."
    )


@exhibits.figure("sizes")
def sizes(study: Study) -> Figure:
    """Items per basket."""
    alt = "Bars: share of baskets by number of items, bought and viewed, on three levels."
    caption = f"Different items per basket. {findings.sizes(study)}"
    return Figure(plots.plot_sizes(need(study.sizes)), caption, alt)


@exhibits.table("baskets")
def baskets(study: Study) -> Table:
    """How many baskets there are, and how full."""
    n_cut = study.baskets["cut"].sum()
    were = "None was" if n_cut == 0 else f"{n_cut:,} were"
    caption = (
        f"{_searched(study)}Baskets with at least one known item, as they came. "
        f"{were} longer than {study.run.settings.longest_basket:,} items and cut to the first of "
        "them (`cut`); all counts that follow are those of the cut baskets."
    )
    return Table(study.baskets, caption)


def _searched(study: Study) -> str:
    """Which sessions were searched, where not all were."""
    samples = {one.kind: one.sample for one in study.mined if one.sample}
    return "".join(
        f"Of {some.sessions:,} sessions in which something is {DONE[kind]}, {some.searched:,} are "
        "searched, those of whole users drawn by a hash (`rules.max_baskets`). "
        for kind, some in samples.items()
        if some.searched < some.sessions
    )


@exhibits.table("search")
def search(study: Study) -> Table:
    """What was asked for, what it may take, and what both algorithms found."""
    settings = study.run.settings
    caption = (
        "`needed`: baskets a set must lie in. `estimated_mb` and `sets_at_most` are upper bounds, "
        f"told before the search; above {settings.memory_gb:g} GB it is refused. Sets are those "
        f"of 2 to {settings.longest_itemset} items."
    )
    return Table(study.search, caption, digits=1)


@exhibits.figure("pairs")
def pairs(study: Study) -> Figure:
    """Pairs that share enough baskets, against chance."""
    table = need(study.pairs)
    panels = table.drop_duplicates(["baskets", "level"])[["baskets", "level", "chance_lift"]]
    lifts = [
        f"{lift:.2f} for {PLURAL[level]} {DONE[kind]}"
        for kind, level, lift in panels.itertuples(index=False)
    ]
    caption = (
        "Pairs of items that share enough baskets, in the data and in shuffled baskets; both axes "
        "are logarithmic. On the line a pair meets as often as if independent; on the dotted line "
        "as often as the baskets' lengths alone bring about: there, lift is on average "
        f"{', '.join(lifts)}."
    )
    alt = "Dots: baskets a pair of items shares against those expected, in data and shuffled."
    return Figure(plots.plot_pairs(table), caption, alt)


@exhibits.table("chance")
def chance(study: Study) -> Table:
    """Rules left after each step, in the data and in shuffled baskets."""
    settings = study.run.settings
    caption = (
        "Rules left after each step. `frequent`: every way to read a frequent set. `confident`: "
        f"confidence of {settings.min_confidence:g} and lift of {settings.min_lift:g} or "
        f"more. `beyond_chance`: by test, with {settings.fdr:.0%} false finds allowed. "
        f"`several_users`: in baskets of {settings.min_users:,} users or more. In "
        f"{settings.shuffles:,} shufflings the same steps leave on average `shuffled_before` "
        "rules before the test and `shuffled_after` after it, `shuffled_most` in any. "
        "`chance_lift`: the lift that lengths alone give two items, on average."
    )
    return Table(study.ledger, caption, digits=1)


@exhibits.table("bought")
def bought(study: Study) -> Table:
    """The rules between things bought, on all levels."""
    return _rules(study, "purchases")


@exhibits.table("seen")
def seen(study: Study) -> Table:
    """The rules between things viewed, on all levels."""
    return _rules(study, "views")


def _rules(study: Study, kind: str) -> Table:
    rules = need(study.rules_of(kind))
    levels = [f"{len(o.rules):,} of {o.name}" for o in study.of_kind(kind) if len(o.rules)]
    caption = (
        f"Rules beyond chance and of several users: {', '.join(levels)}. First the strongest of "
        "each level, then the second of each, and so on, by lift. Baskets hold both sides "
        "(`count`, of `n_users` users) or the left one (`n_antecedent`); `expected` is the count "
        "that the baskets' lengths and the counts of the rule's parts bring about by themselves. "
        "`rules.csv` beside this table tells more."
    )
    return Table(rules[SHOWN], caption, digits=DECIMALS, rows=15)


@exhibits.figure("network-bought")
def network_bought(study: Study) -> Figure:
    """The strongest rules between things bought, on the finest level that has many."""
    return _network(study, "purchases")


@exhibits.figure("network-seen")
def network_seen(study: Study) -> Figure:
    """The strongest rules between things viewed, on the finest level that has many."""
    return _network(study, "views")


def _network(study: Study, kind: str) -> Figure:
    one = need(study.pictured(kind))
    rules = one.rules.head(study.run.settings.network)
    which = f"The {len(rules):,} of highest lift of all"
    caption = (
        f"{'All' if len(rules) == len(one.rules) else which} {len(one.rules):,} rules between "
        f"{one.name}. A dot grows with the baskets that hold the item, an arrow with the "
        "confidence of the rule from its tail to its head."
    )
    alt = f"Network: {one.name}, joined by an arrow where a rule leads from one to the other."
    return Figure(plots.plot_network(rules, study.items(one), kind), caption, alt)


@exhibits.table("truth")
def truth(study: Study) -> Table | Cannot:
    """What of the planted complements was found, and what was found that is not planted."""
    return truth_table.beside(
        need(study.truth).lines,
        caption="Pairs of products that rules join, in either direction; intervals are Wilson's, "
        "over pairs. Chance: complements found in shuffled baskets; the share that is not planted "
        f"of all pairs tried. False finds allowed: {study.run.settings.fdr:.0%}.",
    )


@exhibits.table("planted")
def planted(study: Study) -> Table:
    """The counts behind it, by what joins a pair."""
    pairs = need(study.truth).pairs
    caption = (
        "Pairs of products by what joins them in the simulated shop. `exist`: in the shop; "
        "`tried`: both products are frequent; `frequent`: so is the pair; `attainable`: it meets "
        "every threshold but the test; `reported`: a rule joins them; `shuffled`: reported in "
        "shuffled baskets, on average."
    )
    return Table(pairs, caption, digits=1)
