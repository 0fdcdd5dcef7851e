"""What a leak would have claimed: the widely copied recipe, mended one step at a time.

The recipe keeps a session's events up to and including its first purchase, lets those who do not
buy run to their end, or to the end of the data, evens the whole set out at 1:1 before it is cut,
cuts it at random, and says yes from one half on. The same forest with the same features goes up
every rung, so what changes is the question asked of it.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from imblearn.under_sampling import RandomUnderSampler
from sklearn.model_selection import train_test_split

from trackway import evaluation
from trackway.intent import models, null_shop, parts, prefixes
from trackway.intent.features import examples, prefix_examples, usable
from trackway.intent.parts import Examples
from trackway.splits import TimeSplit

COPIED = "1 copied recipe: purchase seen, random rows, tested at 1:1"
NATURAL = "2 purchase seen; split in time, tested as it is"
STRICT = "3 strictly before the purchase; others whole"
HONEST = "4 after a fixed number of events, while undecided"
RUNGS = [COPIED, NATURAL, STRICT, HONEST]
KEYS = dict(zip(RUNGS, ["copied", "natural", "strict", "honest"], strict=True))
METRICS = ["roc_auc", "pr_auc", "f1"]
NUMBERS = ["bought_share", "f1_natural", *(m + e for m in METRICS for e in ("", "_low", "_high"))]


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


@dataclass(frozen=True)
class Rung:
    """A rated model: what was true, what was said of it, of whom, and from where it says yes."""

    truth: np.ndarray
    probability: np.ndarray
    users: np.ndarray
    threshold: float


def climb(shop: Shop, settings: dict, seed: int) -> pd.DataFrame:
    """Rate every rung.

    Returns
    -------
    DataFrame, one row per rung
        rung : str
        tested, buyers : int
            Sessions in its test set; 0 where there are too few to ask.
        bought_share, and for each metric of `METRICS` <metric>, <metric>_low, <metric>_high
            Null where there are too few.
        f1_natural : float
            F1 if the same shares of buyers and of others were told yes, at the share of buyers
            among all sessions the recipe looks at; differs from `f1` where the test is evened out.
    """
    with_purchase = prefixes.up_to_first_purchase(shop.events)
    strict = prefixes.before_first_purchase(shop.events)
    place = shop.sessions, shop.timezone
    tables = {
        COPIED: examples(with_purchase, *place, closed_only=False),
        NATURAL: examples(with_purchase, *place),
        STRICT: examples(strict, *place),
        HONEST: prefix_examples(shop.events, shop.sessions, settings["prefix"], shop.timezone),
    }
    loaded = {
        name: parts.load(
            table, shop.features, shop.split, settings["max_rows"], seed, on_a_cut=name == COPIED
        )
        for name, table in tables.items()
    }
    rungs = {name: split_in_time(loaded[name], settings, seed) for name in RUNGS[1:]}
    rungs[COPIED] = copied_recipe(loaded[COPIED], settings, seed)
    natural = loaded[COPIED].rows["bought"].mean() if len(loaded[COPIED].rows) else np.nan
    rows = [_row(name, rungs[name], natural, settings, seed) for name in RUNGS]
    return pd.DataFrame(rows, columns=["rung", "tested", "buyers", *NUMBERS])


def copied_recipe(looked_at: Examples, settings: dict, seed: int) -> Rung | None:
    """The mistake, faithfully: evened out first, then cut at random, both parts at 1:1."""
    rows = looked_at.rows
    n_buyers = int(rows["bought"].sum())
    # half of a third of the evened-out set are the buyers it is tested on
    if min(n_buyers, len(rows) - n_buyers) < 3 * settings["min_buyers"]:
        return None
    even, bought = RandomUnderSampler(random_state=seed).fit_resample(rows, rows["bought"])
    train, test = train_test_split(even, test_size=0.3, stratify=bought, random_state=seed)
    forest = models.unbalanced(models.FOREST, looked_at.features, settings, seed)
    forest.fit(train[looked_at.features], train["bought"])
    said = forest.predict_proba(test[looked_at.features])[:, 1]
    return Rung(test["bought"].to_numpy(), said, test["user_id"].to_numpy(), threshold=0.5)


def split_in_time(looked_at: Examples, settings: dict, seed: int) -> Rung | None:
    """The same forest, trained before the cut and tested after it as the sessions come."""
    if looked_at.too_few(settings["min_buyers"]):
        return None
    forest = models.unbalanced(models.FOREST, looked_at.features, settings, seed)
    scored = models.score(models.FOREST, forest, looked_at)
    test = looked_at.of("test")
    return Rung(
        test["bought"].to_numpy(), scored.test, test["user_id"].to_numpy(), scored.threshold
    )


def f1_at(share: float, rung: Rung) -> float:
    """F1 with the same hit rates among buyers and others, were buyers `share` of all."""
    yes = rung.probability >= rung.threshold
    hits = share * yes[rung.truth].mean()
    alarms = (1 - share) * yes[~rung.truth].mean()
    return 2 * hits / (hits + alarms + share)


def _row(name: str, rung: Rung | None, natural: float, settings: dict, seed: int) -> dict:
    if rung is None:
        return {"rung": name, "tested": 0, "buyers": 0}
    rated = evaluation.scores(
        rung.truth,
        rung.probability,
        rung.users,
        rung.threshold,
        n=settings["replicates"],
        seed=seed,
    )
    share = natural if name == COPIED else rung.truth.mean()
    numbers = {"bought_share": rung.truth.mean(), "f1_natural": f1_at(share, rung)}
    for metric in METRICS:
        value, low, high = rated.loc[metric]
        numbers |= {metric: value, f"{metric}_low": low, f"{metric}_high": high}
    return {"rung": name, "tested": len(rung.truth), "buyers": int(rung.truth.sum())} | numbers
