"""What we saw, in sentences that stay true on other data; each names its evidence."""

import pandas as pd

from trackway.eda import captions, concentration, funnel
from trackway.eda.limits import count
from trackway.report.claims import Claim


def sentences(
    table: pd.DataFrame,
    counts: pd.Series | None,
    measured: dict[str, pd.Series] | None,
    pairs: pd.DataFrame,
    gap: tuple[float, float, float] | None,
    cohorts: pd.DataFrame | None,
) -> list[str]:
    """The findings of 02; what the data could not show (None) is not spoken of."""
    said = [_conversion(table)]
    if counts is not None:
        said.append(_buy_now(counts))
    if measured is not None:
        said.append(_concentration(measured))
    said.append(_next(pairs))
    if gap is not None:
        said.append(f"{captions.night_verdict(gap)[:-1]} (Table 4).")
    if cohorts is not None:
        said.append(
            f"{captions.next_week(cohorts):.1%} of users come back in the week after the one in "
            "which they were first seen (Figure 12)."
        )
    return [sentence for sentence in said if sentence]


def claims(
    counts: pd.Series | None,
    measured: dict[str, pd.Series] | None,
    gap: tuple[float, float, float] | None,
) -> list[Claim]:
    """What later steps lean on; None where the data could not show it."""
    return [_not_the_path(counts), _few_make_most(measured), _at_night(gap)]


def _not_the_path(counts: pd.Series | None) -> Claim:
    share, told = None, "Too few purchases, or no carts recorded (Figure 2)."
    if counts is not None:
        share = captions.buy_now(counts)
        told = f"{share:.1%} of {counts.sum():,} purchases (Figure 2)."
    return Claim(
        name="most-purchases-have-no-cart",
        text="Most purchases have no cart event of the product before them in the session: who "
        "waits for the cart sees the smaller part.",
        holds=None if share is None else share > 0.5,
        evidence=told,
    )


def _few_make_most(measured: dict[str, pd.Series] | None) -> Claim:
    top, told = None, "Too few users to tell (Table 5)."
    if measured is not None:
        users = measured["users by events"]
        top = concentration.top_share(users, 0.2)
        alone = concentration.top_share(concentration.chance(users), 0.2)
        told = f"{top:.1%}, where chance alone would give {alone:.1%} (Table 5)."
    return Claim(
        name="few-users-make-most-events",
        text="The most active fifth of users makes more than half of all events.",
        holds=None if top is None else top > 0.5,
        evidence=told,
    )


def _at_night(gap: tuple[float, float, float] | None) -> Claim:
    told = "Too few whole days (Table 4)."
    if gap is not None:
        points = [100 * one for one in gap]
        told = f"By {points[0]:.2f} [{points[1]:.2f}, {points[2]:.2f}] percentage points (Table 4)."
    return Claim(
        name="nights-convert-better",
        text="Sessions that start at night end in a purchase more often than those by day.",
        holds=None if gap is None else gap[1] > 0,
        evidence=told,
    )


def headlines(
    table: pd.DataFrame, counts: pd.Series | None, totals: pd.Series
) -> list[tuple[str, str]]:
    """Label and text of the three figures for the index page."""
    session = funnel.over(table, "session").set_index("step").loc["purchase"]
    user = funnel.over(table, "user").set_index("step").loc["purchase"]
    bound = "at least " if captions.is_censored(totals) else ""
    buy_now = "too few to tell"
    if counts is not None:
        buy_now = f"{captions.buy_now(counts):.1%} of {counts.sum():,}"
    return [
        ("Sessions with a purchase", f"{bound}{session['any_share']:.2%}"),
        ("Users with a purchase", f"{bound}{user['any_share']:.2%}"),
        ("Purchases without a cart", buy_now),
    ]


def metrics(
    totals: pd.Series, table: pd.DataFrame, counts: pd.Series | None, uneven: pd.DataFrame
) -> dict:
    """The numbers worth comparing between runs."""
    reached = {
        unit: funnel.over(table, unit).set_index("step")[["any_share", "ordered_share"]]
        for unit in ["session", "user"]
    }
    return {
        "counts": totals.to_dict(),
        "funnel": {unit: rows.T.to_dict() for unit, rows in reached.items()},
        "buy_now": None if counts is None else captions.buy_now(counts),
        "gini": uneven["gini"].to_dict(),
    }


def _conversion(table: pd.DataFrame) -> str:
    session, user = (
        funnel.over(table, unit).set_index("step").loc["purchase"] for unit in ["session", "user"]
    )
    return (
        f"{session['any_share']:.2%} of {count(session['units'], 'session')} and "
        f"{user['any_share']:.2%} of {count(user['units'], 'user')} have a purchase; the way from "
        "view over cart to purchase of one product is complete in "
        f"{session['ordered_share']:.2%} of sessions (Figure 1)."
    )


def _buy_now(counts: pd.Series) -> str:
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


def _next(pairs: pd.DataFrame) -> str:
    after = pairs[pairs["now"] == "cart"].set_index("next")["pairs"]
    if after.empty:
        return ""
    return (
        f"Of {count(after.sum(), 'cart event')} followed by another event, "
        f"{after.max() / after.sum():.1%} are followed by a {after.idxmax()}, the most frequent "
        "(Figure 11)."
    )
