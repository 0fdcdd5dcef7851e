"""Each exhibit of the models shows what it should, and says why where it cannot."""

from dataclasses import replace

import pytest
from planted import RUN, content, planted, planted_ladder, planted_study

from trackway.core.cannot import Cannot
from trackway.intent import export, findings, models, truth
from trackway.intent import page as shown
from trackway.intent.data import Examples
from trackway.intent.study import Study
from trackway.report import references
from trackway.report.exhibits import Table

# ibis 12 asks pandas 3.1 for an option that pandas is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

AT_MAIN = [shown.scores, shown.curves, shown.differences, shown.calibration, shown.brier]
AT_MAIN += [shown.confusion]
OVER_MOMENTS = [shown.validation, shown.early, shown.moments, shown.rivals, shown.card]


@pytest.fixture(scope="module")
def examples() -> Examples:
    return planted()


def moments_of(**examples: Examples) -> dict[str, Examples]:
    """The same sessions at other moments, called by name."""
    named = {name.removeprefix("at_"): one for name, one in examples.items()}
    return {
        moment: replace(one, rows=one.rows.assign(moment=moment), moment=moment)
        for moment, one in named.items()
    }


@pytest.fixture(scope="module")
def judged(examples) -> Study:
    """Judged at the main moment; at a later one nobody is left."""
    few = replace(examples, rows=examples.rows.head(10))
    return planted_study(moments_of(at_3=examples, at_13=few), {"3": planted_ladder(examples)})


@pytest.fixture(scope="module")
def few(examples) -> Study:
    """Judged at no moment at all."""
    made = moments_of(at_3=replace(examples, rows=examples.rows.head(10)))
    return planted_study(made, made["3"].judgeable(RUN.settings.min_buyers))


@pytest.fixture(scope="module")
def only_later(examples) -> Study:
    """Judged at a later moment, but not at the one that is looked at closely."""
    made = moments_of(at_3=replace(examples, rows=examples.rows.head(10)), at_5=examples)
    return planted_study(made, {"5": planted_ladder(examples)})


def test_what_is_shown_of_a_moment_is_what_the_study_holds(judged):
    scores, validation = (content(one, judged) for one in (shown.scores, shown.validation))
    assert list(scores.content.index) == [*models.BASELINES, *models.MODELS]
    assert "after 3 events" in scores.caption
    assert validation.content.equals(judged.losses)
    for exhibit in [*AT_MAIN, *OVER_MOMENTS]:
        one = content(exhibit, judged)
        assert not isinstance(one, Cannot), exhibit.exhibit
        assert one.caption


def test_a_moment_with_too_few_buyers_is_named(judged):
    table = content(shown.moments, judged)
    assert table.content["moment"].tolist() == ["3"]
    assert "Too few buyers to be judged: after 13 events." in table.caption


def test_where_no_moment_is_judged_each_exhibit_says_why(few):
    for exhibit in [*AT_MAIN, *OVER_MOMENTS]:
        assert "A part of time needs 20 buyers" in content(exhibit, few).reason
    assert export.kept(few) == few.ladders
    assert isinstance(truth.study(RUN, few), Cannot)


def test_where_main_alone_is_not_judged_the_others_are_shown(only_later):
    for exhibit in AT_MAIN:
        assert "A part of time needs 20 buyers" in content(exhibit, only_later).reason
    for exhibit in OVER_MOMENTS:
        assert not isinstance(content(exhibit, only_later), Cannot), exhibit.exhibit


def test_features_nobody_can_be_learned_from_are_not_described(judged, few):
    nobody = moments_of(at_3=replace(few.examples["3"], rows=few.examples["3"].rows.head(0)))
    study = planted_study(nobody, nobody["3"].judgeable(20))
    assert content(shown.features, study).reason.startswith("No session to learn from. A part")
    known = replace(judged, features=["view_count", "cart_count"], n_checked=7)
    table = content(shown.features, known)
    assert isinstance(table, Table)
    assert "Computed again for 7 sessions" in table.caption
    assert "Left out, as these data cannot carry them: `remove_count`" in table.caption


def test_the_sentences_follow_what_is_judged(judged, few, only_later):
    (ranking, others) = findings._at_main(judged)
    assert ranking.startswith("After 3 events ")
    assert references.named(ranking) == [("table", "scores"), ("figure", "curves")]
    assert references.named(others) == [("table", "differences")]
    for study in (few, only_later):
        (cannot,) = findings._at_main(study)
        assert cannot.startswith("Whether a purchase can be told early cannot be judged here. A")
        assert references.named(cannot) == [("table", "parts")]
        assert findings._early_claim(study).holds is None
    assert findings._early_claim(judged).holds
    assert findings._over_moments(few) == []
    assert findings._over_moments(only_later)


def test_a_card_tells_what_each_moment_was_made_from(judged):
    table = export.card(judged)
    assert table["moment"].tolist() == ["3"]
    assert table["trained on"].tolist() == [len(judged.examples["3"].of("train"))]
    assert ("trees" in table) == (judged.chosen == models.LIGHTGBM)
