"""The audit of leaks on UCI Online Shoppers: what recipes claim of a table of whole sessions.

``python -m benchmarks.shoppers FOLDER`` prints it for the folder that holds train_data.csv and
test_data.csv; ``--into-docs`` puts it into docs/leaks.md. The files are only read.

Of the flaws that `trackway.intent.leakage` knows, those are here that such a table can have, and
two of its own: buyers invented (SMOTE) before the split lie between real ones on its other side,
and `PageValues`, as Google Analytics defines them, are made of purchases. No step can mend that the
table has seen each session to its end. Beside it stand the same sessions with their buyers drawn by
lot, of which nothing can be told.
"""

import sys
from argparse import ArgumentParser
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.audit import DOCUMENT
from benchmarks.report import put, row
from trackway.core.errors import InputError
from trackway.evaluation import metrics
from trackway.evaluation.bootstrap import Interval
from trackway.intent import models
from trackway.intent.balancing.models import HALF, sampler
from trackway.params import section
from trackway.report import phrases

BEGIN = "<!-- made by `python -m benchmarks.shoppers` -->"
TEXT = ["Month", "VisitorType", "Weekend"]
LATE = ["Nov", "Dec"]  # the last months; the table knows no days, and its year ends here
TESTED = 0.25  # share of the rows, where they are dealt at random
TREES = 20  # as the forest of the study has
METRICS = {"roc_auc": "ROC AUC", "pr_auc": "PR AUC", "f1": "F1"}


@dataclass(frozen=True)
class Flaws:
    """What is wrong with a recipe; nothing that can be mended, as it stands here.

    Attributes
    ----------
    invented_before : buyers are invented before the rows are dealt to the parts
    evened_test : the test part holds as many others as buyers
    page_values : what purchases make of a page is among the features
    random_rows : rows are dealt to the parts at random, not by month
    """

    invented_before: bool = False
    evened_test: bool = False
    page_values: bool = False
    random_rows: bool = False


COPIED = "the copied recipe"
MENDS = {  # the flaw each step is rid of, in order
    "invented_before": "buyers are invented in the training part alone",
    "evened_test": "tested at the natural share of buyers",
    "page_values": "without page values, which purchases make",
    "random_rows": "the last two months are tested, not random rows",
}


def steps() -> dict[str, Flaws]:
    """Every step of the ablation by its question, and the flaws it still has."""
    flaws = Flaws(**dict.fromkeys(MENDS, True))
    by_question = {COPIED: flaws}
    for name, question in MENDS.items():
        by_question[question] = flaws = replace(flaws, **{name: False})
    return by_question


@dataclass(frozen=True)
class Parts:
    """What is learned from, and what is tested."""

    learned: pd.DataFrame | np.ndarray
    bought: np.ndarray
    tested: pd.DataFrame | np.ndarray
    truth: np.ndarray


def parts(flaws: Flaws, rows: pd.DataFrame, seed: int) -> Parts:
    """The rows as a recipe with these flaws deals them; columns are prepared if invented before."""
    known, bought = rows.drop(columns="Revenue"), rows["Revenue"].to_numpy(dtype=bool)
    if not flaws.page_values:
        known = known.drop(columns="PageValues")
    places = np.arange(len(rows))
    if flaws.invented_before:
        even, bought = smote(bought, seed).fit_resample(prepare(known).fit_transform(known), bought)
        known, places = pd.DataFrame(even), np.arange(len(bought))
    if flaws.random_rows:
        learned, tested = train_test_split(
            places, test_size=TESTED, stratify=bought, random_state=seed
        )
    else:
        late = rows["Month"].isin(LATE).to_numpy()
        learned, tested = places[~late], places[late]
    if flaws.evened_test:
        tested = _evened(tested, bought, seed)
    return Parts(known.iloc[learned], bought[learned], known.iloc[tested], bought[tested])


def _evened(places: np.ndarray, bought: np.ndarray, seed: int) -> np.ndarray:
    drawn = sampler("undersampling", int(bought[places].sum()), seed)
    even, _ = drawn.fit_resample(places[:, None], bought[places])
    return even[:, 0]


def smote(bought: np.ndarray, seed: int):
    return sampler("SMOTE", int(bought.sum()), seed)


def prepare(known: pd.DataFrame) -> ColumnTransformer:
    """Texts as columns of 0 and 1, numbers scaled: invented buyers lie between neighbours."""
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    text = [name for name in TEXT if name in known]
    return ColumnTransformer([("text", one_hot, text)], remainder=StandardScaler())


def ablation(rows: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Rate every step.

    Returns
    -------
    DataFrame, one row per step
        question : str
        tested, buyers : int
        roc_auc, pr_auc, f1 : `Interval`, 95 % over sessions; yes is said from one half on
    """
    table = []
    for question, flaws in steps().items():
        dealt = parts(flaws, rows, seed)
        y_proba = _predicted(flaws, dealt, seed)
        every = np.arange(len(y_proba))  # who the users are is not known
        rated = metrics.scores(dealt.truth, y_proba, every, HALF, n, seed)
        counts = {"question": question, "tested": len(y_proba), "buyers": int(dealt.truth.sum())}
        table.append(counts | {name: Interval(*rated.loc[name]) for name in METRICS})
    return pd.DataFrame(table)


def _predicted(flaws: Flaws, dealt: Parts, seed: int) -> np.ndarray:
    forest = RandomForestClassifier(TREES, random_state=seed, n_jobs=1)
    if flaws.invented_before:  # prepared and evened out already
        fitted = forest.fit(dealt.learned, dealt.bought)
    else:
        whole = models.pipeline(prepare(dealt.learned), forest, smote(dealt.bought, seed))
        fitted = whole.fit(dealt.learned, dealt.bought)
    return fitted.predict_proba(dealt.tested)[:, 1]


def by_lot(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same sessions; who of them bought is drawn by lot."""
    return rows.assign(Revenue=np.random.default_rng(seed).permutation(rows["Revenue"]))


def audited(folder: Path) -> str:
    """The audit of the files in `folder`, as Markdown."""
    files = [folder / f"{part}_data.csv" for part in ("train", "test")]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise InputError(f"{folder} holds no {' and no '.join(missing)}")
    rows = pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
    n, seed = section("intent").replicates, section("shared").seed
    return markdown(rows, ablation(rows, n, seed), ablation(by_lot(rows, seed), n, seed))


def markdown(rows: pd.DataFrame, real: pd.DataFrame, lot: pd.DataFrame) -> str:
    """What is claimed, of the sessions as they were and with their buyers drawn by lot."""
    titles = [*METRICS.values(), *(f"by lot: {title}" for title in METRICS.values())]
    head = ["question", "tested, buyers", *titles]
    lines = [row(head), row(["---"] * len(head))]
    for (_, mine), (_, other) in zip(real.iterrows(), lot.iterrows(), strict=True):
        cells = [phrases.interval(*one[name], ".2f") for one in (mine, other) for name in METRICS]
        lines.append(row([mine["question"], f"{mine['tested']:,}, {mine['buyers']:,}", *cells]))
    about = f"{len(rows):,} sessions, {rows['Revenue'].sum():,} with a purchase."
    return about + "\n\n" + "\n".join(lines) + "\n"


def main(arguments: list[str]) -> None:
    parser = ArgumentParser("python -m benchmarks.shoppers", description=__doc__)
    parser.add_argument("folder", type=Path, help="with train_data.csv and test_data.csv")
    parser.add_argument("--into-docs", action="store_true", help=f"put it into {DOCUMENT.name}")
    chosen = parser.parse_args(arguments)
    text = audited(chosen.folder)
    print(text)
    if chosen.into_docs:
        put(text, BEGIN, DOCUMENT)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"shoppers: {error}")
