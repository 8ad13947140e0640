"""Every classifier, regressor, outlier detector and clusterer of scikit-learn, with small data."""

import warnings
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from tests.inference.decoding import regressor_zoo, test_names, zoo

Case = tuple[Any, Any, Any]
"""An estimator that is not fitted, its rows, and its target."""

ROWS, TARGET, FLAGS = regressor_zoo.ROWS, regressor_zoo.TARGET, regressor_zoo.FLAGS
MULTILABEL = ("ClassifierChain", "MultiOutputClassifier")


def _every() -> dict[str, Case]:
    cases = {name: (model, rows, target) for name, (model, rows, target) in regressor_zoo.EVERY.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases |= {name: test_names.small_case(name) for name in test_names.ZOO}
    return cases | {name: (cases[name][0], ROWS, FLAGS) for name in MULTILABEL}


ESTIMATORS: dict[str, Case] = _every()
SEVERAL: dict[str, Case] = {
    name: regressor_zoo.VARIANTS[name]
    for name in (
        "a forest of two targets",
        "a chain in another order",
        "layers of two targets",
        "layers of flags",
        "ridge of flags",
        "means of 32 bits",
        "support vectors, linear",
    )
} | {
    "neighbours of flags": (KNeighborsClassifier(), ROWS, FLAGS),
    "rows of 32 bits": (LogisticRegression(), ROWS.astype(np.float32), FLAGS[:, 0]),
    "rows of whole numbers": (test_names.TREE, np.round(ROWS).astype(np.int32), FLAGS[:, 0]),
    "rows of truth values": (test_names.TREE, ROWS > 1.5, FLAGS[:, 0]),
    "rows with gaps": (test_names.TREE, np.where(ROWS > 2.8, np.nan, ROWS), FLAGS[:, 0]),
    "texts": (make_pipeline(TfidfVectorizer(), LogisticRegression()), zoo.TEXTS, zoo.THREE),
}
"""Several outputs, and rows of other types than 64-bit floats."""
