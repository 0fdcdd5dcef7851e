"""What we saw, in sentences that stay true on other data; each names its evidence."""

import pandas as pd

from trackway.eda import captions, concentration, funnel


def sentences(
    table: pd.DataFrame,
    counts: pd.Series,
    measured: dict[str, pd.Series],
    matrix: pd.DataFrame,
    gap: tuple[float, float, float] | None,
    cohorts: pd.DataFrame | None,
) -> list[str]:
    """The findings of 02; what the data could not show (None) is not spoken of."""
    said = [_conversion(table), _buy_now(counts), _concentration(measured), _next(matrix)]
    if gap is not None:
        said.append(f"{captions.night_verdict(gap)[:-1]} (Table 4).")
    if cohorts is not None:
        said.append(
            f"{captions.next_week(cohorts):.1%} of users come back in the week after the one in "
            "which they were first seen (Figure 12)."
        )
    return [sentence for sentence in said if sentence]


def headlines(table: pd.DataFrame, counts: pd.Series, totals: pd.Series) -> list[tuple[str, str]]:
    """Label and text of the three figures for the index page."""
    session = funnel.over(table, "session").set_index("step").loc["purchase"]
    user = funnel.over(table, "user").set_index("step").loc["purchase"]
    bound = "at least " if captions.is_censored(totals) else ""
    buy_now = f"{captions.buy_now(counts):.1%} of {counts.sum():,}" if counts.sum() else "none"
    return [
        ("Sessions with a purchase", f"{bound}{session['any_share']:.2%}"),
        ("Users with a purchase", f"{bound}{user['any_share']:.2%}"),
        ("Purchases without a cart", buy_now),
    ]


def metrics(
    totals: pd.Series, table: pd.DataFrame, counts: pd.Series, uneven: pd.DataFrame
) -> dict:
    """The numbers worth comparing between runs."""
    reached = {
        unit: funnel.over(table, unit).set_index("step")[["any_share", "ordered_share"]]
        for unit in ["session", "user"]
    }
    return {
        "counts": totals.to_dict(),
        "funnel": {unit: rows.T.to_dict() for unit, rows in reached.items()},
        "buy_now": captions.buy_now(counts) if counts.sum() else None,
        "gini": uneven["gini"].to_dict(),
    }


def _conversion(table: pd.DataFrame) -> str:
    session, user = (
        funnel.over(table, unit).set_index("step").loc["purchase"] for unit in ["session", "user"]
    )
    return (
        f"{session['any_share']:.2%} of {session['units']:,} sessions and "
        f"{user['any_share']:.2%} of {user['units']:,} users have a purchase; the way from view "
        f"over cart to purchase of one product is complete in {session['ordered_share']:.2%} of "
        "sessions (Figure 1)."
    )


def _buy_now(counts: pd.Series) -> str:
    if not counts.sum():
        return "Nobody bought."
    return (
        f"{captions.buy_now(counts):.1%} of {counts.sum():,} purchases have no cart event of the "
        "product before them in the session (Figure 2)."
    )


def _concentration(measured: dict[str, pd.Series]) -> str:
    users = measured["users by events"]
    seen, expected = concentration.gini(users), concentration.gini(concentration.chance(users))
    return (
        f"The most active fifth of users makes {concentration.top_share(users, 0.2):.1%} of all "
        f"events; Gini {seen:.2f}, where chance alone would give {expected:.2f} (Table 5)."
    )


def _next(matrix: pd.DataFrame) -> str:
    if "cart" not in matrix.index:
        return ""
    after = matrix.loc["cart"]
    return (
        f"After a cart event, if anything follows, it is most often a {after.idxmax()} "
        f"({after.max():.1%}) (Figure 11)."
    )
