"""What was found of next baskets, in sentences and numbers true of any data."""

from trackway.core.cannot import Cannot
from trackway.evaluation.bootstrap import Interval
from trackway.recommend.next_basket.models import BASELINE, MIXTURE, POPULAR
from trackway.recommend.next_basket.study import NO_ORDERS, Evaluation, K
from trackway.report import phrases, references

ENDS = ["value", "low", "high"]


def findings(judged: Evaluation | Cannot) -> list[str]:
    """How much is foretold, and whether anything beats the customer's own frequency."""
    if isinstance(judged, Cannot):
        unasked = judged.reason == NO_ORDERS
        return [] if unasked else [f"No next basket was judged. {judged.reason}"]
    by_own, by_all = (_interval(judged, name) for name in (BASELINE, POPULAR))
    better = phrases.verdict(Interval(*judged.differences.loc[(MIXTURE, "recall")][ENDS]))
    return [
        f"Of a customer's next basket, a list of {K} by {BASELINE} holds {by_own}, what is most "
        f"popular {by_all} ({references.table('next-basket')}). {MIXTURE.capitalize()} against "
        f"{BASELINE}: {better} ({references.table('next-basket-differences')})."
    ]


def _interval(judged: Evaluation, model: str) -> str:
    return phrases.interval(*judged.scores.loc[(model, "recall")][ENDS], ".3f")


def headlines(judged: Evaluation | Cannot) -> dict[str, str]:
    """What the index page shows."""
    if isinstance(judged, Cannot):
        return {}
    text = f"{_interval(judged, MIXTURE)} (most popular {_interval(judged, POPULAR)})"
    return {f"Of a next basket in a list of {K}, recall": text}


def metrics(judged: Evaluation | Cannot) -> dict:
    """The numbers worth comparing between two runs."""
    if isinstance(judged, Cannot):
        return {}
    scores = {
        name: table.droplevel("model")[ENDS].dropna().to_dict(orient="index")
        for name, table in judged.scores.groupby("model", sort=False)
    }
    chosen = {"days": judged.chosen.days, "share": judged.chosen.share}
    return {"next_basket": {"chosen": chosen, "repeats_share": judged.again, "models": scores}}
