"""What `05_intent` shows of moments, models and the truth: each exhibit with its caption."""

from trackway.core.cannot import Cannot, need
from trackway.evaluation.splits import STRADDLES
from trackway.intent import data, evaluation, export, plots, wording
from trackway.intent import truth as beside
from trackway.intent.features import registry
from trackway.intent.study import Study
from trackway.intent.truth import Truth
from trackway.report import exhibits, references, truth_table
from trackway.report.exhibits import Figure, Table

OVER_USERS = "In brackets: 95 % intervals over users"


@exhibits.table("ledger")
def ledger(study: Study) -> Table:
    """Who is scored at each moment, and what becomes of the others."""
    need(study.tells_moments)
    table = study.ledger
    counts = table.pivot(index="moment", columns="sessions", values="n")
    scored = table[table["sessions"] == data.SCORED].set_index("moment")
    order = list(table["moment"].unique())
    short = dict(zip(data.FATES, ["open", "not there", "bought", "scored"], strict=True))
    content = counts.loc[order, data.FATES].rename(columns=short).rename_axis(columns=None)
    content["buy later"] = scored["buyers"].loc[order]
    total = counts.sum(axis=1).iloc[0]
    return Table(
        content,
        caption=(
            f"All {total:,} sessions, by what becomes of them at each moment; a row adds up but "
            "for its last column, those of the scored that buy later. `open`: at the end of the "
            "data; `not there`: did not get there; `bought`: by then. A number is that of events "
            "seen; `cart` is right after the first cart event."
        ),
    )


@exhibits.figure("population")
def population(study: Study) -> Figure:
    """Who is still there at each moment."""
    need(study.tells_moments)
    return Figure(
        plots.plot_population(study.ledger),
        caption=(
            "Each moment speaks of other sessions: those that got so far and had bought nothing "
            "yet. So figures of two moments do not compare the same visitors."
        ),
        alt="Shares of sessions scored at each moment, and of those the share that buys later.",
    )


@exhibits.table("parts")
def parts(study: Study) -> Table:
    """The parts of time, and how many sessions and buyers each holds."""
    need(study.tells_moments)
    table = study.parts
    lost = int(table.loc[STRADDLES, "sessions"])
    text = {name: table[name].dt.strftime("%Y-%m-%d %H:%M:%S") for name in ("from", "before")}
    return Table(
        table.assign(**text),
        caption=(
            "Sessions that are over, by part of time, UTC. "
            f"{lost:,} {'lies' if lost == 1 else 'lie'} across a cut and belong to no part. "
            f"`scored` and `bought_share` are of those scored {wording.when(study.main)}; of a "
            "part of more than `intent.max_rows` sessions, a draw of users is studied."
        ),
    )


@exhibits.table("features")
def features(study: Study) -> Table:
    """The features, with their means among buyers and others of the training part."""
    described = need(study.described)
    train = study.examples[study.main].of("train")
    absent = [f"`{name}`" for name in registry.REGISTRY if name not in study.features]
    left_out = f" Left out, as these data cannot carry them: {', '.join(absent)}." * bool(absent)
    return Table(
        described,
        caption=(
            "What a model may know, since when, and means in the training part, "
            f"{wording.when(study.main)} ({len(train):,} sessions). Computed again for "
            f"{study.n_checked:,} sessions without anything after the moment they are scored, none "
            f"changed.{left_out}"
        ),
        digits=2,
    )


@exhibits.table("scores")
def scores(study: Study) -> Table:
    """Every model on test, at the main moment."""
    table = wording.with_intervals(need(study.main_evaluation).scores())
    test = need(study.main_examples).of("test")
    return Table(
        table,
        caption=(
            f"Models {wording.when(study.main)}, on the test part: {len(test):,} sessions of "
            f"{test['user_id'].nunique():,} users, {test['bought'].mean():.1%} of which bought. "
            "Chance is 0.5 for `roc_auc` and 1 for `pr_lift`; of `log_loss` and `brier` little is "
            f"good. {OVER_USERS}."
        ),
    )


@exhibits.figure("curves")
def curves(study: Study) -> Figure:
    """ROC and precision-recall curves."""
    bought = need(study.main_examples).of("test")["bought"]
    y_proba = {name: one.test for name, one in need(study.ladder).items()}
    return Figure(
        plots.plot_curves(bought, y_proba),
        caption=(
            "Left, chance is the diagonal of the prevalence. Right, chance is its height, "
            f"{bought.mean():.1%}: whoever says yes to all is right so often. {len(bought):,} "
            f"test sessions, {int(bought.sum()):,} buyers."
        ),
        alt="ROC and precision-recall curves of two baselines and five models on the test part.",
    )


@exhibits.table("validation")
def validation(study: Study) -> Table:
    """By what the model that is kept was chosen."""
    losses, chosen = need(study.losses), need(study.chosen)
    best = losses.index[0]
    instead = (
        ""
        if best == chosen
        else f" The least is that of {wording.named(best)}, which is not kept: see the model card."
    )
    return Table(
        losses,
        caption=(
            "Log-loss on the validation part, all moments together, nats. Kept is the best of "
            "those that can be stored as text, and say the same of a session whatever others are "
            f"asked about with it: {wording.named(chosen)}.{instead}"
        ),
        digits=4,
    )


@exhibits.table("differences")
def differences(study: Study) -> Table:
    """The chosen model against each of the others."""
    gains = need(study.main_evaluation).differences(need(study.chosen))
    return Table(
        wording.with_intervals(gains, ["roc_auc", "pr_auc", "log_loss"]),
        caption=(
            f"{wording.named(study.chosen)} minus each of the others, on the same test sessions; "
            f"below 0 it is the better one in `log_loss`. {OVER_USERS}, drawn alike for both."
        ),
    )


@exhibits.figure("calibration")
def calibration(study: Study) -> Figure:
    """Does it happen as often as was said?"""
    tables = need(study.calibration)
    rows = tables[study.chosen]["rows"]
    return Figure(
        plots.plot_calibration(tables),
        caption=(
            f"A point is a bin of {rows.min():,} to {rows.max():,} test sessions; bars are 95 % "
            "intervals over users. On the grey line what was said came true."
        ),
        alt="Share that bought against the probability said, for three models.",
    )


@exhibits.table("brier")
def brier(study: Study) -> Table:
    """The Brier score taken apart."""
    return Table(
        need(study.brier),
        caption=(
            "The Brier score taken apart: reliability - resolution + uncertainty + within = brier. "
            "Small reliability: what is said comes true. Large resolution: buyers are told apart. "
            "Uncertainty is the same for all."
        ),
        digits=5,
    )


@exhibits.figure("early")
def early(study: Study) -> Figure:
    """How good the models are from moment to moment."""
    evaluated, chosen = need(study.evaluated), need(study.chosen)
    labels = {"roc_auc": "ROC AUC", "pr_lift": "average precision over share of buyers"}
    tables = {label: evaluation.by_moment(evaluated, metric) for metric, label in labels.items()}
    chance = dict(zip(labels.values(), (0.5, 1.0), strict=True))
    return Figure(
        plots.plot_by_moment(tables, chosen, chance),
        caption=(
            f"The band is the 95 % interval of {wording.named(chosen)} over users; the grey line "
            f"is chance. Each moment has other sessions behind it "
            f"({references.figure('population')}), so a line is no growth of the same visitors' "
            "evidence."
        ),
        alt="ROC AUC and lift of average precision of every model at every moment.",
    )


@exhibits.table("moments")
def moments(study: Study) -> Table:
    """The chosen model at every moment, with the population behind it."""
    evaluated, chosen = need(study.evaluated), need(study.chosen)
    missing = [wording.when(moment) for moment in study.examples if moment not in evaluated]
    few = f" Too few buyers to be judged: {wording.listed(missing)}." if missing else ""
    return Table(
        study.by_moment,
        caption=(
            f"{wording.named(chosen)} at every moment, on test.{few} `beside prevalence` is its "
            "log-loss minus that of one who says the training part's share of buyers of everyone; "
            f"below 0 its probabilities are the better ones. {OVER_USERS}."
        ),
    )


@exhibits.table("rivals")
def rivals(study: Study) -> Table:
    """The model kept against the network that reads the events, and against the rule."""
    chosen = need(study.chosen)
    return Table(
        need(study.against_others),
        caption=(
            f"Log-loss of {wording.named(chosen)} minus that of others, at every moment on the "
            f"same test sessions, nats; above 0 the other one is better. {OVER_USERS}."
        ),
    )


@exhibits.figure("confusion")
def confusion(study: Study) -> Figure:
    """The confusion matrix at the threshold chosen on validation."""
    table, kept = need(study.confusion), need(study.kept)
    hits, yes = table.loc["bought", "told yes"], table["told yes"].sum()
    right = f"{hits / yes:.1%} of those told yes bought" if yes else "nobody was told yes"
    return Figure(
        plots.plot_confusion(table),
        caption=(
            f"{wording.named(kept.name)} on test, told yes from a probability of "
            f"{kept.threshold:.3f} on, where F1 was highest on validation. {hits:,} of "
            f"{table.loc['bought'].sum():,} buyers are found, and {right}."
        ),
        alt="Counts of test sessions by what was said and what happened.",
    )


@exhibits.table("truth")
def truth(truth: Truth | Cannot) -> Table | Cannot:
    """The table "Beside the truth": the main moment in full, of the others the ROC AUC."""
    first = beside.in_order(need(truth))[0]
    one = truth.ceilings[first]
    return truth_table.beside(
        beside.lines(truth),
        caption=(
            f"{wording.named(truth.chosen)} on test sessions that the oracle knows: "
            f"{wording.when(first)} {one.known:,} of {one.asked:,}, to whom the oracle gives "
            f"{one.expected:.1%} on average, and {one.bought:.1%} bought. Chance of the log-loss "
            "is the share of buyers in the training part, said of everyone."
        ),
    )


@exhibits.figure("ceiling")
def ceiling(truth: Truth | Cannot) -> Figure:
    """What is reached at every moment, beside the ceiling."""
    table = beside.by_moment(need(truth).ceilings)
    return Figure(
        plots.plot_ceiling(table, truth.chosen),
        caption=(
            f"{wording.named(truth.chosen)} at each moment, with 95 % intervals over users, beside "
            "what a filter of the planted truth reaches. The grey area is what can be told at "
            f"best. {table['sessions'].min():,} to {table['sessions'].max():,} test "
            "sessions a moment."
        ),
        alt="ROC AUC at each moment: the model's, the Bayes-optimal one's, and chance.",
    )


@exhibits.table("card")
def card(study: Study) -> Table:
    """The card of the model that is kept: what each moment's was made from, what it reaches."""
    table = need(export.card(study))
    return Table(
        table,
        caption=(
            "What is kept in `data/processed/intent_model.json`: "
            f"{wording.named(study.chosen)}, one for each moment. The last three are on test; "
            "`prevalence` is the log-loss of one who says the training part's share of buyers of "
            "everyone."
        ),
        digits=4,
    )
