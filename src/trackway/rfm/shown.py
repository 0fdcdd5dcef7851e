"""What the page on customers shows: each figure and table with its words, computed.

Every function takes the page and a number, and shows its one thing there; or says, in the same
place, why these data cannot carry it.
"""

import ibis.expr.types as ir
import pandas as pd

from trackway.report import Page, truth_table
from trackway.rfm import behaviour, clusters, plots, scores, segments, words
from trackway.rfm.clusters import Choice, Model
from trackway.rfm.future import MIN_CUSTOMERS, Forecast
from trackway.rfm.kinds import Told
from trackway.rfm.spread import Spread
from trackway.rfm.table import RFM
from trackway.tables.facts import Facts


def definitions(page: Page, number: int, as_of: pd.Timestamp, known: Facts, unit: str) -> None:
    """Table: what is counted, and since when."""
    money = "sum of the prices of all items bought, over all orders"
    if not known.has_price:
        money = "number of items bought: a stand-in, as the source has no prices"
    rows = [
        ("order", "a session with at least one purchase", "orders"),
        ("recency", "time since the last purchase; small is recent", "days"),
        ("frequency", "orders, the first one included", "orders"),
        ("money", money, unit),
    ]
    table = pd.DataFrame(rows, columns=["name", "what is counted", "unit"])
    studied = as_of - known.first
    page.table(
        number,
        table,
        "definitions",
        caption=f"What is counted, of the {words.span(studied)} before "
        f"{as_of:%Y-%m-%d %H:%M:%S} UTC, and nothing later.",
    )
    if studied < pd.Timedelta("14D"):
        page.say(
            f"The data reach back {words.span(studied)}. Who buys every month is not to be told "
            "from who bought once; recency and frequency order the customers within this time, "
            "and the names of segments mean no more than that."
        )
    if (late := as_of - known.last) > pd.Timedelta("1h"):
        page.say(
            f"The last event lies {words.span(late)} before that moment; what followed is unseen."
        )


def distributions(page: Page, number: int, spread: Spread | None, unit: str) -> None:
    """Figure: recency, frequency and money over customers."""
    if spread is None:
        return page.cannot("Figure", number, "distributions", words.NOBODY)
    caption = (
        f"{words.count(spread.customers)}; {spread.once / spread.customers:.0%} have one order. "
        f"Median recency {spread.recency_median:.1f} {spread.recency_unit}, median money "
        f"{spread.money_median:,.2f} ({unit})."
    )
    if spread.free:
        caption += f" {spread.free:,} who paid nothing in all have no place on the axis of money."
    page.figure(
        number,
        plots.distributions(spread, unit),
        "distributions",
        caption=caption,
        alt="Three histograms over customers: recency, number of orders, and money on a log axis.",
    )


def score_ranges(page: Page, number: int, scored: ir.Table) -> None:
    """Table: which values each score stands for."""
    table = scores.ranges(scored)
    if table.empty:
        return page.cannot("Table", number, "scores", words.NOBODY)
    empty = 3 * 5 - len(table)
    unused = f"{empty} of 15 scores are given to nobody, as too many customers are equal. "
    page.table(
        number,
        table,
        "scores",
        digits={"from": 2, "to": 2},
        caption="The values each score stands for; 5 is best. "
        + (unused if empty else "")
        + "Recency in days.",
    )


def other_rules(page: Page, number: int, customers: ir.Table, rule: str) -> None:
    """Table: how many scores would change under another rule for ties."""
    table = scores.compare(customers, rule)
    if table[RFM].isna().all(axis=None):
        return page.cannot("Table", number, "rules", words.NOBODY)
    page.table(
        number,
        table,
        "rules",
        caption="Share of customers (0 to 1) whose score would be another, had we not used the "
        f"rule `{rule}`.",
    )


def segment_shares(page: Page, number: int, profile: pd.DataFrame, unit: str) -> None:
    """Figure: how many customers and how much money each segment holds."""
    if not (n := profile["customers"].sum()):
        return page.cannot("Figure", number, "segments", words.NOBODY)
    used = f"{(profile['customers'] > 0).sum()} of {len(profile)} segments"
    page.figure(
        number,
        plots.shares(
            profile, "segment", ("customer_share", "money_share"), ("customers", f"money ({unit})")
        ),
        "segments",
        caption=f"{words.count(n)} in {used}. {words.richest(profile)}",
        alt="Bars per segment: share of customers and share of money.",
    )


def segment_profile(page: Page, number: int, profile: pd.DataFrame) -> None:
    """Table: each segment's rule, size and typical member."""
    if not profile["customers"].sum():
        return page.cannot("Table", number, "segments", words.NOBODY)
    page.table(
        number,
        profile.drop(columns=["orders", "money"]),
        "segments",
        digits={"money_each": 2, "recency_days": 2, "frequency": 2},
        caption="Segments: their rule in scores, their size, and their typical customer (median "
        "recency in days, mean orders, median money). Each customer is in exactly one.",
    )


def part(page: Page, spread: Spread | None, fitted: pd.DataFrame, compared: pd.DataFrame) -> None:
    """Which customers the clusters come from, where not from all."""
    if spread and len(compared) < spread.customers:
        page.say(
            f"Numbers of clusters are compared, and drawn, on {len(compared):,} of "
            f"{words.count(spread.customers)}, as every pair is measured; the clusters are fitted "
            f"on {len(fitted):,}. Both are drawn by a hash of the user "
            "(`rfm.max_compared`, `rfm.max_clustered`). All are then given to the nearest centre."
        )


def numbers_of_clusters(
    page: Page,
    number: int,
    compared: pd.DataFrame,
    choice: Choice | None,
    seed: int,
) -> None:
    """Figure: elbow and indices over the number of clusters, the null beside the silhouette."""
    if choice is None:
        return page.cannot("Figure", number, "numbers-of-clusters", words.alike(compared))
    page.figure(
        number,
        plots.numbers_of_clusters(compared, choice, seed),
        "numbers-of-clusters",
        caption=f"K-Means of {words.count(len(compared))} with 2 to {choice.indices['k'].max()} "
        f"clusters. {words.votes(choice)} Solid line: our number. Dashed: the elbow, where "
        f"there is one. Grey: the range of {choice.draws} sets of as many customers drawn without "
        "groups.",
        alt="Four curves over the number of clusters: sum of squared distances, silhouette with a "
        "grey band of the null, Calinski-Harabasz and Davies-Bouldin.",
    )


def indices(page: Page, number: int, customers: pd.DataFrame, choice: Choice | None):
    """Table: the same in numbers."""
    if choice is None:
        return page.cannot("Table", number, "indices", words.alike(customers))
    page.table(
        number,
        choice.indices,
        "indices",
        digits={"squares": 1, "calinski_harabasz": 1},
        caption="Sum of squared distances, and three indices, by number of clusters; silhouette of "
        "the null as mean, least and greatest. " + words.verdict(choice),
    )


def silhouettes(page: Page, number: int, compared: pd.DataFrame, model: Model | None) -> None:
    """Figure: the silhouette of each customer, by cluster."""
    if model is None:
        return page.cannot("Figure", number, "silhouettes", words.alike(compared))
    page.figure(
        number,
        plots.silhouettes(model.scale.features(compared), model.kmeans),
        "silhouettes",
        caption=f"The silhouette of each of {words.count(len(compared))}, by cluster; the line is "
        "their mean. Below 0 a customer is nearer to another cluster.",
        alt="Silhouettes of customers, sorted, one block per cluster.",
    )


def cluster_profile(
    page: Page, number: int, customers: ir.Table, compared: pd.DataFrame, model: Model | None
) -> None:
    """Table: size and typical member of each cluster."""
    if model is None:
        return page.cannot("Table", number, "clusters", words.alike(compared))
    page.table(
        number,
        segments.groups(customers, "cluster").drop(columns=["orders", "money"]),
        "clusters",
        digits={"money_each": 2, "recency_days": 2, "frequency": 2},
        caption="Clusters, numbered by the money at their centre, most first; size and typical "
        "customer as in the table of segments.",
    )


def view(page: Page, number: int, compared: pd.DataFrame, model: Model | None) -> None:
    """Figure: two principal components."""
    if model is None:
        return page.cannot("Figure", number, "view", words.alike(compared))
    points, pca = clusters.view(model.scale.features(compared))
    page.figure(
        number,
        plots.view(points, pca, model.of(compared)),
        "view",
        caption=f"{words.count(len(compared))} on the two directions in which they differ most "
        f"({pca.explained_variance_ratio_.sum():.0%} of the variance of the scaled logs). "
        "Numbers stand at the medians of the clusters.",
        alt="Scatter of customers on two principal components, coloured by cluster.",
    )


def tree(page: Page, number: int, compared: pd.DataFrame, model: Model | None) -> None:
    """Figure: the hierarchical clustering, and how far it agrees with K-Means."""
    if model is None:
        return page.cannot("Figure", number, "tree", words.alike(compared))
    linkage = clusters.tree(model.scale.features(compared))
    k = model.kmeans.n_clusters
    same = clusters.agreement(linkage, model.of(compared))
    page.figure(
        number,
        plots.tree(linkage, k),
        "tree",
        caption=f"Ward's tree of {words.count(len(compared))}, its last {plots.LEAVES} branches. "
        f"Cut at the line into {k} groups, it agrees with K-Means with an adjusted Rand index of "
        f"{same:.2f} (1 is the same grouping, 0 chance).",
        alt="Dendrogram of a hierarchical clustering with a line where it is cut.",
    )


def behaviours(page: Page, number: int, table: pd.DataFrame, unit: str) -> None:
    """Figure: how many users and how much money each behaviour stands for."""
    sold = table["money_share"].notna().any()
    top = table.loc[table["users"].idxmax()]
    page.figure(
        number,
        plots.shares(
            table, "behaviour", ("user_share", "money_share"), ("users", f"money ({unit})")
        ),
        "behaviours",
        caption=f"{table['users'].sum():,} users by what they did. The largest group are "
        f"{top['behaviour']}, {top['user_share']:.0%}."
        + ("" if sold else " Nobody paid anything, so no group has a share of money."),
        alt="Bars per behaviour: share of users and share of money.",
    )


def behaviour_profile(page: Page, number: int, table: pd.DataFrame, late: int, within: str) -> None:
    """Table: each behaviour's rule, size and mean activity."""
    undecided = table.loc[~table["behaviour"].isin(behaviour.BUYERS), "users"].sum()
    page.table(
        number,
        table,
        "behaviours",
        digits=2,
        caption="Behaviours: the first rule that holds names the user; sessions, views, carts and "
        f"orders per user. {late:,} of {undecided:,} users without an order were seen in the "
        f"last {within} and may still be deciding.",
    )


def forecast(page: Page, number: int, result: Forecast | None) -> None:
    """Figure: which grouping foretells the next period's spend."""
    if result is None:
        return page.cannot(
            "Figure",
            number,
            "forecast",
            f"To judge a forecast we ask for {MIN_CUSTOMERS} customers known at the end of the "
            "first third of the time and at the end of the second, and enough different ones to "
            "cluster; these data have fewer.",
        )
    page.figure(
        number,
        plots.gains(result.errors),
        "forecast",
        caption="Error of the foretold spend in the last third of the time, less than with "
        f"recency scores alone; right is better, bars are 95 % intervals over {result.judged} "
        f"customers, of whom {result.came_back:.0%} bought in that third. Group means were "
        f"learned one third earlier, from {result.learned} customers.",
        alt="Points with intervals: error saved by each grouping against recency alone.",
    )


def beside_the_truth(page: Page, number: int, told: Told) -> None:
    """Table: how far clusters and segments agree with the planted kinds."""
    truth_table.table(
        page,
        number,
        told.lines,
        reason=told.reason,
        caption=f"Of {told.n:,} customers and their latent kinds; 1 is the same grouping. The "
        "ceiling may lie somewhat higher than the forest reaches. Chance: for clusters, those of "
        f"{told.draws} sets of customers drawn without groups; for segments, names given out at "
        "random.",
    )


def kinds(page: Page, number: int, told: Told) -> None:
    """Table: which clusters the customers of each kind are in."""
    if told.reason:
        return page.cannot("Table", number, "kinds", "For the reason given above.")
    page.table(
        number,
        told.shares,
        "kinds",
        caption="The latent kinds of the customers, and the share of each in the clusters. Where "
        "rows are alike, the clusters do not tell the kinds apart.",
    )
