"""One part of the recommender's bench, in a process of its own; see `recommend`.

``python -m benchmarks.rungs PART FOLDER`` works on the tables in FOLDER and prints, as its last
line, what PART took. What later parts need is left in FOLDER.
"""

import json
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.child import cpu_s, own_peak_gb
from trackway import engine
from trackway.evaluation import ranking
from trackway.evaluation.bootstrap import Bootstrap
from trackway.evaluation.splits import TimeSplit
from trackway.params import section
from trackway.params.recommend import Recommend
from trackway.recommend import evaluation, retrieval, serve, snapshot, store
from trackway.recommend.models import hybrid, ladder
from trackway.recommend.snapshot import Snapshot

PRODUCTS, SIZE = 200_000, 64  # of the catalogue that is searched and served
USERS = 300_000  # known to the recommender that is served
SHOWN = 20  # products asked for in a search
QUERIES = 2_000
RANKED = 1_000  # users whose ranking is timed


def known(folder: Path) -> dict[str, float]:
    """What is known at both cuts, for the rungs."""
    backend = engine.connect()
    events, sessions = (
        backend.read_parquet(str(folder / f"{name}.parquet")) for name in ("events", "sessions")
    )
    shares = section("shared").split
    split = TimeSplit.of_table(sessions, shares.train, shares.validation)
    cuts = [(split.train_end, split.validation_end), (split.validation_end, None)]
    for name, (cut, end) in zip(("earlier", "later"), cuts, strict=True):
        taken = snapshot.take(events, cut, end, section("recommend"), True, _seed())
        _keep(folder, name, taken)
    shape = {"users": taken.history.shape[0], "products": taken.history.shape[1]}
    return shape | {"pairs": len(taken.history.pairs), "steps": len(taken.walks.product)}


def rung(name: str, folder: Path) -> dict[str, float]:
    """Fit a rung as the study does, and judge it on the views of the test part.

    Returns
    -------
    dict
        choose_cpu_s : float, of what is chosen on the validation part; 0 where nothing is
        fit_cpu_s, fit_wall_s : float, of the fit up to the test part
        fit_peak_gb : float, with what is known at the cut in memory
        rank_cpu_s : float, of the first 20 of the whole catalogue, per user
        value, low, high : float, NDCG at 10
    """
    earlier = _kept(folder, "earlier") if name in (*_NETWORKS, *ladder.SOURCES) else None
    later = _kept(folder, "later")
    settings = section("recommend")
    spent, model = _fitted(name, earlier, later, settings, folder)
    del earlier
    spent["fit_peak_gb"] = own_peak_gb()
    rows = later.target.rows[:RANKED]
    took, _ = _timed(lambda: [ranking.top(model.scores(part), SHOWN) for part in _parts(rows)])
    spent["rank_cpu_s"] = took["cpu_s"] / len(rows)
    rated = evaluation.evaluate(model, later.history, {"views": later.target})
    means = evaluation.means(rated.by_user, Bootstrap(settings.replicates, _seed()))
    ndcg = means.loc[("views", *evaluation.MAIN)]
    return spent | {key: float(ndcg[key]) for key in ("value", "low", "high")}


_NETWORKS = (ladder.NCF, ladder.TOWERS, ladder.HYBRID)  # who choose on the validation part


def _fitted(
    name: str, earlier: Snapshot, later: Snapshot, settings: Recommend, folder: Path
) -> tuple[dict, object]:
    choose, epochs = {"cpu_s": 0.0}, None
    if name == ladder.HYBRID:
        return _hybrid(later, settings, folder)
    if name in _NETWORKS:
        choose, model = _timed(lambda: ladder.fit(name, earlier, settings, _seed()))
        epochs = {name: ladder.kept_epoch(model.curve)}
    elif name in ladder.SOURCES:
        model = ladder.fit(name, earlier, settings, _seed())
    if name in ladder.SOURCES:
        _keep(folder, f"{name}, earlier", model)
        del model
    took, model = _timed(lambda: ladder.fit(name, later, settings, _seed(), epochs or {}))
    if name in ladder.SOURCES:
        _keep(folder, f"{name}, later", model)
    return _spent(choose, took), model


def _hybrid(later: Snapshot, settings: Recommend, folder: Path) -> tuple[dict, object]:
    """Its sources were fitted by their own rungs; what is told is what it takes beside them."""

    def learned() -> object:
        earlier = _kept(folder, "earlier")
        models = {name: _kept(folder, f"{name}, earlier") for name in ladder.SOURCES}
        sources = ladder.sources(models, earlier, settings)
        return hybrid.learn_order(sources, earlier.target, settings.hybrid, _seed())

    choose, order = _timed(learned)
    models = {name: _kept(folder, f"{name}, later") for name in ladder.SOURCES}
    took, model = _timed(lambda: hybrid.Hybrid(ladder.sources(models, later, settings), order))
    return _spent(choose, took), model


def _spent(choose: dict, fit: dict) -> dict[str, float]:
    return {
        "choose_cpu_s": choose["cpu_s"],
        "fit_cpu_s": fit["cpu_s"],
        "fit_wall_s": fit["wall_s"],
    }


def _parts(rows: np.ndarray) -> list[np.ndarray]:
    return np.array_split(rows, max(1, len(rows) // 100))


def search(folder: Path) -> dict[str, float]:
    """Exact search and the index: of vectors drawn at random, and of those the towers learned."""
    random = np.random.default_rng(_seed())
    drawn, asked = (
        random.standard_normal((n, SIZE), dtype=np.float32) for n in (PRODUCTS, QUERIES)
    )
    found = {"drawn": _searched(drawn, asked)}
    kept = folder / f"{ladder.TOWERS}, later.pickle"
    if kept.exists():
        towers, later = _kept(folder, f"{ladder.TOWERS}, later"), _kept(folder, "later")
        users = towers.users(towers.contexts[later.target.rows[:QUERIES]])
        found["learned"] = _searched(towers.vectors, users)
    return found


def _searched(vectors: np.ndarray, asked: np.ndarray) -> dict[str, float]:
    exact = retrieval.exact(vectors)
    build, index = _timed(lambda: retrieval.hnsw(vectors))
    single = asked[:300]
    told = {
        "products": len(vectors),
        "build_cpu_s": build["cpu_s"],
        "build_wall_s": build["wall_s"],
    }
    for name, one in {"exact": exact, "hnsw": index}.items():
        with threadpool_limits(1):
            times = [_timed(lambda q=q, one=one: one.search(q[None], SHOWN))[0] for q in single]
        told[f"{name}_single_ms"] = 1e3 * float(np.median([t["wall_s"] for t in times]))
        told[f"{name}_single_cpu_ms"] = 1e3 * float(np.mean([t["cpu_s"] for t in times]))
        many, (_, told[name]) = _best(lambda one=one: one.search(asked, SHOWN))
        told[f"{name}_batched_ms"] = 1e3 * many["wall_s"] / len(asked)
        told[f"{name}_batched_cpu_ms"] = 1e3 * many["cpu_s"] / len(asked)
    told["recall"] = retrieval.recall(told.pop("hnsw"), told.pop("exact"))
    return told


def serving(folder: Path) -> dict[str, float]:
    """`recommend_products_for_user` with a recommender of vectors drawn at random, one thread."""
    load, server = _timed(lambda: serve.Server(_drawn()))
    asked = np.random.default_rng(_seed()).integers(0, USERS * 11 // 10, QUERIES)
    with threadpool_limits(1):
        server.recommend(0, 5, 0.3)
        times = [_timed(lambda user=user: server.recommend(int(user), 5, 0.3))[0] for user in asked]
    told = {"peak_gb": own_peak_gb(), "load_cpu_s": load["cpu_s"]}
    for kind in ("cpu_s", "wall_s"):
        some = np.array([t[kind] for t in times]) * 1e3
        for share in (50, 99):
            told[f"{kind[:-2]}_p{share}_ms"] = float(np.percentile(some, share))
    return told


def _drawn() -> store.Stored:
    """A stored recommender of `PRODUCTS` and `USERS`; a tenth of the users asked for is unknown."""
    random = np.random.default_rng(_seed())
    vectors, read = (random.standard_normal((PRODUCTS, SIZE), dtype=np.float32) for _ in range(2))
    products = pd.DataFrame(
        {
            "product_id": np.arange(PRODUCTS),
            "category_id": random.integers(0, 500, PRODUCTS),
            "category_code": random.choice(["a.b", "c.d.e", None], PRODUCTS),
            "brand": random.choice(["one", "other", None], PRODUCTS),
            "price": random.gamma(1, 100, PRODUCTS),
            "popularity": random.random(PRODUCTS) ** 8,
        }
    )
    for code, n in zip(store.CODES, (500, 3000, 9), strict=True):
        products[code] = random.integers(0, n, PRODUCTS)
    latest = random.integers(0, PRODUCTS, (USERS, 10))
    users = pd.DataFrame({"segment": "one", "latest": list(latest)}, index=np.arange(USERS))
    hidden = 2 * SIZE
    weights = {
        "0.weight": random.standard_normal((hidden, hidden), dtype=np.float32),
        "0.bias": np.zeros(hidden, np.float32),
        "2.weight": random.standard_normal((SIZE, hidden), dtype=np.float32),
        "2.bias": np.zeros(SIZE, np.float32),
    }
    best = {"one": np.arange(store.IN_SEGMENT)}
    return store.Stored(products, vectors, users, best, store.UserTower(read, weights))


def _timed(do: Callable) -> tuple[dict[str, float], object]:
    begun, started = time.perf_counter(), time.process_time()
    found = do()
    spent = {"cpu_s": time.process_time() - started, "wall_s": time.perf_counter() - begun}
    return spent, found


def _best(do: Callable) -> tuple[dict[str, float], object]:
    """Of three goes the one that took least; a machine shared with others only ever adds."""
    return min((_timed(do) for _ in range(3)), key=lambda one: one[0]["wall_s"])


def _seed() -> int:
    return section("shared").seed


def _keep(folder: Path, name: str, what: object) -> None:
    with (folder / f"{name}.pickle").open("wb") as file:
        pickle.dump(what, file, protocol=5)


def _kept(folder: Path, name: str) -> object:
    with (folder / f"{name}.pickle").open("rb") as file:
        return pickle.load(file)


PARTS = {"known": known, "search": search, "serving": serving}


if __name__ == "__main__":
    part, place = sys.argv[1], Path(sys.argv[2])
    found = PARTS[part](place) if part in PARTS else rung(part, place)
    print(json.dumps(found | {"cpu_s": cpu_s(), "peak_gb": own_peak_gb()}))
