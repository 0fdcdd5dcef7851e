"""All steps on one small shop, in this process: the cells of the notebooks, one after the other."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import yaml
from matplotlib.figure import Figure

from trackway import ROOT, params
from trackway.intent.leakage import study as leakage
from trackway.report import figures
from trackway.report.run import Run
from trackway.tables.sources import files

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
# What learns is short of time, and what is drawn is drawn less often.
FAST = {
    "sampling": {"compared": [0.5]},
    "rfm": {"null_draws": 1},
    "rules": {"shuffles": 1},
    "intent": {
        "forest": {"trees": 2},
        "boosting": {"rounds": 2},
        "gru": {"epochs": 1},
        "shuffles": 1,
        "replicates": 20,
        "null_sessions": 1000,
        "guard_users": 10,
        "oracle_users": 10,
    },
    "sequences": {
        "orders": [1, 2],
        "strengths": [10.0],
        "networks": ["gru"],
        "epochs": 1,
        "replicates": 20,
    },
    "recommend": {
        "als": {"rounds": 1},
        "ncf": {"epochs": 1, "examples": 1000},
        "towers": {"epochs": 1, "examples": 1000},
        "hybrid": {"rounds": 2},
        "replicates": 20,
    },
}
# As little as params.yaml allows is enough, so that even a small shop is judged.
LITTLE = {
    "eda": {
        "enough": {
            "hour_days": 1,
            "weekday_days": 7,
            "month_days": 1,
            "cohort_weeks": 2,
            "purchases": 1,
            "users": 1,
            "closed": 0.01,
        }
    },
    "rules": {"min_count": 2, "min_users": 1},
    "intent": {
        "boosting": {"leaf_rows": 1},
        "min_buyers": 2,
        "users": {"history_days": 1, "horizon_days": 1, "dates": 3},
    },
    "sequences": {"min_users": 2, "min_positives": 1},
    "recommend": {"categories": {"min_products": 50}, "min_users": 10},
}

# No more than params.yaml allows at least is studied.
CAPPED = {
    "rfm": {"k_max": 2, "max_clustered": 100, "max_compared": 100},
    "rules": {"max_baskets": 1000, "longest_basket": 2, "longest_itemset": 2},
    "intent": {"max_rows": 100, "audit_sessions": 1000, "users": {"max_users": 100}},
    "sequences": {"max_examples": 100, "window": 2},
    "recommend": {
        "max_users": 100,
        "max_tested": 100,
        "longest_walk": 2,
        "neighbours": 1,
        "ease": {"products": 10},
        "hybrid": {"candidates": 5},
    },
}


@dataclass(frozen=True)
class Told:
    """What a step showed.

    Attributes
    ----------
    shown : all it displayed, as plain text, in order
    findings, headlines, metrics : as they are kept below `reports/`
    claims : name -> claim
    names : all that its notebook defined
    """

    shown: list[str]
    findings: list[str]
    headlines: dict[str, str]
    claims: dict[str, dict]
    metrics: dict
    names: dict


@dataclass(frozen=True)
class Whole:
    """All steps on one shop: step -> what it told; and the tables they read."""

    folder: Path
    told: dict[str, Told]

    @property
    def events(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "data/interim/events.parquet")

    @property
    def sessions(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "data/interim/sessions.parquet")


def merged(content: dict, changed: dict) -> dict:
    """`content` with the values of `changed`, section by section."""
    nested = {
        key: merged(content[key], value)
        for key, value in changed.items()
        if isinstance(value, dict) and isinstance(content.get(key), dict)
    }
    return content | changed | nested


def through(
    raw: Path, folder: Path, monkeypatch, steps: str = "", drawn: bool = True, **changed: dict
) -> Whole:
    """Run the notebooks on the file `raw`; what they leave goes below `folder`.

    Parameters
    ----------
    steps : the words of those to run; all of them by default
    drawn : whether figures are drawn, which takes half of the time; else they are made only
    changed : sections of params.yaml, to be merged into those there are
    """
    content = yaml.safe_load((ROOT / "params.yaml").read_text())
    content = merged(merged(content, {"sampling": {"raw": str(raw)}}), changed)
    own = folder / "params.yaml"
    own.write_text(yaml.safe_dump(content))
    shown: list[str] = []
    monkeypatch.setenv("TRACKWAY_STAGING", str(folder))
    monkeypatch.setattr("trackway.params.ROOT", folder)
    monkeypatch.setattr("trackway.params.read", lru_cache(params.read))
    monkeypatch.setattr(files, "LINKS", folder / "linked")
    monkeypatch.setattr("trackway.report.page.display", lambda one, **_: shown.append(_plain(one)))
    monkeypatch.setattr(leakage, "null_of", _null_of_once)
    monkeypatch.setattr(leakage, "ablation", _ablation_once)
    if not drawn:
        monkeypatch.setattr(figures, "save", _unseen)
    told = {}
    for notebook in NOTEBOOKS:
        step = notebook.stem.split("_", 1)[1]
        if not steps or step in ["sampling", *steps.split()]:
            shown.clear()
            names = _executed(notebook)
            told[step] = _told(folder, step, list(shown), names)
    return Whole(folder, told)


# The shop of pure chance is always the same: it is made, and its ablation, once for all.
CHANCE: dict[str, object] = {}
null_of, ablation = leakage.null_of, leakage.ablation


def _once(key: str, make: Callable, *given: object) -> object:
    if key not in CHANCE:
        CHANCE[key] = make(*given)
    return CHANCE[key]


def _null_of_once(*given: object) -> leakage.Shop:
    return _once("shop", null_of, *given)


def _ablation_once(run: Run, shop: leakage.Shop) -> pd.DataFrame:
    if shop is not CHANCE.get("shop"):
        return ablation(run, shop)
    return _once(run.settings.model_dump_json(), ablation, run, shop)


def _unseen(figure: Figure, file: Path) -> None:
    file.write_text("<svg/>")
    plt.close(figure)


def _plain(one: object) -> str:
    return one["text/plain"] if isinstance(one, dict) else one.data


def _executed(notebook: Path) -> dict:
    names: dict = {}
    for place, cell in enumerate(nbformat.read(notebook, as_version=4).cells):
        if cell.cell_type == "code":
            exec(compile(cell.source, f"{notebook.stem}, cell {place}", "exec"), names)
    return names


def _told(folder: Path, step: str, shown: list[str], names: dict) -> Told:
    kept = json.loads((folder / f"reports/tables/{step}/summary.json").read_text())
    metrics = json.loads((folder / f"reports/metrics/{step}.json").read_text())
    claims = {one["name"]: one for one in kept["claims"]}
    return Told(shown, kept["findings"], dict(kept["headlines"]), claims, metrics, names)
