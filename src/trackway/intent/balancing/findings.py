"""What we saw of balancing, in sentences; true of any data."""

import pandas as pd

from trackway.core.cannot import Cannot
from trackway.evaluation.bootstrap import Interval
from trackway.intent import wording
from trackway.intent.balancing.models import NONE
from trackway.intent.balancing.study import Balancing
from trackway.report import references


def findings(study: Balancing | Cannot) -> list[str]:
    """What balancing changed for the model that is kept; nothing where it is not judged."""
    if isinstance(study, Cannot):
        return []
    ranking, calibration, thresholds = (
        references.table(n) for n in ("balancing", "said", "thresholds")
    )
    compared = study.compared[study.compared["model"] == study.chosen]
    rows = compared[compared["balancing"] != NONE]
    most = rows.loc[rows["mean_said"].idxmax()]
    decisions = study.decisions[study.decisions["model"] == study.chosen].set_index("balancing")
    claimed = decisions["f1_even"].idxmax()
    f1, f1_even = decisions.loc[claimed, ["f1", "f1_even"]]
    return [
        f"Of {len(rows)} ways of balancing the training rows, judged by the average precision of "
        f"{wording.named(study.chosen)}: {_moved(rows, 'pr_auc_gain')}; by the log-loss after "
        f"calibration: {_moved(rows, 'log_loss_gain')} ({ranking}, {calibration}).",
        f"After {most['balancing']} it says {most['mean_said']:.1%} on average, where "
        f"{study.bought:.1%} bought; calibrated on validation its log-loss comes from "
        f"{most['log_loss']:.3f} to {most['log_loss_calibrated']:.3f} ({calibration}).",
        f"On a test part evened out too, {_way(claimed)} would have claimed F1 {f1_even:.2f}; on "
        f"the sessions as they come it has {f1:.2f} ({thresholds}).",
    ]


def _way(balance: str) -> str:
    return "training on the rows as they are" if balance == NONE else balance


def _moved(rows: pd.DataFrame, gain: str) -> str:
    """Which ways moved a figure beyond their interval."""
    moved: dict[str, list[str]] = {"raised": [], "lowered": []}
    for balance, one in zip(rows["balancing"], rows[gain], strict=True):
        if not Interval.holds(one, 0):
            moved["raised" if one.low > 0 else "lowered"].append(balance)
    parts = [f"{_listed(names, len(rows))} {verb} it" for verb, names in moved.items() if names]
    return "; ".join(parts) or "none of them changed it by more than chance may"


def _listed(names: list[str], of: int) -> str:
    return "all of them" if len(names) == of else ", ".join(names)
