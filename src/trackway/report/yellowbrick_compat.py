"""Make yellowbrick 1.5 work with Python, matplotlib, numpy and scikit-learn as they are now.

Take yellowbrick from here: ``from trackway.report import yellowbrick_compat``, then
``yellowbrick_compat.cluster.ICDM``.
Importing this module gives back what newer libraries have taken away, and leaves matplotlib's
style as it was; importing yellowbrick alone would change it.

yellowbrick's last release is of 2022. Its elbow axis says "distortion", which its documents call a
mean; what the code returns is the *sum of squared distances*, so label it that. Figures that call
`tight_layout` (its reports and matrices) need one without our constrained layout.
"""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import matplotlib as mpl
import numpy as np
import sklearn.base
from matplotlib import cm
from packaging.version import Version


class _LooseVersion(Version):
    """A version that is compared with a text, as the one of `distutils` could be."""

    def __ge__(self, other: str) -> bool:
        return super().__ge__(Version(other))


@contextmanager
def _distutils() -> Iterator[None]:
    """`distutils.version`, gone since Python 3.12: as much of it as yellowbrick imports.

    Only while yellowbrick is imported. setuptools brings a `distutils` of its own, for how long
    nobody says; which one there is, if any, does not matter here.
    """
    names = ["distutils", "distutils.version"]
    before = {name: sys.modules.get(name) for name in names}
    sys.modules.update({name: ModuleType(name) for name in names})
    sys.modules["distutils.version"].LooseVersion = _LooseVersion
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update({name: module for name, module in before.items() if module})


with _distutils(), mpl.rc_context(), warnings.catch_warnings():
    warnings.simplefilter("ignore")  # deprecations inside yellowbrick that no caller can mend
    from yellowbrick import classifier, cluster, features, model_selection, regressor  # noqa: F401


def _asks_sklearn(kind: str, as_before):
    """A type check that knows estimator tags; yellowbrick looks for an attribute now gone."""
    asks = getattr(sklearn.base, f"is_{kind}")

    def check(model) -> bool:
        return as_before(model) or asks(model) or asks(getattr(model, "estimator", model))

    return check


def _nearest_percentile(values, q, interpolation):
    return np.percentile(values, q, method=interpolation)


class _NumpyOfOld:
    """numpy, with the name that `percentile` once had for its method."""

    percentile = staticmethod(_nearest_percentile)

    def __getattr__(self, name):
        return getattr(np, name)


def _adapt() -> None:
    if not hasattr(cm, "get_cmap"):
        cm.get_cmap = mpl.pyplot.get_cmap
    loaded = [module for name, module in sys.modules.items() if name.startswith("yellowbrick")]
    for kind in ["classifier", "regressor", "clusterer"]:
        check = _asks_sklearn(kind, getattr(sys.modules["yellowbrick.utils.types"], f"is_{kind}"))
        for module in loaded:
            for name in [f"is_{kind}", f"is{kind}"]:
                if hasattr(module, name):
                    setattr(module, name, check)
    sys.modules["yellowbrick.cluster.icdm"].np = _NumpyOfOld()
    errors = sys.modules["yellowbrick.classifier.class_prediction_error"]
    check_targets = errors._check_targets  # returns the sample weights too, since sklearn 1.8
    errors._check_targets = lambda *targets: check_targets(*targets)[:3]


_adapt()
