"""What we saw, in sentences and numbers that are true of any data."""

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.intervals import wilson_of_counts
from trackway.report import phrases
from trackway.report.claims import Claim
from trackway.report.phrases import NOT_TOLD_APART
from trackway.report.references import figure, table
from trackway.report.truth_table import Line
from trackway.rfm.behaviour import BUYERS
from trackway.rfm.clusters import Choice
from trackway.rfm.data import MONEY
from trackway.rfm.study import Study


def findings(study: Study) -> list[str]:
    """One sentence a finding, each with its evidence; what the data cannot carry is left out."""
    nobody = isinstance(study.spread, Cannot)
    sentences = [
        study.spread.reason if nobody else _customers(study),
        _returned(study),
        _segments(study),
        _structure(study),
        _forecast(study),
        _behaviours(study),
        _kinds(study),
    ]
    return [sentence for sentence in sentences if isinstance(sentence, str)]


def _customers(study: Study) -> str:
    spread = study.spread
    return (
        f"Of {spread.customers:,} who bought, {spread.again:,} "
        f"({spread.again / spread.customers:.0%}) did so more than once "
        f"({figure('distributions')})."
    )


def _returned(study: Study) -> str | None:
    back = study.returned
    if back is None or not back.users:
        return None
    share = f", {back.amount / back.gross:.1%} of what was bought" if back.gross > 0 else ""
    who = phrases.count(back.users, "user")
    return (
        f"{who} gave something back: {back.amount:,.2f}{share} is taken off what they spent "
        f"({study.money_unit}; {table('definitions')})."
    )


@or_cannot
def _segments(study: Study) -> str | Cannot:
    if not need(study.segments)["money"].sum() > 0:
        return Cannot("Nobody paid anything.")
    rows = study.segments.set_index("segment")
    top = rows["money_share"].idxmax()
    # the page alone says what stands in for money
    what = "money" if study.money_unit == MONEY else study.money_unit
    return (
        f"The segment with most {what}, {top}, is {rows.loc[top, 'customer_share']:.0%} of the "
        f"customers and {rows.loc[top, 'money_share']:.0%} of the {what} ({figure('segments')})."
    )


@or_cannot
def _structure(study: Study) -> str:
    return f"{structure(need(study.choice))[:-1]} ({figure('numbers-of-clusters')})."


def structure(choice: Choice) -> str:
    """What the silhouette proves, in a sentence."""
    at = choice.at()
    numbers = f"{at['silhouette']:.3f} at {choice.k} clusters"
    null = f"{at['null_low']:.3f} to {at['null_high']:.3f}"
    if at["silhouette"] <= at["null_high"]:
        return (
            f"The silhouette, {numbers}, is no higher than customers drawn without groups give "
            f"({null}): the clusters say no more than the three distributions do, and only divide "
            "a cloud unless those show gaps themselves."
        )
    more = at["silhouette"] - at["null_silhouette"]
    return (
        f"The silhouette, {numbers}, is above all {choice.draws} sets drawn without groups "
        f"({null}), by {more:.3f} on average: there is structure beyond distributions and "
        "correlations, be it groups or a bend in how the measures go together."
    )


@or_cannot
def _forecast(study: Study) -> str:
    rows = need(study.forecast).errors.set_index("grouping").loc[["segments", "clusters"]]
    better = rows.index[rows["gain_low"] > 0]
    worse = rows.index[rows["gain_high"] < 0]
    verdict = f"In foretelling the next period's spend, segments and clusters {NOT_TOLD_APART} from"
    if len(better):
        verdict = f"{_listed(better)} foretell the next period's spend better than"
    elif len(worse):
        verdict = f"{_listed(worse)} foretell the next period's spend worse than"
    return f"{verdict} recency alone ({figure('forecast')})."


def _listed(groupings: list[str]) -> str:
    return " and ".join(groupings).capitalize()


@or_cannot
def _behaviours(study: Study) -> str | Cannot:
    kinds, rows = need(study.run.facts.has("purchase")), study.behaviours.set_index("behaviour")
    if study.run.facts.event_types == kinds:
        return Cannot("All events are purchases, so everybody bought.")
    total, buyers = rows["users"].sum(), rows.loc[BUYERS, "users"].sum()
    sentence = f"{buyers / total:.1%} of {total:,} users bought"
    if "cart abandoners" in rows.index:
        left = rows.at["cart abandoners", "users"]
        sentence += f"; {left / total:.1%} used a cart and did not"
    return f"{sentence} ({figure('behaviours')})."


@or_cannot
def _kinds(study: Study) -> str:
    line = need(study.kinds).lines[0]
    more = "more than" if line.low > line.chance else "not measurably more than"
    return (
        f"The clusters agree with the planted kinds by {_interval(line)}, {more} the "
        f"{line.chance:.3f} of clusters drawn without groups; told the kinds of others, "
        f"{line.attainable:.3f} can be reached ({table('truth')})."
    )


def claims(study: Study) -> list[Claim]:
    """What the names and the clusters are claimed to be worth."""
    return [
        Claim(
            "segments-foretell-spend",
            "The segments foretell the next period's spend better than recency alone.",
            *_judged(_gain_of_segments(study), figure("forecast")),
        ),
        Claim(
            "more-structure-than-by-chance",
            "The customers show more structure than customers drawn without groups.",
            *_judged(_silhouette(study), figure("numbers-of-clusters")),
        ),
        Claim(
            "clusters-find-something-of-the-kinds",
            "The clusters find something of the planted kinds, more than chance would.",
            *_judged(_agreement(study), table("truth")),
        ),
    ]


Verdict = tuple[bool | None, str]  # whether a claim holds, and the evidence


def _judged(verdict: Verdict | Cannot, shown: str) -> Verdict:
    holds, evidence = (None, verdict.reason) if isinstance(verdict, Cannot) else verdict
    return holds, f"{evidence.rstrip('.')} ({shown})."


@or_cannot
def _gain_of_segments(study: Study) -> Verdict:
    row = need(study.forecast).errors.set_index("grouping").loc["segments"]
    saved = phrases.interval(*row[["gain", "gain_low", "gain_high"]])
    return row["gain_low"] > 0, f"Squared error saved, of log(1 + money): {saved}"


@or_cannot
def _silhouette(study: Study) -> Verdict:
    at = need(study.choice).at()
    return at["silhouette"] > at["null_high"], (
        f"Silhouette {at['silhouette']:.3f}; without groups at most {at['null_high']:.3f}"
    )


@or_cannot
def _agreement(study: Study) -> Verdict:
    line = need(study.kinds).lines[0]
    return line.low > line.chance, f"Agreement {_interval(line)}, by chance {line.chance:.3f}"


def _interval(line: Line) -> str:
    return phrases.interval(line.achieved, line.low, line.high)


def headlines(study: Study) -> dict[str, str]:
    """What the index page shows."""
    spread, choice = study.spread, study.choice
    if isinstance(spread, Cannot):
        return {"Customers": "0"}
    shown = {
        "Customers": f"{spread.customers:,}",
        "Bought more than once": f"{spread.again / spread.customers:.0%}",
    }
    if isinstance(choice, Cannot):
        return shown
    at = choice.at()
    without = f"drawn without groups: {at['null_silhouette']:.3f}"
    return shown | {f"Silhouette of {choice.k} clusters": f"{at['silhouette']:.3f} ({without})"}


def metrics(study: Study) -> dict:
    """Numbers for `reports/metrics/rfm.json`; what the data cannot carry is left out."""
    rows = study.behaviours
    always = {
        "customers": 0 if isinstance(study.spread, Cannot) else study.spread.customers,
        "users": int(rows["users"].sum()),
        "behaviours": dict(zip(rows["behaviour"], rows["users"], strict=True)),
    }
    parts = {
        "bought_again_share": _again(study),
        "segments": _sizes(study),
        "clusters": _indices(study),
        "forecast_gain": _gains(study),
        "kinds": _agreement_with_kinds(study),
    }
    return always | {name: part for name, part in parts.items() if not isinstance(part, Cannot)}


@or_cannot
def _again(study: Study) -> dict:
    spread = need(study.spread)
    _, low, high = wilson_of_counts(spread.again, spread.customers)
    return {"value": spread.again / spread.customers, "low": low, "high": high}


@or_cannot
def _sizes(study: Study) -> dict:
    need(study.spread)
    return need(study.segments).set_index("segment")["customers"].to_dict()


@or_cannot
def _indices(study: Study) -> dict:
    choice = need(study.choice)
    names = ["silhouette", "null_silhouette", "null_high"]
    names += ["calinski_harabasz", "davies_bouldin", "squares"]
    return {"k": choice.k} | choice.at()[names].to_dict()


@or_cannot
def _gains(study: Study) -> dict:
    rows = need(study.forecast).errors.set_index("grouping")
    gains = rows[["gain", "gain_low", "gain_high"]].drop("recency score alone")
    return gains.set_axis(["value", "low", "high"], axis=1).T.to_dict()


@or_cannot
def _agreement_with_kinds(study: Study) -> dict:
    line = need(study.kinds).lines[0]
    return {
        "achieved": {"value": line.achieved, "low": line.low, "high": line.high},
        "attainable": line.attainable,
        "chance": line.chance,
    }
