"""A kept model says of raw events what it said in the report, and a changed file is refused."""

import json

import ibis
import numpy as np
import pandas as pd
import pytest

import trackway.intent
from trackway import engine
from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.core.errors import InputError
from trackway.evaluation.splits import TimeSplit
from trackway.intent import data, evaluation, export, features, model_file, models
from trackway.intent.features import Context, registry
from trackway.intent.leakage import null_shop
from trackway.report.run import Run

# ibis 12 asks pandas 3.1 for an option that pandas is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

MOMENTS = ["1", "2", "cart"]
RUN = Run.of("intent", known=null_shop.FACTS).with_settings(
    forest={"trees": 5, "depth": 3},
    boosting={"rounds": 12, "leaves": 5, "learning_rate": 0.1, "leaf_rows": 20},
    min_buyers=3,
)


@pytest.fixture(scope="module")
def events() -> ibis.Table:
    events, _ = null_shop.tables(n_sessions=1200, seed=2)
    if "category_id" not in events.columns:
        events = events.mutate(category_id=events.product_id % 9)
    return engine.store(events)


@pytest.fixture(scope="module")
def examples(events) -> dict[str, data.Examples]:
    sessions = null_shop.session_table(events)
    split = TimeSplit.of_table(sessions)
    context = Context(events, sessions, "Europe/Berlin", 20.0)
    asked = data.draw(sessions, split, 10**6, seed=1)
    table = features.moment_examples(asked, context, MOMENTS)
    names = registry.usable(null_shop.FACTS, split.train_end)
    return data.load(table, asked, names, split, MOMENTS)


@pytest.fixture(scope="module")
def ladders(examples) -> dict:
    names = [models.LOGISTIC, models.LIGHTGBM]
    return {m: models.ladder(one, RUN.settings, 1, names) for m, one in examples.items()}


def kept(name: str, ladders, examples) -> model_file.Stored:
    split = examples["1"].split
    cuts = {"train_end": split.train_end, "validation_end": split.validation_end}
    card = {
        "split": {cut: moment.isoformat() for cut, moment in cuts.items()},
        "timezone": "Europe/Berlin",
        "smoothing": 20.0,
    }
    return model_file.keep(name, ladders, examples, card)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", evaluation.STORED)
def test_on_raw_events_it_says_what_the_report_says(name, events, examples, ladders, folder):
    model_file.write(kept(name, ladders, examples))
    report = export.probabilities(ladders, name, examples)
    report = report[report["part"] == "test"].set_index(["session_id", "moment"])
    said = trackway.intent.score(events).set_index(["session_id", "moment"])
    assert said.index.is_unique
    again = said.loc[report.index, "probability"]
    assert (again.round(9) == report["probability"]).all()
    assert (said.loc[report.index, "scored_at"] == report["scored_at"]).all()


@pytest.mark.slow
def test_a_frame_is_scored_as_a_lazy_table_is_and_alone_as_in_company(events, examples, ladders):
    model = kept(models.LOGISTIC, ladders, examples)
    together = trackway.intent.score(events, model)
    frame = trackway.intent.score(events.to_pandas(), model)
    pd.testing.assert_frame_equal(together, frame)
    one_moment = trackway.intent.score(events, model, moments=["2"])
    mine = together[together["moment"] == "2"].reset_index(drop=True)
    pd.testing.assert_frame_equal(one_moment, mine)
    late = together["scored_at"].quantile(0.9)
    later = trackway.intent.score(events, model, since=late)
    same = together.merge(later, on=["session_id", "moment"], suffixes=("", "_later"))
    assert len(later) == len(same) > 0
    assert (same["probability"] == same["probability_later"]).all()


@pytest.mark.slow
def test_what_comes_later_changes_no_score(events, examples, ladders):
    model = kept(models.LIGHTGBM, ladders, examples)
    cut = null_shop.FIRST + pd.Timedelta(days=58)
    then = trackway.intent.score(events.filter(events.event_time < ibis.literal(cut)), model)
    now = trackway.intent.score(events, model)
    both = then.merge(now, on=["session_id", "moment"], suffixes=("", "_now"))
    assert len(both) == len(then) > 50
    assert (both["probability"] == both["probability_now"]).all()


@pytest.mark.parametrize("name", evaluation.STORED)
def test_what_is_read_says_the_same_of_each_row(name, examples, ladders, folder):
    model_file.write(kept(name, ladders, examples))
    model = model_file.read()
    for moment, one in examples.items():
        test = one.of("test")
        said = model.probability(moment, test)
        np.testing.assert_allclose(said, ladders[moment][name].test, atol=1e-12)
        shuffled = test.sample(frac=1, random_state=1)
        np.testing.assert_array_equal(
            model.probability(moment, shuffled.head(3)),
            pd.Series(said, test.index)[shuffled.index[:3]],
        )
        assert len(model.probability(moment, test.head(0))) == 0


def test_a_model_asked_about_a_time_it_has_seen_refuses(events, examples, ladders):
    model = kept(models.LOGISTIC, ladders, examples)
    with pytest.raises(InputError, match="has seen the data up to"):
        trackway.intent.score(events, model, since=null_shop.FIRST)
    starts = trackway.intent.score(events, model)["scored_at"]
    assert starts.min() >= model.split.validation_end


def test_a_table_of_something_else_and_an_unknown_moment_are_refused(events, examples, ladders):
    model = kept(models.LOGISTIC, ladders, examples)
    with pytest.raises(InputError, match="no column event_type, price"):
        trackway.intent.score(events.drop("event_type", "price"), model)
    with pytest.raises(InputError, match="knows no moment '4'; it has '1', '2', 'cart'"):
        trackway.intent.score(events, model, moments=["4"])


def test_nothing_new_is_nothing_to_score(events, examples, ladders):
    model = kept(models.LOGISTIC, ladders, examples)
    assert trackway.intent.score(events.limit(0), model).empty


def test_a_file_that_was_changed_or_is_not_ours_is_refused(examples, ladders, folder):
    with pytest.raises(InputError, match=r"nowhere\.json is missing"):
        model_file.read("data/processed/nowhere.json")
    model_file.write(kept(models.LOGISTIC, ladders, examples))
    file = folder / model_file.FILE
    content = json.loads(file.read_text())
    content["moments"]["1"]["intercept"] += 1
    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match="not as it was written"):
        model_file.read()
    file.write_text("[]")
    with pytest.raises(InputError, match="not as it was written"):
        model_file.read()
    file.write_bytes(b"\x80\x04cposix\nsystem\n")  # how a pickle that runs a program begins
    with pytest.raises(InputError, match="is no JSON"):
        model_file.read()


def test_a_model_of_features_we_do_not_know_is_refused(examples, ladders, folder, monkeypatch):
    model_file.write(kept(models.LOGISTIC, ladders, examples))
    monkeypatch.delitem(registry.REGISTRY, "view_count")
    with pytest.raises(InputError, match="asks for view_count"):
        model_file.read()


def test_where_there_is_no_model_reading_says_why(folder):
    model_file.write(Cannot("3 buyers in train."))
    with pytest.raises(InputError, match="holds no model: 3 buyers in train"):
        model_file.read()
