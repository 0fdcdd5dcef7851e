"""What the model rests on and where it errs, in sentences; true of any data."""

import pandas as pd

from trackway.core.cannot import Cannot
from trackway.intent import wording
from trackway.intent.explain.study import MAIN, Explanation
from trackway.report import references


def findings(study: Explanation | Cannot) -> list[str]:
    """What carries the model, and where it is off; nothing where no model is judged."""
    if isinstance(study, Cannot):
        return []
    table = study.importance
    carrying = [f"`{name}`" for name in table.index[table["low"] > 0]][:MAIN]
    return [
        f"The ranking by {wording.named(study.model)} rests most on "
        f"{', '.join(carrying) or 'no feature surely'} ({references.figure('importance')}).",
        _off(study.errors),
    ]


def _off(errors: pd.DataFrame) -> str:
    where = references.table("errors")
    off = errors[(errors["gap_low"] > 0) | (errors["gap_high"] < 0)]
    if off.empty:
        return (
            f"In none of the {len(errors)} kinds of session is what it says off by more than "
            f"chance may ({where})."
        )
    worst = off.loc[off["gap"].abs().idxmax()]
    how = "too much" if worst["gap"] > 0 else "too little"
    return (
        f"In {len(off)} of {len(errors)} kinds of session what it says is off by more than its "
        f"interval, where chance alone would give {0.05 * len(errors):.1f}; most where "
        f"{worst['by']} is {worst['group']}: it promises {how}, by {abs(worst['gap']):.1%} "
        f"({where})."
    )
