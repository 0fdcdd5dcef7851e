"""The audit of leaks on raw files: what the widely copied recipe claims of real shops.

``python -m benchmarks.audit FILE...`` prints it beside the demo and the shop of pure chance, as
`05_intent` last found them; ``--into-docs`` puts it into docs/leaks.md. Files are only read.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path

import pandas as pd

from benchmarks.report import put, row
from trackway import ROOT
from trackway.core.errors import InputError
from trackway.evaluation.splits import TimeSplit
from trackway.intent.features import registry
from trackway.intent.leakage import page, study
from trackway.intent.leakage.findings import roc_auc
from trackway.intent.leakage.models import COPIED, HONEST
from trackway.intent.wording import versus_chance
from trackway.report.run import Run
from trackway.sampling import data
from trackway.tables.facts import facts

DOCUMENT = ROOT / "docs" / "leaks.md"
REPORTED = ROOT / "reports" / "tables" / "intent" / "mistake.csv"
BEGIN = "<!-- made by `python -m benchmarks.audit` -->"
# Fewer than `intent.min_buyers`, or small files could not be asked at all. What so few can tell,
# their intervals say.
LEAST = 5
SIMULATED = {page.HERE: "the demo, simulated", page.NULL: "pure chance, simulated"}
TESTED = "Sessions tested, and buyers among them"
MEASURES = list(page.TITLES.values())


def main(arguments: list[str]) -> None:
    parser = ArgumentParser("python -m benchmarks.audit", description=__doc__)
    parser.add_argument("files", nargs="+", help="raw files, as sampling.raw names them")
    parser.add_argument("--into-docs", action="store_true", help=f"put it into {DOCUMENT.name}")
    chosen = parser.parse_args(arguments)
    if not facts().simulated:
        raise InputError("reports/ are of other data than the demo, which stands beside the files")
    text = markdown([audited(file) for file in chosen.files], simulated())
    print(text)
    if chosen.into_docs:
        put(text, BEGIN, DOCUMENT)


def simulated() -> pd.DataFrame:
    """The table of the audit in the report of `05_intent`: one shop in it is called "null"."""
    return pd.read_csv(REPORTED, keep_default_na=False, na_values={"bought": ""})


def audited(file: str) -> tuple[str, str, pd.DataFrame]:
    """What `file` is called, what it holds, and what each question claims of it."""
    tables = data.tables(file)
    run = Run.of("intent", known=tables.facts).with_settings(min_buyers=LEAST)
    split = TimeSplit.of_table(tables.sessions, **run.shared.split.model_dump())
    features = registry.usable(tables.facts, split.train_end)
    shop = study.Shop(tables.events, tables.sessions, tables.facts.timezone, features, split)
    return tables.facts.label, _held(Path(file).name, tables), study.ablation(run, shop)


def _held(name: str, tables: data.Tables) -> str:
    sessions = tables.sessions
    counts = sessions.agg(
        sessions=sessions.count(),
        users=sessions.user_id.nunique(),
        bought=sessions.bought.sum(),
        going_on=sessions.open_at_end.sum(),
    )
    (one,) = counts.to_pandas().itertuples()
    return (
        f"`{name}`, {tables.facts.hours:,.0f} hours: {one.sessions:,} sessions of {one.users:,} "
        f"users, {one.bought:,} with a purchase; {one.going_on:,} may still go on when the data end"
    )


def markdown(shops: list[tuple[str, str, pd.DataFrame]], reported: pd.DataFrame) -> str:
    """What is claimed: a list of the shops, and a table per measure, a column per shop.

    Parameters
    ----------
    shops : of each file, what `audited` returns
    reported : the table of the audit in the report of `05_intent`
    """
    tables = [page.in_words(ablation, label) for label, _, ablation in shops]
    for name, label in SIMULATED.items():
        tables.append(reported[reported["shop"] == name].assign(shop=label))
    every = pd.concat(tables, ignore_index=True)
    every[TESTED] = [_tested(one) for one in every.itertuples()]
    lines = [f"- **{label}** ({held}). {verdict(ablation)}" for label, held, ablation in shops]
    parts = ["\n".join(lines)]
    for measure in [TESTED, *MEASURES]:
        parts.append(f"### {measure}\n\n{_table(every, measure)}")
    return "\n\n".join(parts) + "\n"


def _tested(one) -> str:
    return f"{one.tested:,}, {round(one.tested * one.bought):,}" if one.tested else "–"


def _table(every: pd.DataFrame, measure: str) -> str:
    wide = every.pivot(index="question", columns="shop", values=measure)
    wide = wide.loc[every["question"].unique(), every["shop"].unique()]  # in the order they came in
    lines = [row(["question", *wide.columns]), row(["---", *["---"] * len(wide.columns)])]
    lines += [row([question, *cells]) for question, cells in wide.T.to_dict("list").items()]
    return "\n".join(lines)


def verdict(ablation: pd.DataFrame) -> str:
    """What the recipe claims of a shop, and what the honest question answers."""
    steps = ablation.set_index("key")
    if not steps.loc[COPIED, "tested"]:
        return f"Fewer than {LEAST} buyers in a part of time even for the copied recipe."
    claim = f"The recipe claims a ROC AUC of {roc_auc(steps.loc[COPIED])}"
    if not steps.loc[HONEST, "tested"]:
        return f"{claim}; the honest question has fewer than {LEAST} buyers in a part of time."
    honest = roc_auc(steps.loc[HONEST])
    return f"{claim}, the honest question has {honest}, {versus_chance(honest)}."


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"audit: {error}")
