"""The simulated shop's marginals stand beside the published ones; a real shop's beside none."""

from dataclasses import replace
from types import SimpleNamespace

import ibis
import pandas as pd
import pytest

from trackway.report import Page
from trackway.sampling import page as shown
from trackway.sampling import truth
from trackway.sampling.truth import MARGINALS
from trackway.tables.facts import Facts

DAY = pd.Timestamp("2024-01-01", tz="UTC")


def events(*rows: tuple[int, int, str], brand=None) -> ibis.Table:
    """Events from (session, minute, event type)."""
    session_id, minute, types = zip(*rows, strict=True)
    return ibis.memtable(
        pd.DataFrame(
            {
                "session_id": session_id,
                "event_time": DAY + pd.to_timedelta(minute, unit="min"),
                "event_type": types,
                "brand": pd.Series(brand or ["a"] * len(rows), dtype="string"),
                "category_code": pd.Series([None, *["b"] * (len(rows) - 1)], dtype="string"),
            }
        )
    )


def sessions(*rows: tuple[int, int]) -> ibis.Table:
    """Sessions from (events, purchases)."""
    table = pd.DataFrame(rows, columns=["n_events", "n_purchases"])
    return ibis.memtable(table.assign(bought=table["n_purchases"] > 0))


SHOP = events(
    (0, 0, "view"), (0, 1, "cart"), (0, 1, "purchase"),  # a cart of the same instant goes before
    (1, 0, "view"), (1, 1, "purchase"), (1, 2, "cart"),  # the cart comes too late
    (2, 0, "purchase"), (3, 0, "view"),  # the cart is another session's
)  # fmt: skip
CATALOGUE = ibis.memtable(
    {"brand": ["b", "b"], "category_code": ["c.d", None], "rows": [7, 1]},
    schema={"brand": "string", "category_code": "string", "rows": "int64"},
)
VISITS = sessions((3, 1), (3, 1), (1, 1), (1, 0))


def facts(**changed) -> Facts:
    simulated = Facts(
        schema="rees46", label="simulated shop", simulated=True, timezone="Europe/Berlin",
        has_price=True, has_brand=True, has_category_code=True, event_types=("view",),
        first=DAY, last=DAY,
    )  # fmt: skip
    return replace(simulated, **changed)


def test_every_published_figure_is_measured():
    ours = truth.measured(CATALOGUE, SHOP, VISITS)
    assert ours == pytest.approx(
        {
            "views": 37.5, "carts": 25.0, "purchases": 37.5, "brand_missing": 0.0,
            "category_code_missing": 12.5, "sessions_that_buy": 75.0, "items_a_basket": 1.0,
            "session_length_median": 2.0, "session_length_p90": 3.0, "session_length_p99": 3.0,
            "purchases_without_cart": 200 / 3,
        }
    )  # fmt: skip
    assert set(ours) == {marginal.name for marginal in MARGINALS}


def test_without_purchases_there_is_no_basket_to_measure():
    ours = truth.measured(CATALOGUE, events((0, 0, "view")), sessions((1, 0)))
    shown = truth.beside(ours).set_index("what")
    assert shown.loc[["purchases without cart", "items a basket"], "within"].eq("none").all()


def test_within_means_up_to_the_tolerance_and_no_further():
    exact = {marginal.name: marginal.published for marginal in MARGINALS}
    views = MARGINALS[0]
    for factor, within in [(0.999, "yes"), (-0.999, "yes"), (1.001, "no"), (-1.001, "no")]:
        ours = exact | {"views": views.published + factor * views.tolerance}
        told = truth.beside(ours).set_index("what")["within"]
        assert told["views"] == within
        assert told.drop("views").eq("yes").all()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (facts(), "lie within their tolerance"),
        (facts(simulated=False), "a real shop's data"),
        (facts(schema="taobao"), "in the form of taobao"),
    ],
)
def test_the_table_has_its_place_on_any_data(source, said, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKWAY_STAGING", str(tmp_path))
    page = Page("sampling", simulated=source.simulated)
    likeness = truth.likeness(source, CATALOGUE, SHOP, VISITS)
    shown.marginals(page, SimpleNamespace(likeness=likeness))
    assert said in capsys.readouterr().out
