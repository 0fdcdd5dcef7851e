"""Purchase intent is judged as it would be used, and a leak is known for what it is."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest

from trackway.evaluation import Interval
from trackway.intent import audit, features, imbalance, models, null_shop, words
from trackway.intent.parts import Examples
from trackway.splits import TimeSplit

# ibis 12 asks pandas 3.1 for an option that pandas is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

SETTINGS = {
    "prefix": 3,
    "forest": {"trees": 20, "depth": 5},
    "boosting": {"rounds": 20, "leaves": 7},
    "max_rows": 100_000,
    "min_buyers": 20,
    "replicates": 100,
}


def null_audit(seed: int) -> pd.DataFrame:
    shop = audit.null(5000, {"train": 0.7, "validation": 0.15}, seed)
    return audit.climb(shop, SETTINGS, seed).set_index("rung")


@pytest.fixture(scope="module")
def worlds() -> list[pd.DataFrame]:
    return [null_audit(seed) for seed in (1, 2, 3)]


def test_where_nothing_can_be_told_only_the_honest_rung_says_so(worlds):
    for table in worlds:
        copied, strict, honest = (table.loc[r] for r in (audit.COPIED, audit.STRICT, audit.HONEST))
        assert copied["roc_auc_low"] > 0.6
        assert strict["roc_auc_low"] > 0.55
        assert honest["roc_auc_low"] <= 0.5 <= honest["roc_auc_high"]
        assert copied["f1"] > copied["f1_natural"] + 0.15
    mean = pd.concat(worlds).groupby(level=0)["roc_auc"].mean()
    assert abs(mean[audit.HONEST] - 0.5) < 0.05
    assert mean[audit.COPIED] > 0.7
    assert mean[audit.STRICT] > 0.6


def test_the_copied_recipe_is_tested_at_one_to_one(worlds):
    table = worlds[0]
    assert table.loc[audit.COPIED, "bought_share"] == pytest.approx(0.5, abs=0.01)
    assert table.loc[audit.NATURAL, "bought_share"] == pytest.approx(null_shop.BOUGHT, abs=0.04)


def test_too_few_buyers_leave_a_rung_empty_not_untrue():
    events, sessions = null_shop.tables(n_sessions=150, seed=1)
    split = TimeSplit.of(sessions.started.to_pyarrow().to_pandas())
    table = audit.climb(audit.Shop(events, sessions, "UTC", features.COUNTS, split), SETTINGS, 1)
    assert table["tested"].tolist() == [0, 0, 0, 0]
    assert table["roc_auc"].isna().all()


def test_the_copied_recipe_takes_open_sessions_for_what_they_are_so_far():
    shop = audit.null(1500, {"train": 0.7, "validation": 0.15}, seed=1)
    all_open = replace(shop, sessions=shop.sessions.mutate(open_at_end=ibis.literal(True)))
    assert (audit.climb(all_open, SETTINGS, 1)["tested"] > 0).tolist() == [True, *[False] * 3]


def planted(n: int = 2400, seed: int = 1, signal: float = 2.5) -> Examples:
    """Sessions of which those with a cart event are likelier to buy."""
    random = np.random.default_rng(seed)
    carts = random.integers(0, 2, n)
    logit = -2.5 + signal * carts
    rows = pd.DataFrame(
        {
            "session_id": range(n),
            "user_id": random.integers(0, n // 2, n),
            "started": pd.date_range("2024-01-01", periods=n, freq="20min", tz="UTC"),
            "cart_count": carts,
            "view_count": 3 - carts,
            "avg_price": np.where(random.random(n) < 0.1, np.nan, random.random(n)),
            "hour": random.integers(0, 24, n),
            "bought": random.random(n) < 1 / (1 + np.exp(-logit)),
        }
    )
    split = TimeSplit.of(rows["started"])
    rows["part"] = split.part(rows["started"], rows["started"])
    return Examples(rows, ["view_count", "cart_count", "avg_price", "hour"], split)


@pytest.fixture(scope="module")
def examples() -> Examples:
    return planted()


@pytest.fixture(scope="module")
def ladder(examples) -> dict:
    return models.ladder(examples, SETTINGS, seed=1)


def test_a_signal_that_is_there_is_found(examples, ladder):
    rated = models.rate(ladder, examples, n=50, seed=0)["low"]
    for name in [models.RULE, *models.MODELS]:
        assert rated[name, "roc_auc"] > 0.5
    assert rated[models.PREVALENCE, "roc_auc"] == 0.5
    best = models.best(ladder, examples)
    gain = models.compare(ladder, best, examples, n=50, seed=0)
    assert gain.loc[(models.PREVALENCE, "log_loss"), "high"] < 0
    assert best.name not in gain.index


def test_shuffling_what_carries_the_signal_costs_most(examples, ladder):
    lost = models.importance(ladder[models.FOREST], examples, repeats=3, n=50, seed=0)
    assert set(lost.index[:2]) == {"cart_count", "view_count"}
    assert lost["low"].iloc[0] > 0
    assert lost["low"]["hour"] <= 0.01


def test_the_prevalence_is_that_of_the_training_part(examples, ladder):
    share = examples.of("train")["bought"].mean()
    assert ladder[models.PREVALENCE].test == pytest.approx(share)


def test_what_is_learned_is_learned_from_the_training_part_alone(examples, ladder):
    rows = examples.rows.copy()
    later = rows["part"] != "train"
    rows.loc[later, "avg_price"] = 1e6
    rows.loc[later, "bought"] = ~rows.loc[later, "bought"]
    changed = Examples(rows, examples.features, examples.split)
    for name in models.MODELS:
        fitted = models.score(
            name, models.unbalanced(name, examples.features, SETTINGS, seed=1), changed
        ).fitted
        asked = examples.of("test")[examples.features]
        assert (fitted.predict_proba(asked)[:, 1] == ladder[name].test).all()


def test_a_model_refuses_to_score_before_its_cut(examples, ladder):
    fitted = ladder[models.LOGISTIC].fitted
    with pytest.raises(ValueError, match="start before it"):
        models.probability(fitted, examples.of("train"), examples, "train_end")
    with pytest.raises(ValueError, match="start before it"):
        models.probability(fitted, examples.of("validation"), examples, "validation_end")


def test_the_threshold_does_not_look_at_the_test_part(examples, ladder):
    rows = examples.rows.copy()
    rows.loc[rows["part"] == "test", "bought"] = False
    changed = Examples(rows, examples.features, examples.split)
    again = models.score(
        models.FOREST, models.unbalanced(models.FOREST, examples.features, SETTINGS, 1), changed
    )
    assert again.threshold == ladder[models.FOREST].threshold


@pytest.fixture(scope="module")
def balanced(examples) -> dict:
    return imbalance.score_all(examples, SETTINGS, seed=1)


def test_whatever_the_training_rows_the_test_part_is_as_it_came(examples, balanced):
    assert set(balanced) == {(m, b) for m in models.MODELS for b in imbalance.BALANCES}
    for one in balanced.values():
        assert len(one.test) == (examples.rows["part"] == "test").sum()


def test_balancing_makes_probabilities_too_high_and_the_prior_mends_it(examples, balanced):
    share = examples.of("train")["bought"].mean()
    for balance in imbalance.BALANCES[1:]:
        one = balanced[models.LOGISTIC, balance]
        assert one.test.mean() > 1.3 * share
        assert imbalance.corrected(one, balance, examples).mean() == pytest.approx(share, rel=0.3)
    untouched = balanced[models.LOGISTIC, imbalance.NONE]
    assert untouched.test.mean() == pytest.approx(share, rel=0.15)
    table = imbalance.table(balanced, examples, n=20, seed=0)
    worse = table[table["balancing"] != imbalance.NONE].query("model == @models.LOGISTIC")
    assert (worse["log_loss_mended"] < worse["log_loss"]).all()


def test_the_prior_correction_keeps_the_ranking_and_undoes_itself():
    said = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    mended = imbalance.correct_prior(said, share=0.07)
    assert (np.diff(mended) > 0).all()
    assert imbalance.correct_prior(mended, share=0.5, trained_at=0.07) == pytest.approx(said)


def test_smote_finds_its_neighbours_among_few_buyers():
    assert imbalance.sampler("SMOTE", n_buyers=4, seed=0).k_neighbors == 3
    with pytest.raises(ValueError, match="no way of balancing 'ROSE'"):
        imbalance.sampler("ROSE", n_buyers=4, seed=0)


def test_the_same_seed_gives_the_same_probabilities(examples, balanced):
    again = imbalance.score_all(examples, SETTINGS, seed=1)
    assert all((again[key].test == balanced[key].test).all() for key in balanced)


def test_f1_at_another_share_is_that_of_the_same_hit_rates():
    truth = np.repeat([True, False], 10)
    yes = np.concatenate([np.arange(10) < 8, np.arange(10) < 2]).astype(float)
    rung = audit.Rung(truth, yes, np.arange(20), threshold=0.5)
    assert audit.f1_at(0.5, rung) == pytest.approx(0.8)
    assert audit.f1_at(0.068, rung) == pytest.approx(2 * 0.0544 / (0.0544 + 0.1864 + 0.068))


def test_an_hour_lies_beside_the_next_one_also_at_midnight():
    points = models.circle(pd.DataFrame({"hour": [0, 1, 23]}), period=24)
    assert np.linalg.norm(points[0] - points[2]) == pytest.approx(
        np.linalg.norm(points[0] - points[1])
    )


@pytest.mark.slow
def test_online_shoppers_meets_the_published_band_without_leaking(shared):
    """UCI Online Shoppers: random forest with SMOTE inside cross-validation on train.

    Published: accuracy .898, F1 .683, recall .720. Folds and encoding are not, so the bands are
    those that five reasonable encodings spread over: .01 in accuracy, .02 in F1, .04 in recall.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import f1_score
    from sklearn.model_selection import StratifiedKFold, cross_validate
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    train, test = (
        pd.read_csv(shared(f"online_shoppers/{part}_data.csv")) for part in ("train", "test")
    )
    text = ["Month", "VisitorType", "Weekend"]
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    prepare = ColumnTransformer([("text", one_hot, text)], remainder=StandardScaler())
    forest = RandomForestClassifier(100, random_state=1)
    smote = imbalance.sampler("SMOTE", n_buyers=int(train["Revenue"].sum()), seed=1)
    pipeline = models.pipeline(prepare, forest, smote)
    x, bought = train.drop(columns="Revenue"), train["Revenue"]
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    scores = cross_validate(pipeline, x, bought, cv=folds, scoring=["accuracy", "f1", "recall"])
    assert scores["test_accuracy"].mean() == pytest.approx(0.898, abs=0.01)
    assert scores["test_f1"].mean() == pytest.approx(0.683, abs=0.02)
    assert scores["test_recall"].mean() == pytest.approx(0.720, abs=0.04)

    said = pipeline.fit(x, bought).predict(test.drop(columns="Revenue"))
    assert 0.60 < f1_score(test["Revenue"], said) < 0.72
    # evened out before the folds are cut, copies of a buyer lie on both sides
    leaked = models.pipeline(StandardScaler(), forest)
    even_x, even = smote.fit_resample(prepare.fit_transform(x), bought)
    leak = cross_validate(leaked, even_x, even, cv=folds, scoring="f1")
    assert leak["test_score"].mean() > 0.85


def rated_like(copied: float, honest: tuple[float, float, float] | None) -> pd.DataFrame:
    """An audit's table with the ROC AUC of its first and its last rung."""
    table = pd.DataFrame({"rung": audit.RUNGS, "tested": 100, "buyers": 30, "f1": 0.5})
    ends = honest or (np.nan, np.nan, np.nan)
    for column, end in zip(["roc_auc", "roc_auc_low", "roc_auc_high"], ends, strict=True):
        table[column] = [copied, copied, copied, end]
    table.loc[3, "tested"] = 0 if honest is None else 100
    return table


def test_the_words_follow_the_data():
    assert "claimed ROC AUC 0.90 and F1 0.50; the same forest" in words.leak(
        rated_like(0.9, (0.7, 0.6, 0.8))
    )
    assert "cannot carry an honest judgement" in words.leak(rated_like(0.9, None))
    assert "too few buyers even for" in words.leak(rated_like(0.9, None).assign(tested=0))
    assert "holds chance" in words.nothing_to_tell(rated_like(0.9, (0.5, 0.4, 0.6)))
    assert "misses chance" in words.nothing_to_tell(rated_like(0.9, (0.6, 0.55, 0.7)))
    assert "is too small" in words.nothing_to_tell(rated_like(0.9, None))


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ((0.6, 0.55, 0.7), "above chance"),
        ((0.5, 0.4, 0.6), "not to be told from chance"),
        ((0.4, 0.3, 0.45), "below chance"),
    ],
)
def test_chance_is_named_by_where_the_interval_lies(interval, said):
    assert words.versus_chance(Interval(*interval)) == said


def test_a_difference_is_named_by_where_its_interval_lies():
    assert words.difference(Interval(-0.1, -0.2, -0.05), "higher", "lower") == "lower"
    assert words.difference(Interval(0.1, 0.05, 0.2), "higher", "lower") == "higher"
    assert words.difference(Interval(-0.1, -0.2, 0.05), "higher", "lower") == "not to be told from"


def test_findings_and_metrics_come_from_what_was_rated(examples, ladder, balanced):
    rated = models.rate(ladder, examples, n=30, seed=0)
    chosen = models.best(ladder, examples)
    compared = models.compare(ladder, chosen, examples, n=30, seed=0)
    table = imbalance.table(balanced, examples, n=30, seed=0)
    sentences = words.findings(chosen, rated, compared, table, 0.2, prefix=1)
    assert sentences[0].startswith(f"After 1 event the {chosen.name} has a ROC AUC of")
    assert len(sentences) == 4
    numbers = words.rated_numbers(rated)
    assert numbers["prevalence"]["roc_auc"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert words.with_intervals(rated).index.tolist() == [*models.BASELINES, *models.MODELS]


def test_what_is_handed_on_holds_every_session_after_the_cut(examples, ladder):
    rows = examples.rows.assign(scored_at=examples.rows["started"])
    kept = Examples(rows, examples.features, examples.split)
    said = models.probabilities(ladder[models.FOREST], kept)
    assert len(said) == (rows["part"].isin(["validation", "test"])).sum()
    assert said["probability"].between(0, 1).all()
    assert models.probabilities(None, kept)["probability"].isna().all()


def test_the_confusion_counts_every_test_session_once(examples, ladder):
    table = models.confusion(ladder[models.FOREST], examples)
    assert table.to_numpy().sum() == len(examples.of("test"))
    assert table.loc["bought"].sum() == examples.of("test")["bought"].sum()
