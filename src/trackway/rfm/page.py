"""What the page on customers shows: each figure and table with its words, computed."""

import pandas as pd

from trackway.core.cannot import Cannot, need
from trackway.report import Page, exhibits, phrases, truth_table
from trackway.report.exhibits import Figure, Table
from trackway.rfm import behaviour, findings, plots
from trackway.rfm.clusters import Choice
from trackway.rfm.data import recency_unit
from trackway.rfm.study import Study

TYPICAL = {"money_each": 2, "recency_days": 2, "frequency": 2}  # decimals of a typical customer


@exhibits.table("definitions")
def definitions(study: Study) -> Table:
    """What is counted, and since when."""
    known = study.run.facts
    money = "sum of the prices of all items bought, over all orders"
    if study.returned:
        money = "price times pieces of all items bought, over all orders, less what came back"
    if not known.has_price:
        money = "number of items bought: a stand-in, as the source has no prices"
    rows = [
        ("order", study.order, "orders"),
        ("recency", "time since the last purchase; small is recent", "days"),
        ("frequency", "orders, the first one included", "orders"),
        ("money", money, study.money_unit),
    ]
    return Table(
        pd.DataFrame(rows, columns=["name", "what is counted", "unit"]),
        caption=f"What is counted, of the {_span(study.as_of - known.first)} before "
        f"{study.as_of:%Y-%m-%d %H:%M:%S} UTC, and nothing later.",
    )


def limits(page: Page, study: Study) -> None:
    """What so short a time, or a moment so late, cannot tell."""
    known = study.run.facts
    if (studied := study.as_of - known.first) < pd.Timedelta("14D"):
        page.say(
            f"The data reach back {_span(studied)}. Who buys every month is not to be told "
            "from who bought once; recency and frequency order the customers within this time, "
            "and the names of segments mean no more than that."
        )
    if (late := study.as_of - known.last) > pd.Timedelta("1h"):
        page.say(f"The last event lies {_span(late)} before that moment; what followed is unseen.")


def _span(time: pd.Timedelta) -> str:
    """A time in the unit that fits it."""
    days = time / pd.Timedelta("1D")
    unit, per_day = recency_unit(days)
    return f"{days * per_day:.1f} {unit}"


@exhibits.figure("distributions")
def distributions(study: Study) -> Figure:
    """Recency, frequency and money over customers."""
    spread = need(study.spread)
    caption = (
        f"{_customers(spread.customers)}; {spread.once / spread.customers:.0%} have one order. "
        f"Median recency {spread.recency_median:.1f} {spread.recency_unit}, median money "
        f"{spread.money_median:,.2f} ({study.money_unit})."
    )
    if spread.free:
        caption += f" {spread.free:,} who paid nothing in all have no place on the axis of money."
    return Figure(
        plots.plot_distributions(spread, study.money_unit),
        caption=caption,
        alt="Three histograms over customers: recency, number of orders, and money on a log axis.",
    )


@exhibits.table("scores")
def score_ranges(study: Study) -> Table:
    """Which values each score stands for."""
    need(study.spread)
    table, untold = study.score_ranges, study.segments
    if table.empty:
        return need(untold)
    scores = 5 * table["measure"].nunique()
    empty = scores - len(table)
    unused = f"{empty} of {scores} scores are given to nobody, as too many customers are equal. "
    return Table(
        table,
        digits={"from": 2, "to": 2},
        caption="The values each score stands for; 5 is best. "
        + (unused if empty else "")
        + "Recency in days."
        + (f" {untold.reason}" if isinstance(untold, Cannot) else ""),
    )


@exhibits.table("rules")
def other_rules(study: Study) -> Table:
    """How many scores would change under another rule for ties."""
    need(study.spread)
    table = study.other_rules.dropna(axis="columns")  # of a measure without scores
    if len(table.columns) == 1:
        return need(study.segments)
    return Table(
        table,
        caption="Share of customers (0 to 1) whose score would be another, had we not used the "
        f"rule `{study.run.settings.scores}`.",
    )


@exhibits.figure("segments")
def segment_shares(study: Study) -> Figure:
    """How many customers and how much money each segment holds."""
    n, table = need(study.spread).customers, need(study.segments)
    used = f"{(table['customers'] > 0).sum()} of {len(table)} segments"
    labels = "customers", f"money ({study.money_unit})"
    return Figure(
        plots.plot_shares(table, "segment", ("customer_share", "money_share"), labels),
        caption=f"{_customers(n)} in {used}. {_richest(table)}",
        alt="Bars per segment: share of customers and share of money.",
    )


def _richest(table: pd.DataFrame) -> str:
    if table["money_share"].isna().any():
        return "Nobody paid anything, so no segment has a share of money."
    top = table.loc[table["money_share"].idxmax()]
    return (
        f"{top['segment']}: {top['money_share']:.0%} of the money, from "
        f"{top['customer_share']:.0%} of the customers."
    )


@exhibits.table("segments")
def segment_profile(study: Study) -> Table:
    """Each segment's rule, size and typical member."""
    need(study.spread)
    return Table(
        need(study.segments).drop(columns=["orders", "money"]),
        digits=TYPICAL,
        caption="Segments: their rule in scores, their size, and their typical customer (median "
        "recency in days, mean orders, median money). Each customer is in exactly one.",
    )


def part(page: Page, study: Study) -> None:
    """Which customers the clusters come from, where not from all."""
    compared = len(study.compared)
    n = compared if isinstance(study.spread, Cannot) else study.spread.customers
    if compared < n:
        page.say(
            f"Numbers of clusters are compared, and drawn, on {compared:,} of {_customers(n)}, as "
            f"every pair is measured; the clusters are fitted on {study.n_fitted:,}. Both are "
            "drawn by a hash of the user (`rfm.max_compared`, `rfm.max_clustered`). All are then "
            "given to the nearest centre."
        )


@exhibits.figure("numbers-of-clusters")
def numbers_of_clusters(study: Study) -> Figure:
    """Elbow and indices over the number of clusters, the null beside the silhouette."""
    choice, compared = need(study.choice), study.compared
    return Figure(
        plots.plot_numbers_of_clusters(compared, choice, study.run.seed),
        caption=f"K-Means of {_customers(len(compared))} with 2 to {choice.indices['k'].max()} "
        f"clusters. {_votes(choice)} Solid line: our number. Dashed: the elbow, where "
        f"there is one. Grey: the range of {choice.draws} sets of as many customers drawn without "
        "groups.",
        alt="Four curves over the number of clusters: sum of squared distances, silhouette with a "
        "grey band of the null, Calinski-Harabasz and Davies-Bouldin.",
    )


def _votes(choice: Choice) -> str:
    """Which number each index is for, and which we take, in two sentences."""
    names = {index: index.replace("_", "-").title() for index in choice.votes}
    best = ", ".join(f"{names[index]} {k or 'none'}" for index, k in choice.votes.items())
    most = "the number most of them are for (the silhouette's, where they tie)"
    reason = "as `params.yaml` asks" if choice.asked else most
    return f"Best by index: {best}. We take {choice.k}, {reason}."


@exhibits.table("indices")
def indices(study: Study) -> Table:
    """The same in numbers."""
    choice = need(study.choice)
    return Table(
        choice.indices,
        digits={"squares": 1, "calinski_harabasz": 1},
        caption="Sum of squared distances, and three indices, by number of clusters; silhouette of "
        "the null as mean, least and greatest. " + findings.structure(choice),
    )


@exhibits.figure("silhouettes")
def silhouettes(study: Study) -> Figure:
    """The silhouette of each customer, by cluster."""
    model = need(study.model)
    return Figure(
        plots.plot_silhouettes(model.scale.features(study.compared), model.kmeans),
        caption=f"The silhouette of each of {_customers(len(study.compared))}, by cluster; the "
        "line is their mean. Below 0 a customer is nearer to another cluster.",
        alt="Silhouettes of customers, sorted, one block per cluster.",
    )


@exhibits.table("clusters")
def cluster_profile(study: Study) -> Table:
    """Size and typical member of each cluster."""
    need(study.model)
    return Table(
        study.clusters.drop(columns=["orders", "money"]),
        digits=TYPICAL,
        caption="Clusters, numbered by the money at their centre, most first; size and typical "
        "customer as in the table of segments.",
    )


@exhibits.figure("view")
def view(study: Study) -> Figure:
    """Two principal components."""
    views = need(study.views)
    shares = views.pca.explained_variance_ratio_
    return Figure(
        plots.plot_view(views.points, views.pca, views.cluster),
        caption=f"{_customers(len(study.compared))} on the two directions in which they differ "
        f"most ({shares.sum():.0%} of the variance of the scaled logs). Numbers stand at the "
        "medians of the clusters.",
        alt="Scatter of customers on two principal components, coloured by cluster.",
    )


@exhibits.figure("tree")
def tree(study: Study) -> Figure:
    """The hierarchical clustering, and how far it agrees with K-Means."""
    views, k = need(study.views), need(study.choice).k
    return Figure(
        plots.plot_tree(views.linkage, k),
        caption=f"Ward's tree of {_customers(len(study.compared))}, its last {plots.LEAVES} "
        f"branches. Cut at the line into {k} groups, it agrees with K-Means with an adjusted Rand "
        f"index of {views.agreement:.2f} (1 is the same grouping, 0 chance).",
        alt="Dendrogram of a hierarchical clustering with a line where it is cut.",
    )


@exhibits.figure("forecast")
def forecast(study: Study) -> Figure:
    """Which grouping foretells the next period's spend."""
    result = need(study.forecast)
    return Figure(
        plots.plot_gains(result.errors),
        caption="Error of the foretold spend in the last third of the time, less than with "
        f"recency scores alone; right is better, bars are 95 % intervals over {result.judged} "
        f"customers, of whom {result.came_back:.0%} bought in that third. Group means were "
        f"learned one third earlier, from {result.learned} customers.",
        alt="Points with intervals: error saved by each grouping against recency alone.",
    )


@exhibits.figure("behaviours")
def behaviour_shares(study: Study) -> Figure:
    """How many users and how much money each behaviour stands for."""
    table = study.behaviours
    sold = table["money_share"].notna().any()
    top = table.loc[table["users"].idxmax()]
    labels = "users", f"money ({study.money_unit})"
    return Figure(
        plots.plot_shares(table, "behaviour", ("user_share", "money_share"), labels),
        caption=f"{table['users'].sum():,} users by what they did. The largest group are "
        f"{top['behaviour']}, {top['user_share']:.0%}." + ("" if sold else f" {_unpaid(study)}"),
        alt="Bars per behaviour: share of users and share of money.",
    )


def _unpaid(study: Study) -> str:
    recorded = study.run.facts.has("purchase")
    if isinstance(recorded, Cannot):
        return recorded.reason
    return "Nobody paid anything, so no group has a share of money."


@exhibits.table("behaviours")
def behaviour_profile(study: Study) -> Table:
    """Each behaviour's rule, size and mean activity."""
    table = study.behaviours
    without_order = table.loc[~table["behaviour"].isin(behaviour.BUYERS), "users"].sum()
    *each, last = [name for name in table if name in ["sessions", "views", "carts", "orders"]]
    caption = "Behaviours: the first rule that holds names the user; "
    caption += f"{', '.join(each)} and {last} per user." if each else f"{last} per user."
    if without_order and "orders" in table:
        caption += (
            f" {study.undecided:,} of {without_order:,} users without an order were seen in the "
            f"last {study.run.settings.undecided} and may still be deciding."
        )
    return Table(table, caption, digits=2)


@exhibits.table("truth")
def truth(study: Study) -> Table:
    """How far clusters and segments agree with the planted kinds."""
    kinds = need(study.kinds)
    return truth_table.beside(
        kinds.lines,
        caption=f"Of {kinds.n:,} customers and their latent kinds; 1 is the same grouping. The "
        "ceiling may lie somewhat higher than the forest reaches. Chance: for clusters, those of "
        f"{kinds.draws} sets of customers drawn without groups; for segments, names given out at "
        "random.",
    )


@exhibits.table("kinds")
def kinds(study: Study) -> Table:
    """Which clusters the customers of each kind are in."""
    return Table(
        need(study.kinds).shares,
        caption="The latent kinds of the customers, and the share of each in the clusters. Where "
        "rows are alike, the clusters do not tell the kinds apart.",
    )


def _customers(n: int) -> str:
    return phrases.count(n, "customer")
