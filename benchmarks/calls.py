"""Heavy calls of each library, as the study makes them, and a checksum of each result.

``python benchmarks/calls.py numpy`` prints JSON: the name of a call and the checksum of what it
gave. Two processors give the same bytes if the same lines come out. Small on purpose: an emulated
processor takes a hundred times as long.
"""

import hashlib
import io
import json
import os
import sys
import warnings
from collections.abc import Callable

warnings.simplefilter("ignore")
SEED = 20240301


def checksum(result: object) -> str:
    """Of arrays, tensors, tables, texts, and lists of them."""
    import numpy as np

    digest = hashlib.sha256()
    for part in result if isinstance(result, list | tuple) else [result]:
        if hasattr(part, "detach"):
            part = part.detach().numpy()
        if hasattr(part, "toarray"):
            part = part.toarray()
        if isinstance(part, list | tuple):
            digest.update(checksum(part).encode())
            continue
        if isinstance(part, str | bytes):
            digest.update(part.encode() if isinstance(part, str) else part)
            continue
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()[:12]


def numpy() -> dict[str, Callable]:
    import numpy as np

    draw = np.random.default_rng(SEED)
    x, y = draw.normal(size=(2, 4001))
    wide = draw.normal(size=(301, 37))
    square = draw.normal(size=(61, 61))
    tied = draw.integers(0, 9, 1003)
    calls = {}
    for name in ["exp", "expm1", "sin", "cos", "tanh", "arctan", "exp2", "cbrt", "sinh", "tan"]:
        calls[name] = lambda name=name: getattr(np, name)(x)
        calls[f"{name} float32"] = lambda name=name: getattr(np, name)(x.astype("f4"))
    for name in ["log", "log2", "log10", "log1p", "sqrt", "arccos"]:
        calls[name] = lambda name=name: getattr(np, name)(np.abs(x) % 1)
        calls[f"{name} float32"] = lambda name=name: getattr(np, name)((np.abs(x) % 1).astype("f4"))
    calls |= {
        "power": lambda: np.abs(x) ** 0.75,
        "power float32": lambda: np.abs(x.astype("f4")) ** np.float32(0.75),
        "arithmetic": lambda: [x * y + x, x / y, np.hypot(x, y), np.arctan2(x, y)],
        "logaddexp": lambda: np.logaddexp(x, y),
        "sum": lambda: [x.sum(), wide.sum(0), wide.sum(1), x.astype("f4").sum()],
        "mean and spread": lambda: [x.mean(), wide.std(0), wide.var(1), x.astype("f4").mean()],
        "cumsum": lambda: [np.cumsum(x), np.cumprod(1 + x / 1e3)],
        "reduceat": lambda: np.add.reduceat(x, np.arange(0, 4001, 13)),
        "bincount": lambda: np.bincount(tied, weights=x[:1003]),
        "dot": lambda: [x @ y, x.astype("f4") @ y.astype("f4")],
        "matmul": lambda: [wide.T @ wide, wide @ square[:37], wide @ x[:37]],
        "matmul float32": lambda: wide.T.astype("f4") @ wide.astype("f4"),
        "einsum": lambda: [
            np.einsum("ij,ij->i", wide, wide),
            np.einsum("ij,jk->ik", wide, square[:37]),
        ],
        "einsum optimized": lambda: np.einsum("ij,ik,i->jk", wide, wide, x[:301], optimize=True),
        "solve": lambda: np.linalg.solve(square, x[:61]),
        "lstsq": lambda: np.linalg.lstsq(wide, x[:301])[0],
        "eigh": lambda: list(np.linalg.eigh(square @ square.T)),
        "svd": lambda: list(np.linalg.svd(wide, full_matrices=False)),
        "inv": lambda: [np.linalg.inv(square), np.linalg.slogdet(square)[1]],
        "norm": lambda: [np.linalg.norm(wide), np.linalg.norm(wide, axis=1)],
        "corrcoef": lambda: np.corrcoef(wide.T),
        "argsort of equal integers": lambda: np.argsort(tied),
        "argsort of equal floats": lambda: np.argsort(tied.astype(float)),
        "argsort of equal int32": lambda: np.argsort(tied.astype("i4")),
        "argsort stable": lambda: np.argsort(tied, kind="stable"),
        "argpartition of equals": lambda: np.argpartition(tied, 100),
        "argpartition of equal floats": lambda: np.argpartition(tied.astype(float), 100),
        "argmax of equals": lambda: [np.argmax(tied), np.argmin(tied.astype("f4"))],
        "sort": lambda: [np.sort(x), np.sort(tied), np.sort(x.astype("f4"))],
        "unique": lambda: list(np.unique(tied, return_index=True, return_inverse=True)),
        "quantile": lambda: np.quantile(wide, [0.1, 0.5, 0.975], axis=0),
        "random normal": lambda: np.random.default_rng(1).normal(size=999),
        "random others": lambda: [
            np.random.default_rng(1).gamma(2.0, size=999),
            np.random.default_rng(1).poisson(3.0, 999),
            np.random.default_rng(1).dirichlet(np.ones(7), 99),
            np.random.default_rng(1).beta(0.5, 3, 999),
            np.random.default_rng(1).multinomial(1000, np.ones(50) / 50, 20),
            np.random.default_rng(1).choice(999, 99, replace=False),
        ],
        "histogram": lambda: list(np.histogram(x, 37)),
        "convolve, interp": lambda: [np.convolve(x, y[:31]), np.interp(x, np.sort(y), x)],
        "fft": lambda: np.fft.rfft(x),
        "cosines": lambda: (wide / np.linalg.norm(wide, axis=1, keepdims=True)) @ wide.T,
        "as text": lambda: [repr(float(v)) for v in np.round(x[:50], 6)],
    }
    return calls


def pandas() -> dict[str, Callable]:
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(SEED)
    table = pd.DataFrame(
        {"k": draw.integers(0, 31, 2003), "x": draw.normal(size=2003), "i": np.arange(2003)}
    )
    groups = table.groupby("k")["x"]
    return {
        "sort_values with ties": lambda: table.sort_values("k")["i"],
        "sort_values by two": lambda: table.sort_values(["k", "x"])["i"],
        "nlargest": lambda: table.nlargest(50, "k")["i"],
        "value_counts": lambda: list(table["k"].value_counts().index),
        "group sums": lambda: [groups.sum(), groups.mean(), groups.std(), groups.median()],
        "sums": lambda: [table["x"].sum(), table["x"].mean(), table["x"].std(), table["x"].skew()],
        "cumsum": lambda: groups.cumsum(),
        "rank": lambda: [table["k"].rank(), table["x"].rank(pct=True)],
        "quantile": lambda: table["x"].quantile([0.1, 0.25, 0.9]),
        "corr": lambda: [table.corr(), table.corr("spearman")],
        "rolling": lambda: [table["x"].rolling(7).mean(), table["x"].ewm(5).mean()],
        "cut": lambda: [pd.qcut(table["x"], 5).cat.codes, pd.cut(table["x"], 5).cat.codes],
        "to_csv": lambda: table.assign(z=table.x * 7.1).to_csv(float_format="%.6g"),
    }


def scipy() -> dict[str, Callable]:
    import numpy as np
    from scipy import linalg, optimize, sparse, special, stats
    from scipy.cluster import hierarchy
    from scipy.sparse import linalg as sparse_linalg
    from scipy.spatial import distance

    draw = np.random.default_rng(SEED)
    x = draw.normal(size=2003)
    wide = draw.normal(size=(203, 13))
    spd = wide.T @ wide
    matrix = sparse.random(201, 157, 0.07, "csr", random_state=SEED)
    target = (wide @ draw.normal(size=13) > 0).astype(float)

    def loss(w):
        z = wide @ w
        p = special.expit(z)
        return np.logaddexp(0, z).sum() - target @ z + w @ w, wide.T @ (p - target) + 2 * w

    calls = {
        name: lambda name=name: getattr(special, name)(np.abs(x) + 0.01)
        for name in ["gammaln", "ndtr", "expit", "digamma", "log1p", "erf"]
    }
    return calls | {
        "ndtri, logit": lambda: [special.ndtri(np.abs(x) % 1), special.logit(np.abs(x) % 1)],
        "gammainc, betainc": lambda: [
            special.gammainc(2.5, np.abs(x)),
            special.betainc(2.5, 3.5, np.abs(x) % 1),
        ],
        "logsumexp": lambda: [
            special.logsumexp(wide, axis=1),
            special.log_softmax(wide, axis=1),
            special.softmax(wide, axis=1),
        ],
        "L-BFGS-B": lambda: optimize.minimize(loss, np.zeros(13), jac=True, method="L-BFGS-B").x,
        "brentq": lambda: optimize.brentq(lambda v: np.exp(v) - 3 * v - 2, 0, 5),
        "eigh": lambda: list(linalg.eigh(spd)),
        "svd": lambda: list(linalg.svd(wide, full_matrices=False)),
        "cholesky": lambda: linalg.cho_solve(linalg.cho_factor(spd), x[:13]),
        "solve, lu": lambda: [linalg.solve(spd, x[:13]), linalg.lu_factor(spd)[0]],
        "lstsq": lambda: linalg.lstsq(wide, x[:203])[0],
        "expm": lambda: linalg.expm(spd / 500),
        "sparse product": lambda: [matrix @ matrix.T, matrix @ x[:157]],
        "svds": lambda: [
            np.abs(v) for v in sparse_linalg.svds(matrix, k=5, random_state=0, solver="arpack")
        ],
        "linkage": lambda: hierarchy.linkage(wide, "ward"),
        "distances": lambda: [distance.pdist(wide), distance.pdist(wide, "cosine")],
        "distributions": lambda: [
            stats.norm.ppf(np.abs(x) % 1),
            stats.poisson.sf([3, 5, 9], 3.3),
            stats.binomtest(17, 80, 0.3).pvalue,
            stats.t.ppf([0.025, 0.975], 17.0),
            stats.spearmanr(x[:500], x[500:1000]).statistic,
            stats.ttest_ind(x[:500], x[500:900]).pvalue,
        ],
        "beta interval": lambda: stats.beta.ppf([0.025, 0.975], 17, 80),
    }


def sklearn() -> dict[str, Callable]:
    import numpy as np
    from imblearn.over_sampling import SMOTE
    from sklearn import (
        cluster,
        decomposition,
        ensemble,
        linear_model,
        manifold,
        metrics,
        mixture,
        neighbors,
        preprocessing,
        svm,
        tree,
    )
    from sklearn.calibration import IsotonicRegression
    from sklearn.feature_extraction.text import TfidfVectorizer

    draw = np.random.default_rng(SEED)
    x = draw.normal(size=(403, 11)) + draw.integers(0, 4, (403, 1)) * 1.5
    y = (x[:, 0] + draw.normal(size=403) > 2.5).astype(int)
    words = [" ".join(f"w{i}" for i in draw.integers(0, 40, 6)) for _ in range(80)]

    def proba(model):
        return model.fit(x, y).predict_proba(x)

    def kmeans():
        found = cluster.KMeans(4, n_init=3, random_state=0).fit(x)
        return [found.cluster_centers_, found.labels_, found.inertia_]

    def mixed():
        found = mixture.GaussianMixture(4, random_state=0, max_iter=60).fit(x)
        return [found.means_, found.predict_proba(x), found.lower_bound_]

    return {
        "KMeans": kmeans,
        "MiniBatchKMeans": lambda: cluster.MiniBatchKMeans(4, random_state=0).fit(x).labels_,
        "GaussianMixture": mixed,
        "PCA": lambda: decomposition.PCA(3).fit_transform(x),
        "TruncatedSVD": lambda: decomposition.TruncatedSVD(3, random_state=0).fit_transform(x),
        "NMF": lambda: decomposition.NMF(
            3, init="nndsvda", max_iter=40, random_state=0
        ).fit_transform(np.abs(x)),
        "LogisticRegression": lambda: proba(linear_model.LogisticRegression()),
        "LogisticRegression liblinear": lambda: proba(
            linear_model.LogisticRegression(solver="liblinear")
        ),
        "LinearSVC": lambda: svm.LinearSVC(random_state=0).fit(x, y).decision_function(x),
        "Ridge": lambda: linear_model.Ridge().fit(x, y).coef_,
        "RandomForest": lambda: proba(ensemble.RandomForestClassifier(15, random_state=0)),
        "HistGradientBoosting": lambda: proba(
            ensemble.HistGradientBoostingClassifier(max_iter=15, random_state=0)
        ),
        "DecisionTree": lambda: proba(tree.DecisionTreeClassifier(random_state=0)),
        "TargetEncoder": lambda: preprocessing.TargetEncoder(random_state=0).fit_transform(
            draw.integers(0, 9, (403, 1)), y
        ),
        "StandardScaler": lambda: preprocessing.StandardScaler().fit_transform(x),
        "silhouette": lambda: metrics.silhouette_score(x, kmeans()[1]),
        "other indices": lambda: [
            metrics.calinski_harabasz_score(x, kmeans()[1]),
            metrics.davies_bouldin_score(x, kmeans()[1]),
        ],
        "metrics": lambda: [
            metrics.roc_auc_score(y, x[:, 1]),
            metrics.average_precision_score(y, np.round(x[:, 1], 1)),
            metrics.log_loss(y, 1 / (1 + np.exp(-x[:, 0]))),
        ],
        "distances": lambda: [
            metrics.pairwise_distances(x),
            metrics.pairwise.cosine_similarity(x),
            metrics.pairwise_distances_argmin(x, x[:9]),
        ],
        "NearestNeighbors": lambda: list(
            neighbors.NearestNeighbors(n_neighbors=5).fit(x).kneighbors(x)
        ),
        "TSNE": lambda: manifold.TSNE(random_state=0, max_iter=250, perplexity=9).fit_transform(
            x[:90]
        ),
        "Tfidf": lambda: TfidfVectorizer().fit_transform(words),
        "Isotonic": lambda: IsotonicRegression().fit_transform(x[:, 0], y),
        "SMOTE": lambda: SMOTE(random_state=0).fit_resample(x, y)[0],
    }


def torch() -> dict[str, Callable]:
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.set_num_threads(int(os.environ.get("TORCH_THREADS", "1")))
    torch.use_deterministic_algorithms(True)

    def seeded(f):
        def call():
            torch.manual_seed(SEED)
            return f()

        return call

    def trained(model, inputs, loss=lambda out: (out**2).mean()):
        optimizer = torch.optim.Adam(model.parameters(), 0.01, fused=True)  # as determinism.adam
        for _ in range(3):
            optimizer.zero_grad()
            out = model(*inputs)
            loss(out[0] if isinstance(out, tuple) else out).backward()
            optimizer.step()
        return list(model.parameters())

    def sized(n):
        return torch.randn(n, 37)

    calls = {
        "randn, rand": lambda: [torch.randn(1001), torch.rand(1001), torch.randperm(1001)],
        "linear": lambda: nn.Linear(37, 53)(sized(65)),
        "linear trained": lambda: trained(nn.Linear(37, 53), [sized(65)]),
        "linear wide": lambda: trained(nn.Linear(64, 600), [torch.randn(129, 64)]),
        "linear one row": lambda: nn.Linear(64, 600)(torch.randn(1, 64)),
        "mlp trained": lambda: trained(
            nn.Sequential(nn.Linear(37, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 1)),
            [sized(257)],
            lambda out: F.binary_cross_entropy_with_logits(out, torch.ones_like(out)),
        ),
        "gru": lambda: nn.GRU(16, 24, batch_first=True)(torch.randn(33, 11, 16))[0],
        "gru trained": lambda: trained(nn.GRU(16, 24, batch_first=True), [torch.randn(33, 11, 16)]),
        "lstm": lambda: nn.LSTM(16, 24, batch_first=True)(torch.randn(33, 11, 16))[0],
        "lstm without gradient": lambda: torch.no_grad()(nn.LSTM(16, 24, batch_first=True))(
            torch.randn(33, 11, 16)
        )[0],
        "lstm trained": lambda: trained(
            nn.LSTM(16, 24, batch_first=True), [torch.randn(33, 11, 16)]
        ),
        "embedding trained": lambda: trained(
            nn.Embedding(99, 16), [torch.randint(0, 99, (33, 11))]
        ),
        "embedding bag": lambda: trained(
            nn.EmbeddingBag(99, 16, mode="mean"), [torch.randint(0, 99, (33, 11))]
        ),
        "cross entropy": lambda: F.cross_entropy(
            torch.randn(129, 307), torch.randint(0, 307, (129,))
        ),
        "softmax": lambda: [torch.randn(65, 307).softmax(1), torch.randn(65, 307).log_softmax(1)],
        "layer norm": lambda: trained(nn.LayerNorm(37), [sized(65)]),
        "attention": lambda: trained(
            nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), [torch.randn(9, 11, 16)]
        ),
        "matmul": lambda: [sized(129) @ sized(129).T, sized(129).double() @ sized(65).double().T],
        "matmul large": lambda: torch.randn(257, 300) @ torch.randn(300, 130),
        "bmm": lambda: torch.randn(9, 11, 16) @ torch.randn(9, 16, 13),
        "einsum": lambda: torch.einsum("ij,ij->i", sized(129), sized(129)),
        "sums": lambda: [sized(129).sum(0), sized(129).sum(1), sized(129).mean(), sized(129).std()],
        "norms": lambda: [F.normalize(sized(129)), sized(129).norm(), sized(65).logsumexp(1)],
        "functions": lambda: [
            f(sized(129)) for f in (torch.exp, torch.sigmoid, torch.tanh, F.softplus, F.gelu)
        ],
        "functions float64": lambda: [
            f(sized(129).double()) for f in (torch.exp, torch.sigmoid, torch.tanh)
        ],
        "logarithms": lambda: [torch.log(sized(129).abs()), torch.log1p(sized(129).abs())],
        "topk of equals": lambda: torch.randint(0, 9, (5, 300)).float().topk(50).indices,
        "sort of equals": lambda: torch.randint(0, 9, (1003,)).argsort(),
        "cumsum": lambda: sized(129).cumsum(0),
        "index_add": lambda: torch.zeros(9, 37).index_add(
            0, torch.randint(0, 9, (129,)), sized(129)
        ),
        "svd, solve": lambda: [
            torch.linalg.svdvals(sized(65)),
            torch.linalg.solve(torch.randn(17, 17), torch.randn(17)),
        ],
        "conv1d": lambda: trained(nn.Conv1d(16, 8, 3), [torch.randn(9, 16, 11)]),
    }
    return {name: seeded(call) for name, call in calls.items()}


def lightgbm() -> dict[str, Callable]:
    import lightgbm
    import numpy as np

    draw = np.random.default_rng(SEED)
    x = draw.normal(size=(2003, 11))
    y = (x[:, 0] + x[:, 1] ** 2 + draw.normal(size=2003) > 1).astype(int)
    common = {
        "n_estimators": 25,
        "verbose": -1,
        "random_state": 0,
        "deterministic": True,
        "n_jobs": int(os.environ.get("OMP_NUM_THREADS", "1")),
    }

    def fitted(kind, target, **more):
        model = kind(**common, **more).fit(x, target)
        trees = model.booster_.model_to_string().split("parameters:")[0]
        return [trees, model.predict(x, raw_score=True), model.predict(x)] + (
            [model.predict_proba(x)] if hasattr(model, "predict_proba") else []
        )

    return {
        "trees": lambda: fitted(lightgbm.LGBMClassifier, y, force_col_wise=True)[0],
        "raw predictions": lambda: fitted(lightgbm.LGBMClassifier, y, force_col_wise=True)[1],
        "probabilities": lambda: fitted(lightgbm.LGBMClassifier, y, force_col_wise=True)[3],
        "rows first": lambda: fitted(lightgbm.LGBMClassifier, y, force_row_wise=True),
        "bagging": lambda: fitted(
            lightgbm.LGBMClassifier, y, subsample=0.7, subsample_freq=1, colsample_bytree=0.7
        ),
        "regression": lambda: fitted(lightgbm.LGBMRegressor, x[:, 2] + y),
        "contributions": lambda: (
            lightgbm.LGBMClassifier(**common).fit(x, y).predict(x[:99], pred_contrib=True)
        ),
        "ranker": lambda: (
            lightgbm.LGBMRanker(**common).fit(x, y, group=[2000 // 50] * 50 + [3]).predict(x)
        ),
    }


def implicit() -> dict[str, Callable]:
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking
    from implicit.nearest_neighbours import CosineRecommender
    from scipy import sparse

    threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
    counts = sparse.random(203, 157, 0.07, "csr", "f4", random_state=SEED)

    def als(**more):
        model = AlternatingLeastSquares(
            16, iterations=4, random_state=0, num_threads=threads, use_gpu=False, **more
        )
        model.fit(counts, show_progress=False)
        ids, scores = model.recommend(range(203), counts)
        return [model.user_factors, model.item_factors, ids, scores]

    def bpr():
        model = BayesianPersonalizedRanking(15, iterations=4, random_state=0, num_threads=1)
        model.fit(counts, show_progress=False)
        return model.item_factors

    def cosine():
        model = CosineRecommender(10, num_threads=threads)
        model.fit(counts, show_progress=False)
        return model.similarity.sorted_indices().data

    return {
        "ALS": als,
        "ALS Cholesky": lambda: als(use_cg=False),
        "BPR": bpr,
        "cosine neighbours": cosine,
    }


def faiss() -> dict[str, Callable]:
    import faiss
    import numpy as np

    faiss.omp_set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    draw = np.random.default_rng(SEED)
    x = draw.normal(size=(1003, 33)).astype("f4")

    def searched(index):
        if not index.is_trained:
            index.train(x)
        index.add(x)
        return list(index.search(x[:101], 10))

    return {
        "flat inner product": lambda: searched(faiss.IndexFlatIP(33)),
        "flat L2": lambda: searched(faiss.IndexFlatL2(33)),
        "one query": lambda: list(_added(faiss.IndexFlatIP(33), x).search(x[:1], 10)),
        "HNSW": lambda: searched(faiss.IndexHNSWFlat(33, 16)),
        "HNSW inner product": lambda: searched(
            faiss.IndexHNSWFlat(33, 16, faiss.METRIC_INNER_PRODUCT)
        ),
        "IVF": lambda: searched(faiss.index_factory(33, "IVF16,Flat")),
        "PQ": lambda: searched(faiss.index_factory(33, "PQ11x4")),
        "kmeans": lambda: _centroids(faiss.Kmeans(33, 9, niter=5, seed=1), x),
        "normalize": lambda: _normalized(faiss, x.copy()),
    }


def _added(index, x):
    index.add(x)
    return index


def _centroids(kmeans, x):
    kmeans.train(x)
    return kmeans.centroids


def _normalized(faiss, x):
    faiss.normalize_L2(x)
    return x


def duckdb() -> dict[str, Callable]:
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"set threads = {os.environ.get('OMP_NUM_THREADS', '1')}")
    connection.execute(
        "create table t as select i, (hash(i) % 31)::int k, "
        "((hash(i * 7 + 1) % 1000003)::double / 1000003) x from range(50000) r(i)"
    )

    def asked(query):
        return lambda: repr(connection.sql(query).fetchall())

    one = {
        "ln": "ln(x + 1e-9)",
        "log2, log10": "log2(x + 1e-9) + log10(x + 1e-9)",
        "exp": "exp(x * 9)",
        "pow": "pow(x, 0.75)",
        "sin, cos, atan": "sin(x * 9) + cos(x * 9) + atan(x)",
        "sqrt, cbrt": "sqrt(x) + cbrt(x)",
        "tanh": "tanh(x)",
        "gamma": "lgamma(x + 0.1)",
        "arithmetic": "x * 3.1 + i / 7.3",
        "as text": "(x * 3.1)::varchar",
    }
    calls = {
        name: asked(f"select {what} from t where i < 3000 order by i") for name, what in one.items()
    }
    return calls | {
        "sums": asked("select k, sum(x), avg(x) from t group by k order by k"),
        "fsum": asked("select k, fsum(x), favg(x) from t group by k order by k"),
        "spread": asked("select k, stddev(x), var_pop(x) from t group by k order by k"),
        "corr": asked("select corr(x, i), regr_slope(x, i), covar_pop(x, i) from t"),
        "quantile": asked("select quantile_cont(x, [0.1, 0.5, 0.9]), median(x) from t"),
        "approximate": asked("select approx_count_distinct(i), approx_quantile(x, 0.5) from t"),
        "window": asked(
            "select sum(x) over (partition by k order by i rows 7 preceding) from t order by i"
        ),
        "hash, md5": asked("select bit_xor(hash(x::varchar)), bit_xor(hash(i)) from t"),
        "sum of decimals": asked("select k, sum(x::decimal(18, 4)) from t group by k order by k"),
        "sample": asked("select sum(i) from t using sample reservoir(99 rows) repeatable (3)"),
        "to_timestamp": asked("select sum(epoch_us(to_timestamp(i * 1.1))) from t"),
    }


def pyarrow() -> dict[str, Callable]:
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute as pc
    from pyarrow import csv
    from pyarrow import parquet as pq

    draw = np.random.default_rng(SEED)
    x = pa.array(draw.normal(size=5003), mask=draw.random(5003) < 0.1)
    k = pa.array(draw.integers(0, 31, 5003))
    table = pa.table({"x": x, "k": k, "t": pc.cast(k, pa.string()), "i": range(5003)})

    def file(write, *options, **more):
        def call():
            held = io.BytesIO()
            write(table, held, *options, **more)
            return held.getvalue()

        return call

    def grouped():
        made = table.group_by("k", use_threads=False).aggregate(
            [("x", "sum"), ("x", "mean"), ("x", "stddev")]
        )
        return [c.to_numpy() for c in made.sort_by("k").columns]

    return {
        "sum, mean": lambda: [pc.sum(x).as_py(), pc.mean(x).as_py(), pc.variance(x).as_py()],
        "functions": lambda: [
            f(pc.abs(x)).to_numpy(zero_copy_only=False) for f in (pc.ln, pc.sqrt, pc.exp, pc.log1p)
        ],
        "quantile": lambda: pc.quantile(x, [0.1, 0.5]).to_numpy(),
        "groups": grouped,
        "sort with ties": lambda: pc.sort_indices(k).to_numpy(),
        "rank": lambda: pc.rank(k).to_numpy(),
        "parquet": file(pq.write_table),
        "parquet zstd": file(pq.write_table, compression="zstd"),
        "csv": file(csv.write_csv),
        "dictionary": lambda: table["t"].combine_chunks().dictionary_encode().indices.to_numpy(),
    }


def matplotlib() -> dict[str, Callable]:
    import matplotlib as mpl
    import numpy as np

    mpl.use("agg")
    mpl.rcParams["svg.hashsalt"] = "t"
    import matplotlib.pyplot as plt
    import seaborn as sns

    draw = np.random.default_rng(SEED)
    x, y = draw.normal(size=(2, 301))

    def drawn(kind, draw_on, **more):
        figure, axes = plt.subplots()
        draw_on(axes)
        axes.set_title("A title, with numbers: 3.1415")
        held = io.BytesIO()
        figure.savefig(held, format=kind, metadata={"Date": None} if kind == "svg" else None)
        plt.close(figure)
        return held.getvalue()

    kinds = {
        "line": lambda axes: axes.plot(np.cumsum(x)),
        "scatter": lambda axes: axes.scatter(x, y, alpha=0.5, c=y),
        "heat map": lambda axes: axes.imshow(np.outer(x[:30], y[:30])),
        "density": lambda axes: sns.kdeplot(x=x, ax=axes),
        "error bars": lambda axes: sns.barplot(x=(x > 0).astype(int), y=y, ax=axes, seed=1),
        "logarithmic": lambda axes: axes.loglog(np.exp(x), np.exp(y), "."),
        "regression": lambda axes: sns.regplot(x=x, y=y, ax=axes, seed=1, n_boot=50),
    }
    return {
        f"{name} as {kind}": lambda kind=kind, f=f: drawn(kind, f)
        for name, f in kinds.items()
        for kind in ["svg", "png"]
    }


def others() -> dict[str, Callable]:
    import math

    import networkx as nx
    import numpy as np
    import pandas as pd
    from mlxtend.frequent_patterns import association_rules, fpgrowth

    draw = np.random.default_rng(SEED)
    baskets = pd.DataFrame(draw.random((301, 12)) < 0.3)
    graph = nx.gnp_random_graph(20, 0.2, seed=1)

    def rules():
        found = fpgrowth(baskets, 0.02)
        found["itemsets"] = found["itemsets"].map(lambda s: frozenset(s))
        return association_rules(found, min_threshold=0.3).iloc[:, 2:8].to_csv()

    def python():
        values = [float(v) for v in draw.random(999)]
        names = ["exp", "log", "log1p", "expm1", "sin", "tanh", "lgamma", "erf", "cbrt", "atan"]
        return [repr([getattr(math, n)(v) for v in values]) for n in names]

    return {
        "Python's math": python,
        "mlxtend": rules,
        "networkx layout": lambda: np.array(list(nx.spring_layout(graph, seed=1).values())),
        "networkx pagerank": lambda: np.array(list(nx.pagerank(graph).values())),
    }


LIBRARIES = {
    f.__name__: f
    for f in [
        *(numpy, pandas, scipy, sklearn, torch, lightgbm),
        *(implicit, faiss, duckdb, pyarrow, matplotlib, others),
    ]
}


def main(library: str) -> None:
    sums = {}
    for name, call in LIBRARIES[library]().items():
        try:
            sums[name] = checksum(call())
        except Exception as error:  # what a library cannot do here is a result, too
            sums[name] = f"{type(error).__name__}: {error}"[:100]
    print(json.dumps(sums))


if __name__ == "__main__":
    # the names of this folder's files are not to hide a library's
    del sys.path[0]
    main(sys.argv[1])
