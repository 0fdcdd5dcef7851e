"""What the step leaves for others: the stored recommender and its card, or why there is none."""

import json

import pandas as pd

from trackway import engine
from trackway.core import paths
from trackway.core.cannot import Cannot, need, or_cannot
from trackway.recommend import serve, store
from trackway.recommend.evaluation import MAIN
from trackway.recommend.models.ladder import POPULAR, SEGMENT, TOWERS
from trackway.recommend.next_basket import export as next_baskets
from trackway.recommend.study import Study
from trackway.tables import ids

ANSWERED = 5  # products of an example answer, at most


def write(study: Study) -> None:
    """Write ``data/processed/recommend/``, as of the test part's cut; next baskets of the end."""
    next_baskets.write(study.next_basket)
    compared = study.comparison
    if isinstance(compared, Cannot):
        _write_none(compared.reason)
        return
    rungs = compared.rungs
    store.write(rungs[TOWERS], rungs[POPULAR], rungs[SEGMENT], compared.snapshot, card(study))


def card(study: Study) -> dict:
    """What a user of the files must know: from what, up to when, how good, compared with what."""
    compared, settings = study.comparison, study.run.settings
    known = compared.snapshot
    rows = {name: compared.score(name) for name in (TOWERS, POPULAR, compared.best)}
    scores = {
        name: {key: float(f"{row[key]:.6g}") for key in ("value", "low", "high")}
        for name, row in rows.items()
    }
    return {
        "model": TOWERS,
        "known_before": f"{known.history.cut:%Y-%m-%dT%H:%M:%S}Z",
        "users": int((known.walks.latest(known.history.shape[0], 1)[:, 0] >= 0).sum()),
        "products": known.history.shape[1],
        "settings": settings.towers.model_dump() | {"weights": settings.weights.model_dump()},
        "seed": study.run.seed,
        "judged_by": " ".join(map(str, (known.act, *MAIN))),
        "scores": scores,
    }


def _write_none(reason: str) -> None:
    """No earlier recommender may be taken for one of these data."""
    text = json.dumps({"none": reason}, indent=2, ensure_ascii=False)
    paths.target(f"{store.FOLDER}/card.json").write_text(text + "\n", encoding="utf-8")


@or_cannot
def answers(study: Study) -> pd.DataFrame | Cannot:
    """What `recommend_products_for_user` answers, from the files that `write` left.

    Returns
    -------
    DataFrame, `ANSWERED` rows of the first user known, and as many of an id that nobody has;
    all products, where they are fewer
        user_id, and the columns of the answer.
    """
    users = need(study.comparison).snapshot.history.users
    server = serve.Server(store.read())
    asked = [int(server.stored.users.index[0]), int(users.max()) + 1]
    weight = study.run.settings.diversity_weight
    called = ids.texts(engine.connect(), "user_id", asked)
    n = min(ANSWERED, len(server.ids))
    answered = {called.get(one, one): server.recommend(one, n, weight) for one in asked}
    return pd.concat(answered, names=["user_id", "place"]).reset_index("user_id")
