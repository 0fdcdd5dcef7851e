"""The exhibits of this step, with captions computed from what they show."""

import pandas as pd

from trackway.categories.evaluation import HIDDEN
from trackway.core.cannot import Cannot, need
from trackway.recommend import plots
from trackway.recommend.evaluation import KINDS, K
from trackway.recommend.models.ladder import BASELINE, HYBRID, SEGMENT
from trackway.recommend.next_basket import page as next_baskets
from trackway.recommend.study import Study, shown_to_users
from trackway.recommend.users import shown_of
from trackway.report import Page, exhibits, truth_table
from trackway.report.exhibits import Figure, Table
from trackway.report.phrases import NOT_TOLD_APART
from trackway.report.truth_table import Line

OVER_USERS = "95 % intervals over users"


@exhibits.table("protocol")
def protocol(study: Study) -> Table:
    """Who is judged, on what, at each of the two cuts."""
    return Table(
        need(study.comparison).protocol.map(_written),
        caption=(
            "What is known at each cut and what the ladder is judged by after it. A pair is "
            "a user and a product that met, counted once, and so are the "
            f"{' and '.join(need(study.comparison).snapshot.outcomes)}. "
            "Everything is chosen on the validation part; the test part is looked at once."
        ),
    )


def _written(one: object) -> str:
    return f"{one:%Y-%m-%d %H:%M:%S}" if isinstance(one, pd.Timestamp) else f"{int(one):,}"


@exhibits.figure("ladder")
def ladder(study: Study) -> Figure:
    """NDCG of every rung."""
    compared = need(study.comparison)
    users = {kind: int(compared.score(BASELINE, kind, "ndcg", K)["users"]) for kind in KINDS}
    return Figure(
        plots.plot_ladder(compared.scores, compared.models),
        caption=(
            f"NDCG at 10 on the test part, the whole catalogue of "
            f"{compared.snapshot.history.shape[1]:,} products ranked, ties counted against; "
            f"{OVER_USERS}. {users['all']:,} users {compared.did} something, {users['new']:,} "
            f"something new to them (ranked without what they had met), {users['repeat']:,} "
            "something again. Red: learned by a network or by boosting."
        ),
        alt="NDCG at 10 of every recommender, for "
        f"{' and '.join(compared.snapshot.outcomes)}, new and repeated.",
    )


@exhibits.table("scores")
def scores(study: Study) -> Table:
    """Every rung: accuracy and what its lists are like; or what is popular alone."""
    if isinstance(study.popular, pd.DataFrame):
        return _popular(study.popular)
    compared = need(study.comparison)
    wide = compared.scores["value"].xs((compared.act, "all", K), level=("outcome", "kind", "k"))
    table = wide.unstack("metric").reindex(compared.models)[["recall", "ndcg"]]
    table.insert(0, "validation", compared.selection.validation["all"])
    return Table(
        table.join(compared.lists).rename_axis("model"),
        caption=(
            f"All {compared.act}, at {K}, on the test part; `validation`: NDCG there, which a "
            "choice may rest on. `coverage`: share of the catalogue shown to anybody; "
            "`diversity`: 1 minus the mean likeness within a list; `novelty`: bits; `popularity`: "
            "of what is shown over what was chosen. Every metric at 5, 10 and 20, by kind of "
            "outcome, with its interval, is in `metrics.csv`."
        ),
    )


def _popular(judged: pd.DataFrame) -> Table:
    rows = judged.xs((BASELINE, "all", K), level=("model", "kind", "k"))
    return Table(
        rows.dropna().reset_index(),
        caption=(
            f"What is most popular, which needs nobody's history, on the test part: each user is "
            f"shown the same list, of {K} at most. With {OVER_USERS}."
        ),
    )


@exhibits.table("metrics")
def every_metric(study: Study) -> Table:
    """The long table of all metrics."""
    return Table(
        need(study.comparison).scores.reset_index(),
        caption=(
            f"Every metric, by model, outcome, kind and length of the list, with {OVER_USERS}. "
            "`users` are those who chose something of the kind."
        ),
        rows=12,
    )


@exhibits.figure("differences")
def differences(study: Study) -> Figure:
    """Each rung against the best single one."""
    compared = need(study.comparison)
    return Figure(
        plots.plot_differences(compared.differences, compared.act, compared.models, compared.best),
        caption=(
            f"Each rung minus {compared.best}, the best single one on the validation part, user by "
            f"user, with {OVER_USERS}. Left of the line a rung is worse; where the interval lies "
            f"across it, the two {NOT_TOLD_APART}."
        ),
        alt=f"Paired differences of NDCG at 10 of each recommender to {compared.best}.",
    )


def next_basket(page: Page, study: Study) -> None:
    """What the next basket of a customer can be told by, where there are orders."""
    next_baskets.shown(page, study.next_basket)


@exhibits.figure("curves")
def curves(study: Study) -> Figure:
    """How the networks learned."""
    selected = need(study.comparison).selection
    kept = "; ".join(f"{name} {epoch}" for name, epoch in selected.epochs.items())
    return Figure(
        plots.plot_curves(selected.curves),
        caption=(
            "Loss after each epoch, as of the earlier cut. The two networks answer different "
            "questions and the two lines hold different products drawn, so heights do not compare; "
            f"what counts is where the validation line ends to fall (epochs kept: {kept})."
        ),
        alt="Training and validation loss by epoch of both networks.",
    )


@exhibits.table("cold")
def cold(study: Study) -> Table:
    """Users and products nobody knew before the cut."""
    compared = need(study.comparison)
    users, products = compared.by_warmth, compared.by_novelty
    ndcg = users["value"].unstack("group").reindex(compared.models)
    share = products["found"].unstack("products").reindex(compared.models)
    n_users = users.xs(BASELINE, level="model")["users"]
    n_chosen = products.xs(BASELINE, level="model")["choices"]
    return Table(
        ndcg.add_prefix("ndcg, users ")
        .join(share.add_prefix("found, products "))
        .rename_axis("model"),
        caption=(
            f"NDCG at 10 of {compared.act}, by whether the user was known before the cut ("
            + ", ".join(f"{name}: {n:,} users" for name, n in n_users.items())
            + f"), and the share of {compared.did} products found among the first 20, by whether "
            "the product was ("
            + ", ".join(f"{name}: {n:,} {compared.act}" for name, n in n_chosen.items())
            + "). A dash: there was none."
        ),
    )


@exhibits.figure("diversity")
def diversity(study: Study) -> Figure:
    """The price of diversity."""
    compared = need(study.comparison)
    return Figure(
        plots.plot_tradeoff(compared.tradeoff, compared.best_new),
        caption=(
            f"The lists of {compared.best_new}, which finds new products best on validation, "
            "re-ranked by maximal marginal relevance; the number at a point is "
            f"`diversity_weight`. NDCG at 10 of {compared.act} with {OVER_USERS}."
        ),
        alt="NDCG at 10 against diversity and coverage as the weight on diversity grows.",
    )


@exhibits.figure("segments")
def segments(study: Study) -> Figure:
    """Where knowing the segment helps."""
    compared = need(study.comparison)
    gains = compared.by_segment.xs(SEGMENT, level="model")
    better = gains.index[gains["gain_low"] > 0].tolist()
    worse = gains.index[gains["gain_high"] < 0].tolist()
    return Figure(
        plots.plot_segments(compared.by_segment, [SEGMENT, compared.best, HYBRID]),
        caption=(
            f"NDCG at 10 of {compared.act} gained over what is popular with all, by segment at the "
            f"cut (in brackets: judged users), with {OVER_USERS}. What is popular in the segment "
            f"is better for {', '.join(better) or 'none'}; worse for "
            f"{', '.join(worse) or 'none'}; for the others the two {NOT_TOLD_APART}."
        ),
        alt="Gain over the most popular by customer segment, for three recommenders.",
    )


@exhibits.table("users")
def users(study: Study) -> Table | Cannot:
    """A few users and what they would have been shown."""
    compared = need(study.comparison)
    table = compared.users
    if table.empty:
        return Cannot(
            f"Of {len(compared.snapshot.target.rows):,} users judged, 0 had met "
            f"{shown_of(compared.snapshot)} products before the cut and {compared.did} something "
            "after it."
        )
    models = {2: "two", 3: "three", 4: "four"}[len(shown_to_users(compared.best))]
    return Table(
        table,
        caption=(
            f"{table['user'].nunique()} users, drawn among those known before: the products met "
            "last (the latest first), what they chose after the cut, and what "
            f"{models} models would have shown. Kind, brand and price; * is a product the user "
            f"then {compared.did}."
        ),
    )


@exhibits.table("categories")
def categories(study: Study) -> Table:
    """How often each way of telling a category is right."""
    judged = need(study.categories)
    words = judged.rates[["right", "department"]].map(str, na_action="ignore")
    return Table(
        judged.rates.assign(**words).reset_index(),
        caption=(
            f"{judged.known:,} products with a category, hidden in turn and told by the others. "
            "`right`: share of the answers that are, with 95 % intervals over what was hidden "
            "together; `department`: the same of the first word alone. The classifier is sure "
            f"from a confidence of {judged.confidence:g} on, and leaves the rest open."
        ),
    )


@exhibits.figure("categories")
def confidence(study: Study) -> Figure:
    """What is right by how much is answered, and whether the confidence is what it says."""
    judged = need(study.categories)
    brand = {way: one["by_brand"].eq(one["code"]).mean() for way, one in judged.answered.items()}
    shares = "; ".join(f"{HIDDEN[way]} {share:.1%}" for way, share in brand.items())
    return Figure(
        plots.plot_confidence(judged.coverage, judged.calibration, brand),
        caption=(
            "Left: of the products answered, the most certain first, the share that is right; "
            f"dotted, the most frequent category of the brand ({shares}). Right: the confidence "
            "and how often it comes true, in bins of equal size, with 95 % intervals over what was "
            "hidden together; on the diagonal it is what it says."
        ),
        alt="Share of right categories by share answered, and calibration of the confidence.",
    )


@exhibits.table("truth")
def truth(lines: list[Line] | Cannot | None) -> Table | Cannot:
    """The ladder beside what the true tastes would reach."""
    caption = "Judged as above; a model may pass the bound where a want is under way."
    return truth_table.beside(lines, caption=caption, digits=4)


@exhibits.table("served")
def served(answers: pd.DataFrame | Cannot) -> Table:
    """What `recommend_products_for_user` answers for a user who is known and for one who is not."""
    table = need(answers)
    n = len(table) // table["user_id"].nunique()
    ids = table[["user_id", "product_id"]].astype(str)
    return Table(
        table.assign(**ids).drop(columns="category_id").reset_index(drop=True),
        caption=(
            f"`recommend_products_for_user(user_id, top_n={n})` for the first user known "
            "and for an id that nobody has."
        ),
    )
