"""The ladder judged: every rung on the same users, the same catalogue, the same cut."""

from dataclasses import dataclass, field

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from trackway.evaluation.splits import TimeSplit
from trackway.recommend import judge, ladder, lists
from trackway.recommend.counts import Recommender
from trackway.recommend.history import repeat
from trackway.recommend.judge import Judged
from trackway.recommend.ladder import BASELINE, Given

MAIN = ("views", "all", "ndcg", 10)  # what rungs are chosen by
K = 10  # length of the lists looked at closely


@dataclass(frozen=True)
class Comparison:
    """What the notebook shows.

    Attributes
    ----------
    why_not : why nothing could be judged; "" if it could
    settings : of the step
    counted : part of time -> its cut, what was known at it and what came after, in numbers
    later : what was known at the cut before the test part, and what came after it
    chosen : what the validation part decided
    rungs : rung -> recommender, of those asked again; see `ladder.climb`
    judged : rung -> how it did on the test part
    rated : DataFrame, indexed by (model, outcome, kind, metric, k)
        users, value, low, high.
    paired : DataFrame, likewise: each rung minus the best single one on validation
    lists : DataFrame, indexed by model: coverage, and `lists.LIST_METRICS`
    """

    why_not: str
    settings: dict
    counted: dict[str, dict] = field(default_factory=dict)
    later: Given | None = None
    chosen: ladder.Chosen | None = None
    rungs: dict[str, Recommender] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)
    rated: pd.DataFrame | None = None
    paired: pd.DataFrame | None = None
    lists: pd.DataFrame | None = None

    @property
    def best(self) -> str:
        return self.chosen.best

    @property
    def best_new(self) -> str:
        return self.chosen.best_new

    def row(self, model: str, *key: object) -> pd.Series:
        """`rated` of one model and question; `MAIN` without a key."""
        return self.rated.loc[(model, *(key or MAIN))]


def too_few(known: Given, least: int) -> str:
    """Why a part of time cannot be judged, in words; "" if it can."""
    users = int((np.diff(known.outcomes["views"].chosen.indptr) > 0).sum())
    warm = int((np.diff(known.history.met.indptr) > 0).sum())
    if min(users, warm) >= least:
        return ""
    return (
        f"To be judged, {least:,} users must come before and {least:,} view something after the "
        f"cut at {known.history.cut:%Y-%m-%d %H:%M:%S} UTC; {warm:,} came and {users:,} did."
    )


def counted(known: Given) -> dict[str, object]:
    """The cut, what was known at it, and what came after it, in numbers."""
    past, views = known.history, known.outcomes["views"]
    seen = np.diff(past.met.indptr) > 0
    return {
        "cut (UTC)": past.cut,
        "users before the cut": seen.sum(),
        "pairs of user and product before it": len(past.pairs),
        "products": len(past.products),
        "of these, new after the cut": (~past.products["known"].astype(bool)).sum(),
        "users judged": len(views.rows),
        "of these, not seen before": (~seen[views.rows]).sum(),
        "views to be found": views.chosen.nnz,
        "of these, of products met before": repeat(views, past).chosen.nnz,
        "purchases to be found": known.outcomes["purchases"].chosen.nnz,
    }


def compare(
    events: ir.Table, split: TimeSplit, has_price: bool, settings: dict, rfm: dict, seed: int
) -> Comparison:
    """Fit and judge every rung of the ladder, or say why it cannot be done."""
    known = has_price, settings, rfm, seed
    earlier = ladder.given(events, split.train_end, split.validation_end, *known)
    if why := too_few(earlier, settings["min_users"]):
        return Comparison(why, settings)
    parts = {"validation": counted(earlier)}
    chosen = ladder.choose(earlier, settings, seed)
    del earlier  # before the later is read: of a month's users either takes more than a gigabyte
    later = ladder.given(events, split.validation_end, None, *known)
    if why := too_few(later, settings["min_users"]):
        return Comparison(why, settings)
    parts["test"] = counted(later)
    rungs, judged = ladder.climb(later, chosen, settings, seed)
    best, n = judged[chosen.best], settings["replicates"]
    return Comparison(
        "",
        settings,
        parts,
        later,
        chosen,
        rungs,
        judged,
        pd.concat({name: one.mean(n, seed) for name, one in judged.items()}, names=["model"]),
        pd.concat(
            {name: judge.difference(one, best, n, seed) for name, one in judged.items()},
            names=["model"],
        ),
        _lists(judged, later),
    )


def _lists(judged: dict[str, Judged], later: Given) -> pd.DataFrame:
    rows = {}
    for name, one in judged.items():
        shown = one.lists[:, :K]
        rated = lists.by_user(shown, later.known, later.history, later.outcomes["views"]).mean()
        rows[name] = {"coverage": lists.coverage(shown, later.history.shape[1]), **rated}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")


def among(compared: Comparison, groups: pd.Series, n: int, seed: int) -> pd.DataFrame:
    """`MAIN` for each group of the judged users.

    Parameters
    ----------
    groups : Series of str, one per judged user

    Returns
    -------
    DataFrame, indexed by (group, model)
        users, value, low, high; and of the difference to `BASELINE`: gain, gain_low, gain_high.
    """
    base = compared.judged[BASELINE].by_user[[MAIN]]
    rows = []
    for group in sorted(groups.unique()):
        inside = (groups == group).to_numpy()
        for name, one in compared.judged.items():
            mine = one.by_user[[MAIN]]
            value = judge.means(mine[inside], n, seed).iloc[0]
            gain = judge.means((mine - base)[inside], n, seed).iloc[0]
            rows.append(
                {"group": group, "model": name, **value}
                | {"gain": gain["value"], "gain_low": gain["low"], "gain_high": gain["high"]}
            )
    table = pd.DataFrame(rows).set_index(["group", "model"])
    return table.astype({"users": int})


def warmth(known: Given) -> pd.Series:
    """Of each judged user: whether the history holds something of them."""
    rows = known.outcomes["views"].rows
    warm = np.diff(known.history.met.indptr)[rows] > 0
    return pd.Series(np.where(warm, "known before", "not seen before"))


def segments_of(known: Given) -> pd.Series:
    """Of each judged user: the segment at the cut."""
    return pd.Series(
        np.array(known.names, dtype=object)[known.segment[known.outcomes["views"].rows]]
    )


def cold_products(compared: Comparison) -> pd.DataFrame:
    """Hit rates of the choices of products with and without an event before the cut.

    Returns
    -------
    DataFrame, indexed by (products, model)
        choices : int, views after the cut, one per user and product
        found : float, share of them among the first 20 shown
    """
    outcome, known = compared.later.outcomes["views"], compared.later.history.products["known"]
    row, product = outcome.chosen.nonzero()
    rows = []
    for name, one in compared.judged.items():
        hit = (one.lists[row] == product[:, None]).any(axis=1)
        for group, inside in [
            ("known before", known.to_numpy()[product]),
            ("new", ~known.to_numpy(dtype=bool)[product]),
        ]:
            share = hit[inside].mean() if inside.any() else np.nan
            rows.append((group, name, int(inside.sum()), share))
    table = pd.DataFrame(rows, columns=["products", "model", "choices", "found"])
    return table.set_index(["products", "model"])
