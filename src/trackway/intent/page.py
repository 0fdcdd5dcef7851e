"""What `05_intent` shows of moments and models: each figure or table with its computed caption."""

import pandas as pd

from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.paired import PairedEvaluation
from trackway.evaluation.splits import STRADDLES
from trackway.intent import data, evaluation, findings, plots, wording
from trackway.intent.data import Examples
from trackway.intent.features import registry
from trackway.intent.models import GRU, LOGISTIC, RULE, Scored
from trackway.report import Page

OVER_USERS = "In brackets: 95 % intervals over users"


def ledger(page: Page, number: int, table: pd.DataFrame) -> None:
    """Who is scored at each moment, and what becomes of the others."""
    counts = table.pivot(index="moment", columns="sessions", values="n")
    scored = table[table["sessions"] == data.SCORED].set_index("moment")
    order = list(table["moment"].unique())
    short = dict(zip(data.FATES, ["open", "not there", "bought", "scored"], strict=True))
    shown = counts.loc[order, data.FATES].rename(columns=short).rename_axis(columns=None)
    shown["buy later"] = scored["buyers"].loc[order]
    total = counts.sum(axis=1).iloc[0]
    page.table(
        number,
        shown,
        "ledger",
        caption=(
            f"All {total:,} sessions, by what becomes of them at each moment; a row adds up but "
            "for its last column, those of the scored that buy later. `open`: at the end of the "
            "data; `not there`: did not get there; `bought`: by then. A number is that of events "
            "seen; `cart` is right after the first cart event."
        ),
    )


def population(page: Page, number: int, table: pd.DataFrame) -> None:
    """Who is still there at each moment."""
    page.figure(
        number,
        plots.population(table),
        "population",
        caption=(
            "Each moment speaks of other sessions: those that got so far and had bought nothing "
            "yet. So figures of two moments do not compare the same visitors."
        ),
        alt="Shares of sessions scored at each moment, and of those the share that buys later.",
    )


def cut(page: Page, number: int, table: pd.DataFrame, moment: str) -> None:
    """The parts of time, and how many sessions and buyers each holds."""
    lost = int(table.loc[STRADDLES, "sessions"])
    text = {name: table[name].dt.strftime("%Y-%m-%d %H:%M:%S") for name in ("from", "before")}
    page.table(
        number,
        table.assign(**text),
        "parts",
        caption=(
            "Sessions that are over, by part of time, UTC. "
            f"{lost:,} {'lies' if lost == 1 else 'lie'} across a cut and belong to no part. "
            f"`scored` and `bought_share` are of those scored {wording.when(moment)}; of a part of "
            "more than `intent.max_rows` sessions, a draw of users is studied."
        ),
    )


def known(page: Page, number: int, examples: Examples, usable: list[str], tried: int) -> None:
    """The features, with their means among buyers and others of the training part."""
    train = examples.of("train")
    absent = [name for name in registry.REGISTRY if name not in usable]
    left_out = (
        f" Left out, as these data cannot carry them: {', '.join(f'`{a}`' for a in absent)}."
        if absent
        else ""
    )
    page.table(
        number,
        registry.describe(usable, train),
        "features",
        caption=(
            "What a model may know, since when, and means in the training part, "
            f"{wording.when(examples.moment)} ({len(train):,} sessions). Computed again for "
            f"{tried:,} sessions without anything after the moment they are scored, none changed."
            f"{left_out}"
        ),
        digits=2,
    )


def scores(page: Page, number: int, rated: PairedEvaluation, examples: Examples) -> None:
    """Every model on test, at one moment."""
    test = examples.of("test")
    page.table(
        number,
        wording.with_intervals(rated.scores()),
        "scores",
        caption=(
            f"Models {wording.when(examples.moment)}, on the test part: {len(test):,} sessions of "
            f"{test['user_id'].nunique():,} users, {test['bought'].mean():.1%} of which bought. "
            "Chance is 0.5 for `roc_auc` and 1 for `pr_lift`; of `log_loss` and `brier` little is "
            "good. "
            f"{OVER_USERS}."
        ),
    )


def curves(page: Page, number: int, ladder: dict[str, Scored], examples: Examples) -> None:
    """ROC and precision-recall curves."""
    bought = examples.of("test")["bought"]
    page.figure(
        number,
        plots.ranking(ladder, bought),
        "curves",
        caption=(
            "Left, chance is the diagonal of the prevalence. Right, chance is its height, "
            f"{bought.mean():.1%}: whoever says yes to all is right so often. {len(bought):,} "
            f"test sessions, {int(bought.sum()):,} buyers."
        ),
        alt="ROC and precision-recall curves of two baselines and five models on the test part.",
    )


def differences(page: Page, number: int, rated: PairedEvaluation, chosen: str) -> None:
    """The chosen model against each of the others."""
    page.table(
        number,
        wording.with_intervals(rated.differences(chosen), ["roc_auc", "pr_auc", "log_loss"]),
        "differences",
        caption=(
            f"{wording.named(chosen)} minus each of the others, on the same test sessions; below 0 "
            f"it is the better one in `log_loss`. {OVER_USERS}, drawn alike for both."
        ),
    )


def losses(page: Page, number: int, table: pd.DataFrame, chosen: str) -> None:
    """By what the model that is kept was chosen."""
    best = table.index[0]
    instead = (
        ""
        if best == chosen
        else f" The least is that of {wording.named(best)}, which is not kept: see the model card."
    )
    page.table(
        number,
        table,
        "validation",
        caption=(
            "Log-loss on the validation part, all moments together, nats. Kept is the best of "
            "those that can be stored as text, and say the same of a session whatever others are "
            f"asked about with it: {wording.named(chosen)}.{instead}"
        ),
        digits=4,
    )


def calibrated(
    page: Page,
    number: int,
    ladder: dict[str, Scored],
    chosen: str,
    examples: Examples,
    settings: dict,
    seed: int,
) -> None:
    """Does it happen as often as was said?"""
    names = [chosen, *[n for n in (LOGISTIC, evaluation.LIGHTGBM, GRU) if n != chosen]]
    tables = evaluation.calibration(ladder, names, examples, settings, seed)
    rows = tables[chosen]["rows"]
    page.figure(
        number,
        plots.calibration(tables),
        "calibration",
        caption=(
            f"A point is a bin of {rows.min():,} to {rows.max():,} test sessions; bars are 95 % "
            "intervals over users. On the grey line what was said came true."
        ),
        alt="Share that bought against the probability said, for three models.",
    )


def brier(page: Page, number: int, table: pd.DataFrame) -> None:
    """The Brier score taken apart."""
    page.table(
        number,
        table,
        "brier",
        caption=(
            "The Brier score taken apart: reliability - resolution + uncertainty + within = brier. "
            "Small reliability: what is said comes true. Large resolution: buyers are told apart. "
            "Uncertainty is the same for all."
        ),
        digits=5,
    )


def early(page: Page, number: int, rated: dict[str, PairedEvaluation], chosen: str) -> None:
    """How good the models are from moment to moment."""
    labels = {"roc_auc": "ROC AUC", "pr_lift": "average precision over share of buyers"}
    tables = {label: evaluation.by_moment(rated, metric) for metric, label in labels.items()}
    page.figure(
        number,
        plots.early(tables, chosen, dict(zip(labels.values(), (0.5, 1.0), strict=True))),
        "early",
        caption=(
            f"The band is the 95 % interval of {wording.named(chosen)} over users; the grey line is "
            "chance. Each moment has other sessions behind it (Figure 1), so a line is no growth "
            "of the same visitors' evidence."
        ),
        alt="ROC AUC and lift of average precision of every model at every moment.",
    )


def moments(
    page: Page,
    number: int,
    rated: dict[str, PairedEvaluation],
    chosen: str,
    examples: dict[str, Examples],
) -> None:
    """The chosen model at every moment, with the population behind it."""
    rows = []
    for moment, one in rated.items():
        test, scored = examples[moment].of("test"), one.scores().loc[chosen]
        text = {m: str(Interval(*scored.loc[m])) for m in ("roc_auc", "pr_lift", "log_loss")}
        text["beside prevalence"] = str(findings.beside_prevalence(one, chosen))
        rows.append(
            {"moment": moment, "tested": len(test), "buyers": int(test["bought"].sum())} | text
        )
    missing = [wording.when(m) for m in examples if m not in rated]
    said = f" Too few buyers to be judged: {wording.listed(missing)}." if missing else ""
    page.table(
        number,
        pd.DataFrame(rows),
        "moments",
        caption=(
            f"{wording.named(chosen)} at every moment, on test.{said} `beside prevalence` is its "
            "log-loss minus that of one who says the training part's share of buyers of everyone; "
            f"below 0 its probabilities are the better ones. {OVER_USERS}."
        ),
    )


def network(page: Page, number: int, rated: dict[str, PairedEvaluation], chosen: str) -> None:
    """The model kept against the network that reads the events, and against the rule."""
    rows = []
    for moment, one in rated.items():
        gains = one.differences(chosen)
        text = {
            f"{metric} over {name}": str(Interval(*gains.loc[(of, metric)]))
            for of, name in ((GRU, "GRU"), (LOGISTIC, "logistic"), (RULE, "rule"))
            for metric in ("log_loss",)
            if of != chosen
        }
        rows.append({"moment": moment} | text)
    page.table(
        number,
        pd.DataFrame(rows),
        "rivals",
        caption=(
            f"Log-loss of {wording.named(chosen)} minus that of others, at every moment on the same "
            f"test sessions, nats; above 0 the other one is better. {OVER_USERS}."
        ),
    )


def decision(page: Page, number: int, chosen: Scored, examples: Examples) -> None:
    """The confusion matrix at the threshold chosen on validation."""
    table = evaluation.confusion(chosen, examples)
    hits, told = table.loc["bought", "told yes"], table["told yes"].sum()
    right = f"{hits / told:.1%} of those told yes bought" if told else "nobody was told yes"
    page.figure(
        number,
        plots.confusion(table),
        "confusion",
        caption=(
            f"{wording.named(chosen.name)} on test, told yes from a probability of "
            f"{chosen.threshold:.3f} on, where F1 was highest on validation. {hits:,} of "
            f"{table.loc['bought'].sum():,} buyers are found, and {right}."
        ),
        alt="Counts of test sessions by what was said and what happened.",
    )


def headlines(
    page: Page, chosen: str | None, rated: dict[str, PairedEvaluation], main: str
) -> None:
    """The step's figures for the index page."""
    label = f"A purchase told {wording.when(main)}, ROC AUC"
    if main not in rated:
        page.headline(label, "not judged: too few buyers")
        return
    scores = rated[main].scores()
    auc, lift = (Interval(*scores.loc[(chosen, m)]) for m in ("roc_auc", "pr_lift"))
    page.headline(label, f"{auc} (chance 0.5)")
    page.headline("Its average precision over the share of buyers", f"{lift.value:.1f} times")


def shares(examples: dict[str, Examples]) -> dict[str, float]:
    """Share of the test sessions of each moment that bought."""
    return {moment: evaluation.share(one) for moment, one in examples.items()}


def handed_on(
    rated: dict[str, PairedEvaluation], ledger: pd.DataFrame, losses: pd.DataFrame | None
) -> dict:
    """The step's metrics: numbers only, and none that could not be computed."""
    counts = {
        moment: dict(zip(mine["sessions"], mine["n"], strict=True))
        for moment, mine in ledger.groupby("moment")
    }
    numbers = {"scored": counts, "models": findings.rated_numbers(rated)}
    if losses is not None:
        numbers["validation_log_loss"] = {
            wording.key(name): float(value) for name, value in losses["log_loss"].items()
        }
    return {name: value for name, value in numbers.items() if value}
