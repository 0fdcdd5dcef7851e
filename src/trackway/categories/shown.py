"""The table, the figure and the sentences of categories, computed from what they show."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from trackway.categories import judged
from trackway.categories.judged import ANSWERS, Judged
from trackway.evaluation.calibration import calibration_table
from trackway.report import Page, figures

ASKED = {"product": "product by product", "category": "whole categories"}
COLORS = {"product": figures.COLORS["model"], "category": figures.COLORS["highlight"]}
BINS = 8


def table(page: Page, number: int, found: Judged, settings: dict, seed: int) -> None:
    """How often each way of answering is right."""
    if found.why_not:
        return page.cannot("Table", number, "categories", found.why_not)
    n, sure = settings["replicates"], settings["categories"]["confidence"]
    parts = {ASKED[k]: judged.rated(one, sure, n, seed) for k, one in found.answered.items()}
    whole = pd.concat(parts, names=["hidden"]).reset_index()
    text = whole[["right", "department"]].map(lambda one: None if one != one else str(one))
    return page.table(
        number,
        whole.assign(**text),
        "categories",
        caption=(
            f"{found.known:,} products with a category, hidden in turn and told by the others. "
            "`right`: share of the answers that are, with 95 % intervals over what was hidden "
            "together; `department`: the same of the first word alone. The classifier is sure "
            f"from a confidence of {sure:g} on, and leaves the rest open."
        ),
    )


def trust(page: Page, number: int, found: Judged, settings: dict, seed: int) -> None:
    """What is right by how much is answered, and whether the confidence is what it says."""
    if found.why_not:
        return page.cannot("Figure", number, "categories", found.why_not)
    n = settings["replicates"]
    curves = {hidden: coverage(one) for hidden, one in found.answered.items()}
    points = {
        hidden: calibration_table(
            one["answer"].eq(one["code"]), one["confidence"], one["group"], BINS, n, seed
        )
        for hidden, one in found.answered.items()
    }
    brand = {h: one["by_brand"].eq(one["code"]).mean() for h, one in found.answered.items()}
    said = "; ".join(f"{ASKED[h]} {share:.1%}" for h, share in brand.items())
    return page.figure(
        number,
        draw(curves, points, brand),
        "categories",
        caption=(
            "Left: of the products answered, the most certain first, the share that is right; "
            f"dotted, the most frequent category of the brand ({said}). Right: the confidence and "
            "how often it comes true, in bins of equal size, with 95 % intervals over what was "
            "hidden together; on the diagonal it is what it says."
        ),
        alt="Share of right categories by share answered, and calibration of the confidence.",
    )


def coverage(one: pd.DataFrame) -> pd.DataFrame:
    """Share answered and share right of those, from each confidence on that occurs."""
    right = one["answer"].eq(one["code"]).groupby(one["confidence"]).agg(["sum", "size"])
    total = right.sort_index(ascending=False).cumsum()
    return pd.DataFrame(
        {"answered": total["size"] / len(one), "right": total["sum"] / total["size"]}
    )


def draw(curves: dict, points: dict, brand: dict) -> Figure:
    """The two panels of `trust`."""
    fig, (left, right) = figures.new(height=3.1, ncols=2)
    for hidden, curve in curves.items():
        color = COLORS[hidden]
        left.plot(curve["answered"], curve["right"], color=color, label=ASKED[hidden])
        left.axhline(brand[hidden], color=color, lw=1, ls=":")
        at = points[hidden]
        around = np.clip([at["happened"] - at["low"], at["high"] - at["happened"]], 0, None)
        right.errorbar(at["said"], at["happened"], yerr=around, fmt="o", ms=4, color=color)
    right.plot([0, 1], [0, 1], color="black", lw=1, ls=":")
    left.set(xlabel="share answered", ylabel="share right", xlim=(0, 1), ylim=(-0.03, 1.03))
    right.set(xlabel="confidence", ylabel="share right", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    fig.legend(loc="outside lower center", ncols=2)
    return fig


def findings(found: Judged, confidence: float) -> list[str]:
    """The sentences under "What we saw"."""
    if found.why_not:
        return [f"No category was told. {found.why_not}"]
    return [_sentence(hidden, one, confidence) for hidden, one in found.answered.items()]


def _sentence(hidden: str, one: pd.DataFrame, confidence: float) -> str:
    right, sure = one["answer"].eq(one["code"]), one["confidence"] >= confidence
    told = f", of which {right[sure].mean():.1%} are right" if sure.any() else ""
    beside = one["by_votes"].eq(one["code"]).mean()
    return (
        f"With {ASKED[hidden]} hidden, the classifier is sure of the category of {sure.mean():.1%}"
        f"{told}; {(~sure).sum():,} of {len(one):,} are left open. Made to answer always, it is "
        f"right in {right.mean():.1%}, what was seen most beside the product in {beside:.1%} "
        "(Table 6)."
    )


def metrics(found: Judged, confidence: float) -> dict:
    """The numbers worth comparing between two runs."""
    if found.why_not:
        return {}
    counts = {"known": found.known, "unknown": found.unknown}
    return counts | {h: _numbers(one, confidence) for h, one in found.answered.items()}


def _numbers(one: pd.DataFrame, confidence: float) -> dict:
    sure = one["confidence"] >= confidence
    right = {column: one[column].eq(one["code"]).mean() for column in ANSWERS}
    told = {"right_where_sure": one["answer"].eq(one["code"])[sure].mean()} if sure.any() else {}
    return {"right": right, "answered_where_sure": sure.mean()} | told
