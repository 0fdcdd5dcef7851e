"""How good each model is at each moment, and which one is kept."""

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from trackway.evaluation import metrics
from trackway.evaluation.bootstrap import Interval
from trackway.evaluation.calibration import brier_decomposition, calibration_table
from trackway.evaluation.paired import PairedEvaluation
from trackway.intent.data import Examples
from trackway.intent.models import LIGHTGBM, LOGISTIC, MODELS, PREVALENCE, Ladders, Scored

STORED = [LOGISTIC, LIGHTGBM]  # can be stored without pickle, and score from features alone


def evaluate(ladder: dict[str, Scored], examples: Examples, n: int, seed: int) -> PairedEvaluation:
    """Every model of one moment on test, on the same draws of users."""
    test = examples.of("test")
    y_proba = {name: (one.test, one.threshold) for name, one in ladder.items()}
    return PairedEvaluation.of(test["bought"], y_proba, test["user_id"], n, seed)


def evaluate_all(
    ladders: Ladders, examples: dict[str, Examples], n: int, seed: int
) -> dict[str, PairedEvaluation]:
    """`evaluate` at every moment."""
    return {moment: evaluate(one, examples[moment], n, seed) for moment, one in ladders.items()}


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


def by_moment(evaluated: dict[str, PairedEvaluation], metric: str) -> pd.DataFrame:
    """One metric of every model at every moment.

    Returns
    -------
    DataFrame
        moment, model : str, and value, low, high : float
    """
    tables = {
        moment: one.scores().xs(metric, level="metric").reset_index()
        for moment, one in evaluated.items()
    }
    return pd.concat(tables, names=["moment", None]).reset_index("moment").reset_index(drop=True)


def beside_prevalence(evaluated: PairedEvaluation, chosen: str) -> Interval:
    """Log-loss of the chosen model minus that of the prevalence, nats."""
    return Interval(*evaluated.differences(chosen).loc[(PREVALENCE, "log_loss")])


def chosen_by_moment(
    evaluated: dict[str, PairedEvaluation], chosen: str, examples: dict[str, Examples]
) -> pd.DataFrame:
    """The chosen model at every moment, with the population behind it.

    Returns
    -------
    DataFrame
        moment : str; tested, buyers : int, sessions of the test part
        roc_auc, pr_lift, log_loss (nats), beside prevalence (nats) : str
            With their 95 % intervals over users.
    """
    rows = []
    for moment, one in evaluated.items():
        test, mine = examples[moment].of("test"), one.scores().loc[chosen]
        text = {m: str(Interval(*mine.loc[m])) for m in ("roc_auc", "pr_lift", "log_loss")}
        text["beside prevalence"] = str(beside_prevalence(one, chosen))
        counts = {"tested": len(test), "buyers": int(test["bought"].sum())}
        rows.append({"moment": moment} | counts | text)
    return pd.DataFrame(rows)


def losses_over(
    evaluated: dict[str, PairedEvaluation], chosen: str, others: dict[str, str]
) -> pd.DataFrame:
    """Log-loss of the chosen model minus that of others at every moment; above 0 they are better.

    Parameters
    ----------
    others : model to how its column is called

    Returns
    -------
    DataFrame
        moment : str
        log_loss over <name> : str, nats, with its 95 % interval over users
    """
    rows = []
    for moment, one in evaluated.items():
        gains = one.differences(chosen)
        text = {
            f"log_loss over {name}": str(Interval(*gains.loc[(other, "log_loss")]))
            for other, name in others.items()
            if other != chosen
        }
        rows.append({"moment": moment} | text)
    return pd.DataFrame(rows)


def brier_parts(ladder: dict[str, Scored], examples: Examples, bins: int) -> pd.DataFrame:
    """The Brier score of every model, taken apart; see `brier_decomposition`."""
    bought = examples.of("test")["bought"]
    rows = {name: brier_decomposition(bought, one.test, bins) for name, one in ladder.items()}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
    score = table["reliability"] - table["resolution"] + table["uncertainty"] + table["within"]
    return table.assign(brier=score)


def calibration(
    ladder: dict[str, Scored], names: list[str], examples: Examples, bins: int, n: int, seed: int
) -> dict[str, pd.DataFrame]:
    """Does it happen as often as was said? The `calibration_table` of each of `names` on test."""
    bought, users = (examples.of("test")[name] for name in ("bought", "user_id"))
    return {
        name: calibration_table(bought, ladder[name].test, users, bins, n, seed) for name in names
    }


def confusion(chosen: Scored, examples: Examples) -> pd.DataFrame:
    """Test sessions by what happened (rows) and what was said from the threshold on (columns)."""
    counts = confusion_matrix(examples.of("test")["bought"], chosen.test >= chosen.threshold)
    index = pd.Index(["did not buy", "bought"], name="what happened")
    return pd.DataFrame(counts, index=index, columns=["told no", "told yes"])


def bought_share(examples: Examples, part: str = "test") -> float:
    """Share of the sessions of `part` that bought."""
    rows = examples.of(part)
    return float(rows["bought"].mean()) if len(rows) else np.nan
