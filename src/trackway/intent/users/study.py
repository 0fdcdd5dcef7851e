"""Users at dates: what was known of them, who of them buys, and what it is worth to know."""

from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from trackway.core.cannot import Cannot, need, or_cannot
from trackway.evaluation.calibration import calibration_table
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent import evaluation
from trackway.intent.profit.study import ModelProfit, of_model
from trackway.intent.users import data, models, profit
from trackway.intent.users.data import Calendar
from trackway.intent.users.models import Snapshot
from trackway.params.intent import Intent
from trackway.report.run import Run


@dataclass(frozen=True)
class Evaluation:
    """The models of users at every date that can be tested on.

    Attributes
    ----------
    snapshots : the dates with their users and models, the earliest first
    chosen : the model that was best where the first choices were made
    rated : date to every model on the same users
    drift : DataFrame, see `models.drift`
    calibration : DataFrame, see `evaluation.calibration.calibration_table`
        Of the chosen model at the last date.
    profit : what acting on users at the last date brings
    by_date : DataFrame, see `profit.by_date`
    """

    snapshots: list[Snapshot]
    chosen: str
    rated: dict[str, PairedEvaluation]
    drift: pd.DataFrame
    calibration: pd.DataFrame
    profit: ModelProfit
    by_date: pd.DataFrame

    @property
    def last(self) -> Snapshot:
        """The last date."""
        return self.snapshots[-1]


@dataclass(frozen=True)
class Users:
    """Who buys in the days after a date.

    Attributes
    ----------
    calendar : the dates asked about
    people : DataFrame, one row per date and user; see `data.examples`
    dates : DataFrame, see `data.by_date`; or why the data carry no date
    evaluation : the models, or why they cannot be judged
    """

    calendar: Calendar
    people: pd.DataFrame
    dates: pd.DataFrame | Cannot
    evaluation: Evaluation | Cannot


def study(run: Run[Intent], events: ir.Table, sessions: ir.Table) -> Users:
    """Users at the dates that the data carry, models of them, and what these are worth.

    Parameters
    ----------
    events, sessions : lazy tables, as `01_sampling` writes them
    """
    settings = run.settings.users
    calendar = Calendar.of(run.facts, settings.history_days, settings.horizon_days, settings.dates)
    people = data.load(events, sessions, calendar, settings.max_users, run.seed)
    evaluated = evaluate(run, people, calendar)
    dates = data.by_date(people, calendar) if calendar.dates else evaluated
    return Users(calendar, people, dates, evaluated)


@or_cannot
def evaluate(run: Run[Intent], people: pd.DataFrame, calendar: Calendar) -> Evaluation:
    """Models of `people` at each of the dates.

    Parameters
    ----------
    people : DataFrame, one row per date and user; see `data.examples`
    """
    features, settings = data.usable(run.facts), run.settings
    snapshots = need(models.snapshots(people, calendar, features, settings, run.seed))
    chosen, last = models.choose(snapshots[0]), snapshots[-1]
    test, scored = last.examples.of("test"), last.ladder[chosen]
    return Evaluation(
        snapshots=snapshots,
        chosen=chosen,
        rated=evaluation.evaluate_all(
            {one.date: one.ladder for one in snapshots},
            {one.date: one.examples for one in snapshots},
            *run.bootstrap,
        ),
        drift=models.drift(snapshots, chosen, *run.bootstrap),
        calibration=calibration_table(
            test["bought"], scored.test, test["user_id"], settings.bins, *run.bootstrap
        ),
        profit=of_model(profit.costs(settings), scored, last.examples, *run.bootstrap),
        by_date=profit.by_date(snapshots, chosen, profit.costs(settings), *run.bootstrap),
    )
