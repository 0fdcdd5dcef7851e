"""What `05_intent` shows: each figure or table with the caption computed from it."""

import numpy as np
import pandas as pd

from trackway import evaluation
from trackway.intent import audit, features, imbalance, models, parts, plots, words
from trackway.intent.models import Scored
from trackway.intent.parts import Examples
from trackway.report import Page
from trackway.splits import STRADDLES

OVER_USERS = "In brackets: 95 % intervals over users"


def ledger(page: Page, number: int, table: pd.DataFrame, prefix: int) -> None:
    """Who is scored, and what becomes of the others."""
    scored = table.set_index("sessions").loc[parts.SCORED]
    page.table(
        number,
        table,
        "ledger",
        caption=(
            f"All {table['n'].sum():,} sessions, by what becomes of them when each is to be scored "
            f"after {words.n_events(prefix)}. {scored['n']:,} are scored, of which "
            f"{scored['buyers']:,} bought later. `buyers` of an open session are those so far."
        ),
    )


def cut(page: Page, number: int, table: pd.DataFrame) -> None:
    """The parts of time, and how many sessions and buyers each holds."""
    lost = int(table.loc[STRADDLES, "sessions"])
    kept = table.drop(index=STRADDLES)
    text = {name: table[name].dt.strftime("%Y-%m-%d %H:%M:%S") for name in ("from", "before")}
    bounded = int(kept["sessions"].sum() - kept["used"].sum())
    page.table(
        number,
        table.assign(**text),
        "parts",
        caption=(
            "Scored sessions by part of time, UTC. "
            f"{lost:,} {'lies' if lost == 1 else 'lie'} across a cut and belong to no part. "
            f"{'All others are' if not bounded else f'{bounded:,} of the others are not'} used; "
            "`bought_share` is of the sessions used."
        ),
    )


def known(page: Page, number: int, examples: Examples) -> None:
    """The features, with their means among buyers and others of the training part."""
    train = examples.of("train")
    absent = [name for name in features.MEANING if name not in examples.features]
    left_out = (
        f" Left out, as these data cannot carry them: {', '.join(f'`{a}`' for a in absent)}."
        if absent
        else ""
    )
    page.table(
        number,
        features.describe(examples.features, train),
        "features",
        caption=(
            f"What a model may know, and the mean among buyers and others in the training part "
            f"({len(train):,} sessions).{left_out}"
        ),
        digits=2,
    )


def scores(page: Page, number: int, rated: pd.DataFrame, examples: Examples) -> None:
    """Every model on test."""
    test = examples.of("test")
    page.table(
        number,
        words.with_intervals(rated),
        "scores",
        caption=(
            f"The test part: {len(test):,} sessions of {test['user_id'].nunique():,} users, "
            f"{test['bought'].mean():.1%} of which bought. Chance is 0.5 for `roc_auc` and 1 for "
            f"`pr_lift`; for `log_loss` and `brier`, small is good. {OVER_USERS}."
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
        alt="ROC and precision-recall curves of two baselines and three models on the test part.",
    )


def differences(page: Page, number: int, compared: pd.DataFrame, chosen: Scored) -> None:
    """The chosen model against each of the others."""
    page.table(
        number,
        words.with_intervals(compared, ["roc_auc", "pr_auc", "log_loss", "f1"]),
        "differences",
        caption=(
            f"The {chosen.name}, which had the highest average precision on validation, minus each "
            f"of the others, on the same test sessions. {OVER_USERS}, drawn alike for both."
        ),
    )


def decision(page: Page, number: int, chosen: Scored, examples: Examples) -> None:
    """The confusion matrix at the threshold chosen on validation."""
    table = models.confusion(chosen, examples)
    hits, told = table.loc["bought", "told yes"], table["told yes"].sum()
    right = f"{hits / told:.1%} of those told yes bought" if told else "nobody was told yes"
    page.figure(
        number,
        plots.confusion(table),
        "confusion",
        caption=(
            f"The {chosen.name} on test, told yes from a probability of {chosen.threshold:.3f} on, "
            f"where F1 was highest on validation. {hits:,} of {table.loc['bought'].sum():,} buyers "
            f"are found, and {right}."
        ),
        alt="Counts of test sessions by what was said and what happened.",
    )


def balancing(page: Page, number: int, table: pd.DataFrame) -> None:
    """What balancing the training rows changes."""
    page.table(
        number,
        table.assign(pr_auc_gain=table["pr_auc_gain"].map(str)),
        "balancing",
        caption=(
            "Trained on rows evened out at 1:1, tested as they came. `pr_auc_gain` is over the "
            f"same model trained on the rows as they are. {OVER_USERS}. `mean_said`, the mean "
            "probability, should be the share that bought; `log_loss_mended` is after the prior "
            "is put right."
        ),
    )


def calibration(
    page: Page,
    number: int,
    balanced: dict,
    chosen: Scored,
    examples: Examples,
    settings: dict,
    seed: int,
) -> None:
    """Does it happen as often as was said?"""
    said, mended = imbalance.calibrations(
        balanced, chosen.name, examples, settings["bins"], settings["replicates"], seed
    )
    rows = said[imbalance.NONE]["rows"]
    page.figure(
        number,
        plots.calibration(said, mended),
        "calibration",
        caption=(
            f"The {chosen.name} by way of balancing. A point is a bin of {rows.min():,} to "
            f"{rows.max():,} test sessions for the rows as they are, about as many for the others; "
            "bars are 95 % intervals over users. On the grey line what was said came true."
        ),
        alt="Share that bought against the probability said, before and after the correction.",
    )


def importance(page: Page, number: int, table: pd.DataFrame, chosen: Scored, shuffles: int) -> None:
    """What each feature is worth."""
    idle = [f"`{name}`" for name, row in table.iterrows() if row["low"] <= 0 <= row["high"]]
    of_none = f" Not to be told from nothing: {', '.join(idle)}." if idle else ""
    page.figure(
        number,
        plots.importance(table),
        "importance",
        caption=(
            f"The {chosen.name} on test; mean of {shuffles} shuffles, with 95 % intervals over "
            f"users.{of_none}"
        ),
        alt="ROC AUC lost when each feature is shuffled, the largest loss on top.",
    )


def mistake(page: Page, number: int, shop: pd.DataFrame) -> None:
    """The audit as a table."""
    asked = shop["tested"] > 0
    columns = {
        name: [
            str(evaluation.Interval(row[name], row[f"{name}_low"], row[f"{name}_high"]))
            if yes
            else "–"
            for (_, row), yes in zip(shop.iterrows(), asked, strict=True)
        ]
        for name in ("roc_auc", "f1")
    }
    copied = shop.set_index("rung").loc[audit.COPIED]
    at_natural = (
        f" At the natural share of buyers the hit rates of the first row would give F1 "
        f"{copied['f1_natural']:.2f} instead of {copied['f1']:.2f}."
        if copied["tested"]
        else ""
    )
    page.table(
        number,
        shop[["rung", "tested", "buyers", "bought_share"]].assign(**columns),
        "mistake",
        caption=(
            "The first three rows are mistakes, shown for what they claim; only the last answers "
            f"the question. One forest, the same features.{at_natural} {OVER_USERS}; a dash where "
            "there are too few buyers."
        ),
    )


def leaks(page: Page, number: int, shop: pd.DataFrame, null: pd.DataFrame) -> None:
    """The audit as a figure, beside the shop of pure chance."""
    missing = int((shop["tested"] == 0).sum())
    said = f" {missing} of them cannot be asked in this shop." if missing else ""
    page.figure(
        number,
        plots.leaks(shop, null),
        "leaks",
        caption=(
            "What each question claims, in this shop and in a simulated one where purchase is "
            f"independent of all that is seen before it.{said} Bars are 95 % intervals over users."
        ),
        alt="ROC AUC claimed by four ways of asking, in this shop and in a shop of pure chance.",
    )


def handed_on(rated: pd.DataFrame | None, tables: dict[str, pd.DataFrame], counts: dict) -> dict:
    """The step's metrics: numbers only, and none that could not be computed."""
    values = {"scored": counts} | {
        name: words.audit_numbers(table) for name, table in tables.items()
    }
    if rated is not None:
        values["models"] = words.rated_numbers(rated)
    return {name: value for name, value in values.items() if value}


def headlines(
    page: Page, chosen: Scored | None, rated: pd.DataFrame | None, shop: pd.DataFrame, prefix: int
) -> None:
    """The step's figures for the index page."""
    label = f"A purchase told after {words.n_events(prefix)}, ROC AUC"
    if chosen is None:
        page.headline(label, "not judged: too few buyers")
    else:
        auc, lift = (
            evaluation.Interval(*rated.loc[(chosen.name, m)]) for m in ("roc_auc", "pr_lift")
        )
        page.headline(label, f"{auc} (chance 0.5)")
        page.headline("Its average precision over the share of buyers", f"{lift.value:.1f} times")
    copied = shop.set_index("rung").loc[audit.COPIED]
    if copied["tested"]:
        page.headline(
            "What the widely copied recipe would have claimed", f"{copied['roc_auc']:.3f}"
        )


def share(examples: Examples, part: str = "test") -> float:
    """Share of the sessions of `part` that bought."""
    rows = examples.of(part)
    return float(rows["bought"].mean()) if len(rows) else np.nan
