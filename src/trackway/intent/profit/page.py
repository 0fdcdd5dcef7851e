"""What `worth` shows, and its sentences; true of any data, of sessions and of users."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from trackway.evaluation.bootstrap import Interval
from trackway.intent import wording, worth
from trackway.intent.data import Examples
from trackway.intent.models import Scored
from trackway.intent.prefixes import CART
from trackway.report import Page, figures

DEEPEST = 1.5  # a loss deeper than so many times the best profit is not drawn
ASSUMED = "Acting is assumed to add {uplift:.0%} to the purchases of those acted on; no log tells."


@dataclass(frozen=True)
class Whom:
    """Whom one would act on, in words.

    Attributes
    ----------
    one, many : str
    all : the rows on which it is judged; they follow "the 4,458"
    judged, chosen : where profit is judged, and where the threshold was chosen
    prefix : of the names of figures and tables
    note : what else must be said of a profit, if anything
    """

    one: str
    many: str
    all: str
    judged: str
    chosen: str
    prefix: str = ""
    note: str = ""


SESSIONS = Whom("session", "sessions", "test sessions", "on test", "on validation")


def profit(
    page: Page,
    number: int,
    curves: pd.DataFrame,
    ways: pd.DataFrame,
    settings: dict,
    whom: Whom = SESSIONS,
) -> None:
    """Profit by threshold."""
    page.figure(
        number,
        draw_profit(curves, ways, whom),
        f"{whom.prefix}profit",
        caption=(
            f"Expected profit {whom.judged} per {worth.PER:,} {whom.many} scored, by the "
            "probability from which one acts, on a log axis; the band is the 95 % interval over "
            f"users. The dot is the threshold that was best {whom.chosen}, the dashed line the one "
            f"that costs alone give. {ASSUMED.format(uplift=settings['uplift'])}{whom.note} Deep "
            "losses are not drawn."
        ),
        alt=f"Expected profit by the probability from which one acts on {whom.many}, by action.",
    )


def draw_profit(curves: pd.DataFrame, ways: pd.DataFrame, whom: Whom = SESSIONS) -> Figure:
    """One panel per action: profit against the threshold."""
    names = list(curves["action"].unique())
    fig, axes = figures.new(ncols=len(names), squeeze=False)
    for ax, name in zip(axes[0], names, strict=True):
        _profit(ax, curves[curves["action"] == name])
        mine = ways[ways["action"] == name].set_index("who")
        chosen, even = mine.loc["chosen"], mine.loc["break-even", "threshold"]
        if np.isfinite(chosen["threshold"]):
            ax.plot(chosen["threshold"], chosen["value"], "o", color=figures.COLORS["highlight"])
        if np.isfinite(even):
            ax.axvline(even, color=figures.COLORS["baseline"], linewidth=1, linestyle="--")
        ax.set(title=name, xlabel="acted on from this probability on (log)", xscale="log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter(NullFormatter())
    axes[0, 0].set_ylabel(f"profit per {worth.PER:,} {whom.many}\n(shop currency)")
    return fig


def _profit(ax: Axes, curve: pd.DataFrame) -> None:
    curve = curve[curve["threshold"] > 0]
    colour = figures.COLORS["model"]
    ax.plot(curve["threshold"], curve["value"], color=colour)
    ax.fill_between(curve["threshold"], curve["low"], curve["high"], color=colour, alpha=0.2)
    ax.axhline(0, color=figures.COLORS["null"], linewidth=1)
    top = max(curve["high"].max(), 0.0)
    if top > 0:
        ax.set_ylim(max(curve["low"].min(), -DEEPEST * top), 1.1 * top)


def ways(
    page: Page, number: int, table: pd.DataFrame, settings: dict, whom: Whom = SESSIONS
) -> None:
    """Whom to act on, by profit."""
    costs = "; ".join(
        f"{action.name}: {action.contact:g} per {whom.one} acted on, {action.per_order:g} per order"
        for action in worth.actions(settings)
    )
    page.table(
        number,
        _with_profit(table),
        f"{whom.prefix}worth",
        caption=(
            f"Expected profit {whom.judged} per {worth.PER:,} {whom.many} scored, shop currency; "
            f"acting on nobody brings 0. An order leaves {settings['margin']:g}. Costs - {costs}. "
            f"{ASSUMED.format(uplift=settings['uplift'])}{whom.note} `break-even` is the "
            "probability from which acting pays if probabilities are true, `chosen` the best "
            f"{whom.chosen}; a dash is nobody. In brackets: 95 % intervals over users."
        ),
    )


def moments(page: Page, number: int, table: pd.DataFrame) -> None:
    """When acting pays."""
    columns = ["action", "moment", "sessions", "threshold", "acted", "profit", "total"]
    by_action = [mine for _, mine in _with_profit(table)[columns].groupby("action", sort=False)]
    page.table(
        number,
        pd.concat(by_action),
        "worth_moments",
        caption=(
            f"The same from the threshold that was best on validation, moment by moment: `profit` "
            f"per {worth.PER:,} test sessions scored then, `total` of all of them. Later moments "
            "know more of fewer sessions, so `total` is what compares them."
        ),
        digits={"total": 1},
    )


def uplifts(page: Page, number: int, table: pd.DataFrame, settings: dict) -> None:
    """What hangs on the assumption."""
    page.figure(
        number,
        draw_uplifts(table, settings["uplift"]),
        "uplift",
        caption=(
            f"Expected profit on test per {worth.PER:,} sessions under other assumed uplifts, "
            "each with its own threshold from validation; the line is the one assumed elsewhere. "
            "Bars are 95 % intervals over users, and say nothing of the uplift itself."
        ),
        alt="Expected profit of each action against the assumed uplift.",
    )


def draw_uplifts(table: pd.DataFrame, assumed: float) -> Figure:
    """Profit against the assumed uplift, one line per action."""
    fig, ax = figures.new(height=2.8)
    marks = zip(table.groupby("action", sort=False), figures.SEQUENCE, "os^Dv", strict=False)
    for (name, mine), colour, mark in marks:
        around = np.clip([mine["value"] - mine["low"], mine["high"] - mine["value"]], 0, None)
        ax.errorbar(
            mine["uplift"], mine["value"], yerr=around, color=colour, marker=mark, label=name
        )
    ax.axvline(assumed, color=figures.COLORS["null"], linewidth=1)
    ax.axhline(0, color=figures.COLORS["null"], linewidth=1)
    ax.set(
        xlabel="assumed uplift (purchases added per purchase seen)",
        ylabel=f"profit per {worth.PER:,} sessions\n(shop currency)",
    )
    ax.legend(loc="upper left")
    return fig


def gains(
    page: Page,
    number: int,
    table: pd.DataFrame,
    chosen: Scored,
    examples: Examples,
    whom: Whom = SESSIONS,
) -> None:
    """Gain and lift."""
    first = table.iloc[0]
    page.figure(
        number,
        draw_gains(table, whom),
        f"{whom.prefix}gains",
        caption=(
            f"The {len(examples.of('test')):,} {whom.all} in the order in which "
            f"{wording.named(chosen.name)} told them likely to buy. The first tenth holds "
            f"{first['value']:.0%} [{first['low']:.0%}, {first['high']:.0%}] of all buyers. Bands "
            "are 95 % intervals over users; the grey line is a draw by lot."
        ),
        alt=f"Share of buyers found and lift over chance against the share of {whom.many} taken.",
    )


def draw_gains(table: pd.DataFrame, whom: Whom = SESSIONS) -> Figure:
    """Left the share of buyers found, right how often more than by lot."""
    fig, (gain, lift) = figures.new(ncols=2)
    colour = figures.COLORS["model"]
    start = pd.DataFrame({"share": [0.0], "value": 0.0, "low": 0.0, "high": 0.0})
    whole = pd.concat([start, table], ignore_index=True)
    gain.plot(whole["share"], whole["value"], color=colour, marker="o", markersize=3)
    gain.fill_between(whole["share"], whole["low"], whole["high"], color=colour, alpha=0.2)
    gain.plot([0, 1], [0, 1], color=figures.COLORS["null"], linewidth=1)
    gain.set(ylabel="share of all buyers among them", title="gain")
    lift.plot(table["share"], table["lift"], color=colour, marker="o", markersize=3)
    band = table["lift_low"], table["lift_high"]
    lift.fill_between(table["share"], *band, color=colour, alpha=0.2)
    lift.axhline(1, color=figures.COLORS["null"], linewidth=1)
    lift.set(ylabel="times as many as by lot", title="lift", ylim=(0, None))
    for ax in (gain, lift):
        ax.set(xlabel=f"share of {whom.many}, likeliest first", xlim=(0, 1.02))
    return fig


def findings(table: pd.DataFrame, by_moment: pd.DataFrame, numbers: tuple[int, int]) -> list[str]:
    """Whether acting pays, how early, and when most; `numbers` are those of the two tables."""
    said = []
    for name, first in worth.earliest(by_moment).items():
        (best,) = table[(table["action"] == name) & (table["who"] == "chosen")].itertuples()
        money = Interval(best.value, best.low, best.high)
        pays = verdict(money, best.acted, "at the moment looked at closely")
        said.append(
            f"Under the assumed uplift, {name} {pays} (Table {numbers[0]}); "
            f"{_early(first, by_moment[by_moment['action'] == name])} (Table {numbers[1]})."
        )
    return said


def _early(first: str | None, mine: pd.DataFrame) -> str:
    if first is None:
        return "there is no moment at which it surely pays"
    most = mine.loc[mine["total"].idxmax(), "moment"]
    also = "and brings most in all then" if most == first else f"and brings most at {_moment(most)}"
    return f"it pays from {_moment(first)} on, {also}"


def verdict(money: Interval, acted: float, when: str, whom: Whom = SESSIONS) -> str:
    """What acting from the chosen threshold on brings."""
    if not acted:
        return f"pays for nobody {when}"
    found = f"brings {with_ends(money)} per {worth.PER:,} {whom.many}"
    if money.low > 0:
        return f"{found} when {acted:.1%} are acted on"
    return f"{found}, not surely more than nothing"


def with_ends(money: Interval) -> str:
    """A profit and its interval."""
    return f"{money.value:.1f} [{money.low:.1f},\N{NO-BREAK SPACE}{money.high:.1f}]"


def _moment(name: str) -> str:
    return "the first cart event" if name == CART else f"event {name}"


def metrics(table: pd.DataFrame, by_moment: pd.DataFrame) -> dict:
    """For `page.metrics`: the chosen plans at the main moment, and the totals of each moment."""
    mine = table[table["who"] == "chosen"].set_index("action")
    wanted = mine[["acted", "value", "low", "high"]].rename(columns={"value": "profit"})
    chosen = wanted.to_dict(orient="index")
    for action, rows in by_moment.groupby("action", sort=False):
        chosen[action]["total"] = dict(zip(rows["moment"], rows["total"], strict=True))
    return chosen


def _with_profit(table: pd.DataFrame) -> pd.DataFrame:
    text = [with_ends(Interval(row.value, row.low, row.high)) for row in table.itertuples()]
    known = table["threshold"].where(np.isfinite(table["threshold"]))
    return table.assign(threshold=known, profit=text).drop(columns=["value", "low", "high"])
