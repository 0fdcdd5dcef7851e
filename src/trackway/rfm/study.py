"""Runs the step once: scores, segments, clusters, forecast and behaviours at one moment."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from trackway import engine
from trackway.core.cannot import Cannot, need, or_cannot
from trackway.params.rfm import Rfm
from trackway.report.run import Run
from trackway.rfm import behaviour, clusters, data, models, scores, segments, truth
from trackway.rfm import forecast as forecasts
from trackway.rfm import spread as spreads
from trackway.rfm.clusters import Choice
from trackway.rfm.forecast import Forecast
from trackway.rfm.models import Model
from trackway.rfm.spread import Spread
from trackway.rfm.truth import KindAgreement


@dataclass(frozen=True)
class Views:
    """Two other views of the customers on whom numbers of clusters are compared.

    Attributes
    ----------
    cluster : int array, shape (N,), from 1
    points : float array, shape (N, 2)
        On the principal components of `pca`.
    linkage : float array, shape (N - 1, 4)
        Ward's tree.
    agreement : float
        Adjusted Rand index of that tree, cut into as many groups, with the clusters.
    """

    cluster: np.ndarray
    points: np.ndarray
    pca: PCA
    linkage: np.ndarray
    agreement: float


@dataclass(frozen=True)
class Study:
    """What is known of users and customers as of one moment.

    Attributes
    ----------
    run : Run
    as_of : Timestamp, UTC
        The moment; itself excluded.
    money_unit : str
        What `money` counts.
    users : lazy table, one row per user
        What they did (`data.users`), and ``behaviour``.
    customers : lazy table, one row per buyer
        recency_days, frequency, money, scores, ``segment``, and ``cluster``, null without clusters.
    spread : how recency, frequency and money are distributed; Cannot where nobody bought
    score_ranges : DataFrame, what each score stands for (`scores.ranges`)
    other_rules : DataFrame, share of customers scored otherwise by another rule (`scores.compare`)
    segments : DataFrame, one row per segment (`segments.profile`)
        Cannot where all customers are equal in a measure.
    compared : DataFrame, the customers on whom numbers of clusters are compared
    n_fitted : int
        Customers on whom the clusters are fitted.
    choice, model : the number of clusters, and the clusters
    clusters : DataFrame, one row per cluster (`segments.groups`)
    views : principal components and tree of those `compared`
    forecast : how well the groupings foretell spend
    behaviours : DataFrame, one row per behaviour (`behaviour.profile`)
    order : str, what an order is
    returned : data.Returned, or None where the source does not tell of returns
    undecided : int
        Users without an order who were there shortly before `as_of`.
    kinds : agreement of clusters and segments with the planted kinds
    """

    run: Run[Rfm]
    as_of: pd.Timestamp
    money_unit: str
    order: str
    users: ir.Table
    customers: ir.Table
    spread: Spread | Cannot
    score_ranges: pd.DataFrame
    other_rules: pd.DataFrame
    segments: pd.DataFrame | Cannot
    compared: pd.DataFrame
    n_fitted: int
    choice: Choice | Cannot
    model: Model | Cannot
    clusters: pd.DataFrame
    views: Views | Cannot
    forecast: Forecast | Cannot
    behaviours: pd.DataFrame
    returned: data.Returned | None
    undecided: int
    kinds: KindAgreement | Cannot


def study(run: Run[Rfm], events: ir.Table) -> Study:
    """Describe and group everybody in `events`, a lazy table as `01_sampling` writes it.

    Raises
    ------
    InputError
        If nothing has happened before ``rfm.as_of``, or ``rfm.k`` asks for more clusters than
        there can be.
    """
    settings, as_of = run.settings, data.moment(run.settings.as_of, run.facts)
    rules = settings.frequent_orders, settings.browse_views
    counted = engine.store(data.users(events, as_of, run.facts.has_price))
    bought = engine.store(data.customers(counted, as_of))
    scored = engine.store(scores.score(bought, settings.scores))
    named = segments.assign(scored)
    compared = data.sample(named, settings.max_compared, run.seed)
    fitted = data.sample(named, settings.max_clustered, run.seed)
    sold = run.facts.has("purchase")
    choice = _choose(sold, run, compared)
    model = clusters.train(fitted, choice, run.seed)
    users = behaviour.name(counted, *rules)
    customers = engine.store(models.assign(named, model))
    behaviours = behaviour.profile(users, *rules, run.facts.event_types)
    assert behaviours["users"].sum() == counted.count().execute(), "a user has no behaviour"
    return Study(
        run=run,
        as_of=as_of,
        money_unit=data.money_unit(run.facts),
        order=data.NAMED if "order_id" in events.columns else data.VISITS,
        users=users,
        customers=customers,
        spread=sold if isinstance(sold, Cannot) else spreads.measure(bought),
        score_ranges=scores.ranges(scored),
        other_rules=scores.compare(bought, settings.scores),
        segments=_segments(sold, named),
        compared=compared,
        n_fitted=len(fitted),
        choice=choice,
        model=model,
        clusters=segments.groups(customers, "cluster"),
        views=_views(model, compared),
        forecast=forecasts.forecast(run, events, as_of, choice),
        behaviours=behaviours,
        returned=data.returned(counted),
        undecided=behaviour.undecided(users, as_of, pd.Timedelta(settings.undecided)),
        kinds=truth.kinds(run, customers, model),
    )


@or_cannot
def _choose(sold: object | Cannot, run: Run[Rfm], customers: pd.DataFrame) -> Choice | Cannot:
    need(sold)
    settings = run.settings
    return clusters.choose(customers, settings.k, settings.k_max, settings.null_draws, run.seed)


@or_cannot
def _segments(sold: object | Cannot, named: ir.Table) -> pd.DataFrame:
    need(sold)
    need(scores.differing(named))
    return segments.profile(named)


@or_cannot
def _views(model: Model | Cannot, compared: pd.DataFrame) -> Views:
    model = need(model)
    features, cluster = model.scale.features(compared), model.of(compared)
    linkage = models.ward(features)
    agreement = models.tree_agreement(linkage, cluster)
    return Views(cluster, *models.principal_components(features), linkage, agreement)
