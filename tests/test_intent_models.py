"""Models learn on the first part of time, are chosen on the second, and are judged on the third."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from planted import RUN, SETTINGS, planted, told
from sklearn.metrics import log_loss

from trackway.core.cannot import Cannot
from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.metrics import METRICS
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent import data, evaluation, export, findings, models, wording
from trackway.params.intent import Intent

# ibis 12 asks pandas 3.1 for an option that pandas is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")


@pytest.fixture(scope="module")
def examples() -> data.Examples:
    return planted()


@pytest.fixture(scope="module")
def ladder(examples) -> dict:
    return models.ladder(examples, SETTINGS, seed=1)


def test_a_signal_that_is_there_is_found(examples, ladder):
    rated = evaluation.evaluate(ladder, examples, n=50, seed=0)
    low = rated.scores()["low"]
    for name in [models.RULE, *models.TABULAR]:
        assert low[name, "roc_auc"] > 0.5
    assert low[models.PREVALENCE, "roc_auc"] == 0.5
    gain = rated.differences(models.LIGHTGBM)
    assert gain.loc[(models.PREVALENCE, "log_loss"), "high"] < 0


def test_the_prevalence_is_that_of_the_training_part(examples, ladder):
    share = examples.of("train")["bought"].mean()
    assert ladder[models.PREVALENCE].test == pytest.approx(share)


def test_the_rule_says_two_things_only_and_one_where_there_are_no_carts(examples, ladder):
    assert len(np.unique(ladder[models.RULE].test)) == 2
    without = replace(examples, features=["view_count", "hour"])
    one = models.score(
        models.RULE, models.unbalanced(models.RULE, without.features, SETTINGS, 1), without
    )
    assert len(np.unique(one.test)) == 1


def refit(name: str, examples: data.Examples) -> models.Scored:
    return models.score(name, models.unbalanced(name, examples.features, SETTINGS, 1), examples)


@pytest.mark.parametrize("name", models.TABULAR)
def test_what_is_learned_is_learned_from_the_training_part_alone(examples, ladder, name):
    rows = examples.rows.copy()
    # boosting learns from validation, too: when to stop
    later = rows["part"] == "test" if name in models.ROUNDS else rows["part"] != "train"
    rows.loc[later, "avg_price"] = 1e6
    rows.loc[later, "bought"] = ~rows.loc[later, "bought"]
    fitted = refit(name, replace(examples, rows=rows)).fitted
    asked = examples.of("test")[examples.features]
    assert (fitted.predict_proba(asked)[:, 1] == ladder[name].test).all()


def boosted(**changed: float) -> Intent:
    """The settings with another boosting."""
    return RUN.with_settings(boosting=SETTINGS.boosting.model_dump() | changed).settings


@pytest.mark.parametrize("name", models.ROUNDS)
def test_boosting_stops_where_validation_says_so(name):
    def rounds(examples: data.Examples) -> int:
        unfitted = models.unbalanced(name, examples.features, settings, 1)
        model = models.score(name, unfitted, examples).fitted.named_steps["model"]
        return model.get_params()[models.ROUNDS[name]]

    settings = boosted(rounds=60, leaf_rows=5)
    examples = planted(n=600)
    assert 1 < rounds(examples) < 60
    rows = examples.rows.copy()
    validation = rows["part"] == "validation"
    rows.loc[validation, "bought"] = ~rows.loc[validation, "bought"]
    assert rounds(replace(examples, rows=rows)) == 1  # nothing that was learned holds there


@pytest.mark.parametrize("name", models.ROUNDS)
def test_no_other_number_of_rounds_does_better_on_validation(name):
    examples = planted(n=600)
    bought = examples.of("validation")["bought"]
    kept = log_loss(bought, refit(name, examples).validation)
    for rounds in range(1, SETTINGS.boosting.rounds + 1):
        unfitted = models.unbalanced(name, examples.features, boosted(rounds=rounds), 1)
        other = models.score(name, unfitted, examples, stopped=False)
        assert log_loss(bought, other.validation) >= kept - 1e-12


@pytest.mark.parametrize("name", models.TABULAR)
def test_the_same_seed_gives_the_same_probabilities(examples, ladder, name):
    assert (refit(name, examples).test == ladder[name].test).all()


def test_a_model_refuses_to_score_before_its_cut(examples, ladder):
    fitted = ladder[models.LOGISTIC].fitted
    with pytest.raises(ValueError, match="start before it"):
        models.probability(fitted, examples.of("train"), examples, "train_end")
    with pytest.raises(ValueError, match="start before it"):
        models.probability(fitted, examples.of("validation"), examples, "validation_end")


def test_the_threshold_does_not_look_at_the_test_part(examples, ladder):
    rows = examples.rows.copy()
    rows.loc[rows["part"] == "test", "bought"] = False
    again = refit(models.FOREST, replace(examples, rows=rows))
    assert again.threshold == ladder[models.FOREST].threshold


def test_a_moment_with_too_few_buyers_has_no_models(examples):
    few = replace(examples, rows=examples.rows.groupby("part").head(60))
    made = models.ladders(
        {"3": examples, "13": few}, RUN.with_settings(min_buyers=30).settings, seed=1
    )
    assert list(made) == ["3"]


def test_an_hour_lies_beside_the_next_one_also_at_midnight():
    points = models.circle(pd.DataFrame({"hour": [0, 1, 23]}), period=24)
    assert np.linalg.norm(points[0] - points[2]) == pytest.approx(
        np.linalg.norm(points[0] - points[1])
    )


# What is kept, and what is handed on


def saying(examples: data.Examples, on_validation: float) -> models.Scored:
    """A model that says the truth of test, and one number of all of validation."""
    n = len(examples.of("validation"))
    return told(examples, np.full(n, on_validation), examples.of("test")["bought"])


def test_the_kept_model_is_chosen_on_validation_among_those_that_can_be_stored(examples):
    share = examples.of("validation")["bought"].mean()
    said = dict.fromkeys(models.MODELS, 0.9) | {
        models.GRU: share,
        models.LOGISTIC: share + 0.05,
        models.LIGHTGBM: share + 0.1,
    }
    ladders = {"3": {name: saying(examples, p) for name, p in said.items()}}
    losses = evaluation.validation_loss(ladders, {"3": examples})
    assert losses.index[0] == models.GRU
    assert evaluation.choose(losses) == models.LOGISTIC


def test_what_is_handed_on_holds_every_session_after_the_cut(examples, ladder):
    rows = examples.rows.assign(scored_at=examples.rows["started"], moment="3")
    made = {"3": replace(examples, rows=rows), "5": replace(examples, rows=rows, moment="5")}
    exported = export.probabilities({"3": ladder}, models.LIGHTGBM, made)
    after = rows["part"].isin(["validation", "test"]).sum()
    assert len(exported) == 2 * after
    assert exported["probability"].notna().sum() == after  # the other moment was not judged
    assert exported["probability"].dropna().between(0, 1).all()
    nothing = export.probabilities({}, Cannot("Few buyers."), made)
    assert nothing["probability"].isna().all()


def test_the_confusion_counts_every_test_session_once(examples, ladder):
    table = evaluation.confusion(ladder[models.FOREST], examples)
    assert table.to_numpy().sum() == len(examples.of("test"))
    assert table.loc["bought"].sum() == examples.of("test")["bought"].sum()


# The words follow the data


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ((0.6, 0.55, 0.7), "above chance"),
        ((0.5, 0.4, 0.6), "which cannot be told apart from chance"),
        ((0.4, 0.3, 0.45), "below chance"),
    ],
)
def test_chance_is_named_by_where_the_interval_lies(interval, said):
    assert wording.versus_chance(Interval(*interval)) == said


def test_a_difference_is_named_by_where_its_interval_lies():
    assert wording.difference(Interval(-0.1, -0.2, -0.05), "higher", "lower") == "lower"
    assert wording.difference(Interval(0.1, 0.05, 0.2), "higher", "lower") == "higher"
    assert (
        wording.difference(Interval(-0.1, -0.2, 0.05), "higher", "lower")
        == "cannot be told apart from"
    )


def rivals(**auc: float) -> PairedEvaluation:
    """Models whose every metric is one number, in every draw."""
    names = {"lightgbm": models.LIGHTGBM, "gru": models.GRU, "rule": models.RULE}
    metrics = [*wording.SHOWN, "f1", "precision", "recall"]
    value = {names[k]: dict.fromkeys(metrics, v) for k, v in auc.items()}
    drawn = {k: {m: np.full(20, x) for m, x in v.items()} for k, v in value.items()}
    return PairedEvaluation(value, drawn)


def beside_a_prevalence(*losses: float) -> PairedEvaluation:
    """LightGBM with these log-losses in its draws; the prevalence has 0.5 in all."""
    drawn = {models.LIGHTGBM: np.array(losses), models.PREVALENCE: np.full(len(losses), 0.5)}
    return PairedEvaluation(
        {name: dict.fromkeys(METRICS, draws.mean()) for name, draws in drawn.items()},
        {name: dict.fromkeys(METRICS, draws) for name, draws in drawn.items()},
    )


def test_the_report_says_where_the_prevalence_would_do():
    better, either = beside_a_prevalence(0.3, 0.4), beside_a_prevalence(0.4, 0.55)
    said = findings.probabilities(models.LIGHTGBM, {"1": better, "8": either, "13": either})
    assert "not shown after 8 events and after 13 events" in said
    assert "at every moment" in findings.probabilities(models.LIGHTGBM, {"1": better, "3": better})


def test_a_ratio_has_one_digit_and_the_rest_three():
    shown = wording.with_intervals(beside_a_prevalence(0.25, 0.25).scores())
    row = shown.loc[models.LIGHTGBM]
    assert row["pr_lift"] == "0.2 [0.2,\N{NO-BREAK SPACE}0.2]"
    assert row["roc_auc"] == "0.250 [0.250,\N{NO-BREAK SPACE}0.250]"


def test_the_earliest_moment_is_the_first_above_chance():
    rated = {"1": rivals(lightgbm=0.5), "3": rivals(lightgbm=0.7), "cart": rivals(lightgbm=0.6)}
    said = findings.earliest(models.LIGHTGBM, rated)
    assert "is above chance after 3 events already; not after 1 event" in said
    assert "ranks best after 3 events, 0.700" in said
    assert "At no moment" in findings.earliest(models.LIGHTGBM, {"1": rivals(lightgbm=0.5)})


def test_the_network_is_named_ahead_where_its_log_loss_is_less():
    rated = {"1": rivals(lightgbm=0.2, gru=0.3), "cart": rivals(lightgbm=0.2, gru=0.1)}
    (said,) = findings.network(models.LIGHTGBM, rated)
    assert "is ahead at the first cart event and behind after 1 event" in said
    (level,) = findings.network(models.LIGHTGBM, {"1": rivals(lightgbm=0.2, gru=0.2)})
    assert "neither ahead nor behind" in level


def test_names_and_moments_read_as_words():
    assert wording.when("1") == "after 1 event"
    assert wording.when("13") == "after 13 events"
    assert wording.when("cart") == "at the first cart event"
    assert wording.named(models.FOREST) == "the random forest"
    assert wording.named(models.LIGHTGBM) == "LightGBM"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"


def test_metrics_are_kept_by_moment_and_model():
    numbers = findings.evaluated_metrics({"3": rivals(lightgbm=0.7, rule=0.6)})
    assert numbers["3"]["lightgbm"]["roc_auc"] == {"value": 0.7, "low": 0.7, "high": 0.7}
    assert set(numbers["3"]) == {"lightgbm", "rule"}
