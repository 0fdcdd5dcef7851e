"""What the audit of leaks shows, and its sentences; true of any data."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from trackway.evaluation.bootstrap import Interval
from trackway.intent import audit, wording
from trackway.report import Page, figures
from trackway.report.claims import Claim

CHANCE = 0.5  # of ROC AUC
SHOWN = {"roc_auc": "ROC AUC", "pr_auc": "PR AUC", "f1": "F1"}
HERE, NULL = "this", "null"


def table(page: Page, number: int, shop: pd.DataFrame, null: pd.DataFrame) -> None:
    """The audit of both shops, one row per rung."""
    both = pd.concat([shown(shop, HERE), shown(null, NULL)], ignore_index=True)
    page.table(
        number,
        both,
        "mistake",
        caption=(
            "One forest on the recipe's own features, asked in other ways; each row mends one more "
            "flaw of the first. Only the row called honest answers the question; the one below it "
            "is a check: a column from "
            "the future, here the length of the whole session, must not pass unseen. `alone` "
            "is the honest question with only the flaw put back that the row is rid of. "
            f"The shop `{NULL}` is a simulated one where a coin decides who buys. In brackets: "
            "95 % intervals over users; a dash where there are too few buyers."
        ),
        digits=2,
    )


def shown(climbed: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rungs of the shop called `where`, their numbers and intervals as text."""

    def text(row: pd.Series, metric: str) -> str:
        if not row["tested"]:
            return "–"
        value, low, high = row[[metric, f"{metric}_low", f"{metric}_high"]]
        return f"{value:.2f} [{low:.2f},\N{NO-BREAK SPACE}{high:.2f}]"

    reached = {
        title: [text(row, metric) for _, row in climbed.iterrows()]
        for metric, title in SHOWN.items()
    }
    alone = {
        f"alone, {title}": climbed[f"alone_{metric}"]
        for metric, title in SHOWN.items()
        if metric != "pr_auc"
    }
    first = {"shop": where, "question": climbed["rung"], "tested": climbed["tested"]}
    return pd.DataFrame(first | {"bought": climbed["bought_share"]} | reached | alone)


def leaks(page: Page, number: int, shop: pd.DataFrame, null: pd.DataFrame) -> None:
    """The audit as a figure."""
    missing = int((shop["tested"] == 0).sum())
    said = f" {missing} of them cannot be asked in this shop." if missing else ""
    page.figure(
        number,
        draw(shop, null),
        "leaks",
        caption=(
            "What each question claims, in this shop and in a simulated one where purchase is "
            f"independent of all that is seen before it. From top to bottom one flaw after the "
            f"other is mended.{said} Bars are 95 % intervals over users."
        ),
        alt=(
            "ROC AUC and F1 claimed by a copied recipe whose flaws are mended one by one, in this "
            "shop and in a shop of pure chance."
        ),
    )


def draw(shop: pd.DataFrame, null: pd.DataFrame) -> Figure:
    """ROC AUC and F1 of every rung, in this shop and where nothing can be told."""
    fig, axes = figures.new(height=4.2, ncols=2, sharey=True, width_ratios=[3, 2])
    places = np.arange(len(shop))
    honest = (shop["key"] == audit.HONEST).to_numpy()
    for ax, metric in zip(axes, ["roc_auc", "f1"], strict=True):
        for climbed, mine, shift, colour, mark, label in [
            (shop, ~honest, -0.13, "mistake", "o", "this shop, a mistake"),
            (shop, honest, -0.13, "model", "D", "this shop, honest"),
            (null, honest | ~honest, 0.13, "baseline", "s", "a shop where nothing can be told"),
        ]:
            value, low, high = (climbed.loc[mine, metric + end] for end in ("", "_low", "_high"))
            style = {"color": figures.COLORS[colour], "marker": mark, "label": label}
            figures.dots(ax, value, low, high, places[mine] + shift, **style)
        ax.axhline(len(shop) - 1.5, color="#7a7a7a", linewidth=0.7, linestyle=":")
    axes[0].axvline(CHANCE, color=figures.COLORS["null"], linewidth=1)
    axes[0].set_yticks(places, [textwrap.fill(rung, 31) for rung in shop["rung"]])
    axes[0].set(xlabel="ROC AUC claimed (0.5 is chance)", ylim=(len(shop) - 0.5, -0.5))
    axes[1].set(xlabel="F1 claimed", xlim=(0, 1.02))
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig


def findings(shop: pd.DataFrame, null: pd.DataFrame, number: int) -> list[str]:
    """What the audit says, each sentence with its evidence."""
    return [_leak(shop, number), _nothing_to_tell(null, number)]


def _leak(shop: pd.DataFrame, number: int) -> str:
    rungs = shop.set_index("key")
    copied, honest = rungs.loc[audit.COPIED], rungs.loc[audit.HONEST]
    if not copied["tested"]:
        return f"There are too few buyers even for the widely copied recipe (Table {number})."
    claim = f"ROC AUC {copied['roc_auc']:.2f} and F1 {copied['f1']:.2f}"
    if not honest["tested"]:
        return (
            f"The widely copied recipe would have claimed {claim}, of {copied['tested']:,} "
            "sessions tested, on data that cannot carry an honest judgement "
            f"(Table {number})."
        )
    auc = Interval(*honest[["roc_auc", "roc_auc_low", "roc_auc_high"]])
    worst = rungs["alone_roc_auc"].idxmax()
    (flaw,) = [name for name in audit.MENDS if audit.KEYS.get(name, name) == worst]
    return (
        f"The widely copied recipe would have claimed {claim}; the same forest, asked honestly, "
        f"has {auc}, {wording.versus_chance(auc)}, and {honest['f1']:.2f}. Of its flaws the one that "
        f"alone claims most is {audit.ALONE_IS[flaw]}, with "
        f"{rungs.loc[worst, 'alone_roc_auc']:.2f} (Table {number})."
    )


def _nothing_to_tell(null: pd.DataFrame, number: int) -> str:
    rungs = null.set_index("key")
    if not (rungs["tested"] > 0).all():
        return "The shop of pure chance is too small to be judged; raise `intent.null_sessions`."
    copied, honest, canary = (
        Interval(*rungs.loc[name, ["roc_auc", "roc_auc_low", "roc_auc_high"]])
        for name in (audit.COPIED, audit.HONEST, audit.CANARY)
    )
    end = (
        "holds chance"
        if honest.holds(CHANCE)
        else "misses chance, as one interval in twenty does by bad luck"
    )
    caught = "shows" if canary.low > CHANCE else "is too weak to show among so few"
    return (
        f"In a shop where nothing can be told, the copied recipe still claims a ROC AUC of "
        f"{copied.value:.2f}; the interval of the honest question, {honest}, {end}; a column from "
        f"the future {caught}, {canary} (Table {number})."
    )


def claim(null: pd.DataFrame, number: int) -> Claim:
    """The recipe sees what is not there; the honest question does not."""
    name = "the-recipe-sees-what-is-not-there"
    text = "Where nothing can be told, the copied recipe claims skill and the honest question none."
    rungs = null.set_index("key")
    if not (rungs["tested"] > 0).all():
        return Claim(name, text, None, "The shop of pure chance is too small to be judged.")
    copied, honest = (
        Interval(*rungs.loc[key, ["roc_auc", "roc_auc_low", "roc_auc_high"]])
        for key in (audit.COPIED, audit.HONEST)
    )
    said = f"ROC AUC {copied} of the recipe, {honest} of the honest question (Table {number})."
    return Claim(name, text, bool(copied.low > CHANCE and honest.holds(CHANCE)), said)


def handed_on(shop: pd.DataFrame, null: pd.DataFrame) -> dict:
    """The audit of both shops for `page.metrics`."""
    both = {"audit": _numbers(shop), "null_shop": _numbers(null)}
    return {name: rungs for name, rungs in both.items() if rungs}


def _numbers(climbed: pd.DataFrame) -> dict:
    """An audit's rungs, without those that could not be asked."""
    asked = climbed[climbed["tested"] > 0].set_index("key")
    return {
        key: {"tested": int(row["tested"]), "buyers": int(row["buyers"])}
        | dict(row[[*audit.NUMBERS, *audit.ALONE]].dropna())
        for key, row in asked.iterrows()
    }


def headline(page: Page, shop: pd.DataFrame) -> None:
    """What the recipe would have claimed, for the index page."""
    copied = shop.set_index("key").loc[audit.COPIED]
    if copied["tested"]:
        label = "What the widely copied recipe would have claimed"
        page.headline(label, f"{copied['roc_auc']:.3f}")
