"""The figures and tables of this step, with captions computed from what they show."""

import pandas as pd

from trackway.core.cannot import Cannot, need
from trackway.report import exhibits, truth_table
from trackway.report.exhibits import Figure, Table
from trackway.report.phrases import NOT_TOLD_APART
from trackway.sequences import findings, plots
from trackway.sequences import truth as truths
from trackway.sequences.evaluation import CHAIN, NARROW, NETWORK
from trackway.sequences.models.ladder import REPEAT
from trackway.sequences.study import Study


@exhibits.table("parts")
def parts(study: Study) -> Table:
    """Examples by part of time and action; which users were taken."""
    examples, totals, split = study.examples, study.totals, study.split
    n_users = len(set(examples.user_id.tolist()))
    unknown = int((examples.target < 0).sum())
    return Table(
        study.parts,
        caption=(
            f"Examples, by the part of time and by the action that came. {len(examples):,} of "
            f"{totals['examples']:,} examples are studied, those of {n_users:,} of the "
            f"{totals['with_example']:,} users who have one; {totals['users']:,} users are in the "
            f"data. The parts meet at {split.train_end:%Y-%m-%d %H:%M} and "
            f"{split.validation_end:%Y-%m-%d %H:%M} UTC. {unknown:,} examples ask for an action "
            "not seen in training; they are counted here and left out below."
        ),
    )


@exhibits.table("strengths")
def strengths(study: Study) -> Table:
    """The chains and the strength chosen for each."""
    ladder = need(study.ladder)
    tried = ladder.strengths
    return Table(
        tried[tried["chosen"]].drop(columns="chosen"),
        caption=(
            "Markov chains: actions they look back on at most (order), weight of the shorter chain "
            "(strength, examples) and log-loss (nats) on the validation part, for the best "
            f"strength of {tried['strength'].nunique()} tried. Best of all: "
            f"{ladder.best('chain').name}."
        ),
        digits={"strength": 0, "validation_log_loss": 4},
    )


@exhibits.figure("learning-curves")
def learning_curves(study: Study) -> Figure:
    """How the networks learnt."""
    ladder = need(study.ladder)
    curves = ladder.curves
    kept = curves[curves["kept"]].set_index("network")["epoch"]
    last = curves.groupby("network")["epoch"].max()
    epochs = "; ".join(f"{name}: {kept[name]} of {last[name]}" for name in kept.index)
    return Figure(
        plots.plot_learning_curves(curves, ladder.best("chain").validation_log_loss),
        caption=(
            "Log-loss after each epoch; on the training part the mean while the epoch went on. "
            f"The dot is the epoch whose weights are kept ({epochs}). "
            f"{ladder.best('network').model.where}"
        ),
        alt="Log-loss by epoch for each network, on the training and the validation part.",
    )


@exhibits.figure("log-loss")
def log_losses(study: Study) -> Figure:
    """Every model's log-loss, and the paired difference to the best chain."""
    ladder, evaluation = need(study.ladder), need(study.evaluation)
    chain, test = ladder.best("chain").name, evaluation.test
    family = pd.Series({name: model.family for name, model in ladder.models.items()})
    scores, differences = (
        table.reindex(family.index).assign(family=family)
        for table in (evaluation.log_losses, evaluation.against_chain)
    )
    return Figure(
        plots.plot_log_losses(scores, differences, chain, far=REPEAT),
        caption=(
            f"Log-loss on the {len(test):,} test examples of {len(set(test.user_id)):,} users, "
            "small is good, with 95 % intervals over users; right: the same minus the log-loss "
            f"of {chain}, the best chain on the validation part, example by example."
        ),
        alt="Log-loss of each model with its interval, and its difference to the best chain.",
    )


@exhibits.table("scores")
def scores(study: Study) -> Table:
    """Log-loss and macro-F1 of every model."""
    models, scores = need(study.ladder).models.values(), need(study.evaluation).scores
    validation = pd.Series({model.name: model.validation_log_loss for model in models})
    columns = {"validation log-loss": validation}
    for metric, title in {"log_loss": "log-loss", "macro_f1": "macro-F1"}.items():
        rated = scores.xs((metric, ""), level=("metric", "action"))
        columns |= {title: rated["value"], f"{title}, low": rated["low"]}
        columns |= {f"{title}, high": rated["high"]}
    return Table(
        pd.DataFrame(columns).rename_axis("model"),
        caption=(
            "Log-loss (nats, small is good) and macro-F1 (large is good) on the test part, with "
            "95 % intervals over users. Choices were made by the validation log-loss alone."
        ),
    )


@exhibits.table("differences")
def differences(study: Study) -> Table:
    """The differences the questions are answered by."""
    ladder, table = need(study.ladder), need(study.evaluation).contrasts.reset_index()
    network, chain, narrow = (ladder.best(f).name for f in ("network", "chain", "actions only"))
    models = {
        NETWORK: f"{network} minus {chain}",
        CHAIN: f"{chain} minus class shares",
        NARROW: f"{narrow}, minus with all inputs",
    }
    table = table[table["action"] == ""].drop(columns="action")
    table["contrast"] = table["contrast"].map(models)
    return Table(
        table,
        caption=(
            "Paired differences on the test part, with 95 % intervals over users. Below 0 the "
            "first is better in log-loss (nats), worse in macro-F1. Where an interval holds 0, the "
            f"two {NOT_TOLD_APART}."
        ),
        digits=4,
    )


@exhibits.figure("precision-recall")
def precision_recalls(study: Study) -> Figure | Cannot:
    """Precision against recall, for each action that can be judged."""
    curves, ladder, test = need(study.precision_recall), study.ladder, study.evaluation.test
    chain, network = ladder.best("chain"), ladder.best("network")
    shares = {action: test.came(action).mean() for action in study.evaluation.judged}
    return Figure(
        plots.plot_precision_recalls(curves, pd.Series(shares)),
        caption=(
            "Precision against recall on the test part, one panel per action, as ever more "
            f"examples are suspected of it. {network.name} and {chain.name}, the best of their "
            "kinds on the validation part."
        ),
        alt="Precision-recall curves of the best network and the best chain, per action.",
    )


@exhibits.table("average-precision")
def average_precisions(study: Study) -> Table:
    """Average precision per action, chain against network."""
    ladder, test = need(study.ladder), need(study.evaluation).test
    return Table(
        study.average_precision,
        caption=(
            f"Average precision per action (large is good; its share is what chance gives): "
            f"{ladder.best('chain').name}, {ladder.best('network').name}, and the paired "
            "difference, with 95 % intervals over users. An action with fewer than "
            f"{study.run.settings.min_positives} of the {len(test):,} test examples is not judged."
        ),
    )


@exhibits.table("expected")
def expectations(study: Study) -> Table:
    """How often each action came, and how often the best network expected it."""
    expected, test = need(study.expected), study.evaluation.test
    best = study.ladder.best("network")
    return Table(
        expected,
        caption=(
            f"How often each action came on the test part, and how often the {best.name} expected "
            f"it: the sum of its probabilities. {findings.most_frequent(test)}."
        ),
        digits=0,
    )


@exhibits.table("truth")
def truth(study: Study) -> Table | Cannot:
    """Beside the truth: network and chain, and the entropy of what is planted."""
    floor = need(study.floor)
    return truth_table.beside(
        truths.lines(floor),
        digits=4,
        caption=(
            f"On the {floor.known:,} of {floor.asked:,} test examples that the oracle knows; small "
            f"is good, and chance is the class shares. On what came, the filtered truth has "
            f"{floor.oracle:.4f} nats, its entropy is {floor.entropy:.4f}."
        ),
    )
