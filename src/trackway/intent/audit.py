"""What a leak would have claimed: the widely copied recipe, mended one flaw at a time.

The recipe keeps a session's events up to and including its first purchase, lets those who do not
buy run to their end, or to the end of the data, adds totals and encodings taken from all of the
data, evens the whole out at 1:1, cuts it at random, and says yes from one half on. One forest
with the recipe's own features goes up every rung, so what changes is the question asked of it.
What knows most of the future is mended first: while it is there it hides all else.

Beside each mend stands what its flaw is worth alone: the honest question with that one flaw put
back. And below the honest rung, as a check on the audit itself, the same with a single column
from the future, which it must not miss.
"""

from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from imblearn.under_sampling import RandomUnderSampler

from trackway.evaluation import metrics
from trackway.evaluation.splits import PARTS, STRADDLES, TimeSplit
from trackway.intent import leaky, models, null_shop
from trackway.intent.declared import usable
from trackway.intent.features import Context
from trackway.intent.leaky import Looks
from trackway.intent.parts import Examples
from trackway.tables.events import in_sample

RECIPE = [  # what such recipes look at, of what is declared; the rates stand for encodings
    "view_count",
    "cart_count",
    "unique_items",
    "session_duration_s",
    "avg_price",
    "max_price",
    "hour",
    "weekday",
    "past_sessions",
    "past_orders",
    "item_rate",
    "category_rate",
]
METRICS = ["roc_auc", "pr_auc", "f1"]
NUMBERS = ["bought_share", *(m + e for m in METRICS for e in ("", "_low", "_high"))]
COPIED, HONEST, CANARY = "copied", "honest", "canary"


@dataclass(frozen=True)
class Flaws:
    """What is wrong with a recipe; nothing, as it stands here.

    Attributes
    ----------
    future_totals : the user's sessions and orders are counted over the whole data
    fitted_on_all : products and categories are encoded by labels of all rows
    purchase_seen : the purchase itself is among the events seen
    buyers_cut : buyers are cut at their purchase, others run to the end of what there is
    random_rows : rows are dealt to the parts at random, not by time
    evened_test : every part is evened out at 1:1, and yes is said from one half on
    canary : a column from the future is added; no recipe's flaw, but a check on the audit
    """

    future_totals: bool = False
    fitted_on_all: bool = False
    purchase_seen: bool = False
    buyers_cut: bool = False
    random_rows: bool = False
    evened_test: bool = False
    canary: bool = False


MENDS = {  # the flaw each rung is rid of, in order
    "future_totals": "users' totals end where the session starts",
    "fitted_on_all": "products are rated by earlier days alone",
    "purchase_seen": "the purchase itself is not seen",
    "buyers_cut": "everyone is asked at the same moment, undecided",
    "random_rows": "the parts are cut in time, not at random",
    "evened_test": "tested at the natural share of buyers: honest",
}
TITLES = {COPIED: "the copied recipe"} | MENDS | {CANARY: "honest, but for a column of the future"}
ALONE_IS = {  # each flaw, where it is spoken of by itself
    "future_totals": "users' totals over all of the data",
    "fitted_on_all": "encodings fitted on all rows",
    "purchase_seen": "the purchase among the events seen",
    "buyers_cut": "buyers cut at their purchase, and others not",
    "random_rows": "parts dealt at random",
    "evened_test": "a test set evened out",
}
# a rung is called by the flaw it is rid of; the last mend leaves nothing wrong
KEYS = {"evened_test": HONEST}
ALONE = [f"alone_{metric}" for metric in METRICS]


@dataclass(frozen=True)
class Shop:
    """What every rung starts from."""

    events: ir.Table
    sessions: ir.Table
    timezone: str
    features: list[str]
    split: TimeSplit


def null(n_sessions: int, shares: dict[str, float], seed: int) -> Shop:
    """The shop of pure chance, with the same features and the same cut."""
    events, sessions = null_shop.tables(n_sessions, seed)
    split = TimeSplit.of_table(sessions, **shares)
    known = null_shop.FACTS
    return Shop(events, sessions, known.timezone, usable(known, split.train_end), split)


def drawn(shop: Shop, max_sessions: int, seed: int) -> Shop:
    """Whole users of `shop`, with about `max_sessions` sessions: a smaller shop of its own."""
    share = min(1.0, max_sessions / max(int(shop.sessions.count().execute()), 1))
    events, sessions = (
        table.filter(in_sample(table.user_id, share, seed))
        for table in (shop.events, shop.sessions)
    )
    return replace(shop, events=events, sessions=sessions)


def rungs() -> dict[str, tuple[Flaws, Flaws | None]]:
    """Every rung by its title: the flaws it still has, and the one it is rid of, alone.

    Examples
    --------
    >>> [title for title, (flaws, _) in rungs().items() if flaws == Flaws()]
    ['tested at the natural share of buyers: honest']
    """
    flaws = Flaws(**dict.fromkeys(MENDS, True))
    found: dict[str, tuple[Flaws, Flaws | None]] = {TITLES[COPIED]: (flaws, None)}
    for name, title in MENDS.items():
        flaws = replace(flaws, **{name: False})
        found[title] = flaws, Flaws(**{name: True})
    return found | {TITLES[CANARY]: (Flaws(canary=True), None)}


def climb(shop: Shop, settings: dict, seed: int) -> pd.DataFrame:
    """Rate every rung.

    Returns
    -------
    DataFrame, one row per rung
        rung, key : str
        tested, buyers : int
            Sessions in its test set; 0 where there are too few to ask.
        bought_share, and for each metric of `METRICS` <metric>, <metric>_low, <metric>_high
            Null where there are too few.
        alone_roc_auc, alone_pr_auc, alone_f1 : float
            Of the honest question with the flaw put back that this rung is rid of.
    """
    context = Context(shop.events, shop.sessions, shop.timezone, settings["smoothing"])
    seen = leaky.looks(context, str(settings["main"]))
    rows = []
    for (title, (flaws, alone)), key in zip(rungs().items(), [COPIED, *MENDS, CANARY], strict=True):
        row = {"rung": title, "key": KEYS.get(key, key)} | _rated(flaws, seen, shop, settings, seed)
        if alone is not None:
            said = _asked(alone, seen, shop, settings, seed)
            row |= {f"alone_{name}": value for name, value in _points(said).items()}
        rows.append(row)
    return pd.DataFrame(rows, columns=["rung", "key", "tested", "buyers", *NUMBERS, *ALONE])


@dataclass(frozen=True)
class Said:
    """What a recipe said of its test set: truth, probability, users, and from where it says yes."""

    truth: np.ndarray
    probability: np.ndarray
    users: np.ndarray
    threshold: float


def examples_of(flaws: Flaws, seen: Looks, shop: Shop, seed: int) -> Examples:
    """The rows, features and parts that a recipe with these flaws would take."""
    if flaws.buyers_cut:
        rows = seen.with_purchase if flaws.purchase_seen else seen.before_purchase
    else:
        rows = seen.at_moment
        rows = rows if flaws.purchase_seen else rows[rows["undecided"]]
    parts = shop.split.part(rows["started"], rows["ended"])
    if flaws.random_rows:
        parts = _dealt(parts, seed)
    rows = rows.assign(part=parts)[parts != STRADDLES]
    if flaws.evened_test:
        rows = pd.concat([_evened(rows[rows["part"] == part], seed) for part in PARTS])
    return Examples(rows.reset_index(drop=True), _features(flaws, shop.features), shop.split)


def _features(flaws: Flaws, honest: list[str]) -> list[str]:
    swapped = (leaky.TOTALS if flaws.future_totals else {}) | (
        leaky.CODES if flaws.fitted_on_all else {}
    )
    known = [name for name in RECIPE if name in honest]
    return [swapped.get(name, name) for name in known] + [leaky.CANARY] * flaws.canary


def _dealt(parts: np.ndarray, seed: int) -> np.ndarray:
    """The same sizes of the parts, dealt at random; sessions on a cut are dealt out too."""
    if not np.isin(parts, PARTS).any():  # nobody lies in a part of time
        return parts
    sizes = [(parts == part).mean() for part in PARTS]
    random = np.random.default_rng(seed)
    return random.choice(np.array(PARTS, dtype=object), len(parts), p=np.divide(sizes, sum(sizes)))


def _evened(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    if rows["bought"].nunique() < 2:
        return rows
    even, _ = RandomUnderSampler(random_state=seed).fit_resample(rows, rows["bought"])
    return even


def _asked(flaws: Flaws, seen: Looks, shop: Shop, settings: dict, seed: int) -> Said | None:
    """Fit the forest, and let it speak of the test set; None where there are too few."""
    taken = examples_of(flaws, seen, shop, seed)
    if taken.too_few(settings["min_buyers"]):
        return None
    train, validation, test = (taken.of(part) for part in PARTS)
    forest = models.unbalanced(models.FOREST, taken.features, settings, seed)
    forest.fit(train[taken.features], train["bought"])
    # asked directly, as `models.probability` would refuse rows from before the cut
    on_validation, on_test = (
        forest.predict_proba(part[taken.features])[:, 1] for part in (validation, test)
    )
    own = metrics.best_f1_threshold(validation["bought"], on_validation)
    truth = test["bought"].to_numpy(dtype=bool)
    return Said(truth, on_test, test["user_id"].to_numpy(), 0.5 if flaws.evened_test else own)


def _points(said: Said | None) -> dict[str, float]:
    if said is None:
        return {}
    points = metrics.point_scores(said.truth, said.probability, said.threshold)
    return {metric: points[metric] for metric in METRICS}


def _rated(flaws: Flaws, seen: Looks, shop: Shop, settings: dict, seed: int) -> dict:
    said = _asked(flaws, seen, shop, settings, seed)
    if said is None:
        return {"tested": 0, "buyers": 0}
    rated = metrics.scores(
        said.truth, said.probability, said.users, said.threshold, settings["replicates"], seed
    )
    numbers = {"bought_share": said.truth.mean()}
    for metric in METRICS:
        value, low, high = rated.loc[metric]
        numbers |= {metric: value, f"{metric}_low": low, f"{metric}_high": high}
    return {"tested": len(said.truth), "buyers": int(said.truth.sum())} | numbers
