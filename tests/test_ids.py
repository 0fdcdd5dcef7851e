"""Text ids keep their names wherever one is shown; numbers are their own."""

import ibis
import pandas as pd
import pytest
import whole

from trackway import engine
from trackway.core import paths
from trackway.recommend import serve
from trackway.tables import events, ids

COLUMNS = ["event_time", "event_type", "product_id", "category_id", "user_id", "session"]


def visits() -> pd.DataFrame:
    """Everybody sees `sku-1` and `sku-2`, `shoes` both, in one visit, and a hat in another."""
    rows = []
    for user in range(90):
        day, who = user // 3, (f"mx{user}@shop", f"first of {user}")
        rows += [(day, 9, "sku-1", "shoes", *who), (day, 10, "sku-2", "shoes", *who)]
        rows += [(day + 3, 9, f"hat {user % 8}", "hats", f"mx{user}@shop", f"second of {user}")]
    table = pd.DataFrame(rows, columns=["day", "minute", *COLUMNS[2:]])
    at = pd.to_timedelta(table.pop("day"), "D") + pd.to_timedelta(table.pop("minute"), "min")
    return table.assign(event_time=pd.Timestamp("2024-01-01") + at, event_type="view")


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> whole.Whole:
    """A shop whose users, products and categories are called by texts, through three steps."""
    folder = tmp_path_factory.mktemp("texts")
    visits().to_csv(folder / "own.csv", index=False)
    mapping = {"columns": {name: name for name in COLUMNS}, "event_types": {"view": "view"}}
    mapping |= {"time_unit": "text", "timezone": "UTC"}
    changed = whole.merged(whole.FAST, whole.LITTLE)
    changed = whole.merged(changed, {"sampling": {"mapping": mapping}})
    steps = {"steps": "eda rules recommend", "drawn": False}
    with pytest.MonkeyPatch.context() as patch:
        yield whole.through(folder / "own.csv", folder, patch, **steps, **changed)


def table(shop: whole.Whole, name: str) -> pd.DataFrame:
    return pd.read_csv(shop.folder / f"reports/tables/{name}.csv")


def test_rules_name_products_and_categories_as_the_shop_does(shop):
    rules = table(shop, "rules/rules")
    product = rules[rules["level"] == "product"]
    assert set(product["antecedent_ids"]) == {"sku-1", "sku-2"}
    assert set(product["antecedent"]) == {"product sku-1", "product sku-2"}


def test_categories_without_a_name_are_called_by_their_text(shop):
    study = shop.told["eda"].names["result"]
    assert set(study.categories.table.index) == {"category shoes", "category hats"}


def test_recommendations_are_asked_for_and_given_by_text(shop, monkeypatch):
    monkeypatch.setattr(serve, "server", lambda: serve.Server(serve.store.read()))
    known = serve.recommend_products_for_user("mx3@shop", 3)
    assert not known["cold_start"].any()
    assert known["product_id"].str.match("sku-|hat ").all()
    assert set(known["category_id"]) <= {"shoes", "hats"}
    unknown = serve.recommend_products_for_user("nobody", 3)
    assert unknown["cold_start"].all()


def test_what_was_served_is_shown_by_text(shop):
    served = table(shop, "recommend/served")
    assert served["user_id"].str.match("mx.*@shop").any()
    assert served["product_id"].str.match("sku-|hat ").all()


def test_a_text_has_the_same_number_here_and_in_the_engine():
    texts = ["sku-17", "", "Ünï", "123", "a b"]
    rows = ibis.memtable({"product_id": texts})
    found = events.text_ids(rows.mutate(user_id=1, category_id=1)).to_pandas()
    assert found.set_index("text")["id"].to_dict() == {one: ids.number(one) for one in texts}


def test_numbers_are_their_own_names(shop):
    backend = engine.connect()
    sku = ids.number("sku-1")
    assert ids.texts(backend, "product_id", [7, sku, -3, 2**62]) == {sku: "sku-1"}
    assert ids.texts(backend, "user_id", [sku]) == {}
    assert ids.texts(backend, "product_id", []) == {}


def test_where_no_texts_are_kept_ids_are_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    rows = ibis.duckdb.connect().create_table("rows", pd.DataFrame({"category_id": [5, -1]}))
    assert ids.texts(rows.get_backend(), "category_id", [5]) == {}
    named = ids.with_text(rows, "category_id", "label").order_by("category_id").to_pandas()
    assert named["label"].tolist() == ["-1", "5"]


def test_a_known_user_may_be_asked_for_by_a_number_in_quotes():
    from test_recommend import stored

    server = serve.Server(stored())
    assert not server.recommend("5", 3, 0.0)["cold_start"].any()
    assert server.recommend("6", 3, 0.0)["cold_start"].all()
    assert server.recommend("9" * 30, 3, 0.0)["cold_start"].all()
