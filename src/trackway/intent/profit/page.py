"""The exhibits of what a probability is worth; those of users are built here, too."""

import numpy as np
import pandas as pd

from trackway.core.cannot import need
from trackway.evaluation.bootstrap import Interval
from trackway.intent import wording
from trackway.intent.profit import plots
from trackway.intent.profit.actions import actions
from trackway.intent.profit.audience import SESSIONS, Audience
from trackway.intent.profit.evaluate import PER
from trackway.intent.profit.study import ModelProfit, Profit
from trackway.report import exhibits, phrases
from trackway.report.exhibits import Figure, Table


@exhibits.figure("gains")
def gains(study: Profit) -> Figure:
    """Gain and lift."""
    return gains_figure(need(study.at_main), SESSIONS)


@exhibits.table("worth")
def ways(study: Profit) -> Table:
    """Whom to act on, by profit."""
    return ways_table(need(study.at_main), SESSIONS)


@exhibits.figure("profit")
def profit(study: Profit) -> Figure:
    """Profit by threshold."""
    return profit_figure(need(study.at_main), SESSIONS)


@exhibits.table("worth_moments")
def moments(study: Profit) -> Table:
    """When acting pays."""
    columns = ["action", "moment", "sessions", "threshold", "acted", "profit", "total"]
    table = _with_profit(need(study.by_moment))[columns]
    return Table(
        pd.concat([mine for _, mine in table.groupby("action", sort=False)]),
        caption=(
            f"The same from the threshold that was best on validation, moment by moment: `profit` "
            f"per {PER:,} test sessions scored then, `total` of all of them. Later moments "
            "know more of fewer sessions, so `total` is what compares them."
        ),
        digits={"total": 1},
    )


@exhibits.figure("uplift")
def uplifts(study: Profit) -> Figure:
    """What hangs on the assumption."""
    table, worth = need(study.by_uplift), need(study.at_main).worth
    return Figure(
        plots.plot_uplifts(table, worth.uplift),
        caption=(
            f"Expected profit on test per {PER:,} sessions under other assumed uplifts, "
            "each with its own threshold from validation; the line is the one assumed elsewhere. "
            "Bars are 95 % intervals over users, and say nothing of the uplift itself."
        ),
        alt="Expected profit of each action against the assumed uplift.",
    )


def gains_figure(result: ModelProfit, audience: Audience) -> Figure:
    """Gain and lift of one model, of any audience."""
    first = result.gains.iloc[0]
    return Figure(
        plots.plot_gains(result.gains, audience.many),
        caption=(
            f"The {result.tested:,} {audience.all} in the order in which "
            f"{wording.named(result.model)} told them likely to buy. The first tenth holds "
            f"{phrases.interval(*first[[*Interval._fields]], '.0%')} of all buyers. Bands "
            "are 95 % intervals over users; the grey line is a draw by lot."
        ),
        alt=(
            "Share of buyers found and lift over chance against the share of "
            f"{audience.many} taken."
        ),
    )


def ways_table(result: ModelProfit, audience: Audience) -> Table:
    """Whom of an audience to act on, by profit."""
    costs = "; ".join(
        f"{action.name}: {action.contact:g} per {audience.one} acted on, "
        f"{action.per_order:g} per order"
        for action in actions(result.worth)
    )
    return Table(
        _with_profit(result.ways),
        caption=(
            f"Expected profit {audience.judged} per {PER:,} {audience.many} scored, shop currency; "
            f"acting on nobody brings 0. An order leaves {result.worth.margin:g}. Costs - {costs}. "
            f"{_assumed(result, audience)} `break-even` is the "
            "probability from which acting pays if probabilities are true, `chosen` the best "
            f"{audience.chosen}; a dash is nobody. In brackets: 95 % intervals over users."
        ),
    )


def profit_figure(result: ModelProfit, audience: Audience) -> Figure:
    """Profit by threshold, of any audience."""
    many = audience.many
    return Figure(
        plots.plot_profit(result.curves, result.ways, many),
        caption=(
            f"Expected profit {audience.judged} per {PER:,} {many} scored, by the "
            "probability from which one acts, on a log axis; the band is the 95 % interval over "
            f"users. The dot is the threshold that was best {audience.chosen}, the dashed line the "
            f"one that costs alone give. {_assumed(result, audience)} Deep losses are not drawn."
        ),
        alt=f"Expected profit by the probability from which one acts on {many}, by action.",
    )


def _assumed(result: ModelProfit, audience: Audience) -> str:
    added = f"{result.worth.uplift:.0%} to the purchases of those acted on"
    return f"Acting is assumed to add {added}; no log tells.{audience.note}"


def _with_profit(table: pd.DataFrame) -> pd.DataFrame:
    """Value and interval as one text, and no threshold where nobody is acted on."""
    ends = table[[*Interval._fields]].itertuples(index=False)
    text = [phrases.interval(*one, ".1f") for one in ends]
    known = table["threshold"].where(np.isfinite(table["threshold"]))
    return table.assign(threshold=known, profit=text).drop(columns=[*Interval._fields])
