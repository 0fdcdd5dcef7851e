"""The exhibits of the ablation: what leaks claim, in this shop and in one of pure chance."""

import pandas as pd

from trackway.intent.leakage.plots import plot_ablation
from trackway.intent.leakage.study import Leakage
from trackway.report import exhibits, phrases
from trackway.report.exhibits import Figure, Table

TITLES = {"roc_auc": "ROC AUC", "pr_auc": "PR AUC", "f1": "F1"}
HERE, NULL = "this", "null"


@exhibits.table("mistake")
def mistake(leakage: Leakage) -> Table:
    """The ablation of both shops, one row per step."""
    both = [in_words(leakage.shop, HERE), in_words(leakage.null, NULL)]
    return Table(
        pd.concat(both, ignore_index=True),
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


def in_words(ablation: pd.DataFrame, shop: str) -> pd.DataFrame:
    """An ablation to be shown: its numbers and intervals as text.

    Parameters
    ----------
    ablation : what `study.ablation` returns
    shop : what the shop is called

    Returns
    -------
    DataFrame, one row per step
        shop, question : str
        tested : int, sessions
        bought : float, share of them
        ROC AUC, PR AUC, F1 : str
        alone, ROC AUC and alone, F1 : float
    """

    def text(row: pd.Series, metric: str) -> str:
        if not row["tested"]:
            return "–"
        return phrases.interval(*row[[metric, f"{metric}_low", f"{metric}_high"]], ".2f")

    claimed = {
        title: [text(row, metric) for _, row in ablation.iterrows()]
        for metric, title in TITLES.items()
    }
    alone = {
        f"alone, {title}": ablation[f"alone_{metric}"]
        for metric, title in TITLES.items()
        if metric != "pr_auc"
    }
    first = {"shop": shop, "question": ablation["question"], "tested": ablation["tested"]}
    return pd.DataFrame(first | {"bought": ablation["bought_share"]} | claimed | alone)


@exhibits.figure("leaks")
def leaks(leakage: Leakage) -> Figure:
    """The ablation as a figure."""
    missing = int((leakage.shop["tested"] == 0).sum())
    unasked = f" {missing} of them cannot be asked in this shop." if missing else ""
    return Figure(
        plot_ablation(leakage.shop, leakage.null),
        caption=(
            "What each question claims, in this shop and in a simulated one where purchase is "
            f"independent of all that is seen before it. From top to bottom one flaw after the "
            f"other is mended.{unasked} Bars are 95 % intervals over users."
        ),
        alt=(
            "ROC AUC and F1 claimed by a copied recipe whose flaws are mended one by one, in this "
            "shop and in a shop of pure chance."
        ),
    )
