"""What `coming` shows, and its sentences; true of any data."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from trackway.intent.coming import ANEW, FROZEN, LAST_SEEN, Judged
from trackway.intent.worth import PER
from trackway.intent.worth_page import Whom

from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent import coming, coming_worth, users, wording, worth_page
from trackway.intent.users import Calendar
from trackway.report import Page, figures

WAYS = {  # colour, mark and place beside the date
    ANEW: ("model", "o", -0.12),
    FROZEN: ("highlight", "D", 0.0),
    LAST_SEEN: ("baseline", "s", 0.12),
}
USERS = Whom(
    one="user",
    many="users",
    all="users asked about at the last date",
    judged="at the last date",
    chosen="at the date before",
    prefix="user_",
    note=" Of each user who buys one order is counted.",
)


def why_not(rows: pd.DataFrame, judged: list[Judged], calendar: Calendar, least: int) -> str:
    """Why users are not judged, in words with values; empty if they are."""
    if judged:
        return ""
    days = f"{calendar.history_days} days of history and {calendar.horizon_days} after the date"
    if len(calendar.dates) < coming.NEEDED:
        return (
            f"A date needs {days}, and {coming.NEEDED} dates whose horizons do not overlap are "
            f"needed; these data carry {len(calendar.dates)}. A smaller "
            "`intent.users.history_days` may help."
        )
    buyers = ", ".join(f"{n:,}" for n in rows.groupby("days_back")["bought"].sum()[::-1])
    return f"Each date needs {least} users who buy; the {len(calendar.dates)} dates have {buyers}."


def not_judged(why: str) -> str:
    """That these data cannot answer the question, and why."""
    return f"Who will buy in the days to come cannot be judged here. {why}"


def dates(page: Page, number: int, rows: pd.DataFrame, calendar: Calendar) -> None:
    """The dates, and who is asked about."""
    counted = rows.groupby("days_back").agg(
        users=("bought", "size"),
        buyers=("bought", "sum"),
        bought=("bought", "mean"),
        orders=("orders", "mean"),
        days_since_seen=("days_since_seen", "mean"),
        carts_left=("carts_left", "mean"),
    )
    table = counted.reindex(calendar.days_back).reset_index(drop=True)
    table.insert(0, "date", [calendar.local(date) for date in calendar.dates])
    page.table(
        number,
        table,
        "dates",
        caption=(
            "Dates, each from local midnight, and the users seen in the "
            f"{calendar.history_days} days before it; `bought` is the share that buys in the "
            f"{calendar.horizon_days} days after it. The last three are means over users of what "
            "is known then. The first two dates are learned from and chosen at, each later one is "
            "judged."
        ),
    )


def scores(page: Page, number: int, rated: PairedEvaluation, last: Judged, chosen: str) -> None:
    """Every model at the last date."""
    test = last.examples.of("test")
    meaning = "; ".join(f"`{name}`: {users.MEANING[name]}" for name in last.examples.features)
    page.table(
        number,
        wording.with_intervals(rated.scores()).loc[coming.NAMES],
        "users",
        caption=(
            f"The {len(test):,} users asked about at the last date, {test['bought'].mean():.1%} of "
            f"whom buy; {wording.named(chosen)} was best where the first choices were made. The "
            f"models know, from the history before the date - {meaning}. In brackets: 95 % "
            "intervals over users."
        ),
    )


def differences(
    page: Page,
    number: int,
    rated: dict[pd.Timestamp, PairedEvaluation],
    chosen: str,
    calendar: Calendar,
) -> None:
    """The chosen model against each of the others, date by date."""
    metrics = ["roc_auc", "pr_auc", "log_loss"]
    by_date = {
        calendar.local(date): wording.with_intervals(one.differences(chosen), metrics)
        for date, one in rated.items()
    }
    page.table(
        number,
        pd.concat(by_date, names=["date", "against"]),
        "user_differences",
        caption=(
            f"Date by date, {wording.named(chosen)} minus each of the others, fitted anew, on the "
            "same users; below 0 it is the better one in `log_loss`. In brackets: 95 % intervals "
            "over users, drawn alike for both. Users recur from date to date, so neighbouring "
            "dates err alike."
        ),
    )


def worth_dates(page: Page, number: int, table: pd.DataFrame, calendar: Calendar) -> None:
    """What acting brings at each date, and beside the simpler ways."""
    shown = table[["action", "date", "users", "acted"]].copy()
    shown["date"] = [_date(date, calendar) for date in table["date"]]
    for column in coming_worth.OVER:
        shown[coming_worth.OVER[column]] = [
            worth_page.with_ends(_interval(row, column)) for _, row in table.iterrows()
        ]
    page.table(
        number,
        shown,
        "user_worth_dates",
        caption=(
            f"The same date by date, and over all of them: profit per {PER:,} users, from the "
            "threshold that was best at the date before, and how much more that is, on the same "
            "users, than acting on everyone, from `break-even` on, and by the rule of who was here "
            "last. In brackets: 95 % intervals over users, each drawn with all of their dates."
        ),
    )


def _date(date: pd.Timestamp | str, calendar: Calendar) -> str:
    return date if date == coming_worth.ALL else calendar.local(date)


def _interval(row: pd.Series, column: str) -> Interval:
    return Interval(*row[[column, f"{column}_low", f"{column}_high"]])


def drift(
    page: Page,
    number: int,
    table: pd.DataFrame,
    calibrated: pd.DataFrame,
    name: str,
    calendar: Calendar,
) -> None:
    """How well the model keeps, and whether what it says at the last date holds."""
    rows = calibrated["rows"]
    page.figure(
        number,
        draw(table, calibrated, calendar),
        "drift",
        caption=(
            f"What {wording.named(name)} reaches over the dates. Left, ROC AUC (0.5 is chance); "
            "middle, the mean probability said and, as bars, the share that bought. Frozen is the "
            "model of the first date, used to the end. Right, at the last date, fitted anew: a "
            f"point is a bin of {rows.min():,} to {rows.max():,} users; on the grey line what was "
            "said came true. Intervals are 95 % over users."
        ),
        alt="ROC AUC and mean probability over the dates, fitted anew, frozen, and by a rule; and "
        "the share that bought against the probability said.",
    )


def draw(table: pd.DataFrame, calibrated: pd.DataFrame, calendar: Calendar) -> Figure:
    """The ranking over the dates, what is said beside what happens, and the last date's bins."""
    fig, (auc, share, bins) = figures.new(ncols=3, height=3.2)
    dates = sorted(table["date"].unique())
    places = np.arange(len(dates))
    mine = table[table["way"] == ANEW]
    share.bar(places, mine["bought"], width=0.5, color=figures.COLORS["null"], label="bought")
    for way, (colour, mark, shift) in WAYS.items():
        rows = table[table["way"] == way]
        style = {"color": figures.COLORS[colour], "marker": mark, "markersize": 4.5, "label": way}
        around = _around(rows["roc_auc"], rows["roc_auc_low"], rows["roc_auc_high"])
        auc.errorbar(places + shift, rows["roc_auc"], yerr=around, linestyle="none", **style)
        share.plot(places + shift, rows["said"], linestyle="none", **style)
    auc.axhline(0.5, color=figures.COLORS["null"], linewidth=1)
    for ax in (auc, share):
        # the year on a line of its own, or the dates run into each other
        ax.set_xticks(places, [calendar.local(date).replace("-", "\n", 1) for date in dates])
        ax.set(xlim=(-0.6, len(dates) - 0.4), xlabel="date")
    auc.set_title("ROC AUC")
    share.set(title="share, mean probability", ylim=(0, None))
    _draw_bins(bins, calibrated)
    fig.legend(*share.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return fig


def _draw_bins(ax: Axes, calibrated: pd.DataFrame) -> None:
    top = 1.05 * max(calibrated["said"].max(), calibrated["high"].max())
    around = _around(calibrated["happened"], calibrated["low"], calibrated["high"])
    ax.plot([0, top], [0, top], color=figures.COLORS["null"], linewidth=1)
    ax.errorbar(
        calibrated["said"], calibrated["happened"], yerr=around, color=figures.COLORS["model"],
        marker="o", markersize=4, linewidth=1,
    )  # fmt: skip
    ax.set(title="share that bought", xlabel="probability said")


def _around(value: pd.Series, low: pd.Series, high: pd.Series) -> np.ndarray:
    return np.clip([value - low, high - value], 0, None)


def findings(
    rated: dict[pd.Timestamp, PairedEvaluation],
    table: pd.DataFrame,
    chosen: str,
    horizon_days: int,
    numbers: tuple[int, int, int],
) -> list[str]:
    """How well a buyer is told, beside the rule, and whether the model keeps.

    `numbers` are those of the tables of scores and differences, and of the figure of drift.
    """
    at_last = rated[max(rated)]
    auc = Interval(*at_last.scores().loc[(chosen, "roc_auc")])
    lead = Interval(*at_last.differences(chosen).loc[(LAST_SEEN, "roc_auc")])
    ahead = "ahead of" if lead.low > 0 else "behind" if lead.high < 0 else "not to be told from"
    last = table[table["date"] == table["date"].max()].set_index("way")
    anew, frozen = last.loc[ANEW], last.loc[FROZEN]
    return [
        f"Who buys within {horizon_days} days is told with a ROC AUC of {auc}, {ahead} the rule "
        f"of who was here last (by {lead}, Table {numbers[0]})."
        f"{_at_each(rated, chosen, numbers[1])}",
        f"{_kept(table)}: at the last date the frozen model has {frozen['roc_auc']:.3f} and the "
        f"one fitted anew {anew['roc_auc']:.3f}; the share that buys goes from "
        f"{table['bought'].min():.1%} to {table['bought'].max():.1%} between dates "
        f"(Figure {numbers[2]}).",
    ]


def _at_each(rated: dict[pd.Timestamp, PairedEvaluation], chosen: str, number: int) -> str:
    if len(rated) < 2:
        return ""
    leads = [one.differences(chosen).loc[(LAST_SEEN, "roc_auc")] for one in rated.values()]
    ahead = sum(lead["low"] > 0 for lead in leads)
    return f" It is surely ahead at {ahead} of {len(leads)} dates, each by itself (Table {number})."


def _kept(table: pd.DataFrame) -> str:
    if table["date"].nunique() < 2:
        return "One date cannot show drift"
    last = table[table["date"] == table["date"].max()].set_index("way").loc[FROZEN]
    if last["lost_low"] > 0:
        return "Fitting anew helps"
    return "Fitting anew harms" if last["lost_high"] < 0 else "Fitting anew does not surely help"


def worth_findings(gained: pd.DataFrame, paid: pd.DataFrame, numbers: tuple[int, int]) -> list[str]:
    """Whom the top of the list holds, and whether acting on it pays; numbers of figure, table."""
    first = gained.iloc[0]
    said = [
        f"The tenth of users told likeliest at the last date holds {first['value']:.0%} "
        f"[{first['low']:.0%}, {first['high']:.0%}] of those who buy, {first['lift']:.1f} times as "
        f"many as by lot (Figure {numbers[0]})."
    ]
    for _, row in paid[paid["date"] == coming_worth.ALL].iterrows():
        pays = worth_page.verdict(_interval(row, "profit"), row["acted"], "at any date", USERS)
        said.append(
            f"Over all dates, under the assumed uplift, {row['action']} {pays}"
            f"{_beside(row) if row['acted'] else ''} (Table {numbers[1]})."
        )
    return said


def _beside(row: pd.Series) -> str:
    """How that compares with simpler ways to choose whom to act on."""
    ways = {
        "over_everyone": "on everyone",
        "over_rule": "by the rule",
        "over_break_even": "from `break-even` on",
    }
    found: dict[str, list[str]] = {}
    for column, way in ways.items():
        how = wording.difference(_interval(row, column), "more than", "less than")
        found.setdefault(how, []).append(way)
    said = [f"{how} acting {wording.listed(those)}" for how, those in found.items()]
    return f"; that is {', and '.join(said)}"


def worth_metrics(gained: pd.DataFrame, paid: pd.DataFrame) -> dict:
    """For `page.metrics`: the first tenth at the last date, and each action over all dates."""
    whole = paid[paid["date"] == coming_worth.ALL].set_index("action")
    first = gained.iloc[0]
    numbers = [c + end for c in coming_worth.OVER for end in ("", "_low", "_high")]
    return {
        "first_tenth": dict(first[["value", "low", "high", "lift", "lift_low", "lift_high"]]),
        "worth": whole[["acted", *numbers]].to_dict(orient="index"),
    }


def metrics(rated: PairedEvaluation, chosen: str, table: pd.DataFrame) -> dict:
    """For `page.metrics`: the chosen model at the last date, and the frozen one."""
    scores = rated.scores().loc[chosen]
    last = table[table["date"] == table["date"].max()].set_index("way")
    return {name: dict(row) for name, row in scores.iterrows()} | {
        "frozen_roc_auc": last.loc[FROZEN, "roc_auc"],
        "frozen_log_loss": last.loc[FROZEN, "log_loss"],
        "dates": int(table["date"].nunique()),
    }
