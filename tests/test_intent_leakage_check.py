"""Whatever looks ahead is refused, whatever it was declared to be."""

from functools import partial

import ibis
import pytest

from trackway.intent import features, leakage_check
from trackway.intent.features import rates, registry
from trackway.intent.features.registry import SO_FAR, Feature
from trackway.intent.leakage import null_shop

# ibis 12 asks pandas 3.1 for an option that pandas is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

NAMES = ["view_count", "past_orders", "known_items", "item_rate", "category_rate"]
build = partial(features.of_events, timezone="UTC", smoothing=50.0, moments=["1", "2", "3", "cart"])


@pytest.fixture(scope="module")
def events() -> ibis.Table:
    events, _ = null_shop.tables(n_sessions=900, seed=5)
    if "category_id" not in events.columns:
        events = events.mutate(category_id=events.product_id % 9)
    return events


def tried(build, events, names, users=200) -> int:
    return leakage_check.refuse_the_future(build, events, names, "UTC", users, seed=1)


def test_the_features_of_the_study_stand(events):
    assert tried(build, events, list(registry.REGISTRY)) > 15


def test_no_session_is_nothing_to_try(events):
    assert tried(build, events.limit(0), NAMES) == 0


CANARIES = {
    "the whole session's length": lambda e: e.group_by("session_id").agg(canary=e.count()),
    "whether it buys": lambda e: e.group_by("session_id").agg(
        canary=(e.event_type == "purchase").any().cast("int64")
    ),
    "when the user is last seen": lambda e: (
        e.mutate(canary=e.event_time.max().over(group_by="user_id").epoch_seconds())
        .select("session_id", "canary")
        .distinct()
    ),
    "what is viewed next week": lambda e: (
        e.select("session_id").distinct().cross_join(e.agg(canary=e.count()))
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", CANARIES)
def test_a_canary_from_the_future_is_caught(events, monkeypatch, what):
    monkeypatch.setitem(registry.REGISTRY, "canary", Feature(what, SO_FAR))

    def with_canary(events):
        return build(events).inner_join(CANARIES[what](events), "session_id")

    with pytest.raises(
        leakage_check.FutureKnown, match=r"canary \(declared as known: so far; differs for"
    ):
        tried(with_canary, events, [*NAMES, "canary"])


@pytest.mark.slow
def test_so_is_a_rate_that_counts_today(events, monkeypatch):
    def until_tonight(counts, key):
        so_far = ibis.window(group_by=key, order_by="day", rows=(None, 0))
        sums = {
            name: counts[name].sum().over(so_far).fill_null(0)
            for name in ("views", "purchases", "priced", "worth")
        }
        return counts.select(*key, "day", **sums)

    monkeypatch.setattr(rates, "_before", until_tonight)
    with pytest.raises(leakage_check.FutureKnown, match="category_rate"):
        tried(build, events, NAMES)


def test_what_is_not_declared_or_declared_too_late_is_refused_before_it_is_tried(
    events, monkeypatch
):
    monkeypatch.setitem(registry.REGISTRY, "n_events", Feature("events in all", "at the end"))
    with pytest.raises(ValueError, match=r"clicks.*n_events \(at the end\)"):
        tried(build, events, ["clicks", "n_events"])
