"""What we saw, in sentences and numbers that are true of any data."""

import pandas as pd
from scipy.stats import binomtest

from trackway.report import Page
from trackway.report.claims import Claim
from trackway.rfm import clusters, words
from trackway.rfm.behaviour import BUYERS
from trackway.rfm.future import Forecast
from trackway.rfm.kinds import Told
from trackway.rfm.spread import Spread
from trackway.rfm.table import MONEY


def sentences(
    spread: Spread | None,
    profile: pd.DataFrame,
    behaviours: pd.DataFrame,
    choice: clusters.Choice | None,
    forecast: Forecast | None,
    told: Told,
    unit: str,
) -> list[str]:
    """One sentence a finding, each with its evidence; `unit` is that of money."""
    found = [_customers(spread), _segments(profile, unit)]
    if choice:
        found.append(f"{words.verdict(choice)[:-1]} (Figure 3).")
    if forecast:
        found.append(_forecast(forecast))
    found.append(_behaviours(behaviours))
    if told.lines:
        found.append(_kinds(told))
    return [sentence for sentence in found if sentence]


def _customers(spread: Spread | None) -> str:
    if spread is None:
        return words.NOBODY
    return (
        f"Of {spread.customers:,} who bought, {spread.again:,} "
        f"({spread.again / spread.customers:.0%}) did so more than once (Figure 1)."
    )


def _segments(profile: pd.DataFrame, unit: str) -> str:
    if not profile["money"].sum() > 0:
        return ""
    table = profile.set_index("segment")
    top = table["money_share"].idxmax()
    what = "money" if unit == MONEY else unit  # the page alone says what stands in for it
    return (
        f"The segment with most {what}, {top}, is {table.loc[top, 'customer_share']:.0%} of the "
        f"customers and {table.loc[top, 'money_share']:.0%} of the {what} (Figure 2)."
    )


def _forecast(forecast: Forecast) -> str:
    rows = forecast.errors.set_index("grouping")
    named = {name: rows.loc[name] for name in ["segments", "clusters"]}
    better = [name for name, row in named.items() if row["gain_low"] > 0]
    worse = [name for name, row in named.items() if row["gain_high"] < 0]
    if better:
        told = f"{' and '.join(better).capitalize()} foretell the next period's spend better than"
    elif worse:
        told = f"{' and '.join(worse).capitalize()} foretell the next period's spend worse than"
    else:
        told = (
            "Neither segments nor clusters foretell the next period's spend measurably better or "
            "worse than"
        )
    return f"{told} recency alone (Figure 7)."


def _behaviours(behaviours: pd.DataFrame) -> str:
    total = behaviours["users"].sum()
    buyers = behaviours.loc[behaviours["behaviour"].isin(BUYERS), "users"].sum()
    left = behaviours.set_index("behaviour").loc["cart abandoners", "users"]
    return (
        f"{buyers / total:.1%} of {total:,} users bought; {left / total:.1%} used a cart and did "
        "not (Figure 8)."
    )


def _kinds(told: Told) -> str:
    line = told.lines[0]
    more = "more than" if line.low > line.chance else "not measurably more than"
    return (
        f"The clusters agree with the planted kinds by {line.achieved:.3f} [{line.low:.3f}, "
        f"{line.high:.3f}], {more} the {line.chance:.3f} of clusters drawn without groups; "
        f"told the kinds of others, {line.attainable:.3f} can be reached (Table 8)."
    )


def claims(choice: clusters.Choice | None, forecast: Forecast | None, told: Told) -> list[Claim]:
    """What the names and the clusters are claimed to be worth."""
    return [_foretell(forecast), _structure(choice), _find_kinds(told)]


def _foretell(forecast: Forecast | None) -> Claim:
    low, evidence = None, "Too few customers to foretell anything (Figure 7)."
    if forecast:
        row = forecast.errors.set_index("grouping").loc["segments"]
        low = row["gain_low"]
        evidence = (
            f"Squared error saved, of log(1 + money): {row['gain']:.3f} [{low:.3f}, "
            f"{row['gain_high']:.3f}] (Figure 7)."
        )
    return Claim(
        name="segments-foretell-spend",
        text="The segments foretell the next period's spend better than recency alone.",
        holds=None if low is None else low > 0,
        evidence=evidence,
    )


def _structure(choice: clusters.Choice | None) -> Claim:
    at = choice.at() if choice else None
    return Claim(
        name="more-structure-than-by-chance",
        text="The customers show more structure than customers drawn without groups.",
        holds=at["silhouette"] > at["null_high"] if choice else None,
        evidence=f"Silhouette {at['silhouette']:.3f}; without groups at most {at['null_high']:.3f} "
        "(Figure 3)."
        if choice
        else "Too few different customers to cluster (Figure 3).",
    )


def _find_kinds(told: Told) -> Claim:
    line = told.lines[0] if told.lines else None
    return Claim(
        name="clusters-find-something-of-the-kinds",
        text="The clusters find something of the planted kinds, more than chance would.",
        holds=line.low > line.chance if line else None,
        evidence=f"Agreement {line.achieved:.3f} [{line.low:.3f}, {line.high:.3f}], by chance "
        f"{line.chance:.3f} (Table 8)."
        if line
        else "There are no planted kinds to compare with (Table 8).",
    )


def headlines(page: Page, spread: Spread | None, choice: clusters.Choice | None) -> None:
    """What the index page shows."""
    page.headline("Customers", f"{spread.customers if spread else 0:,}")
    if spread is None:
        return
    page.headline("Bought more than once", f"{spread.again / spread.customers:.0%}")
    if choice:
        at = choice.at()
        page.headline(
            f"Silhouette of {choice.k} clusters",
            f"{at['silhouette']:.3f} (drawn without groups: {at['null_silhouette']:.3f})",
        )


def metrics(
    spread: Spread | None,
    profile: pd.DataFrame,
    behaviours: pd.DataFrame,
    choice: clusters.Choice | None,
    forecast: Forecast | None,
    told: Told,
) -> dict:
    """Numbers for `reports/metrics/rfm.json`; what the data cannot carry is left out."""
    values = {
        "customers": spread.customers if spread else 0,
        "users": int(behaviours["users"].sum()),
        "behaviours": dict(zip(behaviours["behaviour"], behaviours["users"], strict=True)),
    }
    if spread:
        low, high = binomtest(spread.again, spread.customers).proportion_ci(method="wilson")
        again = spread.again / spread.customers
        values["bought_again_share"] = {"value": again, "low": low, "high": high}
        values["segments"] = profile.set_index("segment")["customers"].to_dict()
    if choice:
        names = ["silhouette", "null_silhouette", "null_high"]
        names += ["calinski_harabasz", "davies_bouldin", "squares"]
        values["clusters"] = {"k": choice.k} | choice.at()[names].to_dict()
    if forecast:
        rows = forecast.errors.set_index("grouping")
        gains = rows[["gain", "gain_low", "gain_high"]].drop("recency score alone")
        gains.columns = ["value", "low", "high"]
        values["forecast_gain"] = gains.T.to_dict()
    if told.lines:
        line = told.lines[0]
        values["kinds"] = {
            "achieved": {"value": line.achieved, "low": line.low, "high": line.high},
            "attainable": line.attainable,
            "chance": line.chance,
        }
    return values
