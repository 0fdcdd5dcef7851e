"""The card of the model that is kept: what it was made from, and what it reaches."""

import pandas as pd

from trackway.evaluation.paired import PairedEvaluation
from trackway.evaluation.splits import TimeSplit
from trackway.intent import wording
from trackway.intent.data import Examples
from trackway.intent.models import PREVALENCE, ROUNDS, Scored
from trackway.report import Page
from trackway.tables.facts import Facts


def show(
    page: Page,
    number: int,
    rated: dict[str, PairedEvaluation],
    chosen: str,
    examples: dict[str, Examples],
    ladders: dict[str, dict[str, Scored]],
) -> None:
    """The card of the model that is kept: what each moment's was made from, and what it reaches."""
    rows = []
    for moment, one in rated.items():
        train, scored = examples[moment].of("train"), one.value[chosen]
        rows.append(
            {
                "moment": moment,
                "features": len(examples[moment].features),
                **_trees(chosen, ladders[moment][chosen]),
                "trained on": len(train),
                "buyers": int(train["bought"].sum()),
                "up to": train["started"].max().strftime("%Y-%m-%d"),
                "roc_auc": scored["roc_auc"],
                "log_loss": scored["log_loss"],
                "prevalence": one.value[PREVALENCE]["log_loss"],
            }
        )
    page.table(
        number,
        pd.DataFrame(rows),
        "card",
        caption=(
            f"What is kept in `data/processed/intent_model.json`: {wording.named(chosen)}, one for "
            "each moment. The last three are on test; `prevalence` is the log-loss of "
            "one who says the training part's share of buyers of everyone."
        ),
        digits=4,
    )


def _trees(chosen: str, scored: Scored) -> dict[str, int]:
    """How many rounds of boosting the validation part has asked for, where there are any."""
    if chosen not in ROUNDS:
        return {}
    return {"trees": scored.fitted.named_steps["model"].get_params()[ROUNDS[chosen]]}


def content(
    split: TimeSplit, known: Facts, settings: dict, rated: dict[str, PairedEvaluation], chosen: str
) -> dict:
    """What is stored beside the model; floats rounded, so that they survive another machine."""
    cuts = {"train_end": split.train_end, "validation_end": split.validation_end}
    reached = {
        moment: {m: float(f"{value:.6g}") for m, value in one.value[chosen].items()}
        for moment, one in rated.items()
    }
    return {
        "data": known.label,
        "split": {name: moment.isoformat() for name, moment in cuts.items()},
        "timezone": known.timezone,
        "smoothing": float(settings["smoothing"]),
        "settings": {name: settings[name] for name in ("boosting", "max_rows", "moments")},
        "test": reached,
    }
