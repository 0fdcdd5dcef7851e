"""The numbered figures and tables of this step, with captions computed from what they show.

Where the data cannot carry one, its place says why.
"""

import numpy as np
import pandas as pd

from trackway.evaluation.splits import TimeSplit
from trackway.report import Page
from trackway.sequences import examples, plots, words
from trackway.sequences.comparison import CHAIN, NARROW, NETWORK, Comparison
from trackway.sequences.examples import Examples
from trackway.sequences.scores import expected


def parts(page: Page, number: int, made: Examples, split: TimeSplit, totals: dict) -> None:
    """Examples by part of time and action; which users were taken."""
    n_users = len(set(made.user_id.tolist()))
    unknown = int((made.target < 0).sum())
    page.table(
        number,
        examples.part_table(made),
        "parts",
        caption=(
            f"Examples, by the part of time and by the action that came. {len(made):,} of "
            f"{totals['examples']:,} examples are studied, those of {n_users:,} of the "
            f"{totals['with_example']:,} users who have one; {totals['users']:,} users are in the "
            f"data. The parts meet at {split.train_end:%Y-%m-%d %H:%M} and "
            f"{split.validation_end:%Y-%m-%d %H:%M} UTC. {unknown:,} examples ask for an action "
            "not seen in training; they are counted here and left out below."
        ),
    )


def strengths(page: Page, number: int, compared: Comparison) -> None:
    """The chains and the strength chosen for each."""
    if compared.why_not:
        return page.cannot("Table", number, "strengths", compared.why_not)
    tried = compared.ladder.strengths
    chosen = tried[tried["chosen"]].drop(columns="chosen")
    page.table(
        number,
        chosen,
        "strengths",
        caption=(
            "Markov chains: actions they look back on at most (order), weight of the shorter chain "
            "(strength, examples) and log-loss (nats) on the validation part, for the best "
            f"strength of {tried['strength'].nunique()} tried. Best of all: "
            f"{compared.name('chain')}."
        ),
        digits={"strength": 0, "validation_log_loss": 4},
    )


def learning_curves(page: Page, number: int, compared: Comparison) -> None:
    """How the networks learnt."""
    if compared.why_not:
        return page.cannot("Figure", number, "learning-curves", compared.why_not)
    curves = compared.ladder.curves
    kept = curves[curves["kept"]].set_index("network")["epoch"]
    last = curves.groupby("network")["epoch"].max()
    epochs = "; ".join(f"{name}: {kept[name]} of {last[name]}" for name in kept.index)
    page.figure(
        number,
        plots.learning_curves(compared.ladder),
        "learning-curves",
        caption=(
            "Log-loss after each epoch; on the training part the mean while the epoch went on. "
            f"The dot is the epoch whose weights are kept ({epochs}). "
            f"{compared.ladder.best('network').model.where}"
        ),
        alt="Log-loss by epoch for each network, on the training and the validation part.",
    )


def log_losses(page: Page, number: int, compared: Comparison) -> None:
    """Every model's log-loss, and the paired difference to the best chain."""
    if compared.why_not:
        return page.cannot("Figure", number, "log-loss", compared.why_not)
    test = compared.test
    page.figure(
        number,
        plots.log_losses(compared.rates, compared.paired, compared.ladder),
        "log-loss",
        caption=(
            f"Log-loss on the {len(test):,} test examples of {len(set(test.user_id)):,} users, "
            "small is good, with 95 % intervals over users; right: the same minus the log-loss "
            f"of {compared.name('chain')}, the best chain on the validation part, example by "
            "example."
        ),
        alt="Log-loss of each model with its interval, and its difference to the best chain.",
    )


def rates(page: Page, number: int, compared: Comparison) -> None:
    """Log-loss and macro-F1 of every model."""
    if compared.why_not:
        return page.cannot("Table", number, "scores", compared.why_not)
    both = {"log_loss": "log-loss", "macro_f1": "macro-F1"}
    columns = {"validation log-loss": _validation(compared)}
    for metric, title in both.items():
        rated = compared.rates.xs((metric, ""), level=("metric", "action"))
        columns |= {title: rated["value"], f"{title}, low": rated["low"]}
        columns |= {f"{title}, high": rated["high"]}
    page.table(
        number,
        pd.DataFrame(columns).rename_axis("model"),
        "scores",
        caption=(
            "Log-loss (nats, small is good) and macro-F1 (large is good) on the test part, with "
            "95 % intervals over users. Choices were made by the validation log-loss alone."
        ),
    )


def _validation(compared: Comparison) -> pd.Series:
    rungs = compared.ladder.rungs.values()
    return pd.Series({rung.name: rung.validation_log_loss for rung in rungs})


def contrasts(page: Page, number: int, compared: Comparison) -> None:
    """The differences the questions are answered by."""
    if compared.why_not:
        return page.cannot("Table", number, "differences", compared.why_not)
    table = compared.contrasts.reset_index()
    models = {
        NETWORK: f"{compared.name('network')} minus {compared.name('chain')}",
        CHAIN: f"{compared.name('chain')} minus class shares",
        NARROW: f"{compared.name('actions only')}, minus with all inputs",
    }
    table = table[table["action"] == ""].drop(columns="action")
    table["contrast"] = table["contrast"].map(models)
    page.table(
        number,
        table,
        "differences",
        caption=(
            "Paired differences on the test part, with 95 % intervals over users. Below 0 the "
            "first is better in log-loss (nats), worse in macro-F1. An interval that holds 0: "
            "not distinguishable."
        ),
        digits=4,
    )


def precision_recalls(page: Page, number: int, compared: Comparison) -> None:
    """Precision against recall, for each action that can be judged."""
    if compared.why_not or not compared.judged:
        why = compared.why_not or "No action has enough test examples to be judged by itself."
        return page.cannot("Figure", number, "precision-recall", why)
    page.figure(
        number,
        plots.precision_recalls(compared.ladder, compared.test, compared.judged),
        "precision-recall",
        caption=(
            "Precision against recall on the test part, one panel per action, as ever more "
            f"examples are suspected of it. {compared.name('network')} and "
            f"{compared.name('chain')}, the best of their kinds on the validation part."
        ),
        alt="Precision-recall curves of the best network and the best chain, per action.",
    )


def average_precisions(page: Page, number: int, compared: Comparison, least: int) -> None:
    """Average precision per action, chain against network."""
    if compared.why_not:
        return page.cannot("Table", number, "average-precision", compared.why_not)
    test = compared.test
    rows = [_average_precision(compared, action) for action in test.actions]
    columns = ["action", "examples", "share", "model", "value", "low", "high"]
    page.table(
        number,
        pd.concat(rows, ignore_index=True).reindex(columns=columns),
        "average-precision",
        caption=(
            f"Average precision per action (large is good; its share is what chance gives): "
            f"{compared.name('chain')}, {compared.name('network')}, and the paired difference, "
            f"with 95 % intervals over users. An action with fewer than {least} of the "
            f"{len(test):,} test examples is not judged."
        ),
    )


def _average_precision(compared: Comparison, action: str) -> pd.DataFrame:
    truth = compared.test.target == compared.test.actions.index(action)
    said = {"action": action, "examples": int(truth.sum()), "share": float(truth.mean())}
    network, chain = compared.name("network"), compared.name("chain")
    if action not in compared.judged:
        return pd.DataFrame(
            [said | {"model": None, "value": np.nan, "low": np.nan, "high": np.nan}]
        )
    tables = {
        chain: compared.rates.xs(chain, level="model"),
        network: compared.rates.xs(network, level="model"),
        f"{network} minus {chain}": compared.contrasts.loc[NETWORK],
    }
    rated = [table.loc[("average_precision", action)] for table in tables.values()]
    return pd.DataFrame(rated).reset_index(drop=True).assign(**said, model=list(tables))


def expectations(page: Page, number: int, compared: Comparison) -> None:
    """How often each action came, and how often the best network expected it."""
    if compared.why_not:
        return page.cannot("Table", number, "expected", compared.why_not)
    best = compared.ladder.best("network")
    page.table(
        number,
        expected(best.probabilities, compared.test),
        "expected",
        caption=(
            f"How often each action came on the test part, and how often the {best.name} expected "
            f"it: the sum of its probabilities. {words.share_sentence(compared.test)}."
        ),
        digits=0,
    )


def headlines(page: Page, compared: Comparison) -> None:
    """What the index page shows of this step."""
    for label, text in words.headlines(compared).items():
        page.headline(label, text)
