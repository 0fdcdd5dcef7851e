"""Networks learn what chains of one action cannot, the same way each time, and are kept whole."""

import json
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from trackway.core import paths
from trackway.core.cannot import Cannot, or_cannot
from trackway.core.errors import InputError
from trackway.evaluation import determinism
from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.splits import TimeSplit
from trackway.params.sequences import Sequences
from trackway.params.shared import Shared
from trackway.report import Page
from trackway.report.exhibits import Table
from trackway.report.run import Run
from trackway.sequences import data, evaluation, export, findings
from trackway.sequences import page as shown
from trackway.sequences.data import Examples
from trackway.sequences.metrics import log_loss
from trackway.sequences.models import ladder, markov, networks, training
from trackway.sequences.study import Study
from trackway.sequences.truth import Floor

SETTINGS = Sequences.model_validate({
    "window": 4,
    "max_examples": 10_000,
    "gaps": ["10s"],
    "orders": [1, 2],
    "strengths": [1.0, 10.0],
    "networks": ["rnn", "lstm"],
    "embedding": 4,
    "hidden": 16,
    "batch": 128,
    "learning_rate": 0.02,
    "epochs": 8,
    "patience": 3,
    "device": "cpu",
    "min_users": 20,
    "min_positives": 10,
    "replicates": 30,
})  # fmt: skip
SHAPE = networks.Shape("lstm", ("view", "cart"), 4, ("10s",), ("action",), 4, 16)


def second_order(n: int, seed: int) -> Examples:
    """What comes repeats the action before the last in nine of ten cases; the last says nothing."""
    random = np.random.default_rng(seed)
    inputs = np.ones((n, 4, 3), dtype=np.uint8)
    inputs[:, :, 0] = random.integers(1, 3, (n, 4))
    before_last = inputs[:, -2, 0].astype(np.int64) - 1
    target = np.where(random.random(n) < 0.9, before_last, 1 - before_last)
    part = random.choice(
        np.array(["train", "validation", "test"], dtype=object), n, p=[0.6, 0.2, 0.2]
    )
    return Examples(inputs, target, np.arange(n) // 4, np.arange(n), part, ("view", "cart"))


@pytest.fixture(scope="module")
def made() -> Examples:
    return second_order(2500, seed=1)


@pytest.fixture(scope="module")
def fitted(made) -> ladder.Ladder:
    return ladder.fit(made, SETTINGS, seed=7)


def test_a_planted_second_order_is_found_by_chain_2_and_networks_and_not_by_chain_1(made, fitted):
    target = made.of("test").target
    loss = {name: log_loss(target, p) for name, p in fitted.y_proba.items()}
    unknowing, knowing = np.log(2), -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    halfway = (unknowing + knowing) / 2
    assert min(loss[name] for name in ("class shares", "repeat last", "Markov 1")) > halfway
    assert max(loss[name] for name in ("Markov 2", "RNN", "LSTM")) < halfway


def test_the_best_is_chosen_by_the_validation_part(fitted):
    validation = {name: model.validation_log_loss for name, model in fitted.models.items()}
    assert fitted.best("chain").name == "Markov 2"
    assert fitted.best("network").name == min(["RNN", "LSTM"], key=validation.__getitem__)


def test_the_test_part_decides_nothing(made, fitted):
    changed = replace(made, target=np.where(made.part == "test", 0, made.target))
    again = ladder.fit(changed, SETTINGS, seed=7)
    for name, p in fitted.y_proba.items():
        np.testing.assert_array_equal(p, again.y_proba[name])


def test_probabilities_add_up(fitted):
    for p in fitted.y_proba.values():
        np.testing.assert_allclose(p.sum(axis=1), 1)


def fit(made: Examples, seed: int = 7, **changes) -> training.Trained:
    train, validation = made.of("train"), made.of("validation")
    return training.fit(SHAPE, train, validation, SETTINGS.model_copy(update=changes), seed)


def test_training_twice_gives_the_same_bytes_whatever_happened_between(made, tmp_path):
    files = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    for file in files:
        torch.rand(3)  # draws of others change nothing
        networks.save(fit(made, epochs=2).network, file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_another_seed_gives_another_network(made):
    one, two = (fit(made, seed, epochs=1).predict(made) for seed in (1, 2))
    assert not np.array_equal(one, two)


def test_training_leaves_torch_as_it_was(made):
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    fit(made, epochs=1)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not torch.are_deterministic_algorithms_enabled()


def test_it_learns_in_one_thread():
    with determinism.reproducible(1):
        assert torch.get_num_threads() == 1


@pytest.mark.slow
def test_the_order_of_learning_is_drawn(made):
    def learn(seed: int) -> np.ndarray:
        torch.manual_seed(0)
        network = networks.NextAction(SHAPE)
        optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
        torch.manual_seed(seed)
        training._one_epoch(network, optimiser, made, 128, torch.device("cpu"))
        return network.head.weight.detach().numpy()

    np.testing.assert_array_equal(learn(1), learn(1))
    assert not np.array_equal(learn(1), learn(2))


@pytest.mark.parametrize("threads", [1, 2])
def test_how_many_threads_torch_may_use_changes_no_bit(made, threads):
    allowed = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        p = fit(made, epochs=1).predict(made)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(allowed)
    np.testing.assert_array_equal(p, fit(made, epochs=1).predict(made))


def test_the_weights_kept_are_those_of_the_best_epoch(made):
    trained = fit(made, learning_rate=0.5, epochs=6)  # jumps about: the last epoch is not the best
    best = trained.curve["validation_log_loss"].min()
    validation = made.of("validation")
    assert log_loss(validation.target, trained.predict(validation)) == pytest.approx(best)
    assert trained.curve.loc[trained.curve["kept"], "validation_log_loss"].tolist() == [best]


def test_training_stops_when_validation_does_not_get_better(made):
    noise = np.random.default_rng(2).permutation(made.target)
    trained = fit(replace(made, target=noise), epochs=50, patience=2)
    epochs = trained.curve["epoch"]
    assert epochs.max() == epochs[trained.curve["kept"]].item() + 2


def test_before_it_learns_a_network_says_the_class_shares(made):
    rare = replace(made, target=(np.arange(len(made)) % 10 == 0).astype(np.int64))
    bias = training._begin(SHAPE, rare).head.bias.detach().softmax(0).numpy()
    np.testing.assert_allclose(bias, [0.9, 0.1], atol=0.005)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_one_example_is_told_the_same_alone_as_in_company(made, kind):
    network = networks.NextAction(replace(SHAPE, kind=kind))
    trained = training.Trained(network.eval(), None)
    alone, together = made.where(np.arange(len(made)) == 5), made
    np.testing.assert_allclose(trained.predict(alone)[0], trained.predict(together)[5], rtol=1e-5)


def test_padding_stays_nothing_however_long_a_network_learns(made):
    short = replace(made, inputs=made.inputs * (np.arange(4) > 0)[None, :, None])
    trained = fit(short.where(made.part != ""), epochs=2)
    assert not trained.network.embeddings[0].weight[0].any()


def test_inputs_that_are_not_read_change_nothing(made):
    other = replace(made, inputs=np.where(np.arange(3) == 0, made.inputs, 2).astype(np.uint8))
    trained = training.Trained(networks.NextAction(SHAPE).eval(), None)
    np.testing.assert_array_equal(trained.predict(made), trained.predict(other))


def test_every_code_has_its_place(made):
    shape = networks.Shape("gru", ("view", "cart"), 4, ("10s", "1min"), data.INPUTS, 4, 8)
    highest = np.array([3, 4, 4], dtype=np.uint8)  # unknown action, beyond the last edge, other
    full = replace(made, inputs=np.broadcast_to(highest, made.inputs.shape).copy())
    p = training.Trained(networks.NextAction(shape).eval(), None).predict(full)
    assert np.isfinite(p).all()


def test_a_saved_network_says_the_same(made, tmp_path):
    trained = fit(made, epochs=1)
    file = tmp_path / "next_action.safetensors"
    networks.save(trained.network, file, seed=7)
    again = training.Trained(networks.load(file), None)
    np.testing.assert_array_equal(trained.predict(made), again.predict(made))
    notes = json.loads(file.with_suffix(".json").read_text())
    assert notes["seed"] == 7
    assert notes["shape"]["actions"] == ["view", "cart"]


def test_where_there_is_no_network_loading_says_why(tmp_path):
    file = tmp_path / "next_action.safetensors"
    networks.save_none(file, "Only views.")
    with pytest.raises(InputError, match="holds no network: Only views"):
        networks.load(file)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused_and_auto_does_without():
    with pytest.raises(InputError, match="sequences.device is cuda, but torch sees no GPU"):
        determinism.device("cuda", "sequences.device")
    assert {determinism.device(one, "sequences.device").type for one in ("auto", "cpu")} == {"cpu"}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_gpu_comes_to_nearly_the_same(made):
    cpu, gpu = (fit(made, epochs=3, device=name).predict(made) for name in ("cpu", "cuda"))
    np.testing.assert_allclose(cpu, gpu, atol=0.02)


SHARED = Shared(seed=1, timezone=None, split={"train": 0.6, "validation": 0.2})
SPLIT = TimeSplit(*[pd.Timestamp(day, tz="UTC") for day in ("2024-01-02", "2024-01-03")])
UNKNOWN = Cannot("The ceiling is unknown.")


def study_of(made: Examples, fitted: ladder.Ladder | Cannot, **changes) -> Study:
    """The step's result on `made`; with a floor, where there is one, as if of an oracle."""
    settings = SETTINGS.model_copy(update=changes)
    run = Run("sequences", settings, SHARED)
    judged = evaluation.evaluate(fitted, made.of("test"), settings.min_positives, *run.bootstrap)
    floor = UNKNOWN
    if isinstance(fitted, ladder.Ladder):
        names = (fitted.best("network").name, fitted.best("chain").name, ladder.SHARES)
        above = {name: Interval(0.1 * i, 0.1 * i - 0.01, 0.1 * i + 0.01) for i, name in
                 enumerate(names, start=1)}  # fmt: skip
        floor = Floor(9, 8, above, above, 0.2, 0.1, 0.21)
    totals = {"users": 700, "with_example": 650, "examples": 2600}
    return Study(run, SPLIT, totals, made, data.part_table(made), fitted, judged, floor)


@pytest.fixture(scope="module")
def study(made, fitted) -> Study:
    return study_of(made, fitted)


@pytest.fixture
def too_few(made) -> Study:
    few = made.comparable(min_users=len(made))
    return study_of(made, ladder.fit(few, SETTINGS, seed=1))


def test_what_is_said_holds_for_this_ladder(study):
    said = findings.findings(study)
    assert "lower, that is better" in said[1]  # a chain of order 2 beats the class shares
    assert not any("nan" in sentence for sentence in said)
    assert study.evaluation.judged == ["view", "cart"]


def test_the_two_ways_to_a_paired_difference_agree(study):
    network, chain = (study.ladder.best(family).name for family in ("network", "chain"))
    row = study.evaluation.contrast(evaluation.NETWORK)
    np.testing.assert_allclose(study.evaluation.against_chain.loc[network], row)
    assert study.evaluation.against_chain.loc[chain].tolist() == [0, 0, 0]


def test_the_network_on_the_actions_alone_reads_nothing_else(study):
    narrow, network = (study.ladder.best(f) for f in ("actions only", "network"))
    assert narrow.model.shape == replace(network.model.shape, inputs=("action",))
    target = study.evaluation.test.target
    less = log_loss(target, narrow.y_proba) - log_loss(target, network.y_proba)
    assert study.evaluation.contrast(evaluation.NARROW).value == pytest.approx(less)


def test_metrics_are_finite_and_their_names_are_one_word(study):
    def walk(values: dict):
        for name, value in values.items():
            assert name.replace("_", "").isalnum()
            if isinstance(value, dict):
                walk(value)
            else:
                assert np.isfinite(value)

    numbers = findings.metrics(study)
    walk(numbers)
    assert numbers[f"{study.ladder.best('network').name.lower()}_actions_only"]
    assert numbers["ceiling"]["examples"] == study.floor.known


def test_a_ladder_without_a_frequent_action_still_speaks(made, fitted):
    rare = study_of(made, fitted, min_positives=len(made))
    assert rare.evaluation.judged == []
    assert "No action has enough" in findings.findings(rare)[3]


EXHIBITS = [
    shown.parts,
    shown.strengths,
    shown.learning_curves,
    shown.log_losses,
    shown.scores,
    shown.differences,
    shown.precision_recalls,
    shown.average_precisions,
    shown.expectations,
    shown.truth,
]


def made_of(study: Study) -> dict:
    """Every exhibit of `study` by kind and name: a table, a figure, or why there is none."""
    made = {show.exhibit: or_cannot(show.__wrapped__)(study) for show in EXHIBITS}
    plt.close("all")
    return made


def test_every_figure_and_table_has_its_place(study):
    made = made_of(study)
    assert not any("nan" in exhibit.caption for exhibit in made.values())
    by_action = made["table", "average-precision"].content
    assert by_action["action"].tolist() == ["view"] * 3 + ["cart"] * 3
    for (kind, _), exhibit in made.items():
        if kind == "figure":
            assert all(ax.get_xlabel() for ax in exhibit.drawing.axes)


def test_what_is_not_shown_says_why_in_its_place(too_few):
    made = made_of(too_few)
    assert isinstance(made.pop(("table", "parts")), Table)
    assert made.pop(("table", "truth")) == UNKNOWN
    assert {one.reason for one in made.values()} == {too_few.ladder.reason}


def test_an_action_too_rare_has_its_row_and_no_number(made, fitted):
    made = made_of(study_of(made, fitted, min_positives=len(made)))
    missing = {name for name, one in made.items() if isinstance(one, Cannot)}
    assert missing == {("figure", "precision-recall")}
    by_action = made["table", "average-precision"].content
    assert by_action["action"].tolist() == ["view", "cart"]
    assert by_action["value"].isna().all()


def test_where_nothing_can_be_compared_the_reason_is_all_there_is(made, too_few):
    assert "sequences.min_users" in too_few.ladder.reason
    (said,) = findings.findings(too_few)
    assert said.endswith(too_few.ladder.reason)
    assert findings.headlines(too_few) == {"Next action": "not compared"}
    assert findings.metrics(too_few) == {"examples": {"all": len(made)}}
    assert {claim.holds for claim in findings.claims(too_few)} == {None}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Where a page and what is handed on are written."""
    monkeypatch.setenv(paths.STAGING, str(tmp_path))
    return tmp_path


def test_what_was_seen_points_at_what_was_shown(study, checkout, capsys):
    page = Page("sequences", SETTINGS, SHARED, simulated=True)
    for show in EXHIBITS:
        show(page, study)
    page.conclude(findings, study)
    summary = json.loads((checkout / "reports/tables/sequences/summary.json").read_text())
    pointed = [sentence[sentence.rindex("(") :] for sentence in summary["findings"]]
    assert pointed == [
        "(Figure 2).", "(Table 4).", "(Table 4).", "(Figure 3).", "(Table 6).", "(Table 7).",
    ]  # fmt: skip
    assert all("(Table 4)" in claim["evidence"] for claim in summary["claims"])


def test_the_best_network_is_handed_on_or_why_there_is_none(study, too_few, checkout):
    export.write(study)
    file = checkout / "data/processed/next_action.safetensors"
    best = study.ladder.best("network")
    again = training.Trained(networks.load(file), None)
    np.testing.assert_array_equal(again.predict(study.evaluation.test), best.y_proba)
    notes = json.loads(file.with_suffix(".json").read_text())
    assert (notes["name"], notes["seed"]) == (best.name, 1)
    assert notes["chosen_before"] == "2024-01-03T00:00:00+00:00"
    export.write(too_few)
    with pytest.raises(InputError, match="holds no network: Users with an example"):
        networks.load(file)


def test_a_chain_of_order_2_reaches_what_was_planted(made):
    train, test = made.of("train"), made.of("test")
    p = markov.Markov.fit(train, 2, 1.0).predict(test)
    right = p.argmax(axis=1) == test.inputs[:, -2, 0] - 1
    assert right.all()
