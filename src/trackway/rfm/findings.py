"""What we saw, in sentences and numbers that are true of any data."""

import pandas as pd

from trackway.report import Page
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
        values["bought_again_share"] = spread.again / spread.customers
        values["segments"] = profile.set_index("segment")["customers"].to_dict()
    if choice:
        names = ["silhouette", "null_silhouette", "null_high"]
        names += ["calinski_harabasz", "davies_bouldin", "squares"]
        values["clusters"] = {"k": choice.k} | choice.at()[names].to_dict()
    if forecast:
        rows = forecast.errors.set_index("grouping")
        values["forecast_gain"] = rows["gain"].drop("recency score alone").to_dict()
    if told.lines:
        line = told.lines[0]
        values["kinds"] = {
            "achieved": line.achieved,
            "attainable": line.attainable,
            "chance": line.chance,
        }
    return values
