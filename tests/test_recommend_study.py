"""The ladder is fitted twice and judged once; the page shows it, or says why it cannot."""

import json
import weakref
from dataclasses import dataclass, field, replace

import ibis
import numpy as np
import pytest
from recommend_shop import ROWS, SMALL, SPLIT, stream

from trackway import report
from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.recommend import export, findings, selection, snapshot, study, truth
from trackway.recommend import page as shown
from trackway.recommend.models import ladder
from trackway.recommend.next_basket.study import NO_ORDERS, evaluate
from trackway.report import page as page_module


@dataclass
class Held:
    """What is in memory whenever a cut is read or a rung fitted: names of what was made before."""

    made: list[tuple[str, weakref.ref]] = field(default_factory=list)
    at: list[tuple[str, list[str]]] = field(default_factory=list)

    def watched(self, make, name_of):
        def made(*given, **more):
            name = name_of(*given, **more)
            self.at.append((name, [one for one, there in self.made if there() is not None]))
            found = make(*given, **more)
            self.made.append((name, weakref.ref(found)))
            return found

        return made


@pytest.fixture(scope="module")
def compared():
    """A small shop compared, and what was held meanwhile."""
    events = stream(*ROWS).mutate(session_id=ibis._.user_id)
    held = Held()
    with pytest.MonkeyPatch.context() as patch:
        take = held.watched(snapshot.take, lambda events, cut, *more: f"known at {cut:%d}")
        fit = held.watched(ladder.fit, lambda name, known, *more: f"{name}, {known.history.cut:%d}")
        patch.setattr(snapshot, "take", take)
        patch.setattr(ladder, "fit", fit)
        result = study.compare(SMALL, events, SPLIT)
    return result, held.at


def test_every_rung_answers_for_every_user(compared):
    result, _ = compared
    assert result.models == ladder.RUNGS
    epochs = result.selection.epochs
    for name in ladder.RUNGS:
        kept = result.rungs.get(name)
        model = kept or ladder.fit(name, result.snapshot, SMALL.settings, 1, epochs)
        scores = model.scores(np.arange(40))
        assert scores.shape == result.snapshot.history.shape, name
        assert np.isfinite(scores).all(), name
    assert set(result.selection.curves) == {ladder.NCF, ladder.TOWERS}
    assert list(result.selection.validation.index) == ladder.RUNGS[:-1]


def test_where_nobody_viewed_anything_new_the_best_of_all_views_stands_for_it(compared):
    selected = compared[0].selection
    assert selected.validation["new"].isna().all()
    assert selected.best_new == selected.best


def test_nothing_of_the_earlier_cut_is_held_when_the_later_is_read(compared):
    held = dict(compared[1])
    assert held["known at 15"] == []
    assert held["two towers, 05"][0] == "known at 05"  # it would be seen


def test_a_rung_that_nothing_more_is_asked_of_is_let_go_before_the_next_is_fitted(compared):
    result, at = compared
    asked = {*ladder.SOURCES, *ladder.SERVED, result.best, result.best_new}
    for name, held in at:
        rungs = {one.split(",")[0] for one in held if not one.startswith("known")}
        assert rungs <= (asked if name.endswith("15") else set(ladder.SOURCES)), name
    assert set(result.rungs) == {*asked, ladder.HYBRID}
    assert ladder.NCF not in result.rungs


def test_whatever_rungs_the_validation_part_found_best_can_be_asked_again(compared):
    result, _ = compared
    validation = result.selection.validation.assign(all=0.0, new=0.0)
    validation.loc[ladder.EASE, "all"] = validation.loc[ladder.RULES, "new"] = 1.0
    selected = replace(result.selection, validation=validation)
    rungs, _ = selection.evaluate_ladder(result.snapshot, selected, SMALL.settings, 1)
    assert {ladder.EASE, ladder.RULES} < set(rungs)


def test_without_users_after_the_later_cut_it_says_why():
    events = stream(*(row for row in ROWS if row[0] < 12 or row[3] < "2024-02-15"))
    events = events.mutate(session_id=ibis._.user_id)
    assert study.compare(SMALL.with_settings(min_users=13), events, SPLIT) == Cannot(
        "To be judged, 13 users must come before and 13 view something after the cut at "
        "2024-02-15 00:00:00 UTC; 40 came and 12 did."
    )


def test_of_fewer_products_than_candidates_all_are_candidates(compared):
    known = compared[0].snapshot
    hybrid = SMALL.settings.hybrid.model_copy(update={"candidates": 50})
    settings = SMALL.settings.model_copy(update={"hybrid": hybrid})
    sources = ladder.sources(compared[0].rungs, known, settings)
    listed = sources.candidates_of(np.arange(40))
    assert known.history.shape == (40, 16)
    assert listed.groupby("place")["product"].nunique().eq(16).all()


ONCE = [  # every session's visitor is its own
    (10 * d + v, p, "view", f"2024-02-{d:02d} 0{v}:0{p}:00")
    for d in range(1, 29)
    for v in range(3)
    for p in (d % 3, 3 + v)
]


def test_where_nobody_comes_back_only_what_is_popular_is_judged(page):
    events = stream(*ONCE).mutate(session_id=ibis._.user_id)
    reason = (
        "None of the 30 users who viewed something after the cut at 2024-02-05 00:00:00 UTC was "
        "among the 12 known before it: what rests on a user's history can be neither learned nor "
        "judged."
    )
    compared = study.compare(SMALL, events, SPLIT)
    assert compared == Cannot(reason)
    popular = study.popular(SMALL, events, SPLIT)
    assert popular.loc[(ladder.POPULAR, "views", "all", "ndcg", 10), "users"] == 42
    result = study.Study(SMALL, compared, popular, NO_BASKETS, NO_CATEGORIES)
    for exhibit in EXHIBITS:
        exhibit(page, result)
    page.conclude(findings, result)
    reasons = [one for one in page.shown if one.endswith(reason) and "is not shown." in one]
    assert len(reasons) == len(EXHIBITS) - 3
    said = findings.findings(result)
    assert said[0] == f"No recommender was judged. {reason}"
    assert said[1].startswith("What is most popular needs nobody's history: its NDCG at 10 of ")
    assert "over 42 users" in said[1]


NO_CATEGORIES = Cannot("No product has a name.")
EXHIBITS = [
    *[shown.protocol, shown.ladder, shown.scores, shown.every_metric, shown.differences],
    *[shown.curves, shown.cold, shown.diversity, shown.segments, shown.users],
    *[shown.categories, shown.confidence],
]
NO_BASKETS = Cannot(NO_ORDERS)


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page that writes to a temporary folder, and collects what it shows in `shown`."""
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    page = report.Page("recommend", simulated=False)
    page.shown = []

    def keep(shown, raw=False):
        page.shown.append(shown["text/plain"] if raw else shown.data)

    monkeypatch.setattr(page_module, "display", keep)
    page.folder = tmp_path
    return page


def test_what_cannot_be_judged_says_why_in_every_place(page):
    nobody = Cannot("Nobody came.")
    result = study.Study(SMALL, Cannot("Too few came."), nobody, NO_BASKETS, NO_CATEGORIES)
    for exhibit in EXHIBITS:
        exhibit(page, result)
    shown.truth(page, truth.lines(result))
    export.write(result)
    shown.served(page, export.answers(result))
    page.conclude(findings, result)
    reasons = [one for one in page.shown if "is not shown." in one]
    assert len(reasons) == len(EXHIBITS) + 2
    assert sum(one.endswith("Too few came.") for one in reasons) == len(reasons) - 2
    assert json.loads((page.folder / "data/processed/recommend/card.json").read_text()) == {
        "none": "Too few came."
    }
    assert findings.findings(result) == [
        "No recommender was judged. Too few came.",
        "No category was told. No product has a name.",
    ]
    assert [claim.holds for claim in findings.claims(result)] == [None, None]
    assert findings.metrics(result) == {"categories": {}}


def test_what_was_judged_is_shown_kept_and_answered(compared, page):
    result = study.Study(SMALL, compared[0], None, NO_BASKETS, NO_CATEGORIES)
    for exhibit in EXHIBITS:
        exhibit(page, result)
    export.write(result)
    shown.served(page, export.answers(result))
    page.conclude(findings, result)
    refused = [one for one in page.shown if "is not shown." in one]
    assert [one.split(" is")[0] for one in refused] == ["Table 6", "Figure 6"]
    assert "(Figure 1)." in next(one for one in page.shown if one.startswith("- Of the single"))
    assert export.answers(result)["user_id"].tolist() == [0] * 5 + [40] * 5
    rated = findings.metrics(result)["models"]
    assert list(rated) == ladder.RUNGS
    assert rated[ladder.POPULAR]["ndcg_10"]["value"] == compared[0].score(ladder.POPULAR)["value"]


def test_where_there_are_no_views_purchases_are_learned_and_judged(page):
    bought = [(user, product, "purchase", time) for user, product, _, time in ROWS]
    events = stream(*bought).mutate(session_id=ibis._.event_id)
    run = replace(SMALL, facts=replace(SMALL.facts, event_types=("purchase",)))
    compared = study.compare(run, events, SPLIT)
    assert set(compared.scores.index.unique("outcome")) == {"purchases"}
    assert compared.protocol.loc["purchases to be found", "test"] == 160
    result = study.Study(run, compared, None, evaluate(run, events, SPLIT), NO_CATEGORIES)
    for exhibit in [*EXHIBITS, shown.next_basket]:
        exhibit(page, result)
    export.write(result)
    page.conclude(findings, result)
    assert sum("The next basket of 40 customers" in one for one in page.shown) == 1
    assert (page.folder / "data/processed/recommend/next_basket.parquet").exists()
    said = " ".join(page.shown).replace(ladder.RECENT, "")
    assert "of purchases" in said
    assert " view" not in said


def test_where_nobody_chose_anything_new_the_networks_say_so(compared):
    said = findings._of_ladder(compared[0])
    networks = [one for one in said if one.startswith(("NCF against", "Two towers against"))]
    assert networks
    assert all("; nobody viewed a product new to them (" in one for one in networks)
    assert not any("nan" in one for one in said)
