"""How good each model is at each moment, which one is kept, and what it says of every session."""

import numpy as np
import pandas as pd

from trackway.evaluation import metrics
from trackway.evaluation.calibration import brier_decomposition, calibration_table
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent.data import Examples
from trackway.intent.models import LIGHTGBM, LOGISTIC, MODELS, Scored

STORED = [LOGISTIC, LIGHTGBM]  # can be stored without pickle, and score from features alone
Ladders = dict[str, dict[str, Scored]]  # moment to model to what it says


def rate(ladder: dict[str, Scored], examples: Examples, n: int, seed: int) -> PairedEvaluation:
    """Every model of one moment on test, on the same draws of users."""
    test = examples.of("test")
    said = {name: (one.test, one.threshold) for name, one in ladder.items()}
    return PairedEvaluation.of(test["bought"], said, test["user_id"], n, seed)


def rate_all(
    ladders: Ladders, examples: dict[str, Examples], n: int, seed: int
) -> dict[str, PairedEvaluation]:
    """`rate` at every moment."""
    return {moment: rate(one, examples[moment], n, seed) for moment, one in ladders.items()}


def validation_loss(ladders: Ladders, examples: dict[str, Examples]) -> pd.DataFrame:
    """Log-loss on validation, over all moments together; the least first.

    Returns
    -------
    DataFrame, indexed by model
        log_loss : float, nats
        stored : bool, whether such a model can be stored without pickle
    """
    bought = np.concatenate([examples[m].of("validation")["bought"] for m in ladders])
    losses = {
        name: metrics.point_scores(
            bought, np.concatenate([ladder[name].validation for ladder in ladders.values()]), 0.5
        )["log_loss"]
        for name in MODELS
    }
    table = pd.DataFrame({"log_loss": losses}).rename_axis("model")
    table["stored"] = table.index.isin(STORED)
    return table.sort_values("log_loss", kind="stable")


def choose(losses: pd.DataFrame) -> str:
    """The model that is kept: of those that can be stored, the one with the least log-loss."""
    return losses.index[losses["stored"]][0]


def by_moment(rated: dict[str, PairedEvaluation], metric: str) -> pd.DataFrame:
    """One metric of every model at every moment.

    Returns
    -------
    DataFrame
        moment, model : str, and value, low, high : float
    """
    tables = {
        moment: one.scores().xs(metric, level="metric").reset_index()
        for moment, one in rated.items()
    }
    return pd.concat(tables, names=["moment", None]).reset_index("moment").reset_index(drop=True)


def brier_parts(ladder: dict[str, Scored], examples: Examples, bins: int) -> pd.DataFrame:
    """The Brier score of every model, taken apart; see `brier_decomposition`."""
    bought = examples.of("test")["bought"]
    rows = {name: brier_decomposition(bought, one.test, bins) for name, one in ladder.items()}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
    score = table["reliability"] - table["resolution"] + table["uncertainty"] + table["within"]
    return table.assign(brier=score)


def calibration(
    ladder: dict[str, Scored], names: list[str], examples: Examples, settings: dict, seed: int
) -> dict[str, pd.DataFrame]:
    """Does it happen as often as was said? A calibration table of each of `names` on test."""
    test = examples.of("test")
    return {
        name: calibration_table(
            test["bought"],
            ladder[name].test,
            test["user_id"],
            settings["bins"],
            settings["replicates"],
            seed,
        )
        for name in names
    }


def confusion(chosen: Scored, examples: Examples) -> pd.DataFrame:
    """Test sessions by what happened (rows) and what was said from the threshold on (columns)."""
    happened = examples.of("test")["bought"].to_numpy()
    said = chosen.test >= chosen.threshold
    counts = [[int((~happened & ~said).sum()), int((~happened & said).sum())]]
    counts.append([int((happened & ~said).sum()), int((happened & said).sum())])
    index = pd.Index(["did not buy", "bought"], name="what happened")
    return pd.DataFrame(counts, index=index, columns=["told no", "told yes"])


def probabilities(
    ladders: Ladders, chosen: str | None, examples: dict[str, Examples]
) -> pd.DataFrame:
    """What was said of each session after the cut, for later steps; null where nothing was.

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
            said = np.nan
            if moment in ladders:
                said = getattr(ladders[moment][chosen], part).round(9)
            tables.append(rows.assign(probability=said))
    return pd.concat(tables).sort_values(["session_id", "scored_at", "moment"], ignore_index=True)


def share(examples: Examples, part: str = "test") -> float:
    """Share of the sessions of `part` that bought."""
    rows = examples.of(part)
    return float(rows["bought"].mean()) if len(rows) else np.nan
