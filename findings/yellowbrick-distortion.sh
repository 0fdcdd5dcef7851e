#!/usr/bin/env bash
# yellowbrick: the "distortion" of its elbow is a sum, and grows with the number of points
#
# Version: yellowbrick 1.5 (the newest), scikit-learn 1.9.1.
# One would guess: it is the mean its documents speak of ("mean distortion"), so that elbows of
#   samples of two sizes can be laid side by side.
# What happens: it is the sum of the squared distances of all points to their centres, which is
#   KMeans' own `inertia_`. Each point given twice, it is twice as large. Label and docs stay
#   "distortion".
# Why it matters here: the elbow of `03_rfm` is drawn by yellowbrick; `report/yellowbrick_compat.py` says
#   to label it the sum that it is, and shops of different sizes must not be compared by it.
# Source: yellowbrick docs, "Elbow Method"; own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" yellowbrick==1.5 scikit-learn==1.9.1 numpy==2.4.6 \
    scipy==1.17.1 matplotlib==3.11.2 setuptools==84.2.1 <<'PY'
import warnings
from importlib.metadata import version

import matplotlib

matplotlib.use("Agg")
warnings.simplefilter("ignore")
import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from yellowbrick.cluster.elbow import KElbowVisualizer, distortion_score

print("yellowbrick", version("yellowbrick"))
points, _ = make_blobs(300, centers=4, random_state=0)
model = KMeans(n_clusters=4, n_init=3, random_state=0).fit(points)
squared = ((points - model.cluster_centers_[model.labels_]) ** 2).sum(axis=1)
once = distortion_score(points, model.labels_)
twice = distortion_score(np.repeat(points, 2, axis=0), np.repeat(model.labels_, 2))

print(f"distortion        {once:8.2f}")
print(f"sum of squares    {squared.sum():8.2f}")
print(f"KMeans' inertia_  {model.inertia_:8.2f}")
print(f"mean of squares   {squared.mean():8.2f}")
print(f"each point twice  {twice:8.2f}")
promised = [line.strip() for text in [KElbowVisualizer.__doc__, distortion_score.__doc__]
            for line in text.splitlines() if "mean distortion" in line.lower()]
print("its documents:", *promised, sep="\n   ")
assert promised
assert np.isclose(once, squared.sum()) and np.isclose(once, model.inertia_)
assert np.isclose(twice, 2 * once)
PY
