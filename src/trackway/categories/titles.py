"""A category from a title, for sources that have one: TF-IDF of its letters, and a linear machine.

Runs of two to four letters within words, so that model numbers and run-together words tell, too.
C. Manning, P. Raghavan and H. Schütze, Introduction to Information Retrieval (2008), chapters 6 and
15.
"""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC


def classifier(seed: int) -> Pipeline:
    """Titles in, categories out; ``fit`` and ``predict`` as of scikit-learn."""
    letters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, dtype=np.float32
    )
    return make_pipeline(letters, LinearSVC(random_state=seed))
