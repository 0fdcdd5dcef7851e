"""The copied recipe mended one flaw at a time, in this shop and where nothing can be told.

Beside each mend stands what its flaw is worth alone: the honest question with that one flaw put
back. And below the honest step, as a check on the ablation itself, the same with a single column
from the future, which it must not miss.
"""

from dataclasses import dataclass, replace

import ibis.expr.types as ir
import pandas as pd

from trackway.core.cannot import Cannot
from trackway.evaluation import metrics
from trackway.evaluation.splits import TimeSplit
from trackway.intent.features import Context, registry
from trackway.intent.leakage import data, models, null_shop
from trackway.intent.leakage.data import Looks
from trackway.intent.leakage.models import Flaws, Predictions
from trackway.params.intent import Intent
from trackway.params.shared import Split
from trackway.report.run import Run
from trackway.tables.events import in_sample

METRICS = ["roc_auc", "pr_auc", "f1"]
NUMBERS = ["bought_share", *(m + e for m in METRICS for e in ("", "_low", "_high"))]
ALONE = [f"alone_{metric}" for metric in METRICS]


@dataclass(frozen=True)
class Leakage:
    """What each question claims.

    Attributes
    ----------
    shop, null : DataFrame, one row per step; see `ablation`
        In this shop, and in the shop of pure chance.
    """

    shop: pd.DataFrame
    null: pd.DataFrame


@dataclass(frozen=True)
class Shop:
    """What every step starts from.

    Attributes
    ----------
    events, sessions : lazy tables
    timezone : the shop's local time
    features : declared ones that the data carry
    split : the cut in time
    """

    events: ir.Table
    sessions: ir.Table
    timezone: str
    features: list[str]
    split: TimeSplit


def study(
    run: Run[Intent],
    events: ir.Table,
    sessions: ir.Table,
    features: list[str],
    split: TimeSplit,
) -> Leakage:
    """The ablation of a part of this shop, ``audit_sessions``, and of one of pure chance.

    Parameters
    ----------
    events, sessions : lazy tables, as `01_sampling` writes them
    features : declared ones that the data carry
    split : the cut in time
    """
    shop = Shop(events, sessions, run.facts.timezone, features, split)
    return Leakage(
        shop=ablation(run, drawn(shop, run.settings.audit_sessions, run.seed)),
        null=ablation(run, null_of(run.settings.null_sessions, run.shared.split, run.seed)),
    )


def null_of(n_sessions: int, shares: Split, seed: int) -> Shop:
    """The shop of pure chance, with the same features and the same cut."""
    events, sessions = null_shop.tables(n_sessions, seed)
    split = TimeSplit.of_table(sessions, **shares.model_dump())
    known = null_shop.FACTS
    features = registry.usable(known, split.train_end)
    return Shop(events, sessions, known.timezone, features, split)


def drawn(shop: Shop, max_sessions: int, seed: int) -> Shop:
    """Whole users of `shop`, with about `max_sessions` sessions: a smaller shop of its own."""
    share = min(1.0, max_sessions / max(int(shop.sessions.count().execute()), 1))
    events, sessions = (
        table.filter(in_sample(table.user_id, share, seed))
        for table in (shop.events, shop.sessions)
    )
    return replace(shop, events=events, sessions=sessions)


def ablation(run: Run[Intent], shop: Shop) -> pd.DataFrame:
    """Rate every step.

    Returns
    -------
    DataFrame, one row per step
        question, key : str, see `models.Step`
        tested, buyers : int
            Sessions in its test set; 0 where there are too few to ask.
        bought_share, and for each metric of `METRICS` <metric>, <metric>_low, <metric>_high : float
            Null where there are too few.
        alone_roc_auc, alone_pr_auc, alone_f1 : float
            Of the honest question with the flaw put back that this step is rid of.
    """
    context = Context(shop.events, shop.sessions, shop.timezone, run.settings.smoothing)
    seen = data.looks(context, str(run.settings.main))
    rows = []
    for step in models.steps():
        row = {"question": step.question, "key": step.key}
        row |= _rated(_predictions(step.flaws, seen, shop, run), run)
        if step.mended is not None:
            alone = _predictions(Flaws(**{step.mended: True}), seen, shop, run)
            row |= {f"alone_{name}": value for name, value in _points(alone).items()}
        rows.append(row)
    return pd.DataFrame(rows, columns=["question", "key", "tested", "buyers", *NUMBERS, *ALONE])


def _predictions(flaws: Flaws, seen: Looks, shop: Shop, run: Run[Intent]) -> Predictions | Cannot:
    examples = models.examples_of(flaws, seen, shop.features, shop.split, run.seed)
    return models.predict(examples, flaws.evened_test, run.settings, run.seed)


def _points(made: Predictions | Cannot) -> dict[str, float]:
    if isinstance(made, Cannot):
        return {}
    points = metrics.point_scores(made.y_true, made.y_proba, made.threshold)
    return {metric: points[metric] for metric in METRICS}


def _rated(made: Predictions | Cannot, run: Run[Intent]) -> dict[str, float]:
    if isinstance(made, Cannot):
        return {"tested": 0, "buyers": 0}
    rated = metrics.scores(made.y_true, made.y_proba, made.users, made.threshold, *run.bootstrap)
    numbers = {"bought_share": made.y_true.mean()}
    for metric in METRICS:
        value, low, high = rated.loc[metric]
        numbers |= {metric: value, f"{metric}_low": low, f"{metric}_high": high}
    return {"tested": len(made.y_true), "buyers": int(made.y_true.sum())} | numbers
