#!/usr/bin/env bash
# yellowbrick 1.5 installs with scikit-learn 1.9, and takes KMeans for no clustering
#
# Version: yellowbrick 1.5 (the newest, of 2022), scikit-learn 1.9.1, numpy 2.4.6.
# One would guess: yellowbrick asks for scikit-learn 1.0 or newer, pip says nothing and the import
#   works, so its visualizers take the estimators of scikit-learn.
# What happens: each of them is refused by its kind: KMeans "is not a clustering estimator",
#   logistic regression no classifier, a linear model no regressor. yellowbrick looks for
#   `_estimator_type`, which scikit-learn has given up for tags. Behind that, `force_model=True`
#   finds the next thing gone: ClassPredictionError unpacks three of what are now four values.
# Why it matters here: `report/yellowbrick_compat.py` gives yellowbrick back what it looks for; its figures must be
#   taken from there.
# Source: yellowbrick issues 1327 and 1331, open. `force_model`: own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" yellowbrick==1.5 scikit-learn==1.9.1 numpy==2.4.6 \
    scipy==1.17.1 matplotlib==3.11.2 setuptools==84.2.1 <<'PY'
import warnings
from importlib.metadata import version

import matplotlib

matplotlib.use("Agg")
warnings.simplefilter("ignore")
import sklearn
from sklearn.base import is_classifier, is_clusterer, is_regressor
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression, Ridge
from yellowbrick.classifier import ClassPredictionError, ROCAUC
from yellowbrick.cluster import KElbowVisualizer
from yellowbrick.exceptions import YellowbrickTypeError
from yellowbrick.regressor import ResidualsPlot

print("yellowbrick", version("yellowbrick"), "scikit-learn", sklearn.__version__)
for visualizer, model, is_kind in [
    (KElbowVisualizer, KMeans(n_clusters=3), is_clusterer),
    (ROCAUC, LogisticRegression(), is_classifier),
    (ResidualsPlot, Ridge(), is_regressor),
]:
    assert is_kind(model)
    try:
        visualizer(model)
    except YellowbrickTypeError as error:
        print(f"{visualizer.__name__}({type(model).__name__}): {error}")
    else:
        raise AssertionError(f"{visualizer.__name__} takes {type(model).__name__}")

points, labels = make_blobs(60, centers=3, random_state=0)
forced = ClassPredictionError(LogisticRegression(), force_model=True)
try:
    forced.fit(points, labels).score(points, labels)
except ValueError as error:
    print("ClassPredictionError, forced:", error)
    assert "too many values to unpack" in str(error), error
else:
    raise AssertionError("ClassPredictionError scores")
PY
