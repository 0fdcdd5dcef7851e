"""yellowbrick's figures work on these versions, and leave our style alone."""

import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge

import trackway.report.yellowbrick_compat  # noqa: F401  isort: skip
from yellowbrick import classifier, cluster, features, model_selection, regressor

X = np.random.default_rng(0).normal(size=(120, 3)) + np.repeat([[0], [4], [9]], 40, axis=0)
Y = (X[:, 0] > 3).astype(int)
KMEANS = KMeans(2, n_init=2, random_state=0)
LOGISTIC = LogisticRegression()
FOREST = RandomForestClassifier(5, random_state=0)

FIGURES = {
    "elbow": (cluster.KElbowVisualizer, KMEANS, {"k": (2, 6), "timings": False}),
    "silhouette": (cluster.SilhouetteVisualizer, KMEANS, {"colors": "viridis"}),
    "distances": (cluster.InterclusterDistance, KMEANS, {}),
    "roc": (classifier.ROCAUC, LOGISTIC, {}),
    "precision and recall": (classifier.PrecisionRecallCurve, LOGISTIC, {}),
    "threshold": (classifier.DiscriminationThreshold, LOGISTIC, {"n_trials": 2}),
    "report": (classifier.ClassificationReport, LOGISTIC, {}),
    "confusion": (classifier.ConfusionMatrix, LOGISTIC, {}),
    "prediction error": (classifier.ClassPredictionError, LOGISTIC, {}),
    "importances": (model_selection.FeatureImportances, FOREST, {}),
    "learning curve": (
        model_selection.LearningCurve,
        LOGISTIC,
        # It draws its parts anew each time, whatever it is told: they must hold both classes.
        {"shuffle": True, "train_sizes": [0.5, 1.0]},
    ),
    "residuals": (regressor.ResidualsPlot, Ridge(), {"qqplot": False, "hist": False}),
}

pytestmark = [  # deprecated, and inside yellowbrick: no caller can mend it
    pytest.mark.filterwarnings("ignore:Passing 'N' to ListedColormap"),
    pytest.mark.filterwarnings("ignore:The set_(under|over|bad):PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The default value of `init`:FutureWarning"),
]


@pytest.fixture(autouse=True)
def _plain_layout():
    with plt.rc_context({"figure.constrained_layout.use": False}):
        yield
    plt.close("all")


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn(name):
    visualizer, model, options = FIGURES[name]
    shown = visualizer(model, ax=plt.figure().gca(), **options)
    shown.fit(X, Y)
    if hasattr(shown, "score") and not isinstance(model, KMeans):
        shown.score(X, Y)
    shown.finalize()
    assert shown.ax.has_data() or shown.ax.texts


def test_features_take_a_colormap_by_name():
    shown = features.PCA(colormap="viridis", ax=plt.figure().gca())
    shown.fit_transform(X, X[:, 0])
    np.testing.assert_allclose(
        np.abs(shown.pca_components_), np.abs(PCA(2).fit(_scaled()).components_)
    )


def _scaled():
    return (X - X.mean(axis=0)) / X.std(axis=0)


@pytest.mark.parametrize("wrong", [KMEANS, Ridge()])
def test_a_model_of_another_kind_is_still_refused(wrong):
    with pytest.raises(Exception, match="not a classifier"):
        classifier.ROCAUC(wrong)


def test_the_elbow_is_a_sum_of_squared_distances():
    shown = cluster.KElbowVisualizer(KMEANS, k=(2, 4), timings=False, locate_elbow=False)
    shown.fit(X)
    inertia = [KMeans(k, n_init=2, random_state=0).fit(X).inertia_ for k in [2, 3]]
    np.testing.assert_allclose(shown.k_scores_, inertia)


def test_importing_it_leaves_the_style_alone():
    program = (
        "import matplotlib as mpl; before = dict(mpl.rcParams); "
        "import trackway.report.yellowbrick_compat; "
        "assert dict(mpl.rcParams) == before"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
