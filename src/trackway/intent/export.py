"""What later steps and users read: what was said of each session, and the model that is kept."""

import numpy as np
import pandas as pd

from trackway.core import paths
from trackway.core.cannot import Cannot, need, or_cannot
from trackway.intent import model_file
from trackway.intent.data import Examples
from trackway.intent.model_file import Stored
from trackway.intent.models import PREVALENCE, ROUNDS, Ladders, Scored
from trackway.intent.study import Study

FILE = "data/processed/intent.parquet"


def write(study: Study) -> None:
    """Write ``data/processed/intent.parquet`` and ``data/processed/intent_model.json``."""
    model_file.write(kept(study))
    ladders = {} if isinstance(study.ladders, Cannot) else study.ladders
    table = probabilities(ladders, study.chosen, study.examples)
    table.to_parquet(paths.target(FILE), index=False)


def probabilities(
    ladders: Ladders, chosen: str | Cannot, examples: dict[str, Examples]
) -> pd.DataFrame:
    """What the model called `chosen` said of each session after the cut; null where it did not.

    Returns
    -------
    DataFrame, one row per session of validation and test and moment, in that order
        session_id, user_id : int
        moment, part : str
        scored_at : timestamp, UTC
        bought : bool, known only when the session was over
        probability : float, of a purchase later in the session, known at ``scored_at``
    """
    tables = []
    for moment, one in examples.items():
        for part in ("validation", "test"):
            rows = one.of(part)
            rows = rows[["session_id", "user_id", "moment", "part", "scored_at", "bought"]]
            y_proba = np.nan
            if moment in ladders:
                y_proba = getattr(ladders[moment][chosen], part).round(9)
            tables.append(rows.assign(probability=y_proba))
    return pd.concat(tables).sort_values(["session_id", "scored_at", "moment"], ignore_index=True)


@or_cannot
def kept(study: Study) -> Stored | Cannot:
    """The chosen model of every moment, as it is kept in a file."""
    ladders, chosen = need(study.ladders), need(study.chosen)
    return model_file.keep(chosen, ladders, study.examples, _notes(study))


@or_cannot
def card(study: Study) -> pd.DataFrame | Cannot:
    """The card of the model that is kept: what it was made from, and what it reaches on test.

    Returns
    -------
    DataFrame, one row per moment
        moment : str
        features : int
        trees : int, rounds of boosting that validation has asked for, where there are any
        trained on, buyers : int, sessions
        up to : str, day on which the last of them started, UTC
        roc_auc, log_loss : float
        prevalence : float, log-loss of one who says the training part's share of everyone
    """
    ladders, chosen = need(study.ladders), need(study.chosen)
    rows = []
    for moment, one in need(study.evaluated).items():
        examples, reached = study.examples[moment], one.value[chosen]
        train = examples.of("train")
        rows.append(
            {
                "moment": moment,
                "features": len(examples.features),
                **_trees(ladders[moment][chosen]),
                "trained on": len(train),
                "buyers": int(train["bought"].sum()),
                "up to": train["started"].max().strftime("%Y-%m-%d"),
                "roc_auc": reached["roc_auc"],
                "log_loss": reached["log_loss"],
                "prevalence": one.value[PREVALENCE]["log_loss"],
            }
        )
    return pd.DataFrame(rows)


def _trees(kept: Scored) -> dict[str, int]:
    if kept.name not in ROUNDS:
        return {}
    return {"trees": kept.fitted.named_steps["model"].get_params()[ROUNDS[kept.name]]}


def _notes(study: Study) -> dict:
    """What is noted of the model; floats rounded, so that they survive another machine."""
    split, settings, facts = study.split, study.run.settings, study.run.facts
    cuts = {"train_end": split.train_end, "validation_end": split.validation_end}
    reached = {
        moment: {m: float(f"{value:.6g}") for m, value in one.value[study.chosen].items()}
        for moment, one in need(study.evaluated).items()
    }
    return {
        "data": facts.label,
        "split": {name: moment.isoformat() for name, moment in cuts.items()},
        "timezone": facts.timezone,
        "smoothing": float(settings.smoothing),
        "settings": settings.model_dump(include={"boosting", "max_rows", "moments"}),
        "test": reached,
    }
