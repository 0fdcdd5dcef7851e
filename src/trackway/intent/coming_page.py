"""What `coming` shows, and its sentences; true of any data."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackway import figures
from trackway.evaluation import Interval
from trackway.intent import coming, users, words
from trackway.intent.coming import ANEW, FROZEN, LAST_SEEN, Judged
from trackway.intent.users import Calendar
from trackway.report import Page
from trackway.rivals import Rivals

WAYS = {  # colour, mark and place beside the date
    ANEW: ("model", "o", -0.12),
    FROZEN: ("highlight", "D", 0.0),
    LAST_SEEN: ("baseline", "s", 0.12),
}


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


def scores(page: Page, number: int, rated: Rivals, last: Judged, chosen: str) -> None:
    """Every model at the last date."""
    test = last.examples.of("test")
    meaning = "; ".join(f"`{name}`: {users.MEANING[name]}" for name in last.examples.features)
    page.table(
        number,
        words.with_intervals(rated.scores()).loc[coming.NAMES],
        "users",
        caption=(
            f"The {len(test):,} users asked about at the last date, {test['bought'].mean():.1%} of "
            f"whom buy; {words.named(chosen)} was best where the first choices were made. The "
            f"models know, from the history before the date - {meaning}. In brackets: 95 % "
            "intervals over users."
        ),
    )


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
            f"What {words.named(name)} reaches over the dates. Left, ROC AUC (0.5 is chance); "
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
    rated: Rivals, table: pd.DataFrame, chosen: str, horizon_days: int, numbers: tuple[int, int]
) -> list[str]:
    """How well a buyer is told, and whether the model keeps; numbers of table and figure."""
    auc = Interval(*rated.scores().loc[(chosen, "roc_auc")])
    lead = Interval(*rated.differences(chosen).loc[(LAST_SEEN, "roc_auc")])
    ahead = "ahead of" if lead.low > 0 else "behind" if lead.high < 0 else "not to be told from"
    last = table[table["date"] == table["date"].max()].set_index("way")
    anew, frozen = last.loc[ANEW], last.loc[FROZEN]
    return [
        f"Who buys within {horizon_days} days is told with a ROC AUC of {auc}, {ahead} the rule "
        f"of who was here last (by {lead}, Table {numbers[0]}).",
        f"{_kept(table)}: at the last date the frozen model has {frozen['roc_auc']:.3f} and the "
        f"one fitted anew {anew['roc_auc']:.3f}; the share that buys goes from "
        f"{table['bought'].min():.1%} to {table['bought'].max():.1%} between dates "
        f"(Figure {numbers[1]}).",
    ]


def _kept(table: pd.DataFrame) -> str:
    if table["date"].nunique() < 2:
        return "One date cannot show drift"
    last = table[table["date"] == table["date"].max()].set_index("way").loc[FROZEN]
    if last["lost_low"] > 0:
        return "Fitting anew helps"
    return "Fitting anew harms" if last["lost_high"] < 0 else "Fitting anew does not surely help"


def metrics(rated: Rivals, chosen: str, table: pd.DataFrame) -> dict:
    """For `page.metrics`: the chosen model at the last date, and the frozen one."""
    scores = rated.scores().loc[chosen]
    last = table[table["date"] == table["date"].max()].set_index("way")
    return {name: dict(row) for name, row in scores.iterrows()} | {
        "frozen_roc_auc": last.loc[FROZEN, "roc_auc"],
        "frozen_log_loss": last.loc[FROZEN, "log_loss"],
        "dates": int(table["date"].nunique()),
    }
