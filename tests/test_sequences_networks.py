"""Networks learn what chains of one action cannot, the same way each time, and are kept whole."""

import json
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from trackway.core.errors import InputError
from trackway.evaluation import determinism
from trackway.sequences import comparison, ladder, markov, networks, plots, shown, training, words
from trackway.sequences.examples import Examples
from trackway.sequences.scores import log_loss

SETTINGS = {
    "window": 4,
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
}
RECIPE = training.Recipe.of(SETTINGS)
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
def climbed(made) -> ladder.Ladder:
    return ladder.climb(made, SETTINGS, seed=7)


def test_a_planted_second_order_is_found_by_chain_2_and_networks_and_not_by_chain_1(made, climbed):
    target = made.of("test").target
    loss = {name: log_loss(p, target) for name, p in climbed.probabilities.items()}
    unknowing, knowing = np.log(2), -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    halfway = (unknowing + knowing) / 2
    assert min(loss[name] for name in ("class shares", "repeat last", "Markov 1")) > halfway
    assert max(loss[name] for name in ("Markov 2", "RNN", "LSTM")) < halfway


def test_the_best_is_chosen_by_the_validation_part(climbed):
    validation = {name: rung.validation_log_loss for name, rung in climbed.rungs.items()}
    assert climbed.best("chain").name == "Markov 2"
    assert climbed.best("network").name == min(["RNN", "LSTM"], key=validation.__getitem__)


def test_the_test_part_decides_nothing(made, climbed):
    changed = replace(made, target=np.where(made.part == "test", 0, made.target))
    again = ladder.climb(changed, SETTINGS, seed=7)
    for name, p in climbed.probabilities.items():
        np.testing.assert_array_equal(p, again.probabilities[name])


def test_probabilities_add_up(climbed):
    for p in climbed.probabilities.values():
        np.testing.assert_allclose(p.sum(axis=1), 1)


def fit(made: Examples, seed: int = 7, **changes) -> training.Trained:
    train, validation = made.of("train"), made.of("validation")
    return training.fit(SHAPE, train, validation, replace(RECIPE, **changes), seed)


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
    assert log_loss(trained.predict(validation), validation.target) == pytest.approx(best)
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
    shape = networks.Shape("gru", ("view", "cart"), 4, ("10s", "1min"), networks.INPUTS, 4, 8)
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


@pytest.fixture(scope="module")
def compared(made, climbed) -> comparison.Comparison:
    return comparison.judge(climbed, made.of("test"), SETTINGS, seed=1)


def test_what_is_said_and_drawn_holds_for_this_ladder(compared):
    said = words.findings(compared)
    assert "lower, that is better" in said[1]  # a chain of order 2 beats the class shares
    assert not any("nan" in sentence for sentence in said)
    assert compared.judged == ["view", "cart"]
    for figure in [
        plots.learning_curves(compared.ladder),
        plots.log_losses(compared.rates, compared.paired, compared.ladder),
        plots.precision_recalls(compared.ladder, compared.test, compared.judged),
    ]:
        assert all(ax.get_xlabel() for ax in figure.axes)
        plt.close(figure)


def test_the_two_ways_to_a_paired_difference_agree(compared):
    row = compared.contrasts.loc[(comparison.NETWORK, "log_loss", "")]
    np.testing.assert_allclose(compared.paired.loc[compared.name("network")], row)
    assert compared.paired.loc[compared.name("chain")].tolist() == [0, 0, 0]


def test_the_network_on_the_actions_alone_reads_nothing_else(compared):
    narrow, network = (compared.ladder.best(f) for f in ("actions only", "network"))
    assert narrow.model.shape == replace(network.model.shape, inputs=("action",))
    target = compared.test.target
    less = log_loss(narrow.probabilities, target) - log_loss(network.probabilities, target)
    row = compared.contrasts.loc[(comparison.NARROW, "log_loss", "")]
    assert row["value"] == pytest.approx(less)


def test_metrics_are_finite_and_their_names_are_one_word(made, compared):
    def walk(values: dict):
        for name, value in values.items():
            assert name.replace("_", "").isalnum()
            if isinstance(value, dict):
                walk(value)
            else:
                assert np.isfinite(value)

    numbers = words.metrics(made, compared)
    walk(numbers)
    assert numbers[
        "lstm_actions_only" if compared.name("network") == "LSTM" else "rnn_actions_only"
    ]


def test_a_ladder_without_a_frequent_action_still_speaks(made, climbed):
    rare = {**SETTINGS, "min_positives": len(made)}
    compared = comparison.judge(climbed, made.of("test"), rare, seed=1)
    assert compared.judged == []
    assert "No action has enough" in words.findings(compared)[3]


class Paper:
    """Stands in for the report's page: remembers what was shown, and where something was not."""

    def __init__(self):
        self.shown, self.missing = {}, {}

    def table(self, number, table, name, *, caption, digits=3):
        self.shown["Table", number] = (table, caption)

    def figure(self, number, fig, name, *, caption, alt):
        self.shown["Figure", number] = (alt, caption)
        plt.close(fig)

    def cannot(self, kind, number, name, why):
        self.missing[kind, number] = why


def show_all(compared) -> Paper:
    paper = Paper()
    shown.strengths(paper, 2, compared)
    shown.learning_curves(paper, 1, compared)
    shown.log_losses(paper, 2, compared)
    shown.rates(paper, 3, compared)
    shown.contrasts(paper, 4, compared)
    shown.precision_recalls(paper, 3, compared)
    shown.average_precisions(paper, 5, compared, 10)
    shown.expectations(paper, 6, compared)
    return paper


EVERYTHING = {("Figure", n) for n in (1, 2, 3)} | {("Table", n) for n in (2, 3, 4, 5, 6)}


def test_every_figure_and_table_has_its_place(compared):
    paper = show_all(compared)
    assert set(paper.shown) == EVERYTHING
    assert not any("nan" in caption for _, caption in paper.shown.values())
    by_action, _ = paper.shown["Table", 5]
    assert by_action["action"].tolist() == ["view"] * 3 + ["cart"] * 3


def test_what_is_not_shown_says_why_in_its_place(made):
    few = comparison.compare(made, {**SETTINGS, "min_users": len(made)}, seed=1)
    paper = show_all(few)
    assert set(paper.missing) == EVERYTHING
    assert set(paper.missing.values()) == {few.why_not}


def test_an_action_too_rare_has_its_row_and_no_number(made, climbed):
    rare = {**SETTINGS, "min_positives": len(made)}
    paper = show_all(comparison.judge(climbed, made.of("test"), rare, seed=1))
    assert set(paper.missing) == {("Figure", 3)}
    by_action, _ = paper.shown["Table", 5]
    assert by_action["action"].tolist() == ["view", "cart"]
    assert by_action["value"].isna().all()


def test_where_nothing_can_be_compared_the_reason_is_all_there_is(made):
    few = comparison.compare(made, {**SETTINGS, "min_users": len(made)}, seed=1)
    assert few.ladder is None
    assert "sequences.min_users" in words.findings(few)[0]
    assert words.headlines(few) == {"Next action": "not compared"}
    assert words.metrics(made, few) == {"examples": {"all": len(made)}}


def test_a_chain_of_order_2_reaches_what_was_planted(made):
    train, test = made.of("train"), made.of("test")
    p = markov.Markov.fit(train, 2, 1.0).predict(test)
    right = p.argmax(axis=1) == test.inputs[:, -2, 0] - 1
    assert right.all()
