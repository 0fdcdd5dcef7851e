"""What the step leaves for others: the stored recommender and its card, or why there is none."""

import json

from trackway.core import paths
from trackway.recommend import store
from trackway.recommend.comparison import MAIN, Comparison
from trackway.recommend.ladder import POPULAR, SEGMENT, TOWERS


def write(compared: Comparison, settings: dict, seed: int) -> None:
    """Write ``data/processed/recommend/``, as of the test part's cut."""
    if compared.why_not:
        _write_none(compared.why_not)
        return
    rungs = compared.rungs
    store.write(
        rungs[TOWERS],
        rungs[POPULAR],
        rungs[SEGMENT],
        compared.later,
        card(compared, settings, seed),
    )


def card(compared: Comparison, settings: dict, seed: int) -> dict:
    """What a user of the files must know: from what, up to when, how good, compared with what."""
    later = compared.later
    row, base, best = (compared.row(name) for name in (TOWERS, POPULAR, compared.best))
    rated = {
        name: {key: float(f"{one[key]:.6g}") for key in ("value", "low", "high")}
        for name, one in [(TOWERS, row), (POPULAR, base), (compared.best, best)]
    }
    return {
        "model": TOWERS,
        "known_before": f"{later.history.cut:%Y-%m-%dT%H:%M:%S}Z",
        "users": int((later.walks.latest(later.history.shape[0], 1)[:, 0] >= 0).sum()),
        "products": later.history.shape[1],
        "settings": settings["towers"] | {"weights": settings["weights"]},
        "seed": seed,
        "judged_by": " ".join(map(str, MAIN)),
        "scores": rated,
    }


def _write_none(why: str) -> None:
    """No earlier recommender may be taken for one of these data."""
    text = json.dumps({"none": why}, indent=2, ensure_ascii=False)
    paths.target(f"{store.FOLDER}/card.json").write_text(text + "\n", encoding="utf-8")
