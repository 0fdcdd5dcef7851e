"""The numbered figures and tables of this step, with captions computed from what they show."""

import pandas as pd

from trackway.recommend import comparison, examples, plots, serve, store
from trackway.recommend.comparison import MAIN, Comparison, K
from trackway.recommend.ladder import BASELINE, HYBRID, SEGMENT, TOWERS
from trackway.report import Page

OVER_USERS = "95 % intervals over users"
SERVED = 5  # products in the example answers


def protocol(page: Page, number: int, compared: Comparison) -> None:
    """Who is judged, on what, at each of the two cuts."""
    if compared.why_not:
        return page.cannot("Table", number, "protocol", compared.why_not)
    table = pd.DataFrame(compared.counted).map(_said)
    return page.table(
        number,
        table.rename_axis("what"),
        "protocol",
        caption=(
            "What is known at each cut and what the ladder is judged by after it. A pair is "
            "a user and a product that met, counted once, and so are the views and purchases. "
            "Everything is chosen on the validation part; the test part is looked at once."
        ),
    )


def _said(one: object) -> str:
    return f"{one:%Y-%m-%d %H:%M:%S}" if isinstance(one, pd.Timestamp) else f"{int(one):,}"


def ladder(page: Page, number: int, compared: Comparison) -> None:
    """NDCG of every rung."""
    if compared.why_not:
        return page.cannot("Figure", number, "ladder", compared.why_not)
    users = {
        kind: int(compared.row(BASELINE, "views", kind, "ndcg", 10)["users"])
        for kind in ("all", "new", "repeat")
    }
    return page.figure(
        number,
        plots.ladder(compared.rated, list(compared.judged)),
        "ladder",
        caption=(
            f"NDCG at 10 on the test part, the whole catalogue of "
            f"{compared.later.history.shape[1]:,} products ranked, ties counted against; "
            f"{OVER_USERS}. {users['all']:,} users viewed something, {users['new']:,} something "
            f"new to them (ranked without what they had met), {users['repeat']:,} something again. "
            "Red: learned by a network or by boosting."
        ),
        alt="NDCG at 10 of every recommender, for views and purchases, new and repeated.",
    )


def scores(page: Page, number: int, compared: Comparison) -> None:
    """Every rung: accuracy and what its lists are like."""
    if compared.why_not:
        return page.cannot("Table", number, "scores", compared.why_not)
    wide = compared.rated["value"].xs(("views", "all", K), level=("outcome", "kind", "k"))
    table = wide.unstack("metric").reindex(compared.judged)[["recall", "ndcg"]]
    table.insert(0, "validation", compared.chosen.validation["all"])
    return page.table(
        number,
        table.join(compared.lists).rename_axis("model"),
        "scores",
        caption=(
            f"All views, at {K}, on the test part; `validation`: NDCG there, which a choice may "
            "rest on. `coverage`: share of the catalogue shown to anybody; `diversity`: 1 minus "
            "the mean likeness within a list; `novelty`: bits; `popularity`: of what is shown over "
            "what was chosen. Every metric at 5, 10 and 20, by kind of outcome, with its interval, "
            "is in `metrics.csv`."
        ),
    )


def everything(page: Page, number: int, compared: Comparison) -> None:
    """The long table of all metrics."""
    if compared.why_not:
        return page.cannot("Table", number, "metrics", compared.why_not)
    table = compared.rated.reset_index()
    return page.table(
        number,
        table,
        "metrics",
        caption=(
            f"Every metric, by model, outcome, kind and length of the list, with {OVER_USERS}. "
            "`users` are those who chose something of the kind."
        ),
        rows=12,
    )


def differences(page: Page, number: int, compared: Comparison) -> None:
    """Each rung against the best single one."""
    if compared.why_not:
        return page.cannot("Figure", number, "differences", compared.why_not)
    return page.figure(
        number,
        plots.differences(compared.paired, list(compared.judged), compared.best),
        "differences",
        caption=(
            f"Each rung minus {compared.best}, the best single one on the validation part, user by "
            f"user, with {OVER_USERS}. Left of the line a rung is worse; an interval across it "
            "cannot be told from it."
        ),
        alt=f"Paired differences of NDCG at 10 of each recommender to {compared.best}.",
    )


def curves(page: Page, number: int, compared: Comparison) -> None:
    """How the networks learned."""
    if compared.why_not:
        return page.cannot("Figure", number, "curves", compared.why_not)
    said = "; ".join(f"{name} {epoch}" for name, epoch in compared.chosen.epochs.items())
    return page.figure(
        number,
        plots.curves(compared.chosen.curves),
        "curves",
        caption=(
            "Loss after each epoch, as of the earlier cut. The two networks answer different "
            "questions and the two lines hold different products drawn, so heights do not compare; "
            f"what counts is where the validation line ends to fall (epochs kept: {said})."
        ),
        alt="Training and validation loss by epoch of both networks.",
    )


def cold(page: Page, number: int, compared: Comparison, settings: dict, seed: int) -> None:
    """Users and products nobody knew before the cut."""
    if compared.why_not:
        return page.cannot("Table", number, "cold", compared.why_not)
    users = comparison.among(
        compared, comparison.warmth(compared.later), settings["replicates"], seed
    )
    products = comparison.cold_products(compared)
    table = users["value"].unstack("group").reindex(compared.judged)
    table.columns = [f"ndcg, users {name}" for name in table]
    found = products["found"].unstack("products").reindex(compared.judged)
    found.columns = [f"found, products {name}" for name in found]
    counts = users.xs(BASELINE, level="model")["users"]
    choices = products.xs(BASELINE, level="model")["choices"]
    return page.table(
        number,
        table.join(found).rename_axis("model"),
        "cold",
        caption=(
            "NDCG at 10 of views, by whether the user was known before the cut ("
            + ", ".join(f"{name}: {n:,} users" for name, n in counts.items())
            + "), and the share of viewed products found among the first 20, by whether the "
            "product was ("
            + ", ".join(f"{name}: {n:,} views" for name, n in choices.items())
            + "). A dash: there was none."
        ),
    )


def tradeoff(page: Page, number: int, table: pd.DataFrame | None, compared: Comparison) -> None:
    """The price of diversity."""
    if table is None:
        return page.cannot("Figure", number, "diversity", compared.why_not)
    return page.figure(
        number,
        plots.tradeoff(table, compared.best_new),
        "diversity",
        caption=(
            f"The lists of {compared.best_new}, which finds new products best on validation, "
            "re-ranked by maximal marginal relevance; the number at a point is "
            f"`diversity_weight`. NDCG at 10 of views with {OVER_USERS}."
        ),
        alt="NDCG at 10 against diversity and coverage as the weight on diversity grows.",
    )


def segments(page: Page, number: int, compared: Comparison, settings: dict, seed: int) -> None:
    """Where knowing the segment helps."""
    if compared.why_not:
        return page.cannot("Figure", number, "segments", compared.why_not)
    groups = comparison.segments_of(compared.later)
    table = comparison.among(compared, groups, settings["replicates"], seed)
    models = [SEGMENT, compared.best, HYBRID]
    helped = table.xs(SEGMENT, level="model")
    better = helped.index[helped["gain_low"] > 0].tolist()
    worse = helped.index[helped["gain_high"] < 0].tolist()
    return page.figure(
        number,
        plots.segments(table, models),
        "segments",
        caption=(
            f"NDCG at 10 of views gained over what is popular with all, by segment at the cut (in "
            f"brackets: judged users), with {OVER_USERS}. What is popular in the segment is better "
            f"for {', '.join(better) or 'none'}; worse for {', '.join(worse) or 'none'}; for the "
            "others it cannot be told."
        ),
        alt="Gain over the most popular by customer segment, for three recommenders.",
    )


def users(page: Page, number: int, compared: Comparison, n: int, seed: int) -> None:
    """A few users and what they would have been shown."""
    if compared.why_not:
        return page.cannot("Table", number, "users", compared.why_not)
    models = list(dict.fromkeys([BASELINE, compared.best, TOWERS, HYBRID]))
    chosen = examples.some_users(compared, n, seed)
    return page.table(
        number,
        examples.table(compared, chosen, models),
        "users",
        caption=(
            f"{len(chosen)} users, drawn among those known before: the products met last (the "
            "latest first), what they chose after the cut, and what four models would have shown. "
            "Kind, brand and price; * is a product the user then viewed."
        ),
    )


def headlines(page: Page, compared: Comparison) -> None:
    """The step's figures for the index page."""
    if compared.why_not:
        page.headline("What to show whom", "not judged: too few users")
        return
    row, base = compared.row(HYBRID, *MAIN), compared.row(BASELINE, *MAIN)
    page.headline(
        "Views ranked by the hybrid, NDCG at 10",
        f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}] "
        f"(most popular {base['value']:.3f})",
    )


def served(page: Page, number: int, compared: Comparison) -> None:
    """What `recommend_products_for_user` answers for a user who is known and for one who is not."""
    if compared.why_not:
        return page.cannot("Table", number, "served", compared.why_not)
    server = serve.Server(store.read())
    known = int(server.stored.users.index[0])
    unknown = int(compared.later.history.users.max()) + 1
    answers = {
        user: server.recommend(user, SERVED, compared.settings["diversity_weight"])
        for user in (known, unknown)
    }
    table = pd.concat(answers, names=["user_id", "place"]).reset_index("user_id")
    ids = {name: table[name].astype(str) for name in ("user_id", "product_id")}
    return page.table(
        number,
        table.assign(**ids).drop(columns="category_id").reset_index(drop=True),
        "served",
        caption=(
            f"`recommend_products_for_user(user_id, top_n={SERVED})` for the first user known and "
            "for an id that nobody has."
        ),
    )
