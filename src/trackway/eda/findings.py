"""What we saw, in sentences that stay true on other data; each names its evidence."""

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.eda import cohorts, concentration, funnel, visits
from trackway.eda.study import Study
from trackway.evaluation.bootstrap import Interval
from trackway.report import references
from trackway.report.claims import Claim
from trackway.report.phrases import NOT_TOLD_APART, count, interval


def findings(study: Study) -> list[str]:
    """What the data could not show is not spoken of."""
    sentences = [_conversion(study), _buy_now(study), _few(study), _next(study)]
    sentences += [_night(study), _return(study)]
    return [one for one in sentences if not isinstance(one, Cannot)]


def claims(study: Study) -> list[Claim]:
    """What later steps lean on."""
    return [_not_the_path(study), _few_make_most(study), _at_night(study)]


def headlines(study: Study) -> dict[str, str]:
    """Label and text of the three figures for the index page."""
    session, user = _bought(study)
    bound = "at least " if visits.is_censored(study.totals) else ""
    shown = {
        "Sessions with a purchase": f"{bound}{session:.2%}",
        "Users with a purchase": f"{bound}{user:.2%}",
    }
    if isinstance(study.conversion, Cannot):
        counts = {"Sessions": study.totals["sessions"], "Users": study.totals["users"]}
        shown = {name: f"{count:,}" for name, count in counts.items()}
    if isinstance(study.run.facts.has("cart", "purchase"), Cannot):
        return shown
    buy_now = "cannot be told"
    if not isinstance(study.routes, Cannot):
        buy_now = f"{funnel.buy_now(study.routes):.1%} of {study.routes.sum():,}"
    return shown | {"Purchases without a cart": buy_now}


def metrics(study: Study) -> dict:
    """The numbers worth comparing between runs; what the data do not carry is left out."""
    values = {"counts": study.totals.to_dict()}
    if not isinstance(study.funnel, Cannot):
        shares = ["any_share", "ordered_share"][: 1 + (not isinstance(study.in_order, Cannot))]
        reached = {unit: funnel.whole(study.funnel, unit)[shares] for unit in ["session", "user"]}
        values["funnel"] = {unit: rows.T.to_dict() for unit, rows in reached.items()}
    if not isinstance(study.routes, Cannot):
        values["buy_now"] = funnel.buy_now(study.routes)
    if not isinstance(study.concentration, Cannot):
        values["gini"] = study.concentration["gini"].to_dict()
    return values


def night_verdict(gap: Interval) -> str:
    """Conversion at night less that by day, in words."""
    if gap.low > 0:
        return "Sessions that start at night end in a purchase more often than those by day."
    if gap.high < 0:
        return "Sessions that start at night end in a purchase less often than those by day."
    return f"Conversion at night and by day {NOT_TOLD_APART}."


def _bought(study: Study) -> tuple[float, float]:
    """The shares of sessions and of users that have a purchase."""
    totals = study.totals
    return totals["bought_sessions"] / totals["sessions"], totals["buyers"] / totals["users"]


@or_cannot
def _conversion(study: Study) -> str:
    need(study.conversion)
    (session, user), totals = _bought(study), study.totals
    sentence = (
        f"{session:.2%} of {count(totals['sessions'], 'session')} and {user:.2%} of "
        f"{count(totals['users'], 'user')} have a purchase"
    )
    if isinstance(study.funnel, Cannot) or isinstance(study.in_order, Cannot):
        return f"{sentence} ({references.table('event_mix')})."
    steps = funnel.whole(study.funnel, "session")
    way = " over ".join(steps.index[:-1])
    return (
        f"{sentence}; the way from {way} to purchase of one product is complete in "
        f"{steps.at['purchase', 'ordered_share']:.2%} of sessions ({references.figure('funnel')})."
    )


@or_cannot
def _buy_now(study: Study) -> str | Cannot:
    routes = need(study.routes)
    return (
        f"{funnel.buy_now(routes):.1%} of {routes.sum():,} purchases have no cart event of the "
        f"product before them in the session ({references.figure('routes')})."
    )


@or_cannot
def _few(study: Study) -> str | Cannot:
    users = need(study.counts)["users by events"]
    if users.size == 1:
        return Cannot(f"All users have as many events: {users.index[0]:,}.")
    seen, expected = concentration.gini(users), concentration.gini(concentration.chance(users))
    return (
        f"The most active fifth of users makes {concentration.top_share(users, 0.2):.1%} of all "
        f"events; Gini {seen:.2f}, where chance alone would give {expected:.2f} "
        f"({references.table('concentration')})."
    )


@or_cannot
def _next(study: Study) -> str | Cannot:
    pairs = need(study.pairs)
    after = pairs[pairs["now"] == "cart"].set_index("next")["pairs"]
    if after.empty:
        return Cannot("No cart event is followed by another event.")
    return (
        f"Of {count(after.sum(), 'cart event')} followed by another event, "
        f"{after.max() / after.sum():.1%} are followed by a {after.idxmax()}, the most frequent "
        f"({references.figure('transitions')})."
    )


@or_cannot
def _night(study: Study) -> str | Cannot:
    return f"{night_verdict(need(study.gap))[:-1]} ({references.table('night')})."


@or_cannot
def _return(study: Study) -> str | Cannot:
    return (
        f"{cohorts.next_week(need(study.cohorts)):.1%} of users come back in the week after the "
        f"one in which they were first seen ({references.figure('cohorts')})."
    )


def _not_the_path(study: Study) -> Claim:
    holds, shown = None, references.figure("routes")
    if isinstance(study.routes, Cannot):
        evidence = f"{study.routes.reason.rstrip('.')} ({shown})."
    else:
        share = funnel.buy_now(study.routes)
        holds, evidence = share > 0.5, f"{share:.1%} of {study.routes.sum():,} purchases ({shown})."
    return Claim(
        name="most-purchases-have-no-cart",
        text="Most purchases have no cart event of the product before them in the session: who "
        "waits for the cart sees the smaller part.",
        holds=holds,
        evidence=evidence,
    )


def _few_make_most(study: Study) -> Claim:
    holds, shown = None, references.table("concentration")
    if isinstance(study.counts, Cannot):
        evidence = f"{study.counts.reason.rstrip('.')} ({shown})."
    else:
        users = study.counts["users by events"]
        top = concentration.top_share(users, 0.2)
        alone = concentration.top_share(concentration.chance(users), 0.2)
        holds = top > 0.5
        evidence = f"{top:.1%}, where chance alone would give {alone:.1%} ({shown})."
    return Claim(
        name="few-users-make-most-events",
        text="The most active fifth of users makes more than half of all events.",
        holds=holds,
        evidence=evidence,
    )


def _at_night(study: Study) -> Claim:
    holds, shown = None, references.table("night")
    if isinstance(study.gap, Cannot):
        evidence = f"{study.gap.reason.rstrip('.')} ({shown})."
    else:
        points = interval(*(100 * one for one in study.gap), ".2f")
        holds, evidence = study.gap.low > 0, f"By {points} percentage points ({shown})."
    return Claim(
        name="nights-convert-better",
        text="Sessions that start at night end in a purchase more often than those by day.",
        holds=holds,
        evidence=evidence,
    )
