"""Where users choose by popularity alone, 07 finds nothing better, by its own functions.

Of a shop with everything planted the products are dealt out anew among all events: every product is
met as often as before, by nobody in particular. The same shop as it was is told apart, so that the
test would see a gain where there is one.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from worlds import opened

from shopsim.world import World
from trackway import engine
from trackway.core.cannot import need
from trackway.evaluation.splits import TimeSplit
from trackway.recommend import evaluation, study
from trackway.recommend.models.ladder import BASELINE, HYBRID, RUNGS
from trackway.report.run import Run

SEED = 5
WORLD = World(seed=4, events=30_000, noise=False)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return opened(WORLD, tmp_path_factory.mktemp("recommend") / "demo")


def gains(shop, events) -> pd.DataFrame:
    """Of each rung over what is popular, NDCG at 10 of views, ``all`` and ``new``."""
    run = Run.of("recommend", known=shop.facts).with_settings(replicates=1000, device="cpu")
    run = replace(run, shared=run.shared.model_copy(update={"seed": SEED}))
    cut = run.shared.split
    split = TimeSplit.of_table(shop.sessions, cut.train, cut.validation)
    compared = need(study.compare(run, events, split))
    base = compared.evaluations[BASELINE]
    table = evaluation.scores(compared.evaluations, run.bootstrap, minus=base)
    rows = {
        (name, kind): table.loc[(name, "views", kind, "ndcg", 10)]
        for name in compared.models
        if name != BASELINE
        for kind in ("all", "new")
    }
    return pd.DataFrame(rows).T


def test_where_products_are_dealt_out_no_rung_beats_popularity(shop):
    table = shop.events.to_pandas()
    columns = ["product_id", "category_id", "category_code", "brand", "price"]
    dealt = table[columns].sample(frac=1, random_state=SEED).set_axis(table.index)
    events = engine.connect().create_table("dealt", table.assign(**dealt), overwrite=True)
    found = gains(shop, events)
    assert len(found) == 2 * (len(RUNGS) - 1)
    # of twenty intervals of 95 % one may lie beside nothing by chance, and then hardly so
    assert (found["low"] > 0).sum() <= 1
    assert found["value"].max() < 0.005
    assert np.isfinite(found["value"]).all()


def test_where_users_have_tastes_the_hybrid_beats_it(shop):
    found = gains(shop, shop.events)
    assert found.loc[(HYBRID, "all"), "low"] > 0.01
