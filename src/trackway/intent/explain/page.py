"""The exhibits of what the model rests on and where it errs."""

import numpy as np
import pandas as pd

from trackway.core.cannot import Cannot, need
from trackway.intent import wording
from trackway.intent.explain import plots
from trackway.intent.explain.study import Explanation
from trackway.report import exhibits, phrases
from trackway.report.exhibits import Figure, Table


@exhibits.figure("importance")
def importance(study: Explanation | Cannot) -> Figure:
    """What each feature is worth."""
    table = need(study).importance
    idle = [f"`{name}`" for name, row in table.iterrows() if row["low"] <= 0 <= row["high"]]
    of_none = f" What {phrases.NOT_TOLD_APART} from no loss: {', '.join(idle)}." if idle else ""
    return Figure(
        plots.plot_importance(table),
        caption=(
            f"What {wording.named(study.model)} loses on test; mean of {study.shuffles} shuffles, "
            f"with 95 % intervals over users.{of_none}"
        ),
        alt="ROC AUC lost when each feature is shuffled, the largest loss on top.",
    )


@exhibits.figure("dependence")
def dependence(study: Explanation | Cannot) -> Figure:
    """What the main features move."""
    return Figure(
        plots.plot_dependence(need(study).dependence, study.bought),
        caption=(
            f"Mean probability that {wording.named(study.model)} would say of the test sessions, "
            f"had all of them the value below. The grey line is the share that bought, "
            f"{study.bought:.1%}. Bands are 95 % intervals over users; values between the 2nd and "
            "the 98th hundredth that do occur. Combinations that never occur are averaged over, "
            "too."
        ),
        alt="Partial dependence of the probability on the features that matter most.",
    )


@exhibits.table("errors")
def errors(study: Explanation | Cannot) -> Table:
    """Where the model errs."""
    table = need(study).errors
    counted = table[["by", "group", "sessions", "buyers", "bought", "said"]]
    return Table(
        counted.assign(gap=_texts(table, "gap"), roc_auc=_texts(table, "roc_auc")),
        caption=(
            f"What {wording.named(study.model)} says on test, by kind of session, all known at its "
            "start: the user's first session or a later one, the local hour, the category of the "
            "first event. `gap` is the mean probability said minus the share that bought: above 0 "
            "the model promises too much. In brackets: 95 % intervals over users, of each group by "
            "itself."
        ),
    )


def _texts(table: pd.DataFrame, name: str) -> list[str]:
    """Value and interval as text; a dash where it could not be computed."""
    ends = table[[name, f"{name}_low", f"{name}_high"]].itertuples(index=False)
    return [phrases.interval(*one) if np.isfinite(one[0]) else "–" for one in ends]
